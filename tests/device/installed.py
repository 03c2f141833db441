"""What an installation is made of, read from what pip left beside the packages."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement

_NO_EXTRA = {**default_environment(), "extra": ""}
# A block of the file systems that devices have.
_BLOCK = 4096


def find_needed(name: str) -> dict[str, metadata.Distribution]:
    """Return a distribution and all that it needs on this machine, by their names."""
    found: dict[str, metadata.Distribution] = {}
    waiting = [name]
    while waiting:
        key = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if key in found:
            continue
        found[key] = metadata.distribution(key)
        for text in found[key].requires or ():
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate(_NO_EXTRA):
                waiting.append(requirement.name)
    return found


def size_on_disk_mb(distribution: metadata.Distribution) -> float:
    """Return how much of a disk its files take, whole blocks, 1 MB = 10^6 bytes."""
    files = {Path(str(distribution.locate_file(file))) for file in distribution.files or ()}
    sizes = [file.stat().st_size for file in files if file.is_file()]
    return sum(-(-size // _BLOCK) * _BLOCK for size in sizes) / 1e6


def tags_of_wheel(distribution: metadata.Distribution) -> list[str]:
    """Return the tags of the wheel that it was installed from, such as py3-none-any."""
    text = distribution.read_text("WHEEL") or ""
    return re.findall(r"^Tag: (\S+)$", text, re.MULTILINE)
