"""The metadata of a wheel: name, version, where it runs, what it requires."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path
from typing import TYPE_CHECKING

from edge.files.errors import InputError

if TYPE_CHECKING:
    from packaging.tags import Tag
    from packaging.utils import BuildTag
    from packaging.version import Version

_MAX_METADATA_BYTES = 4 << 20


@dataclass(frozen=True)
class Wheel:
    """A wheel, without its contents.

    Attributes:
        path: of its file.
        name: of the package, normalized.
        version: of the package.
        build: tells builds of one version apart.
        tags: where it runs.
        requires: what it needs (``Requires-Dist``).
        requires_python: versions of Python that it is for; empty for any.
    """

    path: Path
    name: str
    version: Version
    build: BuildTag
    tags: frozenset[Tag]
    requires: tuple[str, ...] = ()
    requires_python: str = ""

    @property
    def file(self) -> str:
        """Return the name of its file."""
        return self.path.name

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def parse_wheel(path: Path, metadata: str) -> Wheel:
    """Return what the name of a wheel's file and its metadata say.

    Args:
        path: of the file, which is not opened.
        metadata: text of its METADATA.

    Raises:
        InputError: the name is not a wheel's, or the metadata are of another package.
    """
    from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
    from packaging.version import InvalidVersion, Version

    headers = HeaderParser().parsestr(metadata)
    inside = headers.get("Name", ""), headers.get("Version", "")
    try:
        name, version, build, tags = parse_wheel_filename(path.name)
        # The name of the file says 1.0, the metadata may say 1.0.0.
        is_same = canonicalize_name(inside[0]) == name and Version(inside[1]) == version
    except (InvalidWheelFilename, InvalidVersion) as error:
        raise InputError(f"{path.name}: not a valid name for a wheel") from error
    if not is_same:
        raise InputError(f"{path.name}: holds {' '.join(inside)}, which does not match its name")
    return Wheel(
        path=path,
        name=str(name),
        version=version,
        build=build,
        tags=tags,
        requires=tuple(headers.get_all("Requires-Dist", [])),
        requires_python=headers.get("Requires-Python", ""),
    )


def read_wheel(path: Path) -> Wheel:
    """Read a wheel's metadata.

    Raises:
        InputError: it is not a wheel, or damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            # Other METADATA may lie deeper, of packages that a package carries inside.
            entries = [
                entry
                for entry in archive.infolist()
                if entry.filename.endswith(".dist-info/METADATA")
                and entry.filename.count("/") == 1
                and entry.file_size <= _MAX_METADATA_BYTES
            ]
            if len(entries) != 1:
                raise InputError(f"{path}: not a wheel: it has no METADATA")
            text = archive.read(entries[0]).decode()
    # What zipfile raises on a damaged directory depends on the bit.
    except (zipfile.BadZipFile, zlib.error, ValueError, RuntimeError, EOFError) as error:
        raise InputError(f"{path}: not a wheel, or damaged") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    return parse_wheel(path, text)


def read_wheels(folder: Path) -> list[Wheel]:
    """Read all wheels of a folder, in the order of their names.

    Raises:
        InputError: the folder cannot be read, or one of them is not a wheel.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".whl")
    except OSError as error:
        raise InputError(f"{folder}: cannot be read ({error.strerror})") from error
    return [read_wheel(path) for path in paths]


def rank_wheels(wheels: Sequence[Wheel], tags: Sequence[Tag], python: str) -> list[Wheel]:
    """Return the wheels that run somewhere, the newest and best fitting first.

    Args:
        wheels: to choose from.
        tags: of wheels that run there, the best first.
        python: whole version there.

    Raises:
        InputError: a wheel whose Requires-Python cannot be read.
    """
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    places = {tag: place for place, tag in enumerate(tags)}
    ranked = []
    for wheel in wheels:
        try:
            is_for = SpecifierSet(wheel.requires_python).contains(python, prereleases=True)
        except InvalidSpecifier as error:
            raise InputError(
                f"{wheel.file}: its Requires-Python {wheel.requires_python!r} cannot be read"
            ) from error
        fitting = [places[tag] for tag in wheel.tags if tag in places]
        if fitting and is_for:
            ranked.append(((wheel.version, -min(fitting), wheel.build), wheel))
    return [wheel for _, wheel in sorted(ranked, key=lambda pair: pair[0], reverse=True)]
