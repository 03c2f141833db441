"""The work on one photo, from its file to its pictures: what every worker of a scan does."""

from __future__ import annotations

import shutil
import stat
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.detect.photo_scan import PhotoScan, scan_photo
from edge.files.atomic_write import replace_atomically
from edge.files.errors import OutputError, PhotoError
from edge.files.hashing import sha256_of_file
from edge.photo.chunks import open_reader
from edge.photo.codec import encode_photo, write_photo
from edge.photo.facts import FileFacts, Quality
from edge.photo.georeference import Georeference
from edge.photo.metadata_copy import copy_metadata
from edge.photo.quality import judge_quality
from edge.photo.source import LoadedPhoto, OpenedPhoto, open_source
from edge.report.pictures.draw import draw_heat_map, draw_overlay
from edge.report.pictures.heat_raster import write_heat_raster
from edge.report.pictures.overview import OverviewRecorder, make_overview
from edge.scan.scan_job import ScanJob
from edge.store.photo_result import PhotoResult, PhotoTask
from edge.store.result_paths import (
    heat_map_path,
    heat_raster_path,
    overlay_path,
    thumbnail_path,
)
from edge.store.thumbnails import THUMBNAIL_PX, encode_thumb

# Below it no photo is begun: the store must still be able to say what was not scanned.
_LEAST_FREE_BYTES = 32 << 20


def scan_photo_file(
    task: PhotoTask,
    *,
    job: ScanJob,
    max_decoded_mb: float | None,
    clock: Callable[[], float] = time.monotonic,
) -> PhotoResult:
    """Scan one photo and write its heat map and overlay; what goes wrong is in the result.

    Args:
        task: the photo.
        job: the models, settings and folder of the results.
        max_decoded_mb: memory that the decoded photo may take; None for no bound.
        clock: returns seconds.
    """
    begun = clock()
    try:
        _require_space(job.out)
        with open_source(task.path, max_decoded_mb=max_decoded_mb) as opened:
            found, quality = _scan_opened(opened, task, job)
    except OutputError as error:
        return PhotoResult(task, error=str(error), seconds=clock() - begun)
    except (PhotoError, MemoryError) as error:
        reason = str(error) or f"{task.path}: not enough memory; scan it with fewer --threads"
        file = _describe_file(task.path)
        return PhotoResult(task, error=reason, file=file, seconds=clock() - begun)
    return PhotoResult(
        task,
        file=opened.file,
        size_wh=found.size_wh,
        camera=opened.camera,
        map_frame=opened.georeference.frame if opened.georeference else None,
        map_problem=opened.map_problem,
        quality=quality,
        regions=found.regions,
        grids=found.grids,
        measures=found.measures,
        seconds=clock() - begun,
    )


def _scan_opened(opened: OpenedPhoto, task: PhotoTask, job: ScanJob) -> tuple[PhotoScan, Quality]:
    if isinstance(opened.source, LoadedPhoto):
        found = scan_photo(job.scorers, opened.source, job.settings)
        overview = make_overview(opened.source.photo)
    else:
        watched = OverviewRecorder(opened.source)
        scorers = replace(job.scorers, max_rows_px=opened.rows_at_once)
        found = scan_photo(scorers, watched, job.settings)
        overview = watched.overview
    # Side by side: of a single photo nothing else is to be done any more.
    with ThreadPoolExecutor(1) as pool:
        written = pool.submit(_write_heat, found, opened.georeference, task, job.out)
        quality = judge_quality(opened.source, has_margins=opened.georeference is not None)
        _write_overlay(found, overview, task, job)
        written.result()
    return found, quality


def _write_heat(
    found: PhotoScan, georeference: Georeference | None, task: PhotoTask, out: Path
) -> None:
    picture = draw_heat_map(found.heat, found.size_wh, found.cell_px)
    write_photo(heat_map_path(out, task.name), picture)
    if georeference:
        path = heat_raster_path(out, task.name)
        write_heat_raster(path, found.heat, found.cell_px, found.size_wh, georeference)


def _write_overlay(
    found: PhotoScan,
    overview: NDArray[np.uint8],
    task: PhotoTask,
    job: ScanJob,
) -> None:
    """Write the overlay, which keeps what the camera wrote into the photo, and its thumbnail."""
    overlay = draw_overlay(
        overview,
        found.size_wh,
        found.heat,
        found.cell_px,
        found.regions,
        thresholds=job.settings.thresholds,
    )
    size_wh = overlay.shape[1], overlay.shape[0]
    jpeg = encode_photo(overlay, ".jpg")
    with open_reader(task.path) as read_at:
        jpeg = copy_metadata(jpeg, read_at, size_wh=size_wh)
    replace_atomically(overlay_path(job.out, task.name), jpeg)
    replace_atomically(thumbnail_path(job.out, task.name), encode_thumb(overlay, THUMBNAIL_PX))


def _describe_file(path: Path) -> FileFacts | None:
    """Say which bytes could not be scanned: the same ones elsewhere are the same photo."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return None
        return FileFacts(status.st_size, status.st_mtime_ns, sha256_of_file(path))
    except OSError:
        return None


def _require_space(out: Path) -> None:
    try:
        free = shutil.disk_usage(out).free
    except OSError as error:
        raise OutputError(f"{out}: cannot be written ({error.strerror})") from error
    if free < _LEAST_FREE_BYTES:
        raise OutputError(
            f"{out}: the disk is full ({free >> 20} MiB free); make room and scan again"
        )
