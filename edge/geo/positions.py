"""Positions of photos that the user gives: they count more than what the photos' files say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from edge.files.csv_reader import read_csv_rows
from edge.files.errors import DataError

_REQUIRED = ("photo", "latitude", "longitude")
# Of each column the least and the greatest value.
_BOUNDS = {
    "latitude": (-90.0, 90.0),
    "longitude": (-180.0, 180.0),
    "altitude_m": (-11_000.0, 100_000.0),
    "height_m": (-5_000.0, 20_000.0),
    "yaw_deg": (-360.0, 360.0),
    "pitch_deg": (-180.0, 180.0),
    "roll_deg": (-180.0, 180.0),
    "distance_m": (0.001, 20_000.0),
    "gsd_mm": (0.0001, 100_000.0),
}
_COLUMNS = ("photo", *_BOUNDS)
_HELP = "docs/findings.md"
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
    """Read a CSV with the columns photo, latitude, longitude and any other of Position.

    Args:
        path: of the file. Photos are named as in the results (``a/b.jpg``) or by file name alone;
            empty cells are unknown.

    Raises:
        DataError: it cannot be read, lacks a column, or a line makes no sense.
    """
    positions: dict[str, Position] = {}
    for where, row in read_csv_rows(path, required=_REQUIRED, columns=_COLUMNS, more=_HELP):
        name = _clean(row["photo"])
        if not name:
            raise DataError(
                f"{where}: the photo's name is missing; expected a name such as a/b.jpg"
            )
        if name in positions:
            raise DataError(f"{where}: {name} is listed twice; keep one of the lines")
        positions[name] = _read_row(where, row)
    return positions


def find_position(positions: Mapping[str, Position], name: str) -> Position | None:
    """Return what is said of a photo: by its name in the results, else by its file name."""
    name = _clean(name)
    return positions.get(name) or positions.get(PurePosixPath(name).name)


def list_unused(positions: Mapping[str, Position], names: Iterable[str]) -> list[str]:
    """Return the names in a table of positions that belong to none of the photos."""
    known = {_clean(name) for name in names}
    known |= {PurePosixPath(name).name for name in known}
    return sorted(set(positions) - known)


def _clean(name: str) -> str:
    """Write a name as the results do; tables from Windows have other strokes."""
    return name.replace("\\", "/").removeprefix("./")


def _read_row(where: str, row: Mapping[str, str]) -> Position:
    values = {column: _read_cell(where, column, row[column]) for column in _BOUNDS}
    latitude, longitude = values["latitude"], values["longitude"]
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
    yaw_deg = values["yaw_deg"]
    values["yaw_deg"] = None if yaw_deg is None else yaw_deg % 360
    return Position(**values)


def _read_cell(where: str, column: str, text: str) -> float | None:
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        hint = "; write decimals with a point" if "," in text else ""
        raise DataError(f"{where}: {column} must be a number, but is {text[:40]!r}{hint}")
    least, most = _BOUNDS[column]
    value = float(text)
    if not least <= value <= most:
        raise DataError(
            f"{where}: {column} must be between {least:g} and {most:g}, but is {text[:40]}"
        )
    return value
