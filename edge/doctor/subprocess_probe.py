"""Programs that the doctor runs in a Python of their own: what breaks there can't end the doctor.

A package that was built for another processor kills whoever imports it, by an illegal instruction.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

# A Raspberry Pi Zero 2 W reads the largest packages for some 10 s from a slow card.
LIMIT_S = 60.0

# Modules are found as here, also where the toolkit is not installed but called in its folder.
_PREPARE = "import json, sys\nsys.path[:] = json.loads(sys.argv.pop(1))\n"
# numpy wraps the reason into a page of advice.
_REASON = re.compile(r"^Original error was: (.+)$", re.MULTILINE)
_ERROR = re.compile(r"^(?:\w+\.)*\w*(?:Error|Exception): .+$", re.MULTILINE)
_MOST_CHARS = 300


@dataclass(frozen=True)
class ProbeResult:
    """How a program ended.

    Attributes:
        code: its exit code, negative for the signal that killed it; None at the time limit.
        out: what it wrote on stdout.
        err: what it wrote on stderr.
    """

    code: int | None
    out: str = ""
    err: str = ""

    @property
    def error(self) -> str | None:
        """Return why it failed, in one line; None if it did not."""
        if self.code == 0:
            return None
        if self.code is None:
            return f"takes longer than {LIMIT_S:.0f} s"
        if self.code < 0:
            names = {number.value: number.name for number in signal.Signals}
            return f"killed by {names.get(-self.code, f'signal {-self.code}')}"
        lines = _REASON.findall(self.err) or _ERROR.findall(self.err)
        lines = lines or self.err.strip().splitlines() or [f"exit code {self.code}"]
        return str(lines[-1]).strip()[:_MOST_CHARS]

    @property
    def answer(self) -> str:
        """Return the last line on stdout: packages may write more before."""
        return next(reversed(self.out.strip().splitlines()), "")


# Runs a program with its arguments.
Run = Callable[[str, Sequence[str]], ProbeResult]


def run_python(
    program: str, arguments: Sequence[str] = (), *, limit_s: float = LIMIT_S
) -> ProbeResult:
    """Run a program in a Python of its own.

    Args:
        program: its text.
        arguments: for it.
        limit_s: after which it is killed.
    """
    command = [sys.executable, "-c", _PREPARE + program, json.dumps(sys.path), *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=limit_s, check=False
        )
    except subprocess.TimeoutExpired:
        return ProbeResult(None)
    return ProbeResult(done.returncode, done.stdout, done.stderr)
