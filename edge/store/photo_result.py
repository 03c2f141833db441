"""What a scan learns of one photo: what the workers hand to the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from edge.detect.grid import Grid
from edge.detect.regions import Region
from edge.photo.facts import CameraFacts, FileFacts, MapFrame, Quality


@dataclass(frozen=True)
class PhotoTask:
    """One photo to scan: where it lies and the name it has in the results (``a/b.jpg``)."""

    path: Path
    name: str


@dataclass(frozen=True)
class PhotoResult:
    """A photo that was scanned, or the reason why it was not.

    Attributes:
        task: the photo.
        error: why it failed, one line; None if it was scanned.
        file: its bytes; None where it could not be read at all.
        size_wh: of the upright photo, px; (0, 0) if it failed.
        camera: time, place and optics.
        map_frame: of a georeferenced picture.
        map_problem: why a picture that is georeferenced has no map_frame; None if it has or is not.
        quality: how much of it can be judged; None if it failed.
        regions: the surest first.
        grids: of each scale, the finest first.
        measures: what a cascade counted on it.
        seconds: of work on this photo.
    """

    task: PhotoTask
    error: str | None = None
    file: FileFacts | None = None
    size_wh: tuple[int, int] = (0, 0)
    camera: CameraFacts = field(default_factory=CameraFacts)
    map_frame: MapFrame | None = None
    map_problem: str | None = None
    quality: Quality | None = None
    regions: Sequence[Region] = ()
    grids: Sequence[Grid] = ()
    measures: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0
