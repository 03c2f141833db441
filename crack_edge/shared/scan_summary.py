"""What a scan found, in a few lines for an inspector, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from crack_edge.shared.console import echo, print_next
from crack_edge.shared.result_folder import name_beside
from edge.files.formatting import count_of

if TYPE_CHECKING:
    from edge.report.summary import ScanSummary

# So many names are given of photos that failed, and of positions without a photo.
_SHOWN = 3


def print_findings(summary: ScanSummary, out: Path) -> None:
    """Print how many photos and findings there are, what failed, and where the report lies."""
    photos, found = summary.triage, summary.findings
    echo(
        f"photos: {summary.photos:,} ({photos['crack']:,} with sure cracks, "
        f"{photos['review']:,} to review, {photos['clear']:,} clear, "
        f"{photos['not inspected']:,} not inspected)"
    )
    echo(
        f"findings: {count_of(found['crack'], 'sure crack')}, "
        f"{count_of(found['review'], 'place')} to review"
    )
    if summary.failures:
        echo(f"failed: {shorten(summary.failures)}; the report gives the reasons")
    if unused := summary.unused_positions:
        echo(f"positions that match no photo: {shorten(unused)}")
    if words := summary.describe_rescaling():
        echo(f"scale: {words}")
    echo(f"report: {out / 'report.html'}")


def print_next_step(summary: ScanSummary, out: Path) -> None:
    """Print what makes most of a scan now: its scale, or else a second look at doubtful tiles."""
    if left := summary.describe_left():
        echo(f"incomplete: {left}")
    scanned = summary.photos - summary.failed
    if not scanned:
        return
    if summary.lacks_scale:
        echo(
            f"scale: unknown for {count_of(scanned, 'photo')}, so lengths are in px; give --gsd "
            "MM, the mm of the surface that one px shows"
        )
        print_next("report", out, "--gsd", "MM")
        return
    if summary.unscaled:
        echo(
            f"scale: unknown for {summary.unscaled:,} of {count_of(scanned, 'photo')}; give it per "
            "photo in a CSV: --positions FILE with the columns photo,gsd_mm (docs/findings.md)"
        )
    print_next("export-review", out, "--out", name_beside(out, "-review"))


def shorten(names: Iterable[str]) -> str:
    """Return the first few names, and how many more there are."""
    listed = list(names)
    more = len(listed) - _SHOWN
    return ", ".join(listed[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
