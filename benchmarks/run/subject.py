"""What is measured: model files, each by the backends that open it, in views and thread counts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.result_types import ProblemEntry
from edge.detect.settings import View
from edge.files.errors import CrackEdgeError, first_line
from edge.model.card import Card


@dataclass(frozen=True)
class ModelFile:
    """A model file that is measured.

    Attributes:
        name: by which results call it: the file's name, with its folder where two share one.
        path: of the file.
        sha256: of its bytes.
        bytes: its size.
        card: what it says of itself.
    """

    name: str
    path: Path
    sha256: str
    bytes: int
    card: Card


@dataclass(frozen=True)
class Subject:
    """A file together with a backend that opens it.

    Attributes:
        file: the file.
        backend: name of the runtime.
        version: of the runtime.
    """

    file: ModelFile
    backend: str
    version: str


@dataclass(frozen=True)
class Competitor:
    """One row of latencies: how often as fast as it can, one piece after the other.

    Attributes:
        subject: file and backend.
        view: a tile, or a piece of the dense view.
        threads: that the runtime may use for one piece.
        shape_hw: of the piece, px.
    """

    subject: Subject
    view: View
    threads: int
    shape_hw: tuple[int, int]


def describe_problem(subject: Subject, error: CrackEdgeError) -> ProblemEntry:
    """Return an entry of ``problems`` in results.json: one line on a file that a backend lacks."""
    return {"file": subject.file.name, "backend": subject.backend, "text": first_line(error)}
