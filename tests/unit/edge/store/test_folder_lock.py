"""A store is of one scan, and one process at a time writes it; others read."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from edge.files.errors import DataError, OutputError
from edge.files.paths import STORE_NAME
from edge.store.folder_lock import LOCK_NAME, FolderLock, _is_named
from edge.store.identity import ModelIdentity, ScanIdentity
from edge.store.scan_store import Store
from tests.unit.fakes import make_card
from tests.unit.stores import IDENTITY, make_outcome

ROOT = Path(__file__).resolve().parents[4]


def test_the_same_scan_goes_on_whatever_names_and_card_say(folder: Path) -> None:
    with Store.open(folder, identity=IDENTITY) as store:
        store.record(make_outcome())
    same = ScanIdentity(
        settings=replace(IDENTITY.settings, scales=(1.0,)),
        models=(ModelIdentity("renamed", "ab" * 32),),
        card=make_card(name="renamed"),
    )
    with Store.open(folder, identity=same) as store:
        assert [one.task.name for one in store.photos()] == ["a.jpg"]
        assert store.identity == IDENTITY


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (
            replace(IDENTITY, settings=replace(IDENTITY.settings, threshold=0.5)),
            "threshold 0.1545, now 0.5);",
        ),
        (
            replace(IDENTITY, settings=replace(IDENTITY.settings, scales=(1.0, 0.5))),
            "scales [1.0], now [1.0, 0.5]);",
        ),
        (
            replace(IDENTITY, settings=replace(IDENTITY.settings, view="tile", overlap=0.5)),
            "overlap 0, now 0.5; view dense, now tile);",
        ),
        (
            replace(IDENTITY, models=(ModelIdentity("small", "ef" * 32),)),
            "model default abababababab, now small efefefefefef);",
        ),
    ],
)
def test_a_store_of_another_scan_is_refused_with_what_differs(
    folder: Path, other: ScanIdentity, words: str
) -> None:
    with Store.open(folder, identity=IDENTITY) as store:
        store.record(make_outcome())
    before = (folder / STORE_NAME).read_bytes()
    with pytest.raises(OutputError, match="out: holds a scan with other settings") as caught:
        Store.open(folder, identity=other)
    assert words in str(caught.value)
    assert "--out" in str(caught.value)
    assert "--force" in str(caught.value)
    assert [path.name for path in folder.iterdir()] == [STORE_NAME]
    assert (folder / STORE_NAME).read_bytes() == before


def test_models_of_unknown_hash_are_told_by_their_names() -> None:
    one, other = (
        replace(IDENTITY, models=(ModelIdentity(name, None),)) for name in ("one", "other")
    )
    assert one.list_differences(one) == []
    assert one.list_differences(other) == [("model", "one unknown", "other unknown")]


def test_a_second_writer_is_refused_at_once(store: Store, folder: Path) -> None:
    with pytest.raises(OutputError, match="is writing here"):
        Store.open(folder, identity=IDENTITY)
    with pytest.raises(OutputError, match="is writing here"):
        Store.erase(folder)
    store.record(make_outcome())
    assert store.count().done == 1


def test_a_second_process_is_refused_and_let_in_afterwards(folder: Path) -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from edge.files.errors import OutputError\n"
        "from edge.store.folder_lock import FolderLock\n"
        "try:\n"
        "    FolderLock(Path(sys.argv[1])).release()\n"
        "except OutputError as error:\n"
        "    print(error)\n"
    )

    def try_it() -> str:
        command = [sys.executable, "-c", program, str(folder)]
        return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    with Store.open(folder, identity=IDENTITY):
        assert "is writing here" in try_it()
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
