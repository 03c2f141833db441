"""``crack-edge import-review``."""

from __future__ import annotations

from pathlib import Path

import click

from crack_edge.shared.command import Command
from crack_edge.shared.console import echo, print_json, print_next
from crack_edge.shared.options import force_option, json_option
from edge.files.errors import InputError
from edge.files.formatting import count_of

# Keys of the summary, and what they mean.
_LEFT_OUT = {
    "unsure": "unsure",
    "unlabelled": "without a label",
    "gone": "whose file is missing",
    "unknown": "of another review",
}


@click.command("import-review", cls=Command)
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
@click.argument("export", metavar="EXPORT.json", type=click.Path(path_type=Path))
@force_option
@json_option
def import_review_command(folder: Path, export: Path, force: bool, as_json: bool) -> None:
    """Turn labels from Label Studio into data to train on.

    FOLDER was made by `export-review`; EXPORT.json is what Label Studio exported, as JSON. The
    labels are written to manifest.csv in FOLDER. You don't need this command if you sorted the
    tiles into crack and no_crack yourself.

    Example:
        crack-edge import-review photos-review project-1.json
    """
    from edge.review.label_import import import_labels

    _require_review(folder)
    if not export.is_file():
        raise InputError(f"{export}: no such file; expected the JSON export of Label Studio")
    summary = import_labels(folder, export, force=force)
    if as_json:
        print_json(summary)
        return
    labels = ", ".join(f"{count} {label}" for label, count in summary["labels"].items())
    echo(f"labelled: {count_of(summary['tiles'], 'tile')}: {labels}")
    rest = [f"{summary[key]} {words}" for key, words in _LEFT_OUT.items() if summary[key]]
    if rest:
        echo(f"left out: {', '.join(rest)}")
    echo(f"manifest: {folder / 'manifest.csv'}")
    print_next("train", "DATA", folder / "manifest.csv", "--out", "FOLDER")


def _require_review(folder: Path) -> None:
    if (folder / "review.csv").is_file():
        return
    found = "holds no tiles to label" if folder.is_dir() else "no such folder"
    raise InputError(f"{folder}: {found}; expected a folder that crack-edge export-review has made")
