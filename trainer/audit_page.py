"""One offline page of an audit: its figures and the pairs of pictures that a person should see."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import cv2

from edge.evaluation.dataset import Sample
from edge.files.atomic_write import replace_atomically
from edge.files.errors import PhotoError
from edge.photo.codec import read_photo
from edge.photo.preprocess import resize
from trainer.audit import Audit, Pair

# Pairs of each of the three sections: a page of 60 loads on a phone and is looked through.
SECTION_PAIRS = 20
_THUMB_PX = 200
_JPEG_QUALITY = 80
_SIZES_SHOWN = 10
_UNREADABLE_SHOWN = 50

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fff }
body { margin: 0 auto; max-width: 70rem; padding: 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem }
.wide { overflow-x: auto } table { border-collapse: collapse }
td, th { padding: .2rem .8rem; text-align: right; border-bottom: 1px solid #ddd }
td:first-child, th:first-child { text-align: left; min-width: 8rem; overflow-wrap: anywhere }
@media (max-width: 40rem) { td, th { padding: .2rem .4rem } }
.pairs { display: grid; gap: 1rem }
.pairs { grid-template-columns: repeat(auto-fill, minmax(min(18rem, 100%), 1fr)) }
.pair { border: 1px solid #ddd; border-radius: .4rem; padding: .6rem; margin: 0 }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: .5rem }
.two img { width: 100%; height: auto; display: block; background: #eee }
figcaption, .path { font-size: .8rem; color: #555; overflow-wrap: anywhere }
.crack { color: #b00020 } .no_crack { color: #2e6b2e } li { overflow-wrap: anywhere }
"""


def write_audit_page(path: Path, audit: Audit) -> None:
    """Write the page, pictures in it; names come from outside and are escaped.

    Raises:
        OutputError: it cannot be written.
    """
    facts = audit.facts
    sections = {"One spot, different labels": audit.conflicts}
    if "leaks" in facts:
        # Of copies there is nothing to see that their names do not say.
        leaks = sorted(audit.leaks, key=lambda pair: pair.is_copy)
        sections["One spot, different splits"] = leaks
    doubtful = sorted(audit.near, key=lambda pair: pair.correlation)
    sections["Near-duplicates, the least certain first"] = doubtful
    root = _find_root(sections.values())
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8>",
        "<meta name=viewport content='width=device-width, initial-scale=1'>",
        f"<title>crack-edge audit</title><style>{_STYLE}</style>",
        f"<h1>Audit of {facts['pictures']} pictures</h1>",
        "<h2>What speaks against the figures of a training</h2>",
        _list(facts["findings"] or ["nothing was found"]),
        _tabulate_sources(facts["sources"]),
        _tabulate_counts(facts),
        _tabulate_sizes(facts["sizes"]),
        _list_unreadable(facts["unreadable"]),
        f"<p class=path>Paths count from {escape(str(root))}</p>" if root else "",
        *(_show_pairs(title, pairs, root) for title, pairs in sections.items()),
        "</html>",
    ]
    replace_atomically(path, "\n".join(parts).encode(errors="replace"))


def _list(lines: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def _tabulate(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [f"<tr>{''.join(f'<th>{escape(name)}' for name in head)}</tr>"]
    for row in rows:
        lines.append(f"<tr>{''.join(f'<td>{escape(str(cell))}' for cell in row)}</tr>")
    return f"<div class=wide><table>{''.join(lines)}</table></div>"


def _tabulate_sources(sources: Mapping[str, Mapping[str, Any]]) -> str:
    head = ("source", "crack", "no_crack", "crack share", "photos", "of unknown photo")
    rows = [
        (
            name,
            counts["crack"],
            counts["no_crack"],
            f"{counts['crack_share']:.1%}",
            counts["photos"],
            counts["without_photo"],
        )
        for name, counts in sources.items()
    ]
    return "<h2>Sources</h2>" + _tabulate(head, rows)


def _tabulate_counts(facts: Mapping[str, Any]) -> str:
    exact, near, groups = facts["exact_duplicates"], facts["near_duplicates"], facts["groups"]
    rows: list[tuple[str, Any]] = [
        ("files stored more than once", exact["groups"]),
        ("surplus copies", exact["surplus"]),
        ("files under both labels", exact["conflicting"]),
        ("pairs of near-duplicates", near["pairs"]),
        ("pairs with different labels", near["conflicting"]),
        ("spots shown by several pictures", near["clusters"]),
        ("most pictures of one spot", near["largest_cluster"]),
        ("groups", groups["count"]),
        (
            "pictures of the largest, of the median group",
            f"{groups['largest']}, {groups['median']:g}",
        ),
    ]
    if leaks := facts.get("leaks"):
        rows += [
            ("groups in several splits", leaks["groups"]),
            ("copies in several splits", leaks["copies"]),
            ("near-duplicates in several splits", leaks["near_pairs"]),
        ]
    return "<h2>Copies, look-alikes, groups</h2>" + _tabulate(("what", "count"), rows)


def _tabulate_sizes(sizes: Sequence[Mapping[str, int]]) -> str:
    rows: list[tuple[str, int]] = [
        (f"{size['width']} x {size['height']}", size["pictures"]) for size in sizes[:_SIZES_SHOWN]
    ]
    if rest := sizes[_SIZES_SHOWN:]:
        rows.append((f"{len(rest)} other sizes", sum(size["pictures"] for size in rest)))
    return "<h2>Sizes in px</h2>" + _tabulate(("width x height", "pictures"), rows)


def _list_unreadable(lines: Sequence[str]) -> str:
    if not lines:
        return ""
    shown = list(lines[:_UNREADABLE_SHOWN])
    if len(lines) > len(shown):
        shown.append(f"and {len(lines) - len(shown)} more, see audit.json")
    return f"<h2>{len(lines)} files that cannot be read</h2>{_list(shown)}"


def _find_root(sections: Iterable[Sequence[Pair]]) -> Path | None:
    """Return the folder that all pictures shown lie in, so that their paths can be short."""
    shown = [pair for pairs in sections for pair in pairs[:SECTION_PAIRS]]
    folders = {sample.path.parent for pair in shown for sample in (pair.first, pair.second)}
    same_drive = len({folder.anchor for folder in folders}) == 1
    return Path(os.path.commonpath(folders)) if same_drive else None


def _show_pairs(title: str, pairs: Sequence[Pair], root: Path | None) -> str:
    shown = pairs[:SECTION_PAIRS]
    count = str(len(pairs)) if len(shown) == len(pairs) else f"{len(shown)} of {len(pairs)}"
    figures = "".join(_show_pair(pair, root) for pair in shown)
    return f"<h2>{title}: {count}</h2><div class=pairs>{figures}</div>"


def _show_pair(pair: Pair, root: Path | None) -> str:
    what = "exact copy" if pair.is_copy else f"correlation {pair.correlation:.2f}"
    both = _show_sample(pair.first, root) + _show_sample(pair.second, root)
    return f"<figure class=pair><div class=two>{both}</div><figcaption>{what}</figcaption></figure>"


def _show_sample(sample: Sample, root: Path | None) -> str:
    path = sample.path.relative_to(root) if root else sample.path
    split = f", {escape(sample.split)}" if sample.split else ""
    return (
        f"<div>{_embed(sample.path)}<b class={sample.label}>{sample.label}</b>{split}"
        f"<div class=path>{escape(str(path))}</div></div>"
    )


def _embed(path: Path) -> str:
    """Return an img element that holds a thumbnail of the picture."""
    try:
        photo = read_photo(path)
    except PhotoError:  # gone since the audit read it
        return "<p>cannot be read any more</p>"
    height, width = photo.shape[:2]
    scale = min(1.0, _THUMB_PX / max(height, width))
    small = resize(photo, (max(1, round(width * scale)), max(1, round(height * scale))))
    bgr = cv2.cvtColor(small, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    source = base64.b64encode(data.tobytes()).decode()
    return (
        f"<img alt='' width={small.shape[1]} height={small.shape[0]} "
        f"src='data:image/jpeg;base64,{source}'>"
    )
