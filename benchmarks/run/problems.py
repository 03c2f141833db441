"""What could not be measured: one entry of results.json for each."""

from __future__ import annotations

from benchmarks.run.subject import Subject
from edge.files.errors import CrackEdgeError, first_line


def describe_problem(subject: Subject, error: CrackEdgeError) -> dict[str, str]:
    """Say in one line what was wrong with a file on a backend."""
    return {"file": subject.file.name, "backend": subject.backend, "text": first_line(error)}
