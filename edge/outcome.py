"""What a scan learns of one photo: what the workers hand to the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edge.regions import Region

GridKind = Literal["cell_logits", "scores"]


@dataclass(frozen=True)
class Grid:
    """Values over a photo, from which heat map and regions can be made again.

    Attributes:
        kind: cell_logits of the dense view, or scores of the tiles over each cell.
        cell_px: side of a cell in px of the upright photo.
        values: float32 (rows, columns), the first cell at the photo's upper left.
    """

    kind: GridKind
    cell_px: float
    values: NDArray[np.float32]


@dataclass(frozen=True)
class FileFacts:
    """Which bytes were scanned.

    Attributes:
        size_bytes: of the file.
        mtime_ns: when it was last written, ns since 1970.
        sha256: 64 hexadecimal digits.
    """

    size_bytes: int
    mtime_ns: int
    sha256: str


@dataclass(frozen=True)
class CameraFacts:
    """When and where a photo was taken, as far as its file tells.

    Attributes:
        taken: ISO 8601, in the camera's own time unless it names an offset; None if unknown.
        latitude: degrees, north positive; None if unknown.
        longitude: degrees, east positive; None if unknown.
        altitude_m: above sea level by the camera's word; None if unknown.
    """

    taken: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    altitude_m: float | None = None


@dataclass(frozen=True)
class Task:
    """One photo to scan: where it lies and the name it has in the results (``a/b.jpg``)."""

    path: Path
    name: str


@dataclass(frozen=True)
class Outcome:
    """A photo that was scanned, or the reason why it was not.

    Attributes:
        task: the photo.
        error: why it failed, one line; None if it was scanned.
        file: its bytes; None where it could not be read at all.
        size_wh: of the upright photo, px; (0, 0) if it failed.
        camera: time and place.
        regions: the surest first.
        grids: of each scale, the finest first.
        measures: what a cascade counted on it.
        seconds: of work on this photo.
    """

    task: Task
    error: str | None = None
    file: FileFacts | None = None
    size_wh: tuple[int, int] = (0, 0)
    camera: CameraFacts = CameraFacts()
    regions: Sequence[Region] = ()
    grids: Sequence[Grid] = ()
    measures: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0
