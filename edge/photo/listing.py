"""Find the photos in folders, each with the name it has in the results."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from edge.files.errors import InputError

PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"})
# What phones and cameras write that must be converted first.
_OTHER_SUFFIXES = frozenset(
    {".heic", ".heif", ".avif", ".jxl", ".jp2", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf"}
)


def is_photo_name(path: Path) -> bool:
    """Tell whether the file name is one of a picture; hidden files are not."""
    return path.suffix.lower() in PHOTO_SUFFIXES and not path.name.startswith(".")


def list_photos(folder: Path) -> Iterator[Path]:
    """Yield all pictures below a folder, in a stable order, hidden folders left out."""
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(here) / name
            if is_photo_name(path):
                yield path


def number_name(name: Path) -> Iterator[Path]:
    """Yield names for a photo whose own may be taken: ``a.jpg``, ``a_2.jpg``, ``a_3.jpg``, ..."""
    yield name
    for number in itertools.count(2):
        yield name.with_name(f"{name.stem}_{number}{name.suffix}")


def find_photos(sources: Sequence[Path]) -> list[tuple[Path, Path]]:
    """List the photos of files and folders, with the name each has in the results.

    Returns:
        (path, relative name) pairs; relative names are unique.

    Raises:
        InputError: a source does not exist or a folder holds no photo.
    """
    found: list[tuple[Path, Path]] = []
    for source in sources:
        if source.is_dir():
            photos = [(path, path.relative_to(source)) for path in list_photos(source)]
            if not photos:
                raise InputError(f"{source}: no photos in this folder; {_advise(source)}")
            found += photos
        elif source.exists():
            found.append((source, Path(source.name)))
        else:
            raise InputError(f"{source}: no such photo or folder; check the path")
    taken: set[Path] = set()
    unique: list[tuple[Path, Path]] = []
    for path, name in found:
        candidate = next(other for other in number_name(name) if other not in taken)
        taken.add(candidate)
        unique.append((path, candidate))
    return unique


def _advise(folder: Path) -> str:
    """Say what to do about a folder without photos."""
    found = {path.suffix.lower() for path in folder.rglob("*")} & _OTHER_SUFFIXES
    if found:
        return f"convert its {' and '.join(sorted(found))} files to JPEG first"
    return f"file names of photos end in {', '.join(sorted(PHOTO_SUFFIXES))}"
