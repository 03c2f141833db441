"""Reads pages as a browser would, for tests."""

from __future__ import annotations

import re
from html.parser import HTMLParser

# Elements that never have an end tag, and those whose end HTML lets one leave out.
OPEN = {"meta", "img", "br", "td", "th", "p", "html"}


class Page(HTMLParser):
    """Attributes, text and what is left open."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.source = ""
        self.text = ""
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for key, value in attrs if key in ("src", "href", "srcset")]
        if tag not in OPEN:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in OPEN:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    @classmethod
    def of(cls, source: str) -> Page:
        """Read a whole page; every element must be closed."""
        page = cls()
        page.source = source
        page.feed(source)
        assert page.open == []
        return page

    def require_offline(self) -> None:
        """Assert that the page shows pictures and needs nothing from outside."""
        assert self.links
        assert all(link.startswith("data:image/") for link in self.links)
        assert not {"script", "link", "iframe"} & set(self.tags)
        assert "http" not in re.sub(r"base64,[\w+/=]+", "", self.source)
        assert "url(" not in self.source
