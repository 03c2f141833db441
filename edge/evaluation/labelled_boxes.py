"""Evaluate on labelled squares of whole photos, through the scan engine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.detect.cascade import describe_cascade, sum_counts
from edge.detect.grid import Grid
from edge.detect.grid_regions import find_in_grids
from edge.detect.photo_scan import score_photo
from edge.detect.region_metrics import count_regions, summarise_regions
from edge.detect.settings import ScanSettings, Scorers
from edge.detect.tile_scan import score_box, score_boxes
from edge.evaluation.dataset import Sample, parse_label
from edge.evaluation.scored_samples import ScoredSamples, report_on
from edge.files.csv_reader import read_csv_rows
from edge.files.errors import DataError, PhotoError
from edge.files.progress import Progress
from edge.model.labels import CRACK
from edge.photo.codec import read_photo
from edge.photo.source import LoadedPhoto
from edge.photo.tiling import Box

BOXES_FILE = "tiles.csv"
_COLUMNS = ("photo", "x", "y", "width", "height", "label")


@dataclass(frozen=True)
class LabelledBox:
    """A labelled part of a photo; its box is left, upper, right, lower in px."""

    box: Box
    label: str


def find_labelled_boxes(data: Sequence[Path], *, split: str | None = None) -> Path | None:
    """Return the ``tiles.csv`` of a folder of whole photos; None if these are labelled pictures.

    Raises:
        DataError: there is one, but also other data or a split is asked for.
    """
    found = [item / BOXES_FILE for item in data if (item / BOXES_FILE).is_file()]
    if found and (len(data) > 1 or split):
        raise DataError(
            f"{found[0]}: whole photos with labelled squares must be given alone, without --split"
        )
    return found[0] if found else None


def read_labelled_boxes(path: Path) -> dict[Path, list[LabelledBox]]:
    """Read ``tiles.csv`` (photo,x,y,width,height,label): the squares of each photo.

    Raises:
        DataError: not a CSV of these columns, or a line without meaning.
    """
    squares: dict[Path, list[LabelledBox]] = defaultdict(list)
    for where, row in read_csv_rows(path, required=_COLUMNS, columns=_COLUMNS):
        try:
            x, y, width, height = (int(row[key]) for key in ("x", "y", "width", "height"))
        except ValueError as error:
            raise DataError(
                f"{where}: x, y, width and height must be whole numbers of px"
            ) from error
        if min(x, y) < 0 or min(width, height) < 1:
            raise DataError(f"{where}: the square is empty or starts outside the photo")
        label = parse_label(row["label"], where)
        squares[path.parent / row["photo"]].append(
            LabelledBox((x, y, x + width, y + height), label)
        )
    return dict(squares)


def evaluate_labelled_boxes(
    scorers: Scorers, path: Path, *, settings: ScanSettings, progress: Progress
) -> dict[str, Any]:
    """Score the squares of ``tiles.csv`` and compare them with their labels, photo by photo.

    Returns:
        The figures; ``per_source`` has them for each photo, ``cascade`` what it lost and gained;
        in the dense view ``regions`` what regions find, and how many find nothing.

    Raises:
        DataError: malformed squares, a square outside its photo, no readable photo.
    """
    found = score_labelled_boxes(scorers, path, settings=settings, progress=progress)
    report = report_on(found.scored, settings.threshold) | {"view": settings.view}
    if settings.scales != (1.0,):
        report["scales"] = list(settings.scales)
    if found.regions:
        report["regions"] = summarise_regions(found.regions) | {
            "crack_threshold": settings.crack_threshold
        }
    return report | ({"cascade": describe_cascade(found.measures)} if found.measures else {})


@dataclass(frozen=True)
class ScoredBoxes:
    """The squares of whole photos with their scores.

    Attributes:
        scored: each square as a sample of its photo, which is also its source.
        boxes: of the squares, in the same order.
        measures: what a cascade counted on all photos.
        regions: in the dense view, what the regions of each photo find (``count_regions``).
    """

    scored: ScoredSamples
    boxes: list[Box]
    measures: Mapping[str, float]
    regions: Mapping[str, Mapping[str, int]]


def score_labelled_boxes(
    scorers: Scorers, path: Path, *, settings: ScanSettings, progress: Progress
) -> ScoredBoxes:
    """Score the squares of ``tiles.csv``, photo by photo, as ``score_boxes_of`` does.

    Raises:
        DataError: malformed squares, a square outside its photo, no readable photo.
    """
    photos = read_labelled_boxes(path)
    return score_boxes_of(scorers, photos, where=path, settings=settings, progress=progress)


def score_boxes_of(
    scorers: Scorers,
    photos: Mapping[Path, Sequence[LabelledBox]],
    *,
    where: Path,
    settings: ScanSettings,
    progress: Progress,
) -> ScoredBoxes:
    """Score squares of whole photos.

    In the dense view a square's score comes from the cells under it in a scan of the whole photo,
    the highest of all scales; in the tile view the square is cut out and scored alone.

    Args:
        scorers: the model or models.
        photos: the squares of each photo.
        where: the file that lists them, for messages.
        settings: of the scan.
        progress: notified of each photo.

    Raises:
        DataError: a square outside its photo, no readable photo.
    """
    samples: list[Sample] = []
    places: list[Box] = []
    scores: list[float] = []
    unreadable: list[str] = []
    measures: list[dict[str, float]] = []
    regions: dict[str, dict[str, int]] = {}
    for done, (photo_path, squares) in enumerate(photos.items(), start=1):
        try:
            photo = read_photo(photo_path)
        except PhotoError as error:
            unreadable.append(str(error))
            progress.say(f"left out: {error}")
        else:
            boxes = [square.box for square in squares]
            _require_inside(photo, boxes, f"{where}: {photo_path.name}")
            source = LoadedPhoto(photo)
            if settings.view == "tile":
                scores += list(score_boxes(scorers.main, source, boxes))
            else:
                grids, measured = score_photo(scorers, source, settings)
                measures.append(measured)
                scores += [
                    max(score_box(grid.values, box, grid.cell_px) for grid in grids)
                    for box in boxes
                ]
                regions[photo_path.name] = _count_regions(scorers, grids, squares, source, settings)
            group = f"{photo_path.stem}/{photo_path.name}"
            samples += [Sample(photo_path, square.label, group) for square in squares]
            places += boxes
        progress.step("photos", done, len(photos))
    if not samples:
        raise DataError(f"{where}: none of the photos can be read, such as {unreadable[0]}")
    scored = ScoredSamples(samples, np.array(scores, np.float32), unreadable)
    return ScoredBoxes(scored, places, sum_counts(measures), regions)


def _require_inside(photo: NDArray[np.uint8], boxes: list[Box], where: str) -> None:
    height, width = photo.shape[:2]
    for _, _, right, bottom in boxes:
        if right > width or bottom > height:
            raise DataError(
                f"{where}: a square ends at {right}, {bottom}, but the photo is {width} x {height} "
                "px"
            )


def _count_regions(
    scorers: Scorers,
    grids: Sequence[Grid],
    squares: Sequence[LabelledBox],
    source: LoadedPhoto,
    settings: ScanSettings,
) -> dict[str, int]:
    _, regions = find_in_grids(
        grids, source.size_wh, scorers.main.card.window_cells, settings.thresholds
    )
    return count_regions(
        regions,
        [square.box for square in squares],
        [square.label == CRACK for square in squares],
        source.size_wh,
        settings.thresholds,
    )
