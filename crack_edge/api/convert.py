"""A Keras model converted for devices."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from crack_edge.api.arguments import FilePath, FilePaths, list_paths
from crack_edge.api.results import Conversion, ConvertedFile
from crack_edge.shared.console import load_tensorflow
from edge.files.progress import Progress, Silent


def convert(
    model: FilePath,
    out: FilePath,
    *,
    formats: Sequence[str] = ("tflite-int8", "onnx-float32"),
    data: FilePaths = (),
    calibration: int = 256,
    min_agreement: float = 0.99,
    max_recall_drop: float = 0.005,
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
        data: labelled pictures to calibrate and verify with; the manifest beside the model if
            empty.
        calibration: pictures from which int8 takes its ranges.
        min_agreement: gate: lowest share of verdicts that are the parent's; 0 lets all pass.
        max_recall_drop: gate: largest loss of recall against the parent; 1 lets all pass.
        labels: third-party model: names of class 0 and class 1, such as ``no_crack,crack``.
        preprocessing: third-party model: the pixel values it expects: ``-1..1``, ``0..1``,
            ``0..255``, ``imagenet`` or ``caffe``.
        threshold: third-party model: score at or above which it is a crack; 0.5 if None.
        name: of the files; the model's if None.
        force: replaces files that exist.
        progress: receives how far it has come: an object with ``say`` and ``step``.

    Returns:
        The files and their figures.

    Raises:
        CrackEdgeError: TensorFlow is not installed (the message has the pip command), the model
            cannot be converted, there are no pictures, files exist, or one misses a gate.

    Example:
        >>> conversion = ce.convert("runs/first", "converted")
        >>> [(file.path.name, file.agreement) for file in conversion.files]
        [('first.int8.tflite', 0.9967), ('first.float32.onnx', 1.0)]
    """
    load_tensorflow("convert", "onnx", "tf2onnx", "onnxruntime", "jinja2")
    from converters.convert import CERTIFICATE_NAME, ConvertSettings
    from converters.convert import convert as convert_model
    from converters.formats.registry import FORMATS
    from converters.parents.model_spec import ModelSpec, parse_labels
    from converters.verification.certificate_files import page_beside
    from converters.verification.gates import VerificationGates

    if unknown := [key for key in formats if key not in FORMATS] or not formats:
        raise ValueError(f"formats {unknown}: expected some of {', '.join(FORMATS)}")
    folder = Path(out)
    certificate = convert_model(
        Path(model),
        folder,
        settings=ConvertSettings(
            formats=tuple(dict.fromkeys(formats)),
            calibration_pictures=calibration,
            gates=VerificationGates(min_agreement, max_recall_drop),
        ),
        progress=progress or Silent(),
        data=list_paths(data) if data else (),
        name=name,
        force=force,
        spec=ModelSpec(parse_labels(labels), preprocessing, threshold),
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
        certificate=page_beside(folder / CERTIFICATE_NAME),
    )
