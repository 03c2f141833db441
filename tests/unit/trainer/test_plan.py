"""What is settled before a training: whose folder it writes into, its name, its window."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge.evaluation.dataset import write_manifest
from edge.files.errors import InputError, OutputError
from edge.model.card import MIN_PX
from edge.model.training_folder import MANIFEST_NAME, MODEL_NAME
from tests.drawn_dataset import write_class_folders
from tests.unit.fakes import Remembering
from trainer.dataset.prepare import DatasetFacts
from trainer.fit.checkpoint import CHECKPOINT_NAME, Checkpoint, TrainingState
from trainer.fit.recipes import TrainSettings, settings_for
from trainer.plan import TrainingPlan, TrainOptions, describe_recipe, plan_training

SETTINGS = settings_for("scratch")


def plan(
    data: Path, out: Path, *, settings: TrainSettings = SETTINGS, **options: Any
) -> TrainingPlan:
    chosen = TrainOptions(**options)
    return plan_training([data], out, settings=settings, progress=Remembering(), options=chosen)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_class_folders(tmp_path / "data", count=40, size_px=48, seed=1)
    return tmp_path / "data"


@pytest.fixture
def manifest(data: Path) -> Path:
    """Write a manifest of the user's own into the folder of the pictures."""
    path = data / MANIFEST_NAME
    rows = [
        f"{picture.relative_to(data)},{picture.parent.name}"
        for picture in sorted(data.rglob("*.jpg"))
    ]
    path.write_text("\n".join(["path,label", *rows]))
    return path


@pytest.mark.parametrize(
    "options", [{}, {"resume": True}, {"force": True}, {"resume": True, "force": True}]
)
@pytest.mark.parametrize("given", ["the manifest", "a link to it", "its folder", "the one above"])
def test_a_manifest_of_the_data_is_never_replaced(
    given: str, options: dict[str, bool], manifest: Path
) -> None:
    before = manifest.read_bytes()
    link = manifest.parent.parent / "link.csv"
    link.symlink_to(manifest)
    folder = manifest.parent
    items = {"the manifest": manifest, "a link to it": link, "its folder": folder}
    with pytest.raises((InputError, OutputError), match=str(folder)):
        plan(items.get(given, folder.parent), folder, **options)
    assert manifest.read_bytes() == before


def test_by_force_a_training_within_the_data_is_replaced_but_not_what_it_reads(data: Path) -> None:
    out = data / "runs" / "first"
    write_manifest(out / MANIFEST_NAME, plan(data, out).dataset.samples)
    (out / MODEL_NAME).touch()
    assert plan(data, out, force=True).parts["test"]
    with pytest.raises(OutputError, match="belongs to your data"):
        plan(out / MANIFEST_NAME, out, force=True)


@pytest.mark.parametrize("name", [MANIFEST_NAME, "tensorboard/events", "notes.txt"])
def test_resume_refuses_a_folder_without_a_stopped_training(
    name: str, data: Path, tmp_path: Path
) -> None:
    other = tmp_path / "out" / name
    other.parent.mkdir(parents=True)
    other.write_text("precious")
    with pytest.raises(InputError, match="nothing to resume"):
        plan(data, tmp_path / "out", resume=True)
    assert other.read_text() == "precious"


def test_resume_says_that_a_training_is_finished(data: Path, tmp_path: Path) -> None:
    (tmp_path / MODEL_NAME).touch()
    with pytest.raises(InputError, match="finished"):
        plan(data, tmp_path, resume=True)


def test_resume_begins_a_training_where_nothing_is(data: Path, tmp_path: Path) -> None:
    assert plan(data, tmp_path / "out", resume=True).state.dataset is None


def test_resume_goes_on_beside_the_model_of_a_training_that_was_stopped(
    data: Path, tmp_path: Path
) -> None:
    out, facts = tmp_path / "out", DatasetFacts([], 48)
    state = TrainingState(describe_recipe(SETTINGS, TrainOptions()), dataset=facts)
    Checkpoint(out / CHECKPOINT_NAME, state).write_beginning()
    samples = plan(data, tmp_path / "elsewhere").dataset.samples
    write_manifest(out / MANIFEST_NAME, samples)
    (out / MODEL_NAME).touch()
    resumed = plan(data, out, resume=True)
    assert resumed.state == state
    assert resumed.dataset.samples == samples


@pytest.mark.parametrize(
    "name", ["", "..", "../x", "a/b", "a\\b", "/tmp/x", "a\nb", "\x1b[31mred", "x" * 300, "-x"]
)
def test_a_name_that_cannot_be_that_of_a_file_is_refused_before_any_work(
    name: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="--name"):
        plan(tmp_path / "absent", tmp_path / "out", name=name)


def test_the_folder_names_the_model_or_the_user_does(data: Path, tmp_path: Path) -> None:
    assert plan(data, tmp_path / "bridge 7").name == "bridge 7"
    assert plan(data, tmp_path / "bridge 7", name="other").name == "other"
    with pytest.raises(InputError, match="give the model another with --name"):
        plan(data, tmp_path / "a\nb")
    assert plan(data, tmp_path / "a\nb", name="other").name == "other"


def test_pictures_that_are_no_window_are_refused_unless_one_is_given(tmp_path: Path) -> None:
    write_class_folders(tmp_path / "small", count=40, size_px=MIN_PX - 8, seed=1)
    settings = settings_for("scratch", split="random")
    with pytest.raises(InputError, match=f"median side of the pictures is {MIN_PX - 8} px"):
        plan(tmp_path / "small", tmp_path / "out", settings=settings)
    settings = replace(settings, window_px=MIN_PX)
    assert plan(tmp_path / "small", tmp_path / "out", settings=settings).window_px == MIN_PX


@pytest.mark.parametrize(
    ("settings", "options", "complaint"),
    [
        ({"recipe": "two-stage", "weights": "absent.h5"}, {}, "--weights absent.h5"),
        ({"recipe": "scratch"}, {"teacher": Path("absent")}, "--teacher absent"),
    ],
)
def test_a_file_to_start_from_that_is_not_there_is_named(
    settings: dict[str, Any], options: dict[str, Any], complaint: str, data: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=complaint):
        plan(data, tmp_path / "out", settings=settings_for(**settings), **options)
