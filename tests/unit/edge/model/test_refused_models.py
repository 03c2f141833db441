"""A damaged file, a model for other colours, a runtime that computes otherwise: each refused.

All have exit code 3, and each message says which it is: the three need different remedies.
"""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("flatbuffers", reason="comes with LiteRT")
pytest.importorskip("ai_edge_litert", reason="the refused runtimes are made of LiteRT")

from crack_edge.__main__ import main
from edge.files.errors import ColourOrderError, DamagedModelError, SelfTestError
from edge.model.backends import LITERT, TFLITE_RUNTIME
from edge.model.classifier import Classifier, check_classifier, open_classifier
from edge.model.self_test import draw_self_test_tiles
from edge.model.tflite_file import append_card, find_model, parse_tflite, read_tflite
from edge.model.tflite_runner import open_tflite
from edge.photo.codec import write_photo
from tests.unit.refused_models import (
    SMALL,
    Opener,
    misread,
    open_litert,
    open_reference,
    open_rounding_down,
    open_swapping,
    open_swapping_reference,
    open_without_delegate,
    write_bgr_model,
    write_runtime,
)

ROOT = Path(__file__).resolve().parents[4]
DATA = SMALL.read_bytes()
WHOLE = parse_tflite(DATA, where="m")
# The zip with labels and card, and what of the flatbuffer is looked at byte by byte.
_ZIP = range(len(WHOLE.model), len(DATA))
_BORDER_BYTES = 300
_SPREAD = range(_BORDER_BYTES, len(WHOLE.model) - _BORDER_BYTES, len(WHOLE.model) // 400)

_COLOURS = "its scores are right for BGR tiles, so the model or the runtime has another colour"


def _flip(place: int, bit: int) -> bytes:
    flipped = bytearray(DATA)
    flipped[place] ^= 1 << bit
    return bytes(flipped)


def _refuse_flip(place: int, bit: int) -> str | None:
    """Return how a flipped bit is refused; None if it is not, and all that is read is as before."""
    try:
        found = parse_tflite(_flip(place, bit), where="bridge.tflite")
    except DamagedModelError as error:
        return str(error)
    assert found == WHOLE, f"byte {place}, bit {bit}"
    return None


def test_a_flipped_bit_in_any_byte_of_labels_and_card_is_refused_or_changes_nothing() -> None:
    refused = [_refuse_flip(place, place % 8) is not None for place in _ZIP]
    assert sum(refused) > 0.97 * len(refused)


@pytest.mark.parametrize(
    "places",
    [range(_BORDER_BYTES), range(_ZIP.start - _BORDER_BYTES, _ZIP.start), _SPREAD],
    ids=["begin", "end", "between"],
)
def test_a_flipped_bit_of_the_model_is_refused_by_name(places: range) -> None:
    for place in places:
        said = _refuse_flip(place, place % 8)
        assert said is not None, f"byte {place}"
        assert re.fullmatch(r"bridge\.tflite: damaged: .+; copy or convert the file again", said)


@given(st.integers(0, len(DATA) - 1), st.integers(0, 7))
def test_any_flipped_bit_is_refused_or_changes_nothing(place: int, bit: int) -> None:
    _refuse_flip(place, bit)


def _open(opener: Opener, *, name: str = LITERT, path: Path = SMALL) -> Classifier:
    backend = open_tflite(path, opener, name=name, version="9.9", threads=1)
    return Classifier(backend, path=path)


@pytest.mark.parametrize(
    ("name", "opener"),
    [(LITERT, open_litert), (TFLITE_RUNTIME, open_litert), (TFLITE_RUNTIME, open_reference)],
)
def test_a_model_for_bgr_is_refused_and_told_so(tmp_path: Path, name: str, opener: Opener) -> None:
    path = write_bgr_model(tmp_path)
    with pytest.raises(SelfTestError) as got:
        check_classifier(_open(opener, name=name, path=path))
    assert str(got.value).startswith(f"{path}: self-test failed on {name} 9.9: {_COLOURS}")


@pytest.mark.parametrize("model", ["default", "small"])
@pytest.mark.parametrize(
    ("name", "opener"), [(LITERT, open_swapping), (TFLITE_RUNTIME, open_swapping_reference)]
)
def test_a_runtime_that_swaps_colours_is_refused_and_told_so(
    model: str, name: str, opener: Opener
) -> None:
    path = find_model(model)
    with pytest.raises(SelfTestError) as got:
        check_classifier(_open(opener, name=name, path=path))
    assert str(got.value).startswith(f"{path}: self-test failed on {name} 9.9: {_COLOURS}")


def test_a_card_that_speaks_of_bgr_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "m.tflite"
    path.write_bytes(append_card(WHOLE.model, dataclasses.replace(WHOLE.card, colour_order="BGR")))
    with pytest.raises(
        ColourOrderError, match=r"m\.tflite: made for another colour order: .*'BGR'"
    ):
        open_classifier(path)


def _count_steps(opener: Opener, model: str) -> float:
    """Return by how many steps a runtime's logits differ from the promised ones at most."""
    classifier = _open(opener, path=find_model(model))
    test = classifier.card.self_test
    assert test is not None
    tiles = draw_self_test_tiles(classifier.card.input_px, test.seed)
    return float(np.max(np.abs(classifier.mean_logits(tiles) - test.logits)) / test.step)


@pytest.mark.parametrize("model", ["default", "small"])
@pytest.mark.parametrize("opener", [open_reference, open_without_delegate, open_rounding_down])
def test_kernels_that_round_otherwise_are_refused_on_litert(opener: Opener, model: str) -> None:
    path = find_model(model)
    steps = f"{_count_steps(opener, model):.3g}"
    with pytest.raises(SelfTestError) as got:
        check_classifier(_open(opener, path=path))
    said = f"self-test failed on LiteRT 9.9: off by {steps} quantization steps where it must be "
    assert str(got.value).startswith(f"{path}: {said}")
    assert float(steps) > 0.01


@pytest.mark.parametrize("model", ["default", "small"])
@pytest.mark.parametrize("opener", [open_reference, open_without_delegate])
def test_kernels_that_round_otherwise_are_let_be_elsewhere(opener: Opener, model: str) -> None:
    check_classifier(_open(opener, name=TFLITE_RUNTIME, path=find_model(model)))


def test_a_runtime_that_rounds_down_everywhere_is_refused_elsewhere_too() -> None:
    with pytest.raises(
        SelfTestError, match=r"on tflite-runtime 9\.9: off by 2\.\d+ quantization st"
    ):
        check_classifier(_open(open_rounding_down, name=TFLITE_RUNTIME))


@pytest.mark.parametrize("steps", [-1, 1])
def test_a_zero_point_that_is_off_by_one_is_refused_where_scores_are_exact(steps: int) -> None:
    with pytest.raises(
        SelfTestError, match=r"on LiteRT 9\.9: off by 1 quantization steps where it must be "
    ):
        check_classifier(_open(misread(steps=steps)))
    check_classifier(_open(misread(steps=steps), name=TFLITE_RUNTIME))


@pytest.mark.parametrize("steps", [-3, 3])
def test_a_zero_point_that_is_off_by_three_is_refused_everywhere(steps: int) -> None:
    for name in (LITERT, TFLITE_RUNTIME):
        with pytest.raises(
            SelfTestError, match=rf"on {name} 9\.9: off by 3 quantization steps where "
        ):
            check_classifier(_open(misread(steps=steps), name=name))


def test_a_scale_that_is_off_by_a_thousandth_is_refused_where_scores_are_exact() -> None:
    with pytest.raises(SelfTestError, match=r"on LiteRT 9\.9: off by 0\.00\d+ quantization steps"):
        check_classifier(_open(misread(scale=1.001)))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "wall.png"
    write_photo(path, np.full((64, 64, 3), 200, np.uint8))
    return path


def _words(command: str, model: Path | str, photo: Path) -> list[str]:
    """Return a command line that would leave results in a folder named ``out``."""
    words = {
        "scan": ("scan", photo, "--model", model, "--out", photo.parent / "out", "--threads", "1"),
        "live": ("live", "--source", "drawn", "--model", model, "--serve", "off"),
        "inspect": ("inspect", model),
        "doctor": ("doctor",),
    }
    recorded = ("--record", photo.parent / "out") if command == "live" else ()
    return [str(word) for word in (*words[command], *recorded)]


def _write_damaged(folder: Path, place: int) -> Path:
    path = folder / "damaged.tflite"
    path.write_bytes(_flip(place, 0))
    return path


@pytest.mark.parametrize("command", ["scan", "live", "inspect"])
@pytest.mark.parametrize("place", [4, len(WHOLE.model) // 2, _ZIP.stop // 2 + _ZIP.start // 2, -22])
def test_a_command_refuses_a_damaged_model(
    command: str, place: int, photo: Path, tmp_path: Path
) -> None:
    path = _write_damaged(tmp_path, place)
    result = CliRunner().invoke(main, _words(command, path, photo))
    assert result.exit_code == 3, result.output
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"Error: {path}: damaged: ")
    assert result.stdout == ""
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["scan", "live"])
def test_a_command_refuses_a_model_for_bgr(command: str, photo: Path, tmp_path: Path) -> None:
    path = write_bgr_model(tmp_path)
    result = CliRunner().invoke(main, _words(command, path, photo))
    assert result.exit_code == 3, result.output
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"Error: {path}: self-test failed on LiteRT ")
    assert _COLOURS in line
    assert result.stdout == ""
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["scan", "live", "inspect"])
def test_a_command_refuses_a_card_that_speaks_of_bgr(
    command: str, photo: Path, tmp_path: Path
) -> None:
    path = tmp_path / "m.tflite"
    file = read_tflite(SMALL)
    path.write_bytes(append_card(file.model, dataclasses.replace(file.card, colour_order="BGR")))
    result = CliRunner().invoke(main, _words(command, path, photo))
    assert result.exit_code == 3, result.output
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"Error: {path}: made for another colour order: ")
    assert not (tmp_path / "out").exists()


def _run_with_runtime(
    wrapped: str, words: list[str], folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run a command in a process whose LiteRT is wrapped."""
    write_runtime(folder, wrapped)
    return subprocess.run(
        [sys.executable, "-m", "crack_edge", *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("command", ["scan", "live"])
@pytest.mark.parametrize(
    ("wrapped", "said"),
    [
        (
            "MisreadingInterpreter(interpreter, steps=1)",
            "off by 1 quantization steps where it must be",
        ),
        ("SwappingInterpreter(interpreter)", _COLOURS),
    ],
)
def test_a_command_refuses_a_runtime_that_does_not_keep_the_promise(
    command: str, wrapped: str, said: str, photo: Path, tmp_path: Path
) -> None:
    result = _run_with_runtime(wrapped, _words(command, "small", photo), tmp_path)
    assert result.returncode == 3, result.stderr
    (line,) = result.stderr.splitlines()
    version = metadata.version("ai-edge-litert")
    assert line.startswith(f"Error: {SMALL}: self-test failed on LiteRT {version}: {said}")
    assert result.stdout == ""
    assert not (tmp_path / "out").exists()


def test_a_wrapped_runtime_that_changes_nothing_is_let_be(photo: Path, tmp_path: Path) -> None:
    words = _words("scan", "small", photo)
    result = _run_with_runtime(
        "SwappingInterpreter(SwappingInterpreter(interpreter))", words, tmp_path
    )
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "out" / "report.html").is_file()


def test_doctor_says_which_runtime_does_not_keep_the_promise(photo: Path, tmp_path: Path) -> None:
    words = _words("doctor", "default", photo)
    result = _run_with_runtime("MisreadingInterpreter(interpreter, steps=1)", words, tmp_path)
    assert result.returncode == 3
    version = metadata.version("ai-edge-litert")
    assert f"self-test failed on LiteRT {version}: off by 1 quantization steps" in result.stdout
