"""The JSON of certificates and of the figures in a card: the only place that knows the keys."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from converters.verification.certificate import Certificate, CertificateEntry, CertifiedModel
from converters.verification.comparison import (
    Comparison,
    ComparisonIntervals,
    FigureIntervals,
    FileComparison,
    Flip,
)
from edge.evaluation.bootstrap import LEVEL, METHOD, Interval
from edge.model.card import INT8_WEIGHTS


def certificate_to_json(certificate: Certificate) -> dict[str, Any]:
    """Return a certificate as JSON values."""
    pictures = {
        key: value.to_dict()
        for key, value in (
            ("calibration", certificate.calibration),
            ("matching", certificate.matching),
            ("verification", certificate.verification),
        )
        if value is not None
    }
    if certificate.view is not None:
        pictures["verification"]["view"] = certificate.view
    return {
        "parent": _model_file(certificate.parent),
        **pictures,
        "gates": dataclasses.asdict(certificate.gates),
        "intervals": {
            "method": METHOD,
            "level": LEVEL,
            **dataclasses.asdict(certificate.bootstrap),
        },
        "tools": dict(certificate.tools),
        "files": {entry.about.file: entry_to_json(entry) for entry in certificate.files},
        "failures": dict(certificate.failures),
    }


def entry_to_json(entry: CertificateEntry) -> dict[str, Any]:
    """Return what a certificate says of one file as JSON values."""
    comparison = entry.comparison
    return {
        **_model_file(entry.about),
        "passed": entry.passed,
        "missed": list(entry.missed),
        **_comparison(comparison.overall),
        "mean_difference": comparison.mean_difference,
        "max_difference": comparison.max_difference,
        "per_source": {name: _comparison(part) for name, part in comparison.per_source.items()},
        "flipped": [_flip(flip) for flip in comparison.flipped],
    }


def card_metrics(comparison: FileComparison, split: str) -> dict[str, Any]:
    """Return the figures that a file's card carries: those of a certificate, without intervals."""
    return {
        "split": split,
        **_figures(comparison.overall),
        "mean_difference": comparison.mean_difference,
        "max_difference": comparison.max_difference,
        "per_source": {name: _figures(part) for name, part in comparison.per_source.items()},
    }


def _model_file(about: CertifiedModel) -> dict[str, Any]:
    return {
        "file": about.file,
        "name": about.card.name,
        "format": about.format,
        "bytes": about.size,
        "sha256": about.sha256,
        "parent_sha256": about.card.parent_sha256,
        "backend": about.backend,
        "threshold_rule": about.card.threshold_rule,
        INT8_WEIGHTS: about.int8_weights,
    }


def _figures(comparison: Comparison) -> dict[str, Any]:
    return {
        "n": comparison.n,
        "agreement": comparison.agreement,
        "flips": comparison.flips,
        "flips_to_wrong": comparison.flips_to_wrong,
        "parent": comparison.parent.to_dict(),
        "model": comparison.model.to_dict(),
    }


def _comparison(comparison: Comparison) -> dict[str, Any]:
    return {
        **_figures(comparison),
        "difference": dict(comparison.difference),
        "intervals": _intervals(comparison.intervals),
    }


def _intervals(intervals: ComparisonIntervals) -> dict[str, Any]:
    return {
        "units": intervals.units,
        "agreement": _interval(intervals.agreement),
        "parent": _of_figures(intervals.parent),
        "model": _of_figures(intervals.model),
        "difference": _of_figures(intervals.difference),
    }


def _of_figures(intervals: FigureIntervals) -> Mapping[str, Any]:
    return {name: _interval(one) for name, one in intervals.items()}


def _interval(interval: Interval | None) -> dict[str, Any] | None:
    return interval.to_dict() if interval else None


def _flip(flip: Flip) -> dict[str, Any]:
    return {
        "path": str(flip.path),
        **({"xyxy": list(flip.box)} if flip.box else {}),
        "label": flip.label,
        "source": flip.source,
        "parent_score": flip.parent_score,
        "model_score": flip.model_score,
        "turned": "right" if flip.is_right else "wrong",
    }
