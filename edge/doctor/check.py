"""The result of one check, and what all checks share."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

State = Literal["ok", "optional", "warning", "failed"]
# Returns the version of a distribution, None if it is not installed.
VersionOf = Callable[[str], str | None]

DISTRIBUTION = "crack-edge"
UNKNOWN = "unknown on this system"
# opencv 4.11 is the last that lives with numpy 1.
NUMPY_1 = "pip install 'numpy<2' 'opencv-python-headless<4.12'"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: what was looked at.
        state: ok; optional: not there and not needed to score; warning: works, but; failed:
            scoring, or the test shot, does not work.
        found: what there is.
        remedy: what to do, empty if nothing.
        facts: what was found, for programs; values as JSON has them.
    """

    name: str
    state: State
    found: str
    remedy: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


def parse_version(text: str) -> tuple[int, ...]:
    """Return the leading numbers of a version."""
    match = re.match(r"\d+(\.\d+)*", text)
    return tuple(int(part) for part in match[0].split(".")) if match else ()
