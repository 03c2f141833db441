"""The files that a scan leaves in its folder, and how they are removed."""

from __future__ import annotations

import shutil
from pathlib import Path

from edge.files.errors import OutputError
from edge.store.result_paths import PICTURES
from edge.store.scan_store import Store

RESULTS = (
    *("regions.csv", "photos.csv", "regions.geojson", "regions.kml", "coco.json"),
    *("scan.json", "report.html"),
)


def remove_results(out: Path) -> None:
    """Remove the store of a folder and all that was made from it; other files stay.

    Raises:
        OutputError: a scan is running there, or something cannot be removed.
    """
    Store.erase(out)
    try:
        for folder in PICTURES:
            if (out / folder).is_dir():
                shutil.rmtree(out / folder)
        for name in RESULTS:
            (out / name).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{out}: earlier results cannot be removed ({error})") from error
