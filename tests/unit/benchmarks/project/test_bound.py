"""The bound of a scan: pieces that fit the photo, spread over all cores."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.project.bound import Cutting, list_cuttings, open_invokes
from benchmarks.run.invokes import ProcessLayout, list_layouts
from edge.model.tflite_file import find_model

SIDE = st.integers(1, 3000)


@given(SIDE, SIDE)
def test_the_pieces_hold_as_many_px_as_the_photo(width: int, height: int) -> None:
    cuttings = list_cuttings((width, height))
    assert cuttings
    for cutting in cuttings:
        high, wide = cutting.shape_hw
        assert cutting.pieces * high * wide == pytest.approx(width * height)


def test_pieces_fit_a_photo_of_whole_cells_exactly() -> None:
    for cutting in list_cuttings((4608, 3584)):
        assert 112 % cutting.rows == 0
        assert 144 % cutting.columns == 0


def test_pieces_of_every_size_are_tried() -> None:
    sizes = [one.rows * one.columns for one in list_cuttings((4608, 3584))]
    assert len(sizes) == 5
    assert min(sizes) < 100
    assert max(sizes) > 800


@pytest.mark.parametrize(
    ("cores", "layouts"),
    [
        (1, ["1 thread"]),
        (2, ["1 thread", "2 threads", "2 processes of 1"]),
        (
            6,
            [
                *("1 thread", "2 threads", "4 threads", "6 threads"),
                *("2 processes of 3", "3 processes of 2", "6 processes of 1"),
            ],
        ),
    ],
)
def test_threads_and_processes_share_the_cores(cores: int, layouts: list[str]) -> None:
    assert [str(layout) for layout in list_layouts(cores)] == layouts


@pytest.mark.parametrize("layout", [ProcessLayout(1, 2), ProcessLayout(2, 1)])
def test_a_call_runs_the_invokes_of_one_photo_on_all_workers(layout: ProcessLayout) -> None:
    with open_invokes(find_model("small"), Cutting(2, 2, pieces=5.0), layout) as invokes:
        assert invokes.each == 2
        assert invokes.share == pytest.approx(5 / 4)
        invokes()
        invokes()
