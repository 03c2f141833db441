"""One photo: read it, find cracks in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from math import ceil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crack_edge.api.arguments import FilePath, list_numbers, require_number, require_picture
from crack_edge.api.model import Model, as_model
from crack_edge.api.results import Finding, HeatMap, ScannedPhoto
from edge.detect.photo_scan import require_fitting
from edge.detect.photo_scan import scan_photo as scan_source
from edge.detect.regions import Region
from edge.detect.settings import ScanSettings, Scorers, View
from edge.detect.triage import Thresholds, Triage
from edge.geo.site import Site, SiteUpdate
from edge.model.card import Card
from edge.photo.codec import read_photo as read_picture
from edge.photo.facts import CameraFacts, FileFacts
from edge.photo.quality import judge_quality
from edge.photo.source import LoadedPhoto, OpenedPhoto, default_decoded_mb, open_source
from edge.report.findings import Finding as DescribedRegion
from edge.report.findings import PhotoFindings, describe_photo, find_finest_scale
from edge.store.identity import identify
from edge.store.photo_result import PhotoResult, PhotoTask

# An array has no file.
_NO_FILE = FileFacts(0, 0, "")


def read_photo(path: FilePath) -> NDArray[np.uint8]:
    """Read a photo upright, as its EXIF orientation says.

    It reads JPEG, PNG, WebP, BMP and TIFF. Grey photos get three equal channels, 16-bit photos are
    scaled to 8 bits, and alpha is dropped. All functions here read photos in this way.

    Args:
        path: of the file.

    Returns:
        uint8 (H, W, 3), RGB.

    Raises:
        CrackEdgeError: the file is missing, damaged, truncated or not a photo.

    Example:
        >>> ce.read_photo("photos/wall.jpg").shape
        (960, 1280, 3)
    """
    return read_picture(Path(path))


def scan_photo(
    photo: FilePath | NDArray[np.uint8],
    model: FilePath | Model = "default",
    *,
    threshold: float | None = None,
    crack_threshold: float | None = None,
    view: View = "dense",
    scale: float | Sequence[float] = 1.0,
    gsd_mm: float | None = None,
) -> ScannedPhoto:
    """Find cracks in one photo of any size; nothing is written.

    Args:
        photo: path of a photo, or uint8 (H, W, 3), RGB, as ``read_photo`` returns it. OpenCV reads
            BGR, which cannot be detected here: convert it with ``bgr[..., ::-1]``.
        model: a model from ``open_model``, which saves time if you scan several photos; or the path
            or name that it takes.
        threshold: score in (0, 1) at or above which a person should look; the model's if None.
        crack_threshold: score in (0, 1) at or above which a crack is sure; 0.9, or the threshold if
            that is higher, if None.
        view: ``dense`` (every window at a stride of one cell) or ``tile`` (single tiles).
        scale: resizes the photo by this factor before it is scored, 0.05 to 8, so that the model
            sees cracks at the size that they have in its training photos. Several factors give one
            pass each.
        gsd_mm: mm of the surface for one px, for lengths and areas in mm; only needed where the
            photo's file does not tell.

    Returns:
        Verdict, findings and heat map.

    Raises:
        CrackEdgeError: the photo cannot be read, or the model cannot be used.
        TypeError: the array is not uint8.
        ValueError: the array has another shape, or a value lies outside its range.

    Example:
        >>> scan = ce.scan_photo("photos/wall.jpg")
        >>> scan.verdict, [finding.xyxy for finding in scan.findings]
        ('crack', [(192, 0, 480, 960)])
    """
    scorers = Scorers(as_model(model).classifier)
    settings = choose_settings(
        scorers.main.card,
        threshold=threshold,
        crack_threshold=crack_threshold,
        view=view,
        scale=scale,
    )
    require_fitting(scorers, settings)
    site = make_site(gsd_mm)
    if isinstance(photo, str | os.PathLike):
        path = Path(photo)
        with open_source(path, max_decoded_mb=default_decoded_mb()) as opened:
            return _scan_opened(opened, path, scorers, settings, site)
    opened = OpenedPhoto(LoadedPhoto(require_picture(photo)), _NO_FILE, CameraFacts())
    return _scan_opened(opened, None, scorers, settings, site)


def choose_settings(
    card: Card,
    *,
    threshold: float | None,
    crack_threshold: float | None,
    view: View,
    scale: float | Sequence[float],
) -> ScanSettings:
    """Make settings of what a caller asks for; the card says what is left open.

    Raises:
        TypeError: a value that is no number.
        ValueError: a value lies outside its range.
    """
    return ScanSettings(
        threshold=card.threshold if threshold is None else require_number(threshold, "threshold"),
        crack_threshold=(
            None if crack_threshold is None else require_number(crack_threshold, "crack_threshold")
        ),
        view=view,
        scales=list_numbers(scale, "scale"),
    )


def make_site(
    gsd_mm: float | None, distance_m: float | None = None, crack_width_mm: float | None = None
) -> SiteUpdate:
    """Return what a caller says of the site.

    Raises:
        TypeError: a length that is no number.
        ValueError: a length that is not above 0.
    """

    def require_length(value: float | None, name: str) -> float | None:
        return None if value is None else require_number(value, name, 0, is_open=True)

    return SiteUpdate(
        require_length(gsd_mm, "gsd_mm"),
        require_length(distance_m, "distance_m"),
        require_length(crack_width_mm, "crack_width_mm"),
    )


def _scan_opened(
    opened: OpenedPhoto,
    path: Path | None,
    scorers: Scorers,
    settings: ScanSettings,
    site: SiteUpdate,
) -> ScannedPhoto:
    scorers = replace(scorers, max_rows_px=opened.rows_at_once)
    found = scan_source(scorers, opened.source, settings)
    georeference = opened.georeference
    outcome = PhotoResult(
        PhotoTask(path or Path(), path.name if path else ""),
        file=opened.file,
        size_wh=found.size_wh,
        camera=opened.camera,
        map_frame=georeference.frame if georeference else None,
        map_problem=opened.map_problem,
        quality=judge_quality(opened.source, has_margins=georeference is not None),
        regions=found.regions,
    )
    described = describe_photo(
        outcome,
        thresholds=settings.thresholds,
        site=site.apply_to(Site()),
        scale=find_finest_scale(identify(scorers, settings)),
    )
    heat_map = make_heat_map(found.heat, found.cell_px, found.size_wh)
    return make_scanned_photo(described, path, settings.thresholds, partial(_keep, heat_map))


def _keep(heat_map: HeatMap) -> HeatMap:
    # Unlike a lambda it can be pickled: results go from process to process.
    return heat_map


def make_heat_map(heat: NDArray[np.float32], cell_px: float, size_wh: tuple[int, int]) -> HeatMap:
    """Return a heat map without the cells that lie outside of the photo, its mirrored margin."""
    # A photo resized before it was scored ends on a cell's edge but for rounding.
    columns, rows = (ceil(side / cell_px - 1e-6) for side in size_wh)
    return HeatMap(heat[:rows, :columns], cell_px)


def make_scanned_photo(
    photo: PhotoFindings,
    path: Path | None,
    thresholds: Thresholds,
    get_heat_map: Callable[[], HeatMap],
) -> ScannedPhoto:
    """Return what a caller gets of a photo that was scanned."""
    longitude, latitude = photo.place.position or (None, None)
    return ScannedPhoto(
        name=photo.name,
        path=path,
        verdict=photo.triage,
        reasons=photo.reasons,
        findings=tuple(_make_finding(photo.name, finding) for finding in photo.findings),
        size_wh=photo.outcome.size_wh,
        threshold=thresholds.review,
        crack_threshold=thresholds.crack,
        gsd_mm=photo.place.gsd_mm,
        latitude=latitude,
        longitude=longitude,
        _get_heat_map=get_heat_map,
    )


def _make_finding(photo: str, finding: DescribedRegion) -> Finding:
    longitude, latitude = finding.lonlat or (None, None)
    return replace(
        make_finding(photo, finding.number, finding.triage, finding.region),
        gsd_mm=finding.gsd_mm,
        length_mm=finding.length_mm,
        area_mm2=finding.area_mm2,
        latitude=latitude,
        longitude=longitude,
    )


def make_finding(photo: str, number: int, verdict: Triage, region: Region) -> Finding:
    """Return what a caller gets of a region whose scale is not known."""
    return Finding(
        photo=photo,
        number=number,
        verdict=verdict,
        score=region.score,
        xyxy=region.xyxy,
        area_px=region.area_px,
        length_px=region.length_px,
        orientation_deg=region.orientation_deg,
        outline=region.outline,
    )
