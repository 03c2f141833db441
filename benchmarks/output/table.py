"""A table without a form yet, and the cells that all tables begin with."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.output.figures import estimate_of
from benchmarks.output.formatting import Cell, plain, spell_estimate
from benchmarks.result_types import EstimateEntry, SubjectRow

# Of figures between 0 and 1.
DIGITS = 3


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        title: with the unit.
        is_text: whether it holds names; figures stand on the right.
    """

    title: str
    is_text: bool = False


@dataclass(frozen=True)
class Table:
    """A table without a form yet.

    Attributes:
        key: by which the page puts it beside its plot.
        title: of the table.
        note: what a reader must know; empty for nothing.
        columns: the first is that of the files' names.
        rows: a cell for each column.
    """

    key: str
    title: str
    note: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def repeats_files(self) -> bool:
        """Tell whether a file has more than one row."""
        return len({row[0].text for row in self.rows}) < len(self.rows)


PAIR = (Column("file", is_text=True), Column("backend", is_text=True))
ENDS = "In brackets: the 95 % interval; ? if there are too few measurements for it."


def name_cells(row: SubjectRow) -> tuple[Cell, Cell]:
    """Return the first cells of each row."""
    return Cell(plain(row["file"])), Cell(plain(row["backend"]))


def estimate_cell(value: EstimateEntry) -> Cell:
    """Return an estimate of results as a cell."""
    return spell_estimate(estimate_of(value))
