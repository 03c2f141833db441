"""Accuracy of a benchmark: equal pictures for all models, one row each, the float parent beside."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import benchmarks.output
from benchmarks.run.accuracy import measure_accuracy
from benchmarks.run.labelled import Scored, choose_some, read_labelled
from benchmarks.run.subject import Subject
from edge.evaluation.bootstrap import Bootstrap
from edge.evaluation.dataset import read_dataset, write_manifest
from edge.evaluation.scored_samples import report_on, score_samples
from edge.files.errors import DataError, EnvironmentLacksError
from edge.files.hashing import sha256_of
from edge.files.progress import Silent
from edge.model.card import TILE_LOGIT
from edge.model.classifier import open_classifier
from edge.photo.codec import write_photo
from tests.drawn_dataset import write_class_folders
from tests.unit.benchmarks.made_subjects import LITERT, make_subject, shipped_subject
from tests.unit.benchmarks.results_made import make_results
from tests.unit.fakes import DarknessScorer, Remembering, draw_wall, make_card

SCHEMA = Path(benchmarks.output.__file__).parent / "results.schema.json"
FEW = Bootstrap(resamples=50)


def run_here(function: Callable[..., Scored], *args: Any, progress: Any) -> Scored:
    """Stand for a process of its own."""
    return function(*args, progress=progress)


def open_darkness(path: Path, backend: str, threads: int) -> DarknessScorer:
    """Open a model by its name: what is named flat has no dense view, broken does not open."""
    if "broken" in path.name:
        raise EnvironmentLacksError(f"{path}: no runtime")
    return DarknessScorer(make_card(output=TILE_LOGIT, cell_px=64) if "flat" in path.name else None)


def _measure(
    subjects: Sequence[Subject], *data: Path, **words: Any
) -> tuple[dict[str, Any] | None, list[dict[str, str]]]:
    settings = {"progress": Silent(), "bootstrap": FEW, "opener": open_darkness, "runner": run_here}
    settings |= words
    labelled = read_labelled(
        data,
        split=words.get("split"),
        limit=settings.pop("limit", None),
        seed=0,
        progress=settings["progress"],
    )
    return measure_accuracy(subjects, labelled, **settings)


def _measured(subjects: Sequence[Subject], *data: Path, **words: Any) -> dict[str, Any]:
    accuracy, problems = _measure(subjects, *data, **words)
    assert not problems
    assert accuracy is not None
    return accuracy


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Return class folders of 6 photos with 2 grey tiles in each; two are on the wrong side."""
    for photo in range(6):
        for label, level in (("crack", 90), ("no_crack", 160)):
            wall = draw_wall((64, 64))
            wall[:] = 255 - level if photo == 5 else level + photo
            number = 1 if label == "crack" else 2
            write_photo(tmp_path / "walls" / label / f"{photo}-{number}.png", wall)
    return tmp_path / "walls"


@pytest.fixture
def squares(tmp_path: Path) -> Path:
    """Return a folder of two photos with three labelled squares, one of them a missed crack."""
    folder = tmp_path / "photos"
    write_photo(folder / "a.png", draw_wall((256, 256), (64, 64, 128, 128)))
    write_photo(folder / "b.png", draw_wall((256, 192)))
    (folder / "tiles.csv").write_text(
        "photo,x,y,width,height,label\n"
        "a.png,64,64,64,64,crack\na.png,128,128,64,64,no_crack\nb.png,0,0,64,64,crack\n"
    )
    return folder


def test_rows_say_what_evaluate_says(pictures: Path) -> None:
    accuracy = _measured([make_subject()], pictures)
    scored = score_samples(DarknessScorer(), read_dataset([pictures]), 64, Silent())
    expected = report_on(scored, 0.5)
    (row,) = accuracy["rows"]
    assert row["scores"] == scored.scores.tolist()
    assert {key: row[key] for key in expected if key != "unreadable"} == {
        key: value for key, value in expected.items() if key != "unreadable"
    }
    assert (row["file"], row["backend"], row["view"]) == ("fake.int8.tflite", LITERT, "tile")
    assert row["confusion"] == {"tp": 5, "fp": 1, "fn": 1, "tn": 5}
    assert 0 < row["brier"] < 1
    assert 0 < row["calibration_error"] < 1


def test_intervals_are_over_photos_and_hold_the_figure(pictures: Path) -> None:
    (row,) = _measured([make_subject()], pictures)["rows"]
    assert row["units"] == 6
    assert set(row["intervals"]) == {"accuracy", "recall", "precision", "f1", "auc"}
    for name, interval in row["intervals"].items():
        assert interval["low"] <= row[name] <= interval["high"]
        assert interval["low"] < interval["high"]


def test_all_of_few_photos_right_is_no_certainty(pictures: Path) -> None:
    for name in ("crack/5-1.png", "no_crack/5-2.png"):
        (pictures / name).unlink()
    (row,) = _measured([make_subject()], pictures)["rows"]
    for name in ("recall", "precision", "accuracy"):
        assert row[name] == 1
        # Five photos: scipy's binomtest(5, 5).proportion_ci().low
        assert row["intervals"][name]["low"] == pytest.approx(0.4782, abs=1e-4)
        assert row["intervals"][name]["high"] == 1


def test_none_right_is_no_certainty_either(pictures: Path) -> None:
    for label, number in (("crack", 1), ("no_crack", 2)):
        for photo in range(5):
            wall = draw_wall((64, 64))
            wall[:] = 160 if label == "crack" else 90
            write_photo(pictures / label / f"{photo}-{number}.png", wall)
    (row,) = _measured([make_subject()], pictures)["rows"]
    assert row["recall"] == 0
    assert row["intervals"]["recall"] == {
        "low": 0,
        "high": pytest.approx(1 - 0.025 ** (1 / 6)),
        "left_out": 0,
    }


def test_of_few_photos_there_are_no_intervals(pictures: Path) -> None:
    shutil.rmtree(pictures / "no_crack")
    for number in range(2, 6):
        (pictures / "crack" / f"{number}-1.png").unlink()
    (row,) = _measured([make_subject()], pictures)["rows"]
    assert set(row["intervals"].values()) == {None}
    assert row["auc"] is None


def test_samples_are_named_by_their_bytes_wherever_they_lie(pictures: Path) -> None:
    samples = _measured([make_subject()], pictures)["samples"]
    moved = shutil.copytree(pictures, pictures.parent / "elsewhere" / "walls")
    assert _measured([make_subject()], moved)["samples"] == samples
    paths = [sample.path for sample in read_dataset([pictures])]
    assert samples["id"] == [sha256_of(path.read_bytes())[:16] for path in paths]
    assert samples["unit"][:2] == ["walls/0", "walls/1"]
    assert samples["is_crack"] == [True] * 6 + [False] * 6
    assert set(samples["source"]) == {"walls"}


def test_equal_pictures_have_names_of_their_own(pictures: Path) -> None:
    shutil.copy(pictures / "crack" / "0-1.png", pictures / "crack" / "twin.png")
    samples = _measured([make_subject()], pictures)["samples"]
    assert len(set(samples["id"])) == 13
    assert sum(name == f"{samples['id'][0]}#2" for name in samples["id"]) == 1
    # Its photo is not known: it is drawn alone.
    assert f"{samples['id'][0]}#2" in samples["unit"]


def test_a_file_is_compared_with_its_float_parent_each_at_its_own_threshold(pictures: Path) -> None:
    parent = make_subject("model.keras", threshold=0.99)
    child = make_subject("child.int8.tflite", parent_sha256=parent.file.sha256)
    other = make_subject("other.int8.tflite", parent_sha256="f" * 64)
    rows = _measured([child, other, parent], pictures)["rows"]
    by_file = {row["file"]: row for row in rows}
    assert by_file["other.int8.tflite"]["agreement"] is None
    assert by_file["model.keras"]["agreement"] is None
    agreement = by_file["child.int8.tflite"]["agreement"]
    verdicts = [np.array(row["scores"]) >= row["threshold"] for row in rows]
    flips = int((verdicts[0] != verdicts[2]).sum())
    assert 0 < flips < 12
    assert (agreement["parent"], agreement["flips"]) == ("model.keras", flips)
    assert agreement["value"] == pytest.approx(1 - flips / 12)
    assert agreement["low"] <= agreement["value"] <= agreement["high"]


@pytest.mark.parametrize(
    ("relation", "is_compared"),
    [("child", True), ("sibling", True), ("no parent", True), ("stranger", False)],
)
def test_a_parent_that_is_given_has_no_row_and_serves_its_own(
    pictures: Path, relation: str, is_compared: bool
) -> None:
    parent = make_subject("given.float32.tflite", parent_sha256="a" * 64)
    sha256 = {"child": parent.file.sha256, "sibling": "a" * 64, "stranger": "b" * 64}
    subject = make_subject(parent_sha256=sha256.get(relation))
    progress = Remembering()
    (row,) = _measured([subject], pictures, parent=parent, progress=progress)["rows"]
    assert row["file"] == subject.file.name
    assert bool(row["agreement"]) == is_compared
    notes = [line for line in progress.lines if "was not converted from" in line]
    assert bool(notes) != is_compared
    if is_compared:
        assert row["agreement"]["parent"] == parent.file.name
        assert row["agreement"]["flips"] == 0


def test_squares_are_seen_in_both_views(squares: Path) -> None:
    flat = make_subject("flat.tflite", output=TILE_LOGIT, cell_px=64)
    accuracy = _measured([make_subject(), flat], squares)
    rows = [(row["file"], row["view"]) for row in accuracy["rows"]]
    whole = "fake.int8.tflite"
    assert sorted(rows) == sorted([(whole, "tile"), (whole, "dense"), ("flat.tflite", "tile")])
    names = [sha256_of((squares / name).read_bytes())[:16] for name in ("a.png", "b.png")]
    assert accuracy["samples"] == {
        "id": [f"{names[0]}:64,64,64,64", f"{names[0]}:128,128,64,64", f"{names[1]}:0,0,64,64"],
        "is_crack": [True, False, True],
        "source": ["a", "a", "b"],
        "unit": ["a/a.png", "a/a.png", "b/b.png"],
    }
    for row in accuracy["rows"]:
        assert row["confusion"] == {"tp": 1, "fp": 0, "fn": 1, "tn": 1}
        assert row["units"] == 2
    assert accuracy["data"]["kind"] == "squares of photos"


def test_only_the_views_that_are_asked_for_are_scored(squares: Path, pictures: Path) -> None:
    (row,) = _measured([make_subject()], squares, views=("dense",))["rows"]
    assert row["view"] == "dense"
    (row,) = _measured([make_subject()], pictures, views=("tile", "dense"))["rows"]
    assert row["view"] == "tile"


def test_unreadable_pictures_are_left_out_for_all_and_told_once(pictures: Path) -> None:
    (pictures / "crack" / "1-1.png").write_bytes(b"broken")
    progress = Remembering()
    subjects = [make_subject("a.tflite"), make_subject("b.tflite")]
    accuracy = _measured(subjects, pictures, progress=progress)
    assert [row["n"] for row in accuracy["rows"]] == [11, 11]
    assert len(accuracy["samples"]["id"]) == 11
    (complaint,) = accuracy["data"]["unreadable"]
    assert "1-1.png" in complaint
    assert len(progress.lines) == 1
    assert progress.steps[-1][0].startswith(f"b.tflite on {LITERT}")


def test_pictures_that_change_meanwhile_are_not_compared(pictures: Path) -> None:
    def run_and_spoil(function: Callable[..., Scored], *args: Any, progress: Any) -> Scored:
        scored = function(*args, progress=progress)
        (pictures / "crack" / "1-1.png").write_bytes(b"broken")
        return scored

    subjects = [make_subject("a.tflite"), make_subject("b.tflite")]
    with pytest.raises(DataError, match="changed while they were scored"):
        _measure(subjects, pictures, runner=run_and_spoil)


def test_a_model_that_cannot_score_is_a_problem_and_the_others_go_on(pictures: Path) -> None:
    broken, whole = make_subject("broken.tflite"), make_subject("whole.tflite")
    accuracy, problems = _measure([broken, whole], pictures)
    assert accuracy is not None
    assert [row["file"] for row in accuracy["rows"]] == ["whole.tflite"]
    assert problems == [
        {"file": "broken.tflite", "backend": LITERT, "text": "broken.tflite: no runtime"}
    ]
    assert _measure([broken], pictures)[0] is None
    assert _measure([broken], pictures, parent=whole)[0] is None


def test_the_data_are_described(pictures: Path) -> None:
    data = _measured([make_subject()], pictures)["data"]
    assert data["labels"] == {"crack": 6, "no_crack": 6}
    assert (data["pictures"], data["photos"], data["split"]) == (12, 6, None)
    assert (data["kind"], data["unreadable"]) == ("pictures", [])
    (pictures / "crack" / "0-1.png").rename(pictures / "crack" / "0-9.png")
    renamed = _measured([make_subject()], pictures)["data"]
    assert renamed["content"] == data["content"]
    assert renamed["fingerprint"] != data["fingerprint"]
    (pictures / "crack" / "0-9.png").rename(pictures / "no_crack" / "0-9.png")
    assert _measured([make_subject()], pictures)["data"]["content"] != data["content"]


@pytest.mark.parametrize(("split", "n", "notes"), [(None, 12, 1), ("test", 6, 0)])
def test_training_pictures_are_noted_and_a_split_leaves_them_out(
    pictures: Path, split: str | None, n: int, notes: int
) -> None:
    manifest = pictures.parent / "manifest.csv"
    samples = read_dataset([pictures])
    write_manifest(
        manifest,
        [
            type(sample)(sample.path, sample.label, sample.group, "test" if place % 2 else "train")
            for place, sample in enumerate(samples)
        ],
    )
    progress = Remembering()
    accuracy = _measured([make_subject()], manifest, split=split, progress=progress)
    assert accuracy["rows"][0]["n"] == n
    assert len(progress.lines) == notes


def test_a_limit_takes_pictures_of_each_label(pictures: Path, squares: Path) -> None:
    accuracy = _measured([make_subject()], pictures, limit=4)
    assert Counter(accuracy["samples"]["is_crack"]) == {True: 2, False: 2}
    assert _measured([make_subject()], pictures, limit=4) == accuracy
    assert _measured([make_subject()], squares, limit=2)["rows"][0]["n"] == 2


@given(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=60),
    st.integers(1, 70),
    st.integers(0, 5),
)
def test_each_stratum_gives_the_same_share(keys: list[str], limit: int, seed: int) -> None:
    chosen = choose_some(keys, limit, seed)
    assert chosen == sorted(set(chosen))
    assert len(chosen) == min(limit, len(keys))
    assert chosen == choose_some(keys, limit, seed)
    share = len(chosen) / len(keys)
    taken = Counter(keys[place] for place in chosen)
    for key, size in Counter(keys).items():
        assert abs(taken[key] - share * size) <= 2


def test_no_limit_takes_all() -> None:
    assert choose_some("aab", None, 0) == [0, 1, 2]


def test_a_shipped_model_scores_in_a_process_apart_as_it_does_here(tmp_path: Path) -> None:
    write_class_folders(tmp_path / "drawn", count=6, size_px=128, seed=1)
    data = [tmp_path / "drawn"]
    labelled = read_labelled(data, split=None, limit=None, seed=0, progress=Silent())
    accuracy, problems = measure_accuracy(
        [shipped_subject()], labelled, bootstrap=FEW, threads=1, progress=Silent()
    )
    assert not problems
    assert accuracy is not None
    classifier = open_classifier("small")
    scored = score_samples(classifier, read_dataset(data), classifier.card.input_px, Silent())
    assert accuracy["rows"][0]["scores"] == scored.scores.tolist()
    jsonschema = pytest.importorskip("jsonschema")
    results = make_results(accuracy=accuracy)
    jsonschema.validate(json.loads(json.dumps(results)), json.loads(SCHEMA.read_text()))
