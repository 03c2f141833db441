"""From a scan to tiles for people to label."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.detect.triage import Thresholds
from edge.detect.window_grid import lay_windows
from edge.files.errors import DataError, InputError, PhotoError
from edge.files.formatting import count_of
from edge.files.progress import Progress
from edge.photo.codec import write_photo
from edge.photo.source import OpenedPhoto, default_decoded_mb, open_source
from edge.review.review_folder import (
    MOST_OF_A_PHOTO,
    TO_SORT,
    Tile,
    make_room,
    name_photos,
    require_place,
    write_papers,
)
from edge.review.uncertainty_sampling import (
    WHYS,
    Window,
    choose_windows,
    count_kept,
    list_candidates,
)
from edge.store.photo_result import PhotoResult
from edge.store.scan_store import Store

DEFAULT_COUNT = 200


@dataclass(frozen=True)
class _Scan:
    """What a review takes from a store.

    Attributes:
        model: name and version of the one that decided.
        thresholds: of the scan.
        photos: that were scanned, by name.
        windows: to cut out, by photo.
    """

    model: str
    thresholds: Thresholds
    photos: Mapping[str, PhotoResult]
    windows: Mapping[str, Sequence[Window]]


def export_review(
    scan: Path,
    out: Path,
    *,
    progress: Progress,
    count: int = DEFAULT_COUNT,
    photos: Path | None = None,
    seed: int = 0,
    force: bool = False,
) -> dict[str, Any]:
    """Cut doubtful tiles out of the photos of a scan, with all that is needed to label them.

    Makes ``to_sort/`` with the tiles, empty ``crack/``, ``no_crack/`` and ``unsure/``,
    ``review.csv``, ``tasks.json`` and ``label-config.xml`` for Label Studio, and ``README.txt``,
    which says what to do. Tiles are PNG: a training sees the px that the scan saw.

    Args:
        scan: folder of the scan's results.
        out: folder of the review; new or empty.
        progress: notified of each photo, and of those that are left out.
        count: tiles wanted; fewer if there are not as many.
        photos: folder in which the photos lie by their names in the scan; None for where they were
            scanned.
        seed: of the controls.
        force: replace an earlier review, unless tiles of it were sorted.

    Returns:
        The summary: tiles, photos that they are from, tiles of each reason, and left_out, the
        photos that are gone or not the same any more, each with what is wrong.

    Raises:
        InputError: the folder has no scan, or one without photos, or no photo can be read any more.
        DataError: its store is damaged.
        OutputError: out is in use or its name means a label, or it cannot be written.
    """
    require_place(out, force=force)
    found = _read_scan(scan, count, seed, progress)
    if not found.windows:
        raise InputError(
            f"{scan}: has nothing to label; {count_of(len(found.photos), 'photo')} could be scanned"
        )
    tiles: list[Tile] = []
    left_out: dict[str, str] = {}
    prefixes = name_photos(found.photos)
    for done, (name, windows) in enumerate(found.windows.items(), start=1):
        outcome = found.photos[name]
        path = photos / name if photos else outcome.task.path
        try:
            cut = _cut_tiles(path, outcome, windows, prefixes[name])
        except PhotoError as error:
            left_out[name] = str(error)
            progress.say(f"left out: {error}")
        else:
            if not tiles:
                make_room(out)
            for tile, picture in cut:
                write_photo(out / TO_SORT / tile.name, picture)
                tiles.append(tile)
        progress.step("photos", done, len(found.windows))
    if left_out and not tiles:
        raise InputError(_explain_no_photos(scan, photos, next(iter(left_out))))
    write_papers(out, tiles, model=found.model, threshold=found.thresholds.review)
    whys = Counter(tile.window.why for tile in tiles)
    return {
        "tiles": len(tiles),
        "photos": len({tile.window.photo for tile in tiles}),
        "whys": {why: whys[why] for why in WHYS},
        "left_out": left_out,
    }


def _read_scan(scan: Path, count: int, seed: int, progress: Progress) -> _Scan:
    rng = np.random.default_rng(seed)
    candidates: list[Window] = []
    with Store.read(scan) as store:
        identity = store.identity
        thresholds = identity.settings.thresholds
        photos = {one.task.name: one for one in store.photos() if one.error is None}
        kept = count_kept(count, len(photos))
        for done, (name, outcome) in enumerate(photos.items(), start=1):
            try:
                grids = lay_windows(
                    store.grids(name), outcome.size_wh, identity.card, identity.settings
                )
            except ValueError as error:
                raise DataError(
                    f"{scan}: its store is damaged (scores of {name}: {error}); scan them again"
                ) from error
            candidates += list_candidates(
                name, grids, outcome.size_wh, thresholds, most=kept, rng=rng
            )
            progress.step("scores", done, len(photos))
    chosen = choose_windows(
        candidates, count=count, photos=len(photos), most=MOST_OF_A_PHOTO, rng=rng
    )
    windows: dict[str, list[Window]] = defaultdict(list)
    for window in chosen:
        windows[window.photo].append(window)
    return _Scan(str(identity.models[0]), thresholds, photos, windows)


def _explain_no_photos(scan: Path, photos: Path | None, name: str) -> str:
    if photos:
        return (
            f"{photos}: holds none of the photos of {scan} unchanged and under its name there, "
            f"such as {name}; give the folder where they are now with --photos"
        )
    return (
        f"{scan}: none of its photos is still in its place and unchanged; if you moved them, give "
        "the folder where they are now with --photos"
    )


def _cut_tiles(
    path: Path, outcome: PhotoResult, windows: Sequence[Window], prefix: str
) -> list[tuple[Tile, NDArray[np.uint8]]]:
    """Return all tiles of a photo, with their pictures, or none."""
    with open_source(path, max_decoded_mb=default_decoded_mb()) as opened:
        _require_same(path, opened, outcome)
        return [
            (
                Tile(f"{prefix}-{number}.png", window, opened.file.sha256),
                opened.source.read(*window.xyxy),
            )
            for number, window in enumerate(windows, start=1)
        ]


def _require_same(path: Path, opened: OpenedPhoto, outcome: PhotoResult) -> None:
    if outcome.file is None or opened.file.sha256 != outcome.file.sha256:
        raise PhotoError(f"{path}: was changed since the scan; scan it again")
    if opened.source.size_wh != outcome.size_wh:
        raise PhotoError(f"{path}: has another size than when it was scanned; scan it again")
