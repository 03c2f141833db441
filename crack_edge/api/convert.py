"""A Keras model converted for devices."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from converters.choices import (
    CALIBRATION_PICTURES,
    DEFAULT_FORMATS,
    FORMAT_NAMES,
    MAX_RECALL_DROP,
    MIN_AGREEMENT,
    ModelFormat,
)
from converters.parents.preprocessing import PREPROCESSINGS
from crack_edge.api.arguments import (
    FilePath,
    FilePaths,
    choose_among,
    choose_one,
    list_paths,
    require_count,
    require_number,
    require_text,
)
from crack_edge.api.results import Conversion, ConvertedFile
from crack_edge.shared.console import load_tensorflow
from crack_edge.shared.extras import require_conversion
from edge.files.progress import Progress, Silent


def convert(
    model: FilePath,
    out: FilePath,
    *,
    formats: ModelFormat | Sequence[ModelFormat] = DEFAULT_FORMATS,
    data: FilePaths = (),
    calibration: int = CALIBRATION_PICTURES,
    min_agreement: float = MIN_AGREEMENT,
    max_recall_drop: float = MAX_RECALL_DROP,
    strict: bool = False,
    labels: str | None = None,
    preprocessing: str | None = None,
    threshold: float | None = None,
    name: str | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> Conversion:
    """Convert a Keras model and compare each file with it on pictures.

    The arguments are those of the command ``crack-edge convert``; ``docs/convert.md`` explains
    them.

    Args:
        model: folder of a training, or a ``.keras`` file with its card beside it; or a third-party
            ``.keras`` or ``.h5`` file or the folder of a SavedModel.
        out: folder for the files and their certificate.
        formats: one or more of ``tflite-float32``, ``tflite-float16``, ``tflite-dynamic``,
            ``tflite-int8``, ``tflite-int16x8``, ``onnx-float32`` and ``onnx-int8``.
        data: labelled pictures to calibrate with and to compare on; the manifest beside the model
            if empty.
        calibration: pictures from which int8 takes its ranges.
        min_agreement: gate: lowest share of verdicts equal to the parent's; 0 switches it off.
        max_recall_drop: gate: largest loss of recall against the parent; 1 switches it off. A file
            that misses a gate is kept; its ``missed``, its card and the certificate say so.
        strict: raises an error for such a file instead, and does not keep it.
        labels: third-party model: names of class 0 and class 1, such as ``no_crack,crack``.
        preprocessing: third-party model: the pixel values it expects: ``-1..1``, ``0..1``,
            ``0..255``, ``imagenet`` or ``caffe``.
        threshold: third-party model: score at or above which it is a crack; 0.5 if None.
        name: of the files; the model's if None.
        force: replaces files that exist.
        progress: an object with the methods ``say`` and ``step``, which are told how far it is.

    Returns:
        The files and their figures.

    Raises:
        CrackEdgeError: TensorFlow is not installed (the message has the pip command), the model
            cannot be converted, there are no pictures, files exist already, or one misses a gate
            and ``strict`` is set. If the model cannot be converted to one of several formats, the
            other files are written all the same.
        TypeError: a value is of the wrong type.
        ValueError: a value lies outside its range.

    Example:
        >>> conversion = ce.convert("runs/first", "converted")
        >>> [(file.path.name, file.agreement) for file in conversion.files]
        [('first.int8.tflite', 0.9967), ('first.float32.onnx', 1.0)]
    """
    chosen = choose_among(formats, FORMAT_NAMES, "formats")
    calibration = require_count(calibration, "calibration", 1)
    min_agreement = require_number(min_agreement, "min_agreement", 0, 1)
    max_recall_drop = require_number(max_recall_drop, "max_recall_drop", 0, 1)
    if labels is not None:
        require_text(labels, "labels")
    if preprocessing is not None:
        choose_one(preprocessing, tuple(PREPROCESSINGS), "preprocessing")
    if threshold is not None:
        threshold = require_number(threshold, "threshold", 0, 1, is_open=True)
    if name is not None:
        require_text(name, "name")
    require_conversion()
    from converters.parents.model_spec import ModelSpec, parse_labels
    from converters.plan import ConvertSettings, plan_conversion
    from converters.verification.certificate_files import page_beside
    from converters.verification.gates import VerificationGates

    folder = Path(out)
    settings = ConvertSettings(
        formats=chosen,
        calibration_pictures=calibration,
        gates=VerificationGates(min_agreement, max_recall_drop),
        strict=strict,
    )
    pictures = list_paths(data, "data") if data else ()
    spec = ModelSpec(parse_labels(labels), preprocessing, threshold)
    # What is missing is told before TensorFlow is loaded.
    plan = plan_conversion(
        Path(model), folder, settings=settings, data=pictures, name=name, force=force, spec=spec
    )
    load_tensorflow("convert")
    from converters.convert import require_all_formats, run_conversion

    certificate = run_conversion(plan, progress or Silent())
    require_all_formats(certificate, plan)
    files = tuple(
        ConvertedFile(
            path=folder / entry.about.file,
            format=entry.about.format,
            size_bytes=entry.about.size or 0,
            agreement=entry.comparison.overall.agreement,
            changed=entry.comparison.overall.flips,
            metrics=entry.comparison.overall.model,
            missed=entry.missed,
        )
        for entry in certificate.files
    )
    return Conversion(
        folder=folder,
        files=files,
        parent=certificate.files[0].comparison.overall.parent,
        certificate=page_beside(plan.certificate),
    )
