"""What tests of the live page in a browser share: a wall to look at, and steps of who looks."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from edge.evaluation.synthetic import draw_concrete
from edge.live.loop.latest_observation import LatestObservation
from tests.unit.edge.live.observations_made import make_fresh_observation, make_observation
from tests.unit.edge.live.states_made import make_state
from tests.unit.edge.live.web.web_pages import make_latest

# What a browser itself writes of an answer that is no 200, or of none.
FAILED = "Failed to load resource"
# A test's server ends before its page.
ENDED = re.compile(r"ERR_(INCOMPLETE_CHUNKED_ENCODING|CONNECTION_(REFUSED|RESET)|EMPTY_RESPONSE)")

Open = Callable[..., Any]


def open_pages(browser: Any) -> Iterator[Open]:
    """Yield what opens pages; assert in the end that they had no errors and asked nobody else."""
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
    assert not wrong, wrong


class Wall:
    """A camera that pans over a drawn wall, until it is told to stop."""

    def __init__(self, **changes: Any) -> None:
        self.latest: LatestObservation = make_latest(**changes)
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
        old = make_observation(number=10**6, time_s=time.monotonic() - 9000)
        self.latest.show(old, make_state(camera=camera, status="no picture"))

    def _run(self) -> None:
        number = 0
        while not self._stop.wait(0.03):
            number += 1
            left = 4 * number % 320
            picture = np.ascontiguousarray(self._photo[:, left : left + 320])
            self.latest.show(make_fresh_observation(number, picture), make_state(**self._changes))


def wait_until(page: Any, condition: str) -> None:
    """Wait until JavaScript is true, once the page's script has run.

    The policy of the page does not let it be polled there.
    """
    for _ in range(400):
        if page.evaluate(f"typeof byId === 'function' && ({condition})"):
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
