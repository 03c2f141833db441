"""A browser, and a report to open in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.browsers import started_browser
from tests.unit.edge.report.page.in_browser.steps import Open, list_photos
from tests.unit.report_pages import make_report, write_pictures


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    yield from started_browser()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Open]:
    """Open a page and, in the end, assert that it ran without errors and reached for nothing."""
    contexts, wrong = [], []

    def open_it(path: Path, *, hash_: str = "", **options: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1400, "height": 1000}} | options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: wrong.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.on("request", lambda request: wrong.append(request.url) if is_far(request) else None)
        page.goto(path.as_uri() + hash_)
        return page

    def is_far(request: Any) -> bool:
        return request.url.split(":", 1)[0] not in ("file", "data")

    yield open_it
    for context in contexts:
        context.close()
    assert not wrong, wrong


@pytest.fixture
def report(tmp_path: Path) -> Path:
    photos = list_photos()
    write_pictures(tmp_path, photos)
    return make_report(tmp_path, photos).path
