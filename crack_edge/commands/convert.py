"""``crack-edge convert``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from crack_edge.shared.command import Command
from crack_edge.shared.console import Console, load_tensorflow, print_figures, print_json
from crack_edge.shared.options import (
    force_option,
    json_option,
    max_recall_drop_option,
    min_agreement_option,
)

# Those of converters.formats.registry, known without loading TensorFlow; a test compares them.
FORMAT_NAMES = (
    *("tflite-float32", "tflite-float16", "tflite-dynamic", "tflite-int8", "tflite-int16x8"),
    *("onnx-float32", "onnx-int8"),
)
# What devices and other programs run.
DEFAULT_FORMATS = ("tflite-int8", "onnx-float32")
ALL_FORMATS = "all"
# Those of converters.parents.preprocessing.
PREPROCESSING_NAMES = ("-1..1", "0..1", "0..255", "imagenet", "caffe")


@click.command("convert", cls=Command)
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for the files.")
@click.option(
    "--to",
    "formats",
    multiple=True,
    type=click.Choice((*FORMAT_NAMES, ALL_FORMATS)),
    help="Format to make; repeatable. tflite-dynamic is smaller than tflite-float32 but not "
    "faster; tflite-int16x8 keeps more digits where int8 loses too much, but is tens of times "
    f"slower.  [default: {' and '.join(DEFAULT_FORMATS)}]",
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
    help="Number of pictures from which int8 takes the ranges of activations and fits its weights.",
)
@min_agreement_option
@max_recall_drop_option
@click.option(
    "--report-layers",
    is_flag=True,
    help="Measure what quantizing each layer alone does to the scores, as NAME.layers.csv.",
)
@click.option(
    "--labels",
    metavar="A,B",
    help="Third-party model: the names of class 0 and class 1, such as no_crack,crack. A single "
    "output stands for class 1.",
)
@click.option(
    "--preprocessing",
    type=click.Choice(PREPROCESSING_NAMES),
    help="Third-party model: the pixel values it expects. 0..255 where it scales them itself, "
    "imagenet for torchvision's means, caffe for BGR less its means.",
)
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Third-party model: the score at or above which it is a crack.  [default: 0.5]",
)
@click.option("--name", help="Name of the files.  [default: the model's name]")
@force_option
@json_option
@click.option(
    "--seed",
    default=0,
    show_default=True,
    type=click.IntRange(0),
    hidden=True,
    help="Seed of the choice of calibration pictures.",
)
@click.option(
    "--window-px",
    type=click.IntRange(32, 4096),
    hidden=True,
    help="Third-party model: how many px of a photo a tile covers.  [default: its input]",
)
@click.option(
    "--input-px",
    type=click.IntRange(32, 4096),
    hidden=True,
    help="Third-party model that takes any size: the side of a tile, px.",
)
def convert_command(
    model: Path,
    out: Path,
    formats: tuple[str, ...],
    data: tuple[Path, ...],
    min_agreement: float,
    max_recall_drop: float,
    labels: str | None,
    preprocessing: str | None,
    threshold: float | None,
    name: str | None,
    force: bool,
    as_json: bool,
    calibration: int,
    seed: int,
    report_layers: bool,
    window_px: int | None,
    input_px: int | None,
) -> None:
    """Convert MODEL and compare each file with it, on pictures of the test split.

    MODEL is the folder of a training, or a .keras file with its card beside it. A third-party model
    may be a .keras or .h5 file or the folder of a SavedModel, with one crack output or two
    classes and no code inside: give --labels, --preprocessing and --data. A file that misses a gate
    is not left under its name, and the exit code is 1.
    """
    load_tensorflow("convert", "onnx", "tf2onnx", "onnxruntime", "jinja2")
    from converters.convert import ConvertSettings, convert
    from converters.parents.model_spec import ModelSpec, parse_labels
    from converters.verification.certificate_json import certificate_to_json
    from converters.verification.gates import VerificationGates

    settings = ConvertSettings(
        formats=choose_formats(formats),
        calibration_pictures=calibration,
        seed=seed,
        gates=VerificationGates(min_agreement, max_recall_drop),
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
        spec=ModelSpec(parse_labels(labels), preprocessing, threshold, window_px, input_px),
    )
    if as_json:
        print_json(certificate_to_json(certificate))
        return
    overall = {entry.about.file: entry.comparison.overall for entry in certificate.files}
    parent = next(iter(overall.values())).parent
    models = {file: comparison.model.to_dict() for file, comparison in overall.items()}
    print_figures({"parent": parent.to_dict(), **models})
    for entry in certificate.files:
        comparison = overall[entry.about.file]
        click.echo(
            f"{entry.about.file}: {(entry.about.size or 0) / 1e6:.1f} MB, "
            f"agreement {comparison.agreement:.4f}, "
            f"{comparison.flips} of {comparison.n} verdicts changed"
        )
    click.echo(f"files and certificate in {out}")


def choose_formats(given: Sequence[str]) -> tuple[str, ...]:
    """Return each format that is asked for once."""
    if ALL_FORMATS in given:
        return FORMAT_NAMES
    return tuple(dict.fromkeys(given)) or DEFAULT_FORMATS
