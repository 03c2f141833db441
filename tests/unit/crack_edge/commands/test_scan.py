"""``crack-edge scan``: where it writes, what it prints, and which command it names next."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crack_edge.__main__ import main
from edge.evaluation.synthetic import draw_concrete
from edge.photo.codec import write_photo


def scan(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["scan", *map(str, words), "--threads", "1"])


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return ``photos`` in the working folder: one photo with a crack, one without."""
    for cracks in (0, 1):
        drawing = draw_concrete((640, 480), seed=cracks, cracks=cracks, joints=0)
        write_photo(tmp_path / "photos" / f"{cracks}.jpg", drawing.photo)
    monkeypatch.chdir(tmp_path)
    return Path("photos")


def test_without_out_it_writes_beside_the_photos_and_says_so_first(photos: Path) -> None:
    before = sorted(photos.iterdir())
    result = scan(photos)
    assert result.exit_code == 0, result.output
    assert result.stderr.splitlines()[0] == "results go to photos-scan"
    assert Path("photos-scan/report.html").is_file()
    assert sorted(photos.iterdir()) == before
    again = scan(photos)
    assert "2 of 2 photos are already done" in again.stderr
    assert "earlier scan" not in again.stderr


def test_it_ends_with_what_was_found_and_the_next_command(photos: Path) -> None:
    lines = scan(photos, "-o", "out").stdout.splitlines()
    kept = json.loads(Path("out/scan.json").read_text())
    crack, review, clear, _ = kept["triage"].values()
    assert lines[0] == (
        f"photos: 2 ({crack} with sure cracks, {review} to review, {clear} clear, 0 not inspected)"
    )
    assert lines[1].startswith(f"findings: {kept['findings']['crack']} sure crack")
    assert lines[2] == f"report: {Path('out/report.html')}"
    assert lines[3] == (
        "scale: unknown for 2 photos, so lengths are in px; give --gsd MM, the mm of the surface "
        "that one px shows"
    )
    assert lines[4:] == ["next: crack-edge report out --gsd MM"]


def test_with_a_scale_the_next_command_is_a_second_look(photos: Path) -> None:
    lines = scan(photos, "--gsd", "0.5").stdout.splitlines()
    assert lines[-1] == "next: crack-edge export-review photos-scan --out photos-review"
    assert not any(line.startswith("scale: ") for line in lines)


def test_photos_of_another_scan_in_the_folder_are_told(photos: Path) -> None:
    scan(photos / "0.jpg", "-o", "out")
    assert "out also holds 1 photo of an earlier scan" in scan(photos / "1.jpg", "-o", "out").stderr


def test_photos_that_fail_are_named_and_only_the_first_few(photos: Path) -> None:
    for number in range(5):
        (photos / f"bad{number}.jpg").write_bytes(b"no picture")
    result = scan(photos)
    assert result.exit_code == 1
    assert "failed: bad0.jpg, bad1.jpg, bad2.jpg and 2 more; " in result.stdout


def test_where_nothing_could_be_scanned_no_command_is_named(photos: Path) -> None:
    (photos / "bad.jpg").write_bytes(b"no picture")
    result = scan(photos / "bad.jpg")
    assert result.exit_code == 1
    assert "next: " not in result.stdout


def test_a_part_is_joined_next_and_has_a_folder_of_its_own(photos: Path) -> None:
    refused = scan(photos, "--shard", "1/2")
    assert refused.exit_code == 2
    assert "--shard needs --out" in refused.stderr
    result = scan(photos, "--shard", "1/1", "--out", "part-1")
    assert result.stdout.splitlines()[-1] == (
        "next: crack-edge merge part-1 OTHER-PARTS --out FOLDER"
    )


def test_an_output_that_cannot_be_written_is_refused_before_any_work(photos: Path) -> None:
    result = scan(photos, "--out", photos / "0.jpg" / "out")
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert "out: cannot be written" in line


def test_names_of_files_give_the_terminal_no_orders(tmp_path: Path) -> None:
    folder = tmp_path / "wall\x1b[31m"
    folder.mkdir()
    (folder / os.fsdecode(b"f\xfc\x1b]0;evil\x07.jpg")).write_bytes(b"no picture")
    write_photo(folder / "wall.png", draw_concrete((300, 280), seed=1).photo)
    result = scan(folder)
    assert result.exit_code == 1, result.output
    assert "failed: f" in result.stdout
    assert all(one.isprintable() or one == "\n" for one in result.output)
