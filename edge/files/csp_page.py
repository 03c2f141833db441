"""A page in which nothing runs but its own script, whatever the names in it say.

Its content security policy is part of it, so it holds wherever the file is opened: style and script
only by their hash, pictures only from the page itself and from beside it, no network.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable

from edge.files.html import STYLE, text_of


def csp_page_of(title: str, parts: Iterable[str], *, style: str, script: str) -> str:
    """Return a whole page.

    Args:
        title: plain text.
        parts: of its body, HTML.
        style: adds to the common one.
        script: runs after all else is there; must not hold the end of a script element.
    """
    style = f"{STYLE}{style}"
    rules = (
        "default-src 'none'",
        # A page that is opened as a file has no origin of its own in some browsers.
        "img-src 'self' file: data:",
        f"style-src {_hash_of(style)}",
        f"script-src {_hash_of(script)}",
        "base-uri 'none'",
        "form-action 'none'",
        # No text becomes HTML by script, by mistake either.
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
    lines = [
        "<!doctype html>",
        "<html lang=en>",
        "<head>",
        "<meta charset=utf-8>",
        f'<meta http-equiv=Content-Security-Policy content="{"; ".join(rules)}">',
        "<meta name=referrer content=no-referrer>",
        "<meta name=viewport content='width=device-width, initial-scale=1'>",
        f"<title>{text_of(title)}</title>",
        f"<style>{style}</style>",
        "</head>",
        "<body>",
        *parts,
        f"<script>{script}</script>",
        "</body>",
        "</html>",
    ]
    return "\n".join(line for line in lines if line) + "\n"


def _hash_of(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{b64encode(digest).decode()}'"
