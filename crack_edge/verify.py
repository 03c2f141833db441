"""``crack-edge verify``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crack_edge.console import (
    Console,
    format_figure,
    load_tensorflow,
    print_figures,
    print_json,
)
from crack_edge.evaluate import open_model
from crack_edge.options import (
    force_option,
    json_option,
    max_recall_drop_option,
    min_agreement_option,
    mode_option,
    split_option,
)

if TYPE_CHECKING:
    from converters.verify import OpenedModel
    from edge.detect.settings import Mode

_FLIPS_SHOWN = 20


@click.command("verify")
@click.argument("parent")
@click.argument("model")
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
@split_option
@mode_option
@min_agreement_option
@max_recall_drop_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Write certificate.json and .html to this folder.",
)
@force_option
@json_option
def verify_command(
    parent: str,
    model: str,
    data: tuple[Path, ...],
    split: str | None,
    mode: Mode,
    min_agreement: float,
    max_recall_drop: float,
    out: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Hold MODEL against the PARENT it was converted from, on labelled pictures.

    Both may be any model file, a Keras model or a shipped model's name; each decides by the
    threshold of its card. Of a PARENT from elsewhere MODEL's card says labels and scale. DATA are
    folders with class folders or manifests; or one folder of whole photos whose tiles.csv labels
    squares of them. The exit code is 1 when a bar is missed.
    """
    from converters.certificate import certificate_paths, describe_missed, write_certificate
    from converters.gates import Gates
    from converters.verify import verify
    from edge.evaluation.bootstrap import Bootstrap
    from edge.files.atomic_write import refuse_to_overwrite
    from edge.files.errors import GateError

    if out:
        refuse_to_overwrite(*certificate_paths(out), force=force)
    opened_model = _open(model)
    opened_parent = _open(parent, child=opened_model)
    certificate = verify(
        opened_parent,
        opened_model,
        data,
        gates=Gates(min_agreement, max_recall_drop),
        bootstrap=Bootstrap(),
        progress=Console(),
        split=split,
        mode=mode,
    )
    if out:
        write_certificate(out, certificate, force=force)
    (entry,) = certificate["files"].values()
    if as_json:
        print_json(entry)
    else:
        _print_entry(entry)
        if out:
            click.echo(f"certificate in {out}")
    if missed := describe_missed(certificate):
        hint = f"see {certificate_paths(out)[1]}" if out else "--out DIR writes a page of them"
        raise GateError(f"{missed}; {hint}")


def _open(model: str, *, child: OpenedModel | None = None) -> OpenedModel:
    """Open a model; the card of its child says what a Keras model from elsewhere does not."""
    from converters.verify import OpenedModel
    from edge.files.hashing import sha256_of
    from edge.model.tflite_file import find_model, read_bytes
    from edge.model.training_folder import is_parent

    if is_parent(Path(model)):
        return _open_keras(Path(model), child)
    scorer = open_model(model)
    path = find_model(model)
    data = read_bytes(path)
    return OpenedModel(path.name, sha256_of(data), len(data), scorer)


def _open_keras(path: Path, child: OpenedModel | None) -> OpenedModel:
    load_tensorflow("convert")
    from converters.keras_model import KerasScorer
    from converters.load import load_parent, load_parent_of
    from converters.verify import OpenedModel

    if child:
        loaded = load_parent_of(path, child.scorer.card, where=child.file)
    else:
        loaded = load_parent(path)
    size = loaded.path.stat().st_size if loaded.path.is_file() else None
    return OpenedModel(loaded.path.name, loaded.sha256, size, KerasScorer(loaded))


def _print_entry(entry: dict[str, Any]) -> None:
    print_figures({"parent": entry["parent"], "model": entry["model"]})
    interval = entry["intervals"]["agreement"]
    ends = f" ({interval['low']:.4f} to {interval['high']:.4f})" if interval else ""
    click.echo(
        f"agreement {format_figure(entry['agreement'])}{ends}: {entry['flips']} of "
        f"{entry['n']} verdicts turned; largest difference of a score "
        f"{entry['max_difference']:.4f}, mean {entry['mean_difference']:.4f}"
    )
    by_change = sorted(
        entry["flipped"], key=lambda flip: -abs(flip["model_score"] - flip["parent_score"])
    )
    for flip in by_change[:_FLIPS_SHOWN]:
        place = f" at {flip['xyxy'][0]}, {flip['xyxy'][1]}" if "xyxy" in flip else ""
        click.echo(
            f"  {flip['path']}{place} ({flip['label']}): "
            f"{flip['parent_score']:.3f} -> {flip['model_score']:.3f}"
        )
    if entry["flips"] > _FLIPS_SHOWN:
        click.echo(f"  and {entry['flips'] - _FLIPS_SHOWN} more: --json or --out shows all")
