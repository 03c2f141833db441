"""The page that an inspector reads, filters and signs: what was found, what was not seen.

One file that needs no network. Its own script shows table, pictures and map; what was not inspected
and what can be claimed is read without it.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from itertools import chain
from pathlib import Path

from edge.files.atomic_write import replace_atomically
from edge.files.csp_page import csp_page_of
from edge.files.text_encoding import replace_undecodable
from edge.report.page.embedded_pictures import Room, embed_pictures
from edge.report.page.head_and_foot import command_of, head, settings, signature
from edge.report.page.limits import limits, not_inspected_and_clear, unplaced
from edge.report.page.reported_scan import Scan
from edge.report.page.script_data import collect_data, embed_json
from edge.report.page.site_map import lay_out

_SCRIPTS = ("data.js", "table.js", "dialog.js", "map.js", "main.js")
_NO_SCRIPT = (
    "<noscript><p class=warn>The table, pictures and map need JavaScript, which is off in this "
    "browser. All findings are also in the file regions.csv.</p></noscript>"
)


def write_report(path: Path, scan: Scan, *, room: Room | None = None) -> None:
    """Write the page; names come from outside, and nothing of them becomes code.

    Args:
        path: of the page, in the folder of the results: pictures lie beside it.
        scan: what it reports.
        room: how large the page may become with pictures inside.

    Raises:
        OutputError: it cannot be written.
    """
    parts = [replace_undecodable(part) for part in _render(path.parent, scan)]
    style, script = _read("report.css"), "\n".join(map(_read, _SCRIPTS))
    used = sum(len(part.encode()) for part in (*parts, style, script))
    pictures = embed_pictures(path.parent, scan.photos, used_bytes=used, room=room or Room())
    page = csp_page_of("Crack inspection", chain(parts, pictures), style=style, script=script)
    replace_atomically(path, page.encode())


def _render(folder: Path, scan: Scan) -> Iterable[str]:
    site = lay_out(scan.photos)
    facts = {
        "review_threshold": scan.thresholds.review,
        "crack_threshold": scan.thresholds.crack,
        "crack_width_mm": scan.site.crack_width_mm,
        "command": command_of(scan, "PHOTO"),
    }
    yield "<main>"
    yield from head(scan)
    yield _NO_SCRIPT
    yield from not_inspected_and_clear(scan)
    yield _read("findings.html")
    yield _read("map.html") if site else "<section><h2>Map</h2>"
    yield from unplaced(scan)
    yield "</section>"
    yield from limits(scan)
    yield from signature()
    yield from settings(scan)
    yield "</main>"
    yield _read("dialog.html")
    yield embed_json("data", collect_data(folder, scan.photos, site, facts))


def _read(name: str) -> str:
    return files("edge.report.page").joinpath(name).read_text(encoding="utf-8")
