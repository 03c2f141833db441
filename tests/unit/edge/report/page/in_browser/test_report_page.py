"""The report in a browser as a whole: attacked, on a phone, on paper, read aloud."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.edge.report.page.in_browser.steps import (
    COLUMNS,
    PHONE,
    Open,
    cells,
    list_photos,
    rows,
    tick,
    wait_until,
)
from tests.unit.photo_findings import (
    ODD_NAMES,
    make_failed_photo,
    make_photo,
    make_place,
    make_region,
)
from tests.unit.report_pages import make_report, write_pictures

HOSTILE = (
    "<img src=x onerror=alert(1)>.jpg",
    "</script><script>window.pwned=1</script>.jpg",
    "'\"><svg onload=alert(1)>.jpg",
    "javascript:alert(1).jpg",
    "{{pwned}}${pwned}`pwned`.jpg",
    *ODD_NAMES,
)


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
    from playwright.sync_api import Error  # the browser is there, so it is too

    page = browser.new_page()
    page.goto(report.as_uri())
    for attack in (
        "document.body.innerHTML = '<b>x</b>'",
        "document.write('x')",
        "document.body.append(Object.assign(document.createElement('script'), {text: '1'}))",
    ):
        with pytest.raises(Error, match=r"TrustedHTML|TrustedScript"):
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
    assert cells(page, "score")[0].split()[-1] == "0.95"
    page.tap("#turn")
    assert cells(page, "score")[0].split()[-1] == "0.30"


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
    for kept in (
        "h1",
        ".panel.not-inspected",
        ".limits",
        "#status",
        "#map",
        ".signature",
        ".settings pre",
    ):
        assert page.is_visible(kept)
    assert "review, not inspected;" in page.inner_text("#status")
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
    assert page.is_visible("text=How fine a crack the photos can show")
    assert not page.is_visible("text=crack-edge scan PHOTO")
    page.click("#settings summary")
    assert page.is_visible("text=crack-edge scan PHOTO")
    assert page.is_visible("h2 >> text=Inspection record")
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
