"""A test shot is written and described, or says why there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.doctor.check import Check
from edge.doctor.shot import check_source
from edge.photo.codec import read_photo, write_photo
from tests.unit.edge.live.observations_made import plain_picture


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    striped = plain_picture(200, (320, 240))
    striped[::2] = 20
    write_photo(tmp_path / "photos" / "wall.png", striped)
    return tmp_path / "photos"


def test_a_test_shot_is_written_with_its_size_and_time(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "shots" / "wall.jpg"
    check = check_source(str(photos), out, [])
    assert (check.state, check.remedy) == ("ok", "")
    assert read_photo(out).shape == (240, 320, 3)
    assert f"{out}, 320 x 240 px, first frame after" in check.found
    assert check.facts["size_wh"] == [320, 240]
    assert check.facts["file"] == str(out)


def test_a_black_picture_is_a_warning(tmp_path: Path) -> None:
    write_photo(tmp_path / "black.png", plain_picture(0, (32, 24)))
    check = check_source(str(tmp_path / "black.png"), tmp_path / "shot.jpg", [])
    assert check.state == "warning"
    assert "lens covered" in check.found
    assert str(tmp_path / "shot.jpg") in check.remedy


def test_a_camera_that_is_not_there_fails_without_a_file(tmp_path: Path) -> None:
    check = check_source("/dev/video99", tmp_path / "shot.jpg", [])
    assert check.state == "failed"
    assert check.found.startswith("/dev/video99: no such device")
    assert check.remedy
    assert not (tmp_path / "shot.jpg").exists()


def test_the_password_of_a_stream_is_not_shown(tmp_path: Path) -> None:
    check = check_source("http://me:s3cret-s3cret@127.0.0.1:9/", tmp_path / "shot.jpg", [])
    assert check.state == "failed"
    assert "s3cret-s3cret" not in repr(check)


@pytest.mark.parametrize("name", ["numpy", "OpenCV"])
def test_without_what_reads_pictures_nothing_is_tried(name: str, tmp_path: Path) -> None:
    checks = [Check("numpy", "ok", "2"), Check(name, "failed", "not installed")]
    check = check_source("nonesuch", tmp_path / "shot.jpg", checks)
    assert (check.state, check.found) == ("failed", "not tried")
    assert check.remedy == f"fix {name} first"


def test_a_source_that_does_not_exist_fails_by_name(tmp_path: Path) -> None:
    check = check_source("nonesuch", tmp_path / "shot.jpg", [])
    assert check.state == "failed"
    assert "nonesuch: no such source" in check.found


def test_a_file_that_cannot_be_written_fails_by_name(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    check = check_source(str(photos), tmp_path / "file" / "shot.jpg", [])
    assert check.state == "failed"
    assert "shot.jpg" in check.found
