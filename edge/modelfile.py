"""The model file is one file: a flatbuffer with its card in a zip behind it.

TFLite ignores what follows the flatbuffer, and TFLite Metadata keeps associated files the same
way. Keras files are never opened here: they can carry code.
"""

from __future__ import annotations

import dataclasses
import io
import zipfile
import zlib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from edge.card import Card, parse_card
from edge.errors import ModelError
from edge.files import sha256_of

CARD_NAME = "card.json"
LABELS_NAME = "labels.txt"

TFLITE_MARK = b"TFL3"  # at byte 4 of every TFLite flatbuffer
_MAX_CARD_BYTES = 1 << 20
_SHIPPED_SUFFIX = ".int8.tflite"
# The oldest date that a zip can hold: the same model gives the same bytes.
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class TfliteFile:
    """A TFLite model without its card, and the card."""

    model: bytes
    card: Card


def shipped_models() -> dict[str, Path]:
    """Return the models inside the package, by name."""
    folder = Path(str(resources.files("edge.models")))
    return {
        path.name.removesuffix(_SHIPPED_SUFFIX): path
        for path in sorted(folder.glob(f"*{_SHIPPED_SUFFIX}"))
    }


def find_model(model: str | Path) -> Path:
    """Return the file of a model that is given as a path or as the name of a shipped one.

    Raises:
        ModelError: no such file, a Keras model, or a format that this toolkit does not run.
    """
    path = Path(model)
    shipped = shipped_models()
    if str(model) in shipped and not path.is_file():
        return shipped[str(model)]
    if not path.exists():
        names = ", ".join(shipped) or "none"
        raise ModelError(f"{model}: no such model file; shipped models: {names}")
    if path.is_dir() or path.suffix in (".keras", ".h5"):
        raise ModelError(
            f"{path}: is a Keras model or a folder, which devices do not run; "
            f"convert it first: crack-edge convert {path} --out DIR"
        )
    if path.suffix not in (".tflite", ".onnx"):
        raise ModelError(f"{path}: is not a model; expected a .tflite or .onnx file")
    return path


def read_bytes(path: Path) -> bytes:
    """Read a model file whole.

    Raises:
        ModelError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror})") from error


def read_tflite(path: Path) -> TfliteFile:
    """Read a TFLite file and its card, and check that the one belongs to the other.

    Raises:
        ModelError: not TFLite, no card, or bytes that differ from those the card was written for.
    """
    data = read_bytes(path)
    if data[4:8] != TFLITE_MARK:
        raise ModelError(f"{path}: is not a TFLite model")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = {entry.filename: entry for entry in archive.infolist()}
            entry = entries.get(CARD_NAME)
            if entry is None or entry.file_size > _MAX_CARD_BYTES:
                raise ModelError(_no_card(path))
            text = archive.read(entry).decode()
            model = data[: min(item.header_offset for item in entries.values())]
    # What zipfile raises on a damaged directory depends on the bit.
    except (zipfile.BadZipFile, zlib.error, ValueError, RuntimeError, EOFError) as error:
        raise ModelError(_no_card(path)) from error
    card = parse_card(text, where=str(path))
    if card.model_sha256 != sha256_of(model):
        raise ModelError(f"{path}: damaged: the model is not the one that its card was written for")
    return TfliteFile(model, card)


def _no_card(path: Path) -> str:
    return f"{path}: carries no card; make the file with crack-edge convert"


def append_card(model: bytes, card: Card) -> bytes:
    """Return a TFLite file: the model, then a zip with labels and card.

    Args:
        model: TFLite flatbuffer.
        card: its facts; the model's hash is entered here.
    """
    card = dataclasses.replace(card, model_sha256=sha256_of(model))
    file = io.BytesIO(model)
    file.seek(len(model))
    with zipfile.ZipFile(file, "a") as archive:
        for name, text in (
            (LABELS_NAME, "".join(f"{label}\n" for label in card.labels)),
            (CARD_NAME, card.to_json()),
        ):
            archive.writestr(zipfile.ZipInfo(name, _ZIP_DATE), text)
    return file.getvalue()
