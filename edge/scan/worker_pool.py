"""Run tasks on threads, a bounded number ahead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TypeVar

TaskT = TypeVar("TaskT")
ResultT = TypeVar("ResultT")


def run_tasks(
    work: Callable[[TaskT], ResultT],
    tasks: Iterable[TaskT],
    *,
    threads: int,
    stop: Callable[[], bool],
) -> Iterator[ResultT]:
    """Run tasks side by side and yield their results as they come.

    Tasks are taken when there is room for them; at most twice as many as run side by side are under
    way. Closing the iterator waits for the running tasks.

    Args:
        work: runs a task, for several threads at a time; what it raises is raised here.
        tasks: to run, in this order.
        threads: how many run side by side.
        stop: once true no further task is begun; called by several threads.
    """

    def begin(task: TaskT) -> list[ResultT]:
        return [] if stop() else [work(task)]

    # Each thread has its next task waiting, so that none idles while a result is stored.
    most = 2 * threads
    left = iter(tasks)
    pending: set[Future[list[ResultT]]] = set()
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
