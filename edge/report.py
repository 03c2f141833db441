"""One page that shows what a scan found, with links to its pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from edge.card import Card
from edge.files import replace_atomically
from edge.regions import Region

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


@dataclass(frozen=True)
class Inspected:
    """A scanned photo: width and height upright in px, and its regions, the surest first."""

    size_wh: tuple[int, int]
    regions: list[Region]


@dataclass
class ScanReport:
    """What a scan has gathered so far, by the photos' names."""

    card: Card
    settings: Mapping[str, Any]
    photos: dict[str, Inspected] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def write_report(path: Path, report: ScanReport, summary: Mapping[str, Any]) -> None:
    """Write the page; names come from outside and are escaped."""
    by_score = sorted(
        report.photos.items(), key=lambda item: -max((r.score for r in item[1].regions), default=0)
    )
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8>",
        "<meta name=viewport content='width=device-width, initial-scale=1'>",
        f"<title>crack-edge scan</title><style>{_STYLE}</style>",
        "<h1>Scan for cracks</h1>",
        f"<p>{summary['photos']} photos, {summary['megapixels']:.1f} Mpx: "
        f"<b>{summary['regions']} regions</b> at or above a score of "
        f"{report.settings['threshold']:.3f}; {summary['failed']} photos could not be read. "
        "Positions are px of the upright photo.</p>",
        _failures(report.failed),
        *(_photo(name, found) for name, found in by_score),
        _footer(report),
    ]
    replace_atomically(path, "\n".join(parts).encode(errors="replace"))


def _failures(failed: Mapping[str, str]) -> str:
    if not failed:
        return ""
    rows = "".join(f"<li>{escape(reason)}</li>" for reason in failed.values())
    return f"<h2 class=crack>Not inspected</h2><ul>{rows}</ul>"


def _photo(name: str, found: Inspected) -> str:
    link = quote(name, errors="surrogateescape")
    overlay, heat = f"overlays/{link}.jpg", f"heatmaps/{link}.png"
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


def _footer(report: ScanReport) -> str:
    card = report.card
    facts = {
        "model": f"{card.name} ({card.quantization}), sha256 {card.model_sha256}",
        "settings": ", ".join(f"{key} {value}" for key, value in report.settings.items()),
        "model's threshold": f"{card.threshold:.4f} ({card.threshold_rule})",
        "notes": "; ".join(card.notes),
    }
    rows = "".join(f"<div>{key}: {escape(str(value))}</div>" for key, value in facts.items())
    return f"<footer>{rows}</footer></html>"
