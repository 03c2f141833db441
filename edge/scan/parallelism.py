"""How the work of a scan, and of a camera's frame, is shared out on the cores of a machine."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from edge.files.formatting import count_of


@dataclass(frozen=True)
class Parallelism:
    """Threads and photos at a time.

    All is one process: scoring, decoding and drawing release Python's lock, and processes of their
    own were slower by 5 to 15 % on two cores.

    Attributes:
        threads: that score.
        photos: in flight.
        frame_threads: that score a frame of a camera; None where that was not measured.
    """

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
        text = f"{count_of(self.threads, 'thread')}, {count_of(self.photos, 'photo')} in flight"
        if self.frame_threads is None:
            return text
        return f"{text}; {count_of(self.frame_threads, 'thread')} for a camera frame"


def default_parallelism(cores: int) -> Parallelism:
    """Return what serves any machine: a thread for each core, and a photo read meanwhile."""
    return Parallelism(threads=cores, photos=2)
