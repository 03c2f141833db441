"""How a scan's store lays out what it keeps: the tables, and the rows of an outcome."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from edge.detect.grid import Grid
from edge.detect.outline import Polygon
from edge.detect.regions import Region
from edge.photo.facts import CameraFacts, FileFacts, MapFrame, Quality
from edge.store.photo_result import PhotoResult, PhotoTask

T = TypeVar("T")

SCHEMA = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    """
CREATE TABLE photos (
    id INTEGER PRIMARY KEY,
    name UNIQUE NOT NULL,  -- a blob where it is not UTF-8, as path and error
    path NOT NULL,
    size_bytes INTEGER,
    mtime_ns INTEGER,
    sha256 TEXT,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    taken TEXT,
    latitude REAL,
    longitude REAL,
    altitude_m REAL,
    height_m REAL,
    yaw_deg REAL,
    pitch_deg REAL,
    roll_deg REAL,
    focal_px REAL,
    focal_from TEXT,
    distance_m REAL,
    model TEXT,
    orientation INTEGER NOT NULL,
    crs TEXT,
    lonlat TEXT,  -- JSON: places spread evenly over a georeferenced picture, row by row
    map_problem TEXT,
    blurred REAL,  -- shares of the photo that nobody could judge
    dark REAL,
    bright REAL,
    measures TEXT NOT NULL,  -- JSON
    state TEXT NOT NULL CHECK (state IN ('done', 'failed')),
    error,
    seconds REAL NOT NULL,
    finished TEXT NOT NULL  -- ISO 8601, UTC
)
""",
    """
CREATE TABLE regions (
    photo_id INTEGER NOT NULL REFERENCES photos (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,  -- from 1, the surest first
    score REAL NOT NULL,
    left_px INTEGER NOT NULL,
    top_px INTEGER NOT NULL,
    right_px INTEGER NOT NULL,
    bottom_px INTEGER NOT NULL,
    area_px INTEGER NOT NULL,
    length_px REAL NOT NULL,
    orientation_deg REAL,
    outline TEXT NOT NULL,  -- JSON: polygons, each of rings, each of corners in px
    PRIMARY KEY (photo_id, number)
)
""",
    """
CREATE TABLE grids (
    photo_id INTEGER NOT NULL REFERENCES photos (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,  -- from 1, the finest first
    kind TEXT NOT NULL CHECK (kind IN ('cell_logits', 'scores')),
    cell_px REAL NOT NULL,
    rows INTEGER NOT NULL,
    columns INTEGER NOT NULL,
    data BLOB NOT NULL,  -- float32, little-endian, row by row, compressed by zlib
    PRIMARY KEY (photo_id, number)
)
""",
)

PHOTO_COLUMNS = (
    "name, path, size_bytes, mtime_ns, sha256, width, height, taken, latitude, longitude, "
    "altitude_m, height_m, yaw_deg, pitch_deg, roll_deg, focal_px, focal_from, distance_m, model, "
    "orientation, crs, lonlat, map_problem, blurred, dark, bright, measures, state, error, seconds"
)
REGION_COLUMNS = (
    "score, left_px, top_px, right_px, bottom_px, area_px, length_px, orientation_deg, outline"
)
GRID_COLUMNS = "kind, cell_px, rows, columns, data"

_FLOATS = np.dtype("<f4")
# The quickest: of zlib's own six times the work saves an eighth of the bytes.
_LEVEL = 1
# Of cells of 32 px that is a photo of 250 gigapixels.
_MAX_GRID_BYTES = 1 << 30


def pack_text(text: str) -> str | bytes:
    """Return a text as the store keeps it: as bytes where a file's name in it is not UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return os.fsencode(text)
    return text


def unpack_text(value: Any) -> str:
    """Read a text that ``pack_text`` packed."""
    return os.fsdecode(value) if isinstance(value, bytes) else _text(value)


def pack_photo(outcome: PhotoResult) -> Sequence[Any]:
    """Return the values of PHOTO_COLUMNS."""
    file, camera, quality = outcome.file, outcome.camera, outcome.quality
    return (
        pack_text(outcome.task.name),
        pack_text(str(outcome.task.path)),
        *((file.size_bytes, file.mtime_ns, file.sha256) if file else (None, None, None)),
        *(int(side) for side in outcome.size_wh),
        camera.taken,
        camera.latitude,
        camera.longitude,
        camera.altitude_m,
        camera.height_m,
        camera.yaw_deg,
        camera.pitch_deg,
        camera.roll_deg,
        camera.focal_px,
        camera.focal_from,
        camera.distance_m,
        camera.model,
        camera.orientation,
        *_pack_map(outcome.map_frame),
        outcome.map_problem and pack_text(outcome.map_problem),
        *((quality.blurred, quality.dark, quality.bright) if quality else (None, None, None)),
        json.dumps(dict(outcome.measures)),
        "done" if outcome.error is None else "failed",
        None if outcome.error is None else pack_text(outcome.error),
        float(outcome.seconds),
    )


def _pack_map(frame: MapFrame | None) -> tuple[str | None, str | None]:
    if frame is None:
        return None, None
    return frame.crs, json.dumps(frame.lonlat.tolist())


def unpack_photo(row: Sequence[Any], regions: Sequence[Region]) -> PhotoResult:
    """Read the values of PHOTO_COLUMNS.

    Raises:
        ValueError: one of them is not what the column holds.
    """
    name, path, size_bytes, mtime_ns, sha256, width, height = row[:7]
    crs, lonlat, map_problem, *shares = row[20:26]
    measures, state, error, seconds = row[26:]
    is_failed = state == "failed"
    if is_failed != (error is not None):
        raise ValueError(f"state {state!r} with the error {error!r}")
    file = None
    if sha256 is not None:
        file = FileFacts(_integer(size_bytes), _integer(mtime_ns), _text(sha256))
    size_wh = _integer(width), _integer(height)
    for region in regions:
        _require_inside(region, size_wh)
    return PhotoResult(
        PhotoTask(Path(unpack_text(path)), unpack_text(name)),
        error=_optional(unpack_text, error),
        file=file,
        size_wh=size_wh,
        camera=_unpack_camera(row[7:20]),
        map_frame=None if crs is None else MapFrame(_text(crs), _unpack_lonlat(lonlat)),
        map_problem=_optional(unpack_text, map_problem),
        quality=None if None in shares else Quality(*(_real(share) for share in shares)),
        regions=regions,
        measures=_unpack_measures(measures),
        seconds=_real(seconds),
    )


def _require_inside(region: Region, size_wh: tuple[int, int]) -> None:
    rings = (ring for polygon in region.outline for ring in polygon)
    corners = (region.xyxy[:2], region.xyxy[2:], *(corner for ring in rings for corner in ring))
    if not all(0 <= x <= size_wh[0] and 0 <= y <= size_wh[1] for x, y in corners):
        raise ValueError(f"a region outside a photo of {size_wh[0]} x {size_wh[1]} px")


def _unpack_camera(row: Sequence[Any]) -> CameraFacts:
    taken, *numbers, focal_from, distance_m, model, orientation = row
    latitude, longitude, altitude_m, height_m, yaw_deg, pitch_deg, roll_deg, focal_px = (
        _optional(_real, value) for value in numbers
    )
    return CameraFacts(
        taken=_optional(_text, taken),
        latitude=latitude,
        longitude=longitude,
        altitude_m=altitude_m,
        height_m=height_m,
        yaw_deg=yaw_deg,
        pitch_deg=pitch_deg,
        roll_deg=roll_deg,
        focal_px=focal_px,
        focal_from=_optional(_text, focal_from),
        distance_m=_optional(_real, distance_m),
        model=_optional(_text, model),
        orientation=_integer(orientation),
    )


def pack_region(region: Region) -> Sequence[Any]:
    """Return the values of REGION_COLUMNS."""
    return (
        float(region.score),
        *(int(side) for side in region.xyxy),
        int(region.area_px),
        float(region.length_px),
        region.orientation_deg,
        json.dumps(region.outline),
    )


def unpack_region(row: Sequence[Any]) -> Region:
    """Read the values of REGION_COLUMNS.

    Raises:
        ValueError: one of them is not what the column holds.
    """
    left, top, right, bottom, area_px = (_integer(value) for value in row[1:6])
    return Region(
        _real(row[0]),
        (left, top, right, bottom),
        area_px,
        _real(row[6]),
        _optional(_real, row[7]),
        _unpack_outline(row[8]),
    )


def pack_grid(grid: Grid) -> Sequence[Any]:
    """Return the values of GRID_COLUMNS."""
    data = zlib.compress(np.ascontiguousarray(grid.values, _FLOATS).tobytes(), _LEVEL)
    return grid.kind, float(grid.cell_px), *grid.values.shape, data


def unpack_grid(row: Sequence[Any]) -> Grid:
    """Read the values of GRID_COLUMNS.

    Raises:
        ValueError: one of them is not what the column holds.
    """
    kind, cell_px, rows, columns, data = row
    if kind not in ("cell_logits", "scores"):
        raise ValueError(f"a grid of the kind {kind!r}")
    shape = _integer(rows), _integer(columns)
    expected = shape[0] * shape[1] * _FLOATS.itemsize
    if min(shape) < 0 or expected > _MAX_GRID_BYTES or not isinstance(data, bytes):
        raise ValueError(f"a grid of {rows} x {columns} cells")
    reader = zlib.decompressobj()
    try:
        values = reader.decompress(data, expected + 1)
    except zlib.error as error:
        raise ValueError(f"a grid that is damaged ({error})") from error
    if len(values) != expected or not reader.eof:
        raise ValueError(f"a grid that has not {rows} x {columns} cells")
    return Grid(
        kind, _real(cell_px), np.frombuffer(values, _FLOATS).reshape(shape).astype(np.float32)
    )


def _unpack_outline(value: Any) -> tuple[Polygon, ...]:
    def read_corner(corner: Any) -> tuple[int, int]:
        x, y = corner
        return _integer(x), _integer(y)

    try:
        return tuple(
            tuple(tuple(read_corner(corner) for corner in ring) for ring in polygon)
            for polygon in json.loads(_text(value))
        )
    except (TypeError, RecursionError) as error:
        raise ValueError(f"{value!r:.40} where an outline belongs") from error


def _unpack_lonlat(value: Any) -> NDArray[np.float64]:
    try:
        lonlat = np.array(json.loads(_text(value)), np.float64)
    except (TypeError, RecursionError) as error:
        raise ValueError(f"{value!r:.40} where places belong") from error
    if lonlat.ndim != 3 or lonlat.shape[2] != 2 or min(lonlat.shape) < 2:
        raise ValueError(f"places of the shape {lonlat.shape}")
    return lonlat


def _unpack_measures(value: Any) -> Mapping[str, float]:
    try:
        measures = json.loads(_text(value))
        return {key: _real(measure) for key, measure in measures.items()}
    except (AttributeError, OverflowError, RecursionError) as error:
        raise ValueError(f"{value!r:.40} where measures belong") from error


def _optional(read: Callable[[Any], T], value: Any) -> T | None:
    return None if value is None else read(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} where a text belongs")
    return value


def _integer(value: Any) -> int:
    if type(value) is not int:
        raise ValueError(f"{value!r} where a whole number belongs")
    return value


def _real(value: Any) -> float:
    if type(value) not in (int, float):
        raise ValueError(f"{value!r} where a number belongs")
    return float(value)
