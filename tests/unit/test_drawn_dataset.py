"""The drawn data set: labelled, readable, grouped by photo."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.evaluation.dataset import read_class_folders
from edge.files.errors import OutputError
from edge.model.labels import CRACK, NO_CRACK
from edge.photo.codec import read_photo
from tests.drawn_dataset import write_class_folders


def test_class_folders_hold_readable_tiles_grouped_by_photo(tmp_path: Path) -> None:
    paths = write_class_folders(tmp_path / "drawn", count=7, size_px=64, seed=2, photos=3)
    samples = read_class_folders(tmp_path / "drawn")
    assert {sample.path for sample in samples} == set(paths)
    for label in (CRACK, NO_CRACK):
        of_label = [sample for sample in samples if sample.label == label]
        assert len(of_label) == 7
        assert {s.group for s in of_label} == {f"drawn/{photo:04d}" for photo in (1, 2, 3)}
    assert {read_photo(path).shape for path in paths} == {(64, 64, 3)}


def test_class_folders_in_use_are_not_drawn_over(tmp_path: Path) -> None:
    write_class_folders(tmp_path, count=1, size_px=64, seed=1)
    with pytest.raises(OutputError, match="not empty"):
        write_class_folders(tmp_path, count=1, size_px=64, seed=2)


@pytest.mark.parametrize(("count", "photos"), [(0, None), (5, 0), (5, 6), (2000, 2)])
def test_tiles_that_cannot_be_spread_over_the_photos_are_refused(
    tmp_path: Path, count: int, photos: int | None
) -> None:
    with pytest.raises(ValueError, match=r"photo|count"):
        write_class_folders(tmp_path, count=count, size_px=64, seed=1, photos=photos)
    assert not any(tmp_path.iterdir())
