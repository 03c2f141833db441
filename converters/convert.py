"""One trained model to many formats, each held against its parent before it gets its name."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from converters.formats import FORMATS, Format
from converters.keras_model import KerasModel, KerasScorer, load_keras
from converters.verify import Gates, compare
from edge.backends import open_backend
from edge.card import Card, SelfTest
from edge.classifier import Classifier
from edge.dataset import Sample, fingerprint, read_dataset, strata_of
from edge.errors import DataError, GateError
from edge.evaluate import read_tiles
from edge.files import refuse_to_overwrite, replace_atomically, sha256_of, write_json
from edge.progress import Progress
from edge.selftest import SEED, draw_self_test_tiles
from edge.trained import MANIFEST_NAME
from edge.versions import installed_versions

CERTIFICATE_NAME = "certificate.json"
_TOOLS = ("tensorflow", "keras", "tf2onnx", "onnx", "onnxruntime", "ai-edge-litert")


@dataclass(frozen=True)
class ConvertSettings:
    """Settings of a conversion.

    Attributes:
        formats: names from ``FORMATS``.
        calibration_pictures: from which int8 takes the ranges of its activations.
        seed: of their choice.
        gates: bars for every file.
    """

    formats: tuple[str, ...] = tuple(FORMATS)
    calibration_pictures: int = 256
    seed: int = 0
    gates: Gates = field(default_factory=Gates)


def convert(
    model: Path,
    out: Path,
    *,
    settings: ConvertSettings,
    progress: Progress,
    data: Sequence[Path] = (),
    name: str | None = None,
    force: bool = False,
) -> dict[str, Any]:
    """Convert a trained model and verify each file on data.

    Args:
        model: a ``.keras`` file with its card beside it, or the folder of a training.
        out: folder for the files and their certificate.
        settings: what to make, and the bars.
        progress: told what happens.
        data: class folders or manifests; the manifest beside the model if none are given.
        name: of the files; the card's name if not given.
        force: replace files that exist.

    Returns:
        The certificate, as written.

    Raises:
        ModelError: the model cannot be converted.
        DataError: no pictures to calibrate or verify with.
        OutputError: a file exists already.
        GateError: a file misses a bar; it is not left under its name, the certificate is.
    """
    parent = load_keras(model)
    stem = name or parent.card.name
    targets = {key: _target(out, stem, FORMATS[key]) for key in settings.formats}
    certificate_path = out / CERTIFICATE_NAME
    refuse_to_overwrite(*targets.values(), certificate_path, force=force)
    calibration, verification = choose_pictures(_read_samples(parent, data), settings)
    tiles = _read_tiles(calibration, parent.card.input_px, progress)
    card = dataclasses.replace(
        parent.card, name=stem, parent_sha256=parent.sha256, versions=_versions(parent.card)
    )
    with tempfile.TemporaryDirectory() as folder:
        drafts: dict[str, _Draft] = {}
        for key in settings.formats:
            progress.say(f"converting to {key}")
            path = Path(folder) / targets[key].name
            drafts[key] = _make_draft(FORMATS[key], parent, card, tiles, path)
    comparisons = compare(
        KerasScorer(parent),
        {key: draft.classifier for key, draft in drafts.items()},
        verification,
        progress,
    )
    split = _describe(verification)["split"]
    finished = {
        key: FORMATS[key].put_card(draft.model, _with_proof(draft.card, comparisons[key], split))
        for key, draft in drafts.items()
    }
    files = {
        key: _certify(key, data, comparisons[key], settings.gates) for key, data in finished.items()
    }
    certificate = {
        "parent": {"file": parent.path.name, "sha256": parent.sha256},
        "calibration": _describe(calibration),
        "verification": _describe(verification),
        "gates": dataclasses.asdict(settings.gates),
        "files": {targets[key].name: entry for key, entry in files.items()},
    }
    for key, content in finished.items():
        if files[key]["passed"]:
            replace_atomically(targets[key], content)
    write_json(certificate_path, certificate)
    missed = [
        f"{targets[key].name}: {complaint}"
        for key, entry in files.items()
        for complaint in entry["missed"]
    ]
    if missed:
        raise GateError(f"{'; '.join(missed)} (see {certificate_path})")
    return certificate


def _target(out: Path, stem: str, kind: Format) -> Path:
    return out / f"{stem}.{kind.quantization}{kind.suffix}"


def _read_samples(parent: KerasModel, data: Sequence[Path]) -> list[Sample]:
    if data:
        return read_dataset(data)
    manifest = parent.path.parent / MANIFEST_NAME
    if not manifest.is_file():
        raise DataError(
            f"{parent.path}: no {MANIFEST_NAME} beside it; "
            "give labelled pictures to calibrate and verify with: --data FOLDER"
        )
    return read_dataset([manifest])


def choose_pictures(
    samples: Sequence[Sample], settings: ConvertSettings
) -> tuple[list[Sample], list[Sample]]:
    """Choose calibration pictures from the train split and verification pictures from test.

    Calibration takes equally many of every source and label. Without splits the pictures not
    used for calibration verify; a small set serves for both.

    Raises:
        DataError: one of the splits is missing.
    """
    has_splits = any(sample.split for sample in samples)
    pool = [s for s in samples if s.split == "train"] if has_splits else list(samples)
    verification = [s for s in samples if s.split == "test"]
    if has_splits and not (pool and verification):
        raise DataError("the manifest has no pictures in its train split or none in its test split")
    rng = np.random.default_rng(settings.seed)
    shuffled = [[part[i] for i in rng.permutation(len(part))] for part in strata_of(pool)]
    longest = max(len(part) for part in shuffled)
    in_turn = [part[place] for place in range(longest) for part in shuffled if place < len(part)]
    calibration = in_turn[: settings.calibration_pictures]
    if not has_splits:
        used = {sample.path for sample in calibration}
        verification = [s for s in samples if s.path not in used] or list(samples)
    return calibration, verification


def _read_tiles(samples: Sequence[Sample], input_px: int, progress: Progress) -> NDArray[np.uint8]:
    parts = [tiles for _, tiles, _ in read_tiles(samples, input_px, progress, what="calibration")]
    tiles = np.concatenate(parts)
    if not len(tiles):
        raise DataError("none of the calibration pictures can be read")
    return tiles


@dataclass(frozen=True)
class _Draft:
    """A file that has no proof yet: opened, the model in it, and its card."""

    classifier: Classifier
    model: bytes
    card: Card


def _make_draft(
    kind: Format, parent: KerasModel, card: Card, tiles: NDArray[np.uint8], path: Path
) -> _Draft:
    """Make a file whose card promises what the file itself gives on the self-test's tiles."""
    card = dataclasses.replace(card, quantization=kind.quantization, self_test=None)
    model = kind.make(parent, tiles)
    path.write_bytes(kind.put_card(model, card))
    backend = open_backend(path)
    classifier = Classifier(backend)
    logits = classifier.mean_logits(draw_self_test_tiles(card.input_px))
    step = backend.open_runner((card.input_px, card.input_px)).step
    test = SelfTest(SEED, tuple(logits.tolist()), step, backend.name)
    return _Draft(classifier, model, dataclasses.replace(card, self_test=test))


def _with_proof(card: Card, comparison: Mapping[str, Any], split: str) -> Card:
    """Enter what the file itself scored, beside what its parent scored."""
    figures = {key: value for key, value in comparison.items() if key != "flipped"}
    return dataclasses.replace(card, metrics={"split": split, **figures})


def _certify(key: str, data: bytes, comparison: dict[str, Any], gates: Gates) -> dict[str, Any]:
    missed = gates.missed(comparison)
    return {
        "format": key,
        "sha256": sha256_of(data),
        "bytes": len(data),
        "passed": not missed,
        "missed": missed,
        **comparison,
    }


def _describe(samples: Sequence[Sample]) -> dict[str, Any]:
    return {
        "pictures": len(samples),
        "split": ", ".join(sorted({sample.split or "none" for sample in samples})),
        "sources": sorted({sample.source for sample in samples}),
        "fingerprint": fingerprint(samples),
    }


def _versions(card: Card) -> dict[str, str]:
    of_training = {f"train {name}": version for name, version in card.versions.items()}
    return of_training | installed_versions(_TOOLS)
