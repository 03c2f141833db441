"""The memory of a command, watched from outside."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.project.scan_memory import watch_memory
from edge.files.errors import InputError

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")

# Touched, or the system would not give the memory; held until the next look.
HOLD = "import time; held = b'x' * (100 << 20); time.sleep(0.3)"


def test_the_peak_is_seen_after_the_memory_is_given_back() -> None:
    program = HOLD.replace("time.sleep", "del held; time.sleep")
    assert watch_memory([sys.executable, "-c", program]).peak_mb > 104


def test_the_memory_of_child_processes_is_added() -> None:
    # Both hold their memory until both have it, however slowly this machine starts them.
    hold = "import sys; held = b'x' * (100 << 20); print('held', flush=True); sys.stdin.read()"
    child = f"subprocess.Popen([sys.executable, '-c', {hold!r}], stdin=PIPE, stdout=PIPE)"
    program = (
        "import subprocess, sys, time; from subprocess import PIPE; "
        f"all = [{child}, {child}]; [one.stdout.readline() for one in all]; time.sleep(0.5); "
        "[one.communicate() for one in all]"
    )
    assert watch_memory([sys.executable, "-c", program]).peak_mb > 208


def test_the_size_of_the_watching_process_does_not_count() -> None:
    held = b"x" * (150 << 20)
    watched = watch_memory([sys.executable, "-c", "import time; time.sleep(0.3)"])
    assert watched.peak_mb < len(held) / 1e6


def test_what_the_command_prints_is_returned() -> None:
    assert watch_memory([sys.executable, "-c", "print('done')"]).stdout == "done\n"


def test_a_command_that_fails_is_reported_with_its_last_words() -> None:
    program = "import sys; print('first', file=sys.stderr); sys.exit('it was the disk')"
    with pytest.raises(InputError, match="exit code 1: it was the disk"):
        watch_memory([sys.executable, "-c", program])
