"""Find cracks in photos of concrete, train and convert models for it, watch a camera.

Example:
    >>> import crack_edge as ce
    >>> ce.scan_photo("photos/wall.jpg").verdict
    'crack'

Importing this loads nothing heavy: each name is loaded when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from edge import __version__

if TYPE_CHECKING:
    from crack_edge.api.convert import convert
    from crack_edge.api.evaluate import evaluate
    from crack_edge.api.model import open_model
    from crack_edge.api.photo import read_photo, scan_photo
    from crack_edge.api.scan import load_scan, scan_folder
    from crack_edge.api.train import train
    from crack_edge.api.watch import watch
    from edge.files.errors import CrackEdgeError

__all__ = [
    "CrackEdgeError",
    "__version__",
    "convert",
    "evaluate",
    "load_scan",
    "open_model",
    "read_photo",
    "scan_folder",
    "scan_photo",
    "train",
    "watch",
]

_HOMES = {
    "CrackEdgeError": "edge.files.errors",
    "convert": "crack_edge.api.convert",
    "evaluate": "crack_edge.api.evaluate",
    "load_scan": "crack_edge.api.scan",
    "open_model": "crack_edge.api.model",
    "read_photo": "crack_edge.api.photo",
    "scan_folder": "crack_edge.api.scan",
    "scan_photo": "crack_edge.api.photo",
    "train": "crack_edge.api.train",
    "watch": "crack_edge.api.watch",
}

# A type checker that saw this would take any name for one of the module's.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Load a name from its home (PEP 562)."""
        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(home), name)


def __dir__() -> list[str]:
    """Return the names that are meant to be used."""
    return sorted(__all__)
