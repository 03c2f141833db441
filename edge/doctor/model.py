"""The model is opened and gives its own scores, or what to do about it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.doctor.check import DISTRIBUTION, Check
from edge.doctor.subprocess_probe import Run
from edge.files.errors import CrackEdgeError

_PROGRAM = f"""
from dataclasses import asdict
from {__name__} import try_model
print(json.dumps(asdict(try_model(sys.argv[1]))))
"""


@dataclass(frozen=True)
class ModelProbe:
    """What came of opening a model.

    Attributes:
        file: of the model; empty if there is none.
        is_shipped: whether the file is part of this toolkit.
        backend: name of the runtime that gave the right scores; empty if none did.
        error: the message of the error.
        kinds: names of the error's class and of those above it.
        is_denied: whether this user may not read the file.
    """

    file: str = ""
    is_shipped: bool = False
    backend: str = ""
    error: str = ""
    kinds: tuple[str, ...] = ()
    is_denied: bool = False


def try_model(model: str) -> ModelProbe:
    """Open a model, which runs its self-test.

    Args:
        model: a file, or the name of a shipped model.
    """
    # Needs numpy, which may be missing where the doctor is asked.
    from edge.model.classifier import open_classifier
    from edge.model.tflite_file import find_model

    file, is_shipped = "", False
    try:
        path = find_model(model)
        file, is_shipped = str(path), path != Path(model)
        classifier = open_classifier(path)
    except CrackEdgeError as error:
        kinds = tuple(kind.__name__ for kind in type(error).__mro__)
        is_denied = isinstance(error.__cause__, PermissionError)
        return ModelProbe(file, is_shipped, "", str(error), kinds, is_denied)
    return ModelProbe(file, is_shipped, classifier.backend)


def check_model(model: str, lacking: Sequence[str], *, runtime: str, run: Run) -> Check:
    """Open a model in a Python of its own, which runs its self-test.

    Args:
        model: a file, or the name of a shipped model.
        lacking: names of what is missing already; with any, the model is not tried.
        runtime: the distribution that opens it.
        run: runs a program with its arguments.
    """
    name, facts = "model", {"model": model}
    if lacking:
        first = ", ".join(lacking)
        return Check(name, "failed", f"{model}: not tried", f"fix {first} first", facts)
    result = run(_PROGRAM, [model])
    if result.error is not None:
        remedy = f"pip install --force-reinstall {runtime}"
        return Check(name, "failed", f"{model} cannot be opened ({result.error})", remedy, facts)
    probe = ModelProbe(**json.loads(result.answer))
    if probe.error:
        return Check(name, "failed", probe.error, _choose_remedy(probe, runtime), facts)
    found = f"{model} passes its self-test on {probe.backend}"
    return Check(name, "ok", found, facts=facts | {"backend": probe.backend})


def _choose_remedy(probe: ModelProbe, runtime: str) -> str:
    """Return the remedy for the error."""
    if not probe.file:
        return "give --model a .tflite or .onnx file made by crack-edge convert, or leave it out"
    # The classes do not distinguish a file without a self-test, and one for a newer runtime.
    has_no_test, is_too_new = "no self-test" in probe.error, "cannot open it" in probe.error
    if is_too_new or ("SelfTestError" in probe.kinds and not has_no_test):
        return f"pip install --upgrade {runtime}"
    if probe.is_denied:
        return f"sudo chmod a+r {shlex.quote(probe.file)}"
    if "EnvironmentLacksError" in probe.kinds and not has_no_test:
        return f"pip install --force-reinstall {runtime}"
    if probe.is_shipped:
        return f"pip install --force-reinstall {DISTRIBUTION}"
    if "DamagedModelError" in probe.kinds:
        return "copy the file again; if it is still damaged, convert it again: crack-edge convert"
    if "ColourOrderError" in probe.kinds:
        return "use a model trained on RGB, such as the shipped one: --model default"
    return "use a file made by crack-edge convert, or the shipped model: --model default"
