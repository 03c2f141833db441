"""README and docs: short, no dead links, tables that are those of the results."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from benchmarks.project.documents import DOCS, README, RESULTS, fill_tables, list_documents
from tests.type_readme import read_commands

ROOT = README.parent
_PAGES = {
    *("scan", "findings", "live", "raspberry-pi", "train", "convert", "benchmark", "model-file"),
    *("python", "measured", "architecture", "from-other-tools"),
}
_LINK = re.compile(r"\]\((?!https?:)(?P<path>[^)#\s]*)(?:#(?P<anchor>[^)\s]+))?\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_ANCHOR = re.compile(r'<a id="([a-z0-9-]+)"></a>')
pages = pytest.mark.parametrize("page", list_documents(), ids=lambda page: page.name)


def anchors_of(page: Path) -> set[str]:
    """Return what a link to a page may name: its anchors, and its headings as GitHub names them."""
    text = page.read_text(encoding="utf-8")
    headings = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(text)]
    return {*_ANCHOR.findall(text), *(heading.replace(" ", "-") for heading in headings)}


def test_the_readme_fits_on_a_page() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 150
    assert README.stat().st_size <= 9_000


def test_each_job_has_its_page() -> None:
    assert {page.stem for page in DOCS.glob("*.md")} == _PAGES


@pages
def test_each_link_leads_somewhere(page: Path) -> None:
    wrong = []
    for link in _LINK.finditer(page.read_text(encoding="utf-8")):
        target = (page.parent / link["path"]).resolve() if link["path"] else page
        known = target.suffix != ".md" or not link["anchor"] or link["anchor"] in anchors_of(target)
        if not target.exists() or not known:
            wrong.append(link[0])
    assert not wrong


@pages
def test_the_tables_are_those_of_the_results(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert fill_tables(text, RESULTS) == text


def test_a_changed_result_changes_the_table(tmp_path: Path) -> None:
    shutil.copytree(RESULTS, tmp_path / "results")
    path = tmp_path / "results" / "scan-speed.json"
    path.write_text(path.read_text().replace('"median": ', '"median": 9'))
    text = (DOCS / "measured.md").read_text(encoding="utf-8")
    assert fill_tables(text, tmp_path / "results") != text


def test_the_architecture_names_every_room() -> None:
    config = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    (rooms,) = re.findall(
        r'^name = "The rooms of edge"\n.*?^layers = \[\n(.*?)^\]', config, re.M | re.S
    )
    names = re.findall(r"\w+", rooms)
    assert len(names) >= 14
    assert [name for name in names if not re.search(rf"\b{name}\b", text)] == []


def test_the_commands_to_type_are_all_but_those_of_the_pi() -> None:
    mine, theirs = (
        "```sh\nmake test  # all\nscan a\n```\n",
        "<!-- run: pi -->\n```sh\nsudo b\n```\n",
    )
    text = f"{mine}{theirs}```sh\nc\n```\n"
    assert read_commands(text) == ["scan a", "c"]
