"""The page of a benchmark, and the folder with all of its files."""

from __future__ import annotations

import copy
import itertools
import json
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.output.page import INSTALL_PLOTS, PLOT_NAMES, render_page
from benchmarks.output.results_file import read_results
from benchmarks.output.terminal import describe_results
from benchmarks.output.write import refuse_to_overwrite_outputs, write_outputs
from edge.files.errors import DataError, OutputError
from tests.unit.bench.rich_results import NASTY, make_bare, make_nasty, make_rich
from tests.unit.bench.small_results import JUNK, PLACES, make_small, put
from tests.unit.pages import Page

PNG = b"\x89PNG..."
SMALL = make_small()
PLOTS = dict.fromkeys(PLOT_NAMES, PNG)


def test_the_page_needs_nothing_from_outside() -> None:
    Page.of(render_page(make_rich(), PLOTS)).require_offline()


def test_the_page_shows_each_plot_once() -> None:
    page = Page.of(render_page(make_rich(), PLOTS))
    assert page.tags.count("img") == len(PLOTS)


def test_a_page_without_plots_says_how_to_get_them() -> None:
    page = Page.of(render_page(make_rich(), {}))
    assert INSTALL_PLOTS in page.text
    assert "img" not in page.tags
    assert INSTALL_PLOTS not in Page.of(render_page(make_rich(), PLOTS)).text


@pytest.mark.parametrize("make", [make_rich, make_nasty, make_bare])
def test_names_are_escaped_and_all_is_utf_8(make: Any) -> None:
    source = render_page(make(), {})
    source.encode()
    page = Page.of(source)
    assert "script" not in page.tags
    assert "\x1b" not in source


def test_a_disturbed_run_is_warned_of_at_the_top() -> None:
    warning = "DISTURBED, do not quote these times: too hot."
    source = render_page(make_rich(disturbed=["too hot"]), {})
    assert f"<p class=warn>{warning}</p>" in source
    assert source.index(warning) < source.index("<h2>")
    assert "class=warn" not in render_page(make_rich(), {})


def test_the_page_tells_conclusions_machine_settings_and_what_was_not_measured() -> None:
    problem = {"file": "a.tflite", "backend": "tflite-runtime", "text": "does not open it"}
    text = Page.of(render_page(make_rich(problems=[problem]), {})).text
    for said in (
        "small.int8.tflite, LiteRT: 1.0", "a processor", "max_seconds",
        "a.tflite, tflite-runtime: does not open it", "The yardstick: a filter of fixed size",
        "each p90 is known to", "Most accurate", "busy cores",
    ):  # fmt: skip
        assert said in text


def test_without_matplotlib_all_but_plots_is_written(tmp_path: Path) -> None:
    results = make_rich()
    written = write_outputs(results, tmp_path, force=False, has_matplotlib=False)
    assert [path.name for path in written] == [
        "results.json", "results.csv", "results.md", "report.html",
    ]  # fmt: skip
    assert all(path.is_file() for path in written)
    assert read_results(tmp_path / "results.json") == json.loads(json.dumps(results))
    assert INSTALL_PLOTS in Page.of((tmp_path / "report.html").read_text()).text


@pytest.mark.parametrize("name", ["results.json", "results.csv", "results.md", "report.html"])
def test_no_output_is_overwritten_unless_told_to(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    for act in (
        lambda: refuse_to_overwrite_outputs(tmp_path, force=False),
        lambda: write_outputs(make_rich(), tmp_path, force=False, has_matplotlib=False),
    ):
        with pytest.raises(OutputError, match=re.escape(name)):
            act()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    write_outputs(make_rich(), tmp_path, force=True, has_matplotlib=False)
    assert (tmp_path / name).read_text() != "mine"


def test_plots_of_an_earlier_run_go_and_other_files_stay(tmp_path: Path) -> None:
    (tmp_path / "plots").mkdir()
    for name in ("latency.png", "mine.png"):
        (tmp_path / "plots" / name).write_bytes(PNG)
    write_outputs(make_rich(), tmp_path, force=True, has_matplotlib=False)
    assert [path.name for path in (tmp_path / "plots").iterdir()] == ["mine.png"]


def test_other_files_in_the_folder_do_not_hinder(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    refuse_to_overwrite_outputs(tmp_path, force=False)


def test_results_that_do_harm_are_written_whole(tmp_path: Path) -> None:
    for path in write_outputs(make_nasty(), tmp_path, force=False, has_matplotlib=False):
        path.read_bytes().decode()


def test_the_same_results_give_the_same_files(tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    written = [
        write_outputs(make_rich(), folder, force=False, has_matplotlib=False) for folder in folders
    ]
    for one, other in itertools.zip_longest(*written):
        assert one.read_bytes() == other.read_bytes()


@given(st.sampled_from(PLACES), st.sampled_from([*JUNK, 1e300, -1e300, 1e-300, 10**300, NASTY]))
def test_whatever_is_read_can_be_shown(place: tuple[Any, ...], junk: Any) -> None:
    results = copy.deepcopy(SMALL)
    put(results, place, lambda holder, key: holder.__setitem__(key, junk))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.json"
        path.write_text(json.dumps(results))
        try:
            found = read_results(path)
        except DataError:
            return
        assert all(line.isprintable() for line in describe_results(found))
        write_outputs(found, Path(folder), force=True, has_matplotlib=False)
