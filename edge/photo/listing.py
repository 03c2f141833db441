"""Find the photos in folders, each with the name it has in the results."""

from __future__ import annotations

import difflib
import itertools
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from edge.files.errors import InputError
from edge.files.paths import STORE_NAME

PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"})
# What phones and cameras write that must be converted first.
_OTHER_SUFFIXES = frozenset(
    {".heic", ".heif", ".avif", ".jxl", ".jp2", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf"}
)


def is_photo_name(path: Path) -> bool:
    """Tell whether the file name is one of a picture; hidden files are not."""
    return path.suffix.lower() in PHOTO_SUFFIXES and not path.name.startswith(".")


def holds_results(folder: Path) -> bool:
    """Tell whether a folder is that of a scan's results."""
    return (folder / STORE_NAME).is_file()


def list_photos(folder: Path) -> Iterator[Path]:
    """Yield all pictures below a folder, in a stable order.

    Hidden folders and those with the results of scans are left out.
    """
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and not holds_results(Path(here, name))
        )
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
        InputError: a source does not exist or a folder holds no photo, or only results of scans.
    """
    found: list[tuple[Path, Path]] = []
    for source in sources:
        if source.is_dir():
            if holds_results(source):
                continue
            photos = [(path, path.relative_to(source)) for path in list_photos(source)]
            if not photos:
                raise InputError(f"{source}: no photos in this folder; {_advise(source)}")
            found += photos
        elif source.exists():
            found.append((source, Path(source.name)))
        else:
            raise InputError(f"{source}: no such photo or folder; {_advise_missing(source)}")
    if not found:
        raise InputError(
            f"{sources[0]}: holds the results of a scan; give the folder of the photos"
        )
    taken: set[Path] = set()
    unique: list[tuple[Path, Path]] = []
    for path, name in found:
        candidate = next(other for other in number_name(name) if other not in taken)
        taken.add(candidate)
        unique.append((path, candidate))
    return unique


def _advise_missing(path: Path) -> str:
    """Name the file or folder that was meant; a name with spaces comes in pieces without quotes."""
    try:
        names = {one.name.lower(): one.name for one in path.parent.iterdir()}
    except OSError:
        names = {}
    wanted = path.name.lower()
    longer = [name for name in sorted(names) if name.startswith(f"{wanted} ")]
    alike = [*longer, *difflib.get_close_matches(wanted, names, 1, 0.75)]
    if not alike:
        return "check the path"
    meant = str(path.with_name(names[alike[0]]))
    return f"did you mean {meant!r}?" + (" Names with spaces need the quotes" * (" " in meant))


def _advise(folder: Path) -> str:
    """Say what to do about a folder without photos."""
    found = {path.suffix.lower() for path in folder.rglob("*")} & _OTHER_SUFFIXES
    if found:
        return f"convert its {' and '.join(sorted(found))} files to JPEG first"
    return f"file names of photos end in {', '.join(sorted(PHOTO_SUFFIXES))}"
