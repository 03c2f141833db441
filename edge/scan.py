"""Scan photos: scores over each photo, regions, pictures, one table and one report for all."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from edge.card import Card
from edge.dense import CellScorer, require_dense_view, scan_cells, score_windows
from edge.draw import draw_heat_map, draw_overlay
from edge.errors import OutputError, PhotoError
from edge.evaluate import CardedScorer
from edge.files import refuse_to_overwrite, write_json
from edge.metrics import sigmoid
from edge.photo import find_photos, read_photo, write_photo
from edge.preprocess import to_tile
from edge.progress import Progress
from edge.regions import (
    Region,
    centre_on_cells,
    find_regions,
    highest_covering,
    join_touching,
    join_windows,
    mark_cells,
)
from edge.report import Inspected, ScanReport, write_report
from edge.tiling import pad_photo, window_origins

Mode = Literal["dense", "tiles"]
Box = tuple[int, int, int, int]
MODES: tuple[Mode, ...] = ("dense", "tiles")

_REGION_COLUMNS = ("photo", "region", "score", "left", "top", "right", "bottom", "area_px")
# Tiles cut out at a time.
_BATCH = 64
# Of a model without cells: how finely the heat map shows where its windows overlap.
_CELLS_A_WINDOW = 8


class Scorer(CardedScorer, CellScorer, Protocol):
    """What a scan needs of a classifier: tiles, cells, the card and how many threads it has."""

    @property
    def workers(self) -> int:
        """Return how many pieces are scored side by side."""


@dataclass(frozen=True)
class ScanSettings:
    """Settings of a scan.

    Attributes:
        threshold: decision value in (0, 1).
        mode: dense (every window at a stride of one cell) or tiles.
        overlap: of neighbouring tiles, as a share of their side; tiles mode only.
    """

    threshold: float
    mode: Mode = "dense"
    overlap: float = 0.0

    def __post_init__(self) -> None:
        """Refuse values without a meaning."""
        if not 0 < self.threshold < 1:
            raise ValueError(f"threshold {self.threshold}: expected a value between 0 and 1")
        if not 0 <= self.overlap <= 0.9:
            raise ValueError(f"overlap {self.overlap}: expected 0 to 0.9")


@dataclass(frozen=True)
class PhotoScan:
    """What a scan found on one photo.

    Attributes:
        size_wh: of the upright photo, px.
        heat: float32 (rows, columns), crack probability around each cell.
        cell_px: side of a cell in px of the photo.
        regions: the surest first.
    """

    size_wh: tuple[int, int]
    heat: NDArray[np.float32]
    cell_px: float
    regions: list[Region]


def scan_photo(scorer: Scorer, photo: NDArray[np.uint8], settings: ScanSettings) -> PhotoScan:
    """Score a photo, uint8 (H, W, 3) RGB, and find its regions."""
    card = scorer.card
    size_wh = photo.shape[1], photo.shape[0]
    if settings.mode == "tiles":
        heat = highest = _heat_of_tiles(scorer, photo, settings.overlap)
        labels = join_touching(heat >= settings.threshold)
    else:
        n = card.window_cells
        cells = scan_cells(scorer, card, photo, workers=scorer.workers)
        windows = score_windows(cells, n)
        heat, highest = centre_on_cells(windows, n), highest_covering(windows, n)
        mask = mark_cells(cells, highest, settings.threshold)
        labels = join_windows(mask, windows, n, settings.threshold)
    cell_px = _heat_cell_px(card)
    regions = find_regions(labels, highest, cell_px=cell_px, size_wh=size_wh)
    return PhotoScan(size_wh, heat, cell_px, regions)


def _heat_cell_px(card: Card) -> float:
    """Return the side of a cell of the heat map in px of the photo."""
    return card.stride_px if card.has_dense_view else card.window_px / _CELLS_A_WINDOW


def _heat_of_tiles(scorer: Scorer, photo: NDArray[np.uint8], overlap: float) -> NDArray[np.float32]:
    """Give each cell the highest score of the tiles that cover it."""
    card = scorer.card
    window, cell = card.window_px, _heat_cell_px(card)
    photo = pad_photo(photo, min_px=window)
    stride = max(1, round(window * (1 - overlap)))
    boxes = [
        (left, top, left + window, top + window)
        for top in window_origins(photo.shape[0], window, stride)
        for left in window_origins(photo.shape[1], window, stride)
    ]
    heat = np.zeros((-int(-photo.shape[0] // cell), -int(-photo.shape[1] // cell)), np.float32)
    for (left, top, right, bottom), score in zip(
        boxes, score_boxes(scorer, photo, boxes), strict=True
    ):
        rows = slice(int(top // cell), -int(-bottom // cell))
        columns = slice(int(left // cell), -int(-right // cell))
        heat[rows, columns] = np.maximum(heat[rows, columns], score)
    return heat


def score_boxes(scorer: Scorer, photo: NDArray[np.uint8], boxes: Sequence[Box]) -> Iterator[float]:
    """Cut boxes out of a photo and score each as one tile.

    Args:
        scorer: the classifier.
        photo: uint8 (H, W, 3), RGB.
        boxes: left, upper, right and lower side of each, px.

    Yields:
        Crack probabilities, in order.
    """
    for start in range(0, len(boxes), _BATCH):
        tiles = np.stack(
            [
                to_tile(photo[top:bottom, left:right], scorer.card.input_px)
                for left, top, right, bottom in boxes[start : start + _BATCH]
            ]
        )
        yield from scorer.scores(tiles).tolist()


def score_box(cells: NDArray[np.float32], box: Box, cell_px: float) -> float:
    """Score a box of a photo from its cell logits: the sigmoid of the mean of those inside.

    Args:
        cells: float32 (rows, columns).
        box: left, upper, right and lower side in px.
        cell_px: side of a cell in px.
    """
    left, top, right, bottom = box
    rows = _cells_inside(top, bottom, cell_px, cells.shape[0])
    columns = _cells_inside(left, right, cell_px, cells.shape[1])
    part = cells[rows, columns]
    return float(sigmoid(np.mean(part, dtype=np.float64)))


def _cells_inside(begin: int, end: int, cell_px: float, count: int) -> slice:
    """Return the cells that lie at least half inside; the one at the middle if there is none."""
    first, last = (int(np.floor(side / cell_px + 0.5)) for side in (begin, end))
    if first == last:
        first = int((begin + end) / 2 / cell_px)
    first = min(first, count - 1)
    return slice(first, max(last, first + 1))


def scan(
    sources: Sequence[Path],
    out: Path,
    *,
    scorer: Scorer,
    settings: ScanSettings,
    progress: Progress,
    force: bool = False,
) -> dict[str, Any]:
    """Scan photos and folders of photos; one that cannot be read is reported, the rest goes on.

    Writes ``heatmaps/``, ``overlays/``, ``regions.csv`` (a photo's rows as soon as it is done),
    ``scan.json`` and ``report.html`` into ``out``.

    Returns:
        The summary: photos, failed, regions, megapixels, seconds, and the settings.

    Raises:
        InputError: a source does not exist or holds no photos; dense mode of a model without it.
        PhotoError: none of the photos can be read.
        OutputError: out is not empty or cannot be written.
    """
    if settings.mode == "dense":
        require_dense_view(scorer.card)
    photos = find_photos(sources)
    refuse_to_overwrite(out, force=force)
    begun = time.monotonic()
    report = ScanReport(card=scorer.card, settings=asdict(settings))
    with _open_table(out / "regions.csv") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(_REGION_COLUMNS)
        for done, (path, name) in enumerate(photos, start=1):
            try:
                found = _scan_file(path, name, out, scorer=scorer, settings=settings)
            except PhotoError as error:
                report.failed[name.as_posix()] = str(error)
                progress.say(f"failed: {error}")
            else:
                report.photos[name.as_posix()] = Inspected(found.size_wh, found.regions)
                table.writerows(_list_regions(name, found.regions))
                file.flush()
            progress.step("photos", done, len(photos))
    if not report.photos:
        (out / "regions.csv").unlink()
        if not any(out.iterdir()):
            out.rmdir()
        raise PhotoError(
            f"none of the {len(photos)} photos can be read: {next(iter(report.failed.values()))}"
        )
    summary = {
        "photos": len(photos),
        "failed": len(report.failed),
        "regions": sum(len(found.regions) for found in report.photos.values()),
        "megapixels": round(
            sum(f.size_wh[0] * f.size_wh[1] for f in report.photos.values()) / 1e6, 3
        ),
        "seconds": round(time.monotonic() - begun, 3),
        "settings": asdict(settings),
        "model": {"name": scorer.card.name, "sha256": scorer.card.model_sha256},
        "failures": report.failed,
    }
    write_json(out / "scan.json", summary)
    write_report(out / "report.html", report, summary)
    return summary


def _list_regions(name: Path, regions: Sequence[Region]) -> Iterator[tuple[str | int, ...]]:
    for number, region in enumerate(regions, start=1):
        yield name.as_posix(), number, f"{region.score:.4f}", *region.xyxy, region.area_px


def _open_table(path: Path) -> IO[str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("w", encoding="utf-8", errors="surrogateescape", newline="")
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error


def _scan_file(
    path: Path, name: Path, out: Path, *, scorer: Scorer, settings: ScanSettings
) -> PhotoScan:
    photo = read_photo(path)
    found = scan_photo(scorer, photo, settings)
    write_photo(heat_map_path(out, name), draw_heat_map(found.heat, found.size_wh, found.cell_px))
    overlay = draw_overlay(
        photo, found.heat, found.cell_px, found.regions, threshold=settings.threshold
    )
    write_photo(overlay_path(out, name), overlay)
    return found


def heat_map_path(out: Path, name: Path) -> Path:
    """Return where the heat map of a photo is written."""
    return out / "heatmaps" / name.with_name(name.name + ".png")


def overlay_path(out: Path, name: Path) -> Path:
    """Return where the overlay of a photo is written."""
    return out / "overlays" / name.with_name(name.name + ".jpg")
