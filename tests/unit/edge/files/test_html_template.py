from __future__ import annotations

import base64

import pytest

from edge.files.html_template import render_template

jinja2 = pytest.importorskip("jinja2")


def test_a_shared_template_is_found_and_names_are_escaped() -> None:
    page = render_template("edge.files", "base.html", title="<img src=x>")
    assert "<title>&lt;img src=x&gt;</title>" in page


def test_macros_escape_cells_and_captions_and_embed_pictures() -> None:
    environment_page = render_template(
        "tests.unit.edge.files",
        "macros_tried.html",
        title="t",
        rows=[["<i>", "2"]],
        jpeg=b"\xff\xd8",
    )
    assert "<td>&lt;i&gt;<td>2" in environment_page
    assert base64.b64encode(b"\xff\xd8").decode() in environment_page
    assert "the picture can no longer be read" in environment_page


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError):
        render_template("edge.files", "base.html")
