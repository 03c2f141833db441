"""What a conversion reads and writes: all that can go wrong before TensorFlow is loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from converters.choices import CALIBRATION_PICTURES, DEFAULT_FORMATS
from converters.parents.find import find_parent, is_own, require_complete
from converters.parents.model_spec import ModelSpec
from converters.pictures import PictureRoles, choose_pictures
from converters.verification.certificate_files import page_beside
from converters.verification.gates import VerificationGates
from converters.verification.paired_scores import require_both_labels
from edge.evaluation.bootstrap import Bootstrap
from edge.evaluation.dataset import Sample, read_dataset, read_manifest
from edge.files.atomic_write import refuse_to_overwrite, require_writable
from edge.files.errors import DataError
from edge.files.paths import choose_name
from edge.model.training_folder import MANIFEST_NAME, read_trained_card

CERTIFICATE_SUFFIX = ".certificate.json"
LAYERS_SUFFIX = ".layers.csv"


@dataclass(frozen=True)
class ConvertSettings:
    """Settings of a conversion.

    Attributes:
        formats: names from ``converters.formats.registry.FORMATS``.
        calibration_pictures: from which int8 takes its ranges and fits its weights.
        seed: of their choice.
        gates: limits for the difference between a file and its parent. A file that misses one is
            kept, and its card and the certificate say what it misses.
        strict: refuse such a file instead: it is not left under its name.
        bootstrap: of the intervals in the certificate.
        report_layers: measure what quantizing each layer alone does, and write it down.
    """

    formats: tuple[str, ...] = DEFAULT_FORMATS
    calibration_pictures: int = CALIBRATION_PICTURES
    seed: int = 0
    gates: VerificationGates = field(default_factory=VerificationGates)
    strict: bool = False
    bootstrap: Bootstrap = field(default_factory=Bootstrap)
    report_layers: bool = False


@dataclass(frozen=True)
class ConversionPlan:
    """What a conversion reads and writes.

    Attributes:
        model: that is converted.
        spec: what a third-party model does not say.
        settings: what to make, and the gates.
        name: with which the names of all files begin.
        targets: the file of each format.
        certificate: its JSON file; the page is beside it.
        layers: the table of ``report_layers``.
        pictures: by what they are for.
    """

    model: Path
    spec: ModelSpec | None
    settings: ConvertSettings
    name: str
    targets: Mapping[str, Path]
    certificate: Path
    layers: Path
    pictures: PictureRoles


def plan_conversion(
    model: Path,
    out: Path,
    *,
    settings: ConvertSettings,
    data: Sequence[Path] = (),
    name: str | None = None,
    force: bool = False,
    spec: ModelSpec | None = None,
) -> ConversionPlan:
    """Find what a conversion needs, without opening the model; nothing is written.

    Args:
        model: a ``.keras`` file with its card beside it, or the folder of a training; or a
            third-party ``.keras`` or ``.h5`` file or the folder of a SavedModel.
        out: folder for the files and their certificate.
        settings: what to make, and the gates.
        data: class folders or manifests; the manifest beside the model if none are given.
        name: of the files; the model's own if not given.
        force: replace files that exist.
        spec: what a third-party model does not say.

    Raises:
        ModelError: no such model, no card, or a third-party model that is not described in full.
        InputError: a name that cannot begin the names of files.
        DataError: no pictures to calibrate or verify with, or only of one label.
        OutputError: a file exists already, or nothing can be written there.
    """
    path = find_parent(model)
    if is_own(path, spec):
        own_name = read_trained_card(path).name
    else:
        require_complete(spec or ModelSpec(), path)
        own_name = path.resolve().stem
    stem = choose_name(name, own_name, owner=path, remedy="give another one with --name")
    plan = ConversionPlan(
        model=model,
        spec=spec,
        settings=settings,
        name=stem,
        targets={key: out / _name_file(stem, key) for key in settings.formats},
        certificate=out / f"{stem}{CERTIFICATE_SUFFIX}",
        layers=out / f"{stem}{LAYERS_SUFFIX}",
        pictures=choose_pictures(
            _read_samples(path, data),
            calibration=settings.calibration_pictures,
            seed=settings.seed,
        ),
    )
    require_both_labels(plan.pictures.verification)
    written = [*plan.targets.values(), plan.certificate, page_beside(plan.certificate)]
    refuse_to_overwrite(*written, *([plan.layers] * settings.report_layers), force=force)
    require_writable(plan.certificate)
    return plan


def _name_file(stem: str, key: str) -> str:
    kind, _, quantization = key.partition("-")
    return f"{stem}.{quantization}.{kind}"


def _read_samples(model: Path, data: Sequence[Path]) -> list[Sample]:
    manifest = model.parent / MANIFEST_NAME
    if data:
        return _find_moved(manifest, data) or read_dataset(data)
    if not manifest.is_file():
        raise DataError(
            f"{model}: no {MANIFEST_NAME} beside it; "
            "give labelled pictures to calibrate and verify with: --data FOLDER"
        )
    try:
        return read_dataset([manifest])
    except DataError as error:
        raise DataError(
            f"{error}; if the training's pictures were moved, say where they are: --data FOLDER"
        ) from error


def _find_moved(manifest: Path, data: Sequence[Path]) -> list[Sample]:
    """Return a training's pictures, with their splits, where they were moved to a folder.

    Nothing if they are all where they were, or not all in the folder: then it is other data.
    """
    if len(data) != 1 or not data[0].is_dir() or not manifest.is_file():
        return []
    try:
        read_manifest(manifest)
    except DataError:
        with suppress(DataError):
            return read_manifest(manifest, moved_to=data[0])
    return []
