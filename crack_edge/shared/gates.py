"""Gates of a comparison with a parent: which of them the user named, and what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from crack_edge.shared.console import echo

if TYPE_CHECKING:
    from converters.verification.certificate import Certificate, CertificateEntry
    from converters.verification.gates import VerificationGates

GATES = ("min_agreement", "max_recall_drop")


def was_given(context: click.Context, name: str) -> bool:
    """Tell whether the user gave a parameter."""
    return context.get_parameter_source(name) is not ParameterSource.DEFAULT


def require_named_gates(
    context: click.Context, certificate: Certificate, gates: VerificationGates, *, where: str
) -> None:
    """Fail where a file misses a gate that the user named; a default gate is only reported.

    Args:
        context: of the command.
        certificate: what was compared.
        gates: that were applied.
        where: what to look at, for the message.

    Raises:
        GateError: names files and gates.
    """
    from edge.files.errors import GateError

    named = gates.only([name for name in GATES if was_given(context, name)])
    missed = [
        f"{entry.about.file}: {complaint}"
        for entry in certificate.files
        for complaint in named.missed(entry.comparison.overall)
    ]
    if missed:
        raise GateError(f"{'; '.join(missed)}; {where}")


def print_verdicts(entry: CertificateEntry) -> None:
    """Print what changed with a file, and which gates it misses."""
    from converters.verification.sentences import describe_figures, describe_verdicts

    overall = entry.comparison.overall
    verdicts = entry.missed or (describe_verdicts(overall),)
    echo(f"{entry.about.file}: {'; '.join((*verdicts, describe_figures(overall)))}")
