"""The README's pictures: a scan's report and the live page, as Chromium shows them."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.evaluation.synthetic import draw_concrete
from edge.files.atomic_write import replace_atomically
from edge.files.errors import EnvironmentLacksError
from edge.photo.codec import write_photo

if TYPE_CHECKING:
    from playwright.sync_api import Page

_PHOTO_WH = (2400, 1600)
_SEEDS = (1, 4, 7)
_LIVE_WH, _REPORT_WH = (1100, 1000), (1280, 1000)
# Of the report: its head, and so much of its findings.
_FINDINGS_PX = 620
# The frame around the first heading below the head.
_FRAME_PX = 20
# As wide as the README shows them on a screen of high resolution; few levels make small PNGs.
_WIDTH_PX = 800
_LEVEL_STEP = 8
_LONGEST_S = 120.0
_PAUSE_S = 0.3


def draw_page_pictures(folder: Path) -> list[Path]:
    """Scan drawn photos, watch a drawn wall, and write ``report.png`` and ``live.png``.

    Raises:
        EnvironmentLacksError: Chromium or playwright is missing.
    """
    with _open_page() as page:
        report, live = _picture_report(page), _picture_live(page)
    paths = []
    for name, picture in (("report", report), ("live", live)):
        height, width = picture.shape[:2]
        size_wh = (_WIDTH_PX, round(height * _WIDTH_PX / width))
        small = cv2.resize(picture, size_wh, interpolation=cv2.INTER_AREA)
        coarse = np.minimum(small.astype(int) + _LEVEL_STEP // 2, 255) // _LEVEL_STEP * _LEVEL_STEP
        coarse[coarse >= 256 - _LEVEL_STEP] = 255
        _, png = cv2.imencode(".png", coarse.astype(np.uint8), [cv2.IMWRITE_PNG_COMPRESSION, 9])
        paths.append(folder / f"{name}.png")
        replace_atomically(paths[-1], png.tobytes())
    return paths


@contextmanager
def _open_page() -> Iterator[Page]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise EnvironmentLacksError("the pictures are drawn by Chromium: apt install chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise EnvironmentLacksError(
            "Chromium is driven by playwright: pip install .[dev]"
        ) from error
    with sync_playwright() as playwright:
        # As root, as in a container, Chromium runs without its sandbox only; it opens our pages.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


def _picture_report(page: Page) -> NDArray[np.uint8]:
    """Return the report's head with the first of its findings below, BGR."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, seed in enumerate(_SEEDS, start=1):
            photo = draw_concrete(_PHOTO_WH, seed=seed).photo
            write_photo(folder / f"bridge/pier-{number}.jpg", photo)
        _run_tool("scan", "bridge", "--gsd", "0.1", folder=folder)
        _set_size(page, _REPORT_WH)
        page.goto((folder / "bridge-scan/report.html").as_uri())
        page.wait_for_selector("#findings:not([hidden]) #rows img")
        whole = _decode(page.screenshot(full_page=True))
        findings = page.locator("#findings").bounding_box()
        below = page.locator("h2").first.bounding_box()
    assert findings is not None
    assert below is not None
    head, begin = round(below["y"]) - _FRAME_PX, round(findings["y"])
    return np.concatenate([whole[:head], whole[begin : begin + _FINDINGS_PX]])


def _picture_live(page: Page) -> NDArray[np.uint8]:
    """Return the live page while a crack passes by, BGR."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = _command("live", "--source", "drawn", "--serve", address, "--max-fps", "10")
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as watch:
        try:
            _wait_for_event(f"http://{address}/api/state", after=0)
            _set_size(page, _LIVE_WH)
            page.goto(f"http://{address}/")
            # The second one is drawn while the first stands in the list.
            _wait_for_event(f"http://{address}/api/state", after=1)
            page.wait_for_timeout(2000)
            return _decode(page.screenshot())
        finally:
            watch.terminate()


def _wait_for_event(address: str, *, after: int) -> None:
    """Wait until an event goes on that is not among the first ``after``."""
    end = time.monotonic() + _LONGEST_S
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                state = json.load(answer)
        except OSError:
            state = {"event_id": None, "events": 0}
        if state["event_id"] and state["events"] > after:
            return
        time.sleep(_PAUSE_S)
    raise TimeoutError(f"no event within {_LONGEST_S:.0f} s at {address}")


def _set_size(page: Page, size_wh: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size_wh[0], "height": size_wh[1]})


def _run_tool(*words: str, folder: Path) -> None:
    subprocess.run(_command(*words), cwd=folder, check=True, stdout=subprocess.DEVNULL)


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "crack_edge", *words]


def _decode(png: bytes) -> NDArray[np.uint8]:
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture.astype(np.uint8, copy=False)
