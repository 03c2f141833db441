"""``regions.csv`` and ``photos.csv``: a line for each region, and for each photo."""

from __future__ import annotations

from collections.abc import Sequence

from edge.files.csv_writer import make_csv
from edge.report.columns import (
    PHOTO_COLUMNS,
    REGION_COLUMNS,
    list_photo_facts,
    list_region_facts,
    spell_facts,
)
from edge.report.findings import PhotoFindings

_PHOTO_PROSE = ("taken", "model", "note", "gsd_from", "not_inspected")


def make_regions_table(photos: Sequence[PhotoFindings]) -> bytes:
    """List the regions of all photos as CSV, in the photos' order, the surest of a photo first.

    Positions are px of the upright photo, and WGS 84 degrees of the region's middle where px are
    projected to the map. What is unknown is empty.
    """
    rows = (
        spell_facts(list_region_facts(photo, finding))
        for photo in photos
        for finding in photo.findings
    )
    return make_csv(REGION_COLUMNS, rows, prose=("taken",))


def make_photos_table(photos: Sequence[PhotoFindings]) -> bytes:
    """List all photos as CSV, in their order, also what is clear or was not inspected."""
    rows = (spell_facts(list_photo_facts(photo)) for photo in photos)
    return make_csv(PHOTO_COLUMNS, rows, prose=_PHOTO_PROSE)
