"""``crack-edge tune``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from crack_edge.shared.command import Command
from crack_edge.shared.console import Console, echo, print_json, print_next
from crack_edge.shared.numbers import WholeNumber
from crack_edge.shared.options import DEFAULT_MODEL, json_option, model_option

if TYPE_CHECKING:
    from edge.tune.plan_search import SearchReport


@click.command("tune", cls=Command)
@model_option
@click.option(
    "--rounds",
    metavar="N",
    hidden=True,
    default=3,
    show_default=True,
    type=WholeNumber(1),
    help="Number of times each setting is measured; use more on a busy machine.",
)
@click.option("--force", is_flag=True, help="Replace the file even if it is not a profile.")
@json_option
def tune_command(model: str, rounds: int, force: bool, as_json: bool) -> None:
    """Measure which settings scan and watch fastest on this machine, and save them.

    The command scans drawn photos with different numbers of threads and of photos in flight, and
    scores camera frames with different numbers of threads; this takes a minute or two. `scan` and
    `live` use the fastest settings from then on. The scores are the same either way. They are saved
    in the file $CRACK_EDGE_PROFILE, or else in profile.json in your settings folder, for each
    model, runtime and machine.

    Example:
        crack-edge tune
    """
    from edge.tune.measure import tune_machine
    from edge.tune.profile import find_key, profile_path, require_profile, save_plan

    path = profile_path()
    key = find_key(model)
    require_profile(path, force=force)
    report = tune_machine(model, cores=key.cores, rounds=rounds, progress=Console())
    save_plan(key, report.plan, report.to_dict(), path=path)
    if as_json:
        print_json(report.to_dict() | {"profile": str(path)})
        return
    for line in format_trials(report):
        echo(line)
    echo(f"fastest: {report.plan}")
    echo(f"profile: {path}")
    own = () if model == DEFAULT_MODEL else ("--model", model)
    print_next("scan", "PHOTOS", *own)


def format_trials(report: SearchReport) -> list[str]:
    """Return a table of what was measured, times as ratios to the fastest of each group."""
    heads = ("threads", "photos", "ratio")
    lines: list[str] = []
    stage = ""
    for trial in report.trials:
        if trial.stage != stage:
            stage = trial.stage
            lines += [f"{stage}:", " ".join(f"{head:>9}" for head in heads)]
        plan = trial.plan
        ratio = "fails" if trial.ratio is None else f"{trial.ratio:.3f}"
        row = (plan.threads, plan.photos, ratio)
        lines.append(" ".join(f"{cell:>9}" for cell in row))
    return lines
