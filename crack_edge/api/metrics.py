"""Figures that the library gives as JSON, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from edge.evaluation.metrics import Metrics


def read_metrics(report: Mapping[str, Any]) -> Metrics:
    """Return the figures over all that ``edge.evaluation.scored_samples.report_on`` gives."""
    return Metrics(**{field.name: report[field.name] for field in fields(Metrics)})


def read_per_source(report: Mapping[str, Any]) -> dict[str, Metrics]:
    """Return the figures of each source."""
    return {source: read_metrics(figures) for source, figures in report["per_source"].items()}
