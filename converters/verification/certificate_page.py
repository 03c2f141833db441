"""One page that shows what a certificate says, with the pictures whose verdict changed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from converters.verification.certificate import Certificate
from converters.verification.comparison import Comparison, FileComparison, Flip
from converters.verification.sentences import FIGURE_NAMES, describe_figures, describe_verdicts
from edge.evaluation.bootstrap import FIGURES, LEVEL, METHOD, MIN_UNITS, Interval
from edge.files.html_template import render_template
from edge.files.paths import common_folder
from edge.store.thumbnails import Part

# Pictures of one file: so many load on a phone and are looked through.
MAX_SHOWN = 60


def list_shown(comparison: FileComparison) -> list[Part]:
    """List the pictures that the page shows of a file: those whose score changed most."""
    return [(flip.path, flip.box) for flip in comparison.largest_flips(MAX_SHOWN)]


def render_certificate(certificate: Certificate, thumbs: Mapping[Part, bytes | None]) -> str:
    """Return the page as HTML.

    Args:
        certificate: what was verified.
        thumbs: JPEG files of the pictures of ``list_shown``; None where there is none any more.

    Raises:
        ImportError: Jinja2 is not installed.
    """
    return render_template(
        __package__,
        "certificate.html",
        title=f"{certificate.parent.card.name}: certificate",
        certificate=certificate,
        files=[entry.about for entry in certificate.files],
        shown={
            entry.about.file: entry.comparison.largest_flips(MAX_SHOWN)
            for entry in certificate.files
        },
        thumbs=thumbs,
        figures={key: FIGURE_NAMES[key] for key in FIGURES},
        uses={
            "Compared on": certificate.verification,
            "Thresholds matched on": certificate.matching,
            "Calibrated on": certificate.calibration,
        },
        level=f"{100 * LEVEL:g} %",
        method=METHOD,
        min_units=MIN_UNITS,
        describe_verdicts=describe_verdicts,
        describe_figures=describe_figures,
        signed=_signed,
        ends=_ends,
        find_small_parts=_find_small_parts,
        find_partial=_find_partial,
        find_root=_find_root,
        relative_path=_relative_path,
    )


def _signed(value: float | None, form: str) -> str:
    """Format a figure: a real minus sign, no sign at zero, a dash where it is undefined."""
    if value is None:
        return "–"
    text = format(value, form)
    zero = format(0.0, form).strip("+")
    return zero if text.strip("+-") == zero else text.replace("-", "−")


def _ends(interval: Interval, form: str) -> str:
    return f"{_signed(interval.low, form)} to {_signed(interval.high, form)}"


def _parts_of(comparison: FileComparison) -> dict[str, Comparison]:
    return {"all": comparison.overall, **comparison.per_source}


def _find_small_parts(comparison: FileComparison) -> list[str]:
    """Name the parts that have too few photos for intervals."""
    parts = _parts_of(comparison)
    return [name for name, part in parts.items() if part.intervals.units < MIN_UNITS]


def _find_partial(comparison: FileComparison) -> list[str]:
    """Name the parts whose intervals rest on fewer resamples, with how many were left out."""
    found = []
    for name, part in _parts_of(comparison).items():
        intervals = (*part.intervals.parent.values(), *part.intervals.model.values())
        most = max(interval.left_out if interval else 0 for interval in intervals)
        if most:
            found.append(f"{name} ({most})")
    return found


def _find_root(flips: Sequence[Flip]) -> str:
    return str(common_folder(Path(os.path.abspath(flip.path)) for flip in flips) or "")


def _relative_path(flip: Flip, root: str) -> str:
    return os.path.relpath(flip.path, root) if root else str(flip.path)
