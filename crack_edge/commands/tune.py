"""``crack-edge tune``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from crack_edge.shared.command import Command
from crack_edge.shared.console import Console, print_json
from crack_edge.shared.options import json_option, model_option

if TYPE_CHECKING:
    from edge.tune.plan_search import SearchReport


@click.command("tune", cls=Command)
@model_option
@click.option(
    "--rounds",
    hidden=True,
    default=3,
    show_default=True,
    type=click.IntRange(1),
    help="How many times each way is measured; more on a busy machine.",
)
@click.option("--force", is_flag=True, help="Replace a file that is not a profile.")
@json_option
def tune_command(model: str, rounds: int, force: bool, as_json: bool) -> None:
    """Measure how this machine scans and watches fastest, and keep that for scan and live.

    Scans drawn photos with different numbers of threads and photos in flight, and scores frames of
    a camera with different numbers of threads. Scores do not depend on any of it. The
    profile is $CRACK_EDGE_PROFILE, or else profile.json in the user's folder of settings; it holds
    an entry for each model, runtime and machine.
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
        click.echo(line)
    click.echo(f"best: {report.plan}")
    click.echo(f"profile: {path}")


def format_trials(report: SearchReport) -> list[str]:
    """Return a table of what was measured, times as ratios to the best of each group."""
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
