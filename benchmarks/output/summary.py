"""What results say in sentences: what is fastest, what is most accurate, how far to trust them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.output.figures import (
    AccuracyName,
    SummaryRow,
    Timing,
    estimate_of,
    find_front,
    find_point,
)
from benchmarks.output.formatting import plain, shorten, spell, spell_estimate
from benchmarks.result_types import LatencyRow, Results
from benchmarks.stats.estimates import Estimate
from edge.detect.settings import View
from edge.files.formatting import count_of

SHOWN_AS: Mapping[str, str] = {
    "accuracy": "accuracy",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "auc": "AUC",
}
# Longer lists stand in the tables.
_MAX_LISTED = 4


@dataclass(frozen=True)
class Conclusion:
    """What a benchmark comes to.

    Attributes:
        text: which file is fastest, and whether it is as accurate as the others.
        file: name of the one to use; the fastest, or the most accurate if that is better.
    """

    text: str
    file: str


def explain_disturbance(results: Results) -> str:
    """Say why times must not be quoted; empty if they may."""
    reasons = [plain(reason) for reason in results["conditions"]["disturbed"]]
    return f"Disturbed run, so do not rely on its times: {'; '.join(reasons)}" if reasons else ""


def explain_stop(results: Results) -> str:
    """Say how long was measured, why no more, and how well each p90 is known by then."""
    latency = results["latency"]
    rows = latency["rows"]
    effort = (
        f"{spell(latency['seconds'], decimals=0)} s of latencies in {latency['sessions']} "
        f"sessions and {latency['rounds']} rounds"
    )
    if not rows:
        return f"{effort}; no latency was measured"
    target = _percent(latency["target"])
    rough = [row for row in rows if not row["is_narrow"]]
    if not rough:
        return f"{effort}; each p90 is known to {target} or better"
    reason = {
        "narrow": "stopped",
        "time": "the time ran out",
        "interrupted": "interrupted",
    }[latency["stopped"]]
    worst = sorted(rough, key=_half_width, reverse=True)
    if len(rough) == len(rows) > 1:
        worst_one = f"{_name_row(worst[0])} ({_known_to(worst[0])})"
        return f"{effort}; {reason} before any p90 was known to {target}, worst {worst_one}"
    named = _join_some([f"{_name_row(row)} ({_known_to(row)})" for row in worst])
    others = len(rows) - len(rough)
    known = f"; the other {others} to {target} or better" if others else ""
    return f"{effort}; {reason} before p90 was known to {target} for {named}{known}"


def explain_unsteady(results: Results) -> str:
    """Name the latencies whose warm-up never became steady; empty if all did."""
    rows = results["latency"]["rows"]
    names = [_name_row(row) for row in rows if not row["is_steady"]]
    if len(names) > 1 and len(names) == len(rows):
        named = f"all {len(rows)} latencies"
    else:
        named = _join_some(names)
    return f"Not steady after the warm-up: {named}" if names else ""


def list_problems(results: Results) -> list[str]:
    """Return a line on each file and backend, and each picture, that could not be measured."""
    lines = [
        plain(f"{', '.join(filter(None, (one['file'], one['backend'])))}: {one['text']}")
        for one in results["problems"]
    ]
    data = results["accuracy"]["data"] if results["accuracy"] else {}
    unreadable = [plain(str(complaint)) for complaint in data.get("unreadable") or ()]
    if unreadable:
        lines.append(
            f"{count_of(len(unreadable), 'picture')} left out of the accuracy: "
            f"{_join_some(unreadable)}"
        )
    return lines


def _join_some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MAX_LISTED} more" if len(names) > _MAX_LISTED else ""
    return "; ".join(names[:_MAX_LISTED]) + more


def list_headlines(rows: Sequence[SummaryRow]) -> list[tuple[str, str]]:
    """Return what the rows say as title and text: fastest, most accurate, best trade.

    Args:
        rows: of all files and backends.
    """
    found = [
        ("Fastest", _name_fastest(rows, "tile")),
        ("Fastest on whole photos", _name_fastest(rows, "dense")),
        ("Most accurate", _name_most_accurate(rows)),
        ("Best trade-offs of speed and accuracy", _name_front(rows)),
    ]
    return [(title, text) for title, text in found if text]


def conclude(rows: Sequence[SummaryRow]) -> Conclusion | None:
    """Say in a sentence or two what the rows come to; None where no latency was measured.

    Args:
        rows: of all files and backends.
    """
    for view in ("tile", "dense"):
        timed = _sort_by_speed(rows, view)
        if timed:
            break
    else:
        return None
    row, timing = timed[0]
    speed = f"{_speed(timing, view)} on {_threads(timing)}"
    alone = len(rows) == 1
    lead = f"{_in_words(row)} takes" if alone else f"{_in_words(row)} is the fastest:"
    if view == "dense":
        lead = lead.replace("takes", "scores")
    ranked = _rank_by_accuracy(rows)
    own = next((figure for _, other, figure in ranked if other == row), None)
    if own is None:
        said = "Give --data to measure how accurate it is." if not ranked else ""
        return Conclusion(f"{lead} {speed}. {said}".strip(), row.file)
    measure, best, highest = ranked[0]
    name = SHOWN_AS[measure]
    figure, most = (spell(one.value, decimals=3).text for one in (own, highest))
    if alone:
        return Conclusion(f"{lead} {speed}. Its {name} is {figure}.", row.file)
    if best == row or own.value == highest.value:
        return Conclusion(f"{lead} {speed}. None is more accurate: {name} {figure}.", row.file)
    if own.overlaps(highest):
        text = (
            f"These pictures show no difference in {name} from the most accurate, "
            f"{_in_words(best)} ({figure} and {most})."
        )
        return Conclusion(f"{lead} {speed}. {text}", row.file)
    text = f"{_in_words(best)} is more accurate: {name} {most}, not {figure}."
    return Conclusion(f"{lead} {speed}. {text}", best.file)


def _in_words(row: SummaryRow) -> str:
    return f"{shorten(plain(row.file))} on {shorten(plain(row.backend), 24)}"


def _sort_by_speed(rows: Sequence[SummaryRow], view: View) -> list[tuple[SummaryRow, Timing]]:
    timed = [(row, timing) for row in rows if (timing := row.views[view].fastest)]
    # Pieces of the dense view differ in size, tiles are what a verdict takes.
    timed.sort(key=lambda pair: 1 / pair[1].mpx_per_s if view == "dense" else pair[1].p50_ms.value)
    return timed


def _speed(timing: Timing, view: View) -> str:
    if view == "dense":
        return f"{spell(timing.mpx_per_s)} Mpx/s"
    return f"{spell(timing.p50_ms.value)} ms a tile"


def _rank_by_accuracy(
    rows: Sequence[SummaryRow],
) -> list[tuple[AccuracyName, SummaryRow, Estimate]]:
    """Return the rows whose accuracy is known, the most accurate first, with its measure."""
    for view in ("tile", "dense"):
        measure = choose_measure(rows, view)
        if measure is None:
            continue
        known = [(measure, row, one) for row in rows if (one := _figure(row, view, measure))]
        known.sort(key=lambda entry: -entry[2].value)
        return known
    return []


def choose_measure(rows: Sequence[SummaryRow], view: View) -> AccuracyName | None:
    """Return the figure of accuracy that files are compared by: AUC, recall where it has none."""
    names: tuple[AccuracyName, ...] = ("auc", "recall", "accuracy")
    for name in names:
        if any(_figure(row, view, name) for row in rows):
            return name
    return None


def _name_fastest(rows: Sequence[SummaryRow], view: View) -> str:
    timed = _sort_by_speed(rows, view)
    if not timed:
        return ""
    row, timing = timed[0]
    if view == "dense":
        speed = f"{spell(timing.mpx_per_s)} Mpx/s"
    else:
        speed = f"{spell_estimate(timing.p50_ms)} ms a tile"
    close = [
        other.name
        for other, its in timed[1:]
        if view == "tile" and its.p50_ms.overlaps(timing.p50_ms)
    ]
    equal = _name_close("as fast within the intervals", close)
    return f"{row.name}: {speed} on {_threads(timing)}{equal}"


def _name_most_accurate(rows: Sequence[SummaryRow]) -> str:
    ranked = _rank_by_accuracy(rows)
    if not ranked:
        return ""
    measure, row, best = ranked[0]
    close = [other.name for _, other, figure in ranked[1:] if figure.overlaps(best)]
    close_ones = _name_close("these pictures show no difference from", close)
    return f"{row.name}: {SHOWN_AS[measure]} {spell_estimate(best, decimals=3)}{close_ones}"


def _name_front(rows: Sequence[SummaryRow]) -> str:
    for view in ("tile", "dense"):
        measure = choose_measure(rows, view)
        if measure is None:
            continue
        front = find_front(rows, view, measure)
        if sum(find_point(row, view, measure) is not None for row in rows) < 2:
            return ""
        parts = []
        for row in front[: 2 * _MAX_LISTED]:
            point = find_point(row, view, measure)
            if point:
                speed = (
                    f"{spell(point[0].mpx_per_s)} Mpx/s"
                    if view == "dense"
                    else f"{spell(point[0].p50_ms.value)} ms"
                )
                figure = spell(point[1].value, decimals=3)
                parts.append(f"{row.name} ({speed}, {SHOWN_AS[measure]} {figure})")
        return "; ".join(parts)
    return ""


def _figure(row: SummaryRow, view: View, name: AccuracyName) -> Estimate | None:
    known = row.views[view].accuracy
    return known.figures[name] if known else None


def _name_close(words: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    return f"; {words}: {_join_some(names)}"


def _threads(timing: Timing) -> str:
    return count_of(timing.threads, "thread")


def _name_row(row: LatencyRow) -> str:
    plural = "s" * (row["threads"] > 1)
    file = shorten(plain(row["file"]))
    return f"{file}, {plain(row['backend'])}, {row['view']}, {row['threads']} thread{plural}"


def _half_width(row: LatencyRow) -> float:
    p90 = estimate_of(row["p90_ms"])
    if p90.low is None or p90.high is None:
        return float("inf")
    return (p90.high - p90.low) / 2 / p90.value


def _known_to(row: LatencyRow) -> str:
    width = _half_width(row)
    return "not known" if width == float("inf") else _percent(width)


def _percent(share: float) -> str:
    percent = 100 * share
    return f"±{percent:.0f} %" if percent >= 100 else f"±{percent:.2g} %"
