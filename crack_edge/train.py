"""``crack-edge train``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from crack_edge.console import Console, load_keras, print_figures, print_json
from crack_edge.options import force_option, group_regex_option, json_option

# What a shell gives a process that Ctrl-C ended.
INTERRUPTED = 130


@click.command("train")
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Folder for the results."
)
@click.option(
    "--recipe",
    default="two-stage",
    show_default=True,
    type=click.Choice(("two-stage", "frozen", "last-layers", "augmented", "scratch")),
    help="What is frozen and how it learns; see the README.",
)
@click.option(
    "--weights",
    help="Where to start: imagenet (downloaded), none, a .weights.h5 of the backbone, a .keras.  "
    "[default: imagenet; none for scratch]",
)
@click.option("--alpha", default=1.0, show_default=True, help="Width of MobileNetV2, 0.35 to 1.4.")
@click.option("--input-px", default=224, show_default=True, help="Side of a tile in px, times 32.")
@click.option(
    "--window-px",
    type=click.IntRange(32, 4096),
    help="Photo px that a tile covers.  [default: median side of the pictures]",
)
@click.option(
    "--epochs", type=click.IntRange(1), help="Epochs of the first stage.  [default: the recipe's]"
)
@click.option(
    "--finetune-epochs",
    type=click.IntRange(0),
    help="Epochs of the backbone's upper part, after the head.  [default: 5 for two-stage]",
)
@click.option(
    "--context-epochs",
    type=click.IntRange(0),
    help="Epochs that show tiles within surroundings, for the dense view.  "
    "[default: 1 for two-stage]",
)
@click.option(
    "--patience",
    type=click.IntRange(1),
    help="Epochs without a lower loss on val that end a stage.  [default: the recipe's]",
)
@click.option(
    "--split",
    default="group",
    show_default=True,
    type=click.Choice(("group", "random", "batches")),
    help="By source photo (or look), or at random as most published figures.",
)
@click.option("--compare-splits", is_flag=True, help="Train again on a random split; report both.")
@group_regex_option
@click.option(
    "--teacher",
    type=click.Path(path_type=Path),
    help="Training of a larger model to learn from: its folder or .keras file.",
)
@click.option(
    "--cache",
    type=click.Path(path_type=Path),
    help="Folder where decoded tiles stay for the next training.  [default: memory, if they fit]",
)
@click.option("--resume", is_flag=True, help="Go on after the last epoch of a stopped training.")
@click.option(
    "--batch-size", default=32, show_default=True, type=click.IntRange(1), help="Pictures."
)
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Of all chance.")
@click.option("--name", help="Name of the model.  [default: name of the folder]")
@click.option(
    "--note", "notes", multiple=True, help="Licence or attribution of the data; repeatable."
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
    compare_splits: bool,
    resume: bool,
    force: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Fine-tune MobileNetV2 on labelled pictures and say how good it is on photos kept back.

    DATA are folders with class folders at any depth (crack, cracked, positive / no_crack,
    non-cracked, uncracked, negative) or manifests (path,label,group,split). Pictures named
    PHOTO-N.jpg come from one photo, which is never split; those of unknown photos are kept
    together by look. Ctrl-C ends the training early and leaves a usable model; --resume goes on
    after a kill.
    """
    load_keras("train", "matplotlib", "tensorboard")
    from trainer.recipes import settings_for
    from trainer.train import TrainOptions, train

    options = TrainOptions(
        name=name,
        notes=notes,
        group_regex=group_regex,
        cache=cache,
        teacher=teacher,
        compare_splits=compare_splits,
        resume=resume,
        force=force,
    )
    report = train(
        data, out, settings=settings_for(recipe, **given), progress=Console(), options=options
    )
    if as_json:
        print_json(report)
    else:
        _print_report(report)
        click.echo(f"threshold {report['threshold']:.4f}; model and report in {out}")
    if report["interrupted"]:
        raise click.exceptions.Exit(INTERRUPTED)


def _print_report(report: Mapping[str, Any]) -> None:
    print_figures({"test split": dict(report), **report["per_source"]})
    for name, figures in report.get("compared", {}).items():
        click.echo(f"\n{name}")
        print_figures({"test split": figures, **figures["per_source"]})
    click.echo(f"\n{report['split_rule']}")
