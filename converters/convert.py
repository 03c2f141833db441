"""One trained model to many formats, each held against its parent before it gets its name."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from converters.certificate import (
    PAGE_NAME,
    certificate_paths,
    certify_file,
    describe_missed,
    describe_model,
    make_certificate,
    write_certificate,
)
from converters.comparison import compare
from converters.evidence import require_both_labels, score_pictures
from converters.facts import Facts
from converters.formats import FORMATS, Format
from converters.gates import Gates
from converters.int8_network import Int8Network
from converters.keras_model import KerasModel, KerasScorer
from converters.layer_errors import render_layers
from converters.load import load_parent
from converters.pictures import (
    Material,
    Pictures,
    choose_pictures,
    describe_pictures,
    read_material,
)
from converters.thresholds import match_threshold
from edge.evaluation.bootstrap import Bootstrap
from edge.evaluation.dataset import Sample, read_dataset
from edge.files.atomic_write import refuse_to_overwrite, replace_atomically
from edge.files.errors import DataError, GateError
from edge.files.hashing import sha256_of
from edge.files.progress import Progress
from edge.files.versions import installed_versions
from edge.model.backends import open_backend
from edge.model.card import INT8_WEIGHTS, Card, SelfTest
from edge.model.classifier import Classifier
from edge.model.self_test import SEED, draw_self_test_tiles
from edge.model.training_folder import MANIFEST_NAME

_TOOLS = ("tensorflow", "keras", "tf2onnx", "onnx", "onnxruntime", "ai-edge-litert")
LAYERS_SUFFIX = ".layers.csv"
# Their scores differ from the parent's by less than thresholds are written with.
_FLOAT = ("float32", "float16")


@dataclass(frozen=True)
class ConvertSettings:
    """Settings of a conversion.

    Attributes:
        formats: names from ``FORMATS``.
        calibration_pictures: from which int8 takes its ranges and fits its weights.
        seed: of their choice.
        gates: bars for every file.
        bootstrap: of the intervals in the certificate.
        report_layers: measure what quantizing each layer alone does, and write it down.
    """

    formats: tuple[str, ...] = tuple(FORMATS)
    calibration_pictures: int = 256
    seed: int = 0
    gates: Gates = field(default_factory=Gates)
    bootstrap: Bootstrap = field(default_factory=Bootstrap)
    report_layers: bool = False


@dataclass(frozen=True)
class _Draft:
    """A file that has no proof yet: its format, opened, the model in it, and its card."""

    kind: Format
    classifier: Classifier
    model: bytes
    card: Card


def convert(
    model: Path,
    out: Path,
    *,
    settings: ConvertSettings,
    progress: Progress,
    data: Sequence[Path] = (),
    name: str | None = None,
    force: bool = False,
    facts: Facts | None = None,
) -> dict[str, Any]:
    """Convert a trained model and verify each file on data.

    Args:
        model: a ``.keras`` file with its card beside it, or the folder of a training; or from
            elsewhere a ``.keras`` or ``.h5`` file or the folder of a SavedModel.
        out: folder for the files and their certificate.
        settings: what to make, and the bars.
        progress: told what happens.
        data: class folders or manifests; the manifest beside the model if none are given.
        name: of the files; the card's name if not given.
        force: replace files that exist.
        facts: what a model from elsewhere does not say.

    Returns:
        The certificate, as written.

    Raises:
        ModelError: the model cannot be converted.
        DataError: no pictures to calibrate or verify with, or only of one label.
        OutputError: a file exists already.
        GateError: a file misses a bar; it is not left under its name, the certificate is.
    """
    parent = load_parent(model, facts)
    stem = name or parent.card.name
    targets = {key: out / _name_file(stem, FORMATS[key]) for key in settings.formats}
    refuse_to_overwrite(*targets.values(), *certificate_paths(out), force=force)
    pictures = choose_pictures(
        _read_samples(parent, data),
        calibration=settings.calibration_pictures,
        seed=settings.seed,
    )
    require_both_labels(pictures.verification)
    material = read_material(pictures.calibration, parent.card.input_px, progress)
    int8 = Int8Network(parent, material.calibration, progress)
    if settings.report_layers:
        _report_layers(int8, out / f"{stem}{LAYERS_SUFFIX}")
    with tempfile.TemporaryDirectory() as folder:
        drafts = {
            targets[key].name: _make_draft(key, int8, stem, Path(folder) / targets[key].name)
            for key in settings.formats
        }
        files, certificate = _prove(parent, drafts, pictures, material, settings)
    write_certificate(out, certificate, force=True)
    for file, content in files.items():
        if certificate["files"][file]["passed"]:
            replace_atomically(out / file, content)
        else:  # an older one has no proof any more: its certificate was replaced
            (out / file).unlink(missing_ok=True)
    if missed := describe_missed(certificate):
        raise GateError(
            f"{missed}; not left under its name, {out / PAGE_NAME} shows the turned verdicts; "
            "calibrate with more pictures like these (--calibration, --data), see where it is lost "
            "(--report-layers), take a float format (--to) or choose other bars"
        )
    return certificate


def _name_file(stem: str, kind: Format) -> str:
    return f"{stem}.{kind.quantization}{kind.suffix}"


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


def _report_layers(int8: Int8Network, path: Path) -> None:
    rows = int8.measure_layers()
    if rows:
        replace_atomically(path, render_layers(rows).encode())
    else:
        int8.progress.say(f"layers are not measured: {int8.why_nearest}")


def _make_draft(key: str, int8: Int8Network, stem: str, path: Path) -> _Draft:
    """Make a file whose card promises what the file itself gives on the self-test's tiles."""
    int8.progress.say(f"converting to {key}")
    kind, parent = FORMATS[key], int8.parent
    model = kind.make(parent, int8)
    recipe = dict(parent.card.recipe)
    if kind.quantization not in _FLOAT:
        recipe[INT8_WEIGHTS] = int8.describe()
    card = dataclasses.replace(
        parent.card,
        name=stem,
        parent_sha256=parent.sha256,
        versions=_versions(parent.card),
        quantization=kind.quantization,
        recipe=recipe,
        self_test=None,
    )
    path.write_bytes(kind.put_card(model, card))
    backend = open_backend(path)
    classifier = Classifier(backend, workers=os.cpu_count() or 1)
    logits = classifier.mean_logits(draw_self_test_tiles(card.input_px))
    step = backend.open_runner((card.input_px, card.input_px)).step
    test = SelfTest(SEED, tuple(logits.tolist()), step, backend.name)
    return _Draft(kind, classifier, model, dataclasses.replace(card, self_test=test))


def _prove(
    parent: KerasModel,
    drafts: Mapping[str, _Draft],
    pictures: Pictures,
    material: Material,
    settings: ConvertSettings,
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Set thresholds again and hold the drafts against their parent.

    Returns:
        The files, whole, by name; and the certificate.
    """
    scorer = KerasScorer(parent)
    drafts, matching = _match_thresholds(scorer, drafts, pictures.matching, material.progress)
    classifiers = {name: draft.classifier for name, draft in drafts.items()}
    evidence = score_pictures(scorer, classifiers, pictures.verification, material.progress)
    require_both_labels(evidence.samples)
    thresholds = {name: draft.card.threshold for name, draft in drafts.items()}
    comparisons = compare(evidence, scorer.card.threshold, thresholds, settings.bootstrap)
    served = {
        "calibration": describe_pictures(pictures.calibration, material.unreadable),
        **matching,
        "verification": describe_pictures(evidence.samples, evidence.unreadable),
    }
    files, entries = {}, []
    for name, draft in drafts.items():
        card = _with_proof(draft.card, comparisons[name], served["verification"]["split"])
        files[name] = draft.kind.put_card(draft.model, card)
        data = files[name]
        backend = draft.classifier.backend
        about = describe_model(name, sha256_of(data), len(data), card, backend)
        entries.append(certify_file(about, comparisons[name], settings.gates))
    size = parent.path.stat().st_size if parent.path.is_file() else None
    certificate = make_certificate(
        describe_model(parent.path.name, parent.sha256, size, scorer.card, scorer.backend),
        entries,
        served,
        gates=settings.gates,
        bootstrap=settings.bootstrap,
        tools=installed_versions(_TOOLS),
    )
    return files, certificate


def _match_thresholds(
    scorer: KerasScorer, drafts: Mapping[str, _Draft], cracks: Sequence[Sample], progress: Progress
) -> tuple[dict[str, _Draft], dict[str, Any]]:
    """Set the thresholds of quantized drafts again.

    Returns:
        The drafts; and, under "matching", which pictures served, unless none did.
    """
    classifiers = {
        name: draft.classifier
        for name, draft in drafts.items()
        if draft.kind.quantization not in _FLOAT
    }
    if not (classifiers and cracks):
        return dict(drafts), {}
    evidence = score_pictures(scorer, classifiers, cracks, progress, what="matching thresholds")
    described = describe_pictures(evidence.samples, evidence.unreadable)
    split = f"the {described['split']} split" if cracks[0].split else "pictures that do not verify"
    matched = dict(drafts)
    for name, scores in evidence.models.items():
        card = drafts[name].card
        rule = (
            f"set again for this file, to find as many of {len(scores)} cracks of {split} as its "
            f"parent does at {card.threshold:.4f} ({card.threshold_rule})"
        )
        threshold = match_threshold(evidence.parent, scores, card.threshold)
        card = dataclasses.replace(card, threshold=threshold, threshold_rule=rule)
        matched[name] = dataclasses.replace(drafts[name], card=card)
    return matched, {"matching": described}


def _with_proof(card: Card, comparison: Mapping[str, Any], split: str) -> Card:
    """Enter what the file itself scored, beside what its parent scored."""
    per_source = {name: _figures_of(part) for name, part in comparison["per_source"].items()}
    metrics = {"split": split, **_figures_of(comparison), "per_source": per_source}
    return dataclasses.replace(card, metrics=metrics)


def _figures_of(comparison: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what only the certificate tells."""
    left_out = ("flipped", "intervals", "difference")
    return {key: value for key, value in comparison.items() if key not in left_out}


def _versions(card: Card) -> dict[str, str]:
    of_training = {f"train {name}": version for name, version in card.versions.items()}
    return of_training | installed_versions(_TOOLS)
