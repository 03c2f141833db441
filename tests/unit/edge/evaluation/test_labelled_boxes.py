"""Labelled squares of whole photos, scored through the scan engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.detect.settings import ScanSettings, Scorers, View
from edge.evaluation.labelled_boxes import (
    LabelledBox,
    evaluate_labelled_boxes,
    read_labelled_boxes,
)
from edge.files.errors import DataError
from edge.photo.codec import write_photo
from tests.unit.fakes import DarknessScorer, Remembering, draw_wall, make_card

HEADER = "photo,x,y,width,height,label\n"


def _write(folder: Path, *lines: str, header: str = HEADER) -> Path:
    path = folder / "tiles.csv"
    path.write_text(header + "".join(f"{line}\n" for line in lines))
    return path


def test_squares_are_kept_by_photo_in_order(tmp_path: Path) -> None:
    path = _write(
        tmp_path, "a.jpg,0,1,2,3,crack", "sub/b.jpg,5,6,7,8,no_crack", "a.jpg,9,9,1,1,Negative"
    )
    assert read_labelled_boxes(path) == {
        tmp_path / "a.jpg": [
            LabelledBox((0, 1, 2, 4), "crack"),
            LabelledBox((9, 9, 10, 10), "no_crack"),
        ],
        tmp_path / "sub" / "b.jpg": [LabelledBox((5, 6, 12, 14), "no_crack")],
    }


def test_the_columns_may_stand_in_any_order(tmp_path: Path) -> None:
    path = _write(
        tmp_path, "crack,1,2,3,4,a.jpg,me", header="\ufefflabel,height,width,y,x,photo,who\n"
    )
    assert read_labelled_boxes(path) == {tmp_path / "a.jpg": [LabelledBox((4, 3, 6, 4), "crack")]}


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("a.jpg,0,0,9,9,rust", "label 'rust'"),
        ("a.jpg,0,0,9,9,", "label ''"),
        ("a.jpg,0,0,9,9", "label ''"),
        ("a.jpg,left,0,9,9,crack", "whole numbers of px"),
        ("a.jpg,1.5,0,9,9,crack", "whole numbers of px"),
        ("a.jpg,,0,9,9,crack", "whole numbers of px"),
        ("a.jpg", "whole numbers of px"),
        ("a.jpg,-1,0,9,9,crack", "is empty or starts outside"),
        ("a.jpg,0,0,0,9,crack", "is empty"),
        ("a.jpg,0,0,9,-9,crack", "is empty"),
    ],
)
def test_a_bad_line_is_named_by_file_and_number(tmp_path: Path, line: str, complaint: str) -> None:
    path = _write(tmp_path, "a.jpg,0,0,9,9,crack", line)
    with pytest.raises(DataError, match=rf"tiles\.csv, line 3: .*{complaint}"):
        read_labelled_boxes(path)


@pytest.mark.parametrize(
    "data",
    [b"", HEADER.encode(), b"photo,x,y,label\na.jpg,1,2,crack\n", b"\xff\xd8\xff", b"x" * 200_000],
    ids=["empty", "no rows", "columns missing", "no text", "one endless field"],
)
def test_a_file_that_lists_no_squares_is_named(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "tiles.csv").write_bytes(data)
    with pytest.raises(DataError, match=r"tiles\.csv: "):
        read_labelled_boxes(tmp_path / "tiles.csv")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"tiles\.csv: cannot be read"):
        read_labelled_boxes(tmp_path / "tiles.csv")


@pytest.fixture
def squares(tmp_path: Path) -> Path:
    """Return squares of two photos: a third crack is labelled where the wall is bright."""
    write_photo(tmp_path / "a.png", draw_wall((256, 192), (64, 64, 128, 128)))
    write_photo(tmp_path / "b.png", draw_wall((200, 200), (0, 0, 64, 64)))
    return _write(
        tmp_path,
        "a.png,64,64,64,64,crack",
        "a.png,0,0,64,64,no_crack",
        "a.png,192,128,64,64,no_crack",
        "b.png,0,0,64,64,crack",
        "b.png,128,128,64,64,crack",
    )


@pytest.mark.parametrize("view", ["dense", "tile"])
def test_squares_are_scored_where_they_lie(squares: Path, view: View) -> None:
    report = evaluate_labelled_boxes(
        Scorers(DarknessScorer()), squares, settings=ScanSettings(0.5, view), progress=Remembering()
    )
    assert report["confusion"] == {"tp": 2, "fp": 0, "fn": 1, "tn": 2}
    assert report["view"] == view
    assert report["unreadable"] == []
    assert {name: figures["n"] for name, figures in report["per_source"].items()} == {
        "a": 3,
        "b": 2,
    }
    assert report["per_source"]["a"]["recall"] == 1
    assert report["per_source"]["b"]["recall"] == 0.5


def test_squares_need_not_have_the_size_of_a_window(squares: Path) -> None:
    _write(squares.parent, "a.png,66,66,58,58,crack", "a.png,130,0,126,190,no_crack")
    for view in ("dense", "tile"):
        report = evaluate_labelled_boxes(
            Scorers(DarknessScorer(make_card(window_px=48))),
            squares,
            settings=ScanSettings(0.5, view),
            progress=Remembering(),
        )
        assert report["confusion"] == {"tp": 1, "fp": 0, "fn": 0, "tn": 1}


@pytest.mark.parametrize("square", ["193,0,64,64", "0,129,64,64", "0,0,257,10", "300,300,5,5"])
def test_a_square_outside_its_photo_is_named(squares: Path, square: str) -> None:
    _write(squares.parent, "b.png,0,0,64,64,crack", f"a.png,{square},crack")
    with pytest.raises(DataError, match=r"tiles\.csv: a\.png: .*256 x 192"):
        evaluate_labelled_boxes(
            Scorers(DarknessScorer()), squares, settings=ScanSettings(0.5), progress=Remembering()
        )


def test_a_photo_that_cannot_be_read_is_listed_and_left_out(squares: Path) -> None:
    (squares.parent / "b.png").write_bytes(b"no picture")
    progress = Remembering()
    report = evaluate_labelled_boxes(
        Scorers(DarknessScorer()), squares, settings=ScanSettings(0.5), progress=progress
    )
    assert report["n"] == 3
    assert len(report["unreadable"]) == 1
    assert "b.png" in report["unreadable"][0]
    assert "b.png" in progress.lines[0]


def test_squares_without_one_readable_photo_are_refused(tmp_path: Path) -> None:
    path = _write(tmp_path, "gone.png,0,0,64,64,crack")
    with pytest.raises(DataError, match="none of the photos can be read"):
        evaluate_labelled_boxes(
            Scorers(DarknessScorer()), path, settings=ScanSettings(0.5), progress=Remembering()
        )
