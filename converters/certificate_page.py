"""One page that shows what a certificate says, the turned pictures in it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from edge.evaluation.bootstrap import FIGURES, MIN_UNITS
from edge.files.formatting import format_figure
from edge.files.html import (
    Html,
    facts_of,
    figure_with,
    list_of,
    page_of,
    table_of,
    text_of,
)
from edge.model.card import INT8_WEIGHTS
from edge.store.thumbnails import Part

# Pictures of one file: so many load on a phone and are looked through.
MAX_SHOWN = 60
_STYLE = """
.met, .missed { font-size: .8rem; font-weight: 600; padding: .1rem .5rem; border-radius: .4rem }
.met, .missed { white-space: nowrap }
.met { color: #1f5c1f; background: #e5f2e5 } .missed { color: #b00020; background: #fdf0f1 }
.wide .note { white-space: nowrap; font-weight: normal; font-size: .8em }
h2 { border-top: 1px solid #ddd; padding-top: 1rem } h3 { font-size: 1rem; margin: 1.4rem 0 .3rem }
.warn ul { margin: .2rem 0; padding-left: 1.2rem } figcaption { margin-top: .4rem }
body { max-width: 70rem } td { vertical-align: top }
.wrong img { outline: .2rem solid #b00020 } .right img { outline: .2rem solid #2e6b2e }
.sheet { margin-top: .8rem } .wide td + td { white-space: nowrap }
"""
_SHOWN_AS = {"recall": "recall", "precision": "precision", "f1": "F1", "auc": "AUC"}
_USES = {
    "verification": "Verified on",
    "matching": "Thresholds set on",
    "calibration": "Calibrated on",
}


def list_shown(entry: Mapping[str, Any]) -> list[Part]:
    """List the pictures that the page shows of a file: those whose score changed most."""
    return [_part_of(flip) for flip in _choose_shown(entry["flipped"])]


def render_certificate(certificate: Mapping[str, Any], thumbs: Mapping[Part, bytes | None]) -> str:
    """Return the page as HTML; names come from outside and are escaped.

    Args:
        certificate: as in ``certificate.json``.
        thumbs: JPEG files of the pictures of ``list_shown``; None where there is none any more.
    """
    parent = certificate["parent"]
    parts = [
        f"<h1>{text_of(parent['name'])}: certificate</h1>",
        *_summary(certificate),
        *(line for entry in certificate["files"].values() for line in _file(entry, parent, thumbs)),
        *_pictures(certificate),
        *_origin(certificate),
    ]
    return page_of(f"{parent['name']}: certificate", parts, style=_STYLE)


def _summary(certificate: Mapping[str, Any]) -> Iterable[str]:
    """Say which files reach the bars, and what that rests on."""
    files, gates = certificate["files"], certificate["gates"]
    data, parent = certificate["verification"], certificate["parent"]
    names = "file" if len(files) == 1 else "files"
    missed = sum(not entry["passed"] for entry in files.values())
    verdict = f"{missed} of {len(files)} {names} missed a bar." if missed else "All bars are met."
    yield (
        f"<p><b>{verdict}</b> The written bytes were run on "
        f"{_count_pictures(data)} and held against <b>{text_of(parent['file'])}</b>, each at its "
        "own threshold.</p>"
    )
    yield table_of(
        ["", "", "agreement", "turned", "recall", "F1", "MB"],
        [
            [
                name,
                _badge(entry["passed"]),
                _with_interval(entry["agreement"], entry["intervals"]["agreement"], digits=4),
                f"{entry['flips']}",
                *(_change(entry, key) for key in ("recall", "f1")),
                f"{entry['bytes'] / 1e6:.2f}",
            ]
            for name, entry in files.items()
        ],
    )
    yield (
        f"<p class=note>Bars: agreement at least {gates['min_agreement']:g}, recall lower by at "
        f"most {gates['max_recall_drop']:g}. Recall and F1 are changes against the parent. Below a "
        f"figure stands its {certificate['intervals']['level']:.0%} interval. One verdict of "
        f"{data['pictures']} is {1 / data['pictures']:.4f} of the agreement: finer differences "
        "these pictures cannot show.</p>"
    )


def _file(
    entry: Mapping[str, Any], parent: Mapping[str, Any], thumbs: Mapping[Part, bytes | None]
) -> Iterable[str]:
    yield f"<h2>{text_of(entry['file'])} {_badge(entry['passed'])}</h2>"
    if entry["missed"]:
        yield f"<div class=warn>{list_of(entry['missed'])}</div>"
    yield (
        f"<p>Says crack from a score of <b>{entry['model']['threshold']:.4f}</b> on, the parent "
        f"from {entry['parent']['threshold']:.4f} on. How it was chosen: "
        f"{text_of(entry['threshold_rule'])}. Scores differ by {entry['mean_difference']:.4f} on "
        f"average, {entry['max_difference']:.4f} at most.</p>"
    )
    if entry[INT8_WEIGHTS]:
        yield f"<p>Its integer weights: {text_of(entry[INT8_WEIGHTS])}.</p>"
    made_from = entry["parent_sha256"]
    if made_from and made_from != parent["sha256"]:
        yield "<p class=warn>Its card says that it was made from another file than this parent.</p>"
    yield _tabulate_figures(entry)
    if len(entry["per_source"]) > 1:
        yield "<h3>By source</h3>"
        yield "<p class=note>Parent → file; below that the interval of the change.</p>"
        yield _tabulate_sources(entry)
    yield from _explain_gaps(entry)
    yield from _sheet(entry, thumbs)


def _tabulate_figures(entry: Mapping[str, Any]) -> str:
    intervals = entry["intervals"]
    rows = [
        [
            _SHOWN_AS[key],
            _with_interval(entry["parent"][key], intervals["parent"][key]),
            _with_interval(entry["model"][key], intervals["model"][key]),
            _change(entry, key),
        ]
        for key in FIGURES
    ]
    return table_of(["", "parent", "file", "change"], rows)


def _tabulate_sources(entry: Mapping[str, Any]) -> str:
    """Show parent and file of each source side by side, below them the change's interval."""
    rows = [
        [
            name,
            str(part["n"]),
            str(part["flips"]),
            _with_interval(part["agreement"], part["intervals"]["agreement"]),
            *(_side_by_side(part, key) for key in FIGURES),
        ]
        for name, part in entry["per_source"].items()
    ]
    names = [_SHOWN_AS[key] for key in FIGURES]
    return table_of(["", "pictures", "turned", "agreement", *names], rows)


def _side_by_side(part: Mapping[str, Any], key: str) -> Html:
    before, after = (format_figure(part[side][key]) for side in ("parent", "model"))
    interval = part["intervals"]["difference"][key]
    ends = f"<br><span class=note>{_ends(interval, '+.3f')}</span>" if interval else ""
    return Html(f"{before} → {after}{ends}")


def _explain_gaps(entry: Mapping[str, Any]) -> Iterable[str]:
    """Say where intervals are missing or rest on fewer resamples."""
    parts = {"all": entry, **entry["per_source"]}
    few = [name for name, part in parts.items() if part["intervals"]["units"] < MIN_UNITS]
    if few:
        yield (
            f"<p class=note>No interval where there are fewer than {MIN_UNITS} photos: "
            f"{text_of(', '.join(few))}.</p>"
        )
    left_out = []
    for name, part in parts.items():
        found = part["intervals"]
        counts = [
            (found[side][key] or {}).get("left_out", 0)
            for side in ("parent", "model")
            for key in FIGURES
        ]
        if max(counts):
            left_out.append(f"{name} ({max(counts)})")
    if left_out:
        yield (
            "<p class=note>Resamples in which a figure has no value were left out: "
            f"{text_of(', '.join(left_out))}.</p>"
        )


def _sheet(entry: Mapping[str, Any], thumbs: Mapping[Part, bytes | None]) -> Iterable[str]:
    """Show the pictures whose verdict turned, those whose score changed most first."""
    flipped = entry["flipped"]
    if not flipped:
        yield f"<h3>None of the {entry['n']} verdicts turned</h3>"
        return
    shown = _choose_shown(flipped)
    wrong = sum(flip["turned"] == "wrong" for flip in flipped)
    more = len(flipped) - len(shown)
    root = _find_root(shown)
    yield f"<h3>{len(flipped)} of {entry['n']} verdicts turned</h3>"
    yield (
        f"<p class=note>{wrong} became wrong by the label (red), {len(flipped) - wrong} right "
        "(green). Scores: parent → file. Those that changed most come first"
        + (f"; {more} more stand in the JSON file" if more else "")
        + (f". Paths count from {text_of(root)}" if root else "")
        + ".</p>"
    )
    cells = "".join(_flip(flip, root, thumbs.get(_part_of(flip))) for flip in shown)
    yield f"<div class=sheet>{cells}</div>"


def _flip(flip: Mapping[str, Any], root: str, jpeg: bytes | None) -> str:
    path = os.path.relpath(flip["path"], root) if root else flip["path"]
    place = ", ".join(map(str, flip["xyxy"])) if "xyxy" in flip else ""
    caption = (
        f"<b>{flip['parent_score']:.3f} → {flip['model_score']:.3f}</b><br>"
        f"label {text_of(flip['label'])}<br><span class=note>{text_of(path)}"
        f"{f'<br>px {place}' if place else ''}</span>"
    )
    return figure_with(jpeg, Html(caption), css=flip["turned"])


def _pictures(certificate: Mapping[str, Any]) -> Iterable[str]:
    """Say which pictures served for what, and which could not be read."""
    yield "<h2>Pictures</h2>"
    for key, title in _USES.items():
        data = certificate.get(key)
        if not data:
            continue
        yield f"<h3>{title}</h3>"
        yield facts_of(
            {
                "pictures": f"{data['pictures']}, {data['cracks']} of them with cracks",
                "independent": f"{data['photos']} (photos where they are known, else pictures)",
                "split": data["split"],
                "sources": data["sources"],
                "fingerprint": data["fingerprint"],
            }
        )
        if data["unreadable"]:
            yield f"<p>Not readable and left out: {len(data['unreadable'])}</p>"
            yield list_of(data["unreadable"])


def _origin(certificate: Mapping[str, Any]) -> Iterable[str]:
    """Say what exactly was held against what, and by which tools."""
    drawn = certificate["intervals"]
    yield "<h2>Intervals</h2>"
    yield (
        f"<p>{drawn['level']:.0%}, {text_of(drawn['method'])}; {drawn['resamples']} resamples, "
        f"seed {drawn['seed']}.</p>"
    )
    yield "<h2>Files</h2>"
    for about in (certificate["parent"], *certificate["files"].values()):
        yield f"<h3>{text_of(about['file'])}</h3>"
        yield facts_of(
            {
                "format": about["format"],
                "sha256": about["sha256"],
                **({"made from": about["parent_sha256"]} if about["parent_sha256"] else {}),
                **({"bytes": about["bytes"]} if about["bytes"] else {}),
                "run by": about["backend"],
            }
        )
    yield f"<h2>Tools</h2>{facts_of(certificate['tools'])}"


def _count_pictures(data: Mapping[str, Any]) -> str:
    what = "squares of whole photos" if data.get("mode") else "labelled pictures"
    split = f" of the {text_of(data['split'])} split" if data["split"] not in ("", "none") else ""
    mode = f" (mode {text_of(data['mode'])})" if data.get("mode") else ""
    return f"<b>{data['pictures']} {what}</b>{split}{mode}"


def _badge(passed: bool) -> Html:
    return Html("<span class=met>bars met</span>" if passed else "<span class=missed>missed</span>")


def _change(part: Mapping[str, Any], key: str) -> Html:
    return _with_interval(part["difference"][key], part["intervals"]["difference"][key], sign=True)


def _with_interval(
    value: float | None,
    interval: Mapping[str, Any] | None,
    *,
    sign: bool = False,
    digits: int = 3,
) -> Html:
    form = f"{'+' if sign else ''}.{digits}f"
    if value is None:
        return Html("–")
    text = _form(value, form)
    if interval is None:
        return Html(text)
    return Html(f"{text}<br><span class=note>{_ends(interval, form)}</span>")


def _ends(interval: Mapping[str, Any], form: str) -> str:
    return f"{_form(interval['low'], form)} to {_form(interval['high'], form)}"


def _form(value: float, form: str) -> str:
    text = format(value, form)
    zero = format(0.0, form).strip("+")
    return zero if text.strip("+-") == zero else text.replace("-", "−")


def _choose_shown(flipped: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    by_change = sorted(flipped, key=lambda flip: -abs(flip["model_score"] - flip["parent_score"]))
    return by_change[:MAX_SHOWN]


def _part_of(flip: Mapping[str, Any]) -> Part:
    box = flip.get("xyxy")
    if box is None:
        return Path(flip["path"]), None
    left, top, right, bottom = box
    return Path(flip["path"]), (left, top, right, bottom)


def _find_root(flipped: Iterable[Mapping[str, Any]]) -> str:
    """Return the folder above all of the pictures; empty where there is none to tell."""
    folders = {Path(os.path.abspath(flip["path"])).parent for flip in flipped}
    try:
        root = Path(os.path.commonpath(folders))
    except ValueError:  # drives of Windows
        return ""
    return "" if root == root.parent else str(root)
