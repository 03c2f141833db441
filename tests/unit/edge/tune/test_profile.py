"""The profile keeps a plan for each machine and model, and never stands in a scan's way."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.files.errors import OutputError
from edge.model.backends import open_backend
from edge.model.tflite_file import find_model
from edge.scan.parallelism import Parallelism, default_parallelism
from edge.tune.profile import (
    ProfileKey,
    find_key,
    load_plan,
    profile_path,
    require_profile,
    save_plan,
)
from tests.unit.fakes import Remembering

KEY = ProfileKey("ab" * 32, "LiteRT", "2.1.0", 4, "A CPU")
PLAN = Parallelism(threads=2, photos=3)

plans = st.builds(
    Parallelism,
    threads=st.integers(1, 64),
    photos=st.integers(1, 8),
)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("threads", -1),
        ("photos", 0),
        ("threads", 2.0),
        ("photos", True),
        ("threads", "2"),
    ],
)
def test_a_plan_without_a_meaning_is_refused(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"{field} {value!r}"):
        dataclasses.replace(PLAN, **{field: value})


def test_an_unknown_machine_is_used_with_all_cores() -> None:
    assert default_parallelism(6) == Parallelism(threads=6, photos=2)


def test_a_plan_says_itself_in_words() -> None:
    assert str(PLAN) == "2 threads, 3 photos in flight"
    assert str(Parallelism(1, 1)) == "1 thread, 1 photo in flight"


@given(plan=plans)
def test_what_is_saved_is_loaded(
    plan: Parallelism, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("profile") / "new" / "profile.json"
    save_plan(KEY, plan, {"seconds": 1.5}, path=path)
    assert load_plan(KEY, path=path, progress=Remembering()) == plan
    assert json.loads(path.read_text())["profiles"][0]["measured"] == {"seconds": 1.5}


@pytest.mark.parametrize(
    "change",
    [
        {"model_sha256": "cd" * 32},
        {"backend": "ONNX Runtime"},
        {"backend_version": "2.2.0"},
        {"cores": 8},
        {"processor": "Another CPU"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_plan_is_for_its_key_only(tmp_path: Path, change: dict[str, Any]) -> None:
    path, progress = tmp_path / "profile.json", Remembering()
    save_plan(KEY, PLAN, {}, path=path)
    assert load_plan(dataclasses.replace(KEY, **change), path=path, progress=progress) is None
    assert progress.lines == []


def test_a_second_measurement_replaces_the_first_and_leaves_the_others(tmp_path: Path) -> None:
    path, progress = tmp_path / "profile.json", Remembering()
    other, newer = dataclasses.replace(KEY, cores=8), dataclasses.replace(PLAN, photos=1)
    for key, plan in ((KEY, PLAN), (other, PLAN), (KEY, newer)):
        save_plan(key, plan, {}, path=path)
    assert load_plan(KEY, path=path, progress=progress) == newer
    assert load_plan(other, path=path, progress=progress) == PLAN
    assert len(json.loads(path.read_text())["profiles"]) == 2


def test_where_there_is_no_file_there_is_no_plan(tmp_path: Path) -> None:
    progress = Remembering()
    assert load_plan(KEY, path=tmp_path / "none.json", progress=progress) is None
    assert progress.lines == []


FOREIGN = {
    "text": b"dear diary",
    "half a profile": b'{"version": 2, "profi',
    "other JSON": b'{"version": 2, "users": []}',
    "a list": b"[1, 2]",
    "a later version": b'{"version": 3, "profiles": []}',
    "no text": b"\xff\xfe\x00\x01",
    "a tower of lists": b"[" * 100_000,
    "too large": b'{"version": 2, "profiles": [' + b" " * (1 << 20) + b"]}",
}


@pytest.mark.parametrize("data", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_file_is_told_of_and_left_alone(tmp_path: Path, data: bytes) -> None:
    path, progress = tmp_path / "profile.json", Remembering()
    path.write_bytes(data)
    assert load_plan(KEY, path=path, progress=progress) is None
    (line,) = progress.lines
    assert line.startswith(f"warning: {path}: ignored: ")
    for write in (lambda: save_plan(KEY, PLAN, {}, path=path), lambda: require_profile(path)):
        with pytest.raises(OutputError, match=r"profile\.json: (not )?a .*profile.*--force"):
            write()
    assert path.read_bytes() == data


def test_a_folder_in_its_place_is_told_of(tmp_path: Path) -> None:
    progress = Remembering()
    assert load_plan(KEY, path=tmp_path, progress=progress) is None
    assert len(progress.lines) == 1


@pytest.mark.parametrize(
    "entry",
    [
        {"plan": {"processes": 0, "threads": 2, "photos": 3}},
        {"plan": {"processes": 1}},
        {"plan": {"workers": 1}},
    ],
)
def test_a_damaged_plan_is_told_of(tmp_path: Path, entry: dict[str, Any]) -> None:
    path, progress = tmp_path / "profile.json", Remembering()
    entry |= {"key": dataclasses.asdict(KEY), "measured": {}}
    path.write_text(json.dumps({"version": 2, "profiles": [entry]}))
    assert load_plan(KEY, path=path, progress=progress) is None
    assert len(progress.lines) == 1


@pytest.mark.parametrize("entry", [None, 3, {}, {"key": 1, "plan": {}, "measured": {}}])
def test_what_is_no_entry_is_passed_over(tmp_path: Path, entry: Any) -> None:
    path, progress = tmp_path / "profile.json", Remembering()
    path.write_text(json.dumps({"version": 2, "profiles": [entry]}))
    assert load_plan(KEY, path=path, progress=progress) is None
    save_plan(KEY, PLAN, {}, path=path)
    assert load_plan(KEY, path=path, progress=progress) == PLAN


@pytest.mark.parametrize("left", [b"", b"\0" * 300])
def test_what_a_power_cut_leaves_is_replaced(tmp_path: Path, left: bytes) -> None:
    path, progress = tmp_path / "profile.json", Remembering()
    path.write_bytes(left)
    assert load_plan(KEY, path=path, progress=progress) is None
    save_plan(KEY, PLAN, {}, path=path)
    assert load_plan(KEY, path=path, progress=progress) == PLAN
    assert progress.lines == []


def test_a_foreign_file_is_replaced_when_told_to(tmp_path: Path) -> None:
    path = tmp_path / "profile.json"
    path.write_text("dear diary")
    require_profile(path, force=True)
    assert json.loads(path.read_text()) == {"version": 2, "profiles": []}


def test_force_keeps_the_entries_of_a_profile(tmp_path: Path) -> None:
    path = tmp_path / "profile.json"
    save_plan(KEY, PLAN, {}, path=path)
    require_profile(path, force=True)
    assert load_plan(KEY, path=path, progress=Remembering()) == PLAN


def test_a_place_that_cannot_be_written_is_named_before_the_measurement(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"profile\.json: cannot be"):
        require_profile(tmp_path / "file" / "profile.json")


@pytest.mark.parametrize(
    ("environment", "windows", "expected"),
    [
        ({"CRACK_EDGE_PROFILE": "/a/b.json", "XDG_CONFIG_HOME": "/c"}, False, "/a/b.json"),
        ({"XDG_CONFIG_HOME": "/c"}, False, "/c/crack-edge/profile.json"),
        ({"APPDATA": "/r", "XDG_CONFIG_HOME": "/c"}, True, "/r/crack-edge/profile.json"),
    ],
)
def test_the_environment_says_where_the_profile_lies(
    environment: dict[str, str], windows: bool, expected: str
) -> None:
    assert profile_path(environment, windows=windows) == Path(expected)


@pytest.mark.parametrize("environment", [{}, {"XDG_CONFIG_HOME": "relative"}])
def test_otherwise_it_lies_in_the_home(environment: dict[str, str]) -> None:
    expected = Path.home() / ".config" / "crack-edge" / "profile.json"
    assert profile_path(environment, windows=False) == expected


def test_the_key_names_the_model_and_the_runtime() -> None:
    path = find_model("default")
    backend = open_backend(path)
    key = find_key("default", cores=3)
    assert (key.backend, key.backend_version, key.cores) == (backend.name, backend.version, 3)
    assert key.model_sha256 == backend.card.model_sha256
    assert key == find_key(path, cores=3)
    assert key != find_key("small", cores=3)


def test_a_profile_of_the_version_with_processes_is_measured_anew(tmp_path: Path) -> None:
    path, progress = tmp_path / "profile.json", Remembering()
    plan = {"processes": 2, "threads": 1, "photos": 2, "frame_threads": None}
    entry = {"key": dataclasses.asdict(KEY), "plan": plan, "measured": {}}
    path.write_text(json.dumps({"version": 1, "profiles": [entry]}))
    assert load_plan(KEY, path=path, progress=progress) is None
    assert progress.lines == []
    save_plan(KEY, PLAN, {}, path=path)
    assert load_plan(KEY, path=path, progress=progress) == PLAN
