"""``crack-edge convert``."""

from __future__ import annotations

from pathlib import Path

import click

from crack_edge.console import Console, load_tensorflow, print_figures, print_json
from crack_edge.options import (
    force_option,
    json_option,
    max_recall_drop_option,
    min_agreement_option,
)

# Those of converters.convert.FORMATS, known without loading TensorFlow; a test compares them.
FORMAT_NAMES = ("tflite-float32", "tflite-int8", "onnx-float32")


@click.command("convert")
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for the files.")
@click.option(
    "--to",
    "formats",
    multiple=True,
    type=click.Choice(FORMAT_NAMES),
    help="Format to make; repeatable.  [default: all of them]",
)
@click.option(
    "--data",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Labelled pictures to calibrate and verify with.  [default: manifest beside the model]",
)
@click.option(
    "--calibration",
    default=256,
    show_default=True,
    type=click.IntRange(1),
    help="Pictures from which int8 takes its ranges.",
)
@click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(0), help="Of their choice."
)
@min_agreement_option
@max_recall_drop_option
@click.option("--name", help="Name of the files.  [default: the model's name]")
@force_option
@json_option
def convert_command(
    model: Path,
    out: Path,
    formats: tuple[str, ...],
    data: tuple[Path, ...],
    calibration: int,
    seed: int,
    min_agreement: float,
    max_recall_drop: float,
    name: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """Convert MODEL and hold each file against it, on pictures of the test split.

    MODEL is a .keras file with its card beside it, or the folder of a training. A file that
    misses a bar is not left under its name, and the exit code is 1.
    """
    load_tensorflow("convert", "onnx", "tf2onnx", "onnxruntime")
    from converters.convert import ConvertSettings, convert
    from converters.gates import Gates

    settings = ConvertSettings(
        formats=tuple(dict.fromkeys(formats)) or FORMAT_NAMES,
        calibration_pictures=calibration,
        seed=seed,
        gates=Gates(min_agreement, max_recall_drop),
    )
    certificate = convert(
        model, out, settings=settings, progress=Console(), data=data, name=name, force=force
    )
    if as_json:
        print_json(certificate)
        return
    files = certificate["files"]
    parent = next(iter(files.values()))["parent"]
    print_figures({"parent": parent} | {name: entry["model"] for name, entry in files.items()})
    for file, entry in files.items():
        click.echo(
            f"{file}: {entry['bytes'] / 1e6:.1f} MB, agreement {entry['agreement']:.4f}, "
            f"{entry['flips']} of {entry['n']} verdicts turned"
        )
    click.echo(f"files and certificate in {out}")
