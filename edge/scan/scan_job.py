"""What a scan is to do: all that its workers and its store need to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from edge.detect.settings import ScanSettings, Scorers
from edge.files.errors import InputError
from edge.geo.site import SiteUpdate
from edge.photo.listing import find_photos
from edge.scan.parallelism import Parallelism
from edge.store.identity import ScanIdentity, identify
from edge.store.photo_result import PhotoTask


@dataclass(frozen=True)
class ScanJob:
    """A scan to do.

    Attributes:
        tasks: the photos, see ``list_tasks``.
        out: folder of the results; new, empty, or that of an earlier scan.
        scorers: the models.
        settings: of the scan.
        parallelism: threads, and photos at a time.
        site: what is said anew of the site.
        shard: which part of the photos the tasks are, such as (1, 4); None for all.
        force: start again in a folder in use; results of an earlier scan there are removed.
    """

    tasks: Sequence[PhotoTask]
    out: Path
    scorers: Scorers
    settings: ScanSettings
    parallelism: Parallelism
    site: SiteUpdate = field(default_factory=SiteUpdate)
    shard: tuple[int, int] | None = None
    force: bool = False

    @property
    def identity(self) -> ScanIdentity:
        """Return what decides the results."""
        return identify(self.scorers, self.settings)


def list_tasks(
    sources: Sequence[Path], out: Path, *, shard: tuple[int, int] | None = None
) -> list[PhotoTask]:
    """List the photos of photos and folders; those of the results themselves are left out.

    Args:
        sources: photos and folders.
        out: folder of the results.
        shard: (i, n): only the i-th of n parts of the photos, counted from 1.

    Raises:
        InputError: a source does not exist or holds no photos but those of the results.
    """
    results = out.resolve()
    tasks = [
        PhotoTask(path, name.as_posix())
        for path, name in find_photos(sources)
        if not path.resolve().is_relative_to(results)
    ]
    if not tasks:
        raise InputError(
            f"{out}: all photos are in the folder for the results; choose another --out"
        )
    if shard is None:
        return tasks
    number, count = shard
    # By name, so that every machine divides alike, also when photos are added later.
    return [task for task in tasks if _hash_name(task.name) % count == number - 1]


def _hash_name(name: str) -> int:
    digest = sha256(name.encode("utf-8", "surrogateescape")).digest()
    return int.from_bytes(digest[:8], "big")
