"""What was verified of which files, as values; ``certificate_files`` writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from converters.pictures import PictureSet
from converters.verification.comparison import FileComparison
from converters.verification.gates import VerificationGates
from edge.detect.settings import View
from edge.evaluation.bootstrap import Bootstrap
from edge.model.card import INT8_WEIGHTS, Card


@dataclass(frozen=True)
class CertifiedModel:
    """Which model file was verified or served as the parent.

    Attributes:
        file: its name, with its suffix.
        sha256: of its bytes.
        size: in bytes; None for a folder.
        card: of the model.
        backend: that ran it.
    """

    file: str
    sha256: str
    size: int | None
    card: Card
    backend: str

    @property
    def format(self) -> str:
        """Return suffix and quantization, such as ``tflite-int8``."""
        return f"{Path(self.file).suffix[1:]}-{self.card.quantization}"

    @property
    def int8_weights(self) -> str | None:
        """Return how its weights became integers; None of a float file."""
        return self.card.recipe.get(INT8_WEIGHTS)


@dataclass(frozen=True)
class CertificateEntry:
    """A file, how it compares with its parent and which gates it misses."""

    about: CertifiedModel
    missed: tuple[str, ...]
    comparison: FileComparison

    @property
    def passed(self) -> bool:
        """Return whether it passes every gate."""
        return not self.missed


@dataclass(frozen=True)
class Certificate:
    """All that a certificate says.

    Attributes:
        parent: the model that the files were made from.
        files: that were compared with it.
        gates: that each file must pass.
        bootstrap: how the intervals were drawn.
        tools: versions of what took part.
        verification: the pictures that the files were compared on.
        calibration: the pictures that quantization took its ranges from.
        matching: the pictures that thresholds were matched on.
        view: how whole photos were scored; None where the pictures were single tiles.
        failures: why a format could not be made, by its name.
    """

    parent: CertifiedModel
    files: tuple[CertificateEntry, ...]
    gates: VerificationGates
    bootstrap: Bootstrap
    tools: Mapping[str, str]
    verification: PictureSet
    calibration: PictureSet | None = None
    matching: PictureSet | None = None
    view: View | None = None
    failures: Mapping[str, str] = field(default_factory=dict)

    @property
    def missed(self) -> str:
        """Say which files miss which gates, in one line; empty if all pass."""
        return "; ".join(
            f"{entry.about.file}: {' and '.join(entry.missed)}"
            for entry in self.files
            if entry.missed
        )


def certify_file(
    about: CertifiedModel, comparison: FileComparison, gates: VerificationGates
) -> CertificateEntry:
    """Apply the gates to the comparison of a file with its parent."""
    return CertificateEntry(about, gates.missed(comparison.overall), comparison)
