"""GDAL's own reader of map files, where it is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

needs_ogrinfo = pytest.mark.skipif(
    shutil.which("ogrinfo") is None, reason="needs ogrinfo (package gdal-bin)"
)


def run_ogrinfo(path: Path, *options: str) -> str:
    """Return what ogrinfo says of all layers of a file; it may not complain."""
    done = subprocess.run(
        ["ogrinfo", "-al", *options, str(path)], capture_output=True, check=True, timeout=60
    )
    assert not done.stderr, done.stderr
    text = done.stdout.decode(errors="replace")
    assert "ERROR" not in text
    assert "Warning" not in text
    return text


def count_features(text: str) -> dict[str, int]:
    """Return how many features each layer has."""
    found = re.findall(r"Layer name: (.+)\n(?:.*\n)*?Feature Count: (\d+)", text)
    return {name: int(count) for name, count in found}
