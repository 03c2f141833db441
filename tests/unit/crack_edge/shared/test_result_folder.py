"""Where a scan writes when nobody says where, and which folders hold one."""

from __future__ import annotations

from pathlib import Path

import pytest

from crack_edge.shared.result_folder import (
    choose_folder,
    name_beside,
    require_room,
    require_scan,
)
from edge.files.errors import InputError, OutputError
from edge.store.scan_store import Store
from tests.unit.stores import IDENTITY


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working folder, ``photos`` with two photos and a folder ``north`` in it."""
    photos = tmp_path / "photos"
    (photos / "north").mkdir(parents=True)
    for name in ("a.jpg", "b.jpg", "north/c.jpg"):
        (photos / name).touch()
    monkeypatch.chdir(photos)
    return photos


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (["."], "../photos-scan"),
        (["north"], "north-scan"),
        (["north/"], "north-scan"),
        (["north/.."], "../photos-scan"),
        ([".."], "../../HERE-scan"),
        (["a.jpg"], "a-scan"),
        (["north/c.jpg"], "north/c-scan"),
        (["a.jpg", "b.jpg"], "../photos-scan"),
        (["../photos/a.jpg", "../photos/b.jpg"], "../photos-scan"),
    ],
)
def test_results_lie_beside_the_photos(here: Path, sources: list[str], expected: str) -> None:
    found = choose_folder([Path(source) for source in sources])
    assert found.resolve() == Path(expected.replace("HERE", here.parent.name)).resolve()


def test_a_link_to_photos_gives_its_own_name(here: Path) -> None:
    link = here.parent / "bridge"
    link.symlink_to(here)
    assert choose_folder([link]) == here.parent / "bridge-scan"


@pytest.mark.parametrize(
    "sources", [["a.jpg", "north/c.jpg"], ["north", "."], ["a.jpg", "north"], ["/"]]
)
def test_where_there_is_no_one_place_out_is_asked_for(here: Path, sources: list[str]) -> None:
    with pytest.raises(InputError, match="--out FOLDER"):
        choose_folder([Path(source) for source in sources])


def test_a_place_that_cannot_be_written_asks_for_out(here: Path) -> None:
    with pytest.raises(OutputError, match=r"a-scan: cannot be written.*--out FOLDER"):
        require_room(here / "a.jpg" / "a-scan")


def test_other_results_of_a_scan_have_names_beside_it(here: Path) -> None:
    assert name_beside(Path(), "-review") == here.parent / "photos-review"
    assert name_beside(Path("in/photos-scan"), "-review") == Path("in/photos-review")
    assert name_beside(Path("bridge"), "-review") == Path("bridge-review")


@pytest.mark.parametrize(
    ("folder", "said"),
    [
        ("a.jpg", "is a file"),
        ("nowhere", "crack-edge scan PHOTOS makes one"),
        ("north", "crack-edge scan north makes one"),
        ("/", "crack-edge scan / makes one"),
    ],
)
def test_a_path_without_a_scan_is_told_what_it_should_be(
    here: Path, folder: str, said: str
) -> None:
    with pytest.raises(InputError, match="expected the results folder of a scan") as caught:
        require_scan(Path(folder))
    assert said in str(caught.value)


def test_photos_whose_scan_lies_beside_them_are_sent_there(here: Path) -> None:
    with Store.open(here / "north-scan", identity=IDENTITY):
        pass
    require_scan(Path("north-scan"))
    with pytest.raises(InputError, match=r"did you mean north-scan\?"):
        require_scan(Path("north"))


def test_results_of_a_scan_among_the_photos_do_not_count(here: Path) -> None:
    with Store.open(Path("a-scan"), identity=IDENTITY):
        pass
    assert choose_folder([Path("a-scan"), Path("a.jpg"), Path("b.jpg")]).name == "photos-scan"


def test_a_folder_that_holds_something_else_is_left_alone(here: Path) -> None:
    with pytest.raises(OutputError, match=r"photos: holds something else; .*--out FOLDER"):
        require_room(here)
    require_room(here.parent / "photos-scan")
