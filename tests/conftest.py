"""For all tiers: no test is timed, and tests that need a board or a camera run when asked for."""

from __future__ import annotations

import pytest
from hypothesis import settings

# A busy machine is slow; that says nothing of the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--device", action="store_true", help="run the tests marked device")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--device"):
        return
    skip = pytest.mark.skip(reason="needs a board or a camera: pytest --device")
    for item in items:
        if item.get_closest_marker("device"):
            item.add_marker(skip)
