"""How much slower the loop must be for the processor's heat."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from edge.live.loop.live_state import HeatState
from edge.live.timing.clock import Clock
from edge.machine.heat import TOO_HOT, UNDER_VOLTAGE, Vcgencmd, read_heat

_LEAST_FACTOR = 0.25
_SLOWER_EVERY_S = 10.0
_COOL_FOR_S = 30.0
_COOL_BY_C = 5.0
# Heat never takes more than this: one frame a second is looked at, if so many are wanted.
_LEAST_FPS = 1.0


class Governor:
    """How much of the rate a hot processor is left: halved in steps, given back slowly.

    Attributes:
        factor: share of the rate, 1 to 0.25.
    """

    def __init__(self, max_temp_c: float | None = 80.0) -> None:
        """Begin at full rate.

        Args:
            max_temp_c: above it the loop is slowed; None for never.
        """
        self.factor = 1.0
        self._max_temp_c = max_temp_c
        self._slowed_s: float | None = None
        self._cool_since_s: float | None = None
        self._base_fps: float | None = None

    def update(self, temperature_c: float | None, limits: tuple[str, ...], now_s: float) -> float:
        """Take a reading and return the factor.

        Args:
            temperature_c: of the processor; None where nobody knows.
            limits: what holds it back now, in the words of ``read_heat``.
            now_s: on a clock that does not go back.
        """
        if self._max_temp_c is None:
            return self.factor
        temperature_c = self._max_temp_c - _COOL_BY_C if temperature_c is None else temperature_c
        if temperature_c > self._max_temp_c or _is_throttled(limits):
            self._cool_since_s = None
            if self._slowed_s is None or now_s - self._slowed_s >= _SLOWER_EVERY_S:
                self.factor = max(_LEAST_FACTOR, self.factor / 2)
                self._slowed_s = now_s
        elif temperature_c > self._max_temp_c - _COOL_BY_C:
            self._cool_since_s = None
        else:
            self._give_back(now_s)
        return self.factor

    def apply(self, target_fps: float | None, measured_fps: float) -> float | None:
        """Return the rate to aim at, frames a second; None for as many as it can.

        Args:
            target_fps: what is wanted; None for as many as it can.
            measured_fps: what it reaches.
        """
        if self.factor == 1:
            self._base_fps = None
            return target_fps
        # Half of a target that is out of reach would slow nothing: what it reached counts.
        if self._base_fps is None and measured_fps > 0:
            self._base_fps = measured_fps
        rates = [rate for rate in (target_fps, self._base_fps) if rate is not None]
        if not rates:
            return None
        return max(min(rates) * self.factor, min(_LEAST_FPS, *rates))

    def _give_back(self, now_s: float) -> None:
        if self._cool_since_s is None:
            self._cool_since_s = now_s
        if now_s - self._cool_since_s >= _COOL_FOR_S:
            self._cool_since_s = now_s
            self.factor = min(1.0, self.factor * 2)


def _is_throttled(limits: tuple[str, ...]) -> bool:
    """Return whether heat limits it; a weak power supply can too, but slowing is no help then."""
    return TOO_HOT in limits or (bool(limits) and UNDER_VOLTAGE not in limits)


class HeatMonitor:
    """Reads the sensors now and then in a thread of its own, and slows the loop by them."""

    def __init__(
        self,
        max_temp_c: float | None = 80.0,
        *,
        poll_s: float = 5.0,
        read: Callable[[], tuple[float | None, tuple[str, ...]]] | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Begin to read.

        Args:
            max_temp_c: above it the loop is slowed; None for never.
            poll_s: how often the sensors are read.
            read: gives temperature and limits.
            clock: where times come from.
        """
        vcgencmd = Vcgencmd()
        self._read = read or (lambda: read_heat(ask_firmware=vcgencmd))
        self._poll_s = poll_s
        self._clock = clock or Clock()
        self._governor = Governor(max_temp_c)
        self._heat = HeatState()
        self._failure: BaseException | None = None
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heat", daemon=True)
        self._thread.start()

    @property
    def state(self) -> HeatState:
        """Return temperature and limits, and whether the loop is slowed."""
        return replace(self._heat, is_slowed=self._governor.factor < 1)

    def limit_fps(self, wanted_fps: float | None, measured_fps: float) -> float | None:
        """Return the rate to aim at; None for as many as it can. The loop calls it at each turn.

        Raises:
            RuntimeError: the thread ended by an error that nobody expected.
        """
        if self._failure is not None:
            raise RuntimeError(f"heat: {self._failure}") from self._failure
        heat = self._heat
        self._governor.update(heat.temperature_c, heat.limits, self._clock.monotonic())
        return self._governor.apply(wanted_fps, measured_fps)

    def close(self) -> None:
        """End the thread; it is not waited for."""
        self._is_over.set()

    def _run(self) -> None:
        try:
            while not self._is_over.is_set():
                temperature_c, limits = self._read()
                self._heat = HeatState(temperature_c, limits)
                self._is_over.wait(self._poll_s)
        except BaseException as error:
            self._failure = error
            raise
