"""A finding opened in a browser: its picture, its facts, the way back."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from edge.report.page.embedded_pictures import Room
from edge.store.result_paths import heat_map_path, overlay_path
from tests.unit.edge.report.page.in_browser.steps import (
    PHONE,
    Open,
    cells,
    click_head,
    list_photos,
    rows,
    wait_until,
)
from tests.unit.report_pages import make_report, write_pictures


def test_a_click_on_a_row_opens_its_finding(report: Path, open_page: Open) -> None:
    page = open_page(report)
    page.locator("#rows tbody tr", has_text="wall.jpg").nth(1).locator("td.score").click()
    page.wait_for_selector("#view[open]")
    assert page.inner_text("#view-name") == "wall.jpg #2"
    assert page.url.endswith("#f=2.2")
    facts = page.inner_text("#view-facts")
    for words in (
        "review: the score is 0.25 or more",
        "192\xa0mm (96\xa0px)",
        "left 64, top 96, right 160, bottom 128 px",
        "2\xa0mm per px (a test)",
        "47.50000, 8.25000 (camera)",
        "made up for tests: camera",
        "DJI M3E",
        "2024-05-06 07:08:09",
    ):
        assert words in facts
    page.click("#view summary")
    origin = page.inner_text("#view-origin")
    assert "cd" * 32 in origin
    assert "crack-edge scan 'photos/wall.jpg' --out again --model fake" in origin
    place = page.locator("#view-facts a").get_attribute("href")
    assert place == "geo:47.5,8.25"


def test_enter_opens_and_escape_closes_back_to_the_row(report: Path, open_page: Open) -> None:
    page = open_page(report)
    page.locator("#rows tbody a").nth(1).focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#view[open]")
    page.keyboard.press("Escape")
    wait_until(page, "!location.hash && document.activeElement.textContent === 'wall.jpg'")
    assert not page.is_visible("#view")


def test_the_address_opens_a_finding_and_the_way_back_leaves_it(
    report: Path, open_page: Open
) -> None:
    page = open_page(report, hash_="#f=0.2")
    assert page.inner_text("#view-name") == "deck 10.jpg #2"
    page.click("#view-close")
    assert not page.is_visible("#view")
    page.locator("#rows tbody a").first.click()
    page.wait_for_selector("#view[open]")
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
    page.wait_for_selector("#view[open]")
    assert page.inner_text("#view-name") == "broken.jpg"
    assert "the file is empty" in page.inner_text("#view-facts")
    assert "could not be scanned" in page.inner_text("#view-missing")
    assert not page.is_visible("#view-near")


def test_buttons_and_arrow_keys_go_through_the_table_as_it_is_sorted(
    report: Path, open_page: Open
) -> None:
    page = open_page(report)
    click_head(page, "score")
    expected = rows(page)
    page.locator("#rows tbody a").first.click()
    page.wait_for_selector("#view[open]")
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
    row = cells(page, "photo")[-2]
    wait_until(page, f"document.activeElement.textContent === '{row}'")
    assert not page.is_visible("#view")


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
    assert "Keep the folder overlays beside" in page.inner_text("#view-missing")
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
