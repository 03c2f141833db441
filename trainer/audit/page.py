"""One offline page of an audit: its figures and the pairs of pictures that a person should see."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edge.evaluation.dataset import Sample
from edge.files.atomic_write import replace_atomically
from edge.files.html_template import render_template
from edge.files.paths import common_folder
from edge.store.thumbnails import make_thumb_jpeg
from trainer.audit.audit_warnings import NOTHING_FOUND
from trainer.audit.result import DatasetAudit
from trainer.audit.sample_pairs import SamplePair

# Pairs of each of the three sections: a page of 60 loads on a phone and is looked through.
SECTION_PAIRS = 20
_SIZES_SHOWN = 10
_UNREADABLE_SHOWN = 50


def write_audit_page(path: Path, audit: DatasetAudit) -> None:
    """Write the page with the pictures in it.

    Raises:
        OutputError: it cannot be written.
    """
    sections = _choose_pairs(audit)
    shown = [
        sample
        for pairs in sections.values()
        for pair in pairs[:SECTION_PAIRS]
        for sample in (pair.first, pair.second)
    ]
    root = common_folder(sample.path for sample in shown)

    def shorten(sample: Sample) -> str:
        return str(sample.path.relative_to(root) if root else sample.path)

    page = render_template(
        "trainer.audit",
        "page.html",
        title="crack-edge audit",
        audit=audit,
        nothing_found=NOTHING_FOUND,
        sections=sections,
        section_pairs=SECTION_PAIRS,
        sizes=_list_sizes(audit),
        unreadable=_list_unreadable(audit),
        root=root,
        shorten=shorten,
        thumbnails={sample.path: make_thumb_jpeg(sample.path) for sample in shown},
    )
    replace_atomically(path, page.encode(errors="replace"))


def _choose_pairs(audit: DatasetAudit) -> dict[str, Sequence[SamplePair]]:
    """Return the pairs of each section by its title, those to be seen first."""
    sections = {"One spot, different labels": audit.conflicts}
    if audit.leaks:
        # Of copies there is nothing to see that their names do not say.
        leaks = sorted(audit.leak_pairs, key=lambda pair: pair.is_copy)
        sections["One spot, different splits"] = leaks
    doubtful = sorted(audit.near, key=lambda pair: pair.correlation)
    return sections | {"Near-duplicates, least certain first": doubtful}


def _list_sizes(audit: DatasetAudit) -> list[tuple[str, int]]:
    rows = [(f"{size.width} x {size.height}", size.pictures) for size in audit.sizes]
    if rest := rows[_SIZES_SHOWN:]:
        rest_of = (f"{len(rest)} other sizes", sum(pictures for _, pictures in rest))
        return [*rows[:_SIZES_SHOWN], rest_of]
    return rows


def _list_unreadable(audit: DatasetAudit) -> list[str]:
    shown = list(audit.unreadable[:_UNREADABLE_SHOWN])
    if rest := len(audit.unreadable) - len(shown):
        shown.append(f"and {rest} more, see audit.json")
    return shown
