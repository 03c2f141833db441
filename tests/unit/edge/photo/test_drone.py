"""Each maker's tags become the same facts with the same signs; odd values become nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.photo.drone import DroneFacts, read_drone_facts
from tests.unit.picture_bytes import write_xmp


def _read(properties: str, spaces: str = "") -> DroneFacts:
    return read_drone_facts(write_xmp(properties, spaces))


def test_a_photo_of_a_matrice_30() -> None:
    assert _read(
        'drone-dji:GpsLatitude="+49.726349021" drone-dji:GpsLongitude="-13.350951205" '
        'drone-dji:AbsoluteAltitude="+431.531" drone-dji:RelativeAltitude="+36.280" '
        'drone-dji:GimbalRollDegree="+0.00" drone-dji:GimbalYawDegree="-84.10" '
        'drone-dji:GimbalPitchDegree="-24.50" drone-dji:FlightYawDegree="+84.50" '
        'drone-dji:LRFStatus="Normal" drone-dji:LRFTargetDistance="54.103" '
        'drone-dji:CalibratedFocalLength="3666.666504" '
        'drone-dji:CalibratedOpticalCenterX="2736.000000" '
        'drone-dji:CalibratedOpticalCenterY="1824.000000" tiff:Make="DJI" tiff:Model="M30T"'
    ) == DroneFacts(
        latitude=49.726349021,
        longitude=-13.350951205,
        altitude_m=431.531,
        height_m=36.28,
        yaw_deg=pytest.approx(275.9),
        pitch_deg=-24.5,
        roll_deg=0.0,
        focal_px=3666.666504,
        focal_wh=(5472, 3648),
        distance_m=54.103,
        maker="DJI",
        model="M30T",
    )


def test_an_autel_writes_the_same_names_with_a_prefix_and_a_spelling_of_its_own() -> None:
    found = _read(
        'drone:GpsLatitude="48.5" drone:GpsLongtitude="16.25" drone:RelativeAltitude="12"',
        'xmlns:drone="http://www.dji.com/drone-dji/1.0/"',
    )
    assert (found.latitude, found.longitude, found.height_m) == (48.5, 16.25, 12)


def test_a_skydio_writes_structures() -> None:
    def write(name: str, **parts: float) -> str:
        inner = "".join(
            f"<drone-skydio:{key}>{value}</drone-skydio:{key}>" for key, value in parts.items()
        )
        return f'<drone-skydio:{name} rdf:parseType="Resource">{inner}</drone-skydio:{name}>'

    found = _read(
        'drone-skydio:Latitude="37.5" drone-skydio:Longitude="-122.25" '
        'drone-skydio:RelativeAltitude="9.5" drone-skydio:AbsoluteAltitude="21.25">'
        + write("CameraOrientationNED", Roll=1.5, Pitch=-30.25, Yaw=-90)
        + write("CameraOrientationFLU", Roll=9, Pitch=9, Yaw=9)
        + write("CalibratedFocalLength", X=2376.5625, Y=2376.5625)
        + write("CalibratedOpticalCenter", X=2027.5, Y=1519.5)
    )
    assert found == DroneFacts(37.5, -122.25, 21.25, 9.5, 270, -30.25, 1.5, 2376.5625, (4055, 3039))


def test_a_parrot_writes_angles_as_dji_does() -> None:
    found = _read(
        "><drone-parrot:CameraYawDegree>10.5</drone-parrot:CameraYawDegree>"
        "<drone-parrot:CameraPitchDegree>-89.5</drone-parrot:CameraPitchDegree>"
        "<drone-parrot:CameraRollDegree>0</drone-parrot:CameraRollDegree>"
        "<Camera:Pitch>0.5</Camera:Pitch>"
        "<Camera:AboveGroundAltitude>361/100</Camera:AboveGroundAltitude>"
    )
    assert (found.yaw_deg, found.pitch_deg, found.roll_deg) == (10.5, -89.5, 0)
    assert found.height_m == pytest.approx(3.61)


@pytest.mark.parametrize(
    ("pitch", "model", "expected"),
    [
        (0, "XT705", -90),
        (90, "XT705", 0),
        (30.5, "", -59.5),
        (-4, "XT705", -94),
        (-88, "XL715", -88),
        (-88, "", -88),
        (5, "XL715", 5),
    ],
)
def test_pix4d_counts_pitch_from_straight_down_and_some_autel_do_not(
    pitch: float, model: str, expected: float
) -> None:
    found = _read(f'Camera:Yaw="5" Camera:Pitch="{pitch}" Camera:Roll="1" tiff:Model="{model}"')
    assert found.pitch_deg == pytest.approx(expected)


@pytest.mark.parametrize("pattern", ["drone-dji:Gimbal{}Degree", "Camera:{}"])
def test_three_angles_of_zero_are_of_a_camera_that_does_not_know(pattern: str) -> None:
    angles = " ".join(f'{pattern.format(axis)}="+0.00"' for axis in ("Yaw", "Pitch", "Roll"))
    found = _read(angles)
    assert (found.yaw_deg, found.pitch_deg, found.roll_deg) == (None, None, None)
    assert _read(angles.replace("+0.00", "+0.10", 1)).pitch_deg in (0, -90)


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"),
    [
        ("+46.5", "-91.25", (46.5, -91.25)),
        ("-33.5", "+151.25", (-33.5, 151.25)),
        ("0", "7", (0, 7)),
        ("0.000000", "-0.000", (None, None)),
        ("91", "7", (None, None)),
        ("46", "-180.5", (None, None)),
        ("46", "", (None, None)),
        ("N46", "7", (None, None)),
        ("46,5", "7", (None, None)),
    ],
)
def test_a_position_is_whole_and_in_range_or_unknown(
    latitude: str, longitude: str, expected: tuple[float, float] | tuple[None, None]
) -> None:
    found = _read(f'drone-dji:GpsLatitude="{latitude}" drone-dji:GpsLongitude="{longitude}"')
    assert (found.latitude, found.longitude) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+39.90", 39.9),
        ("-2", -2),
        ("361/100", 3.61),
        ("-361/+100", -3.61),
        (" 12. ", 12),
        (".5", 0.5),
        ("1.5e1", 15),
        ("7/0", None),
        ("0/0", None),
        ("nan", None),
        ("-inf", None),
        ("1e999", None),
        ("1e99", None),
        ("0x10", None),
        ("1_000", None),
        ("١٢", None),
        ("12 m", None),
        ("1/2/3", None),
        ("", None),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", None),
        ("9" * 5000, None),
    ],
)
def test_numbers_are_plain_finite_and_in_range_or_unknown(
    text: str, expected: float | None
) -> None:
    assert _read(f'drone-dji:RelativeAltitude="{text}"').height_m == pytest.approx(expected)


@pytest.mark.parametrize(
    ("status", "distance", "expected"),
    [("", "5", 5), ("Normal", "5", 5), ("TooFar", "5", None), ("Normal", "0", None)],
)
def test_a_distance_counts_if_the_range_finder_had_one(
    status: str, distance: str, expected: float | None
) -> None:
    words = f'drone-dji:LRFStatus="{status}" drone-dji:LRFTargetDistance="{distance}"'
    assert _read(words).distance_m == expected


_NAMES = (
    *("GpsLatitude", "GpsLongitude", "AbsoluteAltitude", "RelativeAltitude"),
    *("GimbalYawDegree", "GimbalPitchDegree", "GimbalRollDegree", "LRFTargetDistance"),
    *("CalibratedFocalLength", "CalibratedOpticalCenterX", "CalibratedOpticalCenterY"),
)


@given(
    st.dictionaries(
        st.sampled_from(_NAMES),
        st.one_of(
            st.floats().map(repr),
            st.integers().map(str),
            st.tuples(st.integers(), st.integers()).map("{0[0]}/{0[1]}".format),
            st.text("0123456789+-./eE ,", max_size=12),
        ),
    )
)
def test_whatever_the_tags_say_facts_are_in_range(tags: dict[str, Any]) -> None:
    found = _read(" ".join(f'drone-dji:{name}="{value}"' for name, value in tags.items()))
    assert found.latitude is None or -90 <= found.latitude <= 90
    assert found.longitude is None or -180 <= found.longitude <= 180
    assert found.height_m is None or -5000 <= found.height_m <= 20_000
    assert found.yaw_deg is None or 0 <= found.yaw_deg <= 360
    assert found.pitch_deg is None or -360 <= found.pitch_deg <= 360
    assert found.focal_px is None or found.focal_px >= 10
    assert found.distance_m is None or found.distance_m > 0
