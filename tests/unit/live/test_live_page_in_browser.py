"""The live page in a real browser: what moves, what is set, what is refused, what is said."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

pytest.importorskip("uvicorn", reason="needs the extra live")

from edge.concrete import draw_concrete
from edge.live.board import Board
from edge.live.controls import Controls
from edge.live.web.server import LivePage
from tests.unit.live.live_boards import make_board, make_notice, make_sight, make_state
from tests.unit.live.web_pages import TOKEN, post_threshold, served

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
# What a browser itself writes of an answer that is no 200, or of none.
FAILED = "Failed to load resource"
# A test's server ends before its page.
ENDED = re.compile(r"ERR_(INCOMPLETE_CHUNKED_ENCODING|CONNECTION_(REFUSED|RESET)|EMPTY_RESPONSE)")
HOSTILE = "<img src=x onerror=window.pwned=1>'\"&amp;"

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    api = pytest.importorskip(
        "playwright.sync_api", reason="drives a browser: pip install playwright"
    )
    if CHROMIUM is None:
        pytest.skip("needs the system's chromium")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Open]:
    """Open a page and, in the end, assert that it ran without errors and asked nobody else."""
    contexts, wrong = [], []

    def open_it(address: str, *, may_fail: bool = False, **options: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1400, "height": 1000}} | options)
        contexts.append(context)
        page = context.new_page()

        def hear(message: Any) -> None:
            has_failed = message.text.startswith(FAILED)
            if not (has_failed and (may_fail or ENDED.search(message.text))):
                wrong.append(f"{message.type}: {message.text}")

        page.on("console", hear)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.on("request", lambda request: is_ours(request.url) or wrong.append(request.url))
        page.goto(address)
        return page

    def is_ours(url: str) -> bool:
        return url.startswith(("http://127.0.0.1:", "http://localhost:", "blob:"))

    yield open_it
    for context in contexts:
        context.close()
    assert not wrong


class Wall:
    """A camera that pans over a drawn wall, until it is told to stop."""

    def __init__(self, **changes: Any) -> None:
        self.board: Board = make_board(**changes)
        self._changes = changes
        self._photo = draw_concrete((640, 240), seed=3).photo
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Wall:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def lose(self, reason: str) -> None:
        """Stop, and say that the camera is lost; no test waits until a frame is old."""
        self.stop()
        camera = {"status": "lost", "reason": reason}
        old = make_sight(10**6, arrived_s=-1000.0)
        self.board.show(old, make_state(camera=camera, status="no picture"))

    def _run(self) -> None:
        number = 0
        while not self._stop.wait(0.03):
            number += 1
            left = 4 * number % 320
            picture = np.ascontiguousarray(self._photo[:, left : left + 320])
            self.board.show(make_sight(number, picture), make_state(**self._changes))


@pytest.fixture
def wall() -> Iterator[Wall]:
    with Wall() as wall:
        yield wall


def wait_until(page: Any, condition: str) -> None:
    """Wait until JavaScript is true; the policy of the page does not let it be polled there."""
    for _ in range(400):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(25)
    pytest.fail(f"never came true: {condition}")


def wait_for_text(page: Any, selector: str, words: str) -> None:
    for _ in range(400):
        text = page.text_content(selector)
        if re.search(words, text):
            return
        page.wait_for_timeout(25)
    pytest.fail(f"{selector} says {text!r}, never {words!r}")


def canvas_pixels(page: Any) -> str:
    pixels: str = page.evaluate("document.querySelector('canvas').toDataURL()")
    return pixels


def set_slider(page: Any, value: float) -> None:
    page.evaluate(
        """(value) => {
          const slider = document.getElementById("threshold");
          slider.value = value;
          slider.dispatchEvent(new Event("input"));
          slider.dispatchEvent(new Event("change"));
        }""",
        value,
    )


def test_the_picture_moves_and_figures_are_shown(wall: Wall, open_page: Open) -> None:
    with served(wall.board) as live:
        page = open_page(live.address)
        wait_until(page, "Number(byId('canvas').dataset.frame) > 0")
        assert page.evaluate("[byId('canvas').width, byId('canvas').height]") == [320, 240]
        frame, before = page.evaluate("byId('canvas').dataset.frame"), canvas_pixels(page)
        wait_until(page, f"Number(byId('canvas').dataset.frame) > {frame} + 5")
        assert canvas_pixels(page) != before
        assert page.get_attribute("#picture", "class") == ""
        wait_for_text(page, "#badge", "^looking$")
        wait_for_text(page, "#source", "camera 0")
        wait_for_text(page, "#rate b", "9.5")
        wait_for_text(page, "#latency", "40\u00a0ms9 of 10 within 60\u00a0ms")
        wait_for_text(page, "#facts", "fake on fake 1.0")
        assert live.viewers == 1


def test_an_event_appears_gets_better_and_ends(wall: Wall, open_page: Open) -> None:
    with served(wall.board) as live:
        page = open_page(live.address)
        wait_until(page, "!byId('no-events').hidden")
        live.take(make_notice("e1", number=30))
        wait_for_text(page, "#event-list", "score 0.93.*in view.*lasting, 1 place")
        first = page.get_attribute("#event-list img", "src")
        wait_until(page, "document.querySelector('#event-list img').naturalWidth > 0")
        live.take(make_notice("e1", "end", number=31))
        live.take(make_notice("e2", "begin", number=32))
        wait_until(page, "byId('event-list').children.length === 2")
        assert page.get_attribute("#event-list li", "data-id") == "e2"
        wait_for_text(page, "#event-list li[data-id=e1]", "for 4\u00a0s")
        assert page.get_attribute("#event-list li[data-id=e1] img", "src") != first


def test_an_event_opens_and_closes_by_keyboard(wall: Wall, open_page: Open) -> None:
    with served(wall.board) as live:
        live.take(make_notice("e1", number=30))
        page = open_page(live.address)
        wait_until(page, "byId('event-list').children.length === 1")
        page.focus("#event-list a")
        page.keyboard.press("Enter")
        wait_until(page, "byId('large').open && byId('large-picture').naturalWidth === 64")
        page.keyboard.press("Escape")
        wait_until(page, "!byId('large').open")
        assert page.evaluate("document.activeElement.closest('li').dataset.id") == "e1"


def test_the_slider_sets_the_threshold_and_follows_other_viewers(
    wall: Wall, open_page: Open
) -> None:
    controls = Controls(0.5)
    with served(wall.board, controls=controls) as live:
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
    with served(wall.board) as live:
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
    with served(wall.board) as live:
        page = open_page(live.address, may_fail=True)
        wait_until(page, "Number(byId('canvas').dataset.frame) > 0")
        wall.lose("unplugged")
        wait_for_text(page, "#badge", r"^camera lost \(unplugged\)$")
        wait_for_text(page, "#since", "^no picture for .* h")
        wait_until(page, "byId('canvas').dataset.frame === '0'")
        assert "no picture" in page.title()
        wait_for_text(page, "#facts .bad", "^lost")
        page.click("#snapshot")
        wait_for_text(page, "#said", "No snapshot: no picture for")


def test_a_page_that_lost_the_server_says_so_and_comes_back(wall: Wall, open_page: Open) -> None:
    with served(wall.board) as live:
        port = int(live.address.rstrip("/").rpartition(":")[2])
        page = open_page(live.address, may_fail=True)
        wait_until(page, "Number(byId('canvas').dataset.frame) > 0")
        wait_for_text(page, "#badge", "^looking$")
    wait_for_text(page, "#lost", r"No connection to crack-edge since \d")
    assert page.is_visible("#lost")
    assert page.get_attribute("#picture", "class") == "old"
    wait_for_text(page, "#badge", "^no connection$")
    again = LivePage(
        wall.board,
        Controls(0.5),
        draw=lambda sight: sight.frame.picture,
        draw_absence=lambda size_wh, _: np.zeros((size_wh[1], size_wh[0], 3), np.uint8),
        token=None,
    )
    again.start("127.0.0.1", port)
    wait_until(page, "byId('lost').hidden && byId('picture').className === ''")
    again.close(timeout_s=5)


def test_a_wrong_token_is_refused_and_the_right_one_lets_in(wall: Wall, open_page: Open) -> None:
    with served(wall.board, token=TOKEN) as live:
        page = open_page(live.address, may_fail=True)
        page.fill("#token", "not-the-right-one")
        page.keyboard.press("Enter")
        wait_for_text(page, "[role=alert]", "Wrong token")
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
    with served(wall.board, token=TOKEN) as live:
        page = open_page(f"{live.address}?token={TOKEN}")
        wait_until(page, "Number(byId('canvas').dataset.frame) > 0")
        assert page.url == live.address


@pytest.mark.parametrize("options", [PHONE, {"color_scheme": "dark"}])
def test_nothing_is_wider_than_the_screen(
    wall: Wall, open_page: Open, options: dict[str, Any]
) -> None:
    with served(wall.board) as live:
        for number in range(3):
            live.take(make_notice(f"e{number}", number=number))
        page = open_page(live.address, **options)
        wait_until(page, "byId('event-list').children.length === 3")
        wait_until(page, "Number(byId('canvas').dataset.frame) > 0")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        heights = page.eval_on_selector_all(
            "button, input", "all => all.map(one => one.offsetHeight).filter(one => one)"
        )
        assert min(heights) >= 40


def test_hostile_names_are_shown_and_not_run(open_page: Open) -> None:
    with Wall(camera={"source": HOSTILE}, model=HOSTILE) as wall, served(wall.board) as live:
        page = open_page(live.address)
        wait_until(page, f"byId('source').textContent === {HOSTILE!r}")
        assert HOSTILE in page.text_content("#facts")
        assert page.evaluate("window.pwned") is None


def test_a_page_that_nobody_sees_does_not_look(wall: Wall, open_page: Open) -> None:
    with served(wall.board) as live:
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
