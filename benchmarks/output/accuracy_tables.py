"""The tables of accuracy: figures, scores, and figures by source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.output.figures import ACCURACY_NAMES, estimate_of, figure_of
from benchmarks.output.formatting import Cell, plain, spell, spell_estimate
from benchmarks.output.summary import SHOWN_AS
from benchmarks.output.table import DIGITS, ENDS, PAIR, Column, Table, name_cells
from benchmarks.result_types import AccuracyRow, Results, accuracy_rows

_CHANGED = "Changed: verdicts that differ from the parent's. "


def tabulate_accuracy(results: Results) -> Iterable[Table]:
    """Return tables of figures and of scores, and one by source where there are several."""
    rows = accuracy_rows(results)
    view = Column("view", is_text=True)
    has_parent = any(row["agreement"] for row in rows)
    titles = ("n", "accuracy", "precision", "recall", "F1", "AUC")
    yield Table(
        "accuracy",
        "Accuracy at each file's own threshold",
        ENDS,
        (*PAIR, view, *map(Column, titles)),
        tuple(
            (
                *name_cells(row),
                Cell(row["view"]),
                Cell(f"{row['n']}"),
                *(spell(row[key], decimals=DIGITS) for key in ("accuracy", "precision")),
                *(_figure_cell(row, name) for name in ("recall", "f1", "auc")),
            )
            for row in rows
        ),
    )
    yield Table(
        "scores",
        "Scores: agreement with the float parent, calibration" if has_parent else "Scores",
        f"{_CHANGED if has_parent else ''}Calibration error and Brier score: 0 is best.",
        (
            *PAIR,
            view,
            *map(Column, ("threshold", "agreement", "changed", "calibration error", "Brier")),
            Column("parent", is_text=True),
        ),
        tuple(_score_cells(row) for row in rows),
    )
    yield _tabulate_sources(rows)


def _score_cells(row: AccuracyRow) -> tuple[Cell, ...]:
    agreement = row["agreement"]
    return (
        *name_cells(row),
        Cell(row["view"]),
        spell(row["threshold"], decimals=4),
        spell_estimate(estimate_of(agreement) if agreement else None, decimals=4),
        Cell(f"{agreement['flips']}") if agreement else spell(None),
        spell(row["calibration_error"], decimals=DIGITS),
        spell(row["brier"], decimals=DIGITS),
        Cell(plain(agreement["parent"])) if agreement else Cell(""),
    )


def _tabulate_sources(rows: Sequence[AccuracyRow]) -> Table:
    cells = [
        (
            *name_cells(row),
            Cell(row["view"]),
            Cell(plain(source)),
            Cell(plain(str(part.get("n", "")))),
            *(_value_cell(part, name) for name in ACCURACY_NAMES),
        )
        for row in rows
        if len(row["per_source"]) > 1
        for source, part in row["per_source"].items()
        if isinstance(part, Mapping)
    ]
    names = ["pictures", *(SHOWN_AS[name] for name in ACCURACY_NAMES)]
    texts = (Column("view", is_text=True), Column("source", is_text=True))
    title = "Accuracy by source"
    return Table("sources", title, "", (*PAIR, *texts, *map(Column, names)), tuple(cells))


def _figure_cell(row: Mapping[str, Any], name: str) -> Cell:
    figure = figure_of(row, name)
    return spell_estimate(figure, decimals=DIGITS)


def _value_cell(row: Mapping[str, Any], name: str) -> Cell:
    figure = figure_of(row, name)
    return spell(figure.value if figure else None, decimals=DIGITS)
