"""One page that shows what a scan found, with links to its pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from edge.card import Card
from edge.cascade import describe_in_words
from edge.files import replace_atomically
from edge.outcome import Outcome
from edge.pictures import heat_map_path, overlay_path
from edge.wording import words_of

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222 }
body { margin: 0 auto; max-width: 70rem; padding: 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; overflow-wrap: anywhere; margin-top: 2rem }
table { border-collapse: collapse }
td, th { padding: .2rem .8rem; text-align: right; border-bottom: 1px solid #ddd }
img { max-width: 100%; height: auto } .crack { color: #b00020 } .clear { color: #2e6b2e }
.pictures { display: grid; grid-template-columns: 2fr 1fr; gap: .5rem; align-items: start }
footer { margin-top: 3rem; color: #555; font-size: .85rem; overflow-wrap: anywhere }
@media (max-width: 40rem) { .pictures { grid-template-columns: 1fr } }
"""


def write_report(
    path: Path, outcomes: Sequence[Outcome], card: Card, summary: Mapping[str, Any]
) -> None:
    """Write the page; names come from outside and are escaped.

    Args:
        path: of the page, in the folder of the results.
        outcomes: of all photos.
        card: of the model that decided.
        summary: of the scan.
    """
    by_score = sorted(
        (one for one in outcomes if not one.error),
        key=lambda one: -max((region.score for region in one.regions), default=0),
    )
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8>",
        "<meta name=viewport content='width=device-width, initial-scale=1'>",
        f"<title>crack-edge scan</title><style>{_STYLE}</style>",
        "<h1>Scan for cracks</h1>",
        f"<p>{summary['photos']} photos, {summary['megapixels']:.1f} Mpx: "
        f"<b>{summary['regions']} regions</b> at or above a score of "
        f"{summary['settings']['threshold']:.3f}; {summary['failed']} photos could not be scanned. "
        "Positions are px of the upright photo.</p>",
        _cascade(summary["cascade"]),
        _failures(summary["failures"]),
        *(_photo(one.task.name, one) for one in by_score),
        _footer(card, summary),
    ]
    replace_atomically(path, "\n".join(parts).encode(errors="replace"))


def _cascade(found: Mapping[str, float | None] | None) -> str:
    return f"<p>Cascade: {describe_in_words(found)}.</p>" if found else ""


def _failures(failed: Mapping[str, str]) -> str:
    if not failed:
        return ""
    rows = "".join(f"<li>{escape(reason)}</li>" for reason in failed.values())
    return f"<h2 class=crack>Not scanned</h2><ul>{rows}</ul>"


def _photo(name: str, found: Outcome) -> str:
    overlay, heat = (
        quote(path_of(Path(), name).as_posix(), errors="surrogateescape")
        for path_of in (overlay_path, heat_map_path)
    )
    verdict = (
        f"<span class=crack>{len(found.regions)} regions</span>"
        if found.regions
        else "<span class=clear>no region</span>"
    )
    rows = "".join(
        f"<tr><td>{number}<td>{region.score:.3f}<td>{', '.join(map(str, region.xyxy))}"
        f"<td>{region.area_px}</tr>"
        for number, region in enumerate(found.regions, start=1)
    )
    table = (
        "<table><tr><th>region<th>score<th>left, top, right, bottom (px)<th>area (px²)</tr>"
        f"{rows}</table>"
        if rows
        else ""
    )
    return (
        f"<h2>{escape(name)}: {verdict}</h2><div class=pictures>"
        f"<a href='{overlay}'><img loading=lazy alt='photo with regions' src='{overlay}'></a>"
        f"<a href='{heat}'><img loading=lazy alt='heat map' src='{heat}'></a></div>{table}"
    )


def _footer(card: Card, summary: Mapping[str, Any]) -> str:
    models = "; ".join(f"{one['name']}, sha256 {one['sha256']}" for one in summary["models"])
    facts = {
        "model": f"{card.quantization}: {models}",
        "settings": words_of(summary["settings"]),
        "model's threshold": f"{card.threshold:.4f} ({card.threshold_rule})",
        "notes": "; ".join(card.notes),
    }
    rows = "".join(f"<div>{key}: {escape(str(value))}</div>" for key, value in facts.items())
    return f"<footer>{rows}</footer></html>"
