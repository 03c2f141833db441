"""How patient we are with a broker."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MqttTiming:
    """How patient the sink is.

    Attributes:
        first_wait_s: between the first tries to connect; doubled each time.
        longest_wait_s: at most, and where the broker refused us.
        answer_s: that a broker has to answer.
        keepalive_s: without a sign of life until the connection counts as lost.
        state_every_s: between states where nothing changed.
    """

    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    answer_s: float = 10.0
    keepalive_s: int = 30
    state_every_s: float = 10.0
