"""Facts about the machine that a figure was measured on."""

from __future__ import annotations

import os
import platform

from edge.machine import find_processor
from edge.versions import installed_versions

_PACKAGES = (
    "ai-edge-litert",
    "tflite-runtime",
    "onnxruntime",
    "numpy",
    "opencv-python-headless",
    "tensorflow",
)


def describe_machine() -> dict[str, str | int | float]:
    """Return processor, cores, load, system and versions; no name of the machine or its user."""
    facts: dict[str, str | int | float] = {
        "processor": find_processor(),
        "cores": os.cpu_count() or 1,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }
    if hasattr(os, "getloadavg"):
        facts["load of the last minute"] = round(os.getloadavg()[0], 2)
    return facts | installed_versions(_PACKAGES)
