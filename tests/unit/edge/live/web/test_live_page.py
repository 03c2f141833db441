"""What the live page's server answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

pytest.importorskip("uvicorn", reason="needs the extra live")

from edge.live.loop.controls import Controls
from edge.live.loop.latest_observation import LatestObservation
from edge.live.web.live_page import LivePage
from edge.live.web.no_picture import format_duration, why_no_picture
from edge.live.web.recent_events import KEPT
from tests.unit.edge.live.clocks_made import HandClock
from tests.unit.edge.live.notices_made import event_id, make_notice
from tests.unit.edge.live.observations_made import (
    make_fresh_observation,
    make_observation,
    plain_picture,
)
from tests.unit.edge.live.states_made import make_state
from tests.unit.edge.live.waiting import until
from tests.unit.edge.live.web.web_pages import (
    TOKEN,
    Cards,
    ask,
    make_latest,
    post_threshold,
    served,
)

LOST = {"status": "lost", "reason": "rtsp://10.0.0.9 refuses"}


@pytest.fixture(scope="module")
def controls() -> Controls:
    return Controls(0.5)


@pytest.fixture(scope="module")
def page(controls: Controls) -> Iterator[LivePage]:
    """Serve a frame that never grows old."""
    clock = HandClock()
    observation = make_observation(number=7, picture=plain_picture(90), time_s=clock.monotonic_s)
    latest = make_latest(observation, clock=clock.clock)
    with served(latest, controls=controls) as page:
        yield page


def stale_board(age_s: float = 12.4) -> LatestObservation:
    """Return a latest observation whose frame is that old."""
    clock = HandClock()
    latest = make_latest(make_observation(time_s=clock.monotonic_s), clock=clock.clock, camera=LOST)
    clock.advance(age_s)
    return latest


def test_the_page_and_its_files_are_served(page: LivePage) -> None:
    html = ask(page, "/")
    assert html.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<canvas id=canvas" in html.text
    assert ask(page, "/page.css").headers["Content-Type"].startswith("text/css")
    assert ask(page, "/page.js").headers["Content-Type"].startswith("text/javascript")


@pytest.mark.parametrize("path", ["/", "/api/state", "/snapshot.jpg", "/nothing", "/healthz"])
def test_each_answer_is_sealed(page: LivePage, path: str) -> None:
    headers = ask(page, path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers.get_all("Cache-Control") == ["no-store"]
    assert "Server" not in headers


@pytest.mark.parametrize(
    "path",
    [
        "/..", "/../server.py", "/%2e%2e/%2e%2e/etc/passwd", "/events/../page.js", "/events/",
        "/events", "/events/..%2f..%2fsetup.cfg.jpg", "/events/%00.jpg", "/events/.jpg", "/static/",
        "/page.html", "/login.html", "/server.py", "//", "/api/state/",
    ],
)  # fmt: skip
def test_no_other_file_is_served(page: LivePage, path: str) -> None:
    assert ask(page, path).status == 404


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/" + "x" * 300, {}), ("/?" + "x" * 700, {}), ("/", {"Odd": "x" * 5000})],
)
def test_what_is_too_long_is_refused(page: LivePage, path: str, headers: dict[str, str]) -> None:
    assert ask(page, path, **headers).status in (414, 431)


def test_the_state_is_told_with_what_only_the_page_knows() -> None:
    with served() as page:
        state = ask(page, "/api/state").json
        assert state["camera"]["source"] == "camera 0"
        assert state["viewers"] == 0
        assert state["absence"] is None
        assert 0 <= state["frame_age_s"] < 3
        assert state["wanted_threshold"] == 0.5
        assert [sink["name"] for sink in state["sinks"]] == ["page"]


def test_an_odd_name_of_a_source_and_a_figure_that_is_none_are_still_json() -> None:
    odd = 'a"\\\n</script>\udcff'
    latest = make_latest(make_fresh_observation(), fps=float("nan"), camera={"source": odd})
    with served(latest) as page:
        state = ask(page, "/api/state").json
        assert state["camera"]["source"] == odd.replace("\udcff", "\ufffd")
        assert state["fps"] is None


def test_a_snapshot_is_drawn_over_or_plain(page: LivePage) -> None:
    drawn, plain = ask(page, "/snapshot.jpg"), ask(page, "/snapshot.jpg?plain=1")
    assert drawn.picture[-2].min() > 240
    assert np.abs(plain.picture.astype(int) - 90).max() < 5
    assert drawn.headers["X-Frame-Number"] == "7"


def test_without_a_fresh_picture_there_is_no_snapshot() -> None:
    with served(stale_board()) as page:
        answer = ask(page, "/snapshot.jpg")
        assert answer.status == 503
        assert answer.json["error"] == (
            "no picture for 12 s: camera lost (rtsp://10.0.0.9 refuses)"
        )


def test_health_is_bad_when_the_picture_is_old_and_tells_strangers_no_address() -> None:
    with served(stale_board(), token=TOKEN) as page:
        answer = ask(page, "/healthz")
        assert answer.status == 503
        assert answer.json == {"ok": False, "reason": "no picture for 12 s: camera lost"}
    with served(make_latest()) as page:
        assert ask(page, "/healthz").json["reason"].startswith("no picture yet")


def test_health_is_good_while_a_fresh_picture_is_looked_at() -> None:
    with served(token=TOKEN) as page:
        answer = ask(page, "/healthz")
        assert (answer.status, answer.json) == (200, {"ok": True})


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (12.9, "12 s"),
        (60, "1 min"),
        (185, "3 min 5 s"),
        (7200, "2 h"),
        (93784, "1 d 2 h"),
    ],
)
def test_a_duration_is_said_in_two_units(seconds: float, words: str) -> None:
    assert format_duration(seconds) == words


def test_a_loop_that_hangs_while_its_camera_runs_is_said() -> None:
    assert "not being checked" in why_no_picture(make_state(), 5.0)


def test_an_event_is_told_and_its_pictures_come_from_memory() -> None:
    with served() as page:
        page.take(make_notice(1, frame=40))
        until(lambda: page.state.done == 1)
        (event,) = ask(page, "/api/events").json
        assert (event["id"], event["phase"]) == (event_id(1), "begin")
        assert ask(page, event["picture"]).picture.shape == (96, 128, 3)
        assert ask(page, event["thumbnail"]).headers["Content-Type"] == "image/jpeg"
        assert ask(page, f"/events/{event_id(2)}.jpg").status == 404
        page.take(make_notice(1, "peak", frame=150))
        page.take(make_notice(1, "end", frame=150))
        until(lambda: page.state.done == 3)
        (ended,) = ask(page, "/api/events").json
        assert ended["ended_by"] == "score"
        assert ended["picture"] != event["picture"]
        assert abs(int(ask(page, ended["picture"]).picture[2, 2, 0]) - 150) < 5


def test_only_the_newest_events_are_kept() -> None:
    with served() as page:
        for number in range(KEPT + 10):
            page.take(make_notice(number))
            until(lambda count=number + 1: page.state.done == count)  # type: ignore[misc]
        ids = [event["id"] for event in ask(page, "/api/events").json]
        assert ids == [event_id(number) for number in reversed(range(10, KEPT + 10))]
        assert ask(page, f"/events/{event_id(9)}.jpg").status == 404
        assert len(ask(page, "/api/events?limit=3").json) == 3
        assert ask(page, "/api/events?limit=-1").status == 400
        assert ask(page, "/api/events?limit=x").status == 400


def test_the_loop_is_not_held_by_a_slow_drawing() -> None:
    go_on = threading.Event()

    def draw_slowly(observation: object) -> np.ndarray:  # type: ignore[type-arg]
        go_on.wait(20)
        return plain_picture()

    page = LivePage(
        make_latest(), Controls(0.5), draw=draw_slowly, draw_no_picture=Cards(), token=None
    )
    for number in range(100):
        page.take(make_notice(number))
    state = page.state
    assert state.dropped > 0
    assert state.waiting <= 10
    go_on.set()
    page.close(timeout_s=5)


def test_the_threshold_is_set() -> None:
    controls = Controls(0.5)
    with served(controls=controls) as page:
        answer = post_threshold(page, {"threshold": 0.25})
        assert (answer.status, answer.json) == (200, {"threshold": 0.25})
        assert controls.threshold == 0.25
        assert ask(page, "/api/state").json["wanted_threshold"] == 0.25


@pytest.mark.parametrize(
    "body",
    [
        {}, [], 0.5, None, {"threshold": 0}, {"threshold": 1}, {"threshold": -1},
        {"threshold": 0.01}, {"threshold": 0.99},
        {"threshold": "0.5"}, {"threshold": True}, {"threshold": None}, {"threshold": [0.5]},
        b"", b"{", b'{"threshold": NaN}', b'{"threshold": 1e999}', b"\xff", b"[" * 2000,
        b" " * 5000,
    ],
)  # fmt: skip
def test_a_threshold_that_is_none_is_refused(
    page: LivePage, controls: Controls, body: object
) -> None:
    answer = post_threshold(page, body)
    assert answer.status == 400
    assert "from 0.02 to 0.98" in answer.json["error"]
    assert controls.threshold == 0.5


def test_a_form_cannot_set_the_threshold(page: LivePage) -> None:
    assert post_threshold(page, {"threshold": 0.2}, Content_Type="text/plain").status == 415
    assert ask(page, "/api/threshold").status == 405


def test_metrics_are_served_as_prometheus_wants_them(page: LivePage) -> None:
    answer = ask(page, "/metrics")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "crack_edge_live_looking 1.0\n" in answer.text
