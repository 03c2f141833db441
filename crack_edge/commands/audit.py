"""``crack-edge audit``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crack_edge.shared.command import Command
from crack_edge.shared.console import Console, echo, print_json, print_next, require_extra
from crack_edge.shared.options import force_option, group_regex_option, json_option, out_option

if TYPE_CHECKING:
    from trainer.audit.counts import SourceCounts
    from trainer.audit.result import DatasetAudit

_SIZES_SHOWN = 5
_JSON_NAME = "audit.json"
_PAGE_NAME = "audit.html"


@click.command("audit", cls=Command)
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
@out_option(
    f"Folder for {_JSON_NAME} and {_PAGE_NAME}, a page that shows the pairs of pictures to check.  "
    "[default: nothing is written]",
    required=False,
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
    """Check labelled pictures before you train on them.

    A model does well on pictures that it has seen. If copies of training pictures, or other
    pictures of the same photos, are in the test split, the test figures are better than the model
    will be on a new structure. Such leaks are common in crack data sets, which are cut from few
    photos.

    audit finds exact copies, near-duplicates (one spot taken twice, also turned, relit or
    shifted), pictures with contradictory labels, labels or sources out of balance and unreadable
    files. In a manifest with splits it also finds what is in more than one of them. It says
    what each finding means for your figures and what to do. The data is not changed.

    DATA are folders with one folder of pictures for each label, such as DATA/crack and
    DATA/no_crack, or manifests (CSV files with the columns path, label, group, split).

    Example:
        crack-edge audit labelled --out audit
    """
    from edge.files.atomic_write import refuse_to_overwrite, require_writable, write_json
    from trainer.audit.dataset_audit import audit_dataset
    from trainer.audit.page import write_audit_page

    if out:
        require_extra("train", "jinja2", otherwise="leave --out out: the findings are printed")
        refuse_to_overwrite(out, force=force)
        require_writable(out)
    audit = audit_dataset(data, progress=Console(), group_regex=group_regex)
    if out:
        write_json(out / _JSON_NAME, audit.to_dict())
        write_audit_page(out / _PAGE_NAME, audit)
    if as_json:
        print_json(audit.to_dict())
        return
    _print_audit(audit)
    if out:
        names = f"{_JSON_NAME} and {_PAGE_NAME}, which shows the pairs to check"
        echo(f"\n{out}: {names}")
    expression = ("--group-regex", group_regex) if group_regex else ()
    print_next("train", *data, *expression, "-o", Path("runs") / _name_run(data[0]))


def _name_run(data: Path) -> str:
    """Return a name for a training: that of the folder, also of ``..``, or of the manifest."""
    from edge.files.paths import find_name_problem

    name = data.resolve().name if data.is_dir() else data.stem
    return "first" if find_name_problem(name) else name


def _print_audit(audit: DatasetAudit) -> None:
    from edge.files.formatting import count_of
    from trainer.audit.audit_warnings import NOTHING_FOUND

    _print_sources(audit.sources)
    sizes = [f"{size.width}x{size.height}: {size.pictures}" for size in audit.sizes]
    more = f", {len(sizes) - _SIZES_SHOWN} more" if len(sizes) > _SIZES_SHOWN else ""
    exact, near, groups = audit.exact_duplicates, audit.near_duplicates, audit.groups
    rows = {
        "sizes in px": ", ".join(sizes[:_SIZES_SHOWN]) + more,
        "unreadable": count_of(len(audit.unreadable), "file"),
        "groups": f"{groups.count:,} photos or groups (largest {groups.largest:,}, median "
        f"{groups.median:g} pictures); {groups.without_photo:,} pictures of unknown photo",
        "exact copies": f"{exact.groups:,} files stored more than once, {exact.surplus:,} surplus "
        f"copies, {exact.conflicting:,} under both labels",
        "near-duplicates": f"{near.pairs:,} pairs, {near.conflicting:,} with different labels; "
        f"{near.pictures:,} pictures, at most {near.largest_cluster:,} of one spot",
    }
    if leaks := audit.leaks:
        rows["leaks"] = (
            f"in more than one split: {count_of(len(leaks.groups), 'group')}, "
            f"{count_of(len(leaks.copies), 'copied file')}, "
            f"{count_of(len(leaks.near), 'pair')} of near-duplicates"
        )
    echo()
    for name, row in rows.items():
        echo(f"{name + ':':<16} {row}")
    echo()
    for warning in audit.warnings or [NOTHING_FOUND]:
        echo(f"- {warning}")


def _print_sources(sources: Mapping[str, SourceCounts]) -> None:
    from edge.files.text_encoding import show_plainly

    names = {show_plainly(name): counts for name, counts in sources.items()}
    width = max(map(len, names))
    head = ("crack", "no_crack", "share", "photos", "unknown")
    echo(" ".join([" " * width, *(f"{name:>9}" for name in head)]))
    for name, counts in names.items():
        cells = (
            counts.crack,
            counts.no_crack,
            f"{counts.crack_share:.1%}",
            counts.photos,
            counts.without_photo,
        )
        echo(" ".join([f"{name:<{width}}", *(f"{cell:>9}" for cell in cells)]))
