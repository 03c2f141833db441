"""The report of a scan in a browser: sorted, filtered, opened, printed, on a phone, attacked."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge.findings import PhotoFindings
from edge.pictures import heat_map_path, overlay_path
from edge.report_pictures import Room
from tests.unit.photo_findings import (
    ODD_NAMES,
    make_failed_photo,
    make_photo,
    make_place,
    make_region,
)
from tests.unit.report_pages import make_report, write_pictures

playwright_api = pytest.importorskip(
    "playwright.sync_api", reason="drives a browser: pip install playwright"
)
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs the system's chromium")

Open = Callable[..., Any]

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
HOSTILE = (
    "<img src=x onerror=alert(1)>.jpg",
    "</script><script>window.pwned=1</script>.jpg",
    "'\"><svg onload=alert(1)>.jpg",
    "javascript:alert(1).jpg",
    "{{pwned}}${pwned}`pwned`.jpg",
    *ODD_NAMES,
)
COLUMNS = (
    *("picture", "photo", "number", "triage", "score", "length", "angle", "area", "place"),
    *("smallest", "limit"),
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Open]:
    """Open a page and, in the end, assert that it ran without errors and reached for nothing."""
    contexts, wrong = [], []

    def open_it(path: Path, *, hash_: str = "", **options: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1400, "height": 1000}} | options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: wrong.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.on("request", lambda request: wrong.append(request.url) if is_far(request) else None)
        page.goto(path.as_uri() + hash_)
        return page

    def is_far(request: Any) -> bool:
        return request.url.split(":", 1)[0] not in ("file", "data")

    yield open_it
    for context in contexts:
        context.close()
    assert not wrong


def list_photos() -> list[PhotoFindings]:
    """Return photos of each triage; scores and names are in no order."""
    fine, coarse = (
        {"smallest_crack_mm": 0.2, "is_fine_enough": True},
        {"smallest_crack_mm": 0.5, "is_fine_enough": False},
    )
    east = make_place("ground", position=(8.2505, 47.5))
    return [
        make_photo("deck 10.jpg", findings=[make_region(0.95), make_region(0.3)], **fine),
        make_photo("deck 9.jpg", findings=[make_region(0.5)], place=east, **coarse),
        make_photo("wall.jpg", findings=[make_region(0.8), make_region(0.6)], kind="camera"),
        make_photo("pier.jpg", findings=[make_region(0.7)], kind="unknown"),
        make_photo("clear.jpg", **coarse),
        make_photo("dark.jpg", triage="not inspected", reasons=("90% of it too dark",)),
        make_failed_photo("broken.jpg"),
    ]


@pytest.fixture
def report(tmp_path: Path) -> Path:
    photos = list_photos()
    write_pictures(tmp_path, photos)
    return make_report(tmp_path, photos).path


def wait_until(page: Any, condition: str) -> None:
    """Wait until JavaScript is true; the policy of the page does not let it be polled there."""
    for _ in range(200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(20)
    pytest.fail(f"never came true: {condition}")


def cells(page: Any, column: str) -> list[str]:
    texts: list[str] = page.locator(f"#rows tbody td.{column}").all_inner_texts()
    return texts


def rows(page: Any) -> list[str]:
    """Return what each row of the table is called, without the numbers of clear photos."""
    pairs = zip(cells(page, "photo"), cells(page, "number"), strict=True)
    return [name if number == "–" else f"{name} #{number}" for name, number in pairs]


def click_head(page: Any, column: str) -> None:
    page.click(f"#rows th[data-column={column}] button")


def tick(page: Any, triage: str) -> None:
    page.locator("#triages label", has_text=triage).click()


def test_the_most_urgent_findings_come_first(report: Path, open_page: Open) -> None:
    page = open_page(report)
    assert rows(page) == [
        *("deck 10.jpg #1", "wall.jpg #1", "pier.jpg #1", "wall.jpg #2", "deck 9.jpg #1"),
        *("deck 10.jpg #2", "dark.jpg", "broken.jpg"),
    ]
    assert cells(page, "triage") == [
        *("crack",) * 3,
        *("review",) * 3,
        *("not inspected",) * 2,
    ]


def test_a_click_on_a_head_sorts_and_another_turns_the_order(report: Path, open_page: Open) -> None:
    page = open_page(report)
    head = page.locator("#rows th[data-column=score]")
    assert head.get_attribute("aria-sort") is None
    click_head(page, "score")
    falling = ["0.950", "0.800", "0.700", "0.600", "0.500", "0.300"]
    assert cells(page, "score") == [*falling, "–", "–"]
    assert head.get_attribute("aria-sort") == "descending"
    click_head(page, "score")
    # What has no score comes last either way.
    assert cells(page, "score") == [*falling[::-1], "–", "–"]
    assert head.get_attribute("aria-sort") == "ascending"
    assert page.locator("#rows th[aria-sort]").count() == 1


def test_the_keyboard_sorts_too(report: Path, open_page: Open) -> None:
    page = open_page(report)
    page.focus("#rows th[data-column=photo] button")
    page.keyboard.press("Enter")
    names = ["broken.jpg", "dark.jpg", "deck 9.jpg", "deck 10.jpg", "deck 10.jpg", "pier.jpg"]
    assert cells(page, "photo") == [*names, "wall.jpg", "wall.jpg"]


def test_each_column_sorts_both_ways_and_loses_no_row(report: Path, open_page: Open) -> None:
    page = open_page(report)
    before = sorted(rows(page))
    for column in COLUMNS:
        for _ in range(2):
            click_head(page, column)
            assert sorted(rows(page)) == before
        assert page.get_attribute("#rows th[aria-sort]", "data-column") == column


def test_a_length_in_millimetres_comes_before_one_in_px(tmp_path: Path, open_page: Open) -> None:
    lengths = {"a": 100.0, "b": 300.0}
    photos = [
        make_photo(f"{kind} {name}.jpg", kind=kind, findings=[make_region(length_px=px)])
        for name, px in lengths.items()
        for kind in ("unknown", "ground")
    ]
    page = open_page(make_report(tmp_path, photos).path)
    click_head(page, "length")
    assert cells(page, "length") == ["600\xa0mm", "200\xa0mm", "300\xa0px", "100\xa0px"]
    click_head(page, "length")
    assert cells(page, "length") == ["200\xa0mm", "600\xa0mm", "100\xa0px", "300\xa0px"]


def test_a_triage_that_is_not_ticked_is_not_shown(report: Path, open_page: Open) -> None:
    page = open_page(report)
    tick(page, "review")
    tick(page, "not inspected")
    assert set(cells(page, "triage")) == {"crack"}
    tick(page, "clear")
    assert cells(page, "photo")[-1] == "clear.jpg"
    assert page.inner_text("#status").startswith("4 of 9 rows are shown; triage crack, clear;")


def test_the_slider_hides_findings_below_a_score_but_not_photos(
    report: Path, open_page: Open
) -> None:
    page = open_page(report)
    page.focus("#score")
    assert page.input_value("#score") == "0.25"
    for _ in range(45):
        page.keyboard.press("ArrowRight")
    assert page.inner_text("#score-shown") == "0.70"
    assert cells(page, "score") == ["0.950", "0.800", "0.700", "–", "–"]


def test_a_part_of_the_name_finds_photos(report: Path, open_page: Open) -> None:
    page = open_page(report)
    page.fill("#name", "DECK")
    assert set(cells(page, "photo")) == {"deck 10.jpg", "deck 9.jpg"}
    assert "name contains “deck”" in page.inner_text("#status")


def test_it_is_said_when_nothing_is_shown(report: Path, open_page: Open) -> None:
    page = open_page(report)
    page.fill("#name", "no such photo")
    assert page.is_visible("#nothing")
    assert not page.is_visible("#rows")
    page.click("#nothing button")
    assert not page.is_visible("#nothing")
    assert len(rows(page)) == 9


def test_clear_photos_are_shown_where_there_is_nothing_else(
    tmp_path: Path, open_page: Open
) -> None:
    page = open_page(make_report(tmp_path, [make_photo("a.jpg"), make_photo("b.jpg")]).path)
    assert rows(page) == ["a.jpg", "b.jpg"]


def test_what_is_hardly_seen_is_shown_as_such_beside_its_findings(
    tmp_path: Path, open_page: Open
) -> None:
    photo = make_photo("dim.jpg", findings=[make_region()], reasons=("80% of it too dark",))
    page = open_page(make_report(tmp_path, [replace(photo, triage="not inspected")]).path)
    assert rows(page) == ["dim.jpg #1", "dim.jpg"]
    assert cells(page, "triage") == ["crack", "not inspected"]


def test_the_table_has_pages(tmp_path: Path, open_page: Open) -> None:
    regions = [make_region(0.3 + i / 1000) for i in range(60)]
    photos = [make_photo(name, findings=regions) for name in ("a.jpg", "b.jpg")]
    page = open_page(make_report(tmp_path, photos).path)
    assert len(rows(page)) == 50
    assert page.inner_text("#page") == "rows 1 to 50 of 120"
    assert page.is_disabled("#earlier")
    page.click("#later")
    page.click("#later")
    assert page.inner_text("#page") == "rows 101 to 120 of 120"
    assert len(rows(page)) == 20
    assert page.is_disabled("#later")


def test_a_click_on_a_row_opens_its_finding(report: Path, open_page: Open) -> None:
    page = open_page(report)
    page.locator("#rows tbody tr", has_text="wall.jpg").nth(1).locator("td.score").click()
    assert page.inner_text("#view-name") == "wall.jpg #2"
    assert page.url.endswith("#f=2.2")
    facts = page.inner_text("#view-facts")
    for words in (
        "review: the score is 0.250 or more",
        "192\xa0mm (96\xa0px)",
        "left 64, upper 96, right 160, lower 128 px",
        "2\xa0mm for one px (a test)",
        "47.50000, 8.25000 (camera)",
        "made up for tests: camera",
        "DJI M3E",
        "2024-05-06T07:08:09",
        "cd" * 32,
        "crack-edge scan 'photos/wall.jpg' --out again --model fake",
    ):
        assert words in facts
    place = page.locator("#view-facts a").get_attribute("href")
    assert place == "geo:47.5,8.25"


def test_enter_opens_and_escape_closes_back_to_the_row(report: Path, open_page: Open) -> None:
    page = open_page(report)
    page.locator("#rows tbody a").nth(1).focus()
    page.keyboard.press("Enter")
    assert page.is_visible("#view")
    page.keyboard.press("Escape")
    wait_until(page, "!location.hash")
    assert not page.is_visible("#view")
    assert page.evaluate("document.activeElement.textContent") == "wall.jpg"


def test_the_address_opens_a_finding_and_the_way_back_leaves_it(
    report: Path, open_page: Open
) -> None:
    page = open_page(report, hash_="#f=0.2")
    assert page.inner_text("#view-name") == "deck 10.jpg #2"
    page.click("#view-close")
    assert not page.is_visible("#view")
    page.locator("#rows tbody a").first.click()
    assert page.is_visible("#view")
    page.go_back()
    page.wait_for_selector("#view", state="hidden")
    assert rows(page)


def test_an_address_of_nothing_opens_nothing(report: Path, open_page: Open) -> None:
    page = open_page(report, hash_="#f=99")
    for hash_ in ("#f=0.99", "#f=", "#f=0.1.1", "#f=-1", "#else", "#f=1e0"):
        assert not page.is_visible("#view")
        page.goto(report.as_uri() + hash_)
    assert not page.is_visible("#view")


def test_a_photo_that_was_not_inspected_opens_with_the_reason(
    report: Path, open_page: Open
) -> None:
    page = open_page(report)
    page.click(".panel.not-inspected a >> text=broken.jpg")
    assert page.inner_text("#view-name") == "broken.jpg"
    assert "photos/broken.jpg: the file is empty" in page.inner_text("#view-facts")
    assert "could not be read" in page.inner_text("#view-missing")
    assert not page.is_visible("#view-near")


def test_buttons_and_arrow_keys_go_through_the_table_as_it_is_sorted(
    report: Path, open_page: Open
) -> None:
    page = open_page(report)
    click_head(page, "score")
    expected = rows(page)
    page.locator("#rows tbody a").first.click()
    assert page.is_disabled("#view-earlier")
    seen = [page.inner_text("#view-name")]
    page.click("#view-later")
    seen.append(page.inner_text("#view-name"))
    for _ in expected[2:]:
        page.keyboard.press("ArrowRight")
        seen.append(page.inner_text("#view-name"))
    assert seen == expected
    assert page.is_disabled("#view-later")
    page.keyboard.press("ArrowLeft")
    assert page.inner_text("#view-name") == expected[-2]
    page.keyboard.press("Escape")
    page.wait_for_selector("#view", state="hidden")
    assert page.evaluate("document.activeElement.textContent") == cells(page, "photo")[-2]


def test_a_finding_fills_the_picture_and_is_outlined(report: Path, open_page: Open) -> None:
    page = open_page(report, hash_="#f=0.1")
    picture = page.locator("#view-picture")
    left, top, width, height = map(float, picture.get_attribute("viewBox").split())
    assert left < 64
    assert top < 96
    assert 160 < left + width < 400
    assert 128 < top + height < 400
    assert picture.locator("path").first.get_attribute("d") == "M64 96h96v32h-96z"
    page.click("#view-whole")
    assert picture.get_attribute("viewBox") == "0 0 4000 3000"
    page.click("#view-near")
    assert float(picture.get_attribute("viewBox").split()[2]) == width


def test_the_picture_inside_is_shown_and_sharpened_from_beside_as_the_heat_map_is(
    report: Path, open_page: Open
) -> None:
    page = open_page(report, hash_="#f=0.1")
    image = page.locator("#view-picture image")
    assert image.first.get_attribute("href").startswith("data:image/jpeg;base64,/9j/")
    assert image.last.get_attribute("href") == "overlays/deck%2010.jpg.jpg"
    page.click("#view-whole")
    assert image.get_attribute("href").startswith("data:image/jpeg;base64,/9j/")
    page.click("#view-heat")
    assert image.get_attribute("href") == "heatmaps/deck%2010.jpg.png"
    assert page.locator("#view-links a").first.get_attribute("href") == "overlays/deck%2010.jpg.jpg"


def test_pictures_are_loaded_from_beside_where_there_is_no_room(
    tmp_path: Path, open_page: Open
) -> None:
    photos = list_photos()
    write_pictures(tmp_path, photos)
    page = open_page(make_report(tmp_path, photos, room=Room(0, 0)).path, hash_="#f=0.1")
    image = page.locator("#view-picture image")
    assert image.get_attribute("href") == "overlays/deck%2010.jpg.jpg"
    page.keyboard.press("Escape")
    thumbnail = page.locator("#rows img").first
    assert thumbnail.get_attribute("src") == "thumbnails/deck%2010.jpg.jpg"
    assert thumbnail.get_attribute("loading") == "lazy"
    wait_until(page, "document.querySelector('#rows img').naturalWidth === 80")


def test_a_page_that_was_sent_alone_says_which_pictures_are_missing(
    tmp_path: Path, browser: Any
) -> None:
    photos = list_photos()
    write_pictures(tmp_path, photos)
    path = make_report(tmp_path, photos, room=Room(0, 0)).path
    alone = tmp_path / "phone" / "report.html"
    alone.parent.mkdir()
    shutil.move(path, alone)
    page = browser.new_page()
    page.goto(f"{alone.as_uri()}#f=0.1")
    page.wait_for_selector("#view-missing:not([hidden])")
    assert "belongs into the folder overlays beside" in page.inner_text("#view-missing")
    page.keyboard.press("Escape")
    page.wait_for_selector("#rows .absent")
    page.close()


def test_a_large_picture_inside_shows_findings_on_a_phone_without_the_folders(
    tmp_path: Path, open_page: Open
) -> None:
    photos = list_photos()
    write_pictures(tmp_path, photos)
    path = make_report(tmp_path, photos).path
    for photo in photos[:-1]:
        overlay_path(tmp_path, photo.name).unlink()
        heat_map_path(tmp_path, photo.name).unlink()
    page = open_page(path, hash_="#f=0.1", **PHONE)
    assert page.locator("#view-picture image").get_attribute("href").startswith("data:")


def test_the_map_shows_what_the_filter_shows(report: Path, open_page: Open) -> None:
    page = open_page(report)
    page.wait_for_selector("#map .mark", state="attached")
    assert page.inner_text("#map-words").startswith("6 of 8 rows of the table are on the map.")
    marks = page.locator("#map .mark.crack")
    assert marks.get_attribute("d").count("M") == 2
    page.fill("#name", "wall")
    assert marks.get_attribute("d").count("M") == 1
    assert page.inner_text("#map-words").startswith("2 of 2")
    assert page.locator("#map text").all_text_contents()[-1] == "N"


def spot_on_screen(page: Any, name: str) -> tuple[float, float]:
    """Return where the first mark of a photo is."""
    x, y = page.evaluate(
        "(name) => SITE.spots.find((spot) => PHOTOS.name[spot.row.photo] === name).at", name
    )
    box = page.locator("#map").bounding_box()
    return box["x"] + x, box["y"] + y


def test_a_click_on_a_mark_opens_it(report: Path, open_page: Open) -> None:
    page = open_page(report)
    page.wait_for_selector("#map .mark", state="attached")
    page.locator("#map").scroll_into_view_if_needed()
    page.mouse.click(*spot_on_screen(page, "deck 9.jpg"))
    page.wait_for_selector("#view[open]")
    assert page.inner_text("#view-name") == "deck 9.jpg #1"


def test_marks_on_one_another_are_listed_to_choose_from(report: Path, open_page: Open) -> None:
    page = open_page(report)
    page.wait_for_selector("#map .mark", state="attached")
    page.locator("#map").scroll_into_view_if_needed()
    page.fill("#name", "wall")
    page.mouse.click(*spot_on_screen(page, "wall.jpg"))
    assert page.locator("#here a").all_inner_texts() == ["wall.jpg #1", "wall.jpg #2"]
    page.locator("#here a").last.click()
    page.wait_for_selector("#view[open]")
    assert page.inner_text("#view-name") == "wall.jpg #2"


def test_the_map_is_zoomed_by_buttons_and_keys_and_moved_by_the_mouse(
    report: Path, open_page: Open
) -> None:
    page = open_page(report)
    page.wait_for_selector("#map .mark", state="attached")
    page.locator("#map").scroll_into_view_if_needed()
    start = spot_on_screen(page, "deck 9.jpg")
    page.click("#map-in")
    page.focus("#map")
    page.keyboard.press("-")
    page.keyboard.press("+")
    page.keyboard.press("ArrowLeft")
    assert spot_on_screen(page, "deck 9.jpg") != pytest.approx(start, abs=5)
    page.click("#map-fit")
    assert spot_on_screen(page, "deck 9.jpg") == pytest.approx(start)
    box = page.locator("#map").bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 90)
    page.mouse.down()
    page.mouse.move(box["x"] + 250, box["y"] + 120, steps=4)
    page.mouse.up()
    moved = spot_on_screen(page, "deck 9.jpg")
    assert moved == pytest.approx((start[0] + 50, start[1] + 30), abs=1)
    assert not page.is_visible("#view")


@pytest.mark.parametrize(
    "positions",
    [
        [(8.25, 47.5)],
        [(8.25, 47.5)] * 3,
        [(179.9999, 10.0), (-179.9999, 10.0)],
        [(0.0, 90.0), (180.0, -90.0)],
    ],
)
def test_a_map_of_any_places_is_drawn(
    positions: list[tuple[float, float]], tmp_path: Path, open_page: Open
) -> None:
    photos = [
        make_photo(f"{i}.jpg", place=make_place("camera", position=one), findings=[make_region()])
        for i, one in enumerate(positions)
    ]
    page = open_page(make_report(tmp_path, photos).path)
    page.wait_for_selector("#map .mark", state="attached")
    path = page.locator("#map .mark.crack").get_attribute("d")
    assert path.startswith("M")
    assert "NaN" not in page.inner_html("#map")
    assert "Infinity" not in page.inner_html("#map")


def test_hostile_names_are_shown_and_not_run(tmp_path: Path, open_page: Open) -> None:
    place = make_place("camera", note="<img src=x onerror=alert(2)>", gsd_from="<b>0</b>")
    photos = [
        make_photo(name, findings=[make_region()], place=place, reasons=(f"<i>{name}</i>",))
        for name in HOSTILE
    ]
    photos += [make_failed_photo(name) for name in HOSTILE]
    write_pictures(tmp_path, photos)
    page = open_page(make_report(tmp_path, photos).path)
    shown = page.locator("#rows tbody td.photo").evaluate_all(
        "(cells) => cells.map((cell) => cell.textContent)"
    )
    assert {name for name in HOSTILE if name.isprintable()} <= set(shown)
    page.wait_for_selector("#map .mark", state="attached")
    for index in range(2 * len(HOSTILE)):
        page.evaluate("(index) => { location.hash = hashOf(ROWS[index]); }", index)
        page.wait_for_selector("#view[open]")
        if page.is_visible("#view-heat"):
            page.click("#view-heat")
        page.keyboard.press("Escape")
        wait_until(page, "!location.hash")
    assert page.evaluate("window.pwned") is None
    assert page.locator("img[onerror], svg[onload], main b b, main i").count() == 0


def test_text_cannot_become_html_in_the_page(report: Path, browser: Any) -> None:
    page = browser.new_page()
    page.goto(report.as_uri())
    for attack in (
        "document.body.innerHTML = '<b>x</b>'",
        "document.write('x')",
        "document.body.append(Object.assign(document.createElement('script'), {text: '1'}))",
    ):
        with pytest.raises(playwright_api.Error, match=r"TrustedHTML|TrustedScript"):
            page.evaluate(attack)
    page.close()


def test_no_width_of_the_screen_scrolls_sideways(tmp_path: Path, open_page: Open) -> None:
    name = f"{'a' * 120}/DJI_{'0' * 100}.jpg"
    regions = [make_region(0.9, (0, 0, 4000, 3000), area_px=12_000_000, length_px=123456.0)]
    photos = [
        *list_photos(),
        make_photo(name, findings=regions, reasons=("x" * 200,)),
        make_photo(f"b{name}", findings=regions, kind="unknown"),
        make_failed_photo(f"c{name}"),
    ]
    page = open_page(make_report(tmp_path, photos).path)
    page.wait_for_selector("#map .mark", state="attached")
    overflow = "(element) => element.scrollWidth - element.clientWidth"
    for width in (360, 390, 700, 1000, 1190, 1280, 1400):
        page.set_viewport_size({"width": width, "height": 740})
        assert page.locator("html").evaluate(overflow) == 0
        page.locator("#rows tbody a").first.click()
        assert page.locator("html").evaluate(overflow) == 0
        assert page.locator(".view-body").evaluate(overflow) == 0
        page.keyboard.press("Escape")
        wait_until(page, "!location.hash")


def test_on_a_phone_the_dialog_fills_the_screen_and_fingers_hit(
    report: Path, open_page: Open
) -> None:
    page = open_page(report, **PHONE)
    page.wait_for_selector("#map .mark", state="attached")

    def find_small() -> list[str]:
        small: list[str] = page.evaluate(
            """() => [...document.querySelectorAll("button, select, summary, a, #name, #score")]
            .filter((one) => one.checkVisibility() && one.getClientRects().length)
            .filter((one) => one.getBoundingClientRect().height < 40
              || one.getBoundingClientRect().width < 40)
            .filter((one) => !one.closest("thead")).map((one) => one.outerHTML)"""
        )
        return small

    assert find_small() == []
    page.locator("#rows tbody a").first.tap()
    page.wait_for_selector("#view[open]")
    box = page.locator("#view").bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 360, 740)
    assert find_small() == []


def test_a_phone_sorts_by_the_list(report: Path, open_page: Open) -> None:
    page = open_page(report, **PHONE)
    page.select_option("#order", "score")
    assert cells(page, "score")[0].split()[-1] == "0.950"
    page.tap("#turn")
    assert cells(page, "score")[0].split()[-1] == "0.300"


def test_paper_gets_all_rows_that_the_filter_shows(tmp_path: Path, open_page: Open) -> None:
    regions = [make_region(0.3 + i / 1000) for i in range(60)]
    photos = [make_photo(name, findings=regions) for name in ("a.jpg", "b.jpg", "c.jpg")]
    write_pictures(tmp_path, photos)
    page = open_page(make_report(tmp_path, [*photos, *list_photos()]).path)
    page.fill("#name", ".jpg")
    tick(page, "crack")
    page.fill("#remarks", "Seen from the scaffold.")
    page.emulate_media(media="print")
    wait_until(page, "document.querySelectorAll('#rows tbody tr').length > 50")
    assert len(rows(page)) == 185
    for gone in (".filters", "#print", "#pager", "#view"):
        assert not page.is_visible(gone)
    for kept in ("h1", ".panel.not-inspected", ".limits", "#status", "#map", ".signature"):
        assert page.is_visible(kept)
    assert "triage review, not inspected" in page.inner_text("#status")
    assert page.locator("#rows img[loading=lazy]").count() == 0
    page.emulate_media(media="screen")
    wait_until(page, "document.querySelectorAll('#rows tbody tr').length === 50")


def test_printing_to_a_file_renders_all_rows(tmp_path: Path, open_page: Open) -> None:
    regions = [make_region(0.3 + i / 1000) for i in range(120)]
    page = open_page(make_report(tmp_path, [make_photo(findings=regions)]).path)
    page.evaluate(
        "addEventListener('afterprint', () => {}); addEventListener('beforeprint', () => "
        "{ window.printed = document.querySelectorAll('#rows tbody tr').length; })"
    )
    pdf = page.pdf()
    assert pdf.startswith(b"%PDF")
    assert page.evaluate("window.printed") == 120
    assert len(rows(page)) == 50


def test_without_script_the_page_says_so_and_tells_what_was_not_seen(
    report: Path, open_page: Open
) -> None:
    page = open_page(report, java_script_enabled=False)
    assert page.is_visible("noscript p")
    assert page.is_visible(".panel.not-inspected >> text=broken.jpg")
    assert page.is_visible("text=What the photos can show")
    assert page.is_visible("text=crack-edge scan PHOTO")
    assert page.is_visible("text=Inspection record")
    for gone in ("#findings", "#site", "#view"):
        assert not page.is_visible(gone)


def test_a_screen_reader_is_told_what_each_part_is(report: Path, open_page: Open) -> None:
    page = open_page(report)
    assert page.get_attribute("html", "lang") == "en"
    assert page.locator("#rows").get_by_role("columnheader").count() == len(COLUMNS)
    assert page.get_by_role("link", name="Open wall.jpg #2").count() == 1
    assert page.get_by_role("slider", name="Score at least").count() == 1
    assert page.get_by_role("searchbox", name="Photo name").count() == 1
    assert page.get_by_role("status").count() >= 1
    page.locator("#rows tbody a").first.click()
    assert page.get_by_role("dialog", name="deck 10.jpg #1").count() == 1
    assert page.get_by_role("button", name="Close", exact=True).count() == 1
