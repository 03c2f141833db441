"""The page of a certificate: whole in one file, safe with any name, nothing left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converters.certificate import certify_file, describe_model, make_certificate
from converters.certificate_page import MAX_SHOWN, list_shown, render_certificate
from converters.comparison import compare
from converters.evidence import Evidence
from converters.gates import Gates
from converters.pictures import describe_pictures
from edge.evaluation.bootstrap import Bootstrap
from edge.evaluation.dataset import Sample
from edge.photo.codec import write_photo
from edge.store.thumbnails import make_thumbs
from tests.unit.fakes import make_card
from tests.unit.pages import Page

NASTY = "<script>alert('1')</script>&"
GATES, BOOTSTRAP = Gates(0.9, 0.1), Bootstrap(50)


def _evidence(count: int, flips: int, *, folder: str = "/data", boxes: bool = False) -> Evidence:
    """Make pictures of two sources, of which the first verdicts turn, the first one most."""
    samples = [
        Sample(
            Path(f"{folder}/{i}.png"),
            "crack" if i % 3 else "no_crack",
            f"{('wall', NASTY)[i % 2]}/{i}",
            "test",
        )
        for i in range(count)
    ]
    before = np.where(np.arange(count) % 3, 0.9, 0.1)
    before[:flips] = 0.55 + 0.4 * np.arange(flips)[::-1] / max(flips, 1)
    after = before.copy()
    after[:flips] = 0.45
    return Evidence(
        samples,
        before.astype(np.float32),
        {"model": after.astype(np.float32)},
        ["broken.jpg: <i>the file is empty</i>"],
        [(0, 0, 32, 32)] * count if boxes else None,
    )


def _certificate(evidence: Evidence, **about: Any) -> dict[str, Any]:
    card = make_card(name=NASTY, parent_sha256="cd" * 32, threshold_rule="by hand <b>")
    comparison = compare(evidence, 0.5, {"model": 0.5}, BOOTSTRAP)["model"]
    model = describe_model(f"{NASTY}.int8.tflite", "ab" * 32, 5_000_000, card, "fake") | about
    parent = describe_model("parent.keras", "cd" * 32, None, card, "Keras")
    return make_certificate(
        parent,
        [certify_file(model, comparison, GATES)],
        {"verification": describe_pictures(evidence.samples, evidence.unreadable)},
        gates=GATES,
        bootstrap=BOOTSTRAP,
        tools={"keras": "3"},
    )


def _page(certificate: dict[str, Any]) -> Page:
    parts = [part for entry in certificate["files"].values() for part in list_shown(entry)]
    return Page.of(render_certificate(certificate, make_thumbs(parts)))


@pytest.fixture
def certificate(tmp_path: Path) -> dict[str, Any]:
    evidence = _evidence(40, 5, folder=f"{tmp_path}/<i>&")
    for sample in evidence.samples[:4]:  # the fifth is gone
        write_photo(sample.path, np.full((32, 32, 3), 90, np.uint8))
    return _certificate(evidence)


def test_the_page_needs_nothing_from_outside(certificate: dict[str, Any]) -> None:
    _page(certificate).require_offline()


def test_names_from_outside_stay_text(certificate: dict[str, Any]) -> None:
    page = _page(certificate)
    assert not {"script", "i"} & set(page.tags)
    for expected in (f"{NASTY}.int8.tflite", "by hand <b>", "<i>the file is empty</i>", "<i>&"):
        assert expected in page.text


def test_every_turned_picture_is_shown_or_said_to_be_gone(certificate: dict[str, Any]) -> None:
    page = _page(certificate)
    assert len(page.links) == 4
    assert page.text.count("cannot be read any more") == 1
    (entry,) = certificate["files"].values()
    for flip in entry["flipped"]:
        assert Path(flip["path"]).name in page.text
        assert f"{flip['parent_score']:.3f} → {flip['model_score']:.3f}" in page.text


def test_the_largest_changes_are_shown_and_the_others_counted() -> None:
    certificate = _certificate(_evidence(200, MAX_SHOWN + 7))
    (entry,) = certificate["files"].values()
    assert [path.name for path, _ in list_shown(entry)] == [f"{i}.png" for i in range(MAX_SHOWN)]
    assert "7 more stand in the JSON file" in _page(certificate).text


def test_a_square_is_shown_with_its_place() -> None:
    page = _page(_certificate(_evidence(30, 1, boxes=True)))
    assert "px 0, 0, 32, 32" in page.text


def test_a_missed_bar_is_said_at_the_top_and_at_the_file(certificate: dict[str, Any]) -> None:
    (entry,) = certificate["files"].values()
    assert not entry["passed"]
    page = _page(certificate)
    assert "1 of 1 file missed a bar." in page.text
    for complaint in entry["missed"]:
        assert complaint in page.text


def test_a_file_that_turns_nothing_meets_the_bars() -> None:
    page = _page(_certificate(_evidence(40, 0)))
    assert "All bars are met." in page.text
    assert "None of the 40 verdicts turned" in page.text


def test_the_resolution_of_few_pictures_is_said() -> None:
    assert (
        "One verdict of 40 is 0.0250 of the agreement" in _page(_certificate(_evidence(40, 0))).text
    )


def test_sources_of_few_photos_have_no_interval_and_the_page_says_so() -> None:
    assert "fewer than 5 photos" not in _page(_certificate(_evidence(40, 2))).text
    text = _page(_certificate(_evidence(9, 2))).text
    assert f"fewer than 5 photos: {NASTY}." in text


def test_a_file_of_another_parent_is_told_apart(certificate: dict[str, Any]) -> None:
    warning = "made from another file than this parent"
    assert warning not in _page(certificate).text
    other = _certificate(_evidence(40, 0), parent_sha256="ef" * 32)
    assert warning in _page(other).text
