"""``crack-edge evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crack_edge.shared.command import Command
from crack_edge.shared.completion import complete_model
from crack_edge.shared.console import (
    Console,
    echo,
    load_tensorflow,
    print_json,
    require_extra,
)
from crack_edge.shared.evaluation_summary import (
    print_comparison,
    print_next_step,
    print_report,
)
from crack_edge.shared.gates import GATES, require_named_gates, was_given
from crack_edge.shared.options import (
    cascade_options,
    check_cascade,
    crack_threshold_option,
    force_option,
    hidden,
    json_option,
    max_recall_drop_option,
    min_agreement_option,
    out_option,
    scale_option,
    split_option,
    threshold_option,
    view_option,
)

if TYPE_CHECKING:
    from edge.detect.settings import View

# Options that a comparison with a parent leaves to the cards of both.
_DECIDING = ("threshold", "crack_threshold", "scale", "cascade", "unsure_from")


@click.command("evaluate", cls=Command)
@click.argument("model", shell_complete=complete_model)
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
@split_option
@view_option
@threshold_option
@click.option(
    "--against",
    metavar="PARENT",
    shell_complete=complete_model,
    help="Compare MODEL with this model: the one it was converted from, or any other. Each decides "
    "by the threshold of its card.",
)
@min_agreement_option
@max_recall_drop_option
@out_option(
    "Write the report to this JSON file; with --against the certificate, and its page beside "
    "it (.html).",
    required=False,
    metavar="FILE.json",
)
@force_option
@json_option
@hidden(scale_option)
@hidden(crack_threshold_option)
@hidden(cascade_options)
@click.pass_context
def evaluate_command(
    context: click.Context,
    model: str,
    data: tuple[Path, ...],
    split: str | None,
    view: View,
    threshold: float | None,
    against: str | None,
    min_agreement: float,
    max_recall_drop: float,
    out: Path | None,
    force: bool,
    as_json: bool,
    scale: tuple[float, ...],
    crack_threshold: float | None,
    cascade: str | None,
    unsure_from: float | None,
) -> None:
    """Measure how well MODEL finds the cracks in labelled pictures.

    DATA are folders with class folders such as crack/ and no_crack/, or manifests; or one folder of
    whole photos whose tiles.csv (photo,x,y,width,height,label) labels squares of them. MODEL is a
    model file, the name of a shipped model or a Keras model.

    With --against PARENT, MODEL is compared with the model it was made from: how many verdicts
    changed, and how the figures differ. The exit code is 1 if a gate that you named is missed, or
    if a picture cannot be read.

    Example:
        crack-edge evaluate default labelled --out report.json
    """
    _refuse_options(context, _DECIDING if against else GATES, against)
    check_cascade(view, cascade, unsure_from)
    if against:
        gates = min_agreement, max_recall_drop
        unreadable = _compare(
            context, model, against, data, split, view, gates, out, force=force, as_json=as_json
        )
    else:
        report = _evaluate(
            model,
            data,
            split,
            cascade,
            out,
            force=force,
            threshold=threshold,
            crack_threshold=crack_threshold,
            view=view,
            scales=scale,
            unsure_from=unsure_from,
        )
        unreadable = report["unreadable"]
        if as_json:
            print_json(report)
        else:
            print_report(report, model, data, out)
    context.exit(1 if unreadable else 0)


def _refuse_options(context: click.Context, names: tuple[str, ...], against: str | None) -> None:
    """Refuse options that were given and have no meaning with, or without, ``--against``."""
    for parameter in context.command.params:
        name = parameter.name or ""
        if name in names and was_given(context, name):
            reason = "has no meaning with --against" if against else "needs --against PARENT"
            raise click.UsageError(f"{parameter.opts[0]} {reason}")


def _evaluate(
    model: str,
    data: tuple[Path, ...],
    split: str | None,
    cascade: str | None,
    out: Path | None,
    *,
    force: bool,
    **options: Any,
) -> dict[str, Any]:
    """Evaluate, and write the report."""
    from converters.verification.opened_model import open_model
    from edge.detect.settings import Scorers, choose_settings
    from edge.evaluation.evaluate import evaluate
    from edge.files.atomic_write import refuse_to_overwrite, require_writable, write_json

    if out:
        refuse_to_overwrite(out, force=force)
        require_writable(out)
    console = Console()
    _load_keras_for(data, split, console, model, cascade)
    scorers = Scorers(open_model(model).scorer, open_model(cascade).scorer if cascade else None)
    settings = choose_settings(scorers.main.card, has_cascade=cascade is not None, **options)
    report = evaluate(scorers, data, settings=settings, progress=console, split=split)
    if out:
        write_json(out, report)
    return report


def _compare(
    context: click.Context,
    model: str,
    parent: str,
    data: tuple[Path, ...],
    split: str | None,
    view: View,
    limits: tuple[float, float],
    out: Path | None,
    *,
    force: bool,
    as_json: bool,
) -> list[str]:
    """Compare a model with its parent; return complaints about unreadable pictures."""
    from converters.verification.certificate_files import page_beside, write_certificate
    from converters.verification.certificate_json import entry_to_json
    from converters.verification.gates import VerificationGates
    from converters.verification.opened_model import open_model
    from converters.verification.verify import verify
    from edge.evaluation.bootstrap import Bootstrap
    from edge.files.atomic_write import refuse_to_overwrite, require_writable

    if out:
        if out.suffix != ".json":
            raise click.UsageError(f"--out {out}: expected a .json file; the page is beside it")
        require_extra("convert", "jinja2", otherwise="leave out --out")
        refuse_to_overwrite(out, page_beside(out), force=force)
        require_writable(out)
    gates, console = VerificationGates(*limits), Console()
    _load_keras_for(data, split, console, model, parent)
    opened = open_model(model)
    certificate = verify(
        open_model(parent, child=opened),
        opened,
        data,
        gates=gates,
        bootstrap=Bootstrap(),
        progress=console,
        split=split,
        view=view,
    )
    if out:
        write_certificate(out, certificate, force=force)
    unreadable = certificate.verification.unreadable
    (entry,) = certificate.files
    if as_json:
        print_json(entry_to_json(entry) | {"unreadable": unreadable})
    else:
        print_comparison(certificate, entry, opened)
        if out:
            echo(f"certificate: {page_beside(out)}")
        print_next_step(model)
    where = f"see {page_beside(out)}" if out else "--out FILE.json writes a page of the changes"
    require_named_gates(context, certificate, gates, where=where)
    return unreadable


def _load_keras_for(
    data: tuple[Path, ...], split: str | None, console: Console, *models: str | None
) -> None:
    """Load TensorFlow quietly where one of the models needs it; what is missing is told before."""
    from edge.evaluation.dataset import choose_split, read_dataset
    from edge.evaluation.labelled_boxes import find_labelled_boxes
    from edge.model.tflite_file import find_model
    from edge.model.training_folder import is_parent

    given = [model for model in models if model]
    of_keras = [model for model in given if is_parent(Path(model)) and Path(model).exists()]
    for model in given:
        if model not in of_keras:
            find_model(model)
    if not of_keras:
        return
    if not find_labelled_boxes(data, split=split):
        samples = read_dataset(data)
        if split:
            choose_split(samples, split)
    console.say("loading TensorFlow")
    load_tensorflow("convert")
