"""Pieces of pages that need no network and no script.

All text is escaped here, because names come from outside; a ``Html`` is safe already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from edge.files.formatting import format_value

# Shared by all pages.
STYLE = """
* { box-sizing: border-box }
body { font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fff }
body { margin: 0 auto; max-width: 64rem; padding: 1rem; overflow-wrap: anywhere }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.15rem; margin: 2.2rem 0 .4rem }
p { max-width: 46rem; margin: .5rem 0 } .note { color: #555; font-size: .9rem }
.warn { border-left: .3rem solid #b00020; padding: .3rem .8rem; background: #fdf0f1 }
.big { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .8rem }
.big div { border: 1px solid #ddd; border-radius: .4rem; padding: .6rem .8rem; line-height: 1.3 }
.big b { display: block; font-size: 1.8rem; line-height: 1.2 }
.wide { overflow-x: auto; overflow-wrap: normal } table { border-collapse: collapse }
td, th { padding: .25rem .7rem; text-align: right; border-bottom: 1px solid #ddd }
td:first-child, th:first-child { text-align: left; padding-left: 0 }
tr.all { font-weight: bold } th { font-weight: 600; color: #555 } th[colspan] { text-align: center }
.facts td { text-align: left; vertical-align: top; overflow-wrap: anywhere }
.facts td:first-child { min-width: 8.5rem; overflow-wrap: normal }
.sheet { display: grid; gap: .8rem; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)) }
figure { margin: 0 } figcaption, figcaption .note { font-size: .8rem; line-height: 1.35 }
img { display: block; width: 100%; height: auto }
.absent { aspect-ratio: 1; background: #eee; padding: .6rem; font-size: .8rem }
@media (max-width: 40rem) {
  .wide { font-size: .72rem } .wide td, .wide th { padding: .25rem .3rem }
  .wide td:first-child { overflow-wrap: anywhere; min-width: 4.8rem }
}
@media print {
  body { max-width: none; padding: 0; font-size: 12px } h2 { break-after: avoid }
  tr, figure, .big div { break-inside: avoid } * { print-color-adjust: exact }
}
"""


class Html(str):
    """Text that is HTML already and is not escaped again."""

    __slots__ = ()


def text_of(value: object) -> str:
    """Return a value as text that is safe in HTML, also in a quoted attribute."""
    return value if isinstance(value, Html) else escape(str(value))


def facts_of(values: Mapping[str, Any]) -> str:
    """Return a table of names and what they are."""
    rows = "".join(
        f"<tr><td>{text_of(key)}<td>"
        f"{text_of(value if isinstance(value, Html) else format_value(value))}</tr>"
        for key, value in values.items()
    )
    return f"<table class=facts>{rows}</table>"


def list_of(lines: Iterable[str]) -> str:
    """Return a list of lines."""
    return f"<ul>{''.join(f'<li>{text_of(line)}</li>' for line in lines)}</ul>"
