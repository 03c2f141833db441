"""The tables of a benchmark, the same for terminal, Markdown and page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from benchmarks.output.accuracy_tables import tabulate_accuracy
from benchmarks.output.figures import SummaryRow, Timing, summarise
from benchmarks.output.formatting import UNKNOWN, Cell, plain, spell
from benchmarks.output.table import (
    DIGITS,
    ENDS,
    PAIR,
    Column,
    Table,
    estimate_cell,
    name_cells,
)
from benchmarks.result_types import (
    PEAK_KEYS,
    STAGE_KEYS,
    START_KEYS,
    TIME_KEYS,
    LatencyRow,
    Results,
)


def list_tables(results: Results) -> list[Table]:
    """Return the tables of what was measured, the summary first."""
    found = [
        _tabulate_summary(summarise(results)),
        _tabulate_latency(results),
        _tabulate_throughput(results),
        _tabulate_start(results),
        _tabulate_stages(results),
        *tabulate_accuracy(results),
        _tabulate_files(results),
    ]
    places = {plain(file["name"]): place for place, file in enumerate(results["files"])}
    return [_tidy(table, places) for table in found if table.rows]


def _tabulate_summary(rows: Sequence[SummaryRow]) -> Table:
    columns = (
        "MB", "ms, 1 thread", "ms, fastest", "dense Mpx/s",
        "start ms", "RSS MB", "recall", "F1", "AUC",
    )  # fmt: skip
    return Table(
        "summary",
        "Summary",
        "ms: median for a tile; in brackets: the number of threads that is fastest. Recall, F1 and "
        "AUC are those of the tile view, or of the dense view if only that was scored.",
        (*PAIR, *map(Column, columns)),
        tuple(_summary_cells(row) for row in rows),
    )


def _summary_cells(row: SummaryRow) -> tuple[Cell, ...]:
    tile, dense = row.views["tile"], row.views["dense"]
    known = tile.accuracy or dense.accuracy
    figures = [known.figures[name] if known else None for name in ("recall", "f1", "auc")]
    return (
        *name_cells({"file": row.file, "backend": row.backend}),
        spell(row.size_mb),
        spell(tile.one_thread.p50_ms.value if tile.one_thread else None),
        _with_threads(tile.fastest, lambda timing: timing.p50_ms.value),
        _with_threads(dense.fastest, lambda timing: timing.mpx_per_s),
        spell(row.cold_start_ms.value if row.cold_start_ms else None),
        spell(row.rss_mb, decimals=0),
        *(spell(figure.value if figure else None, decimals=DIGITS) for figure in figures),
    )


def _with_threads(timing: Timing | None, read: Callable[[Timing], float]) -> Cell:
    return Cell(f"{spell(read(timing))} ({timing.threads})") if timing else spell(None)


def _tabulate_latency(results: Results) -> Table:
    rows = results["latency"]["rows"]
    columns = ("threads", "p50 ms", "p90 ms", "p99 ms", "Mpx/s")
    return Table(
        "latency",
        "Latency of a tile, and of a piece of the dense view",
        f"{ENDS} Sizes are in px.",
        (
            *PAIR,
            Column("view", is_text=True),
            *map(Column, columns),
            Column("remark", is_text=True),
        ),
        tuple(
            (
                *name_cells(row),
                Cell(f"{row['view']} {_spell_shape(row['shape_hw'])}"),
                Cell(f"{row['threads']}"),
                *(estimate_cell(row[key]) for key in TIME_KEYS),
                spell(row["mpx_per_s"]),
                Cell(_remark_of(row)),
            )
            for row in rows
        ),
    )


def _spell_shape(shape_hw: Sequence[int]) -> str:
    height, width = shape_hw
    return f"{width}" if width == height else f"{width}×{height}"


def _remark_of(row: LatencyRow) -> str:
    remarks = {"not steady": not row["is_steady"], "p90 rough": not row["is_narrow"]}
    return ", ".join(text for text, holds in remarks.items() if holds)


def _tabulate_throughput(results: Results) -> Table:
    return Table(
        "throughput",
        "Throughput: processes side by side, each with its own model",
        ENDS,
        (*PAIR, *map(Column, ("processes", "threads each", "tiles/s"))),
        tuple(
            (
                *name_cells(row),
                Cell(f"{row['processes']}"),
                Cell(f"{row['threads']}"),
                estimate_cell(row["tiles_per_s"]),
            )
            for row in results["throughput"]
        ),
    )


def _tabulate_start(results: Results) -> Table:
    columns = (
        "python ms", "import ms", "open ms", "score ms", "all ms", "RSS MB, tiles", "RSS MB, dense",
    )  # fmt: skip
    return Table(
        "start",
        "Cold start: from a new process to the first score, and its peak memory",
        "Medians over new processes. The files were in the system's cache.",
        (*PAIR, *map(Column, columns)),
        tuple(
            (
                *name_cells(row),
                *(spell(row[key]) for key in START_KEYS),
                estimate_cell(row["total_ms"]),
                *(spell(row[key], decimals=0) for key in PEAK_KEYS),
            )
            for row in results["cold_start"]
        ),
    )


def _tabulate_stages(results: Results) -> Table:
    titles = ("photo Mpx", "decode ms", "cut+resize ms", "invoke ms", "rest ms", "all ms")
    return Table(
        "stages",
        "Stages of one photo on one thread",
        "Times are medians; the rest is spent on heat map and regions.",
        (*PAIR, Column("view", is_text=True), *map(Column, titles)),
        tuple(
            (
                *name_cells(row),
                Cell(row["view"]),
                spell(row["photo_mpx"]),
                *(spell(row[key]) for key in STAGE_KEYS),
                spell(row["total_ms"]),
            )
            for row in results["stages"]
        ),
    )


def _tabulate_files(results: Results) -> Table:
    texts = [Column(title, is_text=True) for title in ("file", "model", "format", "quantization")]
    titles = ("MB", "input px", "window px", "threshold")
    return Table(
        "files",
        "Files",
        "",
        (*texts, *map(Column, titles), Column("sha256", is_text=True)),
        tuple(
            (
                *(
                    Cell(plain(file[key])) for key in ("name", "model", "kind", "quantization")
                ),
                spell(file["bytes"] / 1e6),
                *(Cell(f"{file[key]}") for key in ("input_px", "window_px")),
                spell(file["threshold"], decimals=4),
                Cell(plain(file["sha256"])[:8]),
            )
            for file in results["files"]
        ),
    )  # fmt: skip


def _tidy(table: Table, places: Mapping[str, int]) -> Table:
    """Bring the rows into the order of the files, leave out columns that say nothing."""
    kept = [
        place
        for place in range(len(table.columns))
        if any(row[place].text not in ("", UNKNOWN) for row in table.rows)
    ]
    rows = sorted(table.rows, key=lambda row: places[row[0].text])
    return Table(
        table.key,
        table.title,
        table.note,
        tuple(table.columns[place] for place in kept),
        tuple(tuple(row[place] for place in kept) for row in rows),
    )
