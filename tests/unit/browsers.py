"""A browser for tests of pages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)


def started_browser() -> Iterator[Any]:
    """Yield the system's Chromium, driven by playwright; skip where one of them is missing.

    A fixture of a module yields from it: playwright's loop must not outlive its tests.
    """
    api = pytest.importorskip(
        "playwright.sync_api", reason="drives a browser: pip install playwright"
    )
    if CHROMIUM is None:
        pytest.skip("needs the system's chromium")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM)
        yield started
        started.close()
