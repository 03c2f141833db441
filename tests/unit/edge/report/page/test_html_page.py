"""The report of a scan as it is written: nothing left out, nothing becomes code, small enough."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import os
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import cv2
import numpy as np
import pytest

from edge.detect.settings import ScanSettings
from edge.geo.site import Site
from edge.photo.codec import write_photo
from edge.report.findings import PhotoFindings
from edge.report.page.embedded_pictures import Room
from edge.report.page.head_and_foot import command_of
from edge.report.page.reported_scan import Scan, mm_of
from edge.report.page.script_data import collect_data, embed_json
from edge.store.identity import ModelIdentity, ScanIdentity
from edge.store.result_paths import overlay_path, thumbnail_path
from tests.unit.fakes import make_card
from tests.unit.photo_findings import (
    ODD_NAMES,
    make_failed_photo,
    make_photo,
    make_photos,
    make_place,
    make_region,
    rectangle,
)
from tests.unit.report_pages import IDENTITY, SITE, make_report, make_summary, write_pictures

NASTY = "</script><script>window.pwned=1</script>.jpg"


@pytest.mark.parametrize("name", [*ODD_NAMES, NASTY, "<img src=x onerror=alert(1)>.jpg"])
def test_a_name_stays_text_in_page_and_data(name: str, tmp_path: Path) -> None:
    region = make_region()
    plain = make_report(tmp_path, [make_photo("a.jpg", findings=[region]), make_failed_photo("b")])
    odd = make_report(tmp_path, [make_photo(name, findings=[region]), make_failed_photo(name)])
    assert odd.page.tags == plain.page.tags
    assert odd.data["photos"]["name"] == [name, name]
    assert odd.data["photos"]["reasons"][1] == ["the file is empty"]


def test_the_policy_lets_only_the_page_s_own_style_and_script_run(tmp_path: Path) -> None:
    source = make_report(tmp_path, make_photos()).source
    found = re.search(r'<meta http-equiv=Content-Security-Policy content="([^"]*)">', source)
    assert found
    rules = dict(rule.split(" ", 1) for rule in found[1].split("; "))
    for name, start, end in (("style", "<style>", "</style>"), ("script", "<script>", "</script>")):
        (text,) = (part.partition(end)[0] for part in source.split(start)[1:])
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules[f"{name}-src"] == f"'sha256-{digest}'"
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "'self' file: data:"
    assert "unsafe" not in found[1]
    assert source.index("Content-Security-Policy") < source.index("<style>")


def test_the_page_needs_nothing_from_outside(tmp_path: Path) -> None:
    photos = make_photos()
    write_pictures(tmp_path, photos)
    report = make_report(tmp_path, photos)
    assert not {"link", "iframe", "form", "object", "base"} & set(report.page.tags)
    assert all(link.startswith("#") for link in report.page.links)
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|url\(|@import", report.source)
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", report.source
    )


def test_data_in_an_element_cannot_end_it() -> None:
    text = embed_json("data", {"a": "</script><!--<script>&\u2028\u2029"})
    inside = text.removeprefix("<script type='application/json' id='data'>")
    inside = inside.removesuffix("</script>")
    assert not set("<>&\u2028\u2029") & set(inside)
    assert json.loads(inside) == {"a": "</script><!--<script>&\u2028\u2029"}


def test_the_head_counts_findings_and_photos(tmp_path: Path) -> None:
    text = make_report(tmp_path, make_photos()).page.text
    for figure in (
        "7 photos",
        "4 findings marked crack, on 4 photos",
        "4 findings to review, on 4 photos",
        "2 photos not inspected",
        "1 photo clear: nothing found",
    ):
        assert figure in text
    assert "7 photos in the folder photos, 6 of them taken 2024-05-06." in text
    assert "Scanned 2024-05-06 07:08 UTC by crack-edge 0.1." in text


def test_what_was_not_inspected_is_listed_beside_what_is_clear(tmp_path: Path) -> None:
    text = make_report(tmp_path, make_photos()).page.text
    beside = text.partition("Not inspected: 2 photos")[2].partition("Photo name")[0]
    assert "dark.jpg: 90 % of it is too dark" in beside
    assert "bad.jpg: the file is empty" in beside
    assert "Clear: 1 photo" in beside
    assert "clear.jpg: shows cracks 0.8 mm wide or wider, too coarse for 0.3 mm" in beside


def test_a_photo_that_was_seen_in_part_is_listed_with_its_triage(tmp_path: Path) -> None:
    reasons = ("30% of it is blurred",)
    photos = [
        make_photo("wall.jpg", findings=[make_region()], reasons=reasons),
        make_photo("sky.jpg", reasons=reasons),
    ]
    text = make_report(tmp_path, photos).page.text
    assert "Not inspected: 0 photos" in text
    assert "Inspected in part: 2 photos" in text
    assert "wall.jpg: crack; 30% of it is blurred" in text
    assert "sky.jpg: clear; 30% of it is blurred" in text


def _clear(name: str, smallest_mm: float | None) -> PhotoFindings:
    is_fine = None if smallest_mm is None else smallest_mm <= 0.3
    return make_photo(name, smallest_crack_mm=smallest_mm, is_fine_enough=is_fine)


def test_the_claim_of_clear_photos_tells_fine_coarse_and_unknown_ones_apart(tmp_path: Path) -> None:
    photos = [_clear(f"{i}.jpg", mm) for i, mm in enumerate((0.2, 0.3, 0.304, None, None, None))]
    text = make_report(tmp_path, photos).page.text
    assert (
        "Of 6 clear photos, 2 can show a crack 0.3 mm wide; 1 cannot (too coarse); the scale of 3 "
        "is unknown."
    ) in text
    assert "2.jpg: shows cracks 0.304 mm wide or wider, too coarse for 0.3 mm" in text
    assert "The scale of 3 photos is unknown, so lengths are in px" in text
    assert "3 photos: a test" in text


@pytest.mark.parametrize(
    ("widths_mm", "words"),
    [
        ((2.0,), "1 photo of known scale: cracks 2 mm wide or wider can be seen."),
        (
            (0.5, 0.2, 12.0),
            "3 photos of known scale: the sharpest shows cracks 0.2 mm wide or wider, half of them "
            "0.5 mm or finer, the coarsest 12 mm or wider.",
        ),
    ],
)
def test_the_widths_that_the_photos_can_show_are_summed_up(
    widths_mm: tuple[float, ...], words: str, tmp_path: Path
) -> None:
    photos = [_clear(f"{mm}.jpg", mm) for mm in widths_mm]
    assert words in make_report(tmp_path, photos).page.text


@pytest.mark.parametrize(
    ("mm", "words"),
    [
        *((0.3, "0.3 mm"), (0.3004, "0.3 mm"), (0.304, "0.304 mm"), (2.0, "2 mm")),
        *((12.34, "12 mm"), (100.0, "100 mm"), (12345.6, "12,346 mm"), (None, "unknown")),
    ],
)
def test_a_width_keeps_the_digits_that_decide(mm: float | None, words: str) -> None:
    assert mm_of(mm) == words


def test_photos_without_a_position_are_counted_with_the_reason(tmp_path: Path) -> None:
    report = make_report(tmp_path, make_photos())
    assert "2 photos are not on the map:" in report.page.text
    assert "2 photos: no GPS position in the photo" in report.page.text
    assert len(report.data["map"]["photos"]) == 7


def test_without_any_position_there_is_no_map_but_the_reason(tmp_path: Path) -> None:
    report = make_report(tmp_path, [make_photo(kind="unknown")])
    assert report.data["map"] is None
    assert "svg" not in report.page.tags[: report.page.tags.index("dialog")]
    assert "1 photo: no GPS position in the photo" in report.page.text


def test_links_lead_to_the_pictures_that_are_there(tmp_path: Path) -> None:
    names = ["ü %#?.jpg", "a b/c.jpg", *ODD_NAMES]
    photos = [make_photo(name) for name in names]
    write_pictures(tmp_path, photos[:-1])
    columns = make_report(tmp_path, photos, room=Room(0, 0)).data["photos"]
    for kind in ("overlay", "heat_map", "thumbnail"):
        *links, absent = columns[kind]
        assert absent is None
        assert all((tmp_path / unquote(link, errors="surrogateescape")).is_file() for link in links)
        assert all(re.fullmatch(r"[\w/.%~-]+", link, re.ASCII) for link in links)


def test_values_that_are_no_numbers_are_unknown(tmp_path: Path) -> None:
    place = make_place("ground", position=(math.nan, math.inf), gsd_mm=math.nan)
    photo = make_photo(place=place, findings=[make_region(orientation_deg=None)])
    report = make_report(tmp_path, [photo])
    assert report.data["photos"]["lonlat"] == [None]
    assert report.data["photos"]["gsd_mm"] == [None]
    assert report.data["findings"]["length_mm"] == [None]
    assert report.data["findings"]["orientation_deg"] == [None]
    assert report.data["map"] is None


def test_each_finding_keeps_its_numbers(tmp_path: Path) -> None:
    photos = [
        make_photo("a.jpg", findings=[make_region(0.91234), make_region(0.4)]),
        _clear("b", 1),
    ]
    data = make_report(tmp_path, photos).data
    findings = data["findings"]
    assert findings["photo"] == [0, 0]
    assert findings["number"] == [1, 2]
    assert [data["triages"][triage] for triage in findings["triage"]] == ["crack", "review"]
    assert findings["score"] == [0.9123, 0.4]
    assert findings["xyxy"] == [[64, 96, 160, 128]] * 2
    assert findings["length_mm"] == [192.0, 192.0]
    assert {len(column) for column in findings.values()} == {2}
    assert {len(column) for column in data["photos"].values()} == {2}


def test_an_outline_is_a_path_with_its_holes(tmp_path: Path) -> None:
    hole = ((4, 4), (4, 8), (8, 8), (8, 4))
    region = make_region(outline=((rectangle(0, 0, 32, 16), hole), (((9, 9), (12, 13), (9, 14)),)))
    data = make_report(tmp_path, [make_photo(findings=[region])]).data
    assert data["findings"]["outline"] == ["M0 0h32v16h-32zM4 4v4h4v-4zM9 9l3 4l-3 1z"]


def test_outlines_of_the_most_urgent_come_first_where_there_is_room(tmp_path: Path) -> None:
    regions = [make_region(0.4), make_region(0.8), make_region(0.9)]
    photos = [make_photo(f"{region.score}.jpg", findings=[region]) for region in regions]
    path = "M64 96h96v32h-96z"
    data = collect_data(tmp_path, photos, None, {}, max_outlines_chars=2 * len(path))
    assert data["findings"]["outline"] == [None, path, path]


def _many_pictures(folder: Path) -> list[PhotoFindings]:
    photos = [
        make_photo("clear.jpg"),
        make_photo("low.jpg", findings=[make_region(0.3)]),
        make_photo("sure.jpg", findings=[make_region(0.8)]),
        make_photo("surest.jpg", findings=[make_region(0.9)]),
        make_failed_photo(),
        make_photo("dark.jpg", triage="not inspected"),
    ]
    write_pictures(folder, photos, thumb_bytes=3000)
    return photos


def test_thumbnails_inside_are_those_of_the_most_urgent_photos(tmp_path: Path) -> None:
    photos = _many_pictures(tmp_path)
    empty = len(make_report(tmp_path, photos, room=Room(0, 0)).source.encode())
    report = make_report(tmp_path, photos, room=Room(empty + 3 * 4100, 0))
    assert list(report.pictures) == [("thumbnail", 3), ("thumbnail", 2), ("thumbnail", 1)]
    assert len(report.source.encode()) <= empty + 3 * 4100
    everything = make_report(tmp_path, photos).pictures
    assert [index for kind, index in everything if kind == "thumbnail"] == [3, 2, 1, 5, 0]


def test_a_thumbnail_inside_is_the_file_beside(tmp_path: Path) -> None:
    photos = _many_pictures(tmp_path)
    inside = make_report(tmp_path, photos).pictures["thumbnail", 2]
    assert base64.b64decode(inside) == thumbnail_path(tmp_path, "sure.jpg").read_bytes()


def test_what_is_no_small_jpeg_is_not_taken_in(tmp_path: Path) -> None:
    photos = _many_pictures(tmp_path)
    thumbnail_path(tmp_path, "clear.jpg").write_bytes(b"\xff\xd8\xff".ljust(100_000))
    thumbnail_path(tmp_path, "low.jpg").write_bytes(b"<svg/>")
    thumbnail_path(tmp_path, "sure.jpg").unlink()
    overlay_path(tmp_path, "surest.jpg").write_bytes(b"\xff\xd8\xff and no more")
    assert set(make_report(tmp_path, photos).pictures) == {
        *(("thumbnail", 3), ("thumbnail", 5), ("preview", 2), ("preview", 1)),
    }


def test_previews_are_for_photos_with_findings_at_half_the_size_of_their_overlay(
    tmp_path: Path,
) -> None:
    photos = _many_pictures(tmp_path)
    for name, size_wh in (("surest.jpg", (2400, 1800)), ("sure.jpg", (1300, 2000))):
        write_photo(overlay_path(tmp_path, name), np.zeros((size_wh[1], size_wh[0], 3), np.uint8))
    pictures = make_report(tmp_path, photos).pictures
    assert [index for kind, index in pictures if kind == "preview"] == [3, 2, 1]
    shapes = [
        cv2.imdecode(
            np.frombuffer(base64.b64decode(pictures["preview", index]), np.uint8), cv2.IMREAD_COLOR
        ).shape[:2]
        for index in (3, 2, 1)
    ]
    assert shapes == [(900, 1200), (1000, 650), (60, 80)]


def test_a_page_with_many_thumbnails_has_no_previews(tmp_path: Path) -> None:
    photos = _many_pictures(tmp_path)
    pictures = make_report(tmp_path, photos, room=Room(with_previews=20_000)).pictures
    assert {kind for kind, _ in pictures} == {"thumbnail"}


def test_the_report_of_two_thousand_photos_stays_below_thirty_megabytes(tmp_path: Path) -> None:
    # Branched cracks of 80 corners, thumbnails of 12 kB.
    ring = tuple((32 * i, 32 * (j % 2)) for i in range(40) for j in (i, i + 1))
    regions = [make_region(0.3 + 0.06 * i, outline=((ring,),)) for i in range(10)]
    photos = [
        make_photo(f"flight 1/DJI_20240506070809_{i:04d}_V.JPG", findings=regions)
        for i in range(2000)
    ]
    write_pictures(tmp_path, photos[:1], thumb_bytes=12_000)
    first = thumbnail_path(tmp_path, photos[0].name)
    for photo in photos[1:]:
        os.link(first, thumbnail_path(tmp_path, photo.name))
    report = make_report(tmp_path, photos)
    assert 25e6 < report.path.stat().st_size < 30e6
    inside = {index for kind, index in report.pictures if kind == "thumbnail"}
    assert 1000 < len(inside) < 2000
    assert all(report.data["photos"]["thumbnail"])


def _command(identity: ScanIdentity = IDENTITY, site: Site = SITE) -> str:
    return command_of(Scan([], make_summary([], identity, site)), "PHOTO")


def test_the_command_repeats_model_and_settings() -> None:
    assert _command() == (
        "crack-edge scan PHOTO --out again --model fake --threshold 0.25 --crack-threshold 0.7 "
        "--view dense --scale 1 --scale 0.5 --distance 4.5 --crack-width 0.3"
    )


def test_the_command_repeats_a_cascade_and_quotes_for_the_shell() -> None:
    settings = ScanSettings(threshold=0.1 + 0.2, unsure_from=0.25)
    models = (ModelIdentity("large; rm", None), ModelIdentity("small", None))
    identity = ScanIdentity(settings, models, make_card())
    assert _command(identity, Site(crack_width_mm=0.2)) == (
        "crack-edge scan PHOTO --out again --model 'large; rm' --threshold 0.30000000000000004 "
        "--crack-threshold 0.9 --view dense --scale 1 --crack-width 0.2 "
        "--cascade small --unsure-from 0.25"
    )


def test_model_and_settings_are_told(tmp_path: Path) -> None:
    counts = {"looked_share": 0.1, "lost_recall": 0.0, "audited_windows": 5, "time_ratio": None}
    text = make_report(tmp_path, make_photos(), cascade=counts).page.text
    assert "the large model looked at 10.0% of the cells" in text
    assert f"fake, SHA-256 {'ab' * 32}" in text
    assert "Threshold for a crack0.7000" in text
    assert "Scales1; 0.5" in text
    assert "made for <tests>" in text
    assert "Model's own threshold0.2500Notes" in text
    assert "Scale of all photos4.5 m away (--distance)Finest" in text
    assert "crack-edge scan PHOTO --out again" in text


def test_a_replaced_scale_is_told_with_the_settings(tmp_path: Path) -> None:
    report = make_report(tmp_path, make_photos(), site=Site(gsd_mm=0.4), rescaled=3)
    words = "0.4 mm per px (--gsd); --gsd replaces the scale in the files of 3 photos"
    assert words in report.page.text


def test_a_scan_that_is_not_complete_says_so(tmp_path: Path) -> None:
    words = "19 photos not scanned yet: this scan was stopped or is still running"
    assert words in make_report(tmp_path, make_photos(), left=19).page.text
    assert "not scanned yet" not in make_report(tmp_path, make_photos()).page.text


def test_one_scale_for_all_is_advised_only_where_no_photo_has_any(tmp_path: Path) -> None:
    plain, scaled = make_photo("a.jpg", kind="unknown"), make_photo("b.jpg", kind="ground")
    assert "report FOLDER --gsd MM" in make_report(tmp_path, [plain]).page.text
    mixed = make_report(tmp_path, [plain, scaled]).page.text
    assert "--gsd" not in mixed
    assert "photo,gsd_mm" in mixed
    assert "report FOLDER --positions FILE" in mixed


def test_a_scan_without_photos_has_a_report_too(tmp_path: Path) -> None:
    report = make_report(tmp_path, [])
    assert "Not inspected: 0 photos" in report.page.text
    assert report.data["photos"]["name"] == []


def test_a_photo_that_was_hardly_seen_stays_not_inspected(tmp_path: Path) -> None:
    photo = make_photo("dim.jpg", findings=[make_region()])
    photo = replace(photo, triage="not inspected", reasons=("80% of it too dark",))
    text = make_report(tmp_path, [photo]).page.text
    assert "dim.jpg: 80% of it too dark" in text
    assert "1 photo not inspected" in text
