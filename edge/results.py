"""What a scan's store says, in files for people and other programs."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edge.card import parse_card
from edge.cascade import describe_cascade, sum_counts
from edge.errors import OutputError
from edge.files import replace_atomically, write_json
from edge.outcome import Outcome
from edge.pictures import PICTURES
from edge.report import write_report
from edge.store import Store

RESULTS = ("regions.csv", "scan.json", "report.html")

_REGION_COLUMNS = ("photo", "region", "score", "left", "top", "right", "bottom", "area_px")


def write_results(out: Path) -> dict[str, Any]:
    """Make ``regions.csv``, ``scan.json`` and ``report.html`` from the store of a folder.

    Returns:
        The summary, as in ``scan.json``: photos, failed, regions, megapixels, settings, models,
        failures by name, cascade (what it lost and gained, if there was one), and work_seconds,
        added up over all photos.

    Raises:
        InputError: the folder has no store.
        OutputError: it cannot be written into.
    """
    with Store.read(out) as store:
        outcomes = list(store.photos())
        identity = store.identity
    failures = {one.task.name: one.error for one in outcomes if one.error}
    done = [one for one in outcomes if not one.error]
    summary = {
        "photos": len(outcomes),
        "failed": len(failures),
        "regions": sum(len(one.regions) for one in done),
        "megapixels": round(sum(one.size_wh[0] * one.size_wh[1] for one in done) / 1e6, 3),
        "work_seconds": round(sum(one.seconds for one in outcomes), 3),
        "settings": dict(identity.settings),
        "models": list(identity.models),
        "cascade": _sum_cascade(done),
        "failures": failures,
    }
    card = parse_card(json.dumps(dict(identity.card)), where=str(out))
    replace_atomically(out / RESULTS[0], _list_regions(done))
    write_json(out / RESULTS[1], summary)
    write_report(out / RESULTS[2], outcomes, card, summary)
    return summary


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


def _sum_cascade(outcomes: list[Outcome]) -> dict[str, float | None] | None:
    sums = sum_counts(one.measures for one in outcomes)
    return describe_cascade(sums) if sums else None


def _list_regions(outcomes: list[Outcome]) -> bytes:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(_REGION_COLUMNS)
    table.writerows(row for one in outcomes for row in _rows_of(one))
    return text.getvalue().encode("utf-8", "surrogateescape")


def _rows_of(outcome: Outcome) -> Iterator[tuple[str | int, ...]]:
    for number, region in enumerate(outcome.regions, start=1):
        yield outcome.task.name, number, f"{region.score:.4f}", *region.xyxy, region.area_px
