"""Photos with forged tags are scanned like others: no end, no place, no code in what is written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest

from edge.report.result_files import RESULTS
from tests.unit.fakes import draw_wall
from tests.unit.photo_findings import read_csv
from tests.unit.picture_bytes import (
    encode,
    pack_tiff,
    put_exif_into_jpeg,
    put_xmp_into_jpeg,
    write_xmp,
)
from tests.unit.scans import scan_drawn

TEXT, RATIONAL, DOUBLE = 2, 5, 12
CODE = "<script>alert(1)</script>"
NORTH, EAST = (TEXT, b"N\0"), (TEXT, b"E\0")
HERE = {1: NORTH, 2: (RATIONAL, [(47, 1)] * 3), 3: EAST, 4: (RATIONAL, [(8, 1)] * 3)}
WALL = encode(draw_wall((320, 256), (96, 64, 160, 128)), ".jpg")


def with_gps(**changes: object) -> bytes:
    fields = HERE | {int(key[1:]): value for key, value in changes.items()}
    return put_exif_into_jpeg(WALL, pack_tiff({}, gps=fields))


def with_xmp(packet: bytes) -> bytes:
    return put_xmp_into_jpeg(WALL, packet)


FORGED: Mapping[str, bytes] = {
    "zero.jpg": with_gps(_2=(RATIONAL, [(0, 1)] * 3), _4=(RATIONAL, [(0, 1)] * 3)),
    "nan.jpg": with_gps(_2=(DOUBLE, [float("nan")] * 3)),
    "over-zero.jpg": with_gps(_2=(RATIONAL, [(47, 0)] * 3)),
    "beyond.jpg": with_gps(_4=(RATIONAL, [(4294967295, 1), (0, 1), (0, 1)])),
    "words.jpg": with_gps(_2=(TEXT, CODE.encode() + b"\0"), _1=(TEXT, CODE.encode() + b"\0")),
    "model.jpg": put_exif_into_jpeg(
        WALL, pack_tiff({0x010F: (TEXT, CODE.encode() + b"\0"), 0x0110: (TEXT, b"'\"><b>\0")})
    ),
    "date.jpg": put_exif_into_jpeg(
        WALL, pack_tiff({}, exif={0x9003: (TEXT, CODE.encode() + b"\0")})
    ),
    "huge-xmp.jpg": with_xmp(write_xmp(f'drone-dji:RelativeAltitude="{"9" * 60_000}"')),
    "deep-xmp.jpg": with_xmp(b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + b"<a>" * 15_000),
    "bomb-xmp.jpg": with_xmp(
        b"<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '" + b"&a;" * 9000 + b"'>]><x>&b;</x>"
    ),
    "angles-xmp.jpg": with_xmp(
        write_xmp(
            'drone-dji:GimbalPitchDegree="nan" drone-dji:GimbalYawDegree="1e999" '
            'drone-dji:GpsLatitude="-0" drone-dji:GpsLongitude="181" '
            'drone-dji:RelativeAltitude="&lt;script&gt;alert(1)&lt;/script&gt;"'
        )
    ),
    f"{CODE.replace('/', '')}.jpg": WALL,
    "' onclick='alert(1).jpg": WALL,
    "]]>&lt;.jpg": WALL,
}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("forged")
    photos = folder / "photos"
    photos.mkdir()
    for name, data in FORGED.items():
        (photos / name).write_bytes(data)
    summary = scan_drawn(photos, folder / "out")
    assert (summary["photos"], summary["failed"]) == (len(FORGED), 0)
    return folder / "out"


def test_every_photo_has_its_finding_and_none_a_place(out: Path) -> None:
    rows = read_csv((out / "photos.csv").read_bytes())
    assert {row["photo"] for row in rows} == set(FORGED)
    assert {row["findings"] for row in rows} == {"1"}
    assert {row["latitude"] for row in rows} == {row["longitude"] for row in rows} == {""}
    assert {row["place"] for row in rows} == {"unknown"}


@pytest.mark.parametrize("name", RESULTS)
def test_no_file_holds_a_tag_of_the_photos_names(out: Path, name: str) -> None:
    data = (out / name).read_bytes().lower()
    assert b"<script>alert" not in data or name.endswith((".csv", ".json", ".geojson"))
    assert b"nan" not in data.replace(b"nan.jpg", b"") or name == "report.html"


@pytest.mark.parametrize("name", ["regions.geojson", "coco.json", "scan.json"])
def test_the_files_are_strict_json(out: Path, name: str) -> None:
    def refuse(value: str) -> None:
        raise AssertionError(value)

    json.loads((out / name).read_text("utf-8"), parse_constant=refuse)


def test_the_kml_is_well_formed(out: Path) -> None:
    ElementTree.parse(out / "regions.kml")
