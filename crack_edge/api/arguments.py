"""What callers pass, checked once: a wrong type or value is named with what was expected."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

FilePath = str | os.PathLike[str]
FilePaths = FilePath | Sequence[FilePath]

Choice = TypeVar("Choice", bound=str)

_PICTURE = "a uint8 array (height, width, 3), RGB"


def list_paths(paths: FilePaths, name: str) -> list[Path]:
    """Return one path or several as a list.

    Raises:
        TypeError: something else than paths.
        ValueError: there is none.
    """
    found = _list_several(paths, str | os.PathLike, name, "a path (str or Path)")
    if not found:
        raise ValueError(f"{name} is empty; expected at least one path")
    return [Path(one) for one in found]


def list_texts(texts: str | Iterable[str], name: str) -> tuple[str, ...]:
    """Return one text or several as a tuple; a single one is not taken for its letters.

    Raises:
        TypeError: something else than texts.
    """
    return tuple(_list_several(texts, str, name, "a str"))


def choose_among(
    given: Choice | Iterable[Choice], known: Sequence[Choice], name: str
) -> tuple[Choice, ...]:
    """Return what a caller chose, one or several, each once.

    Raises:
        TypeError: something else than texts.
        ValueError: nothing, or what is not known.
    """
    chosen = tuple(dict.fromkeys(list_texts(given, name)))
    expected = f"expected one or more of {', '.join(known)}"
    if not chosen:
        raise ValueError(f"{name} is empty; {expected}")
    if unknown := [one for one in chosen if one not in known]:
        raise ValueError(f"{name} holds {', '.join(map(repr, unknown))}; {expected}")
    return chosen  # type: ignore[return-value]


def choose_one(given: Choice, known: Sequence[Choice], name: str) -> Choice:
    """Return what a caller chose.

    Raises:
        ValueError: it is not known.
    """
    if given not in known:
        raise ValueError(f"{name} is {given!r}; expected one of {', '.join(known)}")
    return given


def require_text(value: Any, name: str) -> str:
    """Return a text.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(value, str):
        raise TypeError(f"{name} is of type {type(value).__name__}; expected a str")
    return value


def require_number(
    value: Any,
    name: str,
    least: float = -math.inf,
    most: float = math.inf,
    *,
    is_open: bool = False,
) -> float:
    """Return a number of Python's or NumPy's as a float, within limits; nan and inf never are.

    Args:
        value: what a caller passed.
        name: of the argument, for messages.
        least: the lower limit.
        most: the upper limit.
        is_open: the limits themselves are refused.

    Raises:
        TypeError: no number.
        ValueError: it lies outside the limits.
    """
    if not isinstance(value, Real):
        raise TypeError(f"{name} is of type {type(value).__name__}; expected a number")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{name} is {value}; expected a finite number")
    if not (least < number < most if is_open else least <= number <= most):
        raise ValueError(f"{name} is {value}; expected {_describe_limits(least, most, is_open)}")
    return number


def list_numbers(numbers: float | Sequence[float], name: str) -> tuple[float, ...]:
    """Return one number of Python's or NumPy's or several as floats; nan and inf never are.

    Raises:
        TypeError: something else than numbers.
        ValueError: nan or inf.
    """
    found = _list_several(numbers, Real, name, "a number")
    return tuple(require_number(one, name) for one in found)


def require_count(value: Any, name: str, least: int, most: float = math.inf) -> int:
    """Return a whole number of Python's or NumPy's as an int, within limits.

    Raises:
        TypeError: no whole number.
        ValueError: it lies outside the limits.
    """
    if not isinstance(value, Integral):
        raise TypeError(f"{name} is of type {type(value).__name__}; expected a whole number")
    require_number(value, name, least, most)
    return int(value)


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


def _list_several(value: Any, kind: Any, name: str, expected: str) -> list[Any]:
    """Return one value of a kind, or several, as a list."""
    if isinstance(value, kind):
        return [value]
    # Bytes are a sequence too, of numbers.
    is_several = isinstance(value, Iterable) and not isinstance(value, bytes | bytearray)
    found = list(value) if is_several else [value]
    for one in found:
        if not isinstance(one, kind):
            has = "holds a value" if is_several else "is"
            kind_name = type(one).__name__
            raise TypeError(f"{name} {has} of type {kind_name}; expected {expected}, or several")
    return found


def _describe_limits(least: float, most: float, is_open: bool) -> str:
    if most == math.inf:
        return f"a number above {least:g}" if is_open else f"{least:g} or more"
    return f"a value {f'between {least:g} and' if is_open else f'from {least:g} to'} {most:g}"


def _hint_at(value: NDArray[np.uint8]) -> str:
    if value.ndim == 2:
        return "; for a grey photo: np.stack([photo] * 3, axis=-1)"
    if value.ndim == 3 and value.shape[2] == 4:
        return "; drop the alpha channel: photo[..., :3]"
    return ""
