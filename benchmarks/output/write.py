"""All files that a benchmark leaves in its folder."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

from benchmarks.output.csv_table import render_csv
from benchmarks.output.markdown import render_markdown
from benchmarks.output.page import INSTALL_PLOTS, PLOT_NAMES, render_page
from benchmarks.output.results_file import write_results
from benchmarks.result_types import Results
from edge.files.atomic_write import refuse_to_overwrite, replace_atomically
from edge.files.errors import OutputError
from edge.files.text_encoding import replace_undecodable

RESULTS, CSV, MARKDOWN, PAGE = "results.json", "results.csv", "results.md", "report.html"
PLOTS = "plots"


def is_installed(package: str) -> bool:
    """Tell whether a package of an extra can be imported."""
    return importlib.util.find_spec(package) is not None


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
    results: Results,
    out: Path,
    *,
    force: bool,
    has_package: Callable[[str], bool] = is_installed,
) -> list[Path]:
    """Write results and tables; the page and the plots where their packages are installed.

    Args:
        results: as in ``results.schema.json``.
        out: folder, made where it is missing.
        force: replace what is there; a page and plots of before that are not made now go.
        has_package: tells whether a package is installed.

    Returns:
        The files.

    Raises:
        OutputError: one of them exists already or cannot be written.
    """
    refuse_to_overwrite_outputs(out, force=force)
    # The figures come first: whatever happens to the rest, the measurement is kept.
    write_results(out / RESULTS, results, force=force)
    plots: dict[str, bytes] = {}
    if has_package("matplotlib"):
        from benchmarks.output.plots import draw_plots

        plots = draw_plots(results)
    files = {
        out / CSV: render_csv(results),
        out / MARKDOWN: replace_undecodable(render_markdown(results, list(plots))).encode(),
        **{out / PLOTS / f"{name}.png": data for name, data in plots.items()},
    }
    if has_package("jinja2"):
        files[out / PAGE] = render_page(results, plots).encode()
    for path, data in files.items():
        replace_atomically(path, data)
    _remove_earlier(out, set(files))
    return [out / RESULTS, *files]


def explain_missing(has_package: Callable[[str], bool] = is_installed) -> str:
    """Say what is left out because a package is not installed; empty if nothing is."""
    left_out = {"the plots": "matplotlib", "the page": "jinja2"}
    names = [name for name, package in left_out.items() if not has_package(package)]
    if not names:
        return ""
    verb = "are" if "the plots" in names else "is"
    return f"{' and '.join(names)} {verb} left out; to add them: {INSTALL_PLOTS}"


def _remove_earlier(out: Path, kept: set[Path]) -> None:
    """Remove our page and plots of an earlier run: beside new results they would mislead."""
    for path in (out / PAGE, *(out / PLOTS / f"{name}.png" for name in PLOT_NAMES)):
        if path not in kept:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise OutputError(f"{path}: cannot be removed ({error.strerror})") from error
