"""``crack-edge evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from crack_edge.shared.command import Command
from crack_edge.shared.console import (
    Console,
    format_figure,
    load_tensorflow,
    print_figures,
    print_json,
    require_extra,
)
from crack_edge.shared.options import (
    cascade_options,
    check_cascade,
    crack_threshold_option,
    force_option,
    hidden,
    json_option,
    max_recall_drop_option,
    min_agreement_option,
    scale_option,
    split_option,
    threshold_option,
    view_option,
)

if TYPE_CHECKING:
    from converters.verification.certificate import CertificateEntry
    from edge.detect.settings import View

_FLIPS_SHOWN = 20
# Options for the comparison with a parent, and those that it leaves to the cards of both.
_GATES = ("min_agreement", "max_recall_drop")
_DECIDING = ("threshold", "crack_threshold", "scale", "cascade", "unsure_from")


@click.command("evaluate", cls=Command)
@click.argument("model")
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
@split_option
@view_option
@threshold_option
@click.option(
    "--against",
    metavar="PARENT",
    help="Compare MODEL with this model: the one it was converted from, or any other. Each decides "
    "by the threshold of its card.",
)
@min_agreement_option
@max_recall_drop_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Write the report to this JSON file; with --against the certificate, and its page beside "
    "it (.html).",
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
    """Evaluate MODEL on labelled pictures, over all and for each source.

    DATA are folders with class folders or manifests; or one folder of whole photos whose
    tiles.csv (photo,x,y,width,height,label) labels squares of them. MODEL may be a Keras model.

    With --against PARENT, MODEL is compared with its parent: how many verdicts agree, which ones
    changed, and how the figures differ, with intervals. The exit code is 1 when a gate is missed.
    The labels and the preprocessing of a third-party PARENT are read from the card of MODEL.
    """
    _refuse_options(context, _DECIDING if against else _GATES, against)
    check_cascade(view, cascade, unsure_from)
    if against:
        gates = min_agreement, max_recall_drop
        _compare(model, against, data, split, view, gates, out, force=force, as_json=as_json)
        return
    from converters.verification.opened_model import open_model
    from edge.detect.settings import Scorers, choose_settings
    from edge.evaluation.evaluate import evaluate
    from edge.files.atomic_write import refuse_to_overwrite, write_json

    if out:
        refuse_to_overwrite(out, force=force)
    _load_keras_for(model, cascade)
    scorers = Scorers(open_model(model).scorer, open_model(cascade).scorer if cascade else None)
    settings = choose_settings(
        scorers.main.card,
        threshold=threshold,
        crack_threshold=crack_threshold,
        view=view,
        scales=scale,
        has_cascade=cascade is not None,
        unsure_from=unsure_from,
    )
    report = evaluate(scorers, data, settings=settings, progress=Console(), split=split)
    if out:
        write_json(out, report)
    if as_json:
        print_json(report)
    else:
        _print_report(report)


def _refuse_options(context: click.Context, names: tuple[str, ...], against: str | None) -> None:
    """Refuse options that were given and have no meaning with, or without, ``--against``."""
    for parameter in context.command.params:
        name = parameter.name or ""
        if name in names and context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            reason = "is not for --against" if against else "is for --against"
            raise click.UsageError(f"{parameter.opts[0]} {reason}")


def _compare(
    model: str,
    parent: str,
    data: tuple[Path, ...],
    split: str | None,
    view: View,
    gates: tuple[float, float],
    out: Path | None,
    *,
    force: bool,
    as_json: bool,
) -> None:
    from converters.verification.certificate_files import page_beside, write_certificate
    from converters.verification.certificate_json import entry_to_json
    from converters.verification.gates import VerificationGates
    from converters.verification.opened_model import open_model
    from converters.verification.verify import verify
    from edge.evaluation.bootstrap import Bootstrap
    from edge.files.atomic_write import refuse_to_overwrite
    from edge.files.errors import GateError

    if out:
        if out.suffix != ".json":
            raise click.UsageError(f"--out {out}: expected a .json file; the page is beside it")
        require_extra("convert", "jinja2", otherwise="leave out --out")
        refuse_to_overwrite(out, page_beside(out), force=force)
    _load_keras_for(model, parent)
    opened = open_model(model)
    certificate = verify(
        open_model(parent, child=opened),
        opened,
        data,
        gates=VerificationGates(*gates),
        bootstrap=Bootstrap(),
        progress=Console(),
        split=split,
        view=view,
    )
    if out:
        write_certificate(out, certificate, force=force)
    (entry,) = certificate.files
    if as_json:
        print_json(entry_to_json(entry))
    else:
        _print_entry(entry)
        if out:
            click.echo(f"certificate: {out}, {page_beside(out)}")
    if certificate.missed:
        hint = f"see {page_beside(out)}" if out else "--out FILE.json writes a page of them"
        raise GateError(f"{certificate.missed}; {hint}")


def _load_keras_for(*models: str | None) -> None:
    """Load TensorFlow quietly where one of the models needs it."""
    from edge.model.training_folder import is_parent

    if any(is_parent(Path(model)) for model in models if model):
        load_tensorflow("convert")


def _print_report(report: dict[str, Any]) -> None:
    from edge.detect.cascade import describe_in_words

    print_figures({"all": report, **report["per_source"]})
    if "regions" in report:
        _print_regions(report["regions"])
    if "cascade" in report:
        click.echo(f"cascade: {describe_in_words(report['cascade'])}")
    confusion = ", ".join(f"{key} {count}" for key, count in report["confusion"].items())
    click.echo(f"threshold {report['threshold']:.4f}: {confusion}")


def _print_regions(regions: dict[str, Any]) -> None:
    click.echo(
        f"regions: all find {format_figure(regions['recall'])} of the {regions['cracks']} squares "
        f"with a crack, {regions['false_per_photo']:.1f} a photo touch none; sure ones (score from "
        f"{regions['crack_threshold']:.2f}) find {format_figure(regions['recall_sure'])}, "
        f"{regions['false_sure_per_photo']:.1f} a photo touch none"
    )
    for photo, row in regions["per_photo"].items():
        click.echo(
            f"  {photo}: {row['found']} of {row['cracks']} found, {row['false']} of "
            f"{row['regions']} regions false; sure: {row['found_sure']} found, "
            f"{row['false_sure']} of {row['sure']} false"
        )


def _print_entry(entry: CertificateEntry) -> None:
    comparison = entry.comparison
    overall = comparison.overall
    print_figures({"parent": overall.parent.to_dict(), "model": overall.model.to_dict()})
    interval = overall.intervals.agreement
    ends = f" ({interval.low:.4f} to {interval.high:.4f})" if interval else ""
    click.echo(
        f"agreement {format_figure(overall.agreement)}{ends}: {overall.flips} of "
        f"{overall.n} verdicts changed; largest difference of a score "
        f"{comparison.max_difference:.4f}, mean {comparison.mean_difference:.4f}"
    )
    for flip in comparison.largest_flips(_FLIPS_SHOWN):
        place = f" at {flip.box[0]}, {flip.box[1]}" if flip.box else ""
        click.echo(
            f"  {flip.path}{place} ({flip.label}): "
            f"{flip.parent_score:.3f} -> {flip.model_score:.3f}"
        )
    if overall.flips > _FLIPS_SHOWN:
        click.echo(f"  and {overall.flips - _FLIPS_SHOWN} more: --json or --out shows all")
