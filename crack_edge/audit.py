"""``crack-edge audit``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from crack_edge.console import Console, print_json
from crack_edge.options import force_option, group_regex_option, json_option

_SIZES_SHOWN = 5
_JSON_NAME = "audit.json"
_PAGE_NAME = "audit.html"


@click.command("audit")
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
    """Say whether the figures of a training on DATA can be believed.

    Counts labels, sizes, unreadable files, copies, near-duplicates and groups; in a manifest with
    splits also what stands on both sides of them. DATA are folders with class folders or
    manifests. Nothing is changed.
    """
    from edge.files.atomic_write import refuse_to_overwrite, write_json
    from trainer.audit import audit
    from trainer.audit_page import write_audit_page

    if out:
        refuse_to_overwrite(out, force=force)
    found = audit(data, progress=Console(), group_regex=group_regex)
    if out:
        write_json(out / _JSON_NAME, found.facts)
        write_audit_page(out / _PAGE_NAME, found)
    if as_json:
        print_json(found.facts)
        return
    _print_facts(found.facts)
    if out:
        click.echo(f"{_JSON_NAME} and {_PAGE_NAME} in {out}")


def _print_facts(facts: Mapping[str, Any]) -> None:
    _print_sources(facts["sources"])
    sizes = [f"{s['width']}x{s['height']}: {s['pictures']}" for s in facts["sizes"]]
    more = f", {len(sizes) - _SIZES_SHOWN} more" if len(sizes) > _SIZES_SHOWN else ""
    exact, near, groups = facts["exact_duplicates"], facts["near_duplicates"], facts["groups"]
    rows = {
        "sizes in px": ", ".join(sizes[:_SIZES_SHOWN]) + more,
        "unreadable": str(len(facts["unreadable"])),
        "groups": f"{groups['count']} (largest {groups['largest']}, median {groups['median']:g} "
        f"pictures); {groups['without_photo']} pictures of unknown photo",
        "exact copies": f"{exact['groups']} files more than once, {exact['surplus']} surplus, "
        f"{exact['conflicting']} under both labels",
        "near-duplicates": f"{near['pairs']} pairs, {near['conflicting']} with different labels; "
        f"{near['pictures']} pictures, at most {near['largest_cluster']} of one spot",
    }
    if leaks := facts.get("leaks"):
        rows["in several splits"] = (
            f"{leaks['groups']} groups, {leaks['copies']} copied files, "
            f"{leaks['near_pairs']} pairs of near-duplicates"
        )
    for name, row in rows.items():
        click.echo(f"{name + ':':<18} {row}")
    for finding in facts["findings"] or ["nothing speaks against the figures of a training"]:
        click.echo(f"- {_printable(finding)}")


def _print_sources(sources: Mapping[str, Mapping[str, Any]]) -> None:
    names = {_printable(name): counts for name, counts in sources.items()}
    width = max(map(len, names))
    head = ("crack", "no_crack", "share", "photos", "unknown")
    click.echo(" ".join([" " * width, *(f"{name:>9}" for name in head)]))
    for name, counts in names.items():
        cells = (
            counts["crack"],
            counts["no_crack"],
            f"{counts['crack_share']:.1%}",
            counts["photos"],
            counts["without_photo"],
        )
        click.echo(" ".join([f"{name:<{width}}", *(f"{cell:>9}" for cell in cells)]))


def _printable(text: str) -> str:
    """Return a text without what no terminal can print: file names need not be UTF-8."""
    return text.encode(errors="replace").decode()
