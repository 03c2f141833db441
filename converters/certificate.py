"""What was proven of which files: ``certificate.json`` for programs, ``.html`` for people."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from converters.certificate_page import list_shown, render_certificate
from converters.gates import Gates
from edge.evaluation.bootstrap import LEVEL, METHOD, Bootstrap
from edge.files.atomic_write import refuse_to_overwrite, replace_atomically, write_json
from edge.model.card import INT8_WEIGHTS, Card
from edge.store.thumbnails import make_thumbs

CERTIFICATE_NAME = "certificate.json"
PAGE_NAME = "certificate.html"


def certificate_paths(out: Path) -> tuple[Path, Path]:
    """Name the files that ``write_certificate`` writes into a folder."""
    return out / CERTIFICATE_NAME, out / PAGE_NAME


def describe_model(
    file: str, sha256: str, size: int | None, card: Card, backend: str
) -> dict[str, Any]:
    """Say which model file this is.

    Args:
        file: its name, with its suffix.
        sha256: of its bytes.
        size: in bytes; None for a folder.
        card: of the model.
        backend: that ran it.
    """
    return {
        "file": file,
        "name": card.name,
        "format": f"{Path(file).suffix[1:]}-{card.quantization}",
        "bytes": size,
        "sha256": sha256,
        "parent_sha256": card.parent_sha256,
        "backend": backend,
        "threshold_rule": card.threshold_rule,
        INT8_WEIGHTS: card.recipe.get(INT8_WEIGHTS),
    }


def certify_file(
    about: Mapping[str, Any], comparison: Mapping[str, Any], gates: Gates
) -> dict[str, Any]:
    """Join what a file is, how it compares with its parent and which bars it misses."""
    missed = gates.missed(comparison)
    return {**about, "passed": not missed, "missed": missed, **comparison}


def make_certificate(
    parent: Mapping[str, Any],
    files: Sequence[Mapping[str, Any]],
    pictures: Mapping[str, Mapping[str, Any]],
    *,
    gates: Gates,
    bootstrap: Bootstrap,
    tools: Mapping[str, str],
) -> dict[str, Any]:
    """Join all that a certificate says.

    Args:
        parent: the model that the files were made from, see ``describe_model``.
        files: see ``certify_file``.
        pictures: what served for what, see ``converters.pictures.describe_pictures``;
            ``verification`` at least.
        gates: the bars.
        bootstrap: how the intervals were drawn.
        tools: versions.
    """
    return {
        "parent": dict(parent),
        **pictures,
        "gates": dataclasses.asdict(gates),
        "intervals": {"method": METHOD, "level": LEVEL, **dataclasses.asdict(bootstrap)},
        "tools": dict(tools),
        "files": {entry["file"]: dict(entry) for entry in files},
    }


def write_certificate(out: Path, certificate: Mapping[str, Any], *, force: bool) -> None:
    """Write both forms into a folder; the turned pictures are read again for the page.

    Raises:
        OutputError: one exists already, or they cannot be written.
    """
    facts, page = certificate_paths(out)
    refuse_to_overwrite(facts, page, force=force)
    parts = [part for entry in certificate["files"].values() for part in list_shown(entry)]
    text = render_certificate(certificate, make_thumbs(parts))
    write_json(facts, certificate)
    replace_atomically(page, text.encode(errors="replace"))


def describe_missed(certificate: Mapping[str, Any]) -> str:
    """Say which files miss which bars, in one line; empty if all pass."""
    return "; ".join(
        f"{name}: {' and '.join(entry['missed'])}"
        for name, entry in certificate["files"].items()
        if entry["missed"]
    )
