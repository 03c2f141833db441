"""``crack-edge train``."""

from __future__ import annotations

from pathlib import Path

import click

from crack_edge.console import Console, load_tensorflow, print_figures, print_json
from crack_edge.options import force_option, json_option


@click.command("train")
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Folder for the results."
)
@click.option(
    "--weights",
    default="imagenet",
    show_default=True,
    help="Where to start: imagenet (downloaded), none, a .weights.h5 of the backbone, a .keras.",
)
@click.option("--alpha", default=1.0, show_default=True, help="Width of MobileNetV2, 0.35 to 1.4.")
@click.option("--input-px", default=224, show_default=True, help="Side of a tile in px, times 32.")
@click.option(
    "--window-px",
    type=click.IntRange(32, 4096),
    help="Photo px that a tile covers.  [default: median side of the pictures]",
)
@click.option(
    "--epochs",
    default=10,
    show_default=True,
    type=click.IntRange(1),
    help="Epochs of the head, on features computed once.",
)
@click.option(
    "--finetune-epochs",
    default=5,
    show_default=True,
    type=click.IntRange(0),
    help="Epochs of the backbone's upper part.",
)
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
    weights: str,
    alpha: float,
    input_px: int,
    window_px: int | None,
    epochs: int,
    finetune_epochs: int,
    batch_size: int,
    seed: int,
    name: str | None,
    notes: tuple[str, ...],
    force: bool,
    as_json: bool,
) -> None:
    """Fine-tune MobileNetV2 on labelled pictures and say how good it is on photos kept back.

    DATA are folders with class folders at any depth (crack, cracked, positive / no_crack,
    non-cracked, uncracked, negative) or manifests (path,label,group,split). Pictures named
    PHOTO-N.jpg come from one photo, which is never split.
    """
    load_tensorflow("train", "matplotlib")
    from trainer.stages import TrainSettings
    from trainer.train import train

    settings = TrainSettings(
        weights=weights,
        alpha=alpha,
        input_px=input_px,
        window_px=window_px,
        epochs=epochs,
        finetune_epochs=finetune_epochs,
        batch_size=batch_size,
        seed=seed,
    )
    console = Console()
    report = train(
        data, out, settings=settings, progress=console, name=name, notes=notes, force=force
    )
    if as_json:
        print_json(report)
        return
    print_figures({"test split": report, **report["per_source"]})
    click.echo(f"threshold {report['threshold']:.4f}; model and report in {out}")
