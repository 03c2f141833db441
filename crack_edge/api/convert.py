"""A Keras model converted for devices."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from crack_edge.api.arguments import FilePath, FilePaths, list_paths
from crack_edge.api.results import Conversion, ConvertedFile
from crack_edge.shared.console import load_tensorflow, require_extra
from edge.files.progress import Progress, Silent

ModelFormat = Literal[
    "tflite-float32",
    "tflite-float16",
    "tflite-dynamic",
    "tflite-int8",
    "tflite-int16x8",
    "onnx-float32",
    "onnx-int8",
]
_PACKAGES = ("tensorflow", "onnx", "tf2onnx", "onnxruntime", "jinja2")


def convert(
    model: FilePath,
    out: FilePath,
    *,
    formats: Sequence[ModelFormat] = ("tflite-int8", "onnx-float32"),
    data: FilePaths = (),
    calibration: int = 256,
    min_agreement: float = 0.99,
    max_recall_drop: float = 0.005,
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
        formats: of ``tflite-float32``, ``tflite-float16``, ``tflite-dynamic``, ``tflite-int8``,
            ``tflite-int16x8``, ``onnx-float32`` and ``onnx-int8``.
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
            and ``strict`` is set.

    Example:
        >>> conversion = ce.convert("runs/first", "converted")
        >>> [(file.path.name, file.agreement) for file in conversion.files]
        [('first.int8.tflite', 0.9967), ('first.float32.onnx', 1.0)]
    """
    known = get_args(ModelFormat)
    if unknown := [key for key in formats if key not in known] or not formats:
        raise ValueError(f"formats {unknown}: expected some of {', '.join(known)}")
    require_extra("convert", *_PACKAGES)
    from converters.parents.model_spec import ModelSpec, parse_labels
    from converters.plan import ConvertSettings, plan_conversion
    from converters.verification.certificate_files import page_beside
    from converters.verification.gates import VerificationGates

    parent, folder = Path(model), Path(out)
    settings = ConvertSettings(
        formats=tuple(dict.fromkeys(formats)),
        calibration_pictures=calibration,
        gates=VerificationGates(min_agreement, max_recall_drop),
        strict=strict,
    )
    pictures = list_paths(data) if data else ()
    spec = ModelSpec(parse_labels(labels), preprocessing, threshold)
    # What is missing is told before TensorFlow is loaded.
    plan = plan_conversion(
        parent, folder, settings=settings, data=pictures, name=name, force=force, spec=spec
    )
    load_tensorflow("convert")
    from converters.convert import convert as convert_model

    certificate = convert_model(
        parent,
        folder,
        settings=settings,
        progress=progress or Silent(),
        data=pictures,
        name=name,
        force=force,
        spec=spec,
    )
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
