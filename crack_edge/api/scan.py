"""Folders of photos: scanned, kept, and read again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from crack_edge.api.arguments import FilePath, FilePaths, list_paths
from crack_edge.api.model import Model, open_model
from crack_edge.api.photo import choose_settings, make_heat_map, make_scanned_photo, make_site
from crack_edge.api.results import HeatMap, Scan
from crack_edge.shared.result_folder import choose_folder
from edge.detect.grid_regions import find_in_grids
from edge.detect.settings import Scorers, View
from edge.files.errors import OutputError
from edge.files.progress import Progress, Silent
from edge.geo.positions import read_positions
from edge.report.findings import describe_photos
from edge.scan.folder_scan import scan_folders
from edge.scan.parallelism import Parallelism, default_parallelism
from edge.scan.scan_job import ScanJob, list_tasks
from edge.store.identity import ScanIdentity
from edge.store.scan_store import Store
from edge.tune.choose import parallelism_for


def scan_folder(
    photos: FilePaths,
    out: FilePath | None = None,
    *,
    model: FilePath | Model = "default",
    threshold: float | None = None,
    crack_threshold: float | None = None,
    view: View = "dense",
    scale: float | Sequence[float] = 1.0,
    gsd_mm: float | None = None,
    distance_m: float | None = None,
    crack_width_mm: float | None = None,
    positions: FilePath | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> Scan:
    """Find cracks in photos, and write report, tables, maps and pictures of them.

    Works like the command ``crack-edge scan``: each photo is saved as soon as it is done, and the
    same call continues a scan that was interrupted. A photo that cannot be read is listed in
    ``failures``; the others are scanned.

    Args:
        photos: a photo, a folder of photos at any depth, or several of them.
        out: folder for the results; if None, a folder beside the photos, such as ``photos-scan``
            for ``photos``.
        model: path or name as ``open_model`` takes it, or a model that it opened.
        threshold: as in ``scan_photo``.
        crack_threshold: as in ``scan_photo``.
        view: as in ``scan_photo``.
        scale: as in ``scan_photo``.
        gsd_mm: mm of the surface for one px, for all photos.
        distance_m: from the camera to the surface, for all photos.
        crack_width_mm: finest crack that must not be missed; the report marks photos that are too
            coarse for it. 0.3 if None.
        positions: CSV file of the photos' positions; ``docs/findings.md`` lists its columns.
        force: starts over; earlier results in the folder are removed.
        progress: an object with the methods ``say`` and ``step``, which are told how far it is.

    Returns:
        The same as ``load_scan`` of the folder.

    Raises:
        CrackEdgeError: there are no photos, the folder holds something else or a scan with other
            settings, or the model cannot be used.
        ValueError: a value lies outside its range.

    Example:
        >>> scan = ce.scan_folder("photos", gsd_mm=0.5)
        >>> [(finding.photo, finding.length_mm) for finding in scan.findings]
        [('wall.jpg', 512.4)]
    """
    sources = list_paths(photos, "photos")
    folder = choose_folder(sources) if out is None else Path(out)
    progress = progress or Silent()
    opened, parallelism = _open(model, progress)
    site = make_site(gsd_mm, distance_m, crack_width_mm)
    job = ScanJob(
        tasks=list_tasks(sources, folder),
        out=folder,
        scorers=Scorers(opened.classifier),
        settings=choose_settings(
            opened.card,
            threshold=threshold,
            crack_threshold=crack_threshold,
            view=view,
            scale=scale,
        ),
        parallelism=parallelism,
        site=replace(site, positions=read_positions(Path(positions))) if positions else site,
        force=force,
    )
    run = scan_folders(job, progress=progress)
    if run.unrecorded:
        raise OutputError(
            f"{folder}: the results of {run.unrecorded} photos could not be saved; free some disk "
            "space and run the scan again"
        )
    return load_scan(folder)


def _open(model: FilePath | Model, progress: Progress) -> tuple[Model, Parallelism]:
    if isinstance(model, Model):
        return model, default_parallelism(model.classifier.threads)
    place = model if isinstance(model, str) else Path(model)
    parallelism = parallelism_for(place, many=False, progress=progress)
    return open_model(model, threads=parallelism.threads), parallelism


def load_scan(folder: FilePath) -> Scan:
    """Load the results of ``scan_folder`` or of ``crack-edge scan``, even while it is running.

    Heat maps stay on the disk until you ask for one.

    Args:
        folder: of the results.

    Raises:
        CrackEdgeError: there is no scan in the folder, or its store is damaged.

    Example:
        >>> scan = ce.load_scan("photos-scan")
        >>> scan.photo("wall.jpg").heat_map.scores.shape
        (30, 40)
    """
    place = Path(folder)
    with Store.read(place) as store:
        identity, described = store.identity, describe_photos(store)
    scanned = (photo for photo in described if photo.outcome.error is None)
    return Scan(
        folder=place,
        report=place / "report.html",
        model=identity.card.name,
        photos=tuple(
            make_scanned_photo(
                photo,
                photo.outcome.task.path,
                identity.settings.thresholds,
                partial(_read_heat_map, place, photo.name, photo.outcome.size_wh, identity),
            )
            for photo in scanned
        ),
        failures={one.name: one.outcome.error for one in described if one.outcome.error},
    )


def _read_heat_map(
    folder: Path, name: str, size_wh: tuple[int, int], identity: ScanIdentity
) -> HeatMap:
    with Store.read(folder) as store:
        grids = store.grids(name)
    heat, _ = find_in_grids(
        grids, size_wh, identity.card.window_cells, identity.settings.thresholds
    )
    return make_heat_map(heat, grids[0].cell_px, size_wh)
