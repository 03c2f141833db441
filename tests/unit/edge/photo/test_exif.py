"""Time, place and optics are read where they make sense, and nowhere else."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.photo.chunks import read_from
from edge.photo.exif import find_exif, read_camera_facts, read_orientation
from edge.photo.facts import CameraFacts
from tests.unit.drone_photos import DRONE_PHOTOS, needs_drone_photos
from tests.unit.picture_bytes import (
    BYTE,
    DOUBLE,
    LONG,
    RATIONAL,
    SHORT,
    TEXT,
    damaged,
    draw_noise,
    encode,
    make_tiff,
    pack_tiff,
    put_exif_into_jpeg,
    put_exif_into_png,
    put_exif_into_webp,
    put_xmp_into_jpeg,
    write_xmp,
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


def _read_lens(**fields: tuple[int, Any]) -> CameraFacts:
    """Read a photo of 4000 x 3000 px that tells these fields of its camera."""
    first = {_LENS_TAGS[name]: value for name, value in fields.items() if name in _FIRST}
    exif = {_LENS_TAGS[name]: value for name, value in fields.items() if name not in _FIRST}
    return read_camera_facts(pack_tiff(first or {274: (SHORT, [1])}, exif=exif), (4000, 3000))


_LENS_TAGS = {
    "maker": 0x010F,
    "model": 0x0110,
    "distance": 0x9206,
    "focal": 0x920A,
    "width": 0xA002,
    "height": 0xA003,
    "across": 0xA20E,
    "down": 0xA20F,
    "unit": 0xA210,
    "zoom": 0xA404,
    "film": 0xA405,
}
_FIRST = ("maker", "model")
_FILM_24 = (SHORT, [24])
_FILM_PX = pytest.approx(24 / 43.26661 * 5000, rel=1e-5)


def test_the_35_mm_equivalent_gives_the_focal_length() -> None:
    found = _read_lens(film=_FILM_24)
    assert found.focal_px == _FILM_PX
    assert found.focal_from == "35 mm equivalent focal length (EXIF)"


@pytest.mark.parametrize(
    ("unit", "per_unit"), [(2, 10_160), (3, 4_000), (4, 400)], ids=["inch", "cm", "mm"]
)
def test_the_resolution_of_the_sensor_counts_in_its_unit(unit: int, per_unit: int) -> None:
    # 400 px on each mm under a lens of 6 mm: 2,400 px.
    resolution = (RATIONAL, [(per_unit, 1)])
    found = _read_lens(
        focal=(RATIONAL, [(60, 10)]), across=resolution, down=resolution, unit=(SHORT, [unit])
    )
    assert found.focal_px == pytest.approx(2400)


@pytest.mark.parametrize(
    "fields",
    [
        {"unit": (SHORT, [1])},
        {"unit": (SHORT, [77])},
        {"across": (RATIONAL, [(0, 1)])},
        {"across": (RATIONAL, [(10_160, 0)])},
        {"down": (RATIONAL, [(5_000, 1)])},
        {"across": (TEXT, b"10160\0")},
        {"focal": (RATIONAL, [(6, 0)])},
        {"focal": (RATIONAL, [(0, 1)])},
        {"focal": (DOUBLE, [float("nan")])},
        {"focal": (DOUBLE, [float("inf")])},
        {"focal": (TEXT, b"6 mm\0")},
        {"focal": (RATIONAL, [(6, 1)] * 2)},
    ],
    ids=str,
)
def test_optics_that_make_no_sense_leave_the_next_way(fields: dict[str, Any]) -> None:
    resolution = (RATIONAL, [(10_160, 1)])
    sound = {"focal": (RATIONAL, [(6, 1)]), "across": resolution, "down": resolution}
    assert _read_lens(film=_FILM_24, **sound | fields).focal_px == _FILM_PX


@pytest.mark.parametrize(
    "film", [(SHORT, [0]), (DOUBLE, [float("nan")]), (TEXT, b"24\0"), (SHORT, [])], ids=str
)
def test_a_35_mm_equivalent_that_makes_no_sense_is_none(film: tuple[int, Any]) -> None:
    found = _read_lens(film=film)
    assert (found.focal_px, found.focal_from) == (None, None)


@pytest.mark.parametrize(
    ("zoom", "times"), [((2, 1), 2), ((1, 1), 1), ((0, 1), 1), ((0, 0), 1), ((1, 2), 1)]
)
def test_digital_zoom_counts_where_there_was_one(zoom: tuple[int, int], times: int) -> None:
    found = _read_lens(
        maker=(TEXT, b"DJI\0"),
        model=(TEXT, b"FC300S\0"),
        focal=(RATIONAL, [(361, 100)]),
        zoom=(RATIONAL, [zoom]),
    )
    assert found.focal_px == pytest.approx(times * 3.61 / 6.17 * 4000)


def test_the_size_in_the_exif_data_serves_where_no_other_is_known() -> None:
    exif = {0xA405: _FILM_24, 0xA002: (LONG, [4000]), 0xA003: (SHORT, [3000])}
    assert read_camera_facts(pack_tiff({}, exif=exif)).focal_px == _FILM_PX
    del exif[0xA003]
    assert read_camera_facts(pack_tiff({}, exif=exif)).focal_px is None


@pytest.mark.parametrize(
    ("distance", "expected"),
    [((25, 10), 2.5), ((0, 1), None), ((4294967295, 1), None), ((5, 0), None)],
)
def test_a_distance_is_that_of_the_focus(distance: tuple[int, int], expected: float | None) -> None:
    assert _read_lens(distance=(RATIONAL, [distance])).distance_m == expected


@pytest.mark.parametrize(
    ("maker", "model", "expected"),
    [
        (b"DJI\0", b"FC300S\0\0\0", "DJI FC300S"),
        (b"Canon\0", b"Canon EOS-1D X Mark II\0", "Canon EOS-1D X Mark II"),
        (b"DJI\0", b"", "DJI"),
        (b"", b"X2\0", "X2"),
        (b"", b"", None),
        (b"DJI\0", b"<script>alert(1)</script>\0", None),
        (b"DJI\0", b"a\nb\tc\0", "DJI a b c"),
        (b"DJI\0", b"M3\x1b[31m\0", None),
        (b"DJI\0", b"\xff\xfe\0", None),
        (b"DJI\0", b"x" * 500 + b"\0", "DJI " + "x" * 60),
    ],
)
def test_a_model_is_a_few_plain_letters(maker: bytes, model: bytes, expected: str | None) -> None:
    assert _read_lens(maker=(TEXT, maker), model=(TEXT, model)).model == expected


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        ((RATIONAL, [(2205, 10)]), 220.5),
        ((RATIONAL, [(361, 1)]), None),
        ((RATIONAL, [(1, 0)]), None),
        ((TEXT, b"N\0"), None),
    ],
)
def test_a_direction_is_from_0_to_360(direction: tuple[int, Any], expected: float | None) -> None:
    assert _read(gps={16: (TEXT, b"M\0"), 17: direction}).yaw_deg == expected


_XMP = write_xmp(
    'drone-dji:GpsLatitude="+10.5" drone-dji:GpsLongitude="-20.5" '
    'drone-dji:AbsoluteAltitude="+77.00" drone-dji:RelativeAltitude="+39.90" '
    'drone-dji:GimbalYawDegree="-140.00" drone-dji:GimbalPitchDegree="-89.90" '
    'drone-dji:GimbalRollDegree="+0.00" drone-dji:CalibratedFocalLength="60" '
    'tiff:Make="DJI" tiff:Model="M3E"'
)


def _read_both(blob: bytes | None) -> CameraFacts:
    jpeg = put_xmp_into_jpeg(encode(_PICTURE, ".jpg"), _XMP)
    jpeg = put_exif_into_jpeg(jpeg, blob) if blob else jpeg
    return read_camera_facts(jpeg, (_PICTURE.shape[1], _PICTURE.shape[0]))


def test_xmp_alone_tells_all_that_it_knows() -> None:
    assert _read_both(None) == CameraFacts(
        latitude=10.5,
        longitude=-20.5,
        altitude_m=77,
        height_m=39.9,
        yaw_deg=220,
        pitch_deg=-89.9,
        roll_deg=0,
        focal_px=60,
        focal_from="calibrated focal length (XMP)",
        model="DJI M3E",
    )


def test_exif_goes_first_where_both_tell_and_xmp_where_that_makes_no_sense() -> None:
    gps = _GPS | {17: (RATIONAL, [(90, 1)])}
    first = {0x0110: (TEXT, b"FC300S\0")}
    found = _read_both(pack_tiff(first, exif={0x9206: (RATIONAL, [(9, 1)])}, gps=gps))
    _assert_equal(found, replace(_FACTS, taken=None))
    assert (found.yaw_deg, found.model) == (220, "DJI FC300S")
    assert found.distance_m is None  # the height is surer than the focus
    nowhere = (RATIONAL, [(0, 1)] * 3)
    for values in ({2: nowhere, 4: nowhere}, {1: (TEXT, b"X\0")}):
        found = _read_both(pack_tiff({}, gps=gps | values))
        assert (found.latitude, found.longitude) == (10.5, -20.5)


def test_how_a_photo_was_turned_by_a_program_that_leaves_its_angles_is_unknown() -> None:
    # It writes its name into photos that it turned, and nothing of how far.
    viewer = (TEXT, b"Microsoft Windows Photo Viewer 10.0.10240.16384\0")
    found = _read_both(pack_tiff({0x0131: viewer}))
    assert (found.yaw_deg, found.pitch_deg, found.roll_deg) == (220, -89.9, None)
    assert _read_both(pack_tiff({0x0131: (TEXT, b"v01.22.4095\0")})).roll_deg == 0


def test_the_orientation_is_told() -> None:
    assert _read_both(pack_tiff({274: (SHORT, [6])})).orientation == 6


@needs_drone_photos
@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
def test_real_photos_say_what_exiftool_reads() -> None:
    done = subprocess.run(
        ["exiftool", "-n", "-json", *map(str, DRONE_PHOTOS)], capture_output=True, check=True
    )
    for path, expected in zip(DRONE_PHOTOS, json.loads(done.stdout), strict=True):
        found = read_camera_facts(path.read_bytes(), (4000, 2250))
        assert found.latitude == pytest.approx(expected["GPSLatitude"], abs=1e-6)
        assert found.longitude == pytest.approx(expected["GPSLongitude"], abs=1e-6)
        assert found.altitude_m == pytest.approx(expected["GPSAltitude"])
        assert found.height_m == pytest.approx(float(expected["RelativeAltitude"]))
        assert found.yaw_deg == pytest.approx(float(expected["GimbalYawDegree"]) % 360)
        assert found.pitch_deg == pytest.approx(float(expected["GimbalPitchDegree"]))
        assert found.model == f"{expected['Make']} {expected['Model']}"
        # 3.61 mm before a sensor 6.17 mm wide; the 35 mm equivalent of 20 mm says 2,311 px.
        assert found.focal_px == pytest.approx(2340.4, abs=0.1)


_SEEDS = [
    put_exif_into_jpeg(encode(_PICTURE[:8, :8], ".jpg"), pack_tiff({}, exif=_EXIF, gps=_GPS)),
    put_exif_into_png(encode(_PICTURE[:8, :8], ".png"), pack_tiff({}, exif=_EXIF, gps=_GPS)),
    pack_tiff({274: (SHORT, [1])}, exif=_EXIF, gps=_GPS, order=">"),
    pack_tiff({274: (SHORT, [1])}, exif=_EXIF, gps=_GPS, big=True),
    make_tiff(_PICTURE),
    put_xmp_into_jpeg(encode(_PICTURE[:8, :8], ".jpg"), _XMP),
    pack_tiff({0x0110: (TEXT, b"FC300S\0"), 700: (BYTE, _XMP)}, exif={0xA405: _FILM_24}, gps=_GPS),
]


@given(damaged(_SEEDS))
def test_damaged_data_give_facts_within_bounds_and_never_an_exception(data: bytes) -> None:
    found = read_camera_facts(data, (4000, 3000))
    assert found.latitude is None or -90 <= found.latitude <= 90
    assert found.longitude is None or -180 <= found.longitude <= 180
    assert found.altitude_m is None or -11_000 <= found.altitude_m <= 100_000
    assert found.taken is None or len(found.taken) in (19, 25)
    assert found.yaw_deg is None or 0 <= found.yaw_deg <= 360
    assert found.focal_px is None or found.focal_px > 0
    assert found.distance_m is None or found.distance_m > 0
    assert found.model is None or (found.model.isprintable() and len(found.model) <= 64)


@given(st.binary(max_size=400))
def test_any_bytes_behind_the_mark_of_a_tiff_are_safe(data: bytes) -> None:
    for mark in (b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0"):
        read_camera_facts(mark + data)
