"""The page of a certificate: whole in one file, safe with any name, nothing left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from converters.pictures import describe_pictures
from converters.verification.certificate import Certificate, CertifiedModel, certify_file
from converters.verification.certificate_page import MAX_SHOWN, list_shown, render_certificate
from converters.verification.comparison import compare
from converters.verification.gates import VerificationGates
from converters.verification.paired_scores import PairedScores
from edge.evaluation.bootstrap import Bootstrap
from edge.evaluation.dataset import Sample
from edge.photo.codec import write_photo
from edge.store.thumbnails import make_thumbs
from tests.unit.fakes import make_card
from tests.unit.pages import Page

NASTY = "<script>alert('1')</script>&"
pytest.importorskip("jinja2")

GATES, BOOTSTRAP = VerificationGates(0.9, 0.1), Bootstrap(50)


def _scores(count: int, flips: int, *, folder: str = "/data", boxes: bool = False) -> PairedScores:
    """Make pictures of two sources, of which the first verdicts change, the first one most."""
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
    return PairedScores(
        samples,
        before.astype(np.float32),
        {"model": after.astype(np.float32)},
        ["broken.jpg: <i>the file is empty</i>"],
        [(0, 0, 32, 32)] * count if boxes else None,
    )


def _certificate(scores: PairedScores, *, parent_sha256: str = "cd" * 32) -> Certificate:
    card = make_card(name=NASTY, parent_sha256=parent_sha256, threshold_rule="by hand <b>")
    comparison = compare(scores, 0.5, {"model": 0.5}, BOOTSTRAP)["model"]
    model = CertifiedModel(f"{NASTY}.int8.tflite", "ab" * 32, 5_000_000, card, "fake")
    return Certificate(
        parent=CertifiedModel("parent.keras", "cd" * 32, None, card, "Keras"),
        files=(certify_file(model, comparison, GATES),),
        gates=GATES,
        bootstrap=BOOTSTRAP,
        tools={"keras": "3"},
        verification=describe_pictures(scores.samples, scores.unreadable),
    )


def _page(certificate: Certificate) -> Page:
    parts = [part for entry in certificate.files for part in list_shown(entry.comparison)]
    return Page.of(render_certificate(certificate, make_thumbs(parts)))


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    scores = _scores(40, 5, folder=f"{tmp_path}/<i>&")
    for sample in scores.samples[:4]:  # the fifth is gone
        write_photo(sample.path, np.full((32, 32, 3), 90, np.uint8))
    return _certificate(scores)


def test_the_page_needs_nothing_from_outside(certificate: Certificate) -> None:
    _page(certificate).require_offline()


def test_names_from_outside_stay_text(certificate: Certificate) -> None:
    page = _page(certificate)
    assert not {"script", "i"} & set(page.tags)
    for expected in (f"{NASTY}.int8.tflite", "by hand <b>", "<i>the file is empty</i>", "<i>&"):
        assert expected in page.text


def test_every_changed_picture_is_shown_or_said_to_be_gone(certificate: Certificate) -> None:
    page = _page(certificate)
    assert len(page.links) == 4
    assert page.text.count("can no longer be read") == 1
    (entry,) = certificate.files
    for flip in entry.comparison.flipped:
        assert flip.path.name in page.text
        assert f"{flip.parent_score:.3f} → {flip.model_score:.3f}" in page.text


def test_the_largest_changes_are_shown_and_the_others_counted() -> None:
    certificate = _certificate(_scores(200, MAX_SHOWN + 7))
    (entry,) = certificate.files
    assert [path.name for path, _ in list_shown(entry.comparison)] == [
        f"{i}.png" for i in range(MAX_SHOWN)
    ]
    assert "7 more are in the JSON file" in _page(certificate).text


def test_a_square_is_shown_with_its_place() -> None:
    page = _page(_certificate(_scores(30, 1, boxes=True)))
    assert "px 0, 0, 32, 32" in page.text


def test_a_missed_gate_is_said_at_the_top_and_at_the_file(certificate: Certificate) -> None:
    (entry,) = certificate.files
    assert not entry.passed
    page = _page(certificate)
    assert "1 of 1 file missed a gate." in page.text
    for complaint in entry.missed:
        assert complaint in page.text


def test_each_file_is_summed_up_in_a_sentence() -> None:
    text = " ".join(_page(_certificate(_scores(40, 5))).text.split())
    assert f"{NASTY}.int8.tflite: 5 of 40 verdicts changed, 3 of them to wrong; " in text


def test_a_file_that_changes_nothing_passes_the_gates() -> None:
    page = _page(_certificate(_scores(40, 0)))
    assert "Every file passed every gate." in page.text
    assert "None of the 40 verdicts changed" in page.text


def test_the_resolution_of_few_pictures_is_said() -> None:
    text = " ".join(_page(_certificate(_scores(40, 0))).text.split())
    assert "One verdict of 40 is 0.0250 of the agreement" in text


def test_sources_of_few_photos_have_no_interval_and_the_page_says_so() -> None:
    assert "fewer than 5 photos" not in _page(_certificate(_scores(40, 2))).text
    text = _page(_certificate(_scores(9, 2))).text
    assert f"fewer than 5 photos: {NASTY}." in text


def test_a_file_of_another_parent_is_told_apart(certificate: Certificate) -> None:
    warning = "made from another file than this parent"
    assert warning not in _page(certificate).text
    other = _certificate(_scores(40, 0), parent_sha256="ef" * 32)
    assert warning in _page(other).text
