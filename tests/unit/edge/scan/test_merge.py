"""Scans of several machines become one: no photo lost, none twice, no picture of another."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from crack_edge.__main__ import main
from edge.detect.regions import Region
from edge.files.errors import DataError, InputError, OutputError
from edge.files.paths import STORE_NAME
from edge.geo.positions import Position
from edge.geo.site import Site, SiteUpdate
from edge.photo.facts import FileFacts
from edge.report.result_files import RESULTS
from edge.scan.merge import merge_scans
from edge.store.identity import ModelIdentity, ScanIdentity
from edge.store.photo_result import PhotoResult, PhotoTask
from edge.store.result_paths import (
    PICTURES,
    heat_map_path,
    heat_raster_path,
    overlay_path,
    thumbnail_path,
)
from edge.store.scan_store import Counts, Store
from tests.unit.fakes import Remembering
from tests.unit.stores import IDENTITY, make_outcome, require_equal

DONE_AT = "2024-01-01T00:00:00+00:00"


def of_content(name: str, content: str, *, failed: bool = False) -> PhotoResult:
    """Return the outcome of a file, whose hash, regions and size follow from its content."""
    number = sum(content.encode())
    outcome = make_outcome(
        name,
        task=PhotoTask(Path("/photos") / name, name),
        file=FileFacts(len(content), 5, f"{number:064x}"),
        size_wh=(number, 10),
        regions=[Region(0.9, (0, 0, 5, 10), 50, 10.0, 90.0), Region(0.4, (9, 1, 12, 2), 3)],
        measures={},
    )
    if failed:
        return replace(outcome, error="truncated", size_wh=(0, 0), regions=(), grids=())
    return outcome


def make_scan(folder: Path, *outcomes: PhotoResult, identity: ScanIdentity = IDENTITY) -> Path:
    """Make a folder of results with pictures that say of which photo they are."""
    with Store.open(folder, identity=identity) as store:
        for outcome in outcomes:
            store.record(outcome, finished=DONE_AT)
            if outcome.error is None:
                for path in pictures_of(folder, outcome.task.name):
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(f"{path.suffix} of {outcome.size_wh}")
    return folder


def pictures_of(folder: Path, name: str) -> list[Path]:
    paths = (heat_map_path, overlay_path, thumbnail_path, heat_raster_path)
    return [path_of(folder, name) for path_of in paths]


def join(*folders: Path, out: Path, **options: Any) -> dict[str, Any]:
    progress = options.pop("progress", Remembering())
    return merge_scans(folders, out, progress=progress, **options).to_dict()


def read_all(folder: Path) -> Mapping[str, PhotoResult]:
    with Store.read(folder) as store:
        return {one.task.name: one for one in store.photos()}


@pytest.fixture
def one(tmp_path: Path) -> Path:
    return make_scan(tmp_path / "one", of_content("a.jpg", "A"), of_content("sub/b.jpg", "B"))


@pytest.fixture
def two(tmp_path: Path) -> Path:
    return make_scan(tmp_path / "two", of_content("c.jpg", "C"))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "all"


def test_the_shards_of_two_machines_become_one_scan(one: Path, two: Path, out: Path) -> None:
    for folder, shard in ((one, "2/2"), (two, "1/2")):
        with Store.open(folder, identity=IDENTITY) as store:
            store.add_shard(shard)
    progress = Remembering()
    summary = join(one, two, out=out, progress=progress)
    expected = {
        "photos": 3,
        "failed": 0,
        "stores": 2,
        "repeated": 0,
        "renamed": 0,
        "missing_pictures": 0,
    }
    assert summary == summary | expected
    assert progress.steps[:3] == [("photos", n, 3) for n in (1, 2, 3)]
    assert progress.lines == []
    with Store.read(out) as store:
        assert store.identity == IDENTITY
        assert store.shards == ["1/2", "2/2"]
        assert store.finished("c.jpg") == DONE_AT
        for name, content in (("a.jpg", "A"), ("sub/b.jpg", "B"), ("c.jpg", "C")):
            found = store.find(name)
            assert found is not None
            require_equal(found, of_content(name, content), store.grids(name))
    assert {path.name for path in out.iterdir()} == {*RESULTS, *PICTURES, STORE_NAME}


def test_the_pictures_come_along_and_take_no_second_place_on_the_disk(
    one: Path, two: Path, out: Path
) -> None:
    join(one, two, out=out)
    for folder, name in ((one, "a.jpg"), (one, "sub/b.jpg"), (two, "c.jpg")):
        for source, target in zip(pictures_of(folder, name), pictures_of(out, name), strict=True):
            assert target.read_bytes() == source.read_bytes()
            assert target.samefile(source)


def test_where_links_cannot_be_made_pictures_are_copied(one: Path, out: Path) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise OSError("another disk")

    join(one, out=out, link=refuse)
    for source, target in zip(
        pictures_of(one, "sub/b.jpg"), pictures_of(out, "sub/b.jpg"), strict=True
    ):
        assert target.read_bytes() == source.read_bytes()
        assert not target.samefile(source)


def test_a_missing_picture_is_named_and_the_rest_goes_on(one: Path, two: Path, out: Path) -> None:
    missing = heat_map_path(one, "a.jpg")
    missing.unlink()
    progress = Remembering()
    assert join(one, two, out=out, progress=progress)["missing_pictures"] == 1
    assert progress.lines == [f"{missing}: is missing; the result goes without it"]
    assert len(read_all(out)) == 3
    assert overlay_path(out, "a.jpg").exists()


def test_a_photo_that_several_have_is_taken_once(one: Path, tmp_path: Path, out: Path) -> None:
    again = make_scan(tmp_path / "again", of_content("a.jpg", "A"), of_content("d.jpg", "D"))
    assert join(one, again, out=out)["repeated"] == 1
    assert list(read_all(out)) == ["a.jpg", "d.jpg", "sub/b.jpg"]


@pytest.mark.parametrize("failed_first", [True, False])
def test_a_photo_that_was_scanned_wins_over_its_failure(
    tmp_path: Path, out: Path, failed_first: bool
) -> None:
    folders = [
        make_scan(tmp_path / "failed", of_content("a.jpg", "A", failed=True)),
        make_scan(tmp_path / "done", of_content("a.jpg", "A")),
    ]
    summary = join(*folders if failed_first else reversed(folders), out=out)
    assert (summary["photos"], summary["failed"], summary["repeated"]) == (1, 0, 1)
    with Store.read(out) as store:
        found = store.find("a.jpg")
        assert found is not None
        require_equal(found, of_content("a.jpg", "A"), store.grids("a.jpg"))
    assert all(path.exists() for path in pictures_of(out, "a.jpg"))


def test_a_failure_stays_one_where_nobody_could_scan_the_photo(one: Path, tmp_path: Path) -> None:
    failed = make_scan(tmp_path / "failed", of_content("x.jpg", "X", failed=True))
    again = make_scan(tmp_path / "again", of_content("x.jpg", "X", failed=True))
    summary = join(one, failed, again, out=tmp_path / "all")
    assert (summary["photos"], summary["failed"], summary["missing_pictures"]) == (3, 1, 0)


def test_other_photos_of_one_name_get_names_of_their_own(tmp_path: Path, out: Path) -> None:
    folders = [
        make_scan(tmp_path / content, of_content("sub/a.jpg", content)) for content in "ABCB"[:3]
    ]
    folders.append(make_scan(tmp_path / "again", of_content("sub/a.jpg", "B")))
    progress = Remembering()
    summary = join(*folders, out=out, progress=progress)
    assert (summary["photos"], summary["renamed"], summary["repeated"]) == (3, 2, 1)
    found = read_all(out)
    assert {name: one.size_wh[0] for name, one in found.items()} == {
        "sub/a.jpg": ord("A"),
        "sub/a_2.jpg": ord("B"),
        "sub/a_3.jpg": ord("C"),
    }
    assert found["sub/a_2.jpg"].task.path == Path("/photos/sub/a.jpg")
    for name, photo in found.items():
        assert heat_map_path(out, name).read_text() == f".png of {photo.size_wh}"
    assert f"{folders[1]}: another photo is already called sub/a.jpg" in progress.lines[0]
    assert progress.lines[0].endswith("sub/a_2.jpg")


def test_a_file_that_nobody_could_read_is_not_taken_for_another(
    one: Path, tmp_path: Path, out: Path
) -> None:
    unknown = replace(of_content("a.jpg", "?", failed=True), file=None)
    failed = make_scan(tmp_path / "failed", unknown)
    assert join(failed, one, out=out)["failed"] == 1
    found = read_all(out)
    assert found["a.jpg"].error == "truncated"
    assert found["a_2.jpg"].size_wh[0] == ord("A")


def test_a_name_that_is_no_utf8_comes_along(tmp_path: Path, out: Path) -> None:
    name = os.fsdecode(b"a\xff.jpg")
    folders = [make_scan(tmp_path / content, of_content(name, content)) for content in "AB"]
    join(*folders, out=out)
    assert list(read_all(out)) == [name, os.fsdecode(b"a\xff_2.jpg")]
    assert all(path.exists() for path in pictures_of(out, os.fsdecode(b"a\xff_2.jpg")))


scans = st.lists(
    st.dictionaries(
        st.sampled_from(["a.jpg", "a_2.jpg", "sub/a.jpg"]),
        st.tuples(st.sampled_from("ABC"), st.booleans()),
        max_size=3,
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=30)
@given(scans=scans)
def test_no_content_is_lost_and_none_scanned_is_left_failed(
    scans: list[dict[str, tuple[str, bool]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    base = tmp_path_factory.mktemp("merge")
    folders = [
        make_scan(
            base / str(number),
            *(of_content(name, content, failed=failed) for name, (content, failed) in one.items()),
        )
        for number, one in enumerate(scans)
    ]
    summary = join(*folders, out=base / "all")
    found = read_all(base / "all")
    given = [(content, failed) for one in scans for content, failed in one.values()]
    hashes = {one.file.sha256 for one in found.values() if one.file}
    assert hashes == {f"{ord(content):064x}" for content, _ in given}
    assert summary["repeated"] == len(given) - len(found)
    for name, photo in found.items():
        assert (heat_map_path(base / "all", name).exists()) == (photo.error is None)
    # Whoever had a photo of a name under which it was scanned finds it scanned.
    for one in scans:
        for name, (content, failed) in one.items():
            if not failed:
                stem = name.removesuffix(".jpg")
                assert any(
                    photo.size_wh[0] == ord(content)
                    for place, photo in found.items()
                    if place.startswith(stem)
                )


# What is refused


def test_scans_of_different_kinds_are_refused_before_anything_is_written(
    one: Path, tmp_path: Path, out: Path
) -> None:
    other = replace(
        IDENTITY,
        settings=replace(IDENTITY.settings, threshold=0.5),
        models=(ModelIdentity("small", "ef" * 32),),
    )
    two = make_scan(tmp_path / "two", of_content("c.jpg", "C"), identity=other)
    with pytest.raises(OutputError) as caught:
        join(one, two, out=out)
    for words in (str(one), str(two), "threshold 0.1545 and 0.5", "default abababababab and small"):
        assert words in str(caught.value)
    assert not out.exists()


def test_a_folder_in_use_is_kept(one: Path, out: Path) -> None:
    out.mkdir()
    (out / "notes.txt").write_text("precious")
    with pytest.raises(OutputError, match="not empty"):
        join(one, out=out)
    assert [path.name for path in out.iterdir()] == ["notes.txt"]


def test_force_replaces_the_results_that_are_there(one: Path, two: Path, out: Path) -> None:
    join(one, out=out)
    (out / "notes.txt").write_text("precious")
    join(two, out=out, force=True)
    assert list(read_all(out)) == ["c.jpg"]
    assert not heat_map_path(out, "a.jpg").exists()
    assert (out / "notes.txt").exists()
    assert heat_map_path(one, "a.jpg").exists()


def test_a_folder_cannot_be_merged_into_itself(one: Path, two: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(one)
    with pytest.raises(InputError, match="into itself"):
        join(one, two, out=tmp_path / "link", force=True)
    with pytest.raises(InputError, match="given twice"):
        join(one, tmp_path / "link", out=tmp_path / "all")
    assert len(read_all(one)) == 2


def test_a_folder_in_which_a_scan_is_running_is_refused(one: Path, two: Path, out: Path) -> None:
    with (
        Store.open(two, identity=IDENTITY),
        pytest.raises(OutputError, match=r"two: another scan or recording is writing"),
    ):
        join(one, two, out=out)
    assert not out.exists()
    join(one, two, out=out)


def test_no_scan_can_begin_in_a_folder_that_is_being_merged(one: Path, out: Path) -> None:
    refused: list[str] = []

    class Intruder(Remembering):
        def step(self, what: str, done: int, total: int, *, note: str = "") -> None:
            if what != "photos":
                return
            for folder in (one, out):
                with pytest.raises(OutputError, match="is writing here"):
                    Store.open(folder, identity=IDENTITY)
                refused.append(folder.name)

    join(one, out=out, progress=Intruder())
    assert refused == ["one", "all"] * 2
    assert sorted(path.name for path in one.iterdir()) == [
        "heatmaps",
        "overlays",
        STORE_NAME,
        "thumbnails",
    ]


def test_a_folder_without_a_scan_is_named(one: Path, tmp_path: Path, out: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "absent"):
        with pytest.raises(InputError, match=f"{folder.name}: holds no scan"):
            join(one, folder, out=out)
    assert list((tmp_path / "empty").iterdir()) == []
    assert not out.exists()


def test_what_a_killed_scan_left_is_merged_too(one: Path, tmp_path: Path, out: Path) -> None:
    killed = tmp_path / "killed"
    killed.mkdir()
    with Store.open(tmp_path / "two", identity=IDENTITY) as store:
        store.record(of_content("c.jpg", "C"))
        for suffix in ("", "-wal"):  # as they lie there in the middle of a scan
            name = STORE_NAME + suffix
            (killed / name).write_bytes((tmp_path / "two" / name).read_bytes())
    join(one, killed, out=out)
    assert len(read_all(out)) == 3


@pytest.mark.parametrize(
    "name", ["../a.jpg", "/tmp/a.jpg", "sub/../../a.jpg", "a\0.jpg", "", ".", ".."]
)
def test_a_forged_name_leads_nowhere(tmp_path: Path, out: Path, name: str) -> None:
    with Store.open(tmp_path / "forged", identity=IDENTITY) as store:
        store.record(replace(of_content("a.jpg", "A"), task=PhotoTask(Path("a.jpg"), name)))
    with pytest.raises(DataError, match="forged: its store names a photo"):
        join(tmp_path / "forged", out=out)
    assert [path.name for path in out.iterdir()] == [STORE_NAME]


def test_a_damaged_store_is_named(one: Path, two: Path, out: Path) -> None:
    connection = sqlite3.connect(two / STORE_NAME)
    with connection:
        connection.execute("UPDATE regions SET score = 'high'")
    connection.close()
    with pytest.raises(DataError, match=r"two/scan\.sqlite: is damaged"):
        join(one, two, out=out)


# The command


@pytest.fixture
def scans_of_a_model(tmp_path: Path) -> list[Path]:
    return [
        make_scan(tmp_path / "one", of_content("a.jpg", "A")),
        make_scan(tmp_path / "two", of_content("b.jpg", "B")),
    ]


def test_what_is_known_of_the_sites_is_joined(one: Path, two: Path, out: Path) -> None:
    here, there, third = (Position(latitude=float(n), longitude=0.5) for n in (1, 2, 3))
    for folder, site in (
        (one, Site(positions={"a.jpg": here})),
        (two, Site(gsd_mm=0.4, positions={"a.jpg": there, "c.jpg": third})),
    ):
        with Store.open(folder, identity=IDENTITY) as store:
            store.update_site(SiteUpdate(**vars(site)))
    join(one, two, out=out)
    with Store.read(out) as store:
        assert store.site == Site(gsd_mm=0.4, positions={"a.jpg": here, "c.jpg": third})


def test_what_no_scan_got_to_is_left(one: Path, two: Path, out: Path) -> None:
    for folder, names in ((one, ["a.jpg", "c.jpg", "d.jpg"]), (two, ["c.jpg", "d.jpg", "e.jpg"])):
        with Store.open(folder, identity=IDENTITY) as store:
            store.keep_listed(names)
    assert join(one, two, out=out)["left"] == 2


def test_without_a_word_in_the_first_scan_the_next_one_counts(
    one: Path, two: Path, out: Path
) -> None:
    with Store.open(two, identity=IDENTITY) as store:
        store.update_site(SiteUpdate(gsd_mm=0.4, crack_width_mm=0.2))
    join(one, two, out=out)
    with Store.read(out) as store:
        assert (store.site.gsd_mm, store.site.crack_width_mm) == (0.4, 0.2)


def test_the_command_joins_scans_and_writes_the_reports(
    scans_of_a_model: list[Path], out: Path
) -> None:
    arguments = ["merge", *map(str, scans_of_a_model), "--out", str(out), "--json"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    summary = json.loads(result.stdout)
    assert (summary["photos"], summary["stores"], summary["repeated"]) == (2, 2, 0)
    assert {"report.html", "regions.csv", "scan.json"} <= {path.name for path in out.iterdir()}
    with Store.read(out) as store:
        assert store.count() == Counts(2, 0, 4, round((ord("A") + ord("B")) * 10 / 1e6, 6))


def test_the_command_says_in_a_line_what_it_joined(scans_of_a_model: list[Path], out: Path) -> None:
    make_scan(
        scans_of_a_model[1],
        of_content("bad.jpg", "X", failed=True),
    )
    result = CliRunner().invoke(main, ["merge", *map(str, scans_of_a_model), "--out", str(out)])
    assert result.exit_code == 1
    assert "joined: 2 scans" in result.stdout
    assert "photos: 3 (" in result.stdout
    assert "\nfailed: " in result.stdout
    assert str(out / "report.html") in result.stdout
    assert result.stdout.splitlines()[-1].startswith("next: crack-edge ")


def test_the_command_refuses_in_one_line(scans_of_a_model: list[Path]) -> None:
    arguments = ["merge", str(scans_of_a_model[0]), "--out", str(scans_of_a_model[1])]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: ")
    assert "--force" in line
