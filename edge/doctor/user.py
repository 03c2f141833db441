"""The user that runs this, and the groups that decide which devices it may open."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class User:
    """A user of the system.

    Attributes:
        name: of the account.
        groups: of this process, as they were at the login.
        groups_at_login: that the next login gives.
    """

    name: str
    groups: frozenset[str] = frozenset()
    groups_at_login: frozenset[str] = frozenset()


def find_user() -> User:
    """Return who runs this: not ``$USER``, which sudo and services do not always set right."""
    if sys.platform == "win32":
        return User(os.environ.get("USERNAME", "unknown"))
    import grp
    import pwd

    number = os.geteuid()
    try:
        name = pwd.getpwuid(number).pw_name
    # In a container, the number may have no account.
    except KeyError:
        name = str(number)
    own = frozenset(_name_groups([os.getegid(), *os.getgroups()]))
    listed = frozenset(group.gr_name for group in grp.getgrall() if name in group.gr_mem)
    return User(name, own, own | listed)


def _name_groups(numbers: list[int]) -> Iterator[str]:
    if sys.platform == "win32":
        return
    import grp

    for number in numbers:
        try:
            yield grp.getgrgid(number).gr_name
        except KeyError:
            continue
