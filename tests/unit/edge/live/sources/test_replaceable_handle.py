"""A handle is safe against a thread that hangs and comes back late."""

from __future__ import annotations

import pytest

from edge.live.capture.source import SourceLostError
from edge.live.sources.replaceable_handle import ReplaceableHandle


def test_who_comes_back_late_from_opening_does_not_take_what_another_one_holds() -> None:
    closed: list[str] = []
    handle = ReplaceableHandle(closed.append)

    def open_slowly() -> str:
        handle.open(lambda: "second")
        return "first"

    with pytest.raises(SourceLostError, match="reopened"):
        handle.open(open_slowly)
    assert handle.get() == "second"
    assert closed == ["first"]


def test_what_a_thread_hangs_in_is_not_closed_under_it() -> None:
    closed: list[str] = []
    handle = ReplaceableHandle(closed.append)
    handle.open(lambda: "hung")
    handle.open(lambda: "fresh")
    handle.close()
    assert closed == ["fresh"]
