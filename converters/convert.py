"""One model to many formats, each file compared with its parent before it gets its name."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from converters.formats.registry import FORMATS, Format
from converters.parents.keras_model import KerasModel, KerasScorer
from converters.parents.load import load_parent
from converters.pictures import (
    CalibrationTiles,
    PictureRoles,
    PictureSet,
    describe_pictures,
    read_calibration,
)
from converters.plan import ConversionPlan, ConvertSettings
from converters.quantization.int8_network import Int8Network
from converters.quantization.layer_errors import render_layers
from converters.quantization.threshold_matching import match_threshold
from converters.verification.certificate import Certificate, CertificateEntry, CertifiedModel
from converters.verification.certificate_files import page_beside, write_certificate
from converters.verification.certificate_json import card_metrics
from converters.verification.comparison import compare
from converters.verification.paired_scores import require_both_labels, score_pictures
from edge.evaluation.dataset import Sample
from edge.files.atomic_write import replace_atomically
from edge.files.errors import GateError, IncompleteError, ModelError
from edge.files.hashing import sha256_of
from edge.files.native_output import silence
from edge.files.progress import Progress
from edge.files.versions import installed_versions
from edge.model.backends import open_backend
from edge.model.card import INT8_WEIGHTS, Card, SelfTest
from edge.model.classifier import Classifier, open_classifier
from edge.model.self_test import SEED, draw_self_test_tiles

_TOOLS = ("tensorflow", "keras", "tf2onnx", "onnx", "onnxruntime", "ai-edge-litert")
# Their scores differ from the parent's by less than thresholds are written with.
_FLOAT = ("float32", "float16")


@dataclass(frozen=True)
class _Draft:
    """A file that is not verified yet: its format, opened, the model in it, and its card."""

    kind: Format
    classifier: Classifier
    model: bytes
    card: Card


def run_conversion(plan: ConversionPlan, progress: Progress) -> Certificate:
    """Convert a model and compare each file with it on data.

    A file that misses a gate is kept, unless the settings are strict; its card and the certificate
    say what it misses. Where a format cannot be made, the others are, and the certificate says why;
    see ``require_all_formats``.

    Args:
        plan: what ``converters.plan.plan_conversion`` returned.
        progress: where progress is reported.

    Returns:
        The certificate, as written.

    Raises:
        ModelError: the model cannot be opened, or converted to any of the formats.
        DataError: none of the pictures can be read, or only those of one label.
        OutputError: nothing can be written there.
        SelfTestError: a written file does not give its own scores again.
        GateError: a file misses a gate and the settings are strict; it is not left under its name,
            the certificate is.
    """
    settings = plan.settings
    progress.say(f"opening {plan.model}")
    parent = load_parent(plan.model, plan.spec)
    calibration = read_calibration(plan.pictures.calibration, parent.card.input_px, progress)
    int8 = Int8Network(parent, calibration.tiles, progress)
    if settings.report_layers:
        _report_layers(int8, plan.layers)
    with tempfile.TemporaryDirectory() as folder:
        drafts, failures = _make_drafts(int8, plan, Path(folder))
        files, certificate = _verify(parent, drafts, plan.pictures, calibration, settings, progress)
        certificate = dataclasses.replace(certificate, failures=failures)
        for file_name, content in files.items():
            _require_self_test(Path(folder) / file_name, content)
    write_certificate(plan.certificate, certificate, force=True)
    kept = [entry.about.file for entry in certificate.files if entry.passed or not settings.strict]
    for target in plan.targets.values():
        if target.name in kept:
            replace_atomically(target, files[target.name])
        else:  # an older one is not verified any more: its certificate was replaced
            target.unlink(missing_ok=True)
    if certificate.missed and settings.strict:
        raise GateError(
            f"{certificate.missed}; not left under its name, "
            f"{page_beside(plan.certificate)} shows the changed verdicts"
            + "".join(f"; {complaint}" for complaint in failures.values())
        )
    return certificate


def require_all_formats(certificate: Certificate, plan: ConversionPlan) -> None:
    """Fail where a format could not be made, after the others were kept.

    Raises:
        IncompleteError: names the formats.
    """
    if certificate.failures:
        raise IncompleteError(
            f"{'; '.join(certificate.failures.values())}; the other files are in "
            f"{plan.certificate.parent}"
        )


def _make_drafts(
    int8: Int8Network, plan: ConversionPlan, folder: Path
) -> tuple[dict[str, _Draft], dict[str, str]]:
    """Make a file of each format that the model can be converted to.

    Returns:
        The files, by name; and why a format could not be made.

    Raises:
        ModelError: no format could be made.
    """
    drafts, failures = {}, {}
    for key, target in plan.targets.items():
        try:
            drafts[target.name] = _make_draft(key, int8, plan.name, folder / target.name)
        except ModelError as error:
            failures[key] = str(error)
    if not drafts:
        raise ModelError("; ".join(failures.values()))
    return drafts, failures


def _require_self_test(path: Path, data: bytes) -> None:
    """Open a file as a device will."""
    path.write_bytes(data)
    open_classifier(path)


def _report_layers(int8: Int8Network, path: Path) -> None:
    rows = int8.measure_layers()
    if rows:
        replace_atomically(path, render_layers(rows).encode())
    else:
        int8.progress.say(f"layers are not measured: {int8.why_nearest}")


def _make_draft(key: str, int8: Int8Network, stem: str, path: Path) -> _Draft:
    """Make a file whose card promises what the file itself gives on the self-test's tiles."""
    kind, parent = FORMATS[key], int8.parent
    recipe = dict(parent.card.recipe)
    if kind.quantization not in _FLOAT:
        # Fits the weights when it is first asked for.
        recipe[INT8_WEIGHTS] = int8.describe()
    has_ranges = kind.quantization.startswith("int")
    ranges = f", with the ranges of {len(int8.calibration)} pictures" if has_ranges else ""
    int8.progress.say(f"making {path.name}{ranges}")
    model = kind.make(parent, int8)
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
    classifier = Classifier(backend, threads=os.cpu_count() or 1)
    # Runtimes write about themselves when they first run.
    with silence():
        logits = classifier.mean_logits(draw_self_test_tiles(card.input_px))
    step = backend.open_runner((card.input_px, card.input_px)).step
    test = SelfTest(SEED, tuple(logits.tolist()), step, backend.name)
    return _Draft(kind, classifier, model, dataclasses.replace(card, self_test=test))


def _verify(
    parent: KerasModel,
    drafts: Mapping[str, _Draft],
    pictures: PictureRoles,
    calibration: CalibrationTiles,
    settings: ConvertSettings,
    progress: Progress,
) -> tuple[dict[str, bytes], Certificate]:
    """Match thresholds and compare the drafts with their parent.

    Returns:
        The files, whole, by name; and the certificate.
    """
    scorer = KerasScorer(parent)
    drafts, matching = _match_thresholds(scorer, drafts, pictures.matching, progress)
    classifiers = {name: draft.classifier for name, draft in drafts.items()}
    scores = score_pictures(scorer, classifiers, pictures.verification, progress)
    require_both_labels(scores.samples)
    thresholds = {name: draft.card.threshold for name, draft in drafts.items()}
    comparisons = compare(scores, scorer.card.threshold, thresholds, settings.bootstrap)
    verification = describe_pictures(scores.samples, scores.unreadable)
    files, entries = {}, []
    for name, draft in drafts.items():
        # What the file itself scored, beside what its parent scored.
        metrics = card_metrics(comparisons[name], verification.split)
        missed = settings.gates.missed(comparisons[name].overall)
        card = dataclasses.replace(draft.card, metrics=metrics, missed_gates=missed)
        data = files[name] = draft.kind.put_card(draft.model, card)
        about = CertifiedModel(name, sha256_of(data), len(data), card, draft.classifier.backend)
        entries.append(CertificateEntry(about, missed, comparisons[name]))
    size = parent.path.stat().st_size if parent.path.is_file() else None
    certificate = Certificate(
        parent=CertifiedModel(parent.path.name, parent.sha256, size, scorer.card, scorer.backend),
        files=tuple(entries),
        gates=settings.gates,
        bootstrap=settings.bootstrap,
        tools=installed_versions(_TOOLS),
        verification=verification,
        calibration=describe_pictures(pictures.calibration, calibration.unreadable),
        matching=matching,
    )
    return files, certificate


def _match_thresholds(
    scorer: KerasScorer, drafts: Mapping[str, _Draft], cracks: Sequence[Sample], progress: Progress
) -> tuple[dict[str, _Draft], PictureSet | None]:
    """Match the thresholds of quantized drafts to their parent's.

    Returns:
        The drafts; and which pictures served, unless none did.
    """
    classifiers = {
        name: draft.classifier
        for name, draft in drafts.items()
        if draft.kind.quantization not in _FLOAT
    }
    if not (classifiers and cracks):
        return dict(drafts), None
    scores = score_pictures(scorer, classifiers, cracks, progress, what="matching thresholds")
    described = describe_pictures(scores.samples, scores.unreadable)
    has_splits = bool(cracks[0].split)
    place = f"the {described.split} split" if has_splits else "pictures left out of the comparison"
    matched = dict(drafts)
    for name, own_scores in scores.models.items():
        card = drafts[name].card
        rule = (
            f"set for this file to find as many of {len(own_scores)} cracks in {place} as its "
            f"parent finds at {card.threshold:.4f} ({card.threshold_rule})"
        )
        threshold = match_threshold(scores.parent, own_scores, card.threshold)
        card = dataclasses.replace(card, threshold=threshold, threshold_rule=rule)
        matched[name] = dataclasses.replace(drafts[name], card=card)
    return matched, described


def _versions(card: Card) -> dict[str, str]:
    of_training = {f"train {name}": version for name, version in card.versions.items()}
    return of_training | installed_versions(_TOOLS)
