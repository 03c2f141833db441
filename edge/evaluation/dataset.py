"""Labelled pictures: class folders and manifests.

A sample's group is its source photo; pictures of one photo never stand on both sides of a split.
The group's name is ``source/photo``, or ``source/`` where the photo is not known; the source (data
set, structure) is what reports are split by.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.files.atomic_write import replace_atomically
from edge.files.csv_reader import read_csv_rows
from edge.files.errors import DataError
from edge.files.formatting import count_of
from edge.files.hashing import sha256_of
from edge.model.labels import CRACK, LABELS, class_of_folder
from edge.photo.listing import list_photos

SPLITS = ("train", "val", "test")

# PHOTO-N: the number counts the pictures cut from one photo (SDNET2018 has up to 252 of them).
_PHOTO_AND_NUMBER = re.compile(r"(?P<photo>.+)-\d{1,3}")
_COLUMNS = ("path", "label", "group", "split")
_HELP = "docs/train.md"
_SPLIT_FOLDERS = {"train", "training", "val", "valid", "validation", "test", "testing"}
# Of folders without a label's name, so many are named in an error.
_FOLDERS_NAMED = 3

# Names the photo that a picture was cut from; empty if it is not known.
PhotoRule = Callable[[Path], str]


@dataclass(frozen=True)
class Sample:
    """One labelled picture. ``split`` is empty where none was made."""

    path: Path
    label: str
    group: str
    split: str = ""

    @property
    def is_crack(self) -> bool:
        """Tell whether the label is the positive one."""
        return self.label == CRACK

    @property
    def source(self) -> str:
        """Name the data set or structure that the picture comes from."""
        return self.group.rpartition("/")[0]

    @property
    def has_photo(self) -> bool:
        """Tell whether it is known which photo the picture was cut from."""
        return not self.group.endswith("/")


def read_dataset(data: Sequence[Path], *, group_regex: str | None = None) -> list[Sample]:
    """Read class folders and manifests into one list of samples, in a stable order.

    Args:
        data: folders and manifests.
        group_regex: finds the name of the source photo in a picture's path: its first group, or
            all that it matches; where it finds nothing, the photo is not known. Without one,
            ``PHOTO-N`` in the file name is understood.

    Raises:
        DataError: a path does not exist, a folder has no class folders, a manifest is malformed,
            the expression is none.
    """
    rule = _compile_rule(group_regex)
    samples: list[Sample] = []
    for item in data:
        if item.is_dir():
            samples += read_class_folders(item, rule)
        elif item.is_file():
            samples += read_manifest(item, rule)
        else:
            raise DataError(
                f"{item}: no such folder or manifest; {_expected_below(item)}, or a CSV with the "
                f"columns path,label (see {_HELP})"
            )
    return list({sample.path: sample for sample in reversed(samples)}.values())[::-1]


def _compile_rule(group_regex: str | None) -> PhotoRule:
    if group_regex is None:
        return name_photo
    try:
        expression = re.compile(group_regex)
    except re.error as error:
        raise DataError(
            f"--group-regex {group_regex!r}: is not a regular expression ({error})"
        ) from error

    def name_by_expression(path: Path) -> str:
        match = expression.search(path.as_posix())
        if match is None:
            return ""
        found = match[1] if expression.groups else match[0]
        return (found or "").replace("/", "_")

    return name_by_expression


def name_photo(path: Path) -> str:
    """Name the photo that a picture was cut from, by its file name; empty if it does not say."""
    match = _PHOTO_AND_NUMBER.fullmatch(path.stem)
    return match["photo"] if match else ""


def read_class_folders(folder: Path, rule: PhotoRule = name_photo) -> list[Sample]:
    """Find labelled pictures below a folder; the nearest class folder above a picture counts.

    Raises:
        DataError: no picture lies in a class folder.
    """
    root = Path(os.path.abspath(folder))
    above = root.parent.parent if class_of_folder(root.name) else root.parent
    samples = []
    pictures = list(list_photos(root))
    for path in pictures:
        parents = path.relative_to(above).parts[:-1]
        classes = [(i, label) for i, name in enumerate(parents) if (label := class_of_folder(name))]
        if not classes:
            continue
        place, label = classes[-1]
        others = parents[:place] + parents[place + 1 :]
        source = "/".join(name for name in others if not _is_split(name)) or "data"
        samples.append(Sample(path, label, f"{source}/{rule(path)}"))
    if not samples:
        raise DataError(_explain_no_samples(folder, pictures))
    return samples


def _expected_below(folder: Path) -> str:
    return f"expected {folder}/crack/*.jpg and {folder}/no_crack/*.jpg"


def _is_split(name: str) -> bool:
    """Tell whether a folder is a part of a data set: pictures of one photo lie in several of them.

    As sources of their own they would let one photo stand on both sides of a split.
    """
    return name.lower() in _SPLIT_FOLDERS


def _explain_no_samples(folder: Path, pictures: Sequence[Path]) -> str:
    expected = _expected_below(folder)
    if not pictures:
        return f"{folder}: no pictures in it; {expected}"
    names = sorted({path.parent.name for path in pictures})
    found = ", ".join(names[:_FOLDERS_NAMED]) + (", ..." if len(names) > _FOLDERS_NAMED else "")
    return (
        f"{folder}: {count_of(len(pictures), 'picture')}, but none in a folder named after a "
        f"label; {expected} (found: {found}; other names: cracked, positive; non-cracked, "
        "uncracked, negative)"
    )


def read_manifest(
    path: Path, rule: PhotoRule = name_photo, *, moved_to: Path | None = None
) -> list[Sample]:
    """Read a manifest CSV (path,label,group,split); relative paths count from its folder.

    Only path and label must be there. Without a group it is found as for class folders.

    Args:
        path: of the manifest.
        rule: names the source photo of a picture.
        moved_to: folder below which the pictures are now, by the ends of their paths.

    Raises:
        DataError: not a CSV of these columns, an unknown label or split, a missing picture.
    """
    folder = Path(os.path.abspath(path.parent))
    samples = []
    for where, row in read_csv_rows(path, required=("path", "label"), columns=_COLUMNS, more=_HELP):
        label = parse_label(row["label"], where)
        if row["split"] not in ("", *SPLITS):
            raise DataError(
                f"{where}: split {row['split']!r}; expected {', '.join(SPLITS)} or nothing"
            )
        picture = Path(os.path.abspath(folder / row["path"]))
        if moved_to is not None:
            picture = _find_moved(picture, moved_to)
        if not picture.is_file():
            raise DataError(
                f"{where}: {picture} does not exist; paths start from the manifest's folder"
            )
        group = row["group"] or f"{path.stem}/{rule(picture)}"
        samples.append(Sample(picture, label, group, row["split"]))
    return samples


def _find_moved(picture: Path, folder: Path) -> Path:
    """Return where a picture is below a folder: by as much of its path's end as is there."""
    root = Path(os.path.abspath(folder))
    ends = (root.joinpath(*picture.parts[begin:]) for begin in range(1, len(picture.parts)))
    return next((place for place in ends if place.is_file()), picture)


def parse_label(name: str, where: str) -> str:
    """Return the label that a table's cell means.

    Raises:
        DataError: none of the known names.
    """
    label = name if name in LABELS else class_of_folder(name)
    if label is None:
        raise DataError(f"{where}: label {name!r}; expected {' or '.join(LABELS)}")
    return label


def write_manifest(path: Path, samples: Iterable[Sample]) -> None:
    """Write a manifest CSV; pictures below its folder get relative paths, others absolute ones."""
    folder = Path(os.path.abspath(path.parent))
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(_COLUMNS)
    for sample in samples:
        inside = sample.path.is_relative_to(folder)
        name = sample.path.relative_to(folder) if inside else sample.path
        rows.writerow((name.as_posix(), sample.label, sample.group, sample.split))
    replace_atomically(path, text.getvalue().encode(errors="surrogateescape"))


def truths_of(samples: Sequence[Sample]) -> NDArray[np.bool_]:
    """Return bool (N,), True for a crack."""
    return np.array([sample.is_crack for sample in samples], bool)


def strata_of(samples: Iterable[Sample]) -> list[list[Sample]]:
    """Gather the samples of each source and label, in a stable order."""
    strata: dict[tuple[str, str], list[Sample]] = defaultdict(list)
    for sample in samples:
        strata[sample.source, sample.label].append(sample)
    return [stratum for _, stratum in sorted(strata.items())]


def choose_split(samples: Sequence[Sample], split: str) -> list[Sample]:
    """Keep the samples of one split.

    Raises:
        DataError: no sample is in this split.
    """
    chosen = [sample for sample in samples if sample.split == split]
    if not chosen:
        raise DataError(
            f"no pictures in the split {split!r}; give a manifest with a split column, such as the "
            "manifest.csv that crack-edge train writes"
        )
    return chosen


def fingerprint(samples: Iterable[Sample]) -> str:
    """Return a SHA-256 over labels, splits and groups, which say what a model was trained on.

    Paths are left out but for the file name, so that the same data elsewhere has the same mark.
    """
    lines = sorted(f"{s.group}/{s.path.name},{s.label},{s.split}" for s in samples)
    return sha256_of("\n".join(lines).encode(errors="surrogateescape"))
