"""The types of what the API returns; their fields are stable."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crack_edge.api.arguments import FilePath, require_picture
from edge.detect.outline import Polygon
from edge.detect.regions import Region
from edge.detect.triage import Thresholds, Triage
from edge.evaluation.metrics import Metrics
from edge.live.events.event import Phase
from edge.model.card import Card
from edge.photo.codec import read_photo
from edge.report.pictures.draw import draw_overlay
from edge.report.pictures.overview import make_overview


@dataclass(frozen=True, eq=False)
class HeatMap:
    """Crack probabilities over a photo, one for each cell.

    Attributes:
        scores: float32 (rows, columns), 0 to 1; the first cell lies in the photo's upper left
            corner, the last ones may reach beyond its right and lower side by a part of a cell.
        cell_px: side of a cell in px of the photo.
    """

    scores: NDArray[np.float32]
    cell_px: float

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Return left, right, lower and upper side in px of the photo, as ``imshow`` takes it."""
        rows, columns = self.scores.shape
        return 0.0, columns * self.cell_px, rows * self.cell_px, 0.0


@dataclass(frozen=True)
class Finding:
    """A place where the model sees a crack, in px of the upright photo. None is unknown.

    Attributes:
        photo: name of the photo in the results; empty for an array or a frame.
        number: of the finding in its photo, from 1, the highest score first.
        verdict: ``crack`` (sure), or ``review`` (a person should look).
        score: highest crack probability in it, 0 to 1.
        xyxy: left, upper, right and lower side of its box.
        area_px: in square px.
        length_px: along its middle line, branches included.
        orientation_deg: of its main axis, 0 to 180: 0 is level, 90 upright, counter-clockwise.
        outline: polygons, each an outer ring and the rings of its holes, each ring (x, y) corners.
        gsd_mm: mm of the surface for one px there.
        length_mm: as length_px, in mm.
        area_mm2: as area_px, in mm².
        latitude: of its middle, WGS 84 degrees; where px can be projected to the map.
        longitude: as latitude.
    """

    photo: str
    number: int
    verdict: Triage
    score: float
    xyxy: tuple[int, int, int, int]
    area_px: int
    length_px: float
    orientation_deg: float | None
    outline: tuple[Polygon, ...] = field(repr=False)
    gsd_mm: float | None = None
    length_mm: float | None = None
    area_mm2: float | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True)
class ScannedPhoto:
    """What a scan found on one photo.

    Attributes:
        name: in the results; empty for an array.
        path: of its file; None for an array.
        verdict: the worst of its findings (``crack`` or ``review``); ``clear`` without one;
            ``not inspected`` where nothing was found, but half of it or more is blurred, too dark
            or washed out.
        reasons: in words, which part of it could not be judged.
        findings: the surest first.
        size_wh: of the upright photo, px.
        threshold: score at or above which a person should look.
        crack_threshold: score at or above which a crack is sure.
        gsd_mm: mm of the surface for one px in its middle; None if unknown.
        latitude: of the camera, WGS 84 degrees; None if unknown.
        longitude: as latitude.
    """

    name: str
    path: Path | None
    verdict: Triage
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...] = field(repr=False)
    size_wh: tuple[int, int]
    threshold: float
    crack_threshold: float
    gsd_mm: float | None
    latitude: float | None
    longitude: float | None
    _get_heat_map: Callable[[], HeatMap] = field(repr=False, compare=False)

    @property
    def heat_map(self) -> HeatMap:
        """Return the scores over the photo; those of a folder's scan are read from the disk."""
        return self._get_heat_map()

    def overlay(self, photo: FilePath | NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
        """Draw scores and findings over the photo: sure cracks in red, those to review in orange.

        Args:
            photo: uint8 (H, W, 3), RGB, or a path; ``path`` is read again if None.

        Returns:
            uint8 (h, w, 3), RGB, at most 2400 px a side.

        Raises:
            CrackEdgeError: the file cannot be read.
            ValueError: no file is known, or the photo has another size than the one scanned.

        Example:
            >>> plt.imshow(ce.scan_photo("photos/wall.jpg").overlay())
        """
        photo = self.path if photo is None else photo
        if photo is None:
            raise ValueError("an array was scanned: pass it to overlay() too")
        if isinstance(photo, str | os.PathLike):
            picture = read_photo(Path(photo))
        else:
            picture = require_picture(photo)
        height, width = picture.shape[:2]
        if (width, height) != self.size_wh:
            raise ValueError(
                f"photo has {width} x {height} px; the one that was scanned has "
                f"{self.size_wh[0]} x {self.size_wh[1]}"
            )
        heat = self.heat_map
        return draw_overlay(
            make_overview(picture),
            self.size_wh,
            heat.scores,
            heat.cell_px,
            [
                Region(one.score, one.xyxy, one.area_px, outline=one.outline)
                for one in self.findings
            ],
            thresholds=Thresholds(self.threshold, self.crack_threshold),
        )


@dataclass(frozen=True)
class Scan:
    """The results of a scan of photos and folders.

    Attributes:
        folder: of the results: tables, maps, overlays, the store.
        report: the page for people.
        model: name of the model.
        photos: that were scanned, by name.
        failures: why a photo could not be scanned, by name.
    """

    folder: Path
    report: Path
    model: str
    photos: tuple[ScannedPhoto, ...] = field(repr=False)
    failures: Mapping[str, str]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return the findings of all photos."""
        return tuple(finding for photo in self.photos for finding in photo.findings)

    def photo(self, name: str) -> ScannedPhoto:
        """Return the photo of a name, such as that of a finding.

        Raises:
            KeyError: there is none, or it could not be scanned.
        """
        for photo in self.photos:
            if photo.name == name:
                return photo
        raise KeyError(name)


@dataclass(frozen=True)
class Evaluation:
    """How a model does on labelled pictures.

    Attributes:
        model: its name.
        split: that was evaluated; None for all pictures.
        metrics: over all: n, accuracy, precision, recall, f1, auc, confusion, threshold.
        per_source: the same for each data set, structure or, of whole photos, each photo.
        unreadable: complaints about pictures that were left out.
        regions: of whole photos with labelled squares, how many the findings meet; else None.
    """

    model: str
    split: str | None
    metrics: Metrics
    per_source: Mapping[str, Metrics]
    unreadable: tuple[str, ...]
    regions: Mapping[str, Any] | None


@dataclass(frozen=True)
class Training:
    """What a training left.

    Attributes:
        folder: of all its files.
        model: the Keras file; ``convert`` takes it, or the folder.
        report: the page for people.
        card: of the model, with its threshold, recipe and data.
        metrics: on the test split.
        per_source: the same for each data set or structure.
        interrupted: whether it was stopped before its end.
    """

    folder: Path
    model: Path
    report: Path
    card: Card = field(repr=False)
    metrics: Metrics
    per_source: Mapping[str, Metrics]
    interrupted: bool


@dataclass(frozen=True)
class ConvertedFile:
    """A model file, and how it compares with the model that it was made from.

    Attributes:
        path: of the file.
        format: such as ``tflite-int8``.
        size_bytes: of the file.
        agreement: share of verdicts that are the parent's, 0 to 1.
        changed: verdicts that are not.
        metrics: of the file, on the pictures that it was verified with.
        missed: the gates that it misses, in words; empty if it passes.
    """

    path: Path
    format: str
    size_bytes: int
    agreement: float
    changed: int
    metrics: Metrics
    missed: tuple[str, ...]


@dataclass(frozen=True)
class Conversion:
    """What a conversion left.

    Attributes:
        folder: of all files.
        files: one for each format.
        parent: metrics of the model that was converted, on the same pictures.
        certificate: the page that shows how the files compare with it.
    """

    folder: Path
    files: tuple[ConvertedFile, ...]
    parent: Metrics
    certificate: Path


@dataclass(frozen=True, eq=False)
class LiveEvent:
    """A crack that came into a camera's view.

    Attributes:
        phase: ``begin``, ``peak`` (a better frame came) or ``end``.
        id: the same in all phases of an event, and unlike any other's.
        source: what was watched, without its password.
        began_at: with its time zone, UTC.
        ended_at: the same; None while it lasts.
        duration_s: so far.
        peak_score: highest crack probability, 0 to 1.
        frames: in which it was seen.
        picture: the best frame, uint8 (H, W, 3), RGB.
        findings: on the best frame, the surest first.
    """

    phase: Phase
    id: str
    source: str
    began_at: datetime
    ended_at: datetime | None
    duration_s: float
    peak_score: float
    frames: int
    picture: NDArray[np.uint8] = field(repr=False)
    findings: tuple[Finding, ...] = field(repr=False)
    _draw: Callable[[], NDArray[np.uint8]] = field(repr=False)

    def overlay(self) -> NDArray[np.uint8]:
        """Draw scores and findings over the best frame, uint8 (h, w, 3), RGB."""
        return self._draw()
