"""The store of a scan: whole photos, whatever happens, of one scan at a time."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import string
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from edge.errors import DataError, InputError, OutputError
from edge.files import sha256_of
from edge.outcome import CameraFacts, FileFacts, Grid, Outcome, Task
from edge.regions import Region
from edge.scan_identity import ScanIdentity
from edge.store import STORE_NAME, Counts, Store
from edge.store_lock import LOCK_NAME, FolderLock, _is_named

ROOT = Path(__file__).resolve().parents[2]
IDENTITY = ScanIdentity(
    settings={"threshold": 0.1545, "mode": "dense", "scales": [1.0], "unsure_from": None},
    models=[{"name": "default", "sha256": "ab" * 32}],
    card={"name": "default"},
)
KILLS = 10


def make_grid(rows: int = 3, columns: int = 4, *, seed: int = 0) -> Grid:
    values = np.random.default_rng(seed).normal(size=(rows, columns)).astype(np.float32)
    return Grid("cell_logits", 32.0, values)


def make_outcome(name: str = "a.jpg", **changes: Any) -> Outcome:
    outcome = Outcome(
        Task(Path("photos") / name, name),
        file=FileFacts(1000, 123456789, "cd" * 32),
        size_wh=(4000, 3000),
        camera=CameraFacts("2024-05-06T07:08:09", 47.5, -8.25, 412.0),
        regions=[Region(0.9, (0, 32, 64, 96), 4096), Region(0.4, (100, 100, 132, 132), 1024)],
        grids=[make_grid(), make_grid(2, 2, seed=1)],
        measures={"looked": 7},
        seconds=0.25,
    )
    return replace(outcome, **changes)


def make_failure(name: str = "bad.jpg") -> Outcome:
    return Outcome(Task(Path("photos") / name, name), error=f"photos/{name}: the file is empty")


def change(folder: Path, *statements: str) -> None:
    """Do to a store what another program could."""
    connection = sqlite3.connect(folder / STORE_NAME)
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def require_equal(found: Outcome, expected: Outcome, grids: list[Grid]) -> None:
    assert replace(found, regions=tuple(found.regions), grids=()) == replace(
        expected, regions=tuple(expected.regions), grids=()
    )
    assert [(grid.kind, grid.cell_px) for grid in grids] == [
        (grid.kind, grid.cell_px) for grid in expected.grids
    ]
    for grid, known in zip(grids, expected.grids, strict=True):
        assert grid.values.dtype == np.float32
        assert grid.values.shape == known.values.shape
        assert grid.values.tobytes() == np.ascontiguousarray(known.values).tobytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    with Store.open(folder, identity=IDENTITY) as opened:
        yield opened


# What is kept


finite = st.floats(allow_nan=False)
pixels = st.integers(0, 2**40)
# What Linux allows in a file's name, UTF-8 or not.
names = st.binary(min_size=1).map(os.fsdecode) | st.text(st.characters(exclude_categories=["Cs"]))
outcomes = st.builds(
    Outcome,
    st.builds(Task, names.map(Path), names),
    error=st.none() | names,
    file=st.none()
    | st.builds(FileFacts, pixels, pixels, st.text(string.hexdigits, min_size=64, max_size=64)),
    size_wh=st.tuples(pixels, pixels),
    camera=st.builds(
        CameraFacts, st.none() | st.text(string.printable), *([st.none() | finite] * 3)
    ),
    regions=st.lists(st.builds(Region, finite, st.tuples(*[pixels] * 4), pixels), max_size=5),
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
def test_any_outcome_comes_back_as_it_was(kept: list[Outcome]) -> None:
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


def test_each_shard_is_noted_once(folder: Path) -> None:
    for shard in ("2/4", "1/4", "2/4"):
        with Store.open(folder, identity=IDENTITY) as store:
            store.add_shard(shard)
    with Store.read(folder) as store:
        assert store.shards == ["2/4", "1/4"]


# What is done


@pytest.fixture
def task(tmp_path: Path) -> Task:
    path = tmp_path / "wall.jpg"
    path.write_bytes(b"pixels")
    return Task(path, "wall.jpg")


def record_file(store: Store, task: Task) -> None:
    facts = task.path.stat()
    digest = sha256_of(task.path.read_bytes())
    store.record(
        make_outcome(task.name, task=task, file=FileFacts(facts.st_size, facts.st_mtime_ns, digest))
    )


def test_a_photo_that_was_scanned_is_done(store: Store, task: Task) -> None:
    assert not store.is_done(task)
    record_file(store, task)
    assert store.is_done(task)


def test_an_unchanged_file_is_not_read(store: Store, task: Task) -> None:
    facts = task.path.stat()
    unknown = FileFacts(facts.st_size, facts.st_mtime_ns, "0" * 64)
    store.record(make_outcome(task.name, task=task, file=unknown))
    assert store.is_done(task)


def test_a_failed_photo_is_not_done(store: Store, task: Task) -> None:
    facts = task.path.stat()
    digest = sha256_of(task.path.read_bytes())
    file = FileFacts(facts.st_size, facts.st_mtime_ns, digest)
    store.record(replace(make_failure(task.name), task=task, file=file))
    assert not store.is_done(task)


def test_a_file_of_other_content_is_not_done(store: Store, task: Task) -> None:
    record_file(store, task)
    task.path.write_bytes(b"PIXELS")
    os.utime(task.path, ns=(0, 0))
    assert not store.is_done(task)
    task.path.write_bytes(b"more pixels")
    assert not store.is_done(task)


def test_the_same_bytes_elsewhere_are_done_and_the_new_place_is_kept(
    store: Store, task: Task, tmp_path: Path
) -> None:
    record_file(store, task)
    moved = Task(tmp_path / "moved.jpg", task.name)
    task.path.rename(moved.path)
    os.utime(moved.path, ns=(5, 5))
    assert store.is_done(moved)
    found = store.find(task.name)
    assert found is not None
    assert found.task == moved
    assert found.file == FileFacts(6, 5, sha256_of(b"pixels"))
    assert len(found.regions) == 2


def test_a_file_that_cannot_be_read_is_not_done(store: Store, task: Task) -> None:
    record_file(store, task)
    task.path.unlink()
    assert not store.is_done(task)
    task.path.mkdir()
    assert not store.is_done(task)


# One scan, one writer


def test_the_same_scan_goes_on_whatever_names_and_card_say(folder: Path) -> None:
    with Store.open(folder, identity=IDENTITY) as store:
        store.record(make_outcome())
    same = ScanIdentity(
        settings=dict(IDENTITY.settings) | {"scales": (1.0,)},
        models=[{"name": "renamed", "sha256": "ab" * 32}],
        card={"name": "renamed"},
    )
    with Store.open(folder, identity=same) as store:
        assert [one.task.name for one in store.photos()] == ["a.jpg"]
        assert store.identity == IDENTITY


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (
            replace(IDENTITY, settings=dict(IDENTITY.settings) | {"threshold": 0.5}),
            "threshold 0.1545, now 0.5;",
        ),
        (
            replace(IDENTITY, settings=dict(IDENTITY.settings) | {"scales": [1.0, 0.5]}),
            "scales [1.0], now [1.0, 0.5];",
        ),
        (
            replace(IDENTITY, settings=dict(IDENTITY.settings) | {"mode": "tiles", "overlap": 0.5}),
            "mode dense, now tiles, overlap none, now 0.5;",
        ),
        (
            replace(IDENTITY, models=[{"name": "small", "sha256": "ef" * 32}]),
            "model default abababababab, now small efefefefefef;",
        ),
    ],
)
def test_a_store_of_another_scan_is_refused_with_what_differs(
    folder: Path, other: ScanIdentity, words: str
) -> None:
    with Store.open(folder, identity=IDENTITY) as store:
        store.record(make_outcome())
    before = (folder / STORE_NAME).read_bytes()
    with pytest.raises(OutputError, match="out: holds a scan of another kind") as caught:
        Store.open(folder, identity=other)
    assert words in str(caught.value)
    assert "--out" in str(caught.value)
    assert "--force" in str(caught.value)
    assert [path.name for path in folder.iterdir()] == [STORE_NAME]
    assert (folder / STORE_NAME).read_bytes() == before


def test_models_of_unknown_hash_are_told_by_their_names() -> None:
    one, other = (
        replace(IDENTITY, models=[{"name": name, "sha256": None}]) for name in ("one", "other")
    )
    assert one.list_differences(one) == []
    assert one.list_differences(other) == [("model", "one unknown", "other unknown")]


def test_a_second_writer_is_refused_at_once(store: Store, folder: Path) -> None:
    with pytest.raises(OutputError, match="a scan is running"):
        Store.open(folder, identity=IDENTITY)
    with pytest.raises(OutputError, match="a scan is running"):
        Store.erase(folder)
    store.record(make_outcome())
    assert store.count().done == 1


def test_a_second_process_is_refused_and_let_in_afterwards(folder: Path) -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from edge.errors import OutputError\n"
        "from edge.store_lock import FolderLock\n"
        "try:\n"
        "    FolderLock(Path(sys.argv[1])).release()\n"
        "except OutputError as error:\n"
        "    print(error)\n"
    )

    def try_it() -> str:
        command = [sys.executable, "-c", program, str(folder)]
        return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    with Store.open(folder, identity=IDENTITY):
        assert "a scan is running" in try_it()
    assert try_it() == ""


def test_the_lock_of_a_process_that_was_killed_is_taken_over(folder: Path) -> None:
    folder.mkdir()
    (folder / LOCK_NAME).touch()
    with Store.open(folder, identity=IDENTITY) as store:
        store.record(make_outcome())


def test_a_lock_file_that_is_none_is_named(folder: Path) -> None:
    folder.mkdir()
    (folder / LOCK_NAME).write_bytes(b"something else" * 100)
    with pytest.raises(OutputError, match=r"\.scan\.lock: cannot be locked"):
        FolderLock(folder)


def test_a_folder_that_vanished_cannot_be_locked(folder: Path) -> None:
    with pytest.raises(OutputError, match="out: cannot be locked"):
        FolderLock(folder)
    (folder.parent / "new").mkdir()
    with FolderLock(folder.parent / "new"):
        (folder.parent / "new").rename(folder)
    assert [path.name for path in folder.iterdir()] == [LOCK_NAME]


def test_a_lock_file_that_was_removed_or_replaced_is_no_lock(tmp_path: Path) -> None:
    path = tmp_path / LOCK_NAME
    with path.open("wb") as file:
        assert _is_named(path, file.fileno())
        path.unlink()
        assert not _is_named(path, file.fileno())
        path.touch()
        assert not _is_named(path, file.fileno())


def test_others_read_while_a_scan_writes(store: Store, folder: Path) -> None:
    store.record(make_outcome("a.jpg"))
    with Store.read(folder) as reader, sqlite3.connect(folder / STORE_NAME) as other:
        photos = reader.photos()
        assert next(photos).task.name == "a.jpg"
        store.record(make_outcome("b.jpg"))
        assert other.execute("SELECT COUNT(*) FROM photos").fetchone() == (2,)
        assert list(photos) == []  # the state of its beginning
        assert [one.task.name for one in reader.photos()] == ["a.jpg", "b.jpg"]
    other.close()


def test_a_closed_store_is_one_file_that_needs_no_other(folder: Path) -> None:
    with Store.open(folder, identity=IDENTITY) as store:
        store.record(make_outcome())
        assert len(list(folder.iterdir())) == 4
    (file,) = folder.iterdir()
    assert file.name == STORE_NAME
    # As on a medium that nobody can write to.
    with sqlite3.connect(f"{file.as_uri()}?immutable=1", uri=True) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert connection.execute("SELECT COUNT(*) FROM photos").fetchone() == (1,)
    connection.close()


def test_a_store_left_while_it_is_gone_through_is_one_file_too(folder: Path) -> None:
    with Store.open(folder, identity=IDENTITY) as store:
        store.record(make_outcome("a.jpg"))
        store.record(make_outcome("b.jpg"))
        photos = store.photos()
        next(photos)
    assert [path.name for path in folder.iterdir()] == [STORE_NAME]


def test_a_reader_in_the_way_of_the_end_loses_nothing(folder: Path) -> None:
    with Store.open(folder, identity=IDENTITY) as store:
        store.record(make_outcome())
        reader = Store.read(folder)
    assert reader.count().done == 1
    reader.close()
    assert [path.name for path in folder.iterdir()] == [STORE_NAME]
    with Store.open(folder, identity=IDENTITY) as store:
        assert store.count().done == 1


def test_a_reader_changes_nothing(folder: Path) -> None:
    with Store.open(folder, identity=IDENTITY) as store:
        store.record(make_outcome())
    before = (folder / STORE_NAME).read_bytes()
    with Store.read(folder) as store:
        with pytest.raises(DataError, match="readonly"):
            store.record(make_outcome("b.jpg"))
        assert store.count().done == 1
    assert (folder / STORE_NAME).read_bytes() == before
    assert [path.name for path in folder.iterdir()] == [STORE_NAME]


def test_an_erased_store_is_gone_with_all_that_belongs_to_it(folder: Path) -> None:
    Store.erase(folder)  # there is none
    assert not Store.exists(folder)
    with Store.open(folder, identity=IDENTITY) as store:
        store.record(make_outcome())
    assert Store.exists(folder)
    for suffix in ("-wal", "-shm", "-journal"):
        (folder / (STORE_NAME + suffix)).write_bytes(b"left by a kill")
    (folder / "notes.txt").write_text("precious")
    Store.erase(folder)
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


# Trouble


def test_a_folder_without_a_store_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no scan"):
        Store.read(tmp_path)
    with pytest.raises(InputError, match="holds no scan"):
        Store.read(tmp_path / "absent")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="file/out: cannot be made"):
        Store.open(tmp_path / "file" / "out", identity=IDENTITY)


def test_a_store_that_was_ended_before_its_tables_is_begun_again(folder: Path) -> None:
    folder.mkdir()
    (folder / STORE_NAME).touch()
    with pytest.raises(InputError, match="no scan yet"):
        Store.read(folder)
    with Store.open(folder, identity=IDENTITY) as store:
        store.record(make_outcome())
    with Store.read(folder) as store:
        assert store.count().done == 1


def test_a_newer_version_is_refused_by_name(folder: Path) -> None:
    Store.open(folder, identity=IDENTITY).close()
    change(folder, "PRAGMA user_version = 2")
    with pytest.raises(OutputError, match=r"scan\.sqlite: is of version 2.* version 1"):
        Store.open(folder, identity=IDENTITY)
    with pytest.raises(DataError, match=r"scan\.sqlite: is of version 2"):
        Store.read(folder)


def test_a_file_that_is_no_database_is_refused_and_kept(folder: Path) -> None:
    folder.mkdir()
    data = random.Random(1).randbytes(5000)
    (folder / STORE_NAME).write_bytes(data)
    with pytest.raises(OutputError, match=r"scan\.sqlite: .*not a database.*--force"):
        Store.open(folder, identity=IDENTITY)
    with pytest.raises(DataError, match=r"scan\.sqlite: .*not a database"):
        Store.read(folder)
    assert (folder / STORE_NAME).read_bytes() == data


def test_a_database_of_another_program_is_refused_and_kept(folder: Path) -> None:
    folder.mkdir()
    change(folder, "PRAGMA journal_mode = WAL", "CREATE TABLE songs (title)")
    before = (folder / STORE_NAME).read_bytes()
    with pytest.raises(OutputError, match="another program"):
        Store.open(folder, identity=IDENTITY)
    with pytest.raises(DataError, match="another program"):
        Store.read(folder)
    assert (folder / STORE_NAME).read_bytes() == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE regions SET score = 'high'",
        "UPDATE regions SET left_px = 'left'",
        "UPDATE regions SET area_px = x'00'",
        "UPDATE regions SET bottom_px = 0.5",
        "UPDATE photos SET width = 'wide'",
        "UPDATE photos SET path = 7",
        "UPDATE photos SET name = 7",
        "UPDATE photos SET name = CAST(x'ff' AS TEXT)",
        "UPDATE photos SET size_bytes = NULL",
        "UPDATE photos SET sha256 = x'12'",
        "UPDATE photos SET latitude = 'north'",
        "UPDATE photos SET measures = '{'",
        "UPDATE photos SET measures = '[1]'",
        'UPDATE photos SET measures = \'{"a": "b"}\'',
        f"UPDATE photos SET measures = '{{\"a\": 1{'0' * 400}}}'",
        f"UPDATE photos SET measures = '{'[' * 100000}'",
        "UPDATE photos SET state = 'failed'",
        "UPDATE photos SET error = 'no'",
        "UPDATE photos SET seconds = 'long'",
        "DROP TABLE regions",
        "ALTER TABLE photos RENAME COLUMN width TO breadth",
    ],
)
def test_a_forged_photo_is_an_error_that_names_the_store(folder: Path, statement: str) -> None:
    with Store.open(folder, identity=IDENTITY) as store:
        store.record(make_outcome())
    change(folder, "PRAGMA foreign_keys = OFF", statement)
    with Store.read(folder) as store, pytest.raises(DataError, match=r"scan\.sqlite"):
        list(store.photos())


@pytest.mark.parametrize(
    "change_it",
    [
        "data = x'00'",
        "data = 'text'",
        "data = zeroblob(100)",
        "rows = 1000000, columns = 1000000",
        "rows = 9223372036854775807, columns = 9223372036854775807",
        "rows = -3, columns = -4",
        "rows = 2",
        "rows = 4",
        "columns = 'many'",
        "cell_px = 'wide'",
    ],
)
def test_a_forged_grid_is_an_error_that_names_the_store(folder: Path, change_it: str) -> None:
    with Store.open(folder, identity=IDENTITY) as store:
        store.record(make_outcome())
    change(folder, f"UPDATE grids SET {change_it}")
    with Store.read(folder) as store, pytest.raises(DataError, match=r"scan\.sqlite.*damaged"):
        store.grids("a.jpg")


@pytest.mark.parametrize("key", ["settings", "models", "card", "shards"])
@pytest.mark.parametrize("value", ["", "{", "7", "[7]", '[{"name": 7}]', "[" * 100000, None])
def test_forged_facts_of_a_scan_are_an_error(folder: Path, key: str, value: str | None) -> None:
    Store.open(folder, identity=IDENTITY).close()
    change(folder, f"DELETE FROM meta WHERE key = '{key}'")
    if value is not None:
        change(folder, f"INSERT INTO meta VALUES ('{key}', '{value}')")
    with Store.read(folder) as store, pytest.raises(DataError, match=r"scan\.sqlite.*damaged"):
        _ = (store.identity, store.shards)


def use(folder: Path) -> None:
    with Store.read(folder) as store:
        for outcome in store.photos():
            store.grids(outcome.task.name)
    with Store.open(folder, identity=IDENTITY) as store:
        store.record(make_outcome())
        store.record(make_outcome("b.jpg"))


@settings(max_examples=60)
@given(places=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=30))
def test_a_store_with_wrong_bytes_gives_errors_only(places: list[tuple[float, int]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Store.open(folder, identity=IDENTITY) as store:
            store.record(make_outcome())
        data = bytearray((folder / STORE_NAME).read_bytes())
        for place, value in places:
            data[int(place * (len(data) - 1))] = value
        (folder / STORE_NAME).write_bytes(data)
        with suppress(InputError):
            use(folder)
        assert not (folder / LOCK_NAME).exists()


def limit_pages(store: Store, pages: int) -> None:
    """Let the disk have room for so many pages."""
    store._file.execute(f"PRAGMA max_page_count = {pages}")


def test_a_full_disk_fails_one_photo_and_the_store_goes_on(folder: Path) -> None:
    with Store.open(folder, identity=IDENTITY) as store:
        store.record(make_outcome("a.jpg"))
        limit_pages(store, 1)  # SQLite takes what is in use as the least
        large = make_outcome("a.jpg", grids=[make_grid(200, 200)])
        with pytest.raises(OutputError, match=r"scan\.sqlite: cannot be written \(.*full.*room"):
            store.record(large)
        found = store.find("a.jpg")
        assert found is not None
        require_equal(found, make_outcome("a.jpg"), store.grids("a.jpg"))
        limit_pages(store, 1 << 30)
        store.record(large)
        store.record(make_outcome("b.jpg"))
    with Store.read(folder) as store:
        assert store.count().done == 2
        assert store.grids("a.jpg")[0].values.shape == (200, 200)


def test_a_full_disk_does_not_hide_that_a_moved_photo_is_done(store: Store, task: Task) -> None:
    record_file(store, task)
    os.utime(task.path, ns=(5, 5))
    store._file.execute("PRAGMA query_only = ON")
    assert store.is_done(task)


def test_a_value_that_cannot_be_kept_leaves_the_earlier_photo(store: Store) -> None:
    store.record(make_outcome())
    with pytest.raises(OutputError, match="cannot be written"):
        store.record(make_outcome(seconds=float("nan")))
    assert store.find("a.jpg") == replace(make_outcome(), grids=())


# Records photo after photo and says each name when it is on the disk.
_RECORDER = """
import sys
from dataclasses import replace
from pathlib import Path
from edge.store import Store
from tests.unit.test_store import IDENTITY, make_numbered

with Store.open(Path(sys.argv[1]), identity=IDENTITY) as store:
    number = store.count().done
    while True:
        number += 1
        store.record(make_numbered(number))
        print(number, flush=True)
"""


def make_numbered(number: int) -> Outcome:
    """Return a photo of which every part depends on its number."""
    return make_outcome(
        f"{number:06d}.jpg",
        regions=[Region(n / 10, (number, n, number + 1, n + 1), 1) for n in range(number % 5)],
        grids=[make_grid(30, 40, seed=number)],
        seconds=float(number),
    )


def test_ten_kills_lose_nothing_that_was_recorded_and_leave_no_half_photo(folder: Path) -> None:
    chance = random.Random(0)
    recorded = 0
    for _ in range(KILLS):
        with subprocess.Popen(
            [sys.executable, "-c", _RECORDER, str(folder)], cwd=ROOT, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            # At any moment from the first photo on.
            lines = [process.stdout.readline()]
            for _ in range(chance.randrange(40)):
                lines.append(process.stdout.readline())
            time.sleep(chance.random() / 100)
            process.send_signal(signal.SIGKILL)
            lines += process.stdout.readlines()
        said = [int(line) for line in lines if line.endswith(b"\n")]
        assert said == list(range(recorded + 1, recorded + 1 + len(said)))
        with Store.read(folder) as store:
            found = {one.task.name: one for one in store.photos()}
            # One may have reached the disk without a word.
            assert len(found) - said[-1] in (0, 1)
            assert store.count().done == len(found)
            for number in range(recorded + 1, len(found) + 1):
                expected = make_numbered(number)
                name = expected.task.name
                require_equal(found[name], expected, store.grids(name))
            assert store.count().regions == sum(n % 5 for n in range(1, len(found) + 1))
        recorded = len(found)
    with Store.open(folder, identity=IDENTITY) as store:
        store.record(make_numbered(recorded + 1))
    assert [path.name for path in folder.iterdir()] == [STORE_NAME]
