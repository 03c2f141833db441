"""A store to test with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.store.scan_store import Store
from tests.unit.stores import IDENTITY


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    with Store.open(folder, identity=IDENTITY) as opened:
        yield opened
