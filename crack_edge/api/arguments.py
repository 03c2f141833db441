"""What callers pass: paths and pictures, checked once, with words that help."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FilePath = str | os.PathLike[str]
FilePaths = FilePath | Sequence[FilePath]

_PICTURE = "a uint8 array (height, width, 3), RGB"


def list_paths(paths: FilePaths) -> list[Path]:
    """Return one path or several as a list.

    Raises:
        ValueError: there is none.
    """
    found = [Path(paths)] if isinstance(paths, str | os.PathLike) else [Path(one) for one in paths]
    if not found:
        raise ValueError("no path is given; expected at least one")
    return found


def require_picture(value: Any, *, name: str = "photo") -> NDArray[np.uint8]:
    """Return a picture as OpenCV and the runtimes take it, (H, W, 3) and contiguous.

    Args:
        value: what a caller passed.
        name: of the argument, for messages.

    Raises:
        TypeError: no array, or one of another dtype than uint8.
        ValueError: an array of another shape, or an empty one.
    """
    if not isinstance(value, np.ndarray):
        hint = ": np.asarray(image.convert('RGB'))" if hasattr(value, "convert") else ""
        raise TypeError(f"{name} is of type {type(value).__name__}; expected {_PICTURE}{hint}")
    if value.dtype != np.uint8:
        hint = "scale it to 0..255, round it and convert it with .astype(np.uint8)"
        raise TypeError(f"{name} has the dtype {value.dtype}; expected {_PICTURE}: {hint}")
    if value.ndim != 3 or value.shape[2] != 3 or not value.size:
        raise ValueError(
            f"{name} has the shape {value.shape}; expected {_PICTURE}{_hint_at(value)}"
        )
    return np.ascontiguousarray(value)


def _hint_at(value: NDArray[np.uint8]) -> str:
    if value.ndim == 2:
        return "; for a grey photo: np.stack([photo] * 3, axis=-1)"
    if value.ndim == 3 and value.shape[2] == 4:
        return "; drop the alpha channel: photo[..., :3]"
    return ""
