"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from converters.choices import MAX_RECALL_DROP, MIN_AGREEMENT
from crack_edge.shared.completion import complete_model
from crack_edge.shared.numbers import Number

if TYPE_CHECKING:
    from edge.geo.site import SiteUpdate

DEFAULT_MODEL = "default"
model_option = click.option(
    "--model",
    metavar="MODEL",
    default=DEFAULT_MODEL,
    show_default=True,
    shell_complete=complete_model,
    help="Model file, or the name of a shipped model.",
)
split_option = click.option(
    "--split",
    type=click.Choice(("train", "val", "test")),
    help="Use only this split of a manifest.  [default: all pictures]",
)
threshold_option = click.option(
    "--threshold",
    metavar="SCORE",
    type=Number(0, 1, min_open=True, max_open=True),
    help="Score, between 0 and 1, at or above which a tile is a crack; on whole photos, a place to "
    "review.  [default: the model's]",
)
crack_threshold_option = click.option(
    "--crack-threshold",
    metavar="SCORE",
    type=Number(0, 1, min_open=True, max_open=True),
    help="Score, between 0 and 1, at or above which a crack on a whole photo is sure. Findings "
    "between the two thresholds are for review.  [default: 0.9, or --threshold if that is higher]",
)


view_option = click.option(
    "--view",
    default="dense",
    show_default=True,
    type=click.Choice(("dense", "tile")),
    help="How whole photos are scored: dense scores every window at a stride of one cell, tile "
    "scores windows side by side.",
)
scale_option = click.option(
    "--scale",
    metavar="FACTOR",
    multiple=True,
    default=(1.0,),
    show_default=False,
    type=Number(0.05, 8),
    help="Resize whole photos by this factor before they are scored, so that cracks are as wide as "
    "those the model was trained on. Repeat it to scan at several scales.  [default: 1]",
)


def hidden(option: Callable[..., Any]) -> Callable[..., Any]:
    """Keep options out of a command's help; they work all the same."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        known = len(getattr(command, "__click_params__", ()))
        command = option(command)
        for parameter in command.__click_params__[known:]:  # type: ignore[attr-defined]
            parameter.hidden = True
        return command

    return add


_CASCADE = (
    click.option(
        "--cascade",
        metavar="MODEL",
        shell_complete=complete_model,
        help="Faster model that scores every photo first; --model then scores only the parts where "
        "it is not sure. The summary says how many cracks that misses.",
    ),
    click.option(
        "--unsure-from",
        metavar="SCORE",
        hidden=True,
        type=Number(0, 1, max_open=True),
        help="Score of the faster model, from 0 to 1, at or above which --model scores too.  "
        "[default: half the threshold]",
    ),
)


def cascade_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a cascade to a command."""
    for option in reversed(_CASCADE):
        command = option(command)
    return command


def check_cascade(view: str, cascade: str | None, unsure_from: float | None) -> None:
    """Refuse options of a cascade that do not go together."""
    if cascade and view == "tile":
        raise click.UsageError("--cascade is for --view dense")
    if unsure_from is not None and not cascade:
        raise click.UsageError("--unsure-from is for --cascade")


# What takes back what an earlier command said of the site.
_NONE = "none"


class _SiteFact(click.ParamType):  # type: ignore[type-arg]
    """A length within the bounds of a column of positions; 0 stands for ``none``."""

    name = "length"

    def __init__(self, column: str, unit: str) -> None:
        self._column = column
        self._unit = unit

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """Turn a figure into a length, and ``none`` into 0."""
        from edge.geo.positions import BOUNDS

        if value == _NONE:
            return 0.0
        least, most = BOUNDS[self._column]
        try:
            length = float(value)
        except ValueError:
            length = float("nan")
        if not least <= length <= most:
            self.fail(
                f"{value!r}: expected a length from {least:,g} to {most:,g} {self._unit}, or none "
                "to take back an earlier one",
                param,
                ctx,
            )
        return length


def _require_name(_: click.Context, __: click.Parameter, value: str | None) -> Path | None:
    if value == "":
        raise click.BadParameter("the name is empty; expected a CSV file, or none")
    return None if value is None else Path(value)


_SITE = (
    click.option(
        "--gsd",
        metavar="MM",
        type=_SiteFact("gsd_mm", "mm"),
        help="Ground sample distance of all photos: how many mm of the surface one px shows. "
        "`none` takes an earlier one back.",
    ),
    click.option(
        "--distance",
        metavar="M",
        type=_SiteFact("distance_m", "m"),
        help="Distance from the camera to the surface, in m, of all photos. `none` takes an "
        "earlier one back.",
    ),
    click.option(
        "--crack-width",
        metavar="MM",
        type=Number(0, min_open=True),
        help="Width of the finest crack that must not be missed, in mm; photos too coarse to show "
        "it are marked.  [default: 0.3]",
    ),
    click.option(
        "--positions",
        metavar="FILE",
        type=click.Path(path_type=str),
        callback=_require_name,
        help="CSV file of what you know of single photos, which overrides all else, with the "
        "column photo and any of latitude, longitude, altitude_m, height_m, yaw_deg, pitch_deg, "
        "roll_deg, distance_m and gsd_mm. `none` takes earlier ones back.",
    ),
)


def make_site_update(
    gsd: float | None, distance: float | None, crack_width: float | None, positions: Path | None
) -> SiteUpdate:
    """Return what the options of a site say; a length of 0 and the file ``none`` take back.

    Raises:
        DataError: the file of positions cannot be read.
    """
    from edge.geo.positions import read_positions
    from edge.geo.site import SiteUpdate, TakenBack

    known = None
    if positions is not None:
        known = {} if positions == Path(_NONE) else read_positions(positions)
    return SiteUpdate(
        TakenBack.TAKEN_BACK if gsd == 0 else gsd,
        TakenBack.TAKEN_BACK if distance == 0 else distance,
        crack_width,
        known,
    )


def site_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what a user can say about a site to a command."""
    for option in reversed(_SITE):
        command = option(command)
    return command


min_agreement_option = click.option(
    "--min-agreement",
    default=MIN_AGREEMENT,
    show_default=True,
    type=Number(0, 1),
    help="Gate: the lowest share of verdicts, from 0 to 1, that must be the same as the parent's; "
    "0 switches it off.",
)
max_recall_drop_option = click.option(
    "--max-recall-drop",
    default=MAX_RECALL_DROP,
    show_default=True,
    type=Number(0, 1),
    help="Gate: the largest loss of recall, from 0 to 1, compared with the parent; 1 switches it "
    "off.",
)
group_regex_option = click.option(
    "--group-regex",
    metavar="REGEX",
    help="Regular expression that finds the source photo in a picture's path: its first group, or "
    "else the whole match.  [default: PHOTO in file names such as PHOTO-N.jpg]",
)


def out_option(help: str, *, required: bool = True, **more: Any) -> Callable[..., Any]:
    """Return ``-o/--out``: where a command writes.

    Args:
        help: what is written there.
        required: whether the command needs it.
        more: what click takes, such as ``metavar="FILE"``.
    """
    more.setdefault("type", click.Path(path_type=Path))
    return click.option("-o", "--out", required=required, help=help, **more)


json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
force_option = click.option("--force", is_flag=True, help="Replace what exists already.")
