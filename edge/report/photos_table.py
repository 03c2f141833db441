"""``photos.csv``: a line for each photo, also for what is clear or was not inspected."""

from __future__ import annotations

from collections.abc import Sequence

from edge.files.csv_writer import make_csv
from edge.report.export_columns import PHOTO_COLUMNS, list_photo_facts
from edge.report.findings import PhotoFindings

_PROSE = ("taken", "model", "note", "gsd_from", "not_inspected")


def make_photos_table(photos: Sequence[PhotoFindings]) -> bytes:
    """List all photos as CSV, in their order; what is unknown is empty."""
    return make_csv(PHOTO_COLUMNS, map(list_photo_facts, photos), prose=_PROSE)
