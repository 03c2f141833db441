"""Photos are found in folders, results of scans are not, and a wrong name is answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.files.errors import InputError
from edge.files.paths import STORE_NAME
from edge.photo.listing import find_photos, list_photos


def put(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def test_the_pictures_of_a_scan_below_a_folder_are_no_photos(tmp_path: Path) -> None:
    put(tmp_path, "crack/a.jpg", f"crack/a-scan/{STORE_NAME}", "crack/a-scan/overlays/a.jpg.jpg")
    assert [path.name for path in list_photos(tmp_path)] == ["a.jpg"]


def test_results_among_the_sources_are_left_out_but_not_all_can_be_results(tmp_path: Path) -> None:
    put(tmp_path, "a.jpg", f"a-scan/{STORE_NAME}", "a-scan/overlays/a.jpg.jpg")
    found = find_photos([tmp_path / "a-scan", tmp_path / "a.jpg"])
    assert [name for _, name in found] == [Path("a.jpg")]
    with pytest.raises(InputError, match="a-scan: holds the results of a scan; give the folder of"):
        find_photos([tmp_path / "a-scan"])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("bridge", "'bridge photos'? Names with spaces need the quotes"),
        ("bridge_photos", "'bridge photos'? Names with spaces need the quotes"),
        ("Bridge Photos", "'bridge photos'? Names with spaces need the quotes"),
        ("wal.jpg", "'wall.jpg'?"),
    ],
)
def test_a_name_that_is_not_there_is_answered_with_the_one_that_was_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, meant: str
) -> None:
    put(tmp_path, "bridge photos/a.jpg", "wall.jpg")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        find_photos([Path(typed)])
    assert str(caught.value) == f"{typed}: no such photo or folder; did you mean {meant}"


def test_a_name_like_no_other_is_to_be_checked(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such photo or folder; check the path"):
        find_photos([put(tmp_path, "wall.jpg") / "nowhere"])
    with pytest.raises(InputError, match="no such photo or folder; check the path"):
        find_photos([tmp_path / "nowhere" / "wall.jpg"])
