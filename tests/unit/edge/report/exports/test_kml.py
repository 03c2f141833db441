"""The map file for Google Earth."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from edge.photo.facts import CameraFacts
from edge.report.exports.kml import make_kml
from edge.report.findings import PhotoFindings
from tests.unit.ogr import count_features, needs_ogrinfo, run_ogrinfo
from tests.unit.photo_findings import (
    ODD_NAMES,
    make_failed_photo,
    make_photo,
    make_photos,
    make_place,
    make_region,
    rectangle,
)

FACTS = {"made_by": "crack-edge 1.0", "settings": {"threshold": 0.1}}
NAMES = {"k": "http://www.opengis.net/kml/2.2"}


def read(photos: Sequence[PhotoFindings]) -> ET.Element:
    return ET.fromstring(make_kml(photos, facts=FACTS))


def list_marks(root: ET.Element, folder: str) -> list[ET.Element]:
    return root.findall(f"k:Document/k:Folder[k:name='{folder}']/k:Placemark", NAMES)


def text_of(element: ET.Element, path: str) -> str | None:
    return element.findtext("/".join(f"k:{tag}" for tag in path.split("/")), None, NAMES)


def data_of(mark: ET.Element) -> dict[str, str]:
    return {
        data.attrib["name"]: text_of(data, "value") or ""
        for data in mark.findall("k:ExtendedData/k:Data", NAMES)
    }


def tags_of(element: ET.Element) -> list[str]:
    return [child.tag.rpartition("}")[2] for child in element]


def test_what_to_look_at_first_stands_first() -> None:
    root = read(make_photos())
    folders = [folder.text for folder in root.findall("k:Document/k:Folder/k:name", NAMES)]
    assert folders == ["crack", "review", "not inspected", "clear", "without location"]


def test_folders_without_content_are_left_out() -> None:
    assert not read([]).findall("k:Document/k:Folder", NAMES)


def test_each_photo_and_region_is_marked_once() -> None:
    root = read(make_photos())
    marks = {
        folder: [text_of(mark, "name") for mark in list_marks(root, folder)]
        for folder in ("crack", "review", "not inspected", "clear", "without location")
    }
    photos = ("map.jpg", "ground.jpg", "camera.jpg")
    assert marks == {
        "crack": [name for photo in photos for name in (photo, f"{photo} #1")],
        "review": [f"{photo} #2" for photo in photos],
        "not inspected": ["dark.jpg"],
        "clear": ["clear.jpg"],
        "without location": ["unknown.jpg", "unknown.jpg #1", "unknown.jpg #2", "bad.jpg"],
    }


def test_what_has_no_place_has_no_geometry() -> None:
    for mark in list_marks(read(make_photos()), "without location"):
        assert tags_of(mark) == ["name", "styleUrl", "ExtendedData"]


def test_a_region_on_the_ground_is_a_polygon_with_its_holes() -> None:
    hole = rectangle(64, 64, 96, 96)
    region = make_region(outline=((rectangle(0, 0, 320, 320), hole),))
    mark = list_marks(read([make_photo(findings=[region])]), "crack")[1]
    rings = [
        [tuple(map(float, corner.split(","))) for corner in text.split()]
        for where in ("outerBoundaryIs", "innerBoundaryIs")
        if (text := text_of(mark, f"Polygon/{where}/LinearRing/coordinates"))
    ]
    assert [(len(ring), ring[0] == ring[-1]) for ring in rings] == [(5, True), (5, True)]
    longitudes, latitudes = zip(*rings[0], strict=True)
    assert (min(longitudes), max(longitudes)) == (8.2499468, 8.2499553)
    assert (min(latitudes), max(latitudes)) == (47.5000212, 47.500027)


def test_a_region_of_several_parts_is_one_mark() -> None:
    parts = ((rectangle(0, 0, 32, 32),), (rectangle(32, 32, 64, 64),))
    mark = list_marks(read([make_photo(findings=[make_region(outline=parts)])]), "crack")[1]
    assert len(mark.findall("k:MultiGeometry/k:Polygon", NAMES)) == 2


def test_positions_that_numpy_worked_out_are_plain_numbers() -> None:
    place = make_place(
        position=(np.float64(8.25), np.float64(47.5)),
        project=lambda x, y: (np.float64(8 + x / 1e6), np.float64(47 + y / 1e6)),
    )
    text = make_kml([make_photo(findings=[make_region()], place=place)], facts=FACTS).decode()
    assert "<coordinates>8.25,47.5</coordinates>" in text
    assert "float64" not in text


def test_a_wall_is_looked_at_as_the_camera_did() -> None:
    root = read([make_photo(findings=[make_region()], kind="camera")])
    for mark in list_marks(root, "crack"):
        # The order is the schema's.
        assert tags_of(mark) == ["name", "LookAt", "styleUrl", "ExtendedData", "Point"]
        assert text_of(mark, "Point/coordinates") == "8.25,47.5"
        assert (text_of(mark, "LookAt/heading"), text_of(mark, "LookAt/tilt")) == ("123.4", "90.0")


def test_marks_have_the_style_of_their_triage() -> None:
    root = read(make_photos())
    styles = {style.attrib["id"] for style in root.findall("k:Document/k:Style", NAMES)}
    assert styles == {"crack", "review", "not-inspected", "clear"}
    for folder, style in (("crack", "crack"), ("not inspected", "not-inspected")):
        links = {text_of(mark, "styleUrl") for mark in list_marks(root, folder)}
        assert links == {f"#{style}"}


def test_the_document_says_how_it_was_made() -> None:
    words = text_of(read([]), "Document/description")
    assert words == "made_by: crack-edge 1.0\nsettings: threshold 0.1"


def test_a_mark_tells_what_is_known_and_leaves_out_the_rest() -> None:
    photos = [make_photo(findings=[make_region()], smallest_crack_mm=0.5), make_failed_photo()]
    root = read(photos)
    region = data_of(list_marks(root, "crack")[1])
    assert (region["kind"], region["triage"], region["length_mm"]) == ("region", "crack", "192.0")
    assert region["smallest_crack_mm"] == "0.500"
    failed = data_of(list_marks(root, "without location")[0])
    assert failed["not_inspected"] == "the file is empty"
    assert not {"path", "latitude", "width"} & set(failed)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_name_that_cannot_be_shown_is_there_in_bytes(name: str) -> None:
    for mark in list_marks(read([make_photo(name, findings=[make_region()])]), "crack"):
        facts = data_of(mark)
        if "photo_bytes" in facts:
            assert unquote_to_bytes(facts["photo_bytes"]) == os.fsencode(name)
        else:
            # An XML reader makes one newline of each line's end.
            assert facts["photo"] == name.replace("\r", "\n")


def test_words_from_outside_are_no_markup_even_for_a_viewer_that_shows_html() -> None:
    words = "<img src=x onerror=alert(1)>]]>&lt;"
    camera = CameraFacts(words, model=words)
    photos = [
        make_photo(words, findings=[make_region()], place=make_place(note=words), camera=camera),
        make_failed_photo(words, why=words),
    ]
    shown = "".join(read(photos).itertext())
    assert not {"<", ">"} & set(shown)
    assert shown.count("‹img src=x onerror=alert(1)›") >= 8


@pytest.mark.parametrize("character", ["\0", "\x07", "\x1b", "\ud800", "\ufffe", "\uffff"])
def test_what_xml_forbids_is_replaced(character: str) -> None:
    photo = make_photo(f"a{character}b.jpg", place=make_place(note=character))
    (mark,) = list_marks(read([photo]), "clear")
    assert text_of(mark, "name") == "a\ufffdb.jpg"


@pytest.mark.parametrize("position", [(math.nan, 47.5), (8.25, math.inf), (180.5, 0.0)])
def test_a_forged_position_is_no_geometry(position: tuple[float, float]) -> None:
    place = make_place("camera", position=position, direction_deg=math.nan)
    assert len(list_marks(read([make_photo(place=place)]), "without location")) == 1


@pytest.mark.parametrize("direction", [None, math.nan, math.inf])
def test_without_a_direction_there_is_no_view(direction: float | None) -> None:
    place = make_place("camera", direction_deg=direction)
    (mark,) = list_marks(read([make_photo(place=place)]), "clear")
    assert tags_of(mark) == ["name", "styleUrl", "ExtendedData", "Point"]


def test_a_place_near_the_zero_meridian_has_no_exponent() -> None:
    place = make_place("camera", position=(0.00005, -0.0000012))
    (mark,) = list_marks(read([make_photo(place=place)]), "clear")
    assert text_of(mark, "Point/coordinates") == "0.000050000000,-0.000001200000"


@needs_ogrinfo
@pytest.mark.parametrize("driver", ["KML", "LIBKML"])
def test_both_readers_of_gdal_take_it(tmp_path: Path, driver: str) -> None:
    file = tmp_path / "regions.kml"
    odd = [make_photo(name, findings=[make_region()]) for name in ODD_NAMES]
    file.write_bytes(make_kml([*make_photos(), *odd], facts=FACTS))
    other = "KML" if driver == "LIBKML" else "LIBKML"
    text = run_ogrinfo(file, "--config", "OGR_SKIP", other)
    if f"using driver `{driver}' successful" not in text:
        pytest.skip(f"this GDAL has no {driver}")
    counts = count_features(text)
    # The older reader leaves out what has no geometry.
    assert counts.pop("without location", 4) == 4
    expected = {"crack": 6 + 2 * len(ODD_NAMES), "review": 3, "not inspected": 1, "clear": 1}
    assert counts == expected
    assert text.count("  POLYGON ") == 4 + len(ODD_NAMES)
