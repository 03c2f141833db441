"""What a user may have meant by a word of another tool, or by one that is spelt wrong.

Words are known by their meaning: ``--conf`` is a threshold, though it looks like ``--config``.
"""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

# So alike are a name and its misspelling.
_ALIKE = 0.75

_THRESHOLD = ("--threshold",)
_MODEL = ("--model", "MODEL", "--weights")
_WEIGHTS = ("--weights", "--model", "MODEL")
_SOURCE = ("--source", "PHOTOS", "DATA")
_DATA = ("--data", "DATA", "PHOTOS")
_OUT = ("--out",)
_RATE = ("--learning-rate",)
_BATCH = ("--batch-size",)
_FORMAT = ("--to",)
_FORCE = ("--force",)
_THREADS = ("--threads",)
_SPLIT = ("--split", "--split-by")
_SERVE = ("--serve",)

_INPUT_SIZES = ("imgsz", "img", "img-size", "image-size", "input-size")
_WINDOW_SIZES = ("slice-height", "slice-width", "slice-size", "tile-size", "patch-size", "window")

# Words of Ultralytics, SAHI, Keras, Teachable Machine, of usual command lines, and former options
# of this one -> options and arguments that mean the same; a command's first of them is named.
# Words that mean nothing here are listed too, so that nothing that looks like them is named.
_OPTIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            *("conf", "conf-thres", "confidence", "confidence-threshold", "min-confidence"),
            *("model-confidence-threshold", "score", "score-threshold", "thresh", "cutoff"),
        ),
        _THRESHOLD,
    ),
    **dict.fromkeys(_INPUT_SIZES, ("--input-px",)),
    **dict.fromkeys(_WINDOW_SIZES, ("--window-px",)),
    **dict.fromkeys(
        ("overlap-height-ratio", "overlap-width-ratio", "overlap-ratio"), ("--overlap",)
    ),
    **dict.fromkeys(("weights", "checkpoint", "ckpt", "pretrained"), _WEIGHTS),
    **dict.fromkeys(("model", "model-path", "model-file"), _MODEL),
    **dict.fromkeys(("source", "input", "images", "image", "photos", "files"), _SOURCE),
    **dict.fromkeys(("camera", "device-id", "url", "stream", "video"), ("--source",)),
    **dict.fromkeys(("data", "dataset", "data-dir", "train-dir", "folder"), _DATA),
    **dict.fromkeys(
        (
            *("project", "output", "output-dir", "output-path", "out-dir", "outdir", "dest"),
            *("save", "save-dir", "save-path", "export-dir", "results"),
        ),
        _OUT,
    ),
    **dict.fromkeys(("lr", "lr0", "learning-rate", "rate"), _RATE),
    **dict.fromkeys(("batch", "batch-size", "bs"), _BATCH),
    **dict.fromkeys(("epoch", "num-epochs", "n-epochs"), ("--epochs",)),
    **dict.fromkeys(("format", "formats", "include", "int8", "half", "quantize"), _FORMAT),
    **dict.fromkeys(("exist-ok", "overwrite", "yes", "replace"), _FORCE),
    **dict.fromkeys(("workers", "num-workers", "jobs", "num-threads", "n-jobs"), _THREADS),
    **dict.fromkeys(("name", "run-name"), ("--name", "--out")),
    **dict.fromkeys(("reference", "baseline", "compare"), ("--against", "--parent")),
    **dict.fromkeys(("mode", "task"), ("--view",)),
    **dict.fromkeys(("geo", "gps", "coordinates"), ("--positions",)),
    **dict.fromkeys(("pixel-size", "mm-per-px", "resolution"), ("--gsd",)),
    **dict.fromkeys(("split", "val-split", "validation-split"), _SPLIT),
    **dict.fromkeys(("port", "host", "address", "bind"), _SERVE),
    **dict.fromkeys(("random-state", "random-seed"), ("--seed",)),
    **dict.fromkeys(("device", "iou", "classes", "show", "verbose", "quiet", "fraction"), ()),
    **dict.fromkeys(("resume", "recursive"), ()),
}
# What there is instead of an option.
_NOTES = {
    **dict.fromkeys(_INPUT_SIZES, "pictures are scored at full size, which --scale changes"),
    **dict.fromkeys(_WINDOW_SIZES, "the model sets the size of windows, which inspect shows"),
    "device": "files run on the processor, and train uses the GPU that Keras finds",
    "resume": "the same command goes on where it stopped",
    "recursive": "folders are read with all their subfolders",
}

_COMMANDS = {
    **dict.fromkeys(("detect", "predict", "infer", "run", "segment", "analyze", "analyse"), "scan"),
    **dict.fromkeys(("export", "quantize", "tflite", "onnx"), "convert"),
    **dict.fromkeys(("val", "validate", "eval", "test", "verify", "compare"), "evaluate"),
    **dict.fromkeys(("fit", "finetune", "fine-tune", "retrain"), "train"),
    **dict.fromkeys(("watch", "stream", "camera", "track", "serve", "service"), "live"),
    **dict.fromkeys(("info", "show", "card", "summary"), "inspect"),
    **dict.fromkeys(("check", "checks", "cameras", "env", "diagnose"), "doctor"),
    **dict.fromkeys(("bench", "profile", "time"), "benchmark"),
    **dict.fromkeys(("label", "review", "annotate"), "export-review"),
    **dict.fromkeys(("deploy", "package", "pack"), "bundle"),
    **dict.fromkeys(("join", "combine"), "merge"),
    **dict.fromkeys(("dataset", "stats", "explore", "clean"), "audit"),
    **dict.fromkeys(("example", "quickstart", "try"), "demo"),
    "version": "--version",
}


def suggest_option(word: str, *, options: Sequence[str], arguments: Sequence[str]) -> str | None:
    """Return what to do instead of giving an option that a command does not have.

    Args:
        word: as typed, such as ``--conf``.
        options: of the command, with their dashes.
        arguments: of the command, such as PHOTOS.
    """
    plain = word.lstrip("-").replace("_", "-").lower()
    if f"--{plain}" in options:
        return f"did you mean --{plain}?"
    if plain not in _OPTIONS:
        alike = _find_alike(f"--{plain}", options)
        return f"did you mean {alike}?" if alike else None
    for meant in _OPTIONS[plain]:
        if meant in options:
            return f"did you mean {meant}?"
        if meant in arguments:
            return f"give {meant} without an option"
    return _NOTES.get(plain)


def suggest_command(word: str, commands: Sequence[str], *, more: Sequence[str] = ()) -> str | None:
    """Return the command that a word may stand for.

    Args:
        word: as typed where a command should be.
        commands: all that there are.
        more: what was typed behind it.
    """
    plain = word.replace("_", "-").lower()
    if plain == "help":
        return f"{more[0]} --help" if more and more[0] in commands else "--help"
    if found := _COMMANDS.get(plain) or _find_alike(plain, commands):
        return found
    return f"scan {shlex.quote(word)}" if Path(word).exists() else None


def _find_alike(word: str, names: Iterable[str]) -> str | None:
    return next(iter(difflib.get_close_matches(word, list(names), 1, _ALIKE)), None)
