"""Head and foot of the report: what was scanned, by what, how to do it again, room to sign."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from itertools import chain

from edge.detect.cascade import describe_in_words
from edge.detect.triage import Triage
from edge.files.formatting import count_of
from edge.files.html import facts_of, text_of
from edge.files.paths import common_folder
from edge.report.page.reported_scan import Scan, mm_of
from edge.report.summary import ScanSummary


def head(scan: Scan) -> Iterable[str]:
    """Say what was scanned, by what, and what the figures mean."""
    summary = scan.summary
    days = sorted(filter(None, (photo.outcome.camera.taken for photo in scan.photos)))
    ends = dict.fromkeys(day[:10] for day in (*days[:1], *days[-1:]))
    taken = f", taken {' to '.join(ends)}" if ends else ""
    root = common_folder(photo.outcome.task.path for photo in scan.photos)
    made = _describe_making(summary)
    yield "<h1>Crack inspection of photos</h1>"
    yield (
        f"<p class=note>{count_of(len(scan.photos), 'photo')}"
        f"{f' in {text_of(root)}' if root else ''}{text_of(taken)}.{text_of(made)}</p>"
    )
    yield "<div class=big>"
    clear, unseen = len(scan.list_photos("clear")), len(scan.list_photos("not inspected"))
    yield from (
        _figure(len(scan.photos), "photo", f", {summary.megapixels:,.0f} Mpx"),
        _figure_of_findings(scan, "crack", " called crack"),
        _figure_of_findings(scan, "review", " to review"),
        _figure(unseen, "photo", " not inspected", css="not-inspected"),
        _figure(clear, "photo", " clear: nothing found", css="clear"),
    )
    yield "</div>"
    yield (
        "<p>A finding with a score of "
        f"{scan.thresholds.crack:.3f} or more is called a <b>crack</b>, one from "
        f"{scan.thresholds.review:.3f} "
        "on is to <b>review</b>: a person should look. The score comes from a model. It is an aid, "
        "not a judgement: it can miss cracks, and it can take joints, stains and shadows for "
        "cracks. <b>Clear</b> means that it found nothing, not that nothing is there.</p>"
    )
    if summary.cascade:
        yield f"<p>Cascade: {text_of(describe_in_words(summary.cascade))}.</p>"


def settings(scan: Scan) -> Iterable[str]:
    """Say what is needed to run a finding again."""
    identity = scan.identity
    card = identity.card
    yield "<section class=settings><h2>Model and settings</h2>"
    yield facts_of(
        {
            **{
                role: f"{one.name}, sha256 {one.sha256 or 'unknown'}"
                for role, one in zip(
                    ("model", "small model, looks first"), identity.models, strict=False
                )
            },
            "quantization": card.quantization,
            "window": f"{card.window_px} px of a photo",
            "its own threshold": f"{card.threshold:.4f} ({card.threshold_rule})",
            "notes": "; ".join(card.notes) or "none",
            "settings": {k: v for k, v in identity.settings.to_dict().items() if v is not None},
            "crack width asked for": mm_of(scan.site.crack_width_mm),
            "seconds of work": scan.summary.work_seconds,
            "made by": scan.summary.made_by,
        }
    )
    yield "<p>To scan a photo again with the same model and settings:</p>"
    yield f"<pre tabindex=0><code>{text_of(command_of(scan, 'PHOTO'))}</code></pre>"
    yield "</section>"


def signature() -> Iterable[str]:
    """Leave room for what a person decides, on the screen and on paper."""
    yield "<section class=signature><h2>Inspection record</h2>"
    yield "<p class=note>The page keeps nothing of what is typed: print it, or save it as PDF.</p>"
    yield "<div class=fields>"
    for name, label in (
        ("structure", "Structure, place"),
        ("inspector", "Inspector"),
        ("date", "Date of the inspection"),
        ("checked", "Checked by"),
    ):
        yield f"<label for={name}>{label}<input id={name} autocomplete=off /></label>"
    yield "<label class=whole for=remarks>Remarks<textarea id=remarks rows=4></textarea></label>"
    yield "</div><div class=lines><div>Inspector, date, signature</div>"
    yield "<div>Checked by, date, signature</div></div></section>"


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


def _figure(count: int, what: str, words: str, css: str = "all") -> str:
    number, counted = count_of(count, what).split(" ", 1)
    return f"<div class={css}><b>{number}</b> {counted}{words}</div>"


def _figure_of_findings(scan: Scan, triage: Triage, words: str) -> str:
    photos = sum(any(one.triage == triage for one in photo.findings) for photo in scan.photos)
    words += f", on {count_of(photos, 'photo')}"
    return _figure(scan.count_findings(triage), "finding", words, css=triage)


def _describe_making(summary: ScanSummary) -> str:
    zone = " UTC" if summary.created.endswith(("+00:00", "Z")) else ""
    return f" Scanned {summary.created[:19].replace('T', ' ')}{zone} by {summary.made_by}."
