"""``crack-edge live``."""

from __future__ import annotations

import atexit
import faulthandler
import os
import platform
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from types import FrameType, TracebackType
from typing import TYPE_CHECKING

import click

from crack_edge.console import Console, require_extra
from crack_edge.live_options import live_options
from crack_edge.live_service import service_options
from crack_edge.live_settings import LiveOptions, MqttLogin
from edge.files.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from edge.live.board import Board
    from edge.live.capture import Capture
    from edge.live.controls import Controls
    from edge.live.sight import Sight
    from edge.live.sink import Sink
    from edge.live.state import LiveState
    from edge.live.watch import WatchSettings

# Who is asked to stop is gone within two seconds; of these the loop's last frame takes some.
_CLOSE_S = 1.0
_STOP_CAPTURE_S = 0.3
# The picture on the page and of an event is no wider.
_LONGEST_PX = 1280


@click.command("live")
@live_options
@service_options
@click.option("--json", "as_json", is_flag=True, help="Print each event that ended as JSON.")
def live_command(options: LiveOptions, as_json: bool) -> None:
    """Watch a camera for cracks: a page with the live picture, events, records, MQTT.

    Runs until it is stopped, or to the end of a video or folder. A camera that is lost is opened
    again and again; SIGHUP opens camera and sinks again.
    """
    # The watchdog ends a loop that hangs by SIGABRT; the journal then says where it hung.
    if not faulthandler.is_enabled():
        faulthandler.enable()
    state = run_live(options, put=click.echo if as_json else None)
    if state.camera.status == "ended" and state.frames == 0:
        raise InputError(f"{state.camera.source}: not a single frame of it could be read")


def run_live(options: LiveOptions, *, put: Callable[[str], None] | None = None) -> LiveState:
    """Watch, with a log on stderr; return how it stood at the end.

    Args:
        options: as the command line has them.
        put: takes each event that ended as a line of JSON.

    Raises:
        CrackEdgeError: what was asked for cannot be done here.
    """
    from crack_edge.live_log import LogSink, describe_the_end
    from edge.live.board import Board
    from edge.live.capture import Capture
    from edge.live.controls import DEFAULT_THRESHOLD, Controls
    from edge.live.heat import HeatWatch
    from edge.live.look import Looker
    from edge.live.notify import Notifier
    from edge.live.sources.choose import choose_source
    from edge.live.state import state_at_start
    from edge.live.watch import Watch
    from edge.model.classifier import open_classifier
    from edge.tune.measure import frame_threads_for

    console, settings = Console(), _settings_of(options)
    source = choose_source(
        options.source, fps=options.fps, loop=options.loop, size_wh=options.size_wh
    )
    with ExitStack() as stack:
        controls = Controls(options.threshold or DEFAULT_THRESHOLD)
        stack.enter_context(_obey_signals(controls))
        notifier = Notifier.from_environment(os.environ)
        stack.callback(notifier.close)
        threads = options.workers or frame_threads_for(options.model, progress=console)
        classifier = open_classifier(options.model, workers=threads)
        looker = Looker(classifier, view=options.view, roi=options.roi, scale=options.scale)
        board = Board(
            state_at_start(
                classifier.card,
                classifier.backend,
                view=options.view,
                source=source.name,
                threshold=controls.threshold,
                max_fps=options.max_fps,
            )
        )
        cooling = HeatWatch(options.max_temp_c)
        stack.callback(cooling.close)
        sinks: list[Sink] = [LogSink(console.say, put)]
        stack.callback(_close_side_by_side, sinks)
        for opened in _open_sinks(options, board, controls, console):
            sinks.append(opened)  # one by one: what is open must be closed if the next one fails
        capture = Capture(source)
        stack.push(partial(_stop_capture, capture))
        capture.start()
        watch = Watch(
            looker,
            capture,
            settings=settings,
            board=board,
            controls=controls,
            sinks=sinks,
            cooling=cooling,
            heart=notifier,
        )
        console.say(f"watching {source.name} with {classifier.card.name} on {classifier.backend}")
        notifier.ready()
        watch.run()
        notifier.stopping()
    console.say(describe_the_end(board.state))
    return board.state


def _stop_capture(
    capture: Capture,
    kind: type[BaseException] | None,
    error: BaseException | None,
    trace: TracebackType | None,
) -> None:
    if not capture.stop(_STOP_CAPTURE_S):
        # Its thread is in a driver or in FFmpeg, and would abort Python if it came back while that
        # ends. So the end is cut short, after all else was closed and the error was printed.
        code = getattr(error, "exit_code", 1) if error else 0
        atexit.register(_leave_at_once, code)


def _leave_at_once(code: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _settings_of(options: LiveOptions) -> WatchSettings:
    from edge.live.tracker import EventSettings
    from edge.live.watch import WatchSettings

    usual = EventSettings()
    return WatchSettings(
        smooth_s=options.smooth_s,
        max_fps=options.max_fps,
        events=EventSettings(options.release or usual.release, options.hold_s, usual.gap_s),
    )


def _open_sinks(
    options: LiveOptions, board: Board, controls: Controls, console: Console
) -> Iterator[Sink]:
    """Open what was asked for, one after the other."""
    from edge.live.overlay import draw_absence, draw_sight

    draw = partial(draw_sight, longest_px=_LONGEST_PX)
    if options.record:
        from edge.live.record.recorder import Recorder
        from edge.live.record.settings import RecordSettings

        bounds = RecordSettings(
            options.record_max_mb, options.record_max_days, options.record_min_free_mb
        )
        yield Recorder(options.record, draw=draw, settings=bounds)
    if options.mqtt:
        require_extra("live", "paho")
    if login := options.read_mqtt():
        yield _open_mqtt(login, options, board, draw)
    if options.serve:
        require_extra("live", "starlette", "uvicorn", otherwise="add --serve off")
        from edge.live.web.access import check_access
        from edge.live.web.server import LivePage

        token = options.read_token()
        check_access(options.serve.host, token)
        page = LivePage(board, controls, draw=draw, draw_absence=draw_absence, token=token)
        page.start(options.serve.host, options.serve.port)
        console.say(f"page: {page.address}")
        yield page


def _open_mqtt(
    login: MqttLogin,
    options: LiveOptions,
    board: Board,
    draw: Callable[[Sight], NDArray[np.uint8]],
) -> Sink:
    from edge.live.mqtt.discovery import DISCOVERY_PREFIX
    from edge.live.mqtt.sink import MqttSink

    return MqttSink(
        login.address,
        name=f"crack-edge {platform.node()}",
        model=board.state.model,
        version=board.state.version,
        draw=draw,
        password=login.password,
        tls=login.tls,
        discovery_prefix=DISCOVERY_PREFIX if options.mqtt_discovery else None,
    )


def _close_side_by_side(sinks: Sequence[Sink]) -> None:
    """Close all sinks at once: the slowest alone decides how long it takes."""
    threads = [
        threading.Thread(target=sink.close, kwargs={"timeout_s": _CLOSE_S}, daemon=True)
        for sink in sinks
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_CLOSE_S)


@contextmanager
def _obey_signals(controls: Controls) -> Iterator[None]:
    """Let SIGTERM and Ctrl-C end the loop, and SIGHUP open source and sinks again."""

    def stop(number: int, _: FrameType | None) -> None:
        if controls.stop.is_set() and number == signal.SIGINT:
            os._exit(128 + number)  # twice Ctrl-C: somebody does not want to wait
        controls.stop.set()

    def reopen(number: int, _: FrameType | None) -> None:
        controls.reopen.set()

    handlers = {signal.SIGINT: stop, signal.SIGTERM: stop}
    if hasattr(signal, "SIGHUP"):
        handlers[signal.SIGHUP] = reopen
    # Elsewhere than in the main thread signals can't be taken.
    can_take = threading.current_thread() is threading.main_thread()
    before = {number: signal.signal(number, take) for number, take in handlers.items() if can_take}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
