"""What ``evaluate`` prints of its figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from crack_edge.shared.console import echo, print_figures, print_next
from crack_edge.shared.gates import print_verdicts

if TYPE_CHECKING:
    from converters.verification.certificate import Certificate, CertificateEntry
    from converters.verification.opened_model import OpenedModel

_FLIPS_SHOWN = 20
_NAMES_SHOWN = 5


def print_report(
    report: dict[str, Any], model: str, data: tuple[Path, ...], out: Path | None
) -> None:
    """Print what a model reaches on labelled data, and the next command."""
    from edge.detect.cascade import describe_in_words
    from edge.files.formatting import count_of

    is_photos = "view" in report
    noun = "square" if is_photos else "picture"
    count = report["confusion"]
    cracks, clear = count["tp"] + count["fn"], count["fp"] + count["tn"]
    split = report.get("split")
    place = ", ".join(map(str, data)) + (f" ({split} split)" if split else "")
    echo(
        f"{report['model']['name']} ({report['model']['quantization']}) on "
        f"{count_of(report['n'], noun)} in {place}, {cracks} of them with a crack:"
    )
    sources = report["per_source"]
    print_figures({"all": report, **(sources if len(sources) > 1 else {})})
    echo(
        f"at threshold {report['threshold']:.4f}: {count['tp']} of {cracks} cracks found, "
        f"{count['fp']} false alarms on {count_of(clear, f'clear {noun}')}"
    )
    if "regions" in report:
        _print_regions(report["regions"])
    if "cascade" in report:
        echo(f"cascade: {describe_in_words(report['cascade'])}")
    _print_unreadable(report["unreadable"], is_photos=is_photos)
    if out:
        echo(f"report: {out}")
    print_next_step(model)


def _print_unreadable(complaints: list[str], *, is_photos: bool) -> None:
    from edge.files.formatting import count_of

    if not complaints:
        return
    more = f"; and {len(complaints) - _NAMES_SHOWN} more" * (len(complaints) > _NAMES_SHOWN)
    echo(
        f"{count_of(len(complaints), 'photo' if is_photos else 'picture')} left out of these "
        f"figures: {'; '.join(complaints[:_NAMES_SHOWN])}{more}"
    )


def print_next_step(model: str) -> None:
    """Print the command that follows: a Keras model is converted, a file scans."""
    from edge.model.training_folder import is_parent

    if is_parent(Path(model)):
        print_next("convert", model, "--out", "models")
    else:
        print_next("scan", "YOUR-PHOTOS", "--model", model)


def _print_regions(regions: dict[str, Any]) -> None:
    from edge.files.formatting import format_figure

    echo(
        f"regions over whole photos: {format_figure(regions['recall'])} of the {regions['cracks']} "
        f"cracked squares are found, with {regions['false_per_photo']:.1f} false regions a photo"
    )
    echo(
        f"  sure regions only (score from {regions['crack_threshold']:.2f}): "
        f"{format_figure(regions['recall_sure'])} are found, with "
        f"{regions['false_sure_per_photo']:.1f} false regions a photo"
    )
    for photo, row in regions["per_photo"].items():
        echo(
            f"  {photo}: {row['found']} of {row['cracks']} squares found, {row['false']} of "
            f"{row['regions']} regions false; sure: {row['found_sure']} found, "
            f"{row['false_sure']} of {row['sure']} false"
        )


def print_comparison(
    certificate: Certificate, entry: CertificateEntry, opened: OpenedModel
) -> None:
    """Print how a model differs from its parent."""
    from edge.files.formatting import count_of

    comparison, used = entry.comparison, certificate.verification
    overall = comparison.overall
    what = count_of(used.pictures, "square" if certificate.view else "picture")
    echo(f"compared on {what}, {used.cracks} of them with a crack:")
    names = [certificate.parent.file, opened.file]
    if names[0] == names[1]:
        names = [f"{name} ({role})" for name, role in zip(names, ("parent", "model"), strict=True)]
    print_figures(
        dict(zip(names, (overall.parent.to_dict(), overall.model.to_dict()), strict=True))
    )
    interval = overall.intervals.agreement
    ends = f" (95 % interval {interval.low:.4f} to {interval.high:.4f})" if interval else ""
    echo(
        f"agreement {overall.agreement:.4f}{ends}; scores differ by "
        f"{comparison.mean_difference:.4f} on average, {comparison.max_difference:.4f} at most"
    )
    print_verdicts(entry)
    for flip in comparison.largest_flips(_FLIPS_SHOWN):
        place = f" at {flip.box[0]}, {flip.box[1]}" if flip.box else ""
        echo(
            f"  {flip.path}{place} ({flip.label}): "
            f"{flip.parent_score:.3f} -> {flip.model_score:.3f}"
        )
    if overall.flips > _FLIPS_SHOWN:
        echo(f"  and {overall.flips - _FLIPS_SHOWN} more: --json or --out shows all")
    _print_unreadable(used.unreadable, is_photos=certificate.view is not None)
