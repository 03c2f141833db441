"""What a scan's store says, in files for people and other programs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from edge.files.atomic_write import replace_atomically, write_json
from edge.files.progress import Progress, Silent
from edge.geo.site import SiteUpdate
from edge.report.exports.coco import make_coco
from edge.report.exports.geojson import make_geojson
from edge.report.exports.kml import make_kml
from edge.report.exports.tables import make_photos_table, make_regions_table
from edge.report.findings import describe_photos
from edge.report.page.html_page import write_report
from edge.report.page.reported_scan import Scan
from edge.report.result_files import RESULTS
from edge.report.summary import ScanSummary, summarise_scan
from edge.store.scan_store import Store


def write_results(
    out: Path, *, site: SiteUpdate | None = None, progress: Progress | None = None
) -> ScanSummary:
    """Make all files of RESULTS from the store of a folder.

    Args:
        out: the folder.
        site: what is said anew of the site, which the store keeps; None if nothing is.
        progress: notified of each file, which of thousands of photos takes seconds.

    Returns:
        The summary, as in ``scan.json``.

    Raises:
        InputError: the folder has no store.
        OutputError: it cannot be written into.
    """
    said = site or SiteUpdate()
    # A folder that nobody can write into can be reported on where nothing new is said.
    is_new = said != SiteUpdate()
    with Store.open(out, identity=None) if is_new else Store.read(out) as store:
        store.update_site(said)
        photos = describe_photos(store)
        summary = summarise_scan(
            photos, identity=store.identity, site=store.site, listed=store.listed, **store.made
        )
    facts = summary.origin()
    makers: dict[str, Callable[[], bytes]] = {
        "regions.csv": partial(make_regions_table, photos),
        "photos.csv": partial(make_photos_table, photos),
        "regions.geojson": partial(make_geojson, photos, facts=facts),
        "regions.kml": partial(make_kml, photos, facts=facts),
        "coco.json": partial(make_coco, photos, facts=facts),
    }
    progress = progress or Silent()
    for done, (name, make) in enumerate(makers.items(), start=1):
        replace_atomically(out / name, make())
        progress.step("writing results", done, len(RESULTS))
    write_json(out / "scan.json", summary.to_dict())
    write_report(out / "report.html", Scan(photos, summary))
    progress.step("writing results", len(RESULTS), len(RESULTS))
    return summary
