"""Tables for the terminal, as CSV and as Markdown."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest

from benchmarks.output.csv_table import render_csv
from benchmarks.output.markdown import escape_markdown, render_markdown
from benchmarks.output.terminal import WIDTH, cells_of, describe_results
from tests.unit.benchmarks.output.rich_results import NASTY, make_bare, make_nasty, make_rich
from tests.unit.benchmarks.results_made import make_accuracy, make_latency_row, make_results


def test_the_tables_fit_into_a_terminal() -> None:
    lines = describe_results(make_rich())
    tables = [line for line in lines if "  " in line.strip()]
    assert len(tables) >= 40
    assert max(map(cells_of, lines)) <= WIDTH == 100


def test_an_interval_stands_beside_its_figure() -> None:
    row = make_latency_row()
    row["p50_ms"] = {"value": 4.0234, "low": 3.984, "high": 4.1}
    assert any("4.02 (3.98-4.10)" in line for line in describe_results(make_results([row])))


def test_a_disturbed_run_says_so_first_and_last() -> None:
    lines = describe_results(make_rich(disturbed=["too hot"]))
    assert lines[0] == lines[-1] == "Disturbed run, so do not rely on its times: too hot"


def test_a_quiet_run_begins_with_the_machine() -> None:
    lines = describe_results(make_rich())
    assert lines[0] == "a processor, 4 cores, Linux x86_64"
    assert "Disturbed" not in "".join(lines)


def test_each_file_is_named_once_in_a_table() -> None:
    lines = describe_results(make_rich())
    begin = lines.index("Latency of a tile, and of a piece of the dense view")
    table = lines[begin : lines.index("", begin)]
    assert sum(line == "default.int8.tflite" for line in table) == 1


def test_columns_stand_below_each_other_with_signs_of_any_width() -> None:
    rows = [make_latency_row("線.tflite"), make_latency_row("e\u0301.tflite", threads=1)]
    lines = describe_results(make_results(rows))
    begin = lines.index("Summary")
    ends = {cells_of(line) for line in lines[begin + 1 : begin + 4]}
    assert len(ends) == 1


def test_what_could_not_be_measured_is_told() -> None:
    problem = {"file": "a.tflite", "backend": "tflite-runtime", "text": "does not open it"}
    lines = describe_results(make_rich(problems=[problem]))
    assert "  a.tflite, tflite-runtime: does not open it" in lines


def test_parts_that_were_not_measured_have_no_table() -> None:
    text = "\n".join(describe_results(make_bare()))
    for title in ("Latency of", "Throughput", "Cold start", "Stages", "Accuracy", "Energy"):
        assert title not in text


@pytest.mark.parametrize("make", [make_rich, make_nasty, make_bare])
def test_no_line_can_command_a_terminal(make: Any) -> None:
    assert all(line.isprintable() for line in describe_results(make()))


def read_csv(results: Any) -> list[dict[str, str]]:
    text = render_csv(results).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_csv_has_a_line_for_each_latency_with_its_accuracy() -> None:
    results = make_rich()
    rows = read_csv(results)
    assert len(rows) == len(results["latency"]["rows"])
    assert [float(row["p50_ms"]) for row in rows] == [
        row["p50_ms"]["value"] for row in results["latency"]["rows"]
    ]
    known = [row for row in rows if row["auc"]]
    assert {(row["backend"], row["view"]) for row in known} == {("LiteRT", "tile")}
    assert {row["agreement"] for row in known} == {"0.99"}


def test_accuracy_without_latency_has_a_line_too() -> None:
    results = make_bare() | {"accuracy": make_accuracy({"default.int8.tflite": 2.0})}
    (row,) = read_csv(results)
    assert row["p50_ms"] == ""
    assert float(row["recall"]) > 0.5


def test_the_csv_says_in_each_line_that_the_run_was_disturbed() -> None:
    assert {row["is_disturbed"] for row in read_csv(make_rich(disturbed=["hot"]))} == {"yes"}


def test_names_come_back_from_the_csv_and_prose_is_no_formula() -> None:
    rows = read_csv(make_nasty())
    assert rows[0]["file"] == NASTY.replace("\ud800", "\ufffd")
    assert rows[0]["quantization"].startswith("'=<script>")
    assert rows[0]["backend_version"].startswith("'=<script>")


def test_a_markdown_table_has_as_many_cells_in_each_line() -> None:
    for results in (make_rich(), make_nasty()):
        widths: set[int] = set()
        for line in [*render_markdown(results).splitlines(), ""]:
            if line.startswith("|"):
                widths.add(len(re.findall(r"(?<!\\)\|", line)))
            else:
                assert len(widths) <= 1
                widths = set()


def test_names_cannot_mark_up_markdown() -> None:
    text = render_markdown(make_nasty())
    assert "<script>" not in text
    assert not re.search(r"(?<!\\)[`$]", text)
    assert not re.search(r"(?<!!)\[", text.replace("\\[", ""))


@pytest.mark.parametrize("name", ["https://example.org/x", "WWW.example.org", "<https://e.org>"])
def test_a_name_becomes_no_link(name: str) -> None:
    escaped = escape_markdown(name)
    assert not re.search(r"(?<!\\)://", escaped)
    assert "www." not in escaped.lower()
    assert "<" not in escaped


def test_markdown_shows_the_plots_beside_it() -> None:
    assert "![latency](plots/latency.png)" in render_markdown(make_rich(), ["latency"])
    assert "## Plots" not in render_markdown(make_rich())


def test_markdown_says_that_a_run_was_disturbed() -> None:
    text = render_markdown(make_rich(disturbed=["a|b"]))
    assert "**Disturbed run, so do not rely on its times: a\\|b**" in text
