"""What the shell is told when a user presses the tab key."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.shell_completion import ShellComplete

from crack_edge.__main__ import COMMANDS, main


def _complete(words: str, incomplete: str) -> tuple[list[str], bool]:
    """Return the words that are offered, and whether files are."""
    completer = ShellComplete(main, {}, "crack-edge", "_CRACK_EDGE_COMPLETE")
    items = completer.get_completions(words.split(), incomplete)
    plain = [item.value for item in items if item.type == "plain"]
    return plain, any(item.type == "file" for item in items)


@pytest.mark.parametrize(
    ("words", "incomplete", "expected", "files"),
    [
        ("", "", list(COMMANDS), False),
        ("", "sc", ["scan"], False),
        ("", "--ver", ["--version"], False),
        ("scan", "--thre", ["--threshold"], False),
        ("scan", "", [], True),
        ("scan --model", "", ["default", "small"], True),
        ("scan --model", "sm", ["small"], True),
        ("live --model", "d", ["default"], True),
        ("inspect", "d", ["default"], True),
        ("scan --cascade", "s", ["small"], True),
        ("live --source", "", ["0", "picamera", "drawn"], True),
        ("live --view", "", ["dense", "tile"], False),
    ],
)
def test_commands_options_models_and_files_are_offered(
    words: str, incomplete: str, expected: list[str], files: bool
) -> None:
    assert _complete(words, incomplete) == (expected, files)


def test_the_commands_are_offered_without_loading_them() -> None:
    code = (
        "import sys; from click.shell_completion import ShellComplete; "
        "from crack_edge.__main__ import main; "
        "ShellComplete(main, {}, 'crack-edge', '_X').get_completions([], ''); "
        "print(any(name.startswith('crack_edge.commands') for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
