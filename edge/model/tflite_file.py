"""The model file is one file: a flatbuffer with its card in a zip behind it.

TFLite ignores what follows the flatbuffer, and TFLite Metadata keeps associated files the same
way. Keras files are never opened here: they can carry code.
"""

from __future__ import annotations

import dataclasses
import difflib
import io
import shlex
import zipfile
import zlib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from edge.files.errors import DamagedModelError, ModelError
from edge.files.hashing import sha256_of
from edge.model.card import Card, parse_card

CARD_NAME = "card.json"
LABELS_NAME = "labels.txt"

TFLITE_MARK = b"TFL3"  # at byte 4 of every TFLite flatbuffer
_OURS = (CARD_NAME, LABELS_NAME)
_MAX_TEXT_BYTES = 1 << 20
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# What zipfile raises on damage depends on the bit; KeyError: no card is in the zip.
_BROKEN_ZIP = (
    *(zipfile.BadZipFile, zlib.error, KeyError),
    *(ValueError, RuntimeError, OSError, EOFError, OverflowError),
)
NO_CARD = "has no model card; only files made by crack-edge convert can be used (docs/convert.md)"
OTHER_MODEL = "the model does not match its card"
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
    folder = Path(str(resources.files("edge.model.shipped")))
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
        near = difflib.get_close_matches(str(model), shipped, n=1)
        raise ModelError(
            f"{model}: no such model file; "
            + (f"did you mean {near[0]}? Shipped" if near else "shipped")
            + f" models: {', '.join(shipped) or 'none'}"
        )
    if path.is_dir() or path.suffix in (".keras", ".h5"):
        raise ModelError(
            f"{path}: is a {'folder' if path.is_dir() else 'Keras model'}; expected a .tflite or "
            f".onnx file; make one with: crack-edge convert {shlex.quote(str(path))} --out DIR"
        )
    if path.suffix not in (".tflite", ".onnx"):
        raise ModelError(f"{path}: is not a model file; expected a .tflite or .onnx file")
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
        ModelError: not TFLite, or no card.
        DamagedModelError: bytes that differ from those that were written.
    """
    return parse_tflite(read_bytes(path), where=str(path))


def parse_tflite(data: bytes, *, where: str) -> TfliteFile:
    """Take a TFLite file apart, see ``read_tflite``.

    No flipped bit passes that changes what is read: the zip's CRC-32 covers card and labels, the
    card's hash the model. What is left, such as the dates of the entries, nobody reads.

    Args:
        data: the file.
        where: its name, for messages.
    """
    if data[4:8] != TFLITE_MARK:
        if _is_ours(data):
            raise make_damage(where, "it does not start like a TFLite model")
        raise ModelError(f"{where}: is not a TFLite model, or is damaged; copy it again")
    try:
        texts, model_bytes = _read_zip(data)
        card_text = texts[CARD_NAME].decode()
    except _BROKEN_ZIP as error:
        if _is_ours(data):
            raise make_damage(where, "its card cannot be read") from error
        raise ModelError(f"{where}: {NO_CARD}") from error
    card = parse_card(card_text, where=where)
    model = data[:model_bytes]
    if card.model_sha256 != sha256_of(model):
        raise make_damage(where, OTHER_MODEL)
    if texts.get(LABELS_NAME) != _write_labels(card):
        raise make_damage(where, f"{LABELS_NAME} does not match the card")
    return TfliteFile(model, card)


def _read_zip(data: bytes) -> tuple[dict[str, bytes], int]:
    """Read the card and the labels behind a model, as far as they are there.

    Returns:
        The bytes of each by its name, and how many bytes lie before the zip.

    Raises:
        _BROKEN_ZIP: one of them.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = [entry for entry in archive.infolist() if entry.filename in _OURS]
        if any(entry.compress_type not in _COMPRESSIONS for entry in entries):
            raise zipfile.BadZipFile("an unusual compression")
        if any(entry.file_size > _MAX_TEXT_BYTES for entry in entries):
            raise zipfile.BadZipFile("an entry is too large")
        texts = {entry.filename: archive.read(entry) for entry in entries}
        return texts, min(entry.header_offset for entry in archive.infolist())


def _is_ours(data: bytes) -> bool:
    """Tell whether a file carries our card, or did: each name stands in the zip twice."""
    return all(name.encode() in data for name in _OURS)


def make_damage(where: str | Path, what: str) -> DamagedModelError:
    """Return the error for a file that is not as it was written."""
    return DamagedModelError(f"{where}: damaged: {what}; copy or convert the file again")


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
            (LABELS_NAME, _write_labels(card)),
            (CARD_NAME, card.to_json()),
        ):
            archive.writestr(zipfile.ZipInfo(name, _ZIP_DATE), text)
    return file.getvalue()


def _write_labels(card: Card) -> bytes:
    return "".join(f"{label}\n" for label in card.labels).encode()
