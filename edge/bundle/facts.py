"""``bundle.json``: what a bundle contains, for people and for ``install.sh``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from edge import __version__
from edge.bundle.platforms import PLATFORMS, Platform
from edge.bundle.wheel import Wheel
from edge.files.hashing import sha256_of_file

FORMAT = 1


@dataclass(frozen=True)
class PackedModel:
    """The model of a bundle.

    Attributes:
        name: in its card.
        file: name of its file in the bundle.
        sha256: of the file.
    """

    name: str
    file: str
    sha256: str


@dataclass(frozen=True)
class PackedWheel:
    """A wheel of a bundle.

    Attributes:
        file: its name.
        name: of the package.
        version: of the package.
        sha256: of the file.
    """

    file: str
    name: str
    version: str
    sha256: str


@dataclass(frozen=True)
class PackedSystem:
    """The system that a bundle is for.

    Attributes:
        name: of the platform, as ``--platform`` takes it.
        system: for people.
        python: two numbers of its version.
    """

    name: str
    system: str
    python: str


@dataclass(frozen=True)
class PackedService:
    """The service of a bundle, without secrets.

    Attributes:
        words: its command, as the unit has it.
        settings: names of the files that it gets as credentials.
        page: where its page can be seen; None for no page.
        uses_apt: whether it needs packages that apt installs on the device.
    """

    words: tuple[str, ...]
    settings: tuple[str, ...]
    page: str | None
    uses_apt: bool


@dataclass(frozen=True)
class BundleFacts:
    """What ``bundle.json`` contains; ``install.sh`` reads it.

    Attributes:
        format: version of this file.
        crack_edge: our version.
        platform: system that it is for.
        platforms: all platforms, by their version of Python.
        service: that it installs.
        pip: file name of pip's wheel.
        wheels: all wheels.
        model: that the service runs.
        install: requirement that pip installs: our wheel with its extras.
    """

    format: int
    crack_edge: str
    platform: PackedSystem
    platforms: dict[str, str]
    service: PackedService
    pip: str
    wheels: tuple[PackedWheel, ...]
    model: PackedModel
    install: str

    def to_json(self) -> bytes:
        """Return the text of ``bundle.json``."""
        return (json.dumps(asdict(self), indent=2) + "\n").encode()


def gather_facts(
    wheels: Sequence[Wheel],
    platform: Platform,
    *,
    service: PackedService,
    model: PackedModel,
    install: str,
) -> BundleFacts:
    """Return the facts of a bundle.

    Args:
        wheels: that are packed, pip's among them.
        platform: that they run on.
        service: that is installed.
        model: that it runs.
        install: our wheel with its extras.
    """
    packed = tuple(
        PackedWheel(one.file, one.name, str(one.version), sha256_of_file(one.path))
        for one in wheels
    )
    return BundleFacts(
        format=FORMAT,
        crack_edge=__version__,
        platform=PackedSystem(platform.name, platform.system, platform.python_minor),
        platforms={one.python_minor: one.name for one in PLATFORMS.values()},
        service=service,
        pip=next(one.file for one in packed if one.name == "pip"),
        wheels=packed,
        model=model,
        install=install,
    )
