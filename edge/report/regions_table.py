"""``regions.csv``: a line for each region."""

from __future__ import annotations

from collections.abc import Sequence

from edge.files.csv_writer import make_csv
from edge.report.export_columns import REGION_COLUMNS, list_region_facts
from edge.report.findings import PhotoFindings


def make_regions_table(photos: Sequence[PhotoFindings]) -> bytes:
    """List the regions of all photos as CSV, in the photos' order, the surest of a photo first.

    Positions are px of the upright photo, and WGS 84 degrees of the region's middle where px are
    projected to the map. What is unknown is empty.
    """
    rows = (list_region_facts(photo, finding) for photo in photos for finding in photo.findings)
    return make_csv(REGION_COLUMNS, rows, prose=("taken",))
