"""What width and input size cost: a sweep's results as rows, as lines and as a plot."""

from __future__ import annotations

import dataclasses
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.run.subject import ModelFile

# The names that ``make_sweep_files`` gives.
_NAME = re.compile(r"alpha-(?P<alpha>\d+(?:\.\d+)?)-\d+px")
_PLOT_INCHES = (7.0, 4.5)
_DPI = 144


@dataclass(frozen=True)
class SweepRow:
    """One width at one input size, in one format on one backend, on the fewest threads measured.

    Attributes:
        file: whose latency it is.
        kind: format of the file, such as ``tflite-int8``.
        backend: that ran it.
        alpha: width of MobileNetV2; None where the file does not say.
        input_px: side of a tile.
        threads: that the runtime might use.
        bytes: size of the file.
        p50_ms: median latency of a tile.
        p90_ms: that nine tenths of the tiles stay below.
        dense_mpx_per_s: px scored in a second in the dense view, 10^6; None if not measured.
        trained: the trained file of this width and size; None without one.
        recall: of the trained file.
        auc: of the trained file.
    """

    file: str
    kind: str
    backend: str
    alpha: float | None
    input_px: int
    threads: int
    bytes: int
    p50_ms: float
    p90_ms: float
    dense_mpx_per_s: float | None
    trained: str | None = None
    recall: float | None = None
    auc: float | None = None


def sweep_rows(results: Mapping[str, Any], files: Iterable[ModelFile] = ()) -> list[SweepRow]:
    """Put a sweep's figures together, accuracy beside latency.

    A trained file lends its accuracy to the untrained one of its width, input size, format and
    backend, whose latency is the same; one without such a partner has a row of its own.

    Args:
        results: as ``crack-edge benchmark`` writes them.
        files: the trained ones, whose cards say their width.

    Returns:
        Rows in order of format, backend, alpha and input size; last those without alpha.
    """
    trained = {file.name: file for file in files}
    about = {file["name"]: file for file in results["files"]}
    accuracy = _find_accuracy(results)
    fewest = min((row["threads"] for row in results["latency"]["rows"]), default=1)
    measured = [row for row in results["latency"]["rows"] if row["threads"] == fewest]
    dense = {
        (row["file"], row["backend"]): row["mpx_per_s"]
        for row in measured
        if row["view"] == "dense"
    }
    cells: dict[tuple[Any, ...], SweepRow] = {}
    alone: list[SweepRow] = []
    rows = [row for row in measured if row["view"] == "tile"]
    # Untrained ones first: they are the cells that trained ones are put into.
    for row in sorted(rows, key=lambda row: not _is_untrained(about[row["file"]])):
        name, backend = row["file"], row["backend"]
        made = _make_row(row, about[name], trained.get(name), dense.get((name, backend)))
        place = (made.kind, backend, made.alpha, made.input_px)
        if _is_untrained(about[name]):
            cells[place] = made
            continue
        scores = accuracy.get((name, backend), {})
        known = {"trained": name, "recall": scores.get("recall"), "auc": scores.get("auc")}
        partner = cells.get(place)
        if partner is not None and partner.trained is None:
            cells[place] = dataclasses.replace(partner, **known)
        else:
            alone.append(dataclasses.replace(made, **known))
    return sorted([*cells.values(), *alone], key=_place)


def _find_accuracy(results: Mapping[str, Any]) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Return the accuracy of each file and backend, of tiles where both views were scored."""
    rows = (results["accuracy"] or {"rows": []})["rows"]
    last_is_tile = sorted(rows, key=lambda row: str(row["view"]) == "tile")
    return {(row["file"], row["backend"]): row for row in last_is_tile}


def _is_untrained(file: Mapping[str, Any]) -> bool:
    return _NAME.fullmatch(file["model"]) is not None


def _make_row(
    row: Mapping[str, Any],
    file: Mapping[str, Any],
    trained: ModelFile | None,
    dense: float | None,
) -> SweepRow:
    found = _NAME.fullmatch(file["model"])
    alpha = float(found["alpha"]) if found else None
    if trained is not None and isinstance(trained.card.recipe.get("alpha"), int | float):
        alpha = float(trained.card.recipe["alpha"])
    return SweepRow(
        file=row["file"],
        kind=f"{file['kind']}-{file['quantization']}",
        backend=row["backend"],
        alpha=alpha,
        input_px=file["input_px"],
        threads=row["threads"],
        bytes=file["bytes"],
        p50_ms=row["p50_ms"]["value"],
        p90_ms=row["p90_ms"]["value"],
        dense_mpx_per_s=dense,
    )


def _place(row: SweepRow) -> tuple[Any, ...]:
    return row.kind, row.backend, row.alpha is None, row.alpha or 0.0, row.input_px, row.file


def describe_sweep(rows: Sequence[SweepRow]) -> list[str]:
    """Return a matrix of median latencies for each format and backend, alpha by input size.

    Trained files follow with their accuracy, where there are any.
    """
    lines = []
    for (kind, backend), matrix in _gather_matrices(rows).items():
        inputs = sorted({side for _, side in matrix})
        lines += ["", f"p50 of a tile, ms ({kind}, {backend}, {_count_threads(matrix)})"]
        lines.append(_line("alpha", [f"{side} px" for side in inputs]))
        for alpha in sorted({width for width, _ in matrix}):
            found = [matrix.get((alpha, side)) for side in inputs]
            cells = ["-" if row is None else f"{row.p50_ms:.2f}" for row in found]
            lines.append(_line(f"{alpha:g}", cells))
    known = [row for row in rows if row.trained is not None]
    if known:
        width = max(len(row.trained or "") for row in known)
        lines += ["", _line("trained".ljust(width), ("p50, ms", "recall", "AUC"))]
        for row in known:
            figures = [f"{row.p50_ms:.2f}", *map(_share, (row.recall, row.auc))]
            lines.append(_line((row.trained or "").ljust(width), figures))
    return lines[1:]


_Matrix = dict[tuple[float, int], SweepRow]


def _gather_matrices(rows: Iterable[SweepRow]) -> dict[tuple[str, str], _Matrix]:
    """Return rows by alpha and input size, for each format and backend."""
    matrices: dict[tuple[str, str], _Matrix] = {}
    # Where a trained file has a row of its own in the same place, the untrained one is shown.
    for row in sorted(rows, key=lambda row: row.file == row.trained):
        if row.alpha is not None:
            matrix = matrices.setdefault((row.kind, row.backend), {})
            matrix.setdefault((row.alpha, row.input_px), row)
    return matrices


def _count_threads(matrix: _Matrix) -> str:
    threads = next(iter(matrix.values())).threads
    return f"{threads} thread{'s' * (threads > 1)}"


def _line(name: str, cells: Iterable[str]) -> str:
    return f"{name:<6}" + "".join(f"{cell:>10}" for cell in cells)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def draw_sweep(rows: Sequence[SweepRow]) -> bytes:
    """Draw latency against input size, one line for each alpha: a PNG. Needs matplotlib.

    Raises:
        ValueError: no row says its alpha.
    """
    from matplotlib.figure import Figure

    matrices = _gather_matrices(rows)
    if not matrices:
        raise ValueError("no row says its alpha: nothing to draw")
    wide, high = _PLOT_INCHES
    figure = Figure(figsize=(wide, high * len(matrices)), dpi=_DPI)
    for number, ((kind, backend), matrix) in enumerate(matrices.items(), start=1):
        axes = figure.add_subplot(len(matrices), 1, number)
        for alpha in sorted({width for width, _ in matrix}):
            sides = sorted(side for width, side in matrix if width == alpha)
            latencies = [matrix[alpha, side].p50_ms for side in sides]
            axes.plot(sides, latencies, marker="o", label=f"alpha {alpha:g}")
        axes.set_xticks(sorted({side for _, side in matrix}))
        axes.set_ylim(bottom=0)
        axes.set_xlabel("side of a tile, px")
        axes.set_ylabel("latency p50, ms")
        axes.set_title(f"{kind}, {backend}, {_count_threads(matrix)}")
        axes.grid(alpha=0.3)
        axes.legend()
    figure.tight_layout()
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()
