"""The model cards of the shipped models, made from their cards and the results."""

from __future__ import annotations

import json
from pathlib import Path

from edge.model.tflite_file import read_tflite, shipped_models
from trainer.report.model_card import render_model_card


def render_shipped_cards(results: Path) -> dict[Path, str]:
    """Return the Markdown beside each shipped model: ``NAME.md``.

    Args:
        results: folder with ``NAME-test-split.json``, what ``crack-edge evaluate`` printed.
    """
    texts = {}
    for name, path in shipped_models().items():
        card = read_tflite(path).card
        report = json.loads((results / f"{name}-test-split.json").read_text(encoding="utf-8"))
        facts = {"split": "test", "split_rule": card.data.get("split"), **report}
        texts[path.with_name(f"{name}.md")] = render_model_card(card, facts)
    return texts
