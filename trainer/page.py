"""One page that shows how good a trained model is; it needs no network and no script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from edge.files.formatting import format_figure
from edge.files.html import (
    Html,
    facts_of,
    figure_with,
    image_of,
    list_of,
    page_of,
    row_of,
    table_of,
    text_of,
    wide,
)
from edge.model.card import Card
from edge.model.labels import CRACK, LABELS, NO_CRACK

_STYLE = """
.charts { display: grid; gap: 1rem; margin: .6rem 0 }
.charts { grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)) }
.charts img { max-width: 27rem }
"""
_FIGURES = ("accuracy", "precision", "recall", "f1", "auc")
_SHOWN_AS = {"f1": "F1", "auc": "AUC"}
_COMPARED = ("accuracy", "f1", "auc")
# Below this each picture weighs more than one in a hundred.
_FEW = 100
_CHART_NAMES = {
    "precision_recall": "precision over recall",
    "roc": "recall over false alarms",
    "calibration": "share of cracks over score",
    **{key: f"{_SHOWN_AS.get(key, key)} over the epochs" for key in ("loss", "accuracy", "auc")},
}


def render_page(
    card: Card,
    facts: Mapping[str, Any],
    charts: Mapping[str, bytes],
    thumbs: Mapping[str, bytes | None],
) -> str:
    """Return the page as HTML; names come from outside and are escaped.

    Args:
        card: of the model.
        facts: what ``report.json`` holds.
        charts: SVG files by name, see ``trainer.charts.draw_charts``.
        thumbs: JPEG files of the mistakes by their path; None where there is no picture.
    """
    parts = [
        *_summary(card, facts),
        *_comparison(facts.get("compared", {})),
        *_verdicts(card, facts),
        *_curves(facts, charts),
        *_mistakes(facts, thumbs),
        *_learning(charts),
        *_origin(card, facts),
    ]
    return page_of(f"{card.name}: report", parts, style=_STYLE)


def _summary(card: Card, facts: Mapping[str, Any]) -> Iterable[str]:
    """Say how good the model is, overall and by source, and what that rests on."""
    counts = facts["confusion"]
    sound, cracks = counts["tn"] + counts["fp"], counts["tp"] + counts["fn"]
    big = (
        (_percent(counts["tp"], cracks), f"of the cracks found ({counts['tp']} of {cracks})"),
        (
            _percent(counts["fp"], sound),
            f"of the sound pictures called cracked ({counts['fp']} of {sound})",
        ),
        (_percent(counts["tp"] + counts["tn"], facts["n"]), "of all verdicts right"),
        (format_figure(facts["auc"]), "AUC, whatever the threshold (0.5: chance, 1: perfect)"),
    )
    yield f"<h1>{text_of(card.name)}</h1>"
    if facts.get("interrupted"):
        yield "<p class=warn>The training was interrupted: this is the best model until then.</p>"
    yield (
        f"<p>On the <b>{text_of(facts['split'])} split</b>: {facts['n']} pictures that took no "
        "part in the training or in the choice of the threshold.</p>"
    )
    tiles = "".join(f"<div><b>{number}</b>{what}</div>" for number, what in big)
    yield f"<div class=big>{tiles}</div>"
    sources = facts["per_source"]
    if len(sources) > 1:
        name, row = min(sources.items(), key=lambda item: float(item[1]["accuracy"]))
        right = row["confusion"]["tp"] + row["confusion"]["tn"]
        yield (
            f"<p>Weakest source: <b>{text_of(name)}</b>, "
            f"{_percent(right, row['n'])} of the verdicts right.</p>"
        )
    yield "<h2>By source</h2>"
    rows = {"all": facts, **sources}
    yield table_of(
        ["", "pictures", "cracks", *_names(_FIGURES)],
        [
            [name, *_counts(row), *(format_figure(row[key]) for key in _FIGURES)]
            for name, row in rows.items()
        ],
        mark_first=True,
    )
    few = [name for name, row in sources.items() if min(_by_label(row)) < _FEW]
    if few:
        yield (
            f"<p class=note>Fewer than {_FEW} pictures of a label, so these figures are rough: "
            f"{text_of(', '.join(few))}.</p>"
        )
    yield f"<h2>How the split was made</h2><p>{text_of(facts['split_rule'])}</p>"


def _comparison(compared: Mapping[str, Mapping[str, Any]]) -> Iterable[str]:
    """Show figures of differently made splits side by side."""
    if not compared:
        return
    yield "<h2>The same recipe on other splits</h2>"
    yield (
        "<p>Each model was trained and tested on its own split of the same pictures. Where "
        "pictures of one photo stand on both sides of a split, a model is tested on what it has "
        "nearly seen, and the figures say little of other photos.</p>"
    )
    names = list(compared)
    sources = dict.fromkeys(name for row in compared.values() for name in row["per_source"])
    groups = "".join(f"<th colspan={len(names)}>{name}" for name in _names(_COMPARED))
    head = f"<tr><th>{groups}</tr>" + row_of(["", *names * len(_COMPARED)], cell="th")
    rows = [row_of(["all", *_side_by_side(list(compared.values()))], mark=True)]
    for source in sources:
        found = [row["per_source"].get(source, {}) for row in compared.values()]
        rows.append(row_of([source, *_side_by_side(found)]))
    yield wide(head + "".join(rows))


def _side_by_side(found: Sequence[Mapping[str, Any]]) -> list[str]:
    return [format_figure(row.get(key)) for key in _COMPARED for row in found]


def _verdicts(card: Card, facts: Mapping[str, Any]) -> Iterable[str]:
    """Show the threshold and what comes of it for each label."""
    counts, report = facts["confusion"], facts["classification_report"]
    yield "<h2>Verdicts at the threshold</h2>"
    yield (
        f"<p>A score of <b>{facts['threshold']:.4f}</b> or more is a crack. "
        f"How it was chosen: {text_of(card.threshold_rule)}.</p>"
    )
    rows: list[list[str]] = []
    for key in (*LABELS, "macro_average", "weighted_average"):
        row = report[key]
        figures = [format_figure(row[name]) for name in ("precision", "recall", "f1")]
        rows.append([key.replace("_average", " average"), *figures, str(row["support"])])
    rows.append(["accuracy", "", "", format_figure(report["accuracy"]), str(facts["n"])])
    yield table_of(["label", "precision", "recall", "F1", "pictures"], rows)
    yield "<h2>Confusion matrix</h2>"
    yield table_of(
        ["labelled", "called no_crack", "called crack"],
        [
            [NO_CRACK, f"{counts['tn']}", f"{counts['fp']} (false alarms)"],
            [CRACK, f"{counts['fn']} (missed)", f"{counts['tp']}"],
        ],
    )


def _curves(facts: Mapping[str, Any], charts: Mapping[str, bytes]) -> Iterable[str]:
    """Show what other thresholds would give, and whether scores are probabilities."""
    fit = facts["calibration"]
    yield "<h2>Other thresholds</h2>"
    yield _charts(charts, ("precision_recall", "roc"))
    yield (
        f"<p class=note>Average precision {format_figure(facts['average_precision'])}, AUC "
        f"{format_figure(facts['auc'])}. The precision holds where cracks are as common as here.</p>"
    )
    yield "<h2>Can a score be read as a probability?</h2>"
    yield (
        f"<p>On the test split a score lies <b>{format_figure(fit['ece'])}</b> from the share of "
        "cracks among pictures with such scores, on average (expected calibration error); the "
        f"Brier score is {format_figure(fit['brier'])}.</p>"
    )
    if fit["val_ece_before"] is not None and fit["val_ece_after"] is not None:
        yield (
            f"<p>The logits are divided by a temperature of {fit['temperature']:.3f}, fitted on "
            "the val split, whose expected calibration error it takes from "
            f"{format_figure(fit['val_ece_before'])} to {format_figure(fit['val_ece_after'])}.</p>"
        )
    yield _charts(charts, ("calibration",))


def _mistakes(facts: Mapping[str, Any], thumbs: Mapping[str, bytes | None]) -> Iterable[str]:
    """Show the mistakes of which the model was the surest; now and then the label is wrong."""
    counts = facts["confusion"]
    kinds = (
        ("Missed cracks", "missed_cracks", counts["fn"], "lowest"),
        ("False alarms", "false_alarms", counts["fp"], "highest"),
    )
    for title, key, total, end in kinds:
        entries = facts["worst_mistakes"][key]
        yield f"<h2>{title}: {total}</h2>"
        if entries:
            yield (
                f"<p class=note>The {len(entries)} with the {end} scores. Look whether the label "
                "is right: those of public data are wrong now and then.</p>"
            )
            cells = "".join(_mistake(entry, thumbs.get(entry["path"])) for entry in entries)
            yield f"<div class=sheet>{cells}</div>"


def _mistake(entry: Mapping[str, Any], jpeg: bytes | None) -> str:
    caption = (
        f"<b>{entry['score']:.3f}</b> {text_of(entry['source'])}"
        f"<br><span class=note>{text_of(entry['path'])}</span>"
    )
    return figure_with(jpeg, Html(caption))


def _learning(charts: Mapping[str, bytes]) -> Iterable[str]:
    found = [key for key in ("loss", "accuracy", "auc") if key in charts]
    if found:
        yield "<h2>Learning curves</h2>"
        yield _charts(charts, found)


def _origin(card: Card, facts: Mapping[str, Any]) -> Iterable[str]:
    """Say how the model was made, so that it can be made again."""
    training = {
        "tile": f"{card.input_px} px, of {card.window_px} px of a photo",
        "device": facts.get("device"),
        "pictures per second": facts.get("pictures_per_second"),
    }
    sections = {
        "Recipe": {**card.recipe, **{key: value for key, value in training.items() if value}},
        "Data": {
            **{key: value for key, value in card.data.items() if key != "split"},
            **({"notes": card.notes} if card.notes else {}),
        },
        "Versions": card.versions,
    }
    for title, values in sections.items():
        if values:
            yield f"<h2>{title}</h2>{facts_of(values)}"
    if facts["unreadable"]:
        yield (
            f"<h2>Not readable and left out: {len(facts['unreadable'])}</h2>"
            f"{list_of(facts['unreadable'])}"
        )


def _charts(charts: Mapping[str, bytes], keys: Iterable[str]) -> str:
    pictures = "".join(
        image_of(charts[key], "image/svg+xml", alt=_CHART_NAMES[key])
        for key in keys
        if key in charts
    )
    return f"<div class=charts>{pictures}</div>"


def _by_label(figures: Mapping[str, Any]) -> tuple[int, int]:
    counts = figures["confusion"]
    return counts["tn"] + counts["fp"], counts["tp"] + counts["fn"]


def _counts(figures: Mapping[str, Any]) -> list[str]:
    return [str(figures["n"]), str(_by_label(figures)[1])]


def _names(keys: Iterable[str]) -> list[str]:
    return [_SHOWN_AS.get(key, key) for key in keys]


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"
