"""The page of a benchmark."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.output.page import INSTALL_PLOTS, PLOT_NAMES, render_page
from tests.unit.benchmarks.output.rich_results import make_bare, make_nasty, make_rich
from tests.unit.pages import Page

pytest.importorskip("jinja2")

PNG = b"\x89PNG..."
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
    warning = "Disturbed run, so do not rely on its times: too hot."
    source = render_page(make_rich(disturbed=["too hot"]), {})
    assert f"<p class=warn>{warning}</p>" in source
    assert source.index(warning) < source.index("<h2>")
    assert "class=warn" not in render_page(make_rich(), {})


def test_the_page_tells_conclusions_machine_settings_and_what_was_not_measured() -> None:
    problem = {"file": "a.tflite", "backend": "tflite-runtime", "text": "does not open it"}
    text = Page.of(render_page(make_rich(problems=[problem]), {})).text
    for said in (
        "small.int8.tflite, LiteRT: 1.0", "a processor", "max_seconds",
        "a.tflite, tflite-runtime: does not open it",
        "The reference workload: a filter of fixed size",
        "each p90 is known to", "Most accurate", "load average",
    ):  # fmt: skip
        assert said in text
