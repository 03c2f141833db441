"""The live page in a real browser: what moves, what is set, what is refused, what is said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

pytest.importorskip("uvicorn", reason="needs the extra live")

from edge.live.loop.controls import Controls
from edge.live.web.live_page import LivePage
from tests.unit.browsers import started_browser
from tests.unit.edge.live.notices_made import event_id, make_notice
from tests.unit.edge.live.web.browser_steps import (
    Open,
    Wall,
    canvas_pixels,
    open_pages,
    set_slider,
    wait_for_text,
    wait_until,
)
from tests.unit.edge.live.web.web_pages import TOKEN, post_threshold, served

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
HOSTILE = "<img src=x onerror=window.pwned=1>'\"&amp;"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    yield from started_browser()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Open]:
    yield from open_pages(browser)


@pytest.fixture
def wall() -> Iterator[Wall]:
    with Wall() as wall:
        yield wall


def test_the_picture_moves_and_figures_are_shown(wall: Wall, open_page: Open) -> None:
    with served(wall.latest) as live:
        page = open_page(live.address)
        wait_until(page, "Number(byId('canvas').dataset.frame) > 0")
        assert page.evaluate("[byId('canvas').width, byId('canvas').height]") == [320, 240]
        frame, before = page.evaluate("byId('canvas').dataset.frame"), canvas_pixels(page)
        wait_until(page, f"Number(byId('canvas').dataset.frame) > {frame} + 5")
        assert canvas_pixels(page) != before
        assert page.get_attribute("#picture", "class") == ""
        wait_for_text(page, "#badge", "^watching$")
        wait_for_text(page, "#source", "camera 0")
        wait_for_text(page, "#rate b", "9.5")
        wait_for_text(page, "#latency", "40\u00a0ms90% within 60\u00a0ms")
        wait_for_text(page, "#facts", "fake on fake 1.0")
        assert live.viewers == 1


def test_an_event_appears_gets_better_and_ends(wall: Wall, open_page: Open) -> None:
    with served(wall.latest) as live:
        page = open_page(live.address)
        wait_until(page, "!byId('no-events').hidden")
        live.take(make_notice(1, frame=30))
        wait_for_text(page, "#event-list", "score 0.99.*in view.*1 region")
        first = page.get_attribute("#event-list img", "src")
        wait_until(page, "document.querySelector('#event-list img').naturalWidth > 0")
        live.take(make_notice(1, "end", frame=31))
        live.take(make_notice(2, "begin", frame=32))
        wait_until(page, "byId('event-list').children.length === 2")
        assert page.get_attribute("#event-list li", "data-id") == event_id(2)
        wait_for_text(page, f"#event-list li[data-id='{event_id(1)}']", "lasted 4\u00a0s")
        assert page.get_attribute(f"#event-list li[data-id='{event_id(1)}'] img", "src") != first


def test_an_event_opens_and_closes_by_keyboard(wall: Wall, open_page: Open) -> None:
    with served(wall.latest) as live:
        live.take(make_notice(1, frame=30))
        page = open_page(live.address)
        wait_until(page, "byId('event-list').children.length === 1")
        page.focus("#event-list a")
        page.keyboard.press("Enter")
        wait_until(page, "byId('large').open && byId('large-picture').naturalWidth === 128")
        page.keyboard.press("Escape")
        wait_until(page, "!byId('large').open")
        assert page.evaluate("document.activeElement.closest('li').dataset.id") == event_id(1)


def test_the_slider_sets_the_threshold_and_follows_other_viewers(
    wall: Wall, open_page: Open
) -> None:
    controls = Controls(0.5)
    with served(wall.latest, controls=controls) as live:
        page = open_page(live.address)
        wait_until(page, "!byId('threshold').disabled")
        assert page.input_value("#threshold") == "0.5"
        set_slider(page, 0.81)
        wait_for_text(page, "#said", "Threshold set to 0.81")
        assert controls.threshold == 0.81
        page.focus("#threshold")
        page.keyboard.press("ArrowRight")
        wait_for_text(page, "#said", "Threshold set to 0.82")
        assert controls.threshold == 0.82
        post_threshold(live, {"threshold": 0.3})
        wait_until(page, "byId('threshold').value === '0.3'")
        wait_for_text(page, "#threshold-shown", "^0.30$")


def test_a_snapshot_is_saved_with_a_name_of_day_and_time(wall: Wall, open_page: Open) -> None:
    with served(wall.latest) as live:
        page = open_page(live.address)
        with page.expect_download() as caught:
            page.click("#snapshot")
        assert re.fullmatch(
            r"crack-edge \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.jpg", caught.value.suggested_filename
        )
        assert caught.value.path().read_bytes().startswith(b"\xff\xd8")


def test_a_lost_camera_is_said_in_words_and_its_old_picture_is_gone(
    wall: Wall, open_page: Open
) -> None:
    with served(wall.latest) as live:
        page = open_page(live.address, may_fail=True)
        wait_until(page, "Number(byId('canvas').dataset.frame) > 0")
        wall.lose("unplugged")
        wait_for_text(page, "#badge", r"^camera lost \(unplugged\)$")
        wait_for_text(page, "#since", "^no picture for .* h")
        wait_until(page, "byId('canvas').dataset.frame === '0'")
        assert "no picture" in page.title()
        wait_for_text(page, "#facts .bad", "^lost")
        page.click("#snapshot")
        wait_for_text(page, "#said", "Could not save a snapshot: no picture for")


def test_a_page_that_lost_the_server_says_so_and_comes_back(wall: Wall, open_page: Open) -> None:
    with served(wall.latest) as live:
        port = int(live.address.rstrip("/").rpartition(":")[2])
        page = open_page(live.address, may_fail=True)
        wait_until(page, "Number(byId('canvas').dataset.frame) > 0")
        wait_for_text(page, "#badge", "^watching$")
    wait_for_text(page, "#lost", r"Connection to crack-edge lost at \d")
    assert page.is_visible("#lost")
    assert page.get_attribute("#picture", "class") == "old"
    wait_for_text(page, "#badge", "^no connection$")
    again = LivePage(
        wall.latest,
        Controls(0.5),
        draw=lambda observation: observation.frame.picture,
        draw_no_picture=lambda size_wh, _: np.zeros((size_wh[1], size_wh[0], 3), np.uint8),
        token=None,
    )
    again.start("127.0.0.1", port)
    wait_until(page, "byId('lost').hidden && byId('picture').className === ''")
    again.close(timeout_s=5)


def test_a_wrong_token_is_refused_and_the_right_one_lets_in(wall: Wall, open_page: Open) -> None:
    with served(wall.latest, token=TOKEN) as live:
        page = open_page(live.address, may_fail=True)
        page.wait_for_selector("#token:focus")
        page.fill("#token", "not-the-right-one")
        page.keyboard.press("Enter")
        wait_for_text(page, "[role=alert]", "Wrong token")
        page.wait_for_selector("#token:focus")
        page.fill("#token", TOKEN)
        page.keyboard.press("Enter")
        page.wait_for_selector("#canvas")
        wait_until(page, "Number(byId('canvas').dataset.frame) > 0")
        assert TOKEN not in page.evaluate("document.cookie + location.href")
        page.reload()
        wait_until(page, "Number(byId('canvas').dataset.frame) > 0")


def test_a_link_with_the_token_lets_in_and_does_not_stay_in_the_address(
    wall: Wall, open_page: Open
) -> None:
    with served(wall.latest, token=TOKEN) as live:
        page = open_page(f"{live.address}?token={TOKEN}")
        wait_until(page, "Number(byId('canvas').dataset.frame) > 0")
        assert page.url == live.address


@pytest.mark.parametrize("options", [PHONE, {"color_scheme": "dark"}])
def test_nothing_is_wider_than_the_screen(
    wall: Wall, open_page: Open, options: dict[str, Any]
) -> None:
    with served(wall.latest) as live:
        for number in range(3):
            live.take(make_notice(number))
        page = open_page(live.address, **options)
        wait_until(page, "byId('event-list').children.length === 3")
        wait_until(page, "Number(byId('canvas').dataset.frame) > 0")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        heights = page.eval_on_selector_all(
            "button, input", "all => all.map(one => one.offsetHeight).filter(one => one)"
        )
        assert min(heights) >= 40


def test_hostile_names_are_shown_and_not_run(open_page: Open) -> None:
    with Wall(camera={"source": HOSTILE}, model=HOSTILE) as wall, served(wall.latest) as live:
        page = open_page(live.address)
        wait_until(page, f"byId('source').textContent === 'Source: ' + {HOSTILE!r}")
        assert HOSTILE in page.text_content("#facts")
        assert page.evaluate("window.pwned") is None


def test_a_page_that_nobody_sees_does_not_look(wall: Wall, open_page: Open) -> None:
    with served(wall.latest) as live:
        page = open_page(live.address)
        wait_until(page, "Number(byId('canvas').dataset.frame) > 0")
        page.evaluate(
            """() => {
              Object.defineProperty(document, "hidden", { value: true, configurable: true });
              document.dispatchEvent(new Event("visibilitychange"));
            }"""
        )
        wait_until(page, "byId('picture').className === 'old'")
        for _ in range(400):
            if live.viewers == 0:
                break
            page.wait_for_timeout(25)
        assert live.viewers == 0
        page.evaluate(
            """() => {
              Object.defineProperty(document, "hidden", { value: false, configurable: true });
              document.dispatchEvent(new Event("visibilitychange"));
            }"""
        )
        wait_until(page, "byId('picture').className === ''")
