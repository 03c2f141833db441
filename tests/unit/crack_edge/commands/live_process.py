"""``crack-edge live`` in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

_LONGEST_S = 60.0


class LiveProcess:
    """The command in a process of its own."""

    def __init__(self, *words: str | Path, environ: dict[str, str] | None = None) -> None:
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "crack_edge", "live", *map(str, words)],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            env=os.environ | (environ or {}),
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            with self._changed:
                self.lines.append(line.rstrip())
                self._changed.notify_all()

    def wait_for(self, text: str) -> None:
        with self._changed:
            heard = self._changed.wait_for(
                lambda: any(text in line for line in self.lines), timeout=_LONGEST_S
            )
        assert heard, self.lines

    def find(self, pattern: str) -> str:
        """Return what the group of a pattern finds in a line that is there."""
        with self._changed:
            (found,) = filter(None, (re.search(pattern, line) for line in self.lines))
        return found[1]

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait(self) -> int:
        return self._process.wait(timeout=30)

    def end(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._reader.join()
        assert self._process.stderr is not None
        self._process.stderr.close()
