"""What a scan did not see, and what can be claimed where nothing was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median

from edge.files.formatting import count_of, format_score
from edge.files.html import list_of, text_of
from edge.report.findings import PhotoFindings
from edge.report.page.reported_scan import Scan, mm_of
from edge.report.page.site_map import count_unplaced

# Reasons that are told apart.
_MAX_REASONS = 6


def not_inspected_and_clear(scan: Scan) -> Iterable[str]:
    """Put what nobody looked at beside what is clear: silence is not to be taken for clear."""
    unseen = scan.list_photos("not inspected")
    in_part = [
        pair
        for pair in enumerate(scan.photos)
        if pair[1].reasons and pair[1].triage != "not inspected"
    ]
    clear = scan.list_photos("clear")
    yield "<div class=beside><section class='panel not-inspected'>"
    yield f"<h2>Not inspected: {count_of(len(unseen), 'photo')}</h2>"
    if unseen:
        yield "<p>The scan says nothing about these photos: check them yourself.</p>"
        yield _photo_list("Not inspected", [(pair, _reasons(pair[1])) for pair in unseen])
    else:
        yield "<p>Every photo could be read, and enough of each could be judged.</p>"
    if in_part:
        yield f"<h3>Inspected in part: {count_of(len(in_part), 'photo')}</h3>"
        yield _photo_list(
            "Inspected in part",
            [(pair, f"{pair[1].triage}; {_reasons(pair[1])}") for pair in in_part],
        )
    yield "</section><section class='panel clear'>"
    yield f"<h2>Clear: {count_of(len(clear), 'photo')}</h2>"
    if not clear:
        yield "<p>No photo is clear: each one has findings or was not inspected.</p>"
    else:
        yield f"<p>Nothing scored {format_score(scan.thresholds.review)} or more.</p>"
        yield from _claim(scan, [photo for _, photo in clear])
        yield "<details><summary>List the clear photos</summary>"
        yield _photo_list("Clear", [(pair, _limit_of(scan, pair[1])) for pair in clear])
        yield "</details>"
    yield "</section></div>"


def limits(scan: Scan) -> Iterable[str]:
    """Say how fine a crack the photos can show at all."""
    seen = [photo for photo in scan.photos if photo.triage != "not inspected"]
    known = sorted(one.smallest_crack_mm for one in seen if one.smallest_crack_mm is not None)
    yield "<section><h2>How fine a crack the photos can show</h2>"
    if known:
        yield f"<p>{_describe_widths(known)} Finer cracks may be missed.</p>"
        yield _tabulate_limits(scan, seen)
    coarse = [pair for pair in enumerate(scan.photos) if _is_too_coarse(pair[1])]
    if coarse:
        yield f"<details><summary>List the {count_of(len(coarse), 'photo')} too coarse for "
        yield f"{mm_of(scan.site.crack_width_mm)}</summary>"
        yield _photo_list("Too coarse", [(pair, _limit_of(scan, pair[1])) for pair in coarse])
        yield "</details>"
    unknown = Counter(one.place.gsd_from for one in seen if one.smallest_crack_mm is None)
    if unknown:
        yield (
            f"<p>The scale of {count_of(sum(unknown.values()), 'photo')} is unknown, so lengths "
            "are in px and it is unknown how fine a crack can be seen:</p>"
        )
        yield _count_reasons(unknown.most_common())
        yield _advise_scale(of_all=scan.summary.lacks_scale)
    yield "</section>"


def unplaced(scan: Scan) -> Iterable[str]:
    """Count the photos that are not on the map, and say why."""
    counts = count_unplaced(scan.photos)
    if counts:
        count = sum(count for _, count in counts)
        yield f"<p>{count_of(count, 'photo')} {'is' if count == 1 else 'are'} not on the map:</p>"
        yield _count_reasons(counts)


def _advise_scale(*, of_all: bool) -> str:
    """Say how to give a scale: one of all photos would replace those that are known."""
    if of_all:
        return (
            "<p>To give the scale, with MM for the mm of the surface that one px shows: "
            "<code>crack-edge report FOLDER --gsd MM</code></p>"
        )
    return (
        "<p>To give their scale, list them in a CSV file with the columns <code>photo,gsd_mm</code>"
        ", where gsd_mm is the mm of the surface that one px shows: "
        "<code>crack-edge report FOLDER --positions FILE</code></p>"
    )


def _claim(scan: Scan, clear: Sequence[PhotoFindings]) -> Iterable[str]:
    """Say what clear photos can claim for the crack width that is asked for."""
    fine = Counter(one.is_fine_enough for one in clear)
    width = mm_of(scan.site.crack_width_mm)
    claims = [f"<b>{fine[True]:,} can show a crack {width} wide</b>"]
    if fine[False]:
        claims.append(f"{fine[False]:,} cannot (too coarse)")
    if fine[None]:
        claims.append(f"the scale of {fine[None]:,} is unknown")
    yield f"<p>Of {count_of(len(clear), 'clear photo')}, {'; '.join(claims)}.</p>"


def _describe_widths(known: Sequence[float]) -> str:
    """Say from which width on photos show cracks; widths are sorted."""
    photos = f"{count_of(len(known), 'photo')} of known scale"
    finest, middle, coarsest = mm_of(known[0]), mm_of(median(known)), mm_of(known[-1])
    if finest == coarsest:
        return f"{photos}: cracks {finest} wide or wider can be seen."
    return (
        f"{photos}: the sharpest shows cracks {finest} wide or wider, half of them {middle} or "
        f"finer, the coarsest {coarsest} or wider."
    )


def _tabulate_limits(scan: Scan, seen: Sequence[PhotoFindings]) -> str:
    groups = {
        "with findings": [one for one in seen if one.findings],
        "clear": [one for one in seen if not one.findings],
    }
    width = mm_of(scan.site.crack_width_mm)
    words = {True: f"can show {width}", False: f"too coarse for {width}", None: "scale unknown"}
    rows = "".join(
        f"<tr><th scope=row>{name}"
        + "".join(f"<td>{sum(one.is_fine_enough is key for one in seen):,}" for key in words)
        + "</tr>"
        for name, seen in groups.items()
    )
    heads = "".join(f"<th scope=col>{word}" for word in words.values())
    return (
        "<div class=wide><table class=limits><caption>Number of photos</caption>"
        f"<tr><td>{heads}</tr>{rows}</table></div>"
    )


def _photo_list(label: str, lines: Iterable[tuple[tuple[int, PhotoFindings], str]]) -> str:
    items = "".join(
        f"<li><a href='#f={index}'>{text_of(photo.name)}</a>: {text_of(words)}</li>"
        for (index, photo), words in lines
    )
    return f"<ul class=long tabindex=0 aria-label='{label}'>{items}</ul>"


def _reasons(photo: PhotoFindings) -> str:
    return "; ".join(photo.reasons) or photo.outcome.error or "no reason given"


def _is_too_coarse(photo: PhotoFindings) -> bool:
    return photo.triage != "not inspected" and photo.is_fine_enough is False


def _limit_of(scan: Scan, photo: PhotoFindings) -> str:
    if photo.smallest_crack_mm is None:
        return "scale unknown"
    words = f"shows cracks {mm_of(photo.smallest_crack_mm)} wide or wider"
    if photo.is_fine_enough is False:
        words += f", too coarse for {mm_of(scan.site.crack_width_mm)}"
    return words


def _count_reasons(counts: Sequence[tuple[str, int]]) -> str:
    lines = [f"{count_of(count, 'photo')}: {reason}" for reason, count in counts[:_MAX_REASONS]]
    if len(counts) > _MAX_REASONS:
        rest = sum(count for _, count in counts[_MAX_REASONS:])
        lines.append(f"{count_of(rest, 'photo')}: other reasons")
    return list_of(lines)
