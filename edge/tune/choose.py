"""Say how a scan and a camera's frame are shared out here: as measured before, or by default."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from edge.files.errors import EnvironmentLacksError, OutputError
from edge.files.progress import Progress
from edge.scan.parallelism import Parallelism, default_parallelism
from edge.tune.measure import tune_machine
from edge.tune.plan_search import (
    SearchReport,
)
from edge.tune.profile import find_key, load_plan, profile_path, save_plan


def parallelism_for(
    model: str | Path,
    *,
    many: bool,
    progress: Progress,
    path: Path | None = None,
    tune: Callable[..., SearchReport] = tune_machine,
) -> Parallelism:
    """Return the plan for a scan: the one kept for this machine, or else a new one.

    Args:
        model: file, or name of a shipped model.
        many: the photos are so many that it pays to measure the machine first; that is kept.
        progress: told what is done, and why a profile is not used.
        path: of the profile; the user's if None.
        tune: measures, as ``tune_machine``.

    Raises:
        ModelError: no such model, a damaged file, no card.
        EnvironmentLacksError: no runtime for it.
    """
    key = find_key(model)
    try:
        path = path or profile_path()
    except OutputError as error:
        progress.say(f"warning: {error}")
    plan = load_plan(key, path=path, progress=progress) if path else None
    if plan is not None or not many:
        return plan or default_parallelism(key.cores)
    progress.say("measuring this machine once, for this and later scans (as crack-edge tune does)")
    try:
        report = tune(model, cores=key.cores, progress=progress)
    except (EnvironmentLacksError, OutputError) as error:
        progress.say(f"warning: this machine could not be measured: {error}")
        return default_parallelism(key.cores)
    progress.say(f"best: {report.plan}")
    if path:
        try:
            save_plan(key, report.plan, report.to_dict(), path=path)
        except OutputError as error:
            progress.say(f"warning: the measurement was not saved: {error}")
    return report.plan


def frame_threads_for(model: str | Path, *, progress: Progress, path: Path | None = None) -> int:
    """Return how many threads score a camera's frame: as kept for this machine, or one a core.

    Args:
        model: file, or name of a shipped model.
        progress: told why a profile is not used.
        path: of the profile; the user's if None.

    Raises:
        ModelError: no such model, a damaged file, no card.
        EnvironmentLacksError: no runtime for it.
    """
    key = find_key(model)
    try:
        plan = load_plan(key, path=path or profile_path(), progress=progress)
    except OutputError:
        # A service without a home has no profile either.
        plan = None
    return plan.frame_threads or key.cores if plan else key.cores
