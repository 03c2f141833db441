"""All files that a benchmark leaves in its folder."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.output.csv_table import render_csv
from benchmarks.output.markdown import render_markdown
from benchmarks.output.page import PLOT_NAMES, render_page
from benchmarks.output.results_file import write_results
from edge.files.atomic_write import refuse_to_overwrite, replace_atomically
from edge.files.errors import OutputError
from edge.files.text_encoding import replace_undecodable

RESULTS, CSV, MARKDOWN, PAGE = "results.json", "results.csv", "results.md", "report.html"
PLOTS = "plots"


def refuse_to_overwrite_outputs(out: Path, *, force: bool) -> None:
    """Stop before work whose output stands already, unless told to replace it.

    Args:
        out: folder of the outputs.
        force: replace what is there.

    Raises:
        OutputError: one of them exists already.
    """
    files = [out / name for name in (RESULTS, CSV, MARKDOWN, PAGE)]
    refuse_to_overwrite(*files, out / PLOTS, force=force)


def write_outputs(
    results: Mapping[str, Any], out: Path, *, force: bool, has_matplotlib: bool | None = None
) -> list[Path]:
    """Write results, tables and page, and the plots where matplotlib is installed.

    Args:
        results: as in ``results.schema.json``.
        out: folder, made where it is missing.
        force: replace what is there; plots of before that are not drawn now go.
        has_matplotlib: whether plots are drawn; if None, where it is installed.

    Returns:
        The files.

    Raises:
        OutputError: one of them exists already or cannot be written.
    """
    refuse_to_overwrite_outputs(out, force=force)
    # The figures come first: whatever befalls the rest, the measurement is kept.
    write_results(out / RESULTS, results, force=force)
    plots = _draw_plots(results, has_matplotlib)
    pictures = {out / PLOTS / f"{name}.png": data for name, data in plots.items()}
    files = {
        out / CSV: render_csv(results),
        out / MARKDOWN: replace_undecodable(render_markdown(results, list(plots))).encode(),
        **pictures,
        out / PAGE: render_page(results, plots).encode(),
    }
    for path, data in files.items():
        replace_atomically(path, data)
    _remove_old_plots(out / PLOTS, set(pictures))
    return [out / RESULTS, *files]


def _draw_plots(results: Mapping[str, Any], has_matplotlib: bool | None) -> dict[str, bytes]:
    if has_matplotlib is None:
        has_matplotlib = importlib.util.find_spec("matplotlib") is not None
    if not has_matplotlib:
        return {}
    from benchmarks.output.plots import draw_plots

    return draw_plots(results)


def _remove_old_plots(folder: Path, kept: set[Path]) -> None:
    """Remove our plots of an earlier run: beside new results they would mislead."""
    for name in PLOT_NAMES:
        path = folder / f"{name}.png"
        if path not in kept:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise OutputError(f"{path}: cannot be removed ({error.strerror})") from error
