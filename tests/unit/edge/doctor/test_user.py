"""Who runs this."""

from __future__ import annotations

import os
import sys

import pytest

from edge.doctor.user import find_user

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such accounts")


def test_the_user_is_the_owner_of_this_process() -> None:
    import pwd

    assert find_user().name == pwd.getpwuid(os.geteuid()).pw_name


def test_groups_of_the_process_come_with_the_next_login_too() -> None:
    user = find_user()
    assert user.groups
    assert user.groups <= user.groups_at_login
