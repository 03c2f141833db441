"""``crack-edge``: a group that loads a command's file only when the command is called."""

from __future__ import annotations

import importlib
from typing import Any

import click

from crack_edge.shared.console import STOPPED
from edge import __version__
from edge.files.errors import CrackEdgeError

# Command -> line of help. Its file is crack_edge/commands/NAME.py, its function NAME_command; there
# a dash is an underscore.
COMMANDS = {
    "demo": "Draw an example photo and scan it with the shipped model.",
    "scan": "Find cracks in photos: a report, tables, maps.",
    "merge": "Join the scans of several machines into one.",
    "report": "Write a scan's tables, maps and report again.",
    "export-review": "Cut doubtful tiles out of a scan, to label and train on.",
    "import-review": "Turn what was labelled into data to train on.",
    "tune": "Measure how this machine scans and watches fastest, and keep it.",
    "live": "Watch a camera for cracks: a page, events, records, MQTT.",
    "bundle": "Pack all that a Raspberry Pi needs to run `live`, for no network.",
    "evaluate": "Evaluate a model on labelled data, alone or against its parent.",
    "benchmark": "Compare model files: accuracy, latency, memory.",
    "inspect": "Show what a model file says of itself.",
    "doctor": "Say what is installed, what is missing and how to get it.",
    "audit": "Find copies, look-alikes and leaks in labelled pictures.",
    "train": "Fine-tune MobileNetV2 on labelled pictures.",
    "convert": "Turn a trained model into TFLite and ONNX, each file verified.",
}


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

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error that a user can cause is one line and an exit code."""
        try:
            return super().invoke(ctx)
        except CrackEdgeError as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("\nstopped", err=True)
            ctx.exit(STOPPED)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="crack-edge")
def main() -> None:
    """Crack detection in concrete: train, convert, evaluate, scan, watch.

    MODEL is a model file or the name of a shipped model (default, small). Results go to stdout,
    progress to stderr. Exit codes: 0 done, 1 a gate was missed or a photo failed, 2 bad input, 3
    this machine lacks something, or the model is damaged or does not give its own scores here, 130
    stopped by Ctrl-C. Where a command has options that are rarely needed, --help-all shows them.
    """


if __name__ == "__main__":
    main()
