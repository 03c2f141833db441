"""The plots of a benchmark: those for which there is something, whole, the same each time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.unit.benchmarks.output.rich_results import NASTY, make_bare, make_nasty, make_rich
from tests.unit.benchmarks.results_made import make_accuracy, make_latency_row, make_results

pytest.importorskip("matplotlib", reason="draws: pip install 'crack-edge[plots]'")

from benchmarks.output.page import PLOT_NAMES
from benchmarks.output.plot_style import drawable, file_labels_of
from benchmarks.output.plots import draw_plots
from benchmarks.output.write import write_outputs


@pytest.fixture(scope="module")
def plots() -> dict[str, bytes]:
    results = make_rich()
    results["accuracy"]["rows"] += [{**row, "view": "dense"} for row in results["accuracy"]["rows"]]
    return draw_plots(results)


def decode(png: bytes) -> Any:
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)


def test_each_plot_has_a_place_on_the_page(plots: dict[str, bytes]) -> None:
    assert set(plots) == set(PLOT_NAMES)


def test_each_plot_is_a_picture_with_something_in_it(plots: dict[str, bytes]) -> None:
    for png in plots.values():
        picture = decode(png)
        assert picture.shape[1] > 900
        assert len(np.unique(picture)) > 20


def test_nothing_is_cut_off_at_the_sides(plots: dict[str, bytes]) -> None:
    for png in plots.values():
        picture = decode(png)
        for edge in (picture[:, 0], picture[:, -1], picture[0], picture[-1]):
            assert (edge == 255).all()


def test_the_same_results_give_the_same_bytes() -> None:
    accuracy = make_accuracy({"default.int8.tflite": 2.0}, n=50)
    first, second = (
        draw_plots(make_results([make_latency_row(threads=n) for n in (1, 2)], accuracy=accuracy))
        for _ in range(2)
    )
    assert first == second


def test_nothing_measured_gives_no_plot() -> None:
    assert draw_plots(make_bare()) == {}


def test_latencies_of_one_thread_count_alone_show_no_scaling() -> None:
    assert "scaling" not in draw_plots(make_results())


def test_names_that_do_harm_are_drawn_without_a_warning() -> None:
    assert set(draw_plots(make_nasty())) >= {"accuracy", "latency", "stages", "throughput"}


def test_a_sign_that_the_font_lacks_is_replaced() -> None:
    assert drawable("a\U0001f980b\u7dda\n$x$") == "a\ufffdb\ufffd $x$"


def test_names_that_look_alike_when_shortened_get_numbers() -> None:
    names = [f"{'x' * 50}{sign}{'y' * 50}" for sign in "ab"]
    first, second = file_labels_of([(name, "LiteRT") for name in names]).values()
    assert second == f"{first} #2"


@pytest.mark.parametrize("count", [1, 30])
def test_any_number_of_files_can_be_drawn(count: int) -> None:
    names = [f"model-{number}.tflite" for number in range(count)]
    rows = [
        make_latency_row(name, median_ms=1 + place, threads=threads, sessions=1, rounds=1)
        for place, name in enumerate(names)
        for threads in (1, 2, 4)
    ]
    accuracy = make_accuracy({name: 1 + place / 20 for place, name in enumerate(names)}, n=50)
    pictures = draw_plots(make_results(rows, accuracy=accuracy))
    assert max(decode(png).shape[0] for png in pictures.values()) < 2600


def test_figures_without_intervals_and_one_call_only_are_drawn() -> None:
    row = make_latency_row(sessions=1, rounds=1, calls=1)
    for key in ("p50_ms", "p90_ms", "p99_ms"):
        row[key] |= {"low": None, "high": None}
    accuracy = make_accuracy({row["file"]: 2.0}, n=50)
    accuracy["rows"][0]["intervals"] = {}
    results = make_results([row], accuracy=accuracy)
    for entry in results["throughput"]:
        entry["tiles_per_s"] |= {"low": None, "high": 500.0}
    assert {"accuracy", "latency", "throughput"} <= set(draw_plots(results))


def test_the_plots_are_written_and_shown_on_the_page(tmp_path: Path) -> None:
    pytest.importorskip("jinja2")
    results = make_results()
    written = write_outputs(results, tmp_path, force=False)
    names = {path.stem for path in written if path.parent.name == "plots"}
    assert names == {"latency", "stages", "throughput"}
    assert (tmp_path / "report.html").read_text().count("data:image/png") == len(names)
    assert "plots/latency.png" in (tmp_path / "results.md").read_text()
    assert NASTY not in (tmp_path / "results.md").read_text()
