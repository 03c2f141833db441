"""``crack-edge convert``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from converters.choices import CALIBRATION_PICTURES, DEFAULT_FORMATS, FORMAT_NAMES
from converters.parents.preprocessing import PREPROCESSINGS
from crack_edge.shared.command import Command
from crack_edge.shared.console import (
    Console,
    echo,
    load_tensorflow,
    print_figures,
    print_json,
    print_next,
)
from crack_edge.shared.extras import require_conversion
from crack_edge.shared.gates import print_verdicts, require_named_gates
from crack_edge.shared.numbers import Number, WholeNumber
from crack_edge.shared.options import (
    force_option,
    json_option,
    max_recall_drop_option,
    min_agreement_option,
    out_option,
)

if TYPE_CHECKING:
    from converters.plan import ConversionPlan
    from converters.verification.certificate import Certificate

ALL_FORMATS = "all"


@click.command("convert", cls=Command)
@click.argument("model", type=click.Path(path_type=Path))
@out_option("Folder for the files and their certificate.", metavar="FOLDER")
@click.option(
    "--to",
    "formats",
    multiple=True,
    metavar="FORMAT",
    type=click.Choice((*FORMAT_NAMES, ALL_FORMATS)),
    help=f"Format to make: {', '.join(FORMAT_NAMES)} or {ALL_FORMATS}; repeatable. tflite-dynamic "
    "is smaller than tflite-float32 but not faster. tflite-int16x8 is more exact than tflite-int8 "
    f"but tens of times slower.  [default: {' and '.join(DEFAULT_FORMATS)}]",
)
@click.option(
    "--data",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Labelled pictures to calibrate with and to compare on; repeatable.  "
    "[default: the manifest beside the model]",
)
@click.option(
    "--calibration",
    metavar="N",
    default=CALIBRATION_PICTURES,
    show_default=True,
    type=WholeNumber(1),
    help="Number of pictures from which int8 files take the ranges of their values.",
)
@min_agreement_option
@max_recall_drop_option
@click.option(
    "--strict",
    is_flag=True,
    help="Refuse a file that misses a gate, named or default: it is not left under its name.",
)
@click.option(
    "--report-layers",
    is_flag=True,
    help="Measure what quantizing each layer alone does to the scores, in NAME.layers.csv.",
)
@click.option(
    "--labels",
    metavar="A,B",
    help="Third-party model: the names of class 0 and class 1, such as no_crack,crack. A single "
    "output stands for class 1.",
)
@click.option(
    "--preprocessing",
    type=click.Choice(tuple(PREPROCESSINGS)),
    help="Third-party model: the pixel values it expects. Choose 0..255 if it scales them itself, "
    "imagenet for torchvision's means, caffe for BGR minus its means.",
)
@click.option(
    "--threshold",
    metavar="SCORE",
    type=Number(0, 1, min_open=True, max_open=True),
    help="Third-party model: the score at or above which it is a crack.  [default: 0.5]",
)
@click.option("--name", help="Name that the files begin with.  [default: the model's name]")
@force_option
@json_option
@click.option(
    "--seed",
    default=0,
    show_default=True,
    type=WholeNumber(0),
    hidden=True,
    help="Seed of the choice of calibration pictures.",
)
@click.option(
    "--window-px",
    type=WholeNumber(32, 4096),
    hidden=True,
    help="Third-party model: how many px of a photo a tile covers.  [default: its input]",
)
@click.option(
    "--input-px",
    type=WholeNumber(32, 4096),
    hidden=True,
    help="Third-party model that takes any size: the side of a tile, px.",
)
@click.pass_context
def convert_command(
    context: click.Context,
    model: Path,
    out: Path,
    formats: tuple[str, ...],
    data: tuple[Path, ...],
    min_agreement: float,
    max_recall_drop: float,
    strict: bool,
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
    """Convert MODEL to TFLite and ONNX, and compare each file with it on test pictures.

    MODEL is the folder of a training, or a .keras file with its card beside it. For a third-party
    model (a .keras or .h5 file or the folder of a SavedModel) also give --labels, --preprocessing
    and --data.

    A file that misses a gate is kept, and its certificate says so. The exit code is 1 if you named
    that gate on the command line, or if the model cannot be converted to one of the formats; the
    other files are then kept.

    Example:
        crack-edge convert runs/bridges --out models
    """
    require_conversion()
    from converters.parents.model_spec import ModelSpec, parse_labels
    from converters.plan import ConvertSettings, plan_conversion
    from converters.verification.certificate_json import certificate_to_json
    from converters.verification.gates import VerificationGates

    gates = VerificationGates(min_agreement, max_recall_drop)
    settings = ConvertSettings(
        formats=choose_formats(formats),
        calibration_pictures=calibration,
        seed=seed,
        gates=gates,
        strict=strict,
        report_layers=report_layers,
    )
    spec = ModelSpec(parse_labels(labels), preprocessing, threshold, window_px, input_px)
    # What is missing is told before TensorFlow is loaded.
    plan = plan_conversion(
        model, out, settings=settings, data=data, name=name, force=force, spec=spec
    )
    console = Console()
    console.say("loading TensorFlow")
    load_tensorflow("convert")
    from converters.convert import require_all_formats, run_conversion

    certificate = run_conversion(plan, console)
    if as_json:
        print_json(certificate_to_json(certificate))
    else:
        _print_certificate(certificate, plan)
    require_named_gates(context, certificate, gates, where=f"the files are in {out}")
    require_all_formats(certificate, plan)


def _print_certificate(certificate: Certificate, plan: ConversionPlan) -> None:
    from converters.verification.certificate_files import page_beside
    from edge.files.formatting import count_of

    used = certificate.verification
    split = f" of the {used.split} split" if used.split != "none" else ""
    left_out = f"; {len(used.unreadable)} unreadable and left out" if used.unreadable else ""
    echo(f"compared on {count_of(used.pictures, 'picture')}{split}{left_out}:")
    overall = {entry.about.file: entry.comparison.overall for entry in certificate.files}
    parent = next(iter(overall.values())).parent
    models = {file: comparison.model.to_dict() for file, comparison in overall.items()}
    print_figures({certificate.parent.file: parent.to_dict(), **models})
    echo()
    for entry in certificate.files:
        print_verdicts(entry)
    if certificate.missed:
        echo(
            "to lose less: more calibration pictures (--calibration, --data) or a float format "
            "(--to tflite-float16); --report-layers shows where it is lost"
        )
    echo()
    sizes = {entry.about.file: (entry.about.size or 0) / 1e6 for entry in certificate.files}
    made = [target for target in plan.targets.values() if target.name in sizes]
    for target in made:
        echo(f"made: {target} ({sizes[target.name]:.1f} MB)")
    for complaint in certificate.failures.values():
        echo(f"not made: {complaint}")
    echo(f"certificate: {page_beside(plan.certificate)}")
    only_tiles = () if certificate.files[0].about.card.has_dense_view else ("--view", "tile")
    print_next("scan", "YOUR-PHOTOS", "--model", made[0], *only_tiles)


def choose_formats(given: Sequence[str]) -> tuple[str, ...]:
    """Return each format that is asked for once."""
    if ALL_FORMATS in given:
        return FORMAT_NAMES
    return tuple(dict.fromkeys(given)) or DEFAULT_FORMATS
