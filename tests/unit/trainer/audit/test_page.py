"""The page of an audit: whole in one file, safe with any name, bounded."""

from __future__ import annotations

import base64
import dataclasses
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.evaluation.synthetic import draw_tile
from edge.files.progress import Silent
from tests.unit.pages import Page
from tests.unit.trainer.audit.audits import (
    audit_samples,
    copy,
    draw,
    make_sample,
    write_leaking_manifest,
)
from trainer.audit.dataset_audit import audit_dataset
from trainer.audit.page import SECTION_PAIRS, write_audit_page
from trainer.audit.sample_pairs import SamplePair

# The page is made where the extra train is installed.
pytest.importorskip("jinja2")


def read_page(folder: Path) -> Page:
    return Page.of((folder / "page.html").read_text(encoding="utf-8"))


@pytest.fixture
def leaking(tmp_path: Path) -> Path:
    return write_leaking_manifest(tmp_path)


def test_the_page_holds_its_pictures_and_loads_nothing(leaking: Path, tmp_path: Path) -> None:
    write_audit_page(tmp_path / "page.html", audit_dataset([leaking], progress=Silent()))
    page = read_page(tmp_path)
    page.require_offline()
    assert "@import" not in page.source
    assert len(page.links) == 6  # two leaks and a near pair, two pictures each
    data = np.frombuffer(base64.b64decode(page.links[2].partition(",")[2]), np.uint8)
    # The second pair are the copies of tile 1: near-duplicates come before copies here.
    thumb = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB)
    original = draw_tile(96, seed=1, crack=True).photo
    assert np.abs(thumb.astype(float) - original).mean() < 8  # the same picture, colours in order
    assert "7-2.jpg" in page.text
    assert "correlation 0." in page.text


def test_names_are_escaped(tmp_path: Path) -> None:
    name = "<img src=x onerror=alert(1)>&amp;'\""
    first = draw(tmp_path / name / "crack" / f"{name}.jpg", 1)
    copy(first, tmp_path / name / "no_crack" / f"{name}.jpg")
    (tmp_path / name / "crack" / "<b>.jpg").write_text("no picture")
    write_audit_page(tmp_path / "page.html", audit_dataset([tmp_path / name], progress=Silent()))
    page = read_page(tmp_path)
    page.require_offline()
    assert len(page.links) == 2
    assert f"crack/{name}.jpg" in page.text
    assert "<b>.jpg: is not a JPEG" in page.text


def test_the_page_is_bounded_and_outlives_its_pictures(tmp_path: Path) -> None:
    pairs = [SamplePair(make_sample(f"a{i}"), make_sample(f"b{i}"), i / 1000) for i in range(500)]
    audit = dataclasses.replace(
        audit_samples([make_sample("a")], "a"), conflicts=pairs[::2], near=list(reversed(pairs))
    )
    write_audit_page(tmp_path / "page.html", audit)
    page = read_page(tmp_path)
    assert page.text.count("correlation") == 2 * SECTION_PAIRS
    assert f"different labels: {SECTION_PAIRS} of 250" in page.text
    least_certain = page.text.partition("least certain first")[2]
    assert re.findall(r"correlation (0\.\d+)", least_certain)[:2] == ["0.00", "0.00"]
    assert "a499.jpg" not in least_certain
    assert page.links == []
