"""``crack-edge audit``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crack_edge.shared.command import Command
from crack_edge.shared.console import Console, print_json, require_extra
from crack_edge.shared.options import force_option, group_regex_option, json_option

if TYPE_CHECKING:
    from trainer.audit.counts import SourceCounts
    from trainer.audit.result import DatasetAudit

_SIZES_SHOWN = 5
_JSON_NAME = "audit.json"
_PAGE_NAME = "audit.html"


@click.command("audit", cls=Command)
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help=f"Folder for {_JSON_NAME} and {_PAGE_NAME}, a page that shows the worst pairs.",
)
@group_regex_option
@force_option
@json_option
def audit_command(
    data: tuple[Path, ...],
    out: Path | None,
    group_regex: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """Check whether the figures of a training on DATA can be believed.

    Counts labels, sizes, unreadable files, copies, near-duplicates and groups, and in a manifest
    with splits also what stands in more than one of them. DATA are folders with class folders, or
    manifests. The data is not changed.
    """
    from edge.files.atomic_write import refuse_to_overwrite, write_json
    from trainer.audit.dataset_audit import audit_dataset
    from trainer.audit.page import write_audit_page

    if out:
        require_extra("train", "jinja2", otherwise="leave --out away")
        refuse_to_overwrite(out, force=force)
    audit = audit_dataset(data, progress=Console(), group_regex=group_regex)
    if out:
        write_json(out / _JSON_NAME, audit.to_dict())
        write_audit_page(out / _PAGE_NAME, audit)
    if as_json:
        print_json(audit.to_dict())
        return
    _print_audit(audit)
    if out:
        click.echo(f"{_JSON_NAME} and {_PAGE_NAME} in {out}")


def _print_audit(audit: DatasetAudit) -> None:
    _print_sources(audit.sources)
    sizes = [f"{size.width}x{size.height}: {size.pictures}" for size in audit.sizes]
    more = f", {len(sizes) - _SIZES_SHOWN} more" if len(sizes) > _SIZES_SHOWN else ""
    exact, near, groups = audit.exact_duplicates, audit.near_duplicates, audit.groups
    rows = {
        "sizes in px": ", ".join(sizes[:_SIZES_SHOWN]) + more,
        "unreadable": str(len(audit.unreadable)),
        "groups": f"{groups.count} (largest {groups.largest}, median {groups.median:g} "
        f"pictures); {groups.without_photo} pictures of unknown photo",
        "exact copies": f"{exact.groups} files more than once, {exact.surplus} surplus, "
        f"{exact.conflicting} under both labels",
        "near-duplicates": f"{near.pairs} pairs, {near.conflicting} with different labels; "
        f"{near.pictures} pictures, at most {near.largest_cluster} of one spot",
    }
    if leaks := audit.leaks:
        rows["in several splits"] = (
            f"{len(leaks.groups)} groups, {len(leaks.copies)} copied files, "
            f"{len(leaks.near)} pairs of near-duplicates"
        )
    for name, row in rows.items():
        click.echo(f"{name + ':':<18} {row}")
    for warning in audit.warnings or ["nothing speaks against the figures of a training"]:
        click.echo(f"- {_printable(warning)}")


def _print_sources(sources: Mapping[str, SourceCounts]) -> None:
    names = {_printable(name): counts for name, counts in sources.items()}
    width = max(map(len, names))
    head = ("crack", "no_crack", "share", "photos", "unknown")
    click.echo(" ".join([" " * width, *(f"{name:>9}" for name in head)]))
    for name, counts in names.items():
        cells = (
            counts.crack,
            counts.no_crack,
            f"{counts.crack_share:.1%}",
            counts.photos,
            counts.without_photo,
        )
        click.echo(" ".join([f"{name:<{width}}", *(f"{cell:>9}" for cell in cells)]))


def _printable(text: str) -> str:
    """Return a text without what no terminal can print: file names need not be UTF-8."""
    return text.encode(errors="replace").decode()
