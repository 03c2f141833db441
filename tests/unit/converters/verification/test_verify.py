"""One model against another, with scorers that need no model file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from converters.verification.certificate import Certificate, CertificateEntry
from converters.verification.certificate_files import page_beside, write_certificate
from converters.verification.certificate_json import certificate_to_json
from converters.verification.gates import VerificationGates
from converters.verification.opened_model import OpenedModel
from converters.verification.verify import verify
from edge.evaluation.bootstrap import FIGURES, Bootstrap
from edge.files.errors import DataError, OutputError
from edge.photo.codec import write_photo
from tests.unit.fakes import DarknessScorer, Remembering, draw_wall, make_card

# Heights of dark spots, px; those of b give the parent scores of 0.63 and 0.79.
_SPOTS = {"a-1": 0, "a-2": 20, "b-1": 28, "b-2": 30, "c-1": 64}


class _Scorer(DarknessScorer):
    backend = "fake"


class _LessSure(_Scorer):
    """Gives lower scores: what was below 0.83 falls below a half."""

    def scores(self, tiles: NDArray[np.uint8]) -> NDArray[np.float32]:
        return super().scores(tiles) * np.float32(0.6)


def _open(scorer: _Scorer, file: str = "model.tflite") -> OpenedModel:
    return OpenedModel(file, "ab" * 32, 1234, scorer)


def _verify(data: list[Path], model: _Scorer | None = None, **options: Any) -> Certificate:
    return verify(
        _open(_Scorer(), "parent.keras"),
        _open(model or _LessSure()),
        data,
        **{"gates": VerificationGates(), "bootstrap": Bootstrap(100), "progress": Remembering()}
        | options,
    )


def _entry(certificate: Certificate) -> CertificateEntry:
    (entry,) = certificate.files
    return entry


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return class folders of walls with spots; the verdicts of both models are known."""
    for label in ("crack", "no_crack"):
        for name, side in _SPOTS.items():
            picture = draw_wall((64, 64), (0, 0, 64, side))
            write_photo(tmp_path / "data" / label / f"{name}.png", picture)
    return tmp_path / "data"


def test_turned_verdicts_are_listed_with_both_scores(data: Path) -> None:
    comparison = _entry(_verify([data])).comparison
    overall = comparison.overall
    assert {flip.path.stem for flip in comparison.flipped} == {"b-1", "b-2"}
    assert (overall.flips, len(comparison.flipped), overall.agreement) == (4, 4, 0.6)
    for flip in comparison.flipped:
        assert flip.parent_score >= 0.5 > flip.model_score
        assert flip.is_right == (flip.label != "crack")
    assert (overall.parent.recall, overall.model.recall) == (0.6, 0.2)


def test_every_figure_has_an_interval_of_both_and_of_their_difference(
    data: Path, tmp_path: Path
) -> None:
    lines = [
        f"data/{label}/{name}.png,{label},wall/{label}{name}\n"
        for label in ("crack", "no_crack")
        for name in _SPOTS
    ]
    (tmp_path / "m.csv").write_text("path,label,group\n" + "".join(lines))
    certificate = certificate_to_json(_verify([tmp_path / "m.csv"]))
    entry = certificate["files"]["model.tflite"]
    for part in (entry, *entry["per_source"].values()):
        found = part["intervals"]
        assert found["units"] == 10
        assert found["agreement"]["low"] <= part["agreement"] <= found["agreement"]["high"]
        for name in FIGURES:
            assert part["difference"][name] == part["model"][name] - part["parent"][name]
            for side in ("parent", "model", "difference"):
                interval = found[side][name]
                assert interval["low"] <= part[side][name] <= interval["high"]


def test_photos_that_are_known_are_the_units(data: Path) -> None:
    # a, b and c, in each class folder by the same name: three photos of one source.
    certificate = _verify([data])
    assert certificate.verification.photos == 3
    intervals = _entry(certificate).comparison.overall.intervals
    assert intervals.units == 3
    assert intervals.agreement is None


def test_a_model_agrees_with_itself(data: Path) -> None:
    entry = _entry(_verify([data], _Scorer()))
    comparison = entry.comparison
    assert (comparison.overall.agreement, comparison.flipped, entry.passed) == (1, (), True)
    assert comparison.max_difference == 0
    assert set(comparison.overall.difference.values()) == {0}


def test_each_decides_by_the_threshold_of_its_card(data: Path) -> None:
    overall = _entry(_verify([data], _LessSure(make_card(threshold=0.3)))).comparison.overall
    assert overall.model.threshold == 0.3
    assert overall.flips == 0


def test_tiles_are_fitted_to_a_model_of_another_size(data: Path) -> None:
    entry = _entry(_verify([data], _Scorer(make_card(input_px=32))))
    assert entry.comparison.overall.agreement > 0.7


def test_a_model_that_misses_a_gate_is_named(data: Path) -> None:
    certificate = _verify([data])
    assert _entry(certificate).passed is False
    assert certificate.missed.startswith("model.tflite: agreement 0.")
    assert not _verify([data], gates=VerificationGates(0, 1)).missed


def test_pictures_that_cannot_be_read_are_left_out_and_named(data: Path) -> None:
    (data / "crack" / "a-1.png").write_bytes(b"no picture")
    certificate = _verify([data])
    assert certificate.verification.pictures == _entry(certificate).comparison.overall.n == 9
    assert "a-1.png" in certificate.verification.unreadable[0]


@pytest.mark.parametrize("label", ["crack", "no_crack"])
@pytest.mark.parametrize("how", ["deleted", "broken"])
def test_pictures_of_one_label_prove_nothing(data: Path, label: str, how: str) -> None:
    for path in (data / label).iterdir():
        path.write_bytes(b"")
        if how == "deleted":
            path.unlink()
    kept = "no_crack" if label == "crack" else "crack"
    with pytest.raises(DataError, match=rf"only {kept} \(5 pictures\)"):
        _verify([data])


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return a folder of two whole photos with labelled squares."""
    write_photo(tmp_path / "photos" / "a.png", draw_wall((192, 64), (0, 0, 64, 64)))
    write_photo(tmp_path / "photos" / "b.png", draw_wall((192, 64), (128, 0, 192, 28)))
    rows = ["a.png,0,0,64,64,crack", "a.png,64,0,64,64,no_crack", "b.png,128,0,64,64,crack"]
    header = "photo,x,y,width,height,label\n"
    (tmp_path / "photos" / "tiles.csv").write_text(header + "\n".join(rows))
    return tmp_path / "photos"


def test_squares_of_whole_photos_are_pictures_with_a_place(photos: Path) -> None:
    certificate = certificate_to_json(_verify([photos], view="tile"))
    assert certificate["verification"]["view"] == "tile"
    entry = certificate["files"]["model.tflite"]
    assert (entry["n"], set(entry["per_source"])) == (3, {"a", "b"})
    (flip,) = entry["flipped"]
    assert Path(flip["path"]) == photos / "b.png"
    assert flip["xyxy"] == [128, 0, 192, 64]


def test_squares_are_also_scored_through_the_dense_view(photos: Path) -> None:
    entry = _entry(_verify([photos], _Scorer(), view="dense"))
    assert entry.comparison.overall.agreement == 1


def test_squares_have_no_splits_and_stand_alone(photos: Path, data: Path) -> None:
    for options in ({"data": [photos, data]}, {"data": [photos], "split": "test"}):
        with pytest.raises(DataError, match="must be given alone"):
            _verify(**options)


def test_both_forms_of_a_certificate_are_written(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("jinja2")
    certificate, path = _verify([data]), tmp_path / "out" / "c.json"
    write_certificate(path, certificate, force=False)
    assert json.loads(path.read_text()) == certificate_to_json(certificate)
    assert page_beside(path).read_text().startswith("<!doctype html>")
    with pytest.raises(OutputError, match="--force"):
        write_certificate(path, certificate, force=False)


def test_the_same_work_gives_the_same_certificate(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("jinja2")
    paths = [tmp_path / name / "c.json" for name in ("one", "two")]
    for path in paths:
        write_certificate(path, _verify([data]), force=False)
    pages = [[path.read_bytes(), page_beside(path).read_bytes()] for path in paths]
    assert pages[0] == pages[1]
