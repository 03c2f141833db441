"""A scan from JPEG to written results against its peers and against a bound."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.machine_facts import describe_machine
from benchmarks.project.bound import BareInvokes, choose_cutting, open_invokes
from benchmarks.project.peers import OVERLAP, TileModel, open_peers, peer_versions
from benchmarks.project.time_ratio import ratio_of, time_interleaved
from benchmarks.run.invokes import ProcessLayout, list_layouts
from edge.detect.settings import Scorers, choose_settings
from edge.evaluation.synthetic import draw_concrete
from edge.files.errors import InputError
from edge.files.progress import Silent
from edge.model.backends import open_backend
from edge.model.classifier import open_classifier
from edge.model.tflite_file import find_model
from edge.photo.codec import read_photo, write_photo
from edge.scan.folder_scan import scan_folders
from edge.scan.parallelism import default_parallelism
from edge.scan.scan_job import ScanJob, list_tasks

# 16.5 Mpx, as large as the whole photos of SDNET2018.
PHOTO_WH = (4608, 3584)
# Photos in the folder that shows decoding, inference and writing overlap.
FOLDER_PHOTOS = 8

OURS = "ours"
TILES = "our tiles at 50 % overlap"
FOLDER = f"our folder of {FOLDER_PHOTOS} photos"
DECODE = "decode"

LIMITS = {
    "SAHI to ours": "at least 4",
    "supervision to ours": "at least 4",
    "ours to its bound": "at most 1.10",
}

_JPEG_QUALITY = 92
_ONE_THREAD = ProcessLayout(1, 1)


def measure_scan_speed(
    model: str | Path = "default",
    *,
    photo: Path | None = None,
    drawn_wh: tuple[int, int] = PHOTO_WH,
    rounds: int = 7,
) -> dict[str, Any]:
    """Time scans of one JPEG, each on all cores, its models opened before.

    Args:
        model: a ``.tflite`` file or a shipped model.
        photo: a JPEG; one is drawn if None.
        drawn_wh: size of the drawn photo, px.
        rounds: how many times each competitor has its turn.

    Returns:
        ``ratios`` within the rounds: peers to ours, ours to its bound (decoding, then the bare
        invokes of the photo's px at the best layout; of a folder both spread over all cores);
        ``findings``: how many each found; ``seconds`` (medians, of this machine only), ``bound``,
        ``peers`` (versions of those installed) and ``machine``.

    Raises:
        InputError: the photo is not a JPEG.
    """
    cores = os.cpu_count() or 1
    path = find_model(model)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        photos = _write_photos(Path(name) / "photos", photo, drawn_wh)
        height, width = read_photo(photos[0]).shape[:2]
        cutting = choose_cutting(path, (width, height), cores)
        invokes = [
            stack.enter_context(open_invokes(path, cutting, layout))
            for layout in list_layouts(cores)
        ]
        scans = _collect_scans(model, photos, Path(name), cores)
        # The first calls are not timed.
        findings = {what: call() for what, call in scans.items()}
        seconds = time_interleaved(
            {
                **scans,
                DECODE: lambda: cv2.imread(str(photos[0])),
                **{_name_of(one): one for one in invokes},
            },
            rounds=rounds,
            warm_up=0,
        )
    for one in invokes:
        seconds[_name_of(one)] *= one.share
    best, bounds = _find_bounds(seconds, invokes, cores)
    return {
        "what": "one photo from JPEG to written results, models opened before, all cores; "
        "ratios of times within each round",
        "photo": "drawn" if photo is None else photo.name,
        "photo_wh": [width, height],
        "rounds": rounds,
        "ratios": _compare(seconds, bounds, [name for name in scans if name not in bounds]),
        "findings": findings,
        "seconds": {name: round(float(np.median(values)), 3) for name, values in seconds.items()},
        "bound": {"split": str(best), "piece_hw": cutting.shape_hw},
        "peers": peer_versions(),
        "machine": describe_machine(),
    }


def _write_photos(folder: Path, photo: Path | None, drawn_wh: tuple[int, int]) -> list[Path]:
    """Write the photo that is scanned alone, then others of its size by moving its px aside."""
    paths = [folder / f"{number}.jpg" for number in range(FOLDER_PHOTOS)]
    if photo is None:
        picture = draw_concrete(drawn_wh, seed=1).photo
        write_photo(paths[0], picture, jpeg_quality=_JPEG_QUALITY)
    elif photo.suffix.lower() not in (".jpg", ".jpeg"):
        raise InputError(f"{photo}: expected a JPEG (.jpg)")
    else:
        picture = read_photo(photo)
        folder.mkdir(parents=True)
        shutil.copyfile(photo, paths[0])
    for number, path in enumerate(paths[1:], start=1):
        moved = np.roll(picture, number * picture.shape[1] // FOLDER_PHOTOS, axis=1)
        write_photo(path, moved, jpeg_quality=_JPEG_QUALITY)
    return paths


def _collect_scans(
    model: str | Path, photos: Sequence[Path], out: Path, cores: int
) -> dict[str, Callable[[], int]]:
    """Open all models and return the calls that scan; each returns how much it found."""
    ours = _open_our_scan(model, cores)
    calls: dict[str, Callable[[], int]] = {
        OURS: lambda: ours(photos[:1], out / "ours"),
        TILES: lambda: ours(photos[:1], out / "tiles", view="tile", overlap=OVERLAP),
        FOLDER: lambda: ours(photos, out / "folder"),
    }
    for name, peer in open_peers(TileModel(open_backend(find_model(model)), threads=cores)).items():
        calls[name] = partial(peer, photos[0], out)
        calls[f"{name} without its picture"] = partial(peer, photos[0], None)
    return calls


def _open_our_scan(model: str | Path, threads: int) -> Callable[..., int]:
    """Return our scan of photos into a folder; it returns the number of regions."""
    classifier = open_classifier(model, threads=threads)

    def scan_photos(photos: Sequence[Path], out: Path, **words: Any) -> int:
        job = ScanJob(
            tasks=list_tasks(photos, out),
            out=out,
            scorers=Scorers(classifier),
            settings=choose_settings(classifier.card, **words),
            parallelism=default_parallelism(threads),
            force=True,
        )
        return scan_folders(job, progress=Silent()).summary.regions

    return scan_photos


def _name_of(invokes: BareInvokes) -> str:
    return f"invokes, {invokes.layout}"


def _find_bounds(
    seconds: Mapping[str, NDArray[np.float64]], invokes: Sequence[BareInvokes], cores: int
) -> tuple[ProcessLayout, dict[str, NDArray[np.float64]]]:
    """Return the fastest layout and, for one photo and for the folder, the bound in each round."""
    best = min(invokes, key=lambda one: float(np.median(seconds[_name_of(one)])))
    (alone,) = (one for one in invokes if one.layout == _ONE_THREAD)
    decode = seconds[DECODE]
    return best.layout, {
        OURS: decode + seconds[_name_of(best)],
        FOLDER: FOLDER_PHOTOS * (decode + seconds[_name_of(alone)]) / cores,
    }


def _compare(
    seconds: Mapping[str, NDArray[np.float64]],
    bounds: Mapping[str, NDArray[np.float64]],
    others: Sequence[str],
) -> dict[str, dict[str, float]]:
    """Return ratios by what they compare: others to ours, ours to its bounds."""
    pairs = {f"{name} to ours": (seconds[name], seconds[OURS]) for name in others}
    pairs |= {f"{name} to its bound": (seconds[name], bound) for name, bound in bounds.items()}
    return {name: asdict(ratio_of(time, to)) for name, (time, to) in pairs.items()}
