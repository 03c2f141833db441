"""A store outlives kills, full disks and forgers; what it cannot keep it says."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.files.errors import DataError, InputError, OutputError
from edge.files.paths import STORE_NAME
from edge.store.folder_lock import LOCK_NAME
from edge.store.scan_store import Store
from tests.unit.stores import (
    IDENTITY,
    change,
    make_grid,
    make_numbered,
    make_outcome,
    require_equal,
)

ROOT = Path(__file__).resolve().parents[4]
KILLS = 10


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
    change(folder, "PRAGMA user_version = 3")
    with pytest.raises(OutputError, match=r"scan\.sqlite: .* newer crack-edge \(version 3.* 2\)"):
        Store.open(folder, identity=IDENTITY)
    with pytest.raises(DataError, match=r"scan\.sqlite: .*version 3"):
        Store.read(folder)


def test_an_older_version_is_refused_with_the_way_out(folder: Path) -> None:
    Store.open(folder, identity=IDENTITY).close()
    change(folder, "PRAGMA user_version = 1")
    with pytest.raises(OutputError, match=r"older .*version 1.*scan again with --force"):
        Store.open(folder, identity=IDENTITY)


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
        "UPDATE regions SET right_px = 4001",
        "UPDATE regions SET outline = '[[[[0, -1], [9, -1], [9, 9]]]]'",
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
        "UPDATE photos SET lonlat = 'text'",
        "UPDATE photos SET lonlat = '7'",
        "UPDATE photos SET lonlat = '[[[1, 2, 3]]]'",
        "UPDATE photos SET lonlat = '[[[1, 2]]]'",
        "UPDATE photos SET lonlat = '[[1], [2, 3]]'",
        "UPDATE photos SET lonlat = NULL",
        "UPDATE photos SET orientation = 'up'",
        "UPDATE photos SET pitch_deg = 'down'",
        "UPDATE photos SET dark = 'very'",
        "UPDATE regions SET outline = ''",
        "UPDATE regions SET outline = '7'",
        "UPDATE regions SET outline = '[7]'",
        "UPDATE regions SET outline = '[[[1]]]'",
        "UPDATE regions SET outline = '[[[[1, 2, 3]]]]'",
        "UPDATE regions SET outline = '[[[[1.5, 2]]]]'",
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


@pytest.mark.parametrize("key", ["settings", "models", "card", "shards", "site"])
@pytest.mark.parametrize("value", ["", "{", "7", "[7]", '[{"name": 7}]', "[" * 100000, None])
def test_forged_facts_of_a_scan_are_an_error(folder: Path, key: str, value: str | None) -> None:
    Store.open(folder, identity=IDENTITY).close()
    change(folder, f"DELETE FROM meta WHERE key = '{key}'")
    if value is not None:
        change(folder, f"INSERT INTO meta VALUES ('{key}', '{value}')")
    with Store.read(folder) as store, pytest.raises(DataError, match=r"scan\.sqlite.*damaged"):
        _ = (store.identity, store.shards, store.site)


def test_a_forged_list_of_photos_is_an_error(folder: Path) -> None:
    Store.open(folder, identity=IDENTITY).close()
    change(folder, "INSERT INTO meta VALUES ('listed', '[7]')")
    with Store.read(folder) as store, pytest.raises(DataError, match=r"scan\.sqlite.*damaged"):
        _ = store.listed


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


def test_a_value_that_cannot_be_kept_leaves_the_earlier_photo(store: Store) -> None:
    store.record(make_outcome())
    with pytest.raises(OutputError, match="cannot be written"):
        store.record(make_outcome(seconds=float("nan")))
    found = store.find("a.jpg")
    assert found is not None
    require_equal(found, make_outcome(), store.grids("a.jpg"))


# Records photo after photo and says each name when it is on the disk.
_RECORDER = """
import sys
from dataclasses import replace
from pathlib import Path
from edge.store.scan_store import Store
from tests.unit.stores import IDENTITY, make_numbered

with Store.open(Path(sys.argv[1]), identity=IDENTITY) as store:
    number = store.count().done
    while True:
        number += 1
        store.record(make_numbered(number))
        print(number, flush=True)
"""


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
