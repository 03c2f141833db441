"""What a scan's store says, in files for people and other programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from edge.detect.cascade import describe_cascade, sum_counts
from edge.detect.triage import TRIAGES
from edge.files.atomic_write import replace_atomically, write_json
from edge.files.progress import Progress, Silent
from edge.geo.positions import list_unused
from edge.geo.site import SiteUpdate
from edge.report.coco import make_coco
from edge.report.findings import PhotoFindings, describe_photo
from edge.report.geojson import make_geojson
from edge.report.html_report import write_report
from edge.report.kml import make_kml
from edge.report.page_facts import Scan
from edge.report.result_files import RESULTS
from edge.report.tables import make_photos_table, make_regions_table
from edge.store.photo_result import PhotoResult
from edge.store.scan_store import Store


def write_results(
    out: Path, *, site: SiteUpdate | None = None, progress: Progress | None = None
) -> dict[str, Any]:
    """Make all files of RESULTS from the store of a folder.

    Args:
        out: the folder.
        site: what is said anew of the site, which the store keeps; None if nothing is.
        progress: told of each file, which of thousands of photos takes seconds.

    Returns:
        The summary, as in ``scan.json``: photos, failed, regions, megapixels, triage (photos of
        each kind), findings (sure ones and those to review), settings, models, site,
        unused_positions (names that are no photo's), failures by name, cascade (what it lost and
        gained, if there was one), and work_seconds, added up over all photos.

    Raises:
        InputError: the folder has no store.
        OutputError: it cannot be written into.
    """
    with Store.open(out, identity=None) if site else Store.read(out) as store:
        if site:
            store.update_site(site)
        outcomes = list(store.photos())
        identity, known, made = store.identity, store.site, store.made
    card, settings = identity.card, identity.settings
    # How large a px of a photo is when the model sees it, at the finest scale.
    scale = max(settings.scales) * card.input_px / card.window_px
    photos = [
        describe_photo(outcome, thresholds=settings.thresholds, site=known, scale=scale)
        for outcome in outcomes
    ]
    summary = _summarise(photos) | {
        **{key: value for key, value in identity.to_dict().items() if key != "card"},
        "site": {key: value for key, value in known.to_dict().items() if key != "positions"},
        "crack_width_mm": known.crack_width_mm,
        "unused_positions": list_unused(known.positions, [photo.name for photo in photos]),
        **made,
    }
    facts = {key: summary[key] for key in ("made_by", "created", "settings", "models", "site")}
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
        progress.step("results", done, len(RESULTS))
    write_json(out / "scan.json", summary)
    write_report(out / "report.html", Scan(photos, identity, known, summary))
    progress.step("results", len(RESULTS), len(RESULTS))
    return summary


def _summarise(photos: Sequence[PhotoFindings]) -> dict[str, Any]:
    outcomes = [photo.outcome for photo in photos]
    done = [one for one in outcomes if not one.error]
    findings = Counter(finding.triage for photo in photos for finding in photo.findings)
    triages = Counter(photo.triage for photo in photos)
    return {
        "photos": len(photos),
        "failed": len(photos) - len(done),
        "regions": sum(findings.values()),
        "megapixels": round(sum(one.size_wh[0] * one.size_wh[1] for one in done) / 1e6, 3),
        "work_seconds": round(sum(one.seconds for one in outcomes), 3),
        "triage": {triage: triages[triage] for triage in TRIAGES},
        "findings": {triage: findings[triage] for triage in ("crack", "review")},
        "cascade": _sum_cascade(done),
        "failures": {one.task.name: one.error for one in outcomes if one.error},
    }


def _sum_cascade(outcomes: list[PhotoResult]) -> dict[str, float | None] | None:
    sums = sum_counts(one.measures for one in outcomes)
    return describe_cascade(sums) if sums else None
