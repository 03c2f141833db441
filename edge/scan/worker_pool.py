"""Run tasks on threads of this process, or on processes that may die without ending the work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import Generic, TypeVar

from edge.scan.plan import Parallelism
from edge.scan.worker_process import DeathError, WorkerProcess

TaskT = TypeVar("TaskT")
OutcomeT = TypeVar("OutcomeT")


def run_tasks(
    make_worker: Callable[[], Callable[[TaskT], OutcomeT]],
    tasks: Iterable[TaskT],
    *,
    plan: Parallelism,
    lost: Callable[[TaskT, str], OutcomeT],
    stop: Callable[[], bool],
) -> Iterator[OutcomeT]:
    """Run tasks side by side and yield their outcomes as they come.

    The workers are made before the first task is taken. Tasks are taken when there is room for
    them; at most twice as many as run side by side are under way. Closing the iterator waits for
    the running tasks and ends threads and processes.

    Args:
        make_worker: returns what runs a task, for several threads at a time; called once here, or
            once in each process, to which it is pickled.
        tasks: to run, in this order.
        plan: how many processes, and tasks in flight in each.
        lost: makes the outcome of a task whose process died, from the reason in words; called by
            several threads.
        stop: once true no further task is begun; called by several threads.

    Raises:
        CrackEdgeError: as ``make_worker`` or the worker raised it, here or in a process.
        EnvironmentLacksError: processes die before they take a task, again and again.
        RuntimeError: ``make_worker`` or the worker raised another error in a process; its text is
            the traceback.
    """
    if plan.processes == 1:
        yield from _run_threads(make_worker(), tasks, threads=plan.photos, stop=stop)
        return
    crew = _Crew(make_worker, plan, lost)
    try:
        crew.start()
        threads = plan.processes * plan.photos
        yield from _run_threads(crew.work, tasks, threads=threads, stop=stop)
    finally:
        crew.dismiss()


def _run_threads(
    work: Callable[[TaskT], OutcomeT],
    tasks: Iterable[TaskT],
    *,
    threads: int,
    stop: Callable[[], bool],
) -> Iterator[OutcomeT]:
    def begin(task: TaskT) -> list[OutcomeT]:
        return [] if stop() else [work(task)]

    # Each thread has its next task waiting, so that none idles while an outcome is stored.
    most = 2 * threads
    left = iter(tasks)
    pending: set[Future[list[OutcomeT]]] = set()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="photo")
    try:
        while True:
            if not stop():
                for task in islice(left, most - len(pending)):
                    pending.add(pool.submit(begin, task))
            if not pending:
                return
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                yield from future.result()
    finally:
        pool.shutdown(cancel_futures=True)


class _Crew(Generic[TaskT, OutcomeT]):
    """All processes; each thread that calls ``work`` waits for the answer of one of them."""

    def __init__(
        self,
        make_worker: Callable[[], Callable[[TaskT], OutcomeT]],
        plan: Parallelism,
        lost: Callable[[TaskT, str], OutcomeT],
    ) -> None:
        family = threading.Lock()
        self._members: list[WorkerProcess[TaskT, OutcomeT]] = [
            WorkerProcess(make_worker, lanes=plan.photos, family=family)
            for _ in range(plan.processes)
        ]
        self._free = [list(range(plan.photos)) for _ in self._members]
        self._lock = threading.Lock()
        self._lost = lost

    def start(self) -> None:
        """Start all processes at the same time."""
        with ThreadPoolExecutor(len(self._members)) as pool:
            for future in [pool.submit(member.start) for member in self._members]:
                future.result()

    def work(self, task: TaskT) -> OutcomeT:
        """Have a task done by the process that has the fewest."""
        with self._lock:
            place = max(range(len(self._free)), key=lambda place: len(self._free[place]))
            lane = self._free[place].pop()
        try:
            return self._members[place].run(lane, task)
        except DeathError as death:
            return self._lost(task, f"the worker process {death} while scanning it")
        finally:
            with self._lock:
                self._free[place].append(lane)

    def dismiss(self) -> None:
        """End all processes."""
        for member in self._members:
            member.dismiss()
