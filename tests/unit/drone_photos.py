"""Real photos of a drone, in the folder that CRACK_EDGE_DRONE_PHOTOS names.

They are ``DJI_0024.JPG`` and two more of drone_dataset_brighton_beach (Piero Toffanin, 2017,
BSD 2-Clause); tests pass without them.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_FOLDER = os.environ.get("CRACK_EDGE_DRONE_PHOTOS")
DRONE_PHOTOS = sorted(Path(_FOLDER).glob("*.JPG")) if _FOLDER else []
needs_drone_photos = pytest.mark.skipif(
    not DRONE_PHOTOS, reason="CRACK_EDGE_DRONE_PHOTOS names no folder with the photos of a drone"
)
