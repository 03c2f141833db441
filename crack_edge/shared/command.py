"""What every command is made of: examples in the help, and options that few users need."""

from __future__ import annotations

import re
from typing import Any

import click

# Click would join the lines of an example; this sign keeps a paragraph as it is.
_AS_IT_IS = "\b\n"


class Command(click.Command):
    """A command whose docstring ends with ``Example:`` and its lines, indented.

    ``--help-all`` shows hidden options too; the help names it where there are any.
    """

    def __init__(self, *arguments: Any, **more: Any) -> None:
        """Take what click takes."""
        super().__init__(*arguments, **more)
        if self.help:
            self.help = re.sub(r"\n\n(?=Examples?:\n)", f"\n\n{_AS_IT_IS}", self.help)
        rare = [one for one in self.params if isinstance(one, click.Option) and one.hidden]
        self.params.append(_offer_all_help(rare))


def _offer_all_help(rare: list[click.Option]) -> click.Option:
    def show(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
        if not wanted or ctx.resilient_parsing:
            return
        for option in rare:
            option.hidden = False
        try:
            click.echo(ctx.get_help())
        finally:
            for option in rare:
                option.hidden = True
        ctx.exit()

    return click.Option(
        ["--help-all"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=show,
        hidden=not rare,
        help="Show all options, including those that are rarely needed.",
    )
