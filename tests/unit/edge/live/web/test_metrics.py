"""Figures for Prometheus, read by a strict reader."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("uvicorn", reason="needs the extra live")

from edge.live.loop.live_state import HeatState, LiveState, SinkState
from edge.live.web.metrics import format_metrics
from tests.unit.edge.live.states_made import make_state

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{((?:{LABEL},?)*)\}})? (\S+)")


def read(text: str) -> dict[str, list[tuple[dict[str, str], float]]]:
    """Return the samples of each name; fails on whatever the format does not allow."""
    assert text.endswith("\n")
    text.encode()
    kinds: dict[str, str] = {}
    helped: set[str] = set()
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    current = None
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            name, words = re.fullmatch(rf"# HELP ({NAME}) (.+)", line).groups()  # type: ignore[union-attr]
            assert name not in helped
            assert "\\" not in words
            helped.add(name)
        elif line.startswith("# TYPE "):
            match = re.fullmatch(rf"# TYPE ({NAME}) (counter|gauge)", line)
            assert match, line
            current, kind = match.groups()
            assert current in helped
            assert current not in kinds
            assert (kind == "counter") == current.endswith("_total")
            kinds[current] = kind
        else:
            match = SAMPLE.fullmatch(line)
            assert match, line
            name, labels, value = match.group(1), match.group(2) or "", match.group(5)
            assert name == current, "a sample stands apart from its type"
            pairs = {key: unescape(text) for key, text in re.findall(LABEL, labels)}
            assert pairs not in [known for known, _ in found.get(name, [])]
            found.setdefault(name, []).append((pairs, float(value)))
    assert set(kinds) == set(found)
    return found


def unescape(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] == "n" else match[1], text)


def metrics(state: LiveState, **changes: Any) -> dict[str, list[tuple[dict[str, str], float]]]:
    return read(format_metrics(state, **{"viewers": 2, "frame_age_s": 0.25} | changes))


def test_all_figures_are_there_in_base_units() -> None:
    state = make_state(
        heat=HeatState(61.5, ("throttled",), True),
        sinks=(SinkState("record", "working", done=3), SinkState("mqtt", "waiting", dropped=2)),
    )
    found = metrics(state)
    assert found["crack_edge_live_latency_seconds"] == [
        ({"quantile": "0.5"}, 0.04),
        ({"quantile": "0.9"}, 0.06),
    ]
    assert found["crack_edge_live_temperature_celsius"] == [({}, 61.5)]
    assert found["crack_edge_live_limit"] == [({"limit": "throttled"}, 1)]
    assert found["crack_edge_live_sink_working"] == [
        ({"sink": "record"}, 1),
        ({"sink": "mqtt"}, 0),
    ]
    assert found["crack_edge_live_frame_age_seconds"] == [({}, 0.25)]
    assert found["crack_edge_live_viewers"] == [({}, 2)]


def test_what_is_unknown_is_left_out() -> None:
    state = make_state(latency_p50_ms=None, latency_p90_ms=None, score=None, target_fps=None)
    found = metrics(state, frame_age_s=None)
    for name in ("latency_seconds", "score", "frame_age_seconds", "temperature_celsius"):
        assert f"crack_edge_live_{name}" not in found


@given(st.text(st.characters(codec=None), max_size=30))
def test_odd_names_are_escaped(name: str) -> None:
    state = make_state(camera={"source": name}, heat=HeatState(None, (name, name)))
    found = metrics(state)
    shown = re.sub("[\ud800-\udfff]", "\ufffd", name)
    assert found["crack_edge_live_info"][0][0]["source"] == shown
    assert found["crack_edge_live_limit"] == [({"limit": shown}, 1)]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_figure_that_is_no_number_is_still_a_line(value: float) -> None:
    assert len(metrics(make_state(fps=value))["crack_edge_live_frames_per_second"]) == 1


def test_a_camera_that_is_lost_does_not_run() -> None:
    found = metrics(make_state(camera={"status": "lost", "losses": 4}))
    assert found["crack_edge_live_camera_running"] == [({}, 0)]
    assert found["crack_edge_live_camera_losses_total"] == [({}, 4)]
