"""What a conversion needs, told before TensorFlow is loaded."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from converters.parents.model_spec import ModelSpec
from converters.plan import ConvertSettings, plan_conversion
from edge.evaluation.dataset import Sample, write_manifest
from edge.files.errors import CrackEdgeError, DataError, InputError, ModelError, OutputError
from tests.drawn_dataset import write_class_folders
from tests.unit.fakes import make_card

SETTINGS = ConvertSettings(calibration_pictures=4)


@pytest.fixture
def training(tmp_path: Path) -> Path:
    """Return what a training leaves; the model itself is empty, it is not opened."""
    paths = write_class_folders(tmp_path / "data", count=6, size_px=32, seed=1)
    run = tmp_path / "run"
    run.mkdir()
    splits = ("train", "val", "test")
    samples = [
        Sample(path, path.parent.name, f"data/{i}", splits[i // 2 % 3])
        for i, path in enumerate(sorted(paths, key=lambda path: (path.stem, path.parent.name)))
    ]
    write_manifest(run / "manifest.csv", samples)
    (run / "model.keras").touch()
    (run / "card.json").write_text(make_card(name="wall").to_json())
    return run


def test_files_are_named_after_the_model(training: Path, tmp_path: Path) -> None:
    plan = plan_conversion(training, tmp_path / "out", settings=SETTINGS)
    assert {path.name for path in plan.targets.values()} == {
        "wall.int8.tflite",
        "wall.float32.onnx",
    }
    assert plan.certificate == tmp_path / "out" / "wall.certificate.json"
    other = plan_conversion(training, tmp_path / "out", settings=SETTINGS, name="other")
    assert other.certificate.name == "other.certificate.json"
    assert not (tmp_path / "out").exists()


# As found in a card, or given: each would lead out of the folder, or nowhere.
BAD_NAMES = ["../evil", "/tmp/evil", "a/b", "a\\b", "C:evil", "..", ".hidden", "-x", "", "a\nb"]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_is_given_stays_in_the_folder(
    training: Path, tmp_path: Path, name: str
) -> None:
    with pytest.raises(InputError, match=r"^--name .*; expected a"):
        plan_conversion(training, tmp_path / "out", settings=SETTINGS, name=name)
    with pytest.raises(InputError, match=r"^--name .*; expected a"):
        plan_conversion(training, tmp_path / "out", settings=SETTINGS, name=name, force=True)


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_in_a_card_stays_in_the_folder_or_another_one_is_given(
    training: Path, tmp_path: Path, name: str
) -> None:
    (training / "card.json").write_text(make_card(name=name).to_json())
    with pytest.raises(InputError, match=r"its name .*; give another one with --name$"):
        plan_conversion(training, tmp_path / "out", settings=SETTINGS)
    plan = plan_conversion(training, tmp_path / "out", settings=SETTINGS, name="wall")
    written = [*plan.targets.values(), plan.certificate, plan.layers]
    assert {path.parent for path in written} == {tmp_path / "out"}


@pytest.mark.parametrize("name", ["wall.int8.tflite", "wall.certificate.json"])
def test_what_stands_is_not_replaced_unasked(training: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(OutputError, match="--force"):
        plan_conversion(training, tmp_path, settings=SETTINGS)
    plan_conversion(training, tmp_path, settings=SETTINGS, force=True)


def test_a_table_of_layers_that_stands_counts_where_one_will_be_written(
    training: Path, tmp_path: Path
) -> None:
    (tmp_path / "wall.layers.csv").touch()
    plan_conversion(training, tmp_path, settings=SETTINGS)
    with pytest.raises(OutputError, match=r"wall\.layers\.csv"):
        plan_conversion(training, tmp_path, settings=ConvertSettings(report_layers=True))


def test_a_place_that_cannot_be_written_is_named(training: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        plan_conversion(training, tmp_path / "file" / "out", settings=SETTINGS)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nothing", "no such model"),
        ("data", "holds neither model.keras nor saved_model.pb"),
        ("wall.int8.tflite", "is a converted file already"),
        ("notes.txt", "is not a Keras model"),
    ],
)
def test_what_cannot_be_converted_is_told_with_what_can(
    training: Path, tmp_path: Path, name: str, said: str
) -> None:
    if "." in name:
        (tmp_path / name).touch()
    with pytest.raises(ModelError, match=f"{said}.*the folder of a training"):
        plan_conversion(tmp_path / name, tmp_path / "out", settings=SETTINGS)


def test_pictures_that_were_moved_are_asked_for(training: Path, tmp_path: Path) -> None:
    shutil.move(tmp_path / "data", tmp_path / "moved")
    with pytest.raises(DataError, match=r"does not exist; .*--data FOLDER"):
        plan_conversion(training, tmp_path / "out", settings=SETTINGS)
    plan_conversion(training, tmp_path / "out", settings=SETTINGS, data=[tmp_path / "moved"])


def test_pictures_that_were_moved_keep_their_splits(training: Path, tmp_path: Path) -> None:
    before = plan_conversion(training, tmp_path / "out", settings=SETTINGS).pictures
    moved = tmp_path / "moved"
    (tmp_path / "data").rename(moved)
    after = plan_conversion(training, tmp_path / "out", settings=SETTINGS, data=[moved]).pictures
    assert {one.split for one in after.verification} == {"test"}
    assert [one.path for one in after.verification] == [
        moved / one.path.relative_to(tmp_path / "data") for one in before.verification
    ]


def test_other_pictures_are_taken_as_they_are(training: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    write_class_folders(other, count=40, size_px=32, seed=2)
    pictures = plan_conversion(training, tmp_path / "out", settings=SETTINGS, data=[other]).pictures
    assert {one.split for one in pictures.verification} == {""}


def test_a_manifest_without_test_pictures_says_which_split_is_empty(
    training: Path, tmp_path: Path
) -> None:
    manifest = training / "manifest.csv"
    kept = [line for line in manifest.read_text().splitlines() if not line.endswith(",test")]
    manifest.write_text("\n".join(kept))
    with pytest.raises(DataError, match="no pictures in its test split"):
        plan_conversion(training, tmp_path / "out", settings=SETTINGS)


def test_a_third_party_model_is_asked_for_all_that_it_does_not_state(tmp_path: Path) -> None:
    (tmp_path / "theirs.keras").touch()
    with pytest.raises(ModelError, match=r"has no card beside it.*--labels.*--preprocessing"):
        plan_conversion(tmp_path / "theirs.keras", tmp_path / "out", settings=SETTINGS)
    with pytest.raises(DataError, match="--data FOLDER"):
        plan_conversion(
            tmp_path / "theirs.keras",
            tmp_path / "out",
            settings=SETTINGS,
            spec=ModelSpec(("crack",), "0..255"),
        )


def test_every_complaint_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CrackEdgeError) as caught:
        plan_conversion(tmp_path, tmp_path / "out", settings=SETTINGS)
    assert "\n" not in str(caught.value)


def test_a_plan_loads_neither_tensorflow_nor_keras() -> None:
    code = "import sys, converters.plan; print({'tensorflow', 'keras', 'onnx'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
