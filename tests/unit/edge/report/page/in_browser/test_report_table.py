"""The report's table in a browser: sorted, filtered, page by page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.unit.edge.report.page.in_browser.steps import (
    COLUMNS,
    Open,
    cells,
    click_head,
    rows,
    tick,
)
from tests.unit.photo_findings import (
    make_photo,
    make_region,
)
from tests.unit.report_pages import make_report


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
    falling = ["0.95", "0.80", "0.70", "0.60", "0.50", "0.30"]
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


def test_lengths_have_even_digits_and_areas_are_square(tmp_path: Path, open_page: Open) -> None:
    lengths = [2500.0, 2545.0, 3.0, 2.6]
    photo = make_photo("a.jpg", findings=[make_region(0.9, length_px=px) for px in lengths])
    page = open_page(make_report(tmp_path, [photo]).path)
    expected = ["5.00\xa0m", "5.09\xa0m", "6.0\xa0mm", "5.2\xa0mm"]
    assert cells(page, "length") == expected
    page.locator("#rows tbody tr").first.locator("td.score").click()
    page.wait_for_selector("#view[open]")
    assert "(3,072\xa0px²)" in page.inner_text("#view-facts")


def test_a_score_just_below_a_threshold_does_not_look_as_if_it_reached_it(
    tmp_path: Path, open_page: Open
) -> None:
    photo = make_photo("a.jpg", findings=[make_region(0.6999), make_region(0.29)])
    page = open_page(make_report(tmp_path, [photo]).path)
    assert cells(page, "score") == ["0.69", "0.29"]
    assert cells(page, "triage") == ["review", "review"]


def test_what_is_known_of_no_photo_has_no_column(tmp_path: Path, open_page: Open) -> None:
    photo = make_photo("a.jpg", findings=[make_region()], kind="unknown")
    page = open_page(make_report(tmp_path, [photo]).path)
    assert cells(page, "length") == ["96\xa0px"]
    for column in ("place", "smallest"):
        assert page.locator(f"#rows [data-column={column}]").count() == 0


def test_a_triage_that_is_not_ticked_is_not_shown(report: Path, open_page: Open) -> None:
    page = open_page(report)
    tick(page, "review")
    tick(page, "not inspected")
    assert set(cells(page, "triage")) == {"crack"}
    tick(page, "clear")
    assert cells(page, "photo")[-1] == "clear.jpg"
    assert page.inner_text("#status").startswith("Showing 4 of 9 rows; crack, clear;")


def test_the_slider_hides_findings_below_a_score_but_not_photos(
    report: Path, open_page: Open
) -> None:
    page = open_page(report)
    page.focus("#score")
    assert page.input_value("#score") == "0.25"
    for _ in range(45):
        page.keyboard.press("ArrowRight")
    assert page.inner_text("#score-shown") == "0.70"
    assert cells(page, "score") == ["0.95", "0.80", "0.70", "–", "–"]


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
    photo = make_photo("dim.jpg", findings=[make_region()], reasons=("80% of it is too dark",))
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
