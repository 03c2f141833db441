"""Time and place are read where they make sense, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.exif import find_exif, read_camera_facts, read_orientation
from edge.outcome import CameraFacts
from edge.segments import read_from
from tests.unit.picture_bytes import (
    BYTE,
    DOUBLE,
    LONG,
    RATIONAL,
    SHORT,
    TEXT,
    draw_noise,
    encode,
    make_tiff,
    pack_tiff,
    put_exif_into_jpeg,
    put_exif_into_png,
    put_exif_into_webp,
)

_PICTURE = draw_noise()
_EXIF = {0x9003: (TEXT, b"2016:06:23 16:32:43\0"), 0x9011: (TEXT, b"-05:00\0")}
_GPS = {
    1: (TEXT, b"N\0"),
    2: (RATIONAL, [(46, 1), (50, 1), (343126, 10000)]),
    3: (TEXT, b"W\0"),
    4: (RATIONAL, [(91, 1), (59, 1), (373080, 10000)]),
    5: (BYTE, [0]),
    6: (RATIONAL, [(198409, 1000)]),
}
_FACTS = CameraFacts(
    taken="2016-06-23T16:32:43-05:00",
    latitude=46 + 50 / 60 + 34.3126 / 3600,
    longitude=-(91 + 59 / 60 + 37.308 / 3600),
    altitude_m=198.409,
)


def _read(*, exif: dict[int, Any] | None = None, gps: dict[int, Any] | None = None) -> CameraFacts:
    """Read the example's EXIF data in which some fields were replaced."""
    return read_camera_facts(
        pack_tiff({274: (SHORT, [1])}, exif=_EXIF | (exif or {}), gps=_GPS | (gps or {}))
    )


def _assert_equal(found: CameraFacts, expected: CameraFacts) -> None:
    assert found.taken == expected.taken
    assert found.latitude == pytest.approx(expected.latitude, abs=1e-9)
    assert found.longitude == pytest.approx(expected.longitude, abs=1e-9)
    assert found.altitude_m == pytest.approx(expected.altitude_m, abs=1e-9)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WebP", "WebP with a mark", "TIFF", "BigTIFF"])
def test_time_and_place_are_read_from_every_kind_of_picture(kind: str, order: str) -> None:
    blob = pack_tiff({274: (SHORT, [6])}, exif=_EXIF, gps=_GPS, order=order)
    size_wh = (_PICTURE.shape[1], _PICTURE.shape[0])
    data = {
        "JPEG": lambda: put_exif_into_jpeg(encode(_PICTURE, ".jpg"), blob),
        "PNG": lambda: put_exif_into_png(encode(_PICTURE, ".png"), blob),
        "WebP": lambda: put_exif_into_webp(encode(_PICTURE, ".webp"), blob, size_wh),
        "WebP with a mark": lambda: put_exif_into_webp(
            encode(_PICTURE, ".webp"), b"Exif\0\0" + blob, size_wh
        ),
        "TIFF": lambda: blob,
        "BigTIFF": lambda: pack_tiff(
            {274: (SHORT, [6])}, exif=_EXIF, gps=_GPS, order=order, big=True
        ),
    }[kind]()
    _assert_equal(read_camera_facts(data), _FACTS)
    assert read_orientation(find_exif(read_from(data))) == 6


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp", ".tif"])
def test_a_picture_that_tells_nothing_has_no_facts(suffix: str) -> None:
    assert read_camera_facts(encode(_PICTURE, suffix)) == CameraFacts()


def test_a_segment_of_another_program_before_the_exif_data_does_not_matter() -> None:
    jpeg = put_exif_into_jpeg(encode(_PICTURE, ".jpg"), pack_tiff({}, exif=_EXIF, gps=_GPS))
    other = b"\xff\xe1\x00\x20" + b"http://ns.adobe.com/xap/1.0/\0".ljust(30, b"x")
    _assert_equal(read_camera_facts(jpeg[:2] + other + jpeg[2:]), _FACTS)


@pytest.mark.parametrize(
    ("refs", "signs"), [(("N", "E"), (1, 1)), (("S", "W"), (-1, -1)), (("s", "e"), (-1, 1))]
)
def test_south_and_west_are_negative(refs: tuple[str, str], signs: tuple[int, int]) -> None:
    north, east = (ref.encode() + b"\0" for ref in refs)
    found = _read(gps={1: (TEXT, north), 3: (TEXT, east)})
    assert _FACTS.latitude is not None
    assert _FACTS.longitude is not None
    assert found.latitude == pytest.approx(signs[0] * abs(_FACTS.latitude))
    assert found.longitude == pytest.approx(signs[1] * abs(_FACTS.longitude))


@pytest.mark.parametrize(("ref", "sign"), [(0, 1), (1, -1), (2, 1), (3, -1)])
def test_an_altitude_below_the_sea_is_negative(ref: int, sign: int) -> None:
    assert _read(gps={5: (BYTE, [ref])}).altitude_m == pytest.approx(sign * 198.409)


@pytest.mark.parametrize(
    "values", [[(46, 1)], [(46, 1), (50, 1)], [(4684286, 100000), (0, 1), (0, 1)]]
)
def test_degrees_may_stand_without_minutes_or_with_decimals(values: list[tuple[int, int]]) -> None:
    found = _read(gps={2: (RATIONAL, values)})
    assert found.latitude == pytest.approx(46 + (50 / 60 if len(values) == 2 else 0), abs=0.9)


@pytest.mark.parametrize(
    "values",
    [
        (RATIONAL, [(46, 0), (50, 1), (34, 1)]),
        (RATIONAL, [(0, 0), (0, 0), (0, 0)]),
        (RATIONAL, [(91, 1), (0, 1), (0, 1)]),
        (RATIONAL, [(90, 1), (1, 1), (0, 1)]),
        (RATIONAL, [(46, 1), (61, 1), (0, 1)]),
        (RATIONAL, [(46, 1), (0, 1), (99, 1)]),
        (RATIONAL, [(4294967295, 1), (0, 1), (0, 1)]),
        (DOUBLE, [float("nan"), 0.0, 0.0]),
        (DOUBLE, [float("inf"), 0.0, 0.0]),
        (DOUBLE, [-46.0, 0.0, 0.0]),
        (RATIONAL, [(46, 1)] * 4),
        (RATIONAL, []),
        (TEXT, b"46 deg 50' N\0"),
        (RATIONAL, b"\0" * 4096),
    ],
    ids=str,
)
def test_a_latitude_that_makes_no_sense_is_unknown(values: tuple[int, Any]) -> None:
    found = _read(gps={2: values})
    assert found.latitude is None
    assert found.longitude == pytest.approx(_FACTS.longitude)


@pytest.mark.parametrize("ref", [(TEXT, b"\0"), (TEXT, b"X\0"), (SHORT, [78]), (TEXT, b"E\0")])
def test_a_latitude_without_its_hemisphere_is_unknown(ref: tuple[int, Any]) -> None:
    assert _read(gps={1: ref}).latitude is None


def test_a_receiver_that_has_not_found_its_place_gives_none() -> None:
    nowhere = (RATIONAL, [(0, 1)] * 3)
    found = _read(gps={2: nowhere, 4: nowhere})
    assert (found.latitude, found.longitude) == (None, None)
    assert _read(gps={2: nowhere}).latitude == 0


@pytest.mark.parametrize(
    "values",
    [
        (RATIONAL, [(198, 0)]),
        (RATIONAL, [(4294967295, 1)]),
        (DOUBLE, [float("nan")]),
        (TEXT, b"198\0"),
        (RATIONAL, [(198, 1)] * 2),
    ],
    ids=str,
)
def test_an_altitude_that_makes_no_sense_is_unknown(values: tuple[int, Any]) -> None:
    assert _read(gps={6: values}).altitude_m is None


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        (b"2016:06:23 16:32:43\0", "2016-06-23T16:32:43-05:00"),
        (b"2016-06-23T16:32:43\0", "2016-06-23T16:32:43-05:00"),
        (b"0000:00:00 00:00:00\0", None),
        (b"    :  :     :  :  \0", None),
        (b"2016:02:30 16:32:43\0", None),
        (b"2016:06:23 24:00:00\0", None),
        (b"2016:06:23 16:32\0", None),
        (b"2016:06:23 16:32:431\0", None),
        (b"\xff\xfe\xfd\0", None),
        (b"", None),
    ],
)
def test_a_date_is_iso_8601_or_unknown(text: bytes, taken: str | None) -> None:
    assert _read(exif={0x9003: (TEXT, text)}).taken == taken


@pytest.mark.parametrize("zone", [b"+99:00\0", b"-05\0", b"Z\0", b"   :  \0", b"+01:60\0"])
def test_an_offset_that_makes_no_sense_is_left_out(zone: bytes) -> None:
    assert _read(exif={0x9011: (TEXT, zone)}).taken == "2016-06-23T16:32:43"


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_out_of_range_means_as_it_is(orientation: int) -> None:
    blob = pack_tiff({274: (SHORT, [orientation])})
    assert read_orientation(find_exif(read_from(blob))) == 1


def test_directories_that_point_to_themselves_end() -> None:
    blob = pack_tiff({0x8769: (LONG, [16]), 0x8825: (LONG, [16])})
    assert read_camera_facts(blob) == CameraFacts()


def test_a_directory_that_says_it_is_huge_is_read_as_far_as_it_goes() -> None:
    blob = bytearray(pack_tiff({274: (SHORT, [6])}))
    blob[16:18] = b"\xff\xff"
    assert read_orientation(find_exif(read_from(bytes(blob)))) == 6


_SEEDS = [
    put_exif_into_jpeg(encode(_PICTURE[:8, :8], ".jpg"), pack_tiff({}, exif=_EXIF, gps=_GPS)),
    put_exif_into_png(encode(_PICTURE[:8, :8], ".png"), pack_tiff({}, exif=_EXIF, gps=_GPS)),
    pack_tiff({274: (SHORT, [1])}, exif=_EXIF, gps=_GPS, order=">"),
    pack_tiff({274: (SHORT, [1])}, exif=_EXIF, gps=_GPS, big=True),
    make_tiff(_PICTURE),
]


@given(
    seed=st.sampled_from(_SEEDS),
    changes=st.lists(
        st.tuples(st.integers(0, 4096), st.binary(min_size=1, max_size=8)), max_size=8
    ),
    end=st.integers(0, 8192),
)
def test_damaged_data_give_facts_within_bounds_and_never_an_exception(
    seed: bytes, changes: list[tuple[int, bytes]], end: int
) -> None:
    data = bytearray(seed)
    for place, new in changes:
        at = place % len(seed)
        data[at : at + len(new)] = new
    found = read_camera_facts(bytes(data[:end]))
    assert found.latitude is None or -90 <= found.latitude <= 90
    assert found.longitude is None or -180 <= found.longitude <= 180
    assert found.altitude_m is None or -11_000 <= found.altitude_m <= 100_000
    assert found.taken is None or len(found.taken) in (19, 25)


@given(st.binary(max_size=400))
def test_any_bytes_behind_the_mark_of_a_tiff_are_safe(data: bytes) -> None:
    for mark in (b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0"):
        read_camera_facts(mark + data)
