"""Watch a camera: put source, model, loop and sinks together, run them, and close them again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from types import TracebackType

from edge.live.capture.frame_grabber import FrameGrabber
from edge.live.capture.source import Source
from edge.live.events.tracker import EventSettings
from edge.live.loop.controls import Controls
from edge.live.loop.cooling import HeatMonitor
from edge.live.loop.latest_observation import LatestObservation
from edge.live.loop.live_state import LiveState, state_at_start
from edge.live.loop.sink import Sink
from edge.live.loop.watch_loop import Watchdog, WatchLoop, WatchSettings
from edge.live.run.settings import LiveSettings
from edge.live.run.sinks import close_side_by_side, open_sinks
from edge.live.scoring.frame_scorer import FrameScorer
from edge.live.sources.choose import choose_source
from edge.live.systemd.sd_notify import SystemdNotifier
from edge.machine.resources import count_cores
from edge.model.classifier import Classifier, open_classifier

# Who is asked to stop is gone within two seconds; of these the loop's last frame takes some.
_CLOSE_S = 1.0
_STOP_GRABBER_S = 0.3


@dataclass(frozen=True)
class RunningWatch:
    """A watch that was put together and is about to run.

    Attributes:
        loop: runs it.
        latest: newest observation and state.
    """

    loop: WatchLoop
    latest: LatestObservation


def watch_camera(
    settings: LiveSettings,
    *,
    controls: Controls | None = None,
    sinks: Sequence[Sink] = (),
    notifier: SystemdNotifier | None = None,
    say: Callable[[str], None] = lambda line: None,
    on_hang: Callable[[BaseException | None], None] = lambda error: None,
) -> LiveState:
    """Watch until a video or folder ends or ``controls.stop`` is set; return the last state.

    Args:
        settings: as in ``open_watch``.
        controls: as in ``open_watch``.
        sinks: as in ``open_watch``.
        notifier: of systemd, notified of start, life and end.
        say: as in ``open_watch``.
        on_hang: as in ``open_watch``.

    Raises:
        CrackEdgeError: what was asked for cannot be done here.
    """
    notifier = notifier or SystemdNotifier(None)
    with open_watch(
        settings, controls=controls, sinks=sinks, watchdog=notifier, say=say, on_hang=on_hang
    ) as watch:
        notifier.ready()
        watch.loop.run()
        notifier.stopping()
    return watch.latest.state


@contextmanager
def open_watch(
    settings: LiveSettings,
    *,
    source: Source | None = None,
    classifier: Classifier | None = None,
    controls: Controls | None = None,
    sinks: Sequence[Sink] = (),
    watchdog: Watchdog | None = None,
    say: Callable[[str], None] = lambda line: None,
    on_hang: Callable[[BaseException | None], None] = lambda error: None,
) -> Iterator[RunningWatch]:
    """Put a watch together; where the block ends, source and sinks are closed.

    Args:
        settings: what is looked at, how it is decided, and where results go.
        source: that is watched; chosen as the settings say if None.
        classifier: that scores; opened as the settings say if None.
        controls: of the loop, for signals and other threads; its threshold is the one that counts.
        sinks: hear of events too, besides those of the settings. They are closed at the end.
        watchdog: is told that the loop is alive.
        say: takes a line about what was opened.
        on_hang: called at the end where the source's thread hangs in its driver, with the error
            that ended the watch. The process must then end by ``os._exit``: Python's own end aborts
            when such a thread comes back meanwhile.

    Raises:
        CrackEdgeError: what was asked for cannot be done here.
    """
    controls = controls or Controls(settings.threshold)
    with ExitStack() as stack:
        all_sinks = [*sinks]
        stack.callback(close_side_by_side, all_sinks, timeout_s=_CLOSE_S)
        if source is None:
            source = choose_source(
                settings.source, fps=settings.fps, loop=settings.loop, size_wh=settings.size_wh
            )
        if classifier is None:
            classifier = open_classifier(settings.model, threads=settings.threads or count_cores())
        scorer = FrameScorer(classifier, view=settings.view, roi=settings.roi, scale=settings.scale)
        state = _first_state(settings, classifier, source.name, controls.threshold)
        latest = LatestObservation(state)
        cooling = HeatMonitor(settings.max_temp_c)
        stack.callback(cooling.close)
        for opened in open_sinks(settings, latest, controls, say=say):
            all_sinks.append(opened)
        grabber = FrameGrabber(source)
        stack.push(partial(_stop_grabber, grabber, on_hang))
        grabber.start()
        loop = WatchLoop(
            scorer,
            grabber,
            settings=_loop_settings(settings),
            latest=latest,
            controls=controls,
            sinks=all_sinks,
            cooling=cooling,
            watchdog=watchdog,
        )
        say(f"watching {source.name} with model {classifier.card.name} on {classifier.backend}")
        if classifier.card.reservation:
            say(f"note: {classifier.card.reservation}")
        yield RunningWatch(loop, latest)


def _first_state(
    settings: LiveSettings, classifier: Classifier, source: str, threshold: float
) -> LiveState:
    return state_at_start(
        classifier.card,
        classifier.backend,
        view=settings.view,
        source=source,
        threshold=threshold,
        roi=None if settings.roi is None else str(settings.roi),
        max_fps=settings.max_fps,
    )


def _loop_settings(settings: LiveSettings) -> WatchSettings:
    usual = EventSettings()
    return WatchSettings(
        smooth_s=settings.smooth_s,
        max_fps=settings.max_fps,
        events=EventSettings(settings.release or usual.release, settings.hold_s, usual.gap_s),
    )


def _stop_grabber(
    grabber: FrameGrabber,
    on_hang: Callable[[BaseException | None], None],
    kind: type[BaseException] | None,
    error: BaseException | None,
    trace: TracebackType | None,
) -> None:
    if not grabber.stop(_STOP_GRABBER_S):
        on_hang(error)
