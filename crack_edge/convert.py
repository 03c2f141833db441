"""``crack-edge convert``."""

from __future__ import annotations

from collections.abc import Sequence
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
FORMAT_NAMES = (
    *("tflite-float32", "tflite-float16", "tflite-dynamic", "tflite-int8", "tflite-int16x8"),
    *("onnx-float32", "onnx-int8"),
)
# What devices and other programs run.
DEFAULT_FORMATS = ("tflite-int8", "onnx-float32")
ALL_FORMATS = "all"
# Those of converters.facts.SCALES.
SCALE_NAMES = ("-1..1", "0..1", "0..255", "imagenet", "caffe")


@click.command("convert")
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for the files.")
@click.option(
    "--to",
    "formats",
    multiple=True,
    type=click.Choice((*FORMAT_NAMES, ALL_FORMATS)),
    help="Format to make; repeatable. tflite-dynamic is smaller than tflite-float32 but not "
    "faster; tflite-int16x8 is a rescue where int8 loses too much, tens of times slower: nothing "
    f"to deploy.  [default: {' and '.join(DEFAULT_FORMATS)}]",
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
    help="Pictures from which int8 takes the ranges of activations and fits its weights.",
)
@click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(0), help="Of their choice."
)
@click.option(
    "--report-layers",
    is_flag=True,
    help="Measure what quantizing each layer alone does to the scores: NAME.layers.csv.",
)
@min_agreement_option
@max_recall_drop_option
@click.option(
    "--labels",
    metavar="A,B",
    help="Of a model from elsewhere: names of class 0 and class 1, such as no_crack,crack; a "
    "single output speaks for class 1.",
)
@click.option(
    "--scale",
    type=click.Choice(SCALE_NAMES),
    help="Of a model from elsewhere: what it expects of the pixels; 0..255 where it scales them "
    "itself, imagenet for the means of torchvision, caffe for BGR less its means.",
)
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Of a model from elsewhere: score at or above which it is a crack.  [default: 0.5]",
)
@click.option(
    "--window-px",
    type=click.IntRange(32, 4096),
    help="Of a model from elsewhere: px of a photo that one tile covers.  [default: its input]",
)
@click.option(
    "--input-px",
    type=click.IntRange(32, 4096),
    help="Of a model from elsewhere that takes any size: side of a tile, px.",
)
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
    report_layers: bool,
    min_agreement: float,
    max_recall_drop: float,
    labels: str | None,
    scale: str | None,
    threshold: float | None,
    window_px: int | None,
    input_px: int | None,
    name: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """Convert MODEL and hold each file against it, on pictures of the test split.

    MODEL is the folder of a training, or a .keras file with its card beside it. From elsewhere it
    may be a .keras or .h5 file or the folder of a SavedModel, with one crack output or two
    classes and no code inside: give --labels, --scale and --data. A file that misses a bar is
    not left under its name, and the exit code is 1.
    """
    load_tensorflow("convert", "onnx", "tf2onnx", "onnxruntime")
    from converters.convert import ConvertSettings, convert
    from converters.facts import Facts, parse_labels
    from converters.gates import Gates

    settings = ConvertSettings(
        formats=choose_formats(formats),
        calibration_pictures=calibration,
        seed=seed,
        gates=Gates(min_agreement, max_recall_drop),
        report_layers=report_layers,
    )
    certificate = convert(
        model,
        out,
        settings=settings,
        progress=Console(),
        data=data,
        name=name,
        force=force,
        facts=Facts(parse_labels(labels), scale, threshold, window_px, input_px),
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


def choose_formats(given: Sequence[str]) -> tuple[str, ...]:
    """Return each format that is asked for once."""
    if ALL_FORMATS in given:
        return FORMAT_NAMES
    return tuple(dict.fromkeys(given)) or DEFAULT_FORMATS
