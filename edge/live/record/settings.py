"""How much a recorder may keep, and how much of the disk it leaves to others."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RecordSettings:
    """The bounds of a folder of recorded events.

    Attributes:
        max_mb: what lines and pictures may take; the oldest go first. 1 MB is 1,000,000 bytes.
        max_days: how long they are kept.
        min_free_mb: of the disk, below which nothing is recorded.
    """

    max_mb: float = 1000.0
    max_days: float = 30.0
    min_free_mb: float = 500.0

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if self.max_mb <= 0 or self.max_days <= 0 or self.min_free_mb < 0:
            raise ValueError(f"{self}: expected positive bounds")
