"""The names of ``import crack_edge``: loaded when they are used, hidden by nothing, and stable."""

from __future__ import annotations

import dataclasses
import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import crack_edge as ce
from crack_edge.__main__ import main
from crack_edge.api import results
from crack_edge.api.model import Model
from edge.evaluation.metrics import Metrics
from edge.files.errors import CrackEdgeError
from edge.model.card import Card

ROOT = Path(ce.__file__).parent
INTERFACE = Path(__file__).with_name("interface.txt")
# Of the card, which is the format of model files; it may grow.
CARD_FIELDS = ("name", "input_px", "window_px", "threshold", "labels", "metrics", "notes")
NAMES = [name for name in ce.__all__ if not name.startswith("_")]


def describe_interface() -> Iterator[str]:
    """Yield what programs of others rest on, a line for each."""
    for name in NAMES:
        value = getattr(ce, name)
        if inspect.isclass(value):
            yield f"{name}: class"
            continue
        yield f"{name}:"
        signature = inspect.signature(value)
        for parameter in signature.parameters.values():
            star = "* " if parameter.kind is parameter.KEYWORD_ONLY else ""
            yield f"    {star}{parameter}"
        yield f"    -> {signature.return_annotation}"
    for kind in (*_result_types(), Metrics, Model):
        yield f"{kind.__name__}:"
        yield from (f"    {line}" for line in _describe_type(kind))
    yield f"Card: {', '.join(CARD_FIELDS)} and others"


def _describe_type(kind: Any) -> Iterator[str]:
    fields = inspect.get_annotations(kind).items()
    yield from (f"{name}: {text}" for name, text in fields if not name.startswith("_"))
    for name, value in vars(kind).items():
        if isinstance(value, property):
            yield f"{name}: property {inspect.signature(value.fget).return_annotation}"
        elif inspect.isfunction(value) and not name.startswith("_"):
            yield f"{name}{inspect.signature(value)}"


def _result_types() -> list[Any]:
    return [
        kind
        for kind in vars(results).values()
        if inspect.isclass(kind) and kind.__module__ == results.__name__
    ]


def test_names_signatures_and_fields_are_those_that_were_promised() -> None:
    """Programs of others rest on them: whoever changes the file says so in the changelog."""
    assert "\n".join(describe_interface()) + "\n" == INTERFACE.read_text(encoding="utf-8")
    assert set(CARD_FIELDS) <= {field.name for field in dataclasses.fields(Card)}


def test_every_result_is_frozen_and_every_public_thing_explained() -> None:
    assert all(kind.__dataclass_params__.frozen for kind in _result_types())
    for name in NAMES:
        assert "Example:" in getattr(ce, name).__doc__ or name == "CrackEdgeError"
    assert all(kind.__doc__ and "Attributes:" in kind.__doc__ for kind in _result_types())


def test_importing_loads_nothing_heavy_and_using_a_name_loads_its_home() -> None:
    program = (
        "import sys, crack_edge as ce\n"
        "print({'numpy', 'cv2', 'click', 'edge.model'} & set(sys.modules))\n"
        "ce.CrackEdgeError, ce.__version__\n"
        "print('numpy' in sys.modules)\n"
        "ce.read_photo, ce.train, ce.convert\n"
        "print('numpy' in sys.modules, {'keras', 'tensorflow'} & set(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT.parent, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["set()", "False", "True set()"]


def test_names_are_listed_and_others_are_refused() -> None:
    assert dir(ce) == sorted(ce.__all__)
    assert ce.CrackEdgeError is CrackEdgeError
    with pytest.raises(AttributeError, match="no attribute 'scan_photos'"):
        ce.scan_photos  # noqa: B018
    with pytest.raises(ImportError):
        exec("from crack_edge import scan_photos")


def test_no_module_hides_a_name() -> None:
    assert CliRunner().invoke(main, ["inspect", "small"]).exit_code == 0
    for command in ("train", "convert", "evaluate"):
        assert CliRunner().invoke(main, [command, "--help"]).exit_code == 0
    assert not [name for name in NAMES if inspect.ismodule(getattr(ce, name))]
    assert not [name for name in NAMES for _ in ROOT.glob(f"{name}*")]
