"""``crack-edge benchmark``: measures when it is given models, else one of its commands."""

from __future__ import annotations

import click

from crack_edge.benchmark_compare import compare_command
from crack_edge.benchmark_report import report_command
from crack_edge.benchmark_run import run_command
from crack_edge.benchmark_sweep import sweep_command

_RUN = "run"


class _Benchmark(click.Group):
    """A group that runs the benchmark where no command is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take what is no command's name for the words of a run."""
        if not args or args[0] not in self.commands:
            args = [_RUN, *args]
        return super().parse_args(ctx, args)


@click.group("benchmark", cls=_Benchmark)
def benchmark_command() -> None:
    """Hold model files against each other: accuracy, latency, memory, start."""


for _command in (run_command, compare_command, sweep_command, report_command):
    benchmark_command.add_command(_command)
