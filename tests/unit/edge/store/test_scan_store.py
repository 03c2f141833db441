"""The store of a scan: what is kept comes back, and what is done is not done again."""

from __future__ import annotations

import os
import sqlite3
import string
import tempfile
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from edge.detect.grid import Grid
from edge.detect.regions import Region
from edge.files.hashing import sha256_of
from edge.files.paths import STORE_NAME
from edge.photo.facts import CameraFacts, FileFacts, MapFrame, Quality
from edge.store.photo_result import PhotoResult, PhotoTask
from edge.store.scan_store import Counts, Store
from tests.unit.stores import IDENTITY, make_failure, make_grid, make_outcome, require_equal

finite = st.floats(allow_nan=False)
pixels = st.integers(0, 2**40)
places = st.integers(0, 1000)
rings = st.lists(st.tuples(places, places), max_size=4).map(tuple)
shares = st.floats(0, 1)
texts = st.none() | st.text(string.printable)
# What Linux allows in a file's name, UTF-8 or not.
names = st.binary(min_size=1).map(os.fsdecode) | st.text(st.characters(exclude_categories=["Cs"]))
outcomes = st.builds(
    PhotoResult,
    st.builds(PhotoTask, names.map(Path), names),
    error=st.none() | names,
    file=st.none()
    | st.builds(FileFacts, pixels, pixels, st.text(string.hexdigits, min_size=64, max_size=64)),
    size_wh=st.tuples(st.integers(1000, 2**40), st.integers(1000, 2**40)),
    camera=st.builds(
        CameraFacts,
        texts,
        *([st.none() | finite] * 8),
        texts,
        st.none() | finite,
        texts,
        st.integers(1, 8),
    ),
    map_frame=st.none()
    | st.builds(
        MapFrame,
        st.text(string.printable),
        st_numpy.arrays(float, (2, 2, 2), elements=st.floats(-180, 180)),
    ),
    map_problem=texts,
    quality=st.none() | st.builds(Quality, shares, shares, shares),
    regions=st.lists(
        st.builds(
            Region,
            finite,
            st.tuples(*[places] * 4),
            pixels,
            finite,
            st.none() | finite,
            st.lists(st.tuples(rings), max_size=2).map(tuple),
        ),
        max_size=5,
    ),
    grids=st.lists(
        st.builds(
            Grid,
            st.sampled_from(("cell_logits", "scores")),
            st.floats(1, 100),
            st_numpy.arrays(
                np.float32,
                st_numpy.array_shapes(min_dims=2, max_dims=2),
                elements=st.floats(width=32, allow_nan=False, allow_infinity=False),
            ),
        ),
        max_size=2,
    ),
    measures=st.dictionaries(st.text(string.ascii_letters), finite),
    seconds=st.floats(0, 1e6),
)


@settings(max_examples=60)
@given(kept=st.lists(outcomes, max_size=4, unique_by=lambda one: one.task.name))
def test_any_outcome_comes_back_as_it_was(kept: list[PhotoResult]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with Store.open(Path(folder), identity=IDENTITY) as store:
            for outcome in kept:
                store.record(outcome)
        with Store.read(Path(folder)) as store:
            found = {one.task.name: one for one in store.photos()}
            assert len(found) == len(kept)
            for outcome in kept:
                name = outcome.task.name
                require_equal(found[name], outcome, store.grids(name))


def test_photos_come_in_the_order_of_their_names(store: Store) -> None:
    for name in ("b.jpg", "a/z.jpg", os.fsdecode(b"a\xff.jpg"), "é.jpg", "a.jpg"):
        store.record(make_outcome(name))
    assert [one.task.name for one in store.photos()] == [
        *("a.jpg", "a/z.jpg", "b.jpg", "é.jpg"),
        os.fsdecode(b"a\xff.jpg"),
    ]


def test_a_name_that_is_no_utf8_is_kept_as_its_bytes(store: Store, folder: Path) -> None:
    store.record(make_outcome(os.fsdecode(b"a\xff.jpg")))
    with sqlite3.connect(folder / STORE_NAME) as connection:
        row = connection.execute("SELECT name, path FROM photos").fetchone()
    connection.close()
    assert row == (b"a\xff.jpg", b"photos/a\xff.jpg")


def test_a_photo_recorded_again_replaces_all_of_the_earlier_one(store: Store, folder: Path) -> None:
    store.record(make_outcome())
    later = make_outcome(regions=[Region(0.5, (1, 2, 3, 4), 5)], grids=[make_grid(seed=7)])
    store.record(later)
    (found,) = store.photos()
    require_equal(found, later, store.grids("a.jpg"))
    with sqlite3.connect(folder / STORE_NAME) as connection:
        assert connection.execute("SELECT COUNT(*) FROM regions").fetchone() == (1,)
        assert connection.execute("SELECT COUNT(*) FROM grids").fetchone() == (1,)
    connection.close()


def test_done_and_failed_photos_are_counted(store: Store) -> None:
    assert store.count() == Counts(0, 0, 0, 0.0)
    store.record(make_outcome("a.jpg"))
    store.record(make_outcome("b.jpg", regions=[], size_wh=(1000, 1000)))
    store.record(make_failure())
    assert store.count() == Counts(2, 1, 2, 13.0)


def test_a_photo_is_found_by_its_name(store: Store) -> None:
    store.record(make_failure())
    assert store.find("bad.jpg") == replace(make_failure(), regions=[])
    assert store.find("other.jpg") is None
    assert store.grids("other.jpg") == []
    assert store.finished("other.jpg") is None


def test_the_clock_says_in_utc_when_scan_and_photos_were_made(folder: Path) -> None:
    noon = datetime(2024, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    with Store.open(folder, identity=IDENTITY, clock=lambda: noon) as store:
        store.record(make_outcome("a.jpg"))
        store.record(make_outcome("b.jpg"), finished="2023-01-01T00:00:00+00:00")
        assert store.finished("a.jpg") == "2024-01-01T10:00:00+00:00"
        assert store.finished("b.jpg") == "2023-01-01T00:00:00+00:00"
    with sqlite3.connect(folder / STORE_NAME) as connection:
        created = connection.execute("SELECT value FROM meta WHERE key = 'created'").fetchone()
    connection.close()
    assert created == ('"2024-01-01T10:00:00+00:00"',)


def test_what_the_last_run_was_to_scan_is_kept(store: Store) -> None:
    assert store.listed == []
    for names in (["a.jpg", "b.jpg"], ["caf\udce9.jpg", "a.jpg"]):
        store.keep_listed(names)
        assert store.listed == names
    store.record(make_outcome("caf\udce9.jpg"))
    assert store.names() == {"caf\udce9.jpg"}


def test_each_shard_is_noted_once(folder: Path) -> None:
    for shard in ("2/4", "1/4", "2/4"):
        with Store.open(folder, identity=IDENTITY) as store:
            store.add_shard(shard)
    with Store.read(folder) as store:
        assert store.shards == ["2/4", "1/4"]


@pytest.fixture
def task(tmp_path: Path) -> PhotoTask:
    path = tmp_path / "wall.jpg"
    path.write_bytes(b"pixels")
    return PhotoTask(path, "wall.jpg")


def record_file(store: Store, task: PhotoTask) -> None:
    facts = task.path.stat()
    digest = sha256_of(task.path.read_bytes())
    store.record(
        make_outcome(task.name, task=task, file=FileFacts(facts.st_size, facts.st_mtime_ns, digest))
    )


def test_a_photo_that_was_scanned_is_done(store: Store, task: PhotoTask) -> None:
    assert not store.is_done(task)
    record_file(store, task)
    assert store.is_done(task)


def test_an_unchanged_file_is_not_read(store: Store, task: PhotoTask) -> None:
    facts = task.path.stat()
    unknown = FileFacts(facts.st_size, facts.st_mtime_ns, "0" * 64)
    store.record(make_outcome(task.name, task=task, file=unknown))
    assert store.is_done(task)


def test_a_failed_photo_is_not_done(store: Store, task: PhotoTask) -> None:
    facts = task.path.stat()
    digest = sha256_of(task.path.read_bytes())
    file = FileFacts(facts.st_size, facts.st_mtime_ns, digest)
    store.record(replace(make_failure(task.name), task=task, file=file))
    assert not store.is_done(task)


def test_a_file_of_other_content_is_not_done(store: Store, task: PhotoTask) -> None:
    record_file(store, task)
    task.path.write_bytes(b"PIXELS")
    os.utime(task.path, ns=(0, 0))
    assert not store.is_done(task)
    task.path.write_bytes(b"more pixels")
    assert not store.is_done(task)


def test_the_same_bytes_elsewhere_are_done_and_the_new_place_is_kept(
    store: Store, task: PhotoTask, tmp_path: Path
) -> None:
    record_file(store, task)
    moved = PhotoTask(tmp_path / "moved.jpg", task.name)
    task.path.rename(moved.path)
    os.utime(moved.path, ns=(5, 5))
    assert store.is_done(moved)
    found = store.find(task.name)
    assert found is not None
    assert found.task == moved
    assert found.file == FileFacts(6, 5, sha256_of(b"pixels"))
    assert len(found.regions) == 2


def test_a_file_that_cannot_be_read_is_not_done(store: Store, task: PhotoTask) -> None:
    record_file(store, task)
    task.path.unlink()
    assert not store.is_done(task)
    task.path.mkdir()
    assert not store.is_done(task)


def test_a_full_disk_does_not_hide_that_a_moved_photo_is_done(
    store: Store, task: PhotoTask
) -> None:
    record_file(store, task)
    os.utime(task.path, ns=(5, 5))
    store._file.execute("PRAGMA query_only = ON")
    assert store.is_done(task)
