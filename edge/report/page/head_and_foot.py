"""Head and foot of the report: what was scanned, what the words mean, room to sign, details."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from edge.detect.cascade import describe_in_words
from edge.detect.triage import Thresholds, Triage
from edge.files.formatting import count_of, format_score
from edge.files.html import facts_of, text_of
from edge.files.paths import common_folder
from edge.report.findings import PhotoFindings
from edge.report.page.reported_scan import Scan, mm_of
from edge.report.summary import ScanSummary


def head(scan: Scan) -> Iterable[str]:
    """Say what was scanned, by what, and what the figures mean."""
    summary = scan.summary
    root = common_folder(photo.outcome.task.path for photo in scan.photos)
    taken, made = _describe_days(scan.photos), _describe_making(summary)
    yield "<h1>Crack inspection of photos</h1>"
    yield (
        f"<p class=note>{count_of(len(scan.photos), 'photo')}"
        f"{f' in the folder {text_of(root)}' if root else ''}{text_of(taken)}.{text_of(made)}</p>"
    )
    if left := summary.describe_left():
        yield f"<p class=warn>{text_of(left)}.</p>"
    yield "<div class=big>"
    clear, unseen = len(scan.list_photos("clear")), len(scan.list_photos("not inspected"))
    yield from (
        _figure(len(scan.photos), "photo", ""),
        _figure_of_findings(scan, "crack", " marked crack"),
        _figure_of_findings(scan, "review", " to review"),
        _figure(unseen, "photo", " not inspected", css="not-inspected"),
        _figure(clear, "photo", " clear: nothing found", css="clear"),
    )
    yield "</div>"
    yield (
        "<p class=start><b>What to do:</b> open each of the <a href='#findings'>findings</a>, the "
        "most urgent first, and decide from its picture whether it is a crack. Where a photo was "
        "not inspected, check the structure itself. Then fill in, print and sign the "
        "<a href='#record'>inspection record</a>.</p>"
    )
    yield from _explain_results(scan.thresholds)
    yield (
        "<p>The scores come from a model. They support your judgement but do not replace it: the "
        "model misses some cracks, and mistakes some joints, stains and shadows for cracks.</p>"
    )


def settings(scan: Scan) -> Iterable[str]:
    """Say what is needed to run a finding again."""
    summary, card, chosen = scan.summary, scan.identity.card, scan.identity.settings
    yield "<details id=settings class=settings><summary>Model and settings</summary>"
    facts: dict[str, Any] = {
        role: f"{one.name}, SHA-256 {one.sha256 or 'unknown'}"
        for role, one in zip(
            ("Model", "Small model, which looks first"), scan.identity.models, strict=False
        )
    }
    facts |= {
        "Quantization": card.quantization,
        "Window": f"{card.window_px} px of a photo",
        "Model's own threshold": f"{card.threshold:.4f}",
        "Notes on the model": "; ".join(card.notes) or "none",
        "Threshold for review": f"{chosen.threshold:.4f}",
        "Threshold for a crack": f"{chosen.thresholds.crack:.4f}",
        "View": chosen.view,
        "Overlap of tiles": chosen.overlap or None,
        "Scales": chosen.scales,
        "Large model looks from score": chosen.unsure_from,
        "Cascade": describe_in_words(summary.cascade) if summary.cascade else None,
        "Scale of all photos": _describe_scale(summary),
        "Finest crack to be found": mm_of(scan.site.crack_width_mm),
        "Computing time": f"{summary.work_seconds:,.0f} s",
        "Made by": summary.made_by,
    }
    yield facts_of({name: value for name, value in facts.items() if value is not None})
    yield "<p>To scan a photo again with the same model and settings:</p>"
    yield f"<pre tabindex=0><code>{text_of(command_of(scan, 'PHOTO'))}</code></pre>"
    yield "</details>"


def signature() -> Iterable[str]:
    """Leave room for what a person decides, on the screen and on paper."""
    yield "<section id=record class=signature><h2>Inspection record</h2>"
    yield (
        "<p class=note>This page does not save what you type: print it, or save it as a PDF.</p>"
    )
    yield "<div class=fields>"
    for name, label in (
        ("structure", "Structure and location"),
        ("inspector", "Inspector"),
        ("date", "Date of inspection"),
        ("checked", "Checked by"),
    ):
        yield f"<label for={name}>{label}<input id={name} autocomplete=off /></label>"
    yield "<label class=whole for=remarks>Remarks<textarea id=remarks rows=4></textarea></label>"
    yield "</div><div class=lines><div>Inspector: date and signature</div>"
    yield "<div>Checked by: date and signature</div></div></section>"


def command_of(scan: Scan, photo: str) -> str:
    """Return the command that scans a photo again with the same model and settings."""
    settings, models = scan.identity.settings, scan.identity.models
    options: list[tuple[str, str | float | None]] = [
        ("--out", "again"),
        ("--model", models[0].name),
        ("--threshold", settings.threshold),
        ("--crack-threshold", settings.crack_threshold),
        ("--view", settings.view),
        ("--overlap", settings.overlap or None),
        *(("--scale", scale) for scale in settings.scales),
        ("--gsd", scan.site.gsd_mm),
        ("--distance", scan.site.distance_m),
        ("--crack-width", scan.site.crack_width_mm),
    ]
    if settings.unsure_from is not None:
        options += [("--cascade", models[1].name), ("--unsure-from", settings.unsure_from)]
    said = ((option, _spell(value)) for option, value in options if value is not None)
    return shlex.join(["crack-edge", "scan", photo, *chain.from_iterable(said)])


def _spell(value: str | float) -> str:
    """Return a value so that the command line reads the same one."""
    if isinstance(value, str):
        return value
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def _describe_scale(summary: ScanSummary) -> str | None:
    """Say what the user gave for all photos, and of how many it replaced what was known."""
    site = summary.site
    said = []
    if site.gsd_mm is not None:
        said.append(f"{site.gsd_mm:g} mm per px (--gsd)")
    if site.distance_m is not None:
        said.append(f"{site.distance_m:g} m away (--distance)")
    return "; ".join(filter(None, [*said, summary.describe_rescaling()])) or None


def _figure(count: int, what: str, words: str, css: str = "all") -> str:
    number, counted = count_of(count, what).split(" ", 1)
    return f"<div class={css}><b>{number}</b> {counted}{words}</div>"


def _figure_of_findings(scan: Scan, triage: Triage, words: str) -> str:
    photos = sum(any(one.triage == triage for one in photo.findings) for photo in scan.photos)
    words += f", on {count_of(photos, 'photo')}" if photos else ""
    return _figure(scan.count_findings(triage), "finding", words, css=triage)


def _explain_results(thresholds: Thresholds) -> Iterable[str]:
    """Say once what the words mean that the page sorts by."""
    crack, review = format_score(thresholds.crack), format_score(thresholds.review)
    yield "<dl class=results>"
    for triage, words in (
        ("crack", f"The model is sure: the score is {crack} or more, on a scale from 0 to 1."),
        ("review", f"Possibly a crack: the score is {review} or more. Check the picture."),
        ("not inspected", "The photo could not be read, or too little of it could be judged."),
        ("clear", f"Nothing scored {review} or more. Cracks may still be there."),
    ):
        css = triage.replace(" ", "-")
        yield f"<dt><span class='badge {css}'>{triage}</span></dt><dd>{words}</dd>"
    yield "</dl>"


def _describe_days(photos: Sequence[PhotoFindings]) -> str:
    days = sorted(filter(None, (photo.outcome.camera.taken for photo in photos)))
    if not days:
        return ""
    ends = dict.fromkeys(day[:10] for day in (days[0], days[-1]))
    some = f"{len(days):,} of them " if len(days) < len(photos) else ""
    return f", {some}taken {' to '.join(ends)}"


def _describe_making(summary: ScanSummary) -> str:
    zone = " UTC" if summary.created.endswith(("+00:00", "Z")) else ""
    return f" Scanned {summary.created[:16].replace('T', ' ')}{zone} by {summary.made_by}."
