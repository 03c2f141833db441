"""How the work of a scan is shared out on the cores of a machine."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Parallelism:
    """How the work of a scan, and of a camera's frame, is shared out.

    Attributes:
        processes: that scan side by side.
        threads: that score in each process.
        photos: in flight in each process.
        frame_threads: that score a frame of a camera; None where that was not measured.
    """

    processes: int
    threads: int
    photos: int
    frame_threads: int | None = None

    def __post_init__(self) -> None:
        """Refuse values without a meaning."""
        for field, value in asdict(self).items():
            is_left_out = field == "frame_threads" and value is None
            if not is_left_out and (type(value) is not int or value < 1):
                raise ValueError(f"{field} {value!r}: expected a whole number from 1 up")

    def __str__(self) -> str:
        threads, photos = _count(self.threads, "thread"), _count(self.photos, "photo")
        if self.processes == 1:
            text = f"1 process with {threads}, {photos} in flight"
        else:
            text = f"{self.processes} processes with {threads} each, {photos} in flight in each"
        if self.frame_threads is None:
            return text
        return f"{text}; {_count(self.frame_threads, 'thread')} for a camera's frame"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number > 1)}"


def default_parallelism(cores: int) -> Parallelism:
    """Return the plan for a machine that was not measured."""
    return Parallelism(processes=1, threads=cores, photos=2)
