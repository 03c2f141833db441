"""Options that several commands share."""

from __future__ import annotations

import click

split_option = click.option(
    "--split",
    type=click.Choice(("train", "val", "test")),
    help="Only this split of a manifest.  [default: all pictures]",
)
threshold_option = click.option(
    "--threshold",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Score in (0, 1) at or above which it is a crack.  [default: the model's]",
)
mode_option = click.option(
    "--mode",
    default="dense",
    show_default=True,
    type=click.Choice(("dense", "tiles")),
    help="Whole photos: every window at a stride of one cell, or single tiles.",
)
# The defaults of converters.gates.Gates, known without loading numpy; a test compares them.
min_agreement_option = click.option(
    "--min-agreement",
    default=0.99,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="Bar: lowest share of verdicts equal to the parent's, 0 to 1; 0 switches it off.",
)
max_recall_drop_option = click.option(
    "--max-recall-drop",
    default=0.005,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="Bar: largest loss of recall against the parent, 0 to 1; 1 switches it off.",
)
group_regex_option = click.option(
    "--group-regex",
    metavar="REGEX",
    help="Finds the source photo in a picture's path: its first group, or all it matches.  "
    "[default: PHOTO-N in the file name]",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
force_option = click.option("--force", is_flag=True, help="Replace files that exist.")
