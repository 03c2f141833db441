"""For all tiers: no test is timed; those that need a board, or minutes, run when asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is slow; that says nothing of the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

_FIGURES = pytest.StashKey[dict[str, object]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--device", action="store_true", help="run the tests marked device")
    parser.addoption("--soak", action="store_true", help="run the tests marked soak")
    parser.addoption(
        "--userland",
        action="append",
        metavar="NAME",
        help="emulated userland to test in: bookworm, trixie or armhf; repeatable  [default: all]",
    )
    parser.addoption("--measured", metavar="FILE", help="write what tests measured, JSON")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_FIGURES] = {}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for name, why in (
        ("device", "needs a board or an emulated userland"),
        ("soak", "runs for minutes"),
    ):
        if config.getoption(f"--{name}"):
            continue
        skip = pytest.mark.skip(reason=f"{why}: pytest --{name}")
        for item in items:
            if item.get_closest_marker(name):
                item.add_marker(skip)


@pytest.fixture(scope="session")
def measured(pytestconfig: pytest.Config) -> Callable[[str, object], None]:
    """Note a figure down: its name, such as default.peak_mb, and its value."""
    return pytestconfig.stash[_FIGURES].__setitem__


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    figures = config.stash[_FIGURES]
    if not figures:
        return
    terminalreporter.section("measured")
    for name, value in figures.items():
        terminalreporter.write_line(f"{name}: {value}")
    if path := config.getoption("--measured"):
        Path(path).write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
