"""The pictures that travel inside the report: as many as leave it small enough to be sent."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from edge.files.html import Html
from edge.report.findings import PhotoFindings
from edge.report.page.script_data import rank_of
from edge.store.result_paths import overlay_path, thumbnail_path

# A preview fills a phone's screen; of 1200 px it has about 200 kB. A smaller overlay is its own.
_LEAST_PREVIEW_PX = 600
_PREVIEW_QUALITY = 78
# What is larger is not a thumbnail, and is left beside the page.
_MAX_THUMB_BYTES = 64_000
# Pictures that are read side by side: OpenCV lets other threads work meanwhile.
_AT_ONCE = 4
_JPEG_START = b"\xff\xd8\xff"


@dataclass(frozen=True)
class Room:
    """How large a page may become, in bytes.

    Attributes:
        with_thumbnails: thumbnails are embedded up to here; others are loaded from beside it.
        with_previews: previews too, up to here: what can be sent by mail and opens on a phone.
    """

    with_thumbnails: int = 28_000_000
    with_previews: int = 12_000_000


def embed_pictures(
    folder: Path, photos: Sequence[PhotoFindings], *, used_bytes: int, room: Room
) -> Iterator[Html]:
    """Yield elements that carry pictures as base64, each with the photo's place in the list.

    The most urgent photos come first, so that what has no room is what matters least.

    Args:
        folder: of the results.
        photos: in the order of the scan.
        used_bytes: of the page without pictures.
        room: how large it may become.
    """
    ranked = sorted(enumerate(photos), key=lambda pair: rank_of(pair[1]))
    done = [(index, photo) for index, photo in ranked if not photo.outcome.error]
    for kind, read, most, chosen in (
        ("thumbnail", _read_thumbnail, room.with_thumbnails, done),
        ("preview", _make_preview, room.with_previews, [one for one in done if one[1].findings]),
    ):
        for element in _embed(kind, folder, chosen, read, most - used_bytes):
            used_bytes += len(element)
            yield element


def _embed(
    kind: str,
    folder: Path,
    chosen: Sequence[tuple[int, PhotoFindings]],
    read: Callable[[Path, str], bytes | None],
    room: int,
) -> Iterator[Html]:
    """Yield pictures until one has no room: others that would have some matter less."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for begin in range(0, len(chosen), _AT_ONCE):
            some = chosen[begin : begin + _AT_ONCE]
            for (index, _), jpeg in zip(
                some, pool.map(lambda pair: read(folder, pair[1].name), some), strict=True
            ):
                if jpeg is None:
                    continue
                # A script of a type that is not a script: base64 has no character to end it.
                data = b64encode(jpeg).decode()
                element = Html(f"<script type='image/jpeg' id='{kind}-{index}'>{data}</script>")
                room -= len(element)
                if room < 0:
                    return
                yield element


def _read_thumbnail(folder: Path, name: str) -> bytes | None:
    return _read_jpeg(thumbnail_path(folder, name), _MAX_THUMB_BYTES)


def _read_jpeg(path: Path, most: int | None = None) -> bytes | None:
    """Return the bytes of a JPEG; None where there is none, or a larger file than that."""
    try:
        if most is not None and path.stat().st_size > most:
            return None
        data = path.read_bytes()
    except OSError:
        return None
    return data if data.startswith(_JPEG_START) else None


def _make_preview(folder: Path, name: str) -> bytes | None:
    """Shrink an overlay to a preview; None where there is none that can be read."""
    data = _read_jpeg(overlay_path(folder, name))
    if data is None:
        return None
    # Decoded at half size, which takes half the time: at most 1200 px, for overlays have 2400.
    half = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_REDUCED_COLOR_2)
    if half is None:
        return None
    if max(half.shape) < _LEAST_PREVIEW_PX:
        return data
    _, jpeg = cv2.imencode(".jpg", half, [cv2.IMWRITE_JPEG_QUALITY, _PREVIEW_QUALITY])
    return jpeg.tobytes()
