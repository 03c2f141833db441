"""The files of a certificate: JSON for programs, and beside it a page for people."""

from __future__ import annotations

from pathlib import Path

from converters.verification.certificate import Certificate
from converters.verification.certificate_json import certificate_to_json
from converters.verification.certificate_page import list_shown, render_certificate
from edge.files.atomic_write import refuse_to_overwrite, replace_atomically, write_json
from edge.store.thumbnails import make_thumbs


def page_beside(path: Path) -> Path:
    """Return where the page of a certificate is."""
    return path.with_suffix(".html")


def write_certificate(path: Path, certificate: Certificate, *, force: bool) -> None:
    """Write both files; the pictures whose verdict changed are read again for the page.

    Args:
        path: of the JSON file.
        certificate: what was verified.
        force: replace files that exist.

    Raises:
        OutputError: one exists already, or they cannot be written.
    """
    page = page_beside(path)
    refuse_to_overwrite(path, page, force=force)
    parts = [part for entry in certificate.files for part in list_shown(entry.comparison)]
    text = render_certificate(certificate, make_thumbs(parts))
    write_json(path, certificate_to_json(certificate))
    replace_atomically(page, text.encode(errors="replace"))
