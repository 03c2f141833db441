"""The doctor opens a model; each error has the remedy that fits."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from edge.doctor.model import ModelProbe, check_model, try_model
from edge.doctor.subprocess_probe import ProbeResult, run_python
from edge.model.tflite_file import append_card, find_model, read_tflite
from tests.unit.edge.doctor.machines_made import ends, never

_LITERT = "ai-edge-litert"
_SELF_TEST = ("SelfTestError", "EnvironmentLacksError", "CrackEdgeError")
_MODEL = ("ModelError", "InputError", "CrackEdgeError")


def look(probe: ModelProbe | ProbeResult, runtime: str = _LITERT) -> Any:
    result = probe if isinstance(probe, ProbeResult) else ProbeResult(0, json.dumps(asdict(probe)))
    return check_model("my.tflite", (), runtime=runtime, run=ends(result))


def test_a_model_that_gives_its_scores_is_fine() -> None:
    check = look(ModelProbe("my.tflite", backend="LiteRT"))
    assert check.state == "ok"
    assert check.found == "my.tflite passes its self-test on LiteRT"
    assert check.facts == {"model": "my.tflite", "backend": "LiteRT"}


@pytest.mark.parametrize(
    ("probe", "remedy"),
    [
        (
            ModelProbe(error="no such model file", kinds=_MODEL),
            "give --model a .tflite or .onnx file",
        ),
        (
            ModelProbe("m.tflite", error="self-test failed on LiteRT", kinds=_SELF_TEST),
            "pip install --upgrade ai-edge-litert",
        ),
        (
            ModelProbe("m.tflite", True, error="self-test failed on LiteRT", kinds=_SELF_TEST),
            "pip install --upgrade ai-edge-litert",
        ),
        (
            ModelProbe("m.tflite", error="the card has no self-test", kinds=_SELF_TEST),
            "use a file made by crack-edge convert",
        ),
        (
            ModelProbe("m.tflite", error="LiteRT cannot open it (version 9)", kinds=_MODEL),
            "pip install --upgrade ai-edge-litert",
        ),
        (
            ModelProbe("m.tflite", error="no runtime", kinds=_SELF_TEST[1:]),
            "pip install --force-reinstall ai-edge-litert",
        ),
        (
            ModelProbe("my m.tflite", error="cannot be read", kinds=_MODEL, is_denied=True),
            "sudo chmod a+r 'my m.tflite'",
        ),
        (
            ModelProbe("m.tflite", True, error="damaged", kinds=("DamagedModelError", *_MODEL)),
            "pip install --force-reinstall crack-edge",
        ),
        (
            ModelProbe("m.tflite", error="damaged", kinds=("DamagedModelError", *_MODEL)),
            "copy the file again",
        ),
        (
            ModelProbe("m.tflite", error="made for BGR", kinds=("ColourOrderError", *_MODEL)),
            "use a model trained on RGB",
        ),
        (
            ModelProbe("m.tflite", error="carries no card", kinds=_MODEL),
            "use a file made by crack-edge convert",
        ),
    ],
)
def test_a_model_that_fails_says_so_in_the_errors_words_and_what_to_do(
    probe: ModelProbe, remedy: str
) -> None:
    check = look(probe)
    assert (check.state, check.found) == ("failed", probe.error)
    assert check.remedy.startswith(remedy)


@pytest.mark.parametrize(
    ("result", "why"),
    [
        (ProbeResult(-4), "killed by SIGILL"),
        (ProbeResult(1, "", "ImportError: libm.so"), "libm.so"),
    ],
)
def test_a_runtime_that_breaks_is_installed_again(result: ProbeResult, why: str) -> None:
    check = look(result, runtime="onnxruntime")
    assert check.state == "failed"
    assert why in check.found
    assert check.remedy == "pip install --force-reinstall onnxruntime"


def test_the_model_is_not_tried_where_something_it_needs_is_missing() -> None:
    check = check_model("default", ("numpy", "runtime"), runtime=_LITERT, run=never)
    assert (check.state, check.remedy) == ("failed", "fix numpy, runtime first")


def test_the_shipped_model_is_really_opened_in_a_process_of_its_own() -> None:
    check = check_model("default", (), runtime=_LITERT, run=run_python)
    assert check.state == "ok", check.found


def test_a_name_that_is_no_model_has_no_file() -> None:
    probe = try_model("nowhere.tflite")
    assert (probe.file, probe.is_shipped) == ("", False)
    assert "no such model" in probe.error


def test_a_damaged_copy_is_no_shipped_model_and_says_that_it_is_damaged(tmp_path: Path) -> None:
    data = bytearray(find_model("default").read_bytes())
    data[len(data) // 2] ^= 1
    path = tmp_path / "copy.tflite"
    path.write_bytes(data)
    probe = try_model(str(path))
    assert (probe.file, probe.is_shipped) == (str(path), False)
    assert "damaged" in probe.error
    assert look(probe).remedy.startswith("copy the file again")


def test_a_card_of_another_colour_order_names_a_model_to_take(tmp_path: Path) -> None:
    file = read_tflite(find_model("default"))
    path = tmp_path / "bgr.tflite"
    path.write_bytes(append_card(file.model, replace(file.card, colour_order="BGR")))
    assert look(try_model(str(path))).remedy.startswith("use a model trained on RGB")


def test_a_card_with_other_scores_fails_the_self_test(tmp_path: Path) -> None:
    file = read_tflite(find_model("default"))
    assert file.card.self_test is not None
    other = replace(file.card.self_test, logits=(9.0, 9.0, 9.0, 9.0))
    path = tmp_path / "other.tflite"
    path.write_bytes(append_card(file.model, replace(file.card, self_test=other)))
    probe = try_model(str(path))
    assert "SelfTestError" in probe.kinds
    assert look(probe).remedy == "pip install --upgrade ai-edge-litert"


def test_a_card_without_a_self_test_is_no_fault_of_the_runtime(tmp_path: Path) -> None:
    file = read_tflite(find_model("default"))
    path = tmp_path / "untested.tflite"
    path.write_bytes(append_card(file.model, replace(file.card, self_test=None)))
    assert look(try_model(str(path))).remedy.startswith("use a file made by crack-edge convert")


def test_a_file_that_may_not_be_read_is_told_from_a_damaged_one(tmp_path: Path) -> None:
    path = tmp_path / "closed.tflite"
    path.write_bytes(b"")
    path.chmod(0)
    probe = try_model(str(path))
    if not probe.is_denied:
        pytest.skip("this user may read all files")
    assert look(probe).remedy == f"sudo chmod a+r {path}"
