"""What the shell completes where click cannot know it."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem


def complete_model(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the names of shipped models that begin so, and let the shell offer its files."""
    from edge.model.tflite_file import shipped_models

    names = [CompletionItem(name) for name in shipped_models() if name.startswith(incomplete)]
    return [CompletionItem(incomplete, type="file"), *names]


def complete_source(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return what a live watch takes besides files, and let the shell offer its files."""
    found = (word for word in ("0", "picamera", "drawn") if word.startswith(incomplete))
    return [CompletionItem(incomplete, type="file"), *map(CompletionItem, found)]
