"""``crack-edge``: a group that loads a command's file only when the command is called."""

from __future__ import annotations

import importlib
import io
import sys
from typing import Any

import click
from click.shell_completion import CompletionItem

from crack_edge.shared.console import STOPPED, echo
from crack_edge.shared.suggestions import suggest_command
from edge import __version__
from edge.files.errors import CrackEdgeError

# What the commands work on -> command -> line of help, in the order in which a user meets them. A
# command's file is crack_edge/commands/NAME.py, its function NAME_command; there a dash is an
# underscore.
GROUPS = {
    "Photos": {
        "demo": "Draw an example photo and scan it with the shipped model.",
        "scan": "Find cracks in photos and write a report, tables and maps.",
        "report": "Write a scan's report again, with a scale or positions.",
        "merge": "Join the scans of several machines into one.",
        "export-review": "Cut doubtful tiles out of a scan, to label them.",
        "import-review": "Turn labels from Label Studio into data to train on.",
    },
    "Cameras": {
        "live": "Watch a camera for cracks, with a page, events and MQTT.",
        "bundle": "Pack all that a Raspberry Pi needs to run `live` offline.",
    },
    "Models": {
        "audit": "Find copies, look-alikes and leaks in labelled pictures.",
        "train": "Train a model on labelled pictures.",
        "convert": "Convert a trained model to TFLite and ONNX, and verify it.",
        "evaluate": "Measure a model on labelled data, or compare two models.",
        "benchmark": "Compare the accuracy, latency and memory of model files.",
        "inspect": "Show what a model file finds and how good it is.",
    },
    "This machine": {
        "doctor": "Check what is installed, what is missing and how to get it.",
        "tune": "Measure the fastest settings of this machine and save them.",
    },
}
COMMANDS = {name: line for group in GROUPS.values() for name, line in group.items()}

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_EXIT_CODES = (
    ("0", "Done."),
    ("1", "A photo failed, or a limit that you set was missed."),
    ("2", "The command line or an input is wrong."),
    ("3", "This machine lacks something, or the model is damaged or fails its self-test."),
    ("130", "Stopped by Ctrl-C."),
)


class LazyGroup(click.Group):
    """A group whose help needs none of its commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which a user meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load the file of one command."""
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        module = importlib.import_module(f"crack_edge.commands.{name}")
        command: click.Command = getattr(module, f"{name}_command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that was meant, or say which one the user may want.

        Raises:
            UsageError: there is no such command.
        """
        name = args[0]
        if name in COMMANDS or name.startswith("-") or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        hint = suggest_command(name, list(COMMANDS), more=args[1:])
        message = f"no such command: {name}" + (f"; did you mean {hint}?" if hint else "")
        raise click.UsageError(message, ctx)

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command line; a name that the terminal cannot write ends no command."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        return super().main(*args, **{"prog_name": "crack-edge"} | extra)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the commands that begin so, without loading them."""
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        found = (item for item in COMMANDS.items() if item[0].startswith(incomplete))
        return [CompletionItem(name, help=line) for name, line in found]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading them, their exit codes, and how the shell helps."""
        widest = max(map(len, COMMANDS))
        for title, commands in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(f"{name:<{widest}}", line) for name, line in commands.items()])
        with formatter.section("Exit codes"):
            formatter.write_dl(_EXIT_CODES)
        with formatter.section("Shell completion (or zsh_source, fish_source)"):
            formatter.write_text('eval "$(_CRACK_EDGE_COMPLETE=bash_source crack-edge)"')

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error that a user can cause is one line and an exit code."""
        try:
            return super().invoke(ctx)
        except CrackEdgeError as error:
            echo(f"Error: {error}", err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            echo("\nstopped", err=True)
            ctx.exit(STOPPED)


@click.group(cls=LazyGroup, context_settings=_SETTINGS)
@click.version_option(__version__, prog_name="crack-edge", help="Show the version.")
def main() -> None:
    """Find cracks in concrete: in photos, in front of a camera, with a model of your own.

    MODEL is a model file or the name of a shipped model: default or small. Results go to stdout,
    progress to stderr. Where a command has options that are rarely needed, --help-all shows them.
    """


if __name__ == "__main__":
    main()
