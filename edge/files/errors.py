"""The errors that a user can cause, each with the exit code of the command line.

CrackEdgeError
├── InputError            exit 2: a file or value is not what the command needs
│   ├── PhotoError        a picture that cannot be read
│   ├── DataError         a data set: folder, manifest, labels, splits
│   ├── ModelError        a model file or its card
│   │   ├── DamagedModelError exit 3: a model of ours whose bytes changed
│   │   └── ColourOrderError  exit 3: a model for another order of the colours than RGB
│   └── OutputError       something stands where the output should go
├── GateError             exit 1: the work was done, a gate was missed
├── IncompleteError       exit 1: a part of the work could not be done, the rest was kept
├── SourceHungError       exit 1: a camera's driver does not come back; starting anew may help
└── EnvironmentLacksError exit 3: this machine lacks something
    └── SelfTestError     the model does not give its own scores here

Scores from a damaged model, or from one for other colours, would be wrong without a word, as those
from a model that fails its self-test are. All three have exit code 3: scripts can tell them from a
wrong option, and a service does not start anew.
"""

from __future__ import annotations


def first_line(error: Exception) -> str:
    """Return what an error of another library says in its first line."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


class CrackEdgeError(Exception):
    """Any error that is explained to the user in one line, without a traceback."""

    exit_code = 2


class InputError(CrackEdgeError):
    """Report a file or value that is not what was expected."""


class PhotoError(InputError):
    """Report a picture that cannot be read."""


class DataError(InputError):
    """Report a data set that cannot be used."""


class ModelError(InputError):
    """Report a model file or card that cannot be used."""


class DamagedModelError(ModelError):
    """Report a model file of this toolkit that is not whole: only a new copy mends it."""

    exit_code = 3


class ColourOrderError(ModelError):
    """Report a model that says itself that it was trained on another colour order."""

    exit_code = 3


class OutputError(InputError):
    """Report an output that exists already or cannot be written."""


class GateError(CrackEdgeError):
    """Report a gate (``--min-agreement`` and the like) that was missed."""

    exit_code = 1


class IncompleteError(CrackEdgeError):
    """Report what could not be made where the rest was made and kept."""

    exit_code = 1


class SourceHungError(CrackEdgeError):
    """Report a camera whose driver hangs for good: a service starts the program anew."""

    exit_code = 1


class EnvironmentLacksError(CrackEdgeError):
    """Report a package or device that this machine lacks, and the remedy."""

    exit_code = 3


class SelfTestError(EnvironmentLacksError):
    """Report a model whose scores on this machine differ from those in its card."""
