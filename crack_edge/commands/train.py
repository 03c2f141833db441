"""``crack-edge train``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crack_edge.shared.command import Command
from crack_edge.shared.console import STOPPED, Console, load_keras, print_figures, print_json
from crack_edge.shared.options import force_option, group_regex_option, json_option

if TYPE_CHECKING:
    from trainer.report.facts import ReportFacts


@click.command("train", cls=Command)
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Folder for the results."
)
@click.option(
    "--recipe",
    default="two-stage",
    show_default=True,
    type=click.Choice(("two-stage", "frozen", "last-layers", "augmented", "scratch")),
    help="Which layers are trained and how; the README has a table of the recipes.",
)
@click.option(
    "--weights",
    help="Weights to start from: imagenet (downloaded), none, a .weights.h5 file of the backbone "
    "or the .keras file of an earlier training.  [default: imagenet; none for scratch]",
)
@click.option(
    "--alpha",
    default=1.0,
    show_default=True,
    help="Width of MobileNetV2: 0.35, 0.5, 0.75, 1.0, 1.3 or 1.4.",
)
@click.option(
    "--input-px",
    default=224,
    show_default=True,
    help="Side of the model's input in px, a multiple of 32.",
)
@click.option(
    "--window-px",
    hidden=True,
    type=click.IntRange(32, 4096),
    help="Side in px of the piece of a photo that one tile covers.  "
    "[default: the median side of the pictures]",
)
@click.option(
    "--epochs",
    type=click.IntRange(1),
    help="Number of epochs of the first stage.  [default: the recipe's]",
)
@click.option(
    "--finetune-epochs",
    hidden=True,
    type=click.IntRange(0),
    help="Number of epochs that train the upper part of the backbone, after the head.  "
    "[default: 5 for two-stage]",
)
@click.option(
    "--context-epochs",
    hidden=True,
    type=click.IntRange(0),
    help="Number of epochs that show tiles within mirrored surroundings, for the dense view.  "
    "[default: 1 for two-stage]",
)
@click.option(
    "--patience",
    hidden=True,
    type=click.IntRange(1),
    help="Number of epochs without a lower loss on the val split after which a stage stops.  "
    "[default: the recipe's]",
)
@click.option(
    "--split-by",
    "split",
    default="group",
    show_default=True,
    type=click.Choice(("group", "random", "batches")),
    help="What stays in one split: the pictures of a source photo (group), nothing (random) or "
    "random batches. Most published figures were made at random and are too good.",
)
@group_regex_option
@click.option(
    "--teacher",
    hidden=True,
    type=click.Path(path_type=Path),
    help="Learn from a larger model too (distillation): the folder or .keras file of its training.",
)
@click.option(
    "--cache",
    hidden=True,
    type=click.Path(path_type=Path),
    help="Folder where decoded tiles are kept for the next training.  [default: memory, if they "
    "fit]",
)
@click.option(
    "--resume", is_flag=True, help="Continue a stopped training after its last finished epoch."
)
@click.option(
    "--batch-size",
    hidden=True,
    default=32,
    show_default=True,
    type=click.IntRange(1),
    help="Number of pictures in a batch.",
)
@click.option(
    "--seed",
    default=0,
    show_default=True,
    type=click.IntRange(0),
    help="Seed of every random choice; the same seed gives the same splits and batches.",
)
@click.option("--name", help="Name of the model.  [default: the name of the folder]")
@click.option(
    "--note",
    "notes",
    multiple=True,
    help="Licence or attribution of the data, kept in the model's card; repeatable.",
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
    """Fine-tune MobileNetV2 on labelled pictures and measure it on photos kept back.

    DATA are folders with class folders at any depth (crack, cracked, positive / no_crack,
    non-cracked, uncracked, negative) or manifests (path,label,group,split). Pictures named
    PHOTO-N.jpg come from one photo, which is never split; pictures of unknown photos are clustered
    by appearance, and the clusters are never split. Ctrl-C ends the training early and leaves a
    usable model; --resume continues a training that was killed.
    """
    load_keras("train", "matplotlib", "tensorboard", "jinja2")
    from trainer.fit.recipes import settings_for
    from trainer.train import TrainOptions, train

    options = TrainOptions(
        name=name,
        notes=notes,
        group_regex=group_regex,
        cache=cache,
        teacher=teacher,
        resume=resume,
        force=force,
    )
    report = train(
        data, out, settings=settings_for(recipe, **given), progress=Console(), options=options
    )
    if as_json:
        print_json(report.to_dict())
    else:
        _print_report(report)
        click.echo(f"threshold {report.figures['threshold']:.4f}; model and report in {out}")
    if report.interrupted:
        raise click.exceptions.Exit(STOPPED)


def _print_report(report: ReportFacts) -> None:
    print_figures({"test split": dict(report.figures), **report.figures["per_source"]})
    click.echo(f"\n{report.split_rule}")
