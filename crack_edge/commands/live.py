"""``crack-edge live``."""

from __future__ import annotations

import atexit
import faulthandler
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from types import FrameType
from typing import TYPE_CHECKING

import click

from crack_edge.shared.command import Command
from crack_edge.shared.console import Console
from crack_edge.shared.live_options import live_options
from crack_edge.shared.live_service import service_options
from edge.files.errors import InputError
from edge.live.run.settings import LiveSettings

if TYPE_CHECKING:
    from edge.live.loop.controls import Controls
    from edge.live.loop.live_state import LiveState


@click.command("live", cls=Command)
@live_options
@service_options
@click.option("--json", "as_json", is_flag=True, help="Print events as JSON when they end.")
def live_command(options: LiveSettings, as_json: bool) -> None:
    """Watch a camera for cracks, with a page that shows the live picture and the events.

    Events can also be recorded in a folder or published by MQTT. The watch runs until you stop it
    with Ctrl-C, or to the end of a video or folder. A camera that is lost is opened again as soon
    as it is back. See docs/live.md.

    Example:
        crack-edge live --source 0 --record events
    """
    # The watchdog ends a loop that hangs by SIGABRT; the journal then says where it hung.
    if not faulthandler.is_enabled():
        faulthandler.enable()
    state = run_live(options, put=click.echo if as_json else None)
    if state.camera.status == "ended" and state.frames == 0:
        raise InputError(f"{state.camera.source}: not a single frame could be read")


def run_live(settings: LiveSettings, *, put: Callable[[str], None] | None = None) -> LiveState:
    """Watch, with a log on stderr, until a signal ends it; return how it stood at the end.

    Args:
        settings: as the command line has them.
        put: takes each event that ended as a line of JSON.

    Raises:
        CrackEdgeError: what was asked for cannot be done here.
    """
    from crack_edge.shared.live_log import LogSink, describe_the_end
    from edge.live.loop.controls import Controls
    from edge.live.run.watch_camera import watch_camera
    from edge.live.systemd.sd_notify import SystemdNotifier
    from edge.tune.choose import frame_threads_for

    console = Console()
    if console.is_terminal:
        console.say("press Ctrl-C to stop")
    controls = Controls(settings.threshold)
    notifier = SystemdNotifier.from_environment(os.environ)
    with _obey_signals(controls), closing(notifier):
        if settings.threads is None:
            threads = frame_threads_for(settings.model, progress=console)
            settings = replace(settings, threads=threads)
        state = watch_camera(
            settings,
            controls=controls,
            sinks=[LogSink(console.say, put)],
            notifier=notifier,
            say=console.say,
            on_hang=_leave_at_exit,
        )
    console.say(describe_the_end(state))
    return state


def _leave_at_exit(error: BaseException | None) -> None:
    # A thread is in a driver or in FFmpeg, and would abort Python if it came back while that ends:
    # the process ends at once, after all else was closed and the error was printed.
    code = getattr(error, "exit_code", 1) if error else 0
    atexit.register(_leave_at_once, code)


def _leave_at_once(code: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


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
