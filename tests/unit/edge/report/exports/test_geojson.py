"""The map file for GIS."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest

from edge.detect.outline import Polygon
from edge.report.exports.geojson import make_geojson
from edge.report.findings import PhotoFindings
from tests.unit.ogr import count_features, needs_ogrinfo, run_ogrinfo
from tests.unit.photo_findings import (
    ODD_NAMES,
    make_failed_photo,
    make_finding,
    make_photo,
    make_photos,
    make_place,
    make_region,
    project,
    rectangle,
)

FACTS = {"made_by": "crack-edge 1.0", "settings": {"threshold": 0.1}, "models": []}
WITH_HOLE: Polygon = (rectangle(0, 0, 320, 320), rectangle(64, 64, 96, 96))


def refuse(word: str) -> Any:
    raise AssertionError(f"{word} is not JSON")


def read(photos: Sequence[PhotoFindings], facts: Any = FACTS) -> dict[str, Any]:
    value = json.loads(make_geojson(photos, facts=facts), parse_constant=refuse)
    assert isinstance(value, dict)
    return value


def list_kind(photos: Sequence[PhotoFindings], kind: str) -> list[dict[str, Any]]:
    features = read(photos)["features"]
    return [feature for feature in features if feature["properties"]["kind"] == kind]


def read_region(photo: PhotoFindings) -> dict[str, Any]:
    (feature,) = list_kind([photo], "region")
    return feature


def signed_area(ring: list[list[float]]) -> float:
    x0, y0 = ring[0]
    sides = pairwise(ring)
    return sum((x - x0) * (v - y0) - (u - x0) * (y - y0) for (x, y), (u, v) in sides) / 2


def test_it_is_a_collection_in_wgs_84_that_says_how_it_was_made() -> None:
    found = read(make_photos())
    assert list(found) == ["type", "bbox", "features", "crack_edge"]
    assert found["type"] == "FeatureCollection"
    assert found["crack_edge"] == FACTS
    assert {feature["type"] for feature in found["features"]} == {"Feature"}


def test_regions_come_after_all_photos_so_that_they_are_drawn_over_them() -> None:
    kinds = [feature["properties"]["kind"] for feature in read(make_photos())["features"]]
    assert kinds == ["photo"] * 7 + ["region"] * 8


def test_a_region_on_the_ground_is_its_outline() -> None:
    feature = read_region(make_photo(findings=[make_region(outline=(WITH_HOLE,))]))
    assert feature["geometry"]["type"] == "Polygon"
    outer, hole = feature["geometry"]["coordinates"]
    for ring, known in ((outer, WITH_HOLE[0]), (hole, WITH_HOLE[1])):
        assert ring[0] == ring[-1]
        expected = {tuple(round(value, 7) for value in project(*corner)) for corner in known}
        assert {tuple(corner) for corner in ring} == expected
    assert signed_area(outer) > 0 > signed_area(hole)


@pytest.mark.parametrize("turned", [False, True])
def test_rings_have_one_direction_whichever_they_came_in(turned: bool) -> None:
    polygon = tuple(ring[::-1] if turned else ring for ring in WITH_HOLE)
    feature = read_region(make_photo(findings=[make_region(outline=(polygon,))]))
    outer, hole = feature["geometry"]["coordinates"]
    assert signed_area(outer) > 0 > signed_area(hole)


def test_a_region_of_several_parts_is_a_multipolygon() -> None:
    region = make_region(outline=(WITH_HOLE, (rectangle(320, 320, 352, 352),)))
    feature = read_region(make_photo(findings=[region]))
    assert [len(polygon) for polygon in _polygons(feature)] == [2, 1]


def test_an_outline_of_few_px_gets_more_digits_instead_of_folding() -> None:
    region = make_region(outline=((rectangle(0, 0, 1, 1),),))
    (ring,) = read_region(make_photo(findings=[region]))["geometry"]["coordinates"]
    assert len(ring) == 5
    assert math.isclose(signed_area(ring), 2.66e-8 * 1.80e-8, rel_tol=0.3)


def test_parts_that_touched_still_share_their_corner() -> None:
    parts = ((rectangle(0, 0, 320, 320),), (rectangle(320, 320, 321, 321),))
    feature = read_region(make_photo(findings=[make_region(outline=parts)]))
    large, small = ({tuple(corner) for corner in ring} for (ring,) in _polygons(feature))
    assert len(large & small) == 1


def _polygons(feature: dict[str, Any]) -> list[list[list[list[float]]]]:
    assert feature["geometry"]["type"] == "MultiPolygon"
    found = feature["geometry"]["coordinates"]
    assert isinstance(found, list)
    return found


def test_an_outline_that_is_one_point_becomes_the_region_s_middle() -> None:
    place = make_place(project=lambda x, y: (8.0, 47.0))
    feature = read_region(make_photo(findings=[make_region()], place=place))
    assert feature["geometry"] == {"type": "Point", "coordinates": [8.0, 47.0]}


def test_a_region_on_a_wall_is_a_point_at_the_camera_that_says_where_it_looked() -> None:
    feature = read_region(make_photo(findings=[make_region()], kind="camera"))
    assert feature["geometry"] == {"type": "Point", "coordinates": [8.25, 47.5]}
    facts = feature["properties"]
    assert (facts["place"], facts["direction_deg"], facts["pitch_deg"]) == ("camera", 123.4, 5.0)
    assert facts["latitude"] is None


def test_a_region_above_the_horizon_of_a_ground_shot_is_a_point_at_the_camera() -> None:
    finding = make_finding(1, make_region(), make_place("camera"))
    feature = read_region(make_photo(findings=[finding], kind="ground"))
    assert feature["geometry"] == {"type": "Point", "coordinates": [8.25, 47.5]}
    assert feature["properties"]["place"] == "camera"


def test_what_has_no_place_has_no_geometry_and_no_bounds() -> None:
    found = read([make_photo(findings=[make_region()], kind="unknown"), make_failed_photo()])
    assert "bbox" not in found
    assert [feature["geometry"] for feature in found["features"]] == [None, None, None]


def test_photos_show_what_was_covered() -> None:
    features = list_kind(make_photos(), "photo")
    types = [feature["geometry"] and feature["geometry"]["type"] for feature in features]
    assert types == ["Polygon", "Polygon", "Point", None, "Polygon", "Polygon", None]
    (footprint,) = features[1]["geometry"]["coordinates"]
    assert footprint[0] == footprint[-1]
    assert signed_area(footprint) > 0


def test_a_photo_tells_why_it_was_not_inspected_but_not_where_it_lies_on_a_disk() -> None:
    facts = list_kind([make_failed_photo()], "photo")[0]["properties"]
    assert facts["not_inspected"] == "the file is empty"
    assert "path" not in facts


@pytest.mark.parametrize(
    "position",
    [(math.nan, 47.5), (8.25, math.inf), (180.5, 0.0), (0.0, -90.1), (1e300, 1e300)],
)
def test_a_forged_position_is_no_geometry(position: tuple[float, float]) -> None:
    place = make_place(position=position, footprint=(position,) * 4, project=lambda x, y: position)
    found = read([make_photo(findings=[make_region()], place=place)])
    assert [feature["geometry"] for feature in found["features"]] == [None, None]


def test_polygons_across_the_180th_meridian_are_cut_there() -> None:
    region = make_region(outline=((rectangle(1900, 1400, 2100, 1700),),))
    photo = make_photo(findings=[region], place=make_place(position=(180.0, -17.0)))
    found = read([photo])
    west, south, east, north = found["bbox"]
    assert 179.9 < west < 180
    assert -180 < east < -179.9
    assert south < -17 < north
    for feature in found["features"]:
        for (ring,) in _polygons(feature):
            assert len({lon > 0 for lon, _ in ring}) == 1
            assert signed_area(ring) > 0


def test_the_bounds_hold_all_there_is() -> None:
    photos = [make_photo(kind="camera", place=make_place("camera", position=p)) for p in _CORNERS]
    assert read(photos)["bbox"] == [-3.5, 40.0, 8.25, 51.5]


_CORNERS = ((8.25, 47.5), (-3.5, 51.5), (0.0, 40.0))


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_name_comes_back_as_it_was(name: str) -> None:
    for feature in read([make_photo(name, findings=[make_region()])])["features"]:
        facts = feature["properties"]
        if "photo_bytes" in facts:
            assert unquote_to_bytes(facts["photo_bytes"]) == os.fsencode(name)
            assert facts["photo"] == os.fsencode(name).decode(errors="replace")
        else:
            assert facts["photo"] == name


def test_facts_that_are_no_json_end_no_file() -> None:
    odd = {"caf\udce9": math.nan, "list": (math.inf, "\udcff")}
    assert read([make_photo()], odd)["crack_edge"] == {
        "caf\ufffd": None,
        "list": [None, "\ufffd"],
    }


@needs_ogrinfo
def test_gdal_reads_all_features(tmp_path: Path) -> None:
    file = tmp_path / "regions.geojson"
    odd = [make_photo(name, findings=[make_region()]) for name in ODD_NAMES]
    photos = [*make_photos(), *odd]
    file.write_bytes(make_geojson(photos, facts=FACTS))
    text = run_ogrinfo(file)
    assert "using driver `GeoJSON' successful" in text
    assert 'ID["EPSG",4326]' in text
    assert count_features(text) == {"regions": 15 + 2 * len(ODD_NAMES)}
    assert text.count("  POLYGON ((") == 4 + 4 + 2 * len(ODD_NAMES)
    assert text.count("  POINT (") == 3
    assert "  score (Real) = 0.4\n" in text
    assert "  region (Integer) = 2\n" in text


@needs_ogrinfo
def test_gdal_reads_a_file_with_long_settings(tmp_path: Path) -> None:
    file = tmp_path / "regions.geojson"
    file.write_bytes(make_geojson(make_photos(), facts={"notes": ["word"] * 50_000}))
    assert count_features(run_ogrinfo(file, "-so")) == {"regions": 15}


def test_pyogrio_reads_the_same_polygons(tmp_path: Path) -> None:
    raw = pytest.importorskip("pyogrio.raw", reason="needs pyogrio")
    file = tmp_path / "regions.geojson"
    region = make_region(outline=(WITH_HOLE,))
    file.write_bytes(make_geojson([make_photo("ü.jpg", findings=[region])], facts=FACTS))
    meta, _, shapes, columns = raw.read(file)
    facts = dict(zip(meta["fields"], columns, strict=True))
    assert meta["crs"] == "EPSG:4326"
    assert facts["kind"].tolist() == ["photo", "region"]
    assert facts["photo"].tolist() == ["ü.jpg", "ü.jpg"]
    # Well-known binary: byte order, type 3 (polygon), number of rings.
    assert [shape[:9].hex() for shape in shapes] == ["010300000001000000", "010300000002000000"]


def test_a_finding_without_an_outline_is_a_point_in_its_middle() -> None:
    finding = replace(make_finding(1, make_region(), make_place()), outline=())
    feature = read_region(make_photo(findings=[finding]))
    assert feature["geometry"] == {"type": "Point", "coordinates": [8.2499498, 47.500025]}
    assert feature["properties"]["place"] == "ground"
