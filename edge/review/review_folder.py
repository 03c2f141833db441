"""What lies in a folder of tiles to label.

Nothing in it counts as labelled until a person has said so: all tiles begin in ``to_sort``, which
is not a class folder.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.files.atomic_write import refuse_to_overwrite, replace_atomically
from edge.files.csv_reader import read_csv_rows
from edge.files.csv_writer import make_csv
from edge.files.errors import OutputError
from edge.files.formatting import count_of
from edge.model.labels import CRACK, NO_CRACK, class_of_folder
from edge.photo.listing import list_photos
from edge.review.label_studio import LABEL_CONFIG, UNSURE, Guess, make_tasks
from edge.review.uncertainty_sampling import Window
from edge.store.scan_store import Store

TO_SORT = "to_sort"
SORTED = (CRACK, NO_CRACK, UNSURE)
TABLE, TASKS, CONFIG, README = "review.csv", "tasks.json", "label-config.xml", "README.txt"
MANIFEST = "manifest.csv"

# A tile is named PHOTO-N, by which a training keeps the tiles of a photo together; N has up to
# three digits there.
MOST_OF_A_PHOTO = 999

_COLUMNS = ("tile", "photo", "left", "top", "right", "bottom", "score", "why", "sha256")
# With the number and the suffix of a file's name, which has 255 bytes at most, 4 for a letter.
_NAME_CHARS = 60


@dataclass(frozen=True)
class Tile:
    """A window that was cut out.

    Attributes:
        name: of its file.
        window: of the photo.
        sha256: of the photo's file.
    """

    name: str
    window: Window
    sha256: str


def name_photos(names: Iterable[str]) -> dict[str, str]:
    """Give each photo a name for its tiles: without a dash or separator, and no two alike."""
    taken: set[str] = set()
    found = {}
    for name in names:
        stem = name.rpartition(".")[0] or name
        plain = re.sub(r"\W+", "_", stem).strip("_")[:_NAME_CHARS] or "photo"
        candidate, number = plain, 1
        # Some file systems take large and small letters for the same.
        while candidate.casefold() in taken:
            number += 1
            candidate = f"{plain}_{number}"
        taken.add(candidate.casefold())
        found[name] = candidate
    return found


def require_place(out: Path, *, force: bool) -> None:
    """Stop before work whose tiles have no place.

    Raises:
        OutputError: the folder is in use, or its name means a label, by which all tiles in it
            would count as labelled; even with force, if it holds a scan or tiles that somebody
            sorted.
    """
    if label := class_of_folder(out.resolve().name):
        raise OutputError(
            f"{out}: a folder of this name would count as the label {label} in a training; "
            "choose another"
        )
    refuse_to_overwrite(out, force=force)
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out}: is not a folder; choose another --out")
    if Store.exists(out):
        raise OutputError(f"{out}: holds a scan; choose another --out")
    if done := sum(1 for folder in SORTED for _ in list_photos(out / folder)):
        raise OutputError(
            f"{out}: holds {count_of(done, 'sorted tile')}, which would be lost; "
            "choose another --out"
        )


def make_room(out: Path) -> None:
    """Make the folders to sort tiles into; the tiles of an earlier review are removed.

    Raises:
        OutputError: they cannot be made or removed.
    """
    earlier = find_tiles(out).values() if (out / TABLE).is_file() else ()
    try:
        for path in (*filter(None, earlier), out / TABLE, out / MANIFEST):
            path.unlink(missing_ok=True)
        for folder in (TO_SORT, *SORTED):
            (out / folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{out}: cannot be written ({error.strerror})") from error


def write_papers(out: Path, tiles: Sequence[Tile], *, model: str, threshold: float) -> None:
    """Write the table of the tiles, the tasks for Label Studio, and what to do with them.

    Args:
        out: the folder.
        tiles: in it.
        model: name and version.
        threshold: at or above which a score is a crack.
    """
    rows = [
        {
            "tile": tile.name,
            **{key: str(value) for key, value in _facts_of(tile).items()},
            "score": f"{tile.window.score:.4f}",
            "why": tile.window.why,
            "sha256": tile.sha256,
        }
        for tile in tiles
    ]
    guesses = [
        Guess(
            tile.name,
            CRACK if tile.window.score >= threshold else NO_CRACK,
            tile.window.score,
            _facts_of(tile),
        )
        for tile in tiles
    ]
    name = out.resolve().name
    tasks = make_tasks(guesses, folder=f"{name}/{TO_SORT}", model=model)
    replace_atomically(out / TASKS, tasks)
    replace_atomically(out / CONFIG, LABEL_CONFIG.encode())
    replace_atomically(out / README, _explain(out, model).encode("utf-8", "surrogateescape"))
    replace_atomically(out / TABLE, make_csv(_COLUMNS, rows))


def _facts_of(tile: Tile) -> dict[str, str | int | float]:
    window = tile.window
    sides = dict(zip(("left", "top", "right", "bottom"), window.xyxy, strict=True))
    return {"photo": window.photo, **sides, "score": round(window.score, 4)}


def _explain(out: Path, model: str) -> str:
    review = shlex.quote(str(out))
    root, served = (shlex.quote(str(path)) for path in (out.resolve().parent, out.resolve()))
    return f"""\
These tiles are parts of scanned photos: most of them the model is unsure about, and a few it is
sure about, as a check. Sort them, then train the model on them. {TABLE} says which photo each
tile comes from, and where in it. The model is {model}.

Sort them in a file manager ...

1. Move each tile from {TO_SORT}/ into {CRACK}/ or {NO_CRACK}/, or into {UNSURE}/ if you cannot
   tell. Only the tiles in {CRACK}/ and {NO_CRACK}/ are used for training.
2. Check what you sorted:
    crack-edge audit {review}
3. Train again, where DATA stands for the pictures that the model was trained on:
    crack-edge train DATA {review} --out runs/next

... or label them in Label Studio

1. Leave the tiles where they are and start Label Studio:
    LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED=true \\
        LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT={root} label-studio
2. Make a project. Paste {CONFIG} into its labelling interface. Add a source
   storage "Local files" with this path, and do not sync it:
    {served}
   Import {TASKS}.
3. Label the tiles and export them as JSON. Then, with your file in place of EXPORT.json:
    crack-edge import-review {review} EXPORT.json
    crack-edge train DATA {shlex.quote(str(out / MANIFEST))} --out runs/next
"""


def find_tiles(review: Path) -> Mapping[str, Path | None]:
    """Find the tiles of a review by their names, wherever they were sorted; None if gone.

    Raises:
        DataError: the folder is not a review.
    """
    rows = read_csv_rows(review / TABLE, required=_COLUMNS[:1], columns=_COLUMNS)
    found: dict[str, Path | None] = {}
    for _, row in rows:
        # Only the name: what somebody wrote into the table must not lead elsewhere.
        name = Path(row["tile"]).name
        places = (review / folder / name for folder in (TO_SORT, *SORTED))
        found[name] = next((place for place in places if name and place.is_file()), None)
    return found
