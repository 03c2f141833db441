"""The folder with all files of a benchmark."""

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

from benchmarks.output.page import INSTALL_PLOTS
from benchmarks.output.results_file import read_results
from benchmarks.output.terminal import describe_results
from benchmarks.output.write import explain_missing, refuse_to_overwrite_outputs, write_outputs
from edge.files.errors import DataError, OutputError
from tests.unit.benchmarks.output.rich_results import NASTY, make_nasty, make_rich
from tests.unit.benchmarks.output.small_results import JUNK, PLACES, make_small, put
from tests.unit.pages import Page

PNG = b"\x89PNG..."
SMALL = make_small()


def has_nothing(package: str) -> bool:
    """Stand for the base install."""
    return False


def has_jinja2(package: str) -> bool:
    """Stand for an install with the extra ``convert``."""
    return package == "jinja2"


def test_without_its_extra_results_and_tables_are_written(tmp_path: Path) -> None:
    results = make_rich()
    written = write_outputs(results, tmp_path, force=False, has_package=has_nothing)
    assert [path.name for path in written] == ["results.json", "results.csv", "results.md"]
    assert all(path.is_file() for path in written)
    assert read_results(tmp_path / "results.json") == json.loads(json.dumps(results))


def test_without_matplotlib_the_page_says_how_to_get_plots(tmp_path: Path) -> None:
    pytest.importorskip("jinja2")
    written = write_outputs(make_rich(), tmp_path, force=False, has_package=has_jinja2)
    assert written[-1] == tmp_path / "report.html"
    assert INSTALL_PLOTS in Page.of(written[-1].read_text()).text


def test_what_is_left_out_is_said_with_the_pip_command() -> None:
    assert explain_missing(lambda package: True) == ""
    assert explain_missing(has_jinja2) == f"the plots are left out; to add them: {INSTALL_PLOTS}"
    assert explain_missing(has_nothing).startswith("the plots and the page are left out; ")


def test_a_page_and_plots_of_an_earlier_run_go_and_other_files_stay(tmp_path: Path) -> None:
    (tmp_path / "plots").mkdir()
    for name in ("report.html", "plots/latency.png", "plots/mine.png"):
        (tmp_path / name).write_bytes(PNG)
    write_outputs(make_rich(), tmp_path, force=True, has_package=has_nothing)
    assert not (tmp_path / "report.html").exists()
    assert [path.name for path in (tmp_path / "plots").iterdir()] == ["mine.png"]


@pytest.mark.parametrize("name", ["results.json", "results.csv", "results.md"])
def test_no_output_is_overwritten_unless_told_to(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    for act in (
        lambda: refuse_to_overwrite_outputs(tmp_path, force=False),
        lambda: write_outputs(make_rich(), tmp_path, force=False, has_package=has_nothing),
    ):
        with pytest.raises(OutputError, match=re.escape(name)):
            act()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    write_outputs(make_rich(), tmp_path, force=True, has_package=has_nothing)
    assert (tmp_path / name).read_text() != "mine"


def test_other_files_in_the_folder_do_not_hinder(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    refuse_to_overwrite_outputs(tmp_path, force=False)


def test_results_that_do_harm_are_written_whole(tmp_path: Path) -> None:
    for path in write_outputs(make_nasty(), tmp_path, force=False, has_package=has_nothing):
        path.read_bytes().decode()


def test_the_same_results_give_the_same_files(tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    written = [
        write_outputs(make_rich(), folder, force=False, has_package=has_nothing)
        for folder in folders
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
        write_outputs(found, Path(folder), force=True, has_package=has_nothing)
