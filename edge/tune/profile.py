"""How a scan and a camera's frame are shared out on this machine, measured once, kept in a file.

An entry belongs to all that the measurement depends on: model, runtime, cores and processor. One
file serves several machines, for a home that they share.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from edge.files.atomic_write import write_json
from edge.files.errors import OutputError
from edge.files.hashing import sha256_of
from edge.files.progress import Progress
from edge.machine.resources import count_cores, find_processor
from edge.model.backends import open_backend
from edge.model.tflite_file import find_model, read_bytes
from edge.scan.parallelism import Parallelism

PATH_VARIABLE = "CRACK_EDGE_PROFILE"
_VERSION = 2
_EARLIER = (1,)
_MAX_BYTES = 1 << 20


@dataclass(frozen=True)
class ProfileKey:
    """What a measurement depends on.

    Attributes:
        model_sha256: of the model without its card, or of the file where the card names none.
        backend: name of the runtime.
        backend_version: its version.
        cores: that the process can keep busy.
        processor: its name.
    """

    model_sha256: str
    backend: str
    backend_version: str
    cores: int
    processor: str


def find_key(model: str | Path, *, cores: int | None = None) -> ProfileKey:
    """Return the key of a model on this machine.

    Args:
        model: file, or name of a shipped model.
        cores: that the scan may use; those of the machine if None.

    Raises:
        ModelError: no such model, a damaged file, no card.
        EnvironmentLacksError: no runtime for it.
    """
    path = find_model(model)
    backend = open_backend(path)
    return ProfileKey(
        model_sha256=backend.card.model_sha256 or sha256_of(read_bytes(path)),
        backend=backend.name,
        backend_version=backend.version,
        cores=cores or count_cores(),
        processor=find_processor(),
    )


def profile_path(
    environment: Mapping[str, str] | None = None, *, windows: bool = os.name == "nt"
) -> Path:
    """Return where the profile lies.

    Args:
        environment: variables; those of this process if None.
        windows: whether the machine runs Windows.

    Raises:
        OutputError: this user has no home.
    """
    known = os.environ if environment is None else environment
    if named := known.get(PATH_VARIABLE):
        return Path(named)
    place = Path(known.get("APPDATA" if windows else "XDG_CONFIG_HOME", ""))
    # The XDG standard wants relative paths ignored.
    if not place.is_absolute():
        try:
            place = Path.home() / ".config"
        except RuntimeError as error:
            raise OutputError(
                f"this user has no home folder for the profile; set {PATH_VARIABLE} to a file"
            ) from error
    return place / "crack-edge" / "profile.json"


def load_plan(key: ProfileKey, *, path: Path, progress: Progress) -> Parallelism | None:
    """Return the plan that was kept for this key, None if there is none.

    A file that is not a profile is reported and left alone.
    """
    try:
        entries = _read_entries(path)
    except ValueError as error:
        progress.say(f"warning: {path}: ignored: {error}; to replace it: crack-edge tune --force")
        return None
    for entry in entries:
        if entry["key"] == asdict(key):
            try:
                return Parallelism(**entry["plan"])
            except (TypeError, ValueError) as error:
                progress.say(f"warning: {path}: a plan in it is ignored: {error}")
    return None


def save_plan(
    key: ProfileKey, plan: Parallelism, measured: Mapping[str, Any], *, path: Path
) -> None:
    """Keep a plan, in the place of an earlier one for the same key; the others stay.

    Args:
        key: what it was measured for.
        plan: the plan.
        measured: what led to it, ready for JSON; for people only.
        path: of the profile.

    Raises:
        OutputError: the file cannot be written, or something else than a profile is there.
    """
    entry = {"key": asdict(key), "plan": asdict(plan), "measured": dict(measured)}
    others = [other for other in _read_own(path) if other["key"] != entry["key"]]
    _write_entries(path, [*others, entry])


def require_profile(path: Path, *, force: bool = False) -> None:
    """Stop before the measurement where its result could not be kept; writes an empty profile.

    Args:
        path: of the profile.
        force: replace a file that is not a profile.

    Raises:
        OutputError: the file cannot be written, or something else than a profile is there.
    """
    _write_entries(path, [] if force and not _is_profile(path) else _read_own(path))


def _is_profile(path: Path) -> bool:
    try:
        _read_entries(path)
    except ValueError:
        return False
    return True


def _read_own(path: Path) -> list[dict[str, Any]]:
    try:
        return _read_entries(path)
    except ValueError as error:
        raise OutputError(
            f"{path}: {error}; add --force to replace it, or set {PATH_VARIABLE} to another file"
        ) from error


def _read_entries(path: Path) -> list[dict[str, Any]]:
    """Return the entries of a profile, none where there is no file.

    Raises:
        ValueError: the file is something else; says what.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ValueError(f"cannot be read ({error.strerror})") from error
    # What a power cut can leave of a file that was just written.
    if not data.strip(b"\0"):
        return []
    try:
        value = json.loads(data) if len(data) <= _MAX_BYTES else None
    except (ValueError, RecursionError) as error:
        raise ValueError("not a crack-edge profile") from error
    entries = value.get("profiles") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(entries, list):
        raise ValueError("not a crack-edge profile")
    if value.get("version") in _EARLIER:
        # Of no use any more: what it measured is not done any more.
        return []
    if value.get("version") != _VERSION:
        raise ValueError(f"a profile of version {value.get('version')!r}, expected {_VERSION}")
    parts = ("key", "plan", "measured")
    return [
        entry
        for entry in entries
        if isinstance(entry, dict) and all(isinstance(entry.get(part), dict) for part in parts)
    ]


def _write_entries(path: Path, entries: list[dict[str, Any]]) -> None:
    write_json(path, {"version": _VERSION, "profiles": entries})
