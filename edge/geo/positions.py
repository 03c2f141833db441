"""Positions of photos that the user gives: they count more than what the photos' files say."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path, PurePosixPath

from edge.files.csv_reader import read_csv_table
from edge.files.errors import DataError

# Of each column the least and the greatest value.
BOUNDS = {
    "latitude": (-90.0, 90.0),
    "longitude": (-180.0, 180.0),
    "altitude_m": (-11_000.0, 100_000.0),
    "height_m": (-5_000.0, 20_000.0),
    "yaw_deg": (-360.0, 360.0),
    "pitch_deg": (-180.0, 180.0),
    "roll_deg": (-180.0, 180.0),
    "distance_m": (0.001, 20_000.0),
    # From a microscope to an aircraft.
    "gsd_mm": (0.001, 1_000.0),
}
_COLUMNS = ("photo", *BOUNDS)
_HELP = "docs/findings.md lists the columns"
# Spreadsheets write semicolons where the decimal point is a comma, and tabs.
_SEPARATORS = ",;\t"
_UNIT = re.compile(r"_(deg|mm|m)$")
_STEMS = {_UNIT.sub("", column): column for column in _COLUMNS}
_OTHER_WORDS = {
    **dict.fromkeys(("name", "file", "filename", "file_name", "image", "path"), "photo"),
    "lat": "latitude",
    **dict.fromkeys(("lon", "lng", "long"), "longitude"),
    "alt": "altitude_m",
    "heading": "yaw_deg",
}
# So alike are a column and its misspelling.
_ALIKE = 0.75
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?", re.ASCII)


@dataclass(frozen=True)
class Position:
    """What the user says of a photo; None is not said.

    Attributes:
        latitude: degrees, north positive; with it goes a longitude.
        longitude: degrees, east positive.
        altitude_m: of the camera above sea level.
        height_m: of the camera above the place where the drone took off.
        yaw_deg: where the camera looks, clockwise from north.
        pitch_deg: 0 is level, -90 straight down.
        roll_deg: of the camera, clockwise as it sees it itself.
        distance_m: to the surface.
        gsd_mm: ground sample distance, mm of the surface for one px.
    """

    latitude: float | None = None
    longitude: float | None = None
    altitude_m: float | None = None
    height_m: float | None = None
    yaw_deg: float | None = None
    pitch_deg: float | None = None
    roll_deg: float | None = None
    distance_m: float | None = None
    gsd_mm: float | None = None


def read_positions(path: Path) -> dict[str, Position]:
    """Read a CSV with the column photo and any of Position.

    Where semicolons or tabs separate the cells, decimals may have a comma.

    Args:
        path: of the file. Photos are named as ``match_positions`` finds them; of what an empty cell
            would tell nothing is said.

    Raises:
        DataError: it cannot be read, lacks a column, has one that seems misspelt, or a line makes
            no sense.
    """
    table = read_csv_table(path, separators=_SEPARATORS)
    columns = _name_columns(path, table.head)
    if not table.rows:
        raise DataError(f"{path}: has no lines below its header")
    positions: dict[str, Position] = {}
    for where, cells in table.rows:
        row = {column: (cells[head] or "").strip() for column, head in columns.items()}
        name = _clean(row.pop("photo"))
        if not name:
            raise DataError(
                f"{where}: the photo's name is missing; expected a name such as a/b.jpg"
            )
        if name in positions:
            raise DataError(f"{where}: {name} is listed twice; keep one of the lines")
        if table.separator != ",":
            row = {column: text.replace(",", ".") for column, text in row.items()}
        positions[name] = _read_row(where, row)
    return positions


def match_positions(names: Iterable[str], photos: Iterable[tuple[str, Path]]) -> dict[str, str]:
    """Find photos in a table of positions.

    A photo is known there by its name in the results, else by its path, else by its file name;
    large and small letters are the same unless the table has both.

    Args:
        names: in the table.
        photos: the name in the results and the path of each.

    Returns:
        The name in the table by the name in the results, of the photos that are there.
    """
    known = set(names)
    folded: dict[str, list[str]] = defaultdict(list)
    for name in known:
        folded[name.casefold()].append(name)
    found = {}
    for photo, path in photos:
        own = _clean(photo)
        spellings = (own, _clean(str(path)), PurePosixPath(own).name)
        alike = (folded.get(one.casefold(), ()) for one in spellings)
        candidates = (
            *(one for one in spellings if one in known),
            *(same[0] for same in alike if len(same) == 1),
        )
        if candidates:
            found[photo] = candidates[0]
    return found


def _name_columns(path: Path, head: Sequence[str]) -> dict[str, str]:
    """Return what the table calls each column that it has."""
    columns = {name.strip().casefold(): name for name in head}
    for name in columns:
        meant = _guess_column(name)
        if meant is not None and meant not in columns:
            raise DataError(
                f"{path}: the column {name!r} is not known; did you mean {meant}? ({_HELP})"
            )
    known = {column: columns[column] for column in _COLUMNS if column in columns}
    missing = [column for column in ("photo",) if column not in known]
    for one, other in (("latitude", "longitude"), ("longitude", "latitude")):
        if one in known and other not in known:
            missing.append(other)
    if missing:
        raise DataError(
            f"{path}: expected a first line such as photo,latitude,longitude or photo,gsd_mm; "
            f"it lacks {', '.join(missing)} ({_HELP})"
        )
    if len(known) == 1:
        raise DataError(
            f"{path}: says nothing about its photos; expected a first line such as "
            f"photo,latitude,longitude or photo,gsd_mm ({_HELP})"
        )
    return known


def _guess_column(name: str) -> str | None:
    """Return the column that somebody may have meant by a name that is none."""
    if name in _COLUMNS:
        return None
    stem = _UNIT.sub("", name)
    alike = get_close_matches(stem, _STEMS, 1, _ALIKE)
    return _OTHER_WORDS.get(stem) or (_STEMS[alike[0]] if alike else None)


def _clean(name: str) -> str:
    """Write a name as the results do; tables from Windows have other strokes."""
    return name.replace("\\", "/").removeprefix("./")


def _read_row(where: str, row: Mapping[str, str]) -> Position:
    values = {column: _read_cell(where, column, text) for column, text in row.items()}
    latitude, longitude = values.get("latitude"), values.get("longitude")
    if (latitude is None) != (longitude is None):
        missing = "latitude" if latitude is None else "longitude"
        raise DataError(
            f"{where}: {missing} is empty; give both latitude and longitude, or neither"
        )
    if latitude == longitude == 0:
        raise DataError(
            f"{where}: latitude and longitude are 0, which receivers write when they have no fix; "
            "leave both empty if the position is unknown"
        )
    if (yaw_deg := values.get("yaw_deg")) is not None:
        values["yaw_deg"] = yaw_deg % 360
    return Position(**values)


def _read_cell(where: str, column: str, text: str) -> float | None:
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        hint = "; write decimals with a point" if "," in text else ""
        raise DataError(f"{where}: {column} must be a number, but is {text[:40]!r}{hint}")
    least, most = BOUNDS[column]
    value = float(text)
    if not least <= value <= most:
        raise DataError(
            f"{where}: {column} must be between {least:g} and {most:g}, but is {text[:40]}"
        )
    return value
