"""Reports of a scan to look at: pages with pictures beside them, and what they hold."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from edge.detect.settings import ScanSettings
from edge.geo.site import Site
from edge.photo.codec import encode_photo, write_photo
from edge.report.findings import PhotoFindings
from edge.report.page.embedded_pictures import Room
from edge.report.page.html_page import write_report
from edge.report.page.reported_scan import Scan
from edge.report.summary import ScanSummary, summarise_scan
from edge.store.identity import ModelIdentity, ScanIdentity
from edge.store.result_paths import heat_map_path, overlay_path, thumbnail_path
from tests.unit.fakes import make_card
from tests.unit.pages import Page

IDENTITY = ScanIdentity(
    ScanSettings(threshold=0.25, crack_threshold=0.7, scales=(1.0, 0.5)),
    (ModelIdentity("fake", "ab" * 32),),
    make_card(threshold=0.25, notes=("made for <tests>",)),
)
SITE = Site(distance_m=4.5)

_EMBEDDED = re.compile(r"<script type='image/jpeg' id='([a-z]+)-(\d+)'>([^<]*)</script>")
_DATA = re.compile(r"<script type='application/json' id='data'>([^<]*)</script>")


def make_summary(
    photos: Sequence[PhotoFindings],
    identity: ScanIdentity = IDENTITY,
    site: Site = SITE,
    **changes: Any,
) -> ScanSummary:
    """Return a summary of photos; changes are to its figures."""
    summary = summarise_scan(
        photos,
        identity=identity,
        site=site,
        made_by="crack-edge 0.1",
        created="2024-05-06T07:08:09+00:00",
    )
    return replace(summary, **changes)


def write_pictures(
    folder: Path, photos: Sequence[PhotoFindings], *, thumb_bytes: int | None = None
) -> None:
    """Put small pictures where those of a scan lie; thumbnails may be filled up to a size."""
    wall = np.full((60, 80, 3), 180, np.uint8)
    jpeg = encode_photo(wall, ".jpg")
    for photo in photos:
        if photo.outcome.error is None:
            write_photo(overlay_path(folder, photo.name), wall)
            write_photo(heat_map_path(folder, photo.name), wall)
            thumbnail = thumbnail_path(folder, photo.name)
            thumbnail.parent.mkdir(parents=True, exist_ok=True)
            thumbnail.write_bytes(jpeg.ljust(thumb_bytes or 0, b"\0"))


@dataclass(frozen=True)
class Report:
    """A page as it was written.

    Attributes:
        path: of the page.
        source: all of it.
        data: what its script works with.
        pictures: those inside, as base64, in their order: (kind, index of the photo).
    """

    path: Path
    source: str
    data: dict[str, Any]
    pictures: dict[tuple[str, int], str]

    @property
    def page(self) -> Page:
        """Return the page as read by a browser; every element must be closed."""
        return Page.of(self.source)


def make_report(
    folder: Path,
    photos: Sequence[PhotoFindings],
    *,
    room: Room | None = None,
    identity: ScanIdentity = IDENTITY,
    site: Site = SITE,
    **changes: Any,
) -> Report:
    """Write a report into a folder and read it; changes are to the summary."""
    path = folder / "report.html"
    write_report(path, Scan(photos, make_summary(photos, identity, site, **changes)), room=room)
    source = path.read_text(encoding="utf-8")
    pictures = {(kind, int(i)): text for kind, i, text in _EMBEDDED.findall(source)}
    (data,) = _DATA.findall(source)
    return Report(path, source, json.loads(data), pictures)
