"""How late the frames of a stream are."""

from __future__ import annotations

import pytest

from edge.live.sources.stream_lag import StreamLag


def test_a_stream_that_begins_anew_is_not_late() -> None:
    lag = StreamLag()
    assert lag.add(100.0, 0.0) == 0
    assert lag.add(101.0, 1.0) == 0
    assert lag.add(0.0, 2.0) == 0
    assert lag.add(1.0, 4.0) == pytest.approx(1, abs=0.01)
