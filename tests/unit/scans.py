"""Scans of drawn photos with a fake model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edge.detect.settings import ScanSettings, Scorers
from edge.files.progress import Progress
from edge.model.scorer import Scorer
from edge.scan.folder_scan import scan_folders
from edge.scan.parallelism import Parallelism
from edge.scan.scan_job import ScanJob, list_tasks
from tests.unit.fakes import DarknessScorer, Remembering

SETTINGS = ScanSettings(threshold=0.5)


def scan_drawn(
    source: Path,
    out: Path,
    *,
    scorer: Scorer | None = None,
    settings: ScanSettings = SETTINGS,
    photos: int = 2,
    shard: tuple[int, int] | None = None,
    progress: Progress | None = None,
    stop: Any = lambda: False,
    **job: Any,
) -> dict[str, Any]:
    """Scan and return what ``--json`` prints; a dark place is a crack, two photos in flight."""
    return scan_folders(
        ScanJob(
            tasks=list_tasks([source], out, shard=shard),
            out=out,
            scorers=Scorers(scorer or DarknessScorer()),
            settings=settings,
            parallelism=Parallelism(1, photos),
            shard=shard,
            **job,
        ),
        progress=progress or Remembering(),
        stop=stop,
    ).to_dict()
