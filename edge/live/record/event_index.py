"""What a recorder's folder holds and which of it goes first; touches no file and no clock.

The oldest is what was written first, whatever its time says: the clock of a Raspberry Pi begins
anywhere after a start without a network, and jumps.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass

# Before it no clock is right: 2025-01-01T00:00:00Z.
FIRST_SANE_S = 1_735_689_600.0


@dataclass
class IndexedEvent:
    """A recorded event.

    Attributes:
        file: number of the file that holds its last line.
        at_s: when it was, seconds since 1970 UTC as the clock said; None if that is not known.
        seen_s: when it was recorded on the monotonic clock; None if by an earlier run.
        picture_bytes: of its pictures together.
    """

    file: int
    at_s: float | None
    seen_s: float | None
    picture_bytes: int = 0


class EventIndex:
    """The account of a folder: events in the order of their last lines, and files of lines.

    Attributes:
        current: number of the file that lines are added to.
        total_bytes: of all lines and pictures.
    """

    def __init__(self) -> None:
        self.current = 1
        self.total_bytes = 0
        self._entries: OrderedDict[str, IndexedEvent] = OrderedDict()
        self._file_bytes: dict[int, int] = {}

    def __contains__(self, event_id: str) -> bool:
        return event_id in self._entries

    @property
    def current_bytes(self) -> int:
        """Return the size of the file that lines are added to."""
        return self._file_bytes.get(self.current, 0)

    def add_bytes(self, count: int, *, file: int | None = None) -> None:
        """Count bytes of lines, by default of the current file."""
        number = self.current if file is None else file
        self._file_bytes[number] = self._file_bytes.get(number, 0) + count
        self.total_bytes += count

    def add_event(
        self, event_id: str, *, at_s: float | None, seen_s: float | None, file: int | None = None
    ) -> None:
        """Note that an event's newest line is in a file, by default the current one."""
        entry = self._entries.setdefault(event_id, IndexedEvent(0, None, None))
        entry.file = self.current if file is None else file
        entry.at_s, entry.seen_s = at_s, seen_s
        self._entries.move_to_end(event_id)

    def set_pictures(self, event_id: str, count: int) -> None:
        """Note how many bytes an event's pictures have."""
        entry = self._entries[event_id]
        self.total_bytes += count - entry.picture_bytes
        entry.picture_bytes = count

    def picture_bytes(self, event_id: str) -> int:
        """Return how many bytes an event's pictures have."""
        entry = self._entries.get(event_id)
        return entry.picture_bytes if entry else 0

    def begin_file(self) -> None:
        """Go on in a new file of lines."""
        self.current += 1

    def oldest(self, *, spared: Collection[str]) -> str | None:
        """Return the event that goes first."""
        return next((event_id for event_id in self._entries if event_id not in spared), None)

    def list_old(
        self, *, wall_s: float, monotonic_s: float, max_age_s: float, spared: Collection[str]
    ) -> list[str]:
        """Return the events that are too old, where they surely are.

        An event is no older than any that was written before it, and one of this run no older
        than the clock that does not jump says. Times that cannot be are left out of account.
        """
        old = []
        latest_s: float | None = None
        for event_id, entry in self._entries.items():
            if entry.at_s is not None and FIRST_SANE_S <= entry.at_s <= wall_s:
                latest_s = max(latest_s or entry.at_s, entry.at_s)
            if latest_s is None:
                continue
            age_s = wall_s - latest_s
            if age_s <= max_age_s:
                break
            if entry.seen_s is not None:
                age_s = min(age_s, monotonic_s - entry.seen_s)
            if age_s > max_age_s and event_id not in spared:
                old.append(event_id)
        return old

    def forget(self, event_id: str) -> None:
        """Note that an event's pictures are gone."""
        self.total_bytes -= self._entries.pop(event_id).picture_bytes

    def list_idle_files(self) -> list[int]:
        """Return the files of lines whose events are all gone; never the current one."""
        first = next((entry.file for entry in self._entries.values()), self.current)
        return [number for number in self._file_bytes if number < min(first, self.current)]

    def forget_file(self, number: int) -> None:
        """Note that a file of lines is gone."""
        self.total_bytes -= self._file_bytes.pop(number)
