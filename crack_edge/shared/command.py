"""What every command is made of: examples in the help, and options that few users need."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import click

from crack_edge.shared.suggestions import suggest_option

# Click would join the lines of an example; this sign keeps a paragraph as it is.
_AS_IT_IS = "\b\n"
_PAIR = re.compile(r"[a-z][a-z0-9_]*=", re.ASCII)


class Command(click.Command):
    """A command whose docstring ends with ``Example:`` and its lines, indented.

    ``--help-all`` shows hidden options too; the help names it where there are any.
    """

    def __init__(self, *arguments: Any, **more: Any) -> None:
        """Take what click takes."""
        super().__init__(*arguments, **more)
        if self.help:
            text = inspect.cleandoc(self.help)
            self.help = re.sub(r"\n\n(?=Example:\n)", f"\n\n{_AS_IT_IS}", text)
        rare = [one for one in self.params if isinstance(one, click.Option) and one.hidden]
        self.params.append(_offer_all_help(rare))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options; a wrong one is answered with the one that was meant.

        Raises:
            UsageError: an option that this command does not have.
        """
        words = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            # Click takes -imgsz for -i and more; the whole word says what was meant.
            wrong = error.option_name
            word = next((one for one in words if one.startswith(wrong)), wrong).partition("=")[0]
            raise click.UsageError(self._refuse(word), ctx) from error
        except click.UsageError as error:
            # key=value, as other tools take options, is left over as an argument, or taken for one.
            pairs = [one for one in words if _PAIR.match(one) and not Path(one).exists()]
            is_value = isinstance(error, click.BadParameter | click.BadOptionUsage)
            if not pairs or (is_value and not isinstance(error, click.MissingParameter)):
                raise
            name = pairs[0].partition("=")[0]
            raise click.UsageError(f"{pairs[0]}: {self._refuse(f'--{name}')}", ctx) from error

    def _refuse(self, word: str) -> str:
        arguments = [one for one in self.params if isinstance(one, click.Argument)]
        hint = suggest_option(
            word,
            options=[name for one in self.params for name in (*one.opts, *one.secondary_opts)],
            arguments=[(one.metavar or str(one.name).upper()).rstrip(".") for one in arguments],
        )
        return f"no such option: {word}" + (f"; {hint}" if hint else "")


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
