"""Events out of smoothed scores: hysteresis in score and in time, and the best frame of each."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from edge.detect.triage import EVEN
from edge.live.events.event import EndedBy, Event, Notice
from edge.live.scoring.observation import Observation

# A better frame is reported at most once in so many seconds, and of equal scores only if so many
# times as much of the crack is in view: each costs two pictures on a memory card.
_PEAK_EVERY_S = 2.0
_PEAK_BY = 1.25
# Scores are told apart to so many digits: of a wide crack nearly all windows are sure.
_DIGITS = 2


@dataclass(frozen=True)
class EventSettings:
    """When events begin and end.

    Attributes:
        release: smoothed score below which an event is about to end; never above the threshold.
        hold_s: how long it must stay below.
        gap_s: an event ends where no frame comes for so long.
    """

    release: float = EVEN
    hold_s: float = 1.0
    gap_s: float = 5.0


@dataclass
class _Lasting:
    """The event that lasts.

    Attributes:
        event: as it is now.
        best: its best frame.
        began_s: the source's time at its beginning.
        seen_s: the source's time when it was last above the release score.
        told_s: when the last notice was given.
        told: the best frame then.
    """

    event: Event
    best: Observation
    began_s: float
    seen_s: float
    told_s: float
    told: Observation


def make_event_id(wall_s: float) -> str:
    """Return an id that sorts by time and is unlike any other's even when the clock is wrong."""
    return time.strftime("%Y%m%dT%H%M%SZ-", time.gmtime(wall_s)) + secrets.token_hex(4)


def _worth(observation: Observation) -> tuple[float, int]:
    """Return what makes one frame of an event better than another.

    Its score, and where scores are as good as equal, how much of the crack is in view.
    """
    return round(observation.score, _DIGITS), int(np.count_nonzero(observation.heat >= EVEN))


class EventTracker:
    """Turns observations into events. Knows no clock but the frames' own.

    Attributes:
        begun: events so far.
    """

    def __init__(
        self,
        settings: EventSettings,
        *,
        source: str,
        model: str,
        make_id: Callable[[float], str] = make_event_id,
    ) -> None:
        """Begin with no crack in view.

        Args:
            settings: when events begin and end.
            source: as it is shown.
            model: its name.
            make_id: of a wall time.
        """
        self.begun = 0
        self._settings = settings
        self._source = source
        self._model = model
        self._make_id = make_id
        self._lasting: _Lasting | None = None

    @property
    def event_id(self) -> str | None:
        """Return the id of the event that lasts."""
        return self._lasting.event.id if self._lasting else None

    def add(self, observation: Observation) -> list[Notice]:
        """Take an observation and return what there is to tell, in order."""
        notices = self._end_after_gap(observation)
        lasting = self._lasting
        if lasting is None:
            if observation.smoothed >= observation.threshold:
                notices.append(self._begin(observation))
            return notices
        if observation.smoothed >= min(self._settings.release, observation.threshold):
            self._go_on(lasting, observation)
        if observation.frame.time_s - lasting.seen_s > self._settings.hold_s:
            return [*notices, self._end(lasting, "score")]
        if self._has_news(lasting, observation):
            lasting.told_s, lasting.told = observation.frame.time_s, lasting.best
            notices.append(Notice("peak", lasting.event, lasting.best))
        return notices

    def break_off(self, ended_by: EndedBy) -> list[Notice]:
        """End the event that lasts, where there is one: no more frames come."""
        return [self._end(self._lasting, ended_by)] if self._lasting else []

    def _end_after_gap(self, observation: Observation) -> list[Notice]:
        lasting = self._lasting
        if lasting is None or observation.frame.time_s - lasting.seen_s <= max(
            self._settings.gap_s, self._settings.hold_s
        ):
            return []
        return [self._end(lasting, "source")]

    def _begin(self, observation: Observation) -> Notice:
        self.begun += 1
        event = Event(
            id=self._make_id(observation.frame.wall_s),
            source=self._source,
            model=self._model,
            threshold=observation.threshold,
            began_at=observation.frame.wall_s,
            ended_at=None,
            duration_s=0.0,
            peak_at=observation.frame.wall_s,
            peak_score=observation.score,
            frames=1,
            size_wh=observation.frame.size_wh,
            regions=observation.regions,
        )
        now_s = observation.frame.time_s
        best = replace(observation, event_id=event.id)
        self._lasting = _Lasting(event, best, now_s, now_s, now_s, best)
        return Notice("begin", event, best)

    def _go_on(self, lasting: _Lasting, observation: Observation) -> None:
        lasting.seen_s = observation.frame.time_s
        event = replace(
            lasting.event,
            frames=lasting.event.frames + 1,
            duration_s=lasting.seen_s - lasting.began_s,
        )
        if _worth(observation) > _worth(lasting.best):
            lasting.best = replace(observation, event_id=event.id)
            event = replace(
                event,
                peak_at=observation.frame.wall_s,
                peak_score=observation.score,
                size_wh=observation.frame.size_wh,
                regions=observation.regions,
            )
        lasting.event = event

    def _has_news(self, lasting: _Lasting, observation: Observation) -> bool:
        (score, cells), (told_score, told_cells) = _worth(lasting.best), _worth(lasting.told)
        is_better = score > told_score or cells > _PEAK_BY * told_cells
        return is_better and observation.frame.time_s - lasting.told_s >= _PEAK_EVERY_S

    def _end(self, lasting: _Lasting, ended_by: EndedBy) -> Notice:
        self._lasting = None
        # Not the wall clock's time now: one that was set meanwhile could end it before it began.
        began_at = lasting.event.began_at
        event = replace(
            lasting.event, ended_at=began_at + lasting.event.duration_s, ended_by=ended_by
        )
        return Notice("end", event, lasting.best)
