"""``crack-edge train``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crack_edge.shared.command import Command
from crack_edge.shared.console import (
    STOPPED,
    Console,
    echo,
    load_keras,
    print_figures,
    print_json,
    print_next,
)
from crack_edge.shared.extras import require_training
from crack_edge.shared.numbers import Number, WholeNumber
from crack_edge.shared.options import force_option, group_regex_option, json_option, out_option

if TYPE_CHECKING:
    from trainer.report.facts import ReportFacts

_EXTRA = "train"
_HOW_TO_RESUME = "Repeat the command with --resume to continue."


@click.command("train", cls=Command)
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
@out_option("Folder for the model, its report and its model card.")
@click.option(
    "--recipe",
    default="two-stage",
    show_default=True,
    type=click.Choice(("two-stage", "frozen", "last-layers", "augmented", "scratch")),
    help="Which layers are trained, and how. docs/train.md has a table of the recipes.",
)
@click.option(
    "--weights",
    metavar="WEIGHTS",
    help="Weights to start from: imagenet (downloaded once), none (random), the .weights.h5 file "
    "of a MobileNetV2 backbone, or the .keras file of an earlier training, which is only "
    "fine-tuned.  [default: imagenet; none for scratch]",
)
@click.option(
    "--alpha",
    type=float,
    help="Width of MobileNetV2: 0.35, 0.5, 0.75, 1.0, 1.3 or 1.4. Smaller is faster and less "
    "accurate.  [default: 1.0, or that of the .keras file]",
)
@click.option(
    "--input-px",
    type=int,
    help="Side of the model's input in px, a multiple of 32.  [default: 224, or that of the .keras "
    "file]",
)
@click.option(
    "--window-px",
    hidden=True,
    type=WholeNumber(32, 4096),
    help="Side in px of the piece of a photo that one tile covers.  "
    "[default: the median side of the pictures]",
)
@click.option(
    "--epochs",
    type=WholeNumber(1),
    help="Number of epochs of the first stage. For a .keras file that is fine-tuning.  "
    "[default: 10; 20 for frozen and scratch; 5 for a .keras file]",
)
@click.option(
    "--finetune-epochs",
    hidden=True,
    type=WholeNumber(0),
    help="Number of epochs that train the upper part of the backbone, after the head.  "
    "[default: 5 for two-stage]",
)
@click.option(
    "--context-epochs",
    hidden=True,
    type=WholeNumber(0),
    help="Number of epochs that show tiles within mirrored surroundings, for the dense view.  "
    "[default: 1 for two-stage]",
)
@click.option(
    "--learning-rate",
    metavar="RATE",
    type=Number(0, 0.1, min_open=True),
    help="Highest learning rate of the first stage. The rates of later stages are scaled with it.  "
    "[default: 0.001; 0.0001 for last-layers; 0.0003 for a .keras file; 0.002 for --weights none]",
)
@click.option(
    "--patience",
    hidden=True,
    type=WholeNumber(1),
    help="Number of epochs without a lower loss on the val split after which a stage stops.  "
    "[default: the recipe's]",
)
@click.option(
    "--split-by",
    "split",
    default="group",
    show_default=True,
    type=click.Choice(("group", "random", "batches")),
    help="What stays in one split: all pictures of a photo (group), nothing (random), or batches "
    "of pictures in random order. Most published figures come from random splits, which make a "
    "model look better than it is on new photos.",
)
@group_regex_option
@click.option(
    "--teacher",
    hidden=True,
    type=click.Path(path_type=Path),
    help="Folder or .keras file of the training of a larger model to learn from (distillation).",
)
@click.option(
    "--cache",
    hidden=True,
    type=click.Path(path_type=Path),
    help="Folder where decoded pictures are kept for the next training.  [default: memory, if they "
    "fit]",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Continue a stopped training: repeat the command that started it and add --resume. It "
    "continues after the last finished epoch; only the short first stage of two-stage starts over.",
)
@click.option(
    "--batch-size",
    hidden=True,
    default=32,
    show_default=True,
    type=WholeNumber(1),
    help="Number of pictures in a batch.",
)
@click.option(
    "--seed",
    default=0,
    show_default=True,
    type=WholeNumber(0),
    help="Seed of every random choice. The same seed gives the same splits and batches.",
)
@click.option("--name", help="Name of the model.  [default: the name of the folder]")
@click.option(
    "--note",
    "notes",
    metavar="TEXT",
    multiple=True,
    help="Licence or attribution of the data, which the model keeps. Can be given several times.",
)
@force_option
@json_option
def train_command(
    data: tuple[Path, ...],
    out: Path,
    recipe: str,
    name: str | None,
    notes: tuple[str, ...],
    group_regex: str | None,
    teacher: Path | None,
    cache: Path | None,
    resume: bool,
    force: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Train a crack classifier (MobileNetV2) on your labelled pictures.

    DATA are folders with one folder of pictures for each label, such as DATA/crack and
    DATA/no_crack, at any depth; names such as cracked, positive, non-cracked, uncracked and
    negative work too. A manifest (a CSV file with the columns path, label, group, split) can
    be given instead.

    The pictures are divided into train, val and test, so that the final figures come from
    pictures that took no part in the training. All pictures of a photo stay in one split: pictures
    named PHOTO-N.jpg belong to one photo, and where the photos are not known, pictures that look
    alike stay together.

    Ctrl-C stops the training early and keeps the model trained so far; --resume continues it.

    Example:
        crack-edge train labelled --out runs/bridges
    """
    require_training()
    from trainer.fit.recipes import settings_for
    from trainer.plan import TrainOptions, plan_training

    options = TrainOptions(
        name=name,
        notes=notes,
        group_regex=group_regex,
        cache=cache,
        teacher=teacher,
        resume=resume,
        force=force,
    )
    console = Console()
    settings = settings_for(recipe, **given)
    plan = plan_training(data, out, settings=settings, progress=console, options=options)
    console.say("loading Keras")
    load_keras(_EXTRA)
    from trainer.fit.checkpoint import CHECKPOINT_NAME, holds_state
    from trainer.train import run_training

    try:
        report = run_training(plan, console)
    except KeyboardInterrupt:
        console.say(
            _HOW_TO_RESUME
            if holds_state(out / CHECKPOINT_NAME)
            else "No epoch was finished, so nothing was kept; run the command again to start over."
        )
        raise
    if as_json:
        print_json(report.to_dict())
    else:
        _print_report(report, out)
    if report.interrupted:
        raise click.exceptions.Exit(STOPPED)


def _print_report(report: ReportFacts, out: Path) -> None:
    from trainer.report.outcome import describe_outcome

    sources = report.figures["per_source"]
    print_figures({"test split": dict(report.figures), **(sources if len(sources) > 1 else {})})
    for line in describe_outcome(report):
        echo(f"\n{line}")
    if report.interrupted:
        echo(f"\nThe training was stopped early. {_HOW_TO_RESUME}")
    echo(f"\n{out}: model.keras, model-card.md and report.html, which shows the mistakes")
    print_next("convert", out, "-o", "models")
