"""For all tiers: no test is timed; those that need a board, or minutes, run when asked for."""

from __future__ import annotations

import pytest
from hypothesis import settings

# A busy machine is slow; that says nothing of the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--device", action="store_true", help="run the tests marked device")
    parser.addoption("--soak", action="store_true", help="run the tests marked soak")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for name, why in (("device", "needs a board or a camera"), ("soak", "runs for minutes")):
        if config.getoption(f"--{name}"):
            continue
        skip = pytest.mark.skip(reason=f"{why}: pytest --{name}")
        for item in items:
            if item.get_closest_marker(name):
                item.add_marker(skip)
