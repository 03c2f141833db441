"""One page that shows how good a trained model is; it needs no network and no script."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edge.files.html_template import render_template
from edge.files.paths import common_folder
from edge.model.card import Card
from trainer.report.facts import ReportFacts
from trainer.report.model_card import settings_in_use
from trainer.report.outcome import FEW_PICTURES, count_rarer_label


def render_page(
    card: Card,
    facts: ReportFacts,
    charts: Mapping[str, bytes],
    thumbnails: Mapping[str, bytes | None],
) -> str:
    """Return the page as HTML.

    Args:
        card: of the model.
        facts: what ``report.json`` holds.
        charts: SVG files by name, see ``trainer.report.charts.draw_charts``.
        thumbnails: JPEG files of the mistakes by their path; None where there is no picture.
    """
    sources = facts.figures["per_source"]
    root = common_folder(Path(path) for path in thumbnails)

    def shorten(path: str) -> str:
        return str(Path(path).relative_to(root) if root else path)

    return render_template(
        "trainer.report",
        "page.html",
        title=f"{card.name}: training report",
        card=card,
        facts=facts,
        figures=facts.figures,
        sources=sources,
        weakest=min(sources.items(), key=lambda item: float(item[1]["accuracy"]), default=None),
        few=FEW_PICTURES,
        few_of=[name for name, row in sources.items() if count_rarer_label(row) < FEW_PICTURES],
        origin=_describe_origin(card, facts),
        charts=charts,
        thumbnails=thumbnails,
        root=root,
        shorten=shorten,
        percent=_percent_of,
    )


def _describe_origin(card: Card, facts: ReportFacts) -> dict[str, Mapping[str, Any]]:
    """Return how the model was made, so that it can be made again; tables by their title."""
    training = {
        "tile": f"{card.input_px} px, made from {card.window_px} px of a photo",
        "device": facts.device,
        "pictures per second": facts.pictures_per_second,
    }
    data = {key: value for key, value in card.data.items() if key != "split"}
    tables: dict[str, Mapping[str, Any]] = {
        "Recipe": {
            **settings_in_use(card),
            **{key: value for key, value in training.items() if value},
        },
        "Data": data | ({"notes": card.notes} if card.notes else {}),
        "Versions": card.versions,
    }
    return {title: values for title, values in tables.items() if values}


def _percent_of(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "–"
