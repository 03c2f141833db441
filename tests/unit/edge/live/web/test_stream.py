"""The live picture for one viewer, for many, and for those who do not read."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

pytest.importorskip("uvicorn", reason="needs the extra live")

from edge.live.loop.latest_observation import LatestObservation
from edge.live.web.stream import ViewerLimits, first_of
from tests.unit.edge.live.clocks_made import HandClock
from tests.unit.edge.live.observations_made import SIZE_WH, make_fresh_observation, make_observation
from tests.unit.edge.live.states_made import make_state
from tests.unit.edge.live.waiting import until
from tests.unit.edge.live.web.web_pages import (
    CARD_LEVEL,
    Cards,
    Viewer,
    ask,
    close_wholly,
    make_latest,
    served,
)


@contextlib.contextmanager
def running(
    latest: LatestObservation, size_wh: tuple[int, int] = SIZE_WH
) -> Iterator[LatestObservation]:
    """Let frames come, each unlike any other, that do not compress well."""
    stop = threading.Event()
    noise = np.random.default_rng(1).integers(0, 255, (size_wh[1], size_wh[0], 3), np.uint8)

    def run() -> None:
        number = 1
        while not stop.wait(0.02):
            number += 1
            latest.show(
                make_fresh_observation(number, np.roll(noise, number, axis=1)), make_state()
            )

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield latest
    finally:
        stop.set()
        thread.join()


def test_what_misses_its_cancellation_is_cancelled_again() -> None:
    missed: list[int] = []

    async def pump() -> None:
        while True:
            # As wait_for does before Python 3.12 where a picture goes out in the same moment.
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                if len(missed) == 2:
                    raise
                missed.append(1)

    async def go() -> None:
        await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(first_of(pump(), go()), 10))
    assert len(missed) == 2


def test_a_viewer_sees_one_frame_after_the_other() -> None:
    latest = make_latest(make_fresh_observation())
    with served(latest) as page, running(latest), Viewer(page) as viewer:
        numbers = [viewer.read()[0] for _ in range(4)]
        assert numbers == sorted(set(numbers))
        assert page.viewers == 1


def test_cards_are_drawn_only_while_somebody_looks() -> None:
    cards = Cards()
    with served(make_latest(), cards=cards) as page:
        assert not cards.texts
        with Viewer(page) as viewer:
            viewer.read()
        until(lambda: page.viewers == 0)
        # One may have been begun.
        time.sleep(0.3)
        drawn = len(cards.texts)
        time.sleep(1.2)
        assert len(cards.texts) == drawn


def test_who_comes_back_sees_the_newest_frame_and_not_the_one_of_then() -> None:
    clock = HandClock()
    latest = make_latest(make_observation(time_s=clock.monotonic_s), clock=clock.clock)
    with served(latest) as page:
        first = Viewer(page)
        assert first.read()[0] == 1
        first.close()
        until(lambda: page.viewers == 0)
        clock.advance(3600)
        latest.show(make_observation(number=2, time_s=clock.monotonic_s), make_state())
        with Viewer(page) as second:
            assert second.read()[0] == 2


def test_an_old_frame_gives_way_to_a_card_that_says_why_until_a_new_one_comes() -> None:
    clock, cards = HandClock(), Cards()
    latest = make_latest(make_observation(time_s=clock.monotonic_s), clock=clock.clock)
    with served(latest, cards=cards) as page, Viewer(page) as viewer:
        assert viewer.read()[0] == 1
        latest.show(None, make_state(camera={"status": "lost", "reason": "unplugged"}))
        clock.advance(12)
        number, picture = viewer.read()
        assert number == 0
        assert abs(int(picture.mean()) - CARD_LEVEL) < 3
        assert cards.texts[0] == "no picture for 12 s: camera lost (unplugged)"
        clock.advance(1)
        assert viewer.read()[0] == 0
        assert cards.texts[1].startswith("no picture for 13 s")
        latest.show(make_observation(number=2, time_s=clock.monotonic_s), make_state())
        until(lambda: viewer.read()[0] == 2)


def test_before_the_first_frame_there_is_a_card() -> None:
    cards = Cards()
    latest = make_latest(camera={"status": "opening", "size_wh": None})
    with served(latest, cards=cards) as page, Viewer(page) as viewer:
        assert viewer.read()[1].shape == (480, 640, 3)
        assert cards.texts[0] == "no picture yet: opening the camera"


def test_twenty_viewers_get_frames() -> None:
    latest = make_latest(make_fresh_observation())
    with served(latest) as page, running(latest), contextlib.ExitStack() as stack:
        viewers = [stack.enter_context(Viewer(page)) for _ in range(20)]
        seen = [[viewer.read()[0] for _ in range(3)] for viewer in viewers]
        assert all(numbers == sorted(set(numbers)) for numbers in seen)
        assert page.viewers == 20


def test_viewers_who_never_read_hold_neither_others_nor_the_end() -> None:
    latest = make_latest(make_fresh_observation())
    with served(latest) as page, running(latest, (640, 480)), contextlib.ExitStack() as stack:
        hanging = [Viewer(page, buffer=4096) for _ in range(5)]
        for viewer in hanging:
            stack.callback(viewer.close)
        until(lambda: page.viewers == 5)
        with Viewer(page) as viewer:
            numbers = [viewer.read()[0] for _ in range(8)]
        assert numbers == sorted(set(numbers))
        close_wholly(page)
        assert all(viewer.is_dropped() for viewer in hanging)


def test_a_viewer_who_takes_nothing_for_long_is_dropped() -> None:
    latest = make_latest(make_fresh_observation())
    with served(latest, limits=ViewerLimits(patience_s=0.3)) as page, running(latest, (640, 480)):
        viewer = Viewer(page, buffer=4096)
        until(lambda: page.viewers == 1)
        until(lambda: page.viewers == 0)
        assert viewer.is_dropped()
        viewer.close()


def test_a_slow_viewer_skips_to_the_newest_frame() -> None:
    latest = make_latest(make_fresh_observation())
    with served(latest) as page, running(latest, (640, 480)), Viewer(page, buffer=4096) as slow:
        first = slow.read()[0]
        until(lambda: newest(latest) > first + 60)
        # What was on its way already is old; what comes after it is not.
        later = [slow.read()[0] for _ in range(6)]
        assert later == sorted(set(later))
        assert later[-1] >= first + 60
        assert np.diff([first, *later]).max() > 25


def newest(latest: LatestObservation) -> int:
    observation = latest.fresh_observation()
    return 0 if observation is None else observation.frame.number


def test_one_too_many_is_told_so() -> None:
    with served(limits=ViewerLimits(viewers=2)) as page, contextlib.ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(Viewer(page)).read()
        answer = ask(page, "/stream.mjpg")
        assert answer.status == 503
        assert "viewers" in answer.json["error"]


def test_the_head_of_the_stream_has_an_end() -> None:
    with served() as page:
        answer = ask(page, "/stream.mjpg", method="HEAD")
        assert answer.headers["Content-Type"].startswith("multipart/x-mixed-replace")
        assert ask(page, "/stream.mjpg", method="POST").status == 405


def test_a_viewer_of_a_page_that_closes_is_let_go() -> None:
    latest = make_latest(make_fresh_observation())
    with served(latest) as page, running(latest):
        viewer = Viewer(page)
        viewer.read()
        close_wholly(page)
        assert viewer.is_dropped()
        viewer.close()


def test_a_page_that_broke_is_not_kept_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda _: None)

    def fail(_: object) -> np.ndarray:
        raise ZeroDivisionError("a mistake in the drawing")

    with served(make_latest(make_fresh_observation()), draw=fail) as page:
        page.tell(make_state())
        with Viewer(page):
            until(lambda: page.state.status == "stopped")
        with pytest.raises(RuntimeError, match="page: stopped by an unexpected error"):
            page.tell(make_state())
    page.tell(make_state())
