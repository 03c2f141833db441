"""A sweep's results: rows, the matrix of the terminal, the plot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from benchmarks.run.subject import ModelFile
from benchmarks.run.sweep import SweepRow, describe_sweep, draw_sweep, sweep_rows
from tests.unit.bench.results_made import (
    make_accuracy,
    make_file,
    make_latency_row,
    make_results,
)
from tests.unit.fakes import make_card


def untrained(alpha: float, side: int) -> dict[str, Any]:
    name = f"alpha-{alpha:g}-{side}px"
    return make_file(f"{name}.int8.tflite", model=name, input_px=side, bytes=int(alpha * 1e6))


def trained(name: str, alpha: float, side: int) -> ModelFile:
    card = make_card(name=name, input_px=side, recipe={"alpha": alpha})
    return ModelFile(f"{name}.int8.tflite", Path(name), "0" * 64, 5, card)


def make_sweep(*others: ModelFile, sides: tuple[int, ...] = (96, 224)) -> dict[str, Any]:
    """Return results of two widths whose median is alpha times side, ms, and of other files."""
    files = [untrained(alpha, side) for side in sides for alpha in (1.0, 0.35)]
    rows = []
    for file in files:
        alpha = file["bytes"] / 1e6
        for view in ("tile", "dense"):
            row = make_latency_row(file["name"], view=view, median_ms=alpha * file["input_px"])
            rows.append(row)
    for file in others:
        files.append(make_file(file.name, model=file.card.name, input_px=file.card.input_px))
        rows.append(make_latency_row(file.name, median_ms=7.0))
    accuracy = make_accuracy({file.name: 2.0 for file in others}) if others else None
    return make_results(rows, accuracy=accuracy, files=files)


def test_rows_come_by_alpha_and_input_whatever_the_order_of_the_files() -> None:
    rows = sweep_rows(make_sweep())
    assert [(row.alpha, row.input_px) for row in rows] == [
        *((0.35, 96), (0.35, 224), (1.0, 96), (1.0, 224))
    ]
    assert [row.bytes for row in rows] == [350_000, 350_000, 1_000_000, 1_000_000]
    assert {row.kind for row in rows} == {"tflite-int8"}


def test_a_row_has_the_latency_of_tiles_and_the_pace_of_the_dense_view() -> None:
    results = make_sweep()
    row = sweep_rows(results)[0]
    tile, dense = (
        next(r for r in results["latency"]["rows"] if r["file"] == row.file and r["view"] == view)
        for view in ("tile", "dense")
    )
    assert (row.p50_ms, row.p90_ms) == (tile["p50_ms"]["value"], tile["p90_ms"]["value"])
    assert row.dense_mpx_per_s == dense["mpx_per_s"]


def test_without_a_single_thread_the_fewest_are_shown() -> None:
    results = make_sweep()
    for row in results["latency"]["rows"]:
        row["threads"] = 2
    rows = sweep_rows(results)
    assert [row.threads for row in rows] == [2] * len(sweep_rows(make_sweep()))
    assert "2 threads)" in describe_sweep(rows)[0]


def test_rows_of_several_threads_are_left_out() -> None:
    results = make_sweep()
    name = results["files"][0]["name"]
    results["latency"]["rows"].append(make_latency_row(name, threads=2, median_ms=0.5))
    assert sweep_rows(results) == sweep_rows(make_sweep())


def test_a_trained_file_lends_its_accuracy_to_the_untrained_one_of_its_place() -> None:
    file = trained("walls", 0.35, 224)
    results = make_sweep(file)
    rows = sweep_rows(results, [file])
    assert len(rows) == 4
    (found,) = [row for row in rows if row.trained]
    assert (found.alpha, found.input_px, found.trained) == (0.35, 224, file.name)
    assert found.recall == results["accuracy"]["rows"][0]["recall"]
    assert found.auc == results["accuracy"]["rows"][0]["auc"]
    assert found.p50_ms == pytest.approx(0.35 * 224, rel=0.1)


@pytest.mark.parametrize(
    ("alpha", "side"), [(0.5, 224), (0.35, 128)], ids=["another width", "another input"]
)
def test_a_trained_file_without_a_partner_has_a_row_of_its_own(alpha: float, side: int) -> None:
    file = trained("walls", alpha, side)
    rows = sweep_rows(make_sweep(file), [file])
    assert len(rows) == 5
    (found,) = [row for row in rows if row.trained]
    assert (found.file, found.alpha, found.input_px) == (file.name, alpha, side)
    assert found.recall is not None
    assert found.p50_ms == pytest.approx(7.0, rel=0.1)


def test_of_two_trained_files_of_one_place_the_second_has_a_row_of_its_own() -> None:
    files = [trained("walls", 0.35, 224), trained("roads", 0.35, 224)]
    rows = sweep_rows(make_sweep(*files), files)
    assert len(rows) == 5
    assert {row.trained for row in rows} == {None, *(file.name for file in files)}


def test_a_file_whose_width_is_not_known_comes_last_and_is_not_in_the_matrix() -> None:
    file = trained("walls", 0.35, 224)
    rows = sweep_rows(make_sweep(file))
    assert rows[-1].alpha is None
    assert rows[-1].trained == file.name
    assert len([line for line in describe_sweep(rows) if line.startswith(("0.35", "1 "))]) == 2


def test_the_terminal_shows_latency_by_alpha_and_input() -> None:
    rows = [make_row(alpha, side) for alpha in (0.35, 1.0) for side in (96, 224)]
    assert describe_sweep(rows) == [
        "p50 of a tile, ms (tflite-int8, LiteRT, 1 thread)",
        "alpha      96 px    224 px",
        "0.35        0.34      0.78",
        "1           0.96      2.24",
    ]


def test_what_was_not_measured_is_a_dash_in_the_matrix() -> None:
    lines = describe_sweep([make_row(0.35, 96), make_row(1.0, 224)])
    assert lines[2:] == ["0.35        0.34         -", "1              -      2.24"]


def test_each_format_has_a_matrix_of_its_own_and_trained_files_their_accuracy() -> None:
    rows = [
        make_row(0.35, 96),
        make_row(0.35, 96, kind="onnx-int8", trained="walls.int8.onnx", recall=0.97),
    ]
    lines = describe_sweep(rows)
    assert [line for line in lines if line.startswith("p50")] == [
        "p50 of a tile, ms (tflite-int8, LiteRT, 1 thread)",
        "p50 of a tile, ms (onnx-int8, LiteRT, 1 thread)",
    ]
    assert lines[-1].split() == ["walls.int8.onnx", "0.34", "0.970", "-"]


def test_the_plot_is_a_picture_with_a_part_for_each_format() -> None:
    pytest.importorskip("matplotlib")
    one = [make_row(alpha, side) for alpha in (0.35, 1.0) for side in (96, 224)]
    two = [*one, make_row(0.35, 96, kind="onnx-int8")]
    sizes = []
    for rows in (one, two):
        png = draw_sweep(rows)
        assert png.startswith(b"\x89PNG")
        sizes.append(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR).shape[:2])
    assert sizes[1] == (2 * sizes[0][0], sizes[0][1])


def test_nothing_is_drawn_of_files_whose_width_is_not_known() -> None:
    pytest.importorskip("matplotlib")
    with pytest.raises(ValueError, match="no row says its alpha"):
        draw_sweep([make_row(None, 96)])


def make_row(alpha: float | None, side: int, **others: Any) -> SweepRow:
    ms = (alpha or 1.0) * side / 100
    facts: dict[str, Any] = {"kind": "tflite-int8", "backend": "LiteRT", "bytes": 1, "threads": 1}
    facts |= {"p50_ms": ms, "p90_ms": 1.1 * ms, "dense_mpx_per_s": None}
    return SweepRow(file=f"{alpha}-{side}", alpha=alpha, input_px=side, **facts | others)
