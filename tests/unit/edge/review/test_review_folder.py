"""Names of tiles that keep photos apart, and a folder in which no label is lost or made up."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.evaluation.dataset import name_photo
from edge.files.errors import DataError, OutputError
from edge.model.labels import CRACK, NO_CRACK, class_of_folder
from edge.review.review_folder import (
    MOST_OF_A_PHOTO,
    SORTED,
    TABLE,
    TO_SORT,
    find_tiles,
    make_room,
    name_photos,
    require_place,
)


def test_photos_of_one_name_in_two_folders_are_kept_apart() -> None:
    names = name_photos(["a/wall.jpg", "a_wall.jpg", "a-wall.png", "A_Wall.JPG", "b/wall.jpg"])
    assert names == {
        "a/wall.jpg": "a_wall",
        "a_wall.jpg": "a_wall_2",
        "a-wall.png": "a_wall_3",
        "A_Wall.JPG": "A_Wall_4",
        "b/wall.jpg": "b_wall",
    }


@pytest.mark.parametrize("name", ["...jpg", "-.png", "/.jpg", "日本/橋.jpg", "\udce9.jpg"])
def test_odd_names_give_names_too(name: str) -> None:
    (found,) = name_photos([name]).values()
    assert found
    assert not found.startswith((".", "-", "_"))


@given(st.lists(st.text(min_size=1, max_size=90).map(lambda text: f"{text}.jpg"), unique=True))
def test_a_training_finds_the_photo_of_a_tile_again(names: list[str]) -> None:
    found = name_photos(names)
    assert len({stem.casefold() for stem in found.values()}) == len(names)
    for stem in found.values():
        for number in (1, MOST_OF_A_PHOTO):
            tile = Path(f"{stem}-{number}.png")
            assert name_photo(tile) == stem
            assert len(tile.name.encode()) <= 255
            assert tile.name == tile.as_posix()


def test_nothing_counts_as_labelled_before_somebody_sorted_it() -> None:
    assert class_of_folder(TO_SORT) is None
    assert [class_of_folder(name) for name in SORTED] == [CRACK, NO_CRACK, None]


@pytest.mark.parametrize("name", ["crack", "Cracks", "no-crack", "negative"])
def test_a_folder_whose_name_is_a_label_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match=r"would count as the label .* in a training"):
        require_place(tmp_path / name, force=True)


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(OutputError, match="--force"):
        require_place(tmp_path, force=False)
    require_place(tmp_path, force=True)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    path = tmp_path / "review"
    path.touch()
    with pytest.raises(OutputError, match="not a folder"):
        require_place(path, force=True)


@pytest.mark.parametrize("folder", SORTED)
def test_tiles_that_were_sorted_are_never_replaced(tmp_path: Path, folder: str) -> None:
    make_room(tmp_path)
    (tmp_path / folder / "wall-1.png").touch()
    with pytest.raises(OutputError, match="1 sorted tile"):
        require_place(tmp_path, force=True)


def test_of_an_earlier_review_only_its_own_tiles_go(tmp_path: Path) -> None:
    make_room(tmp_path)
    for name in ("wall-1.png", "mine.png"):
        (tmp_path / TO_SORT / name).touch()
    (tmp_path / TABLE).write_text("tile\nwall-1.png\n")
    make_room(tmp_path)
    assert [path.name for path in (tmp_path / TO_SORT).iterdir()] == ["mine.png"]
    assert not (tmp_path / TABLE).exists()


def test_a_tile_is_found_wherever_it_was_sorted(tmp_path: Path) -> None:
    make_room(tmp_path)
    (tmp_path / TABLE).write_text("tile\na-1.png\na-2.png\na-3.png\n")
    for folder, name in ((TO_SORT, "a-1.png"), ("no_crack", "a-2.png")):
        (tmp_path / folder / name).touch()
    assert find_tiles(tmp_path) == {
        "a-1.png": tmp_path / TO_SORT / "a-1.png",
        "a-2.png": tmp_path / "no_crack" / "a-2.png",
        "a-3.png": None,
    }


@pytest.mark.parametrize("name", ["../../secret.png", "/etc/secret.png", "..", ""])
def test_a_table_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.png").touch()
    review = tmp_path / "review"
    make_room(review)
    (review / TABLE).write_text(f'tile,photo\n"{name}",x\n')
    assert not any(find_tiles(review).values())


def test_a_folder_without_a_table_is_no_review(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=TABLE):
        find_tiles(tmp_path)
