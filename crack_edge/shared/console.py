"""What all commands share: progress on stderr, results on stdout, the check for extras."""

from __future__ import annotations

import importlib
import importlib.util
import json
import logging
import os
import shlex
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import click

from edge.files.errors import EnvironmentLacksError
from edge.files.text_encoding import encode_filename, show_plainly

# Exit code after Ctrl-C or SIGTERM, in the words of the shell.
STOPPED = 130
_BAR_CELLS = 24
# A terminal is redrawn ten times a second; a log file gets a line twice a minute.
_REDRAW_S = 0.1
_LOG_S = 30.0


class Console:
    """Progress on stderr: a bar in a terminal, a line now and then in a log file."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.is_terminal = sys.stderr.isatty()
        self._clock = clock
        self._drawn_s = 0.0
        # When each part began here, and how far it was by then: work may go on from before.
        self._begun: dict[str, tuple[float, int]] = {}

    def say(self, text: str) -> None:
        """Print one line."""
        click.echo(("\r\x1b[K" if self.is_terminal else "") + show_plainly(text), err=True)

    def step(self, what: str, done: int, total: int, *, note: str = "") -> None:
        """Draw how far the present part has come, and the time left."""
        now = self._clock()
        begun, first = self._begun.setdefault(what, (now, done))
        pause = _REDRAW_S if self.is_terminal else _LOG_S
        if done < total and now - max(self._drawn_s, begun) < pause:
            return
        self._drawn_s = now
        text = f"{what}: {done}/{total}" + (f", {note}" if note else "")
        if done >= total:
            del self._begun[what]
        elif done > first:
            text += f", {_describe_time((now - begun) / (done - first) * (total - done))} left"
        if self.is_terminal:
            bar = "#" * (_BAR_CELLS * done // max(total, 1))
            click.echo(f"\r\x1b[K[{bar:<{_BAR_CELLS}}] {text}", err=True, nl=done >= total)
        else:
            click.echo(text, err=True)


def _describe_time(seconds: float) -> str:
    """Return a time as a person would say it."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02} min"


@contextmanager
def stop_on_signals(console: Console) -> Iterator[Callable[[], bool]]:
    """Turn a first Ctrl-C or SIGTERM into a wish to stop, which work asks for; a second one ends.

    Yields:
        What tells whether to stop.
    """
    wished: list[int] = []

    def take(number: int, _: FrameType | None) -> None:
        if wished:
            # An exception would wait for the photos at work. The store bears an end at any moment.
            os._exit(128 + number)
        wished.append(number)
        console.say(
            "stopping once the work in progress is done; press Ctrl-C again to stop at once"
        )

    # Elsewhere than in the main thread signals can't be taken.
    can_take = threading.current_thread() is threading.main_thread()
    signals = [signal.SIGINT, signal.SIGTERM] if can_take else []
    before = {number: signal.signal(number, take) for number in signals}
    try:
        yield lambda: bool(wished)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def echo(text: str = "", *, err: bool = False) -> None:
    """Print one or more lines; whatever is in them, the terminal takes no orders from it."""
    click.echo(show_plainly(text), err=err)


def print_json(value: Any) -> None:
    """Print one JSON object on stdout."""
    click.echo(json.dumps(value, indent=2))


def print_next(*words: str | Path, program: str = "crack-edge") -> None:
    """Print the command to type next: the last line of a command on stdout, never with ``--json``.

    Args:
        words: of the command, unquoted; in capitals what only the user knows, such as ``MM``. What
            looks like an option is one: paths that begin with a dash are given as ``Path``.
        program: that is called.
    """
    click.echo(f"next: {' '.join(map(_quote, [program, *map(_spell, words)]))}")


def _spell(word: str | Path) -> str:
    is_dashed = isinstance(word, Path) and str(word).startswith("-")
    return f"./{word}" if is_dashed else str(word)


def _quote(word: str) -> str:
    """Quote a word for a shell, control characters and bytes that are not UTF-8 by their numbers.

    So a terminal shows it and takes no orders from it, and typed it still names the file.
    """
    if word.isprintable():
        return shlex.quote(word)
    escaped = (
        chr(byte) if 32 <= byte < 127 and chr(byte) not in "\\'" else f"\\x{byte:02x}"
        for byte in encode_filename(word)
    )
    return f"$'{''.join(escaped)}'"


def require_extra(extra: str, *modules: str, otherwise: str = "") -> None:
    """Stop with the pip command where the packages of an extra are not installed.

    Args:
        extra: that brings them.
        modules: their names.
        otherwise: how to do without them.

    Raises:
        EnvironmentLacksError: names the missing package.
    """
    for module in modules:
        if importlib.util.find_spec(module) is None:
            raise EnvironmentLacksError(
                f"{module} is needed and not installed: "
                f"pip install 'crack-edge[{extra}]'" + (f", or {otherwise}" if otherwise else "")
            )


def load_tensorflow(extra: str, *modules: str) -> None:
    """Load TensorFlow without its chatter, where the packages of an extra are installed.

    Raises:
        EnvironmentLacksError: names the missing package.
    """
    from edge.files.native_output import silence

    require_extra(extra, "tensorflow", *modules)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with silence():
        importlib.import_module("keras")
    # It warns of its own retracing in the middle of a training.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)


def load_keras(extra: str, *modules: str) -> None:
    """Load Keras on the backend that the user chose (``KERAS_BACKEND``), TensorFlow by default.

    Raises:
        EnvironmentLacksError: names the missing package.
    """
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    if backend == "tensorflow":
        load_tensorflow(extra, *modules)
        return
    require_extra(extra, *modules, "keras")
    if importlib.util.find_spec(backend) is None:
        raise EnvironmentLacksError(
            f"KERAS_BACKEND is {backend}, which is not installed: pip install {backend}"
        )
    importlib.import_module("keras")


_FIGURES = {
    "recall": "recall",
    "precision": "precision",
    "f1": "F1",
    "auc": "AUC",
    "accuracy": "accuracy",
}


def print_figures(rows: dict[str, dict[str, Any]]) -> None:
    """Print a table of figures, a line for each name."""
    from edge.files.formatting import format_figure

    width = max(len(name) for name in rows)
    echo(" ".join([" " * width, "pictures", *(f"{head:>9}" for head in _FIGURES.values())]))
    for name, row in rows.items():
        figures = [f"{format_figure(row.get(key)):>9}" for key in _FIGURES]
        echo(" ".join([f"{name:<{width}}", f"{row.get('n', '–'):>8}", *figures]))
