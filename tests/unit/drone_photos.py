"""Real photos of a drone, where they lie beside or in the checkout; tests pass without them."""

from __future__ import annotations

from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]

DRONE_PHOTOS = sorted(
    path
    for root in (_ROOT, _ROOT.parent)
    for path in (root / "shared" / "data" / "drone").glob("*.JPG")
)
needs_drone_photos = pytest.mark.skipif(
    not DRONE_PHOTOS, reason="the photos of a drone are not here (shared/data/drone)"
)
