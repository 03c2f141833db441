"""Every picture is read once; what cannot be read is left out and named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.evaluation.dataset import Sample, read_class_folders
from edge.evaluation.synthetic import draw_tile
from edge.files.errors import DataError
from edge.files.progress import Silent
from edge.photo.codec import write_photo
from tests.unit.fakes import Remembering
from trainer.dataset.appearance_clusters import describe_appearance
from trainer.dataset.near_duplicates import find_near_duplicates, make_thumbnail
from trainer.dataset.survey import DatasetSurvey, survey_pictures


def _draw(path: Path, seed: int, side_px: int = 96, jpeg_quality: int = 90) -> Path:
    write_photo(path, draw_tile(side_px, seed=seed, crack=True).photo, jpeg_quality=jpeg_quality)
    return path


def test_pictures_that_cannot_be_read_are_left_out_and_listed(tmp_path: Path) -> None:
    for name, size_wh in (
        ("crack/a.png", (60, 20)),
        ("crack/b.png", (30, 70)),
        ("no_crack/c.png", (60, 50)),
    ):
        write_photo(tmp_path / name, np.zeros((size_wh[1], size_wh[0], 3), np.uint8))
    (tmp_path / "crack" / "broken.jpg").write_text("no picture")
    gone = Sample(tmp_path / "gone.jpg", "crack", "set/")
    progress = Remembering()
    checked = survey_pictures([gone, *read_class_folders(tmp_path)], progress)
    assert [s.path.name for s in checked.samples] == ["a.png", "b.png", "c.png"]
    assert checked.sizes_wh == [(60, 20), (30, 70), (60, 50)]
    assert [line.partition(":")[0] for line in checked.unreadable] == [
        str(gone.path),
        str(tmp_path / "crack" / "broken.jpg"),
    ]
    assert all(any(line in said for said in progress.lines) for line in checked.unreadable)
    assert checked.median_side_px == 30
    assert progress.steps[-1][1:] == (5, 5)


def test_a_data_set_without_one_readable_picture_is_refused() -> None:
    samples = [Sample(Path(f"nowhere/{name}.jpg"), "crack", "set/") for name in "ab"]
    with pytest.raises(DataError, match="none of the 2 pictures"):
        survey_pictures(samples, Silent())


def test_thumbnails_and_appearances_are_those_of_each_picture(tmp_path: Path) -> None:
    photos = [draw_tile(80, seed=seed, crack=False).photo for seed in (1, 2)]
    samples = []
    for number, photo in enumerate(photos):
        write_photo(tmp_path / f"{number}.png", photo)
        samples.append(Sample(tmp_path / f"{number}.png", "crack", "set/"))
    checked = survey_pictures(samples, Silent())
    thumbnails = np.stack([make_thumbnail(photo) for photo in photos])
    appearances = np.stack([describe_appearance(photo) for photo in photos])
    assert np.array_equal(checked.thumbnails, thumbnails)
    assert np.array_equal(checked.appearances, appearances)


def test_appearances_can_be_left_out(tmp_path: Path) -> None:
    samples = [Sample(_draw(tmp_path / "a.png", 1), "crack", "set/")]
    assert survey_pictures(samples, Silent(), with_appearance=False).appearances.shape == (0, 33)


def _survey_copies(folder: Path) -> DatasetSurvey:
    """Return a survey of a, b, a's copy, b encoded again, that one's copy."""
    a, b = (_draw(folder / f"{seed}.jpg", seed).read_bytes() for seed in (1, 2))
    b_again = _draw(folder / "again.jpg", 2, jpeg_quality=50).read_bytes()
    samples = []
    for number, data in enumerate((a, b, a, b_again, b_again)):
        path = folder / "all" / f"{number}.jpg"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        samples.append(Sample(path, "crack", "set/"))
    return survey_pictures(samples, Silent())


def test_copies_are_files_of_the_same_content(tmp_path: Path) -> None:
    assert _survey_copies(tmp_path).find_copies() == [[0, 2], [3, 4]]


def test_near_duplicates_leave_out_exact_copies(tmp_path: Path) -> None:
    checked = _survey_copies(tmp_path)
    near = [(pair.first, pair.second) for pair in checked.find_near_duplicates(Silent())]
    assert near == [(1, 3)]
    with_copies = {(p.first, p.second) for p in find_near_duplicates(checked.thumbnails, Silent())}
    assert with_copies == {(0, 2), (1, 3), (1, 4), (3, 4)}
