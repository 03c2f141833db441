"""XMP packets are found in every kind of picture, and harmful ones are as good as missing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.photo.chunks import read_from
from edge.photo.exif import find_exif
from edge.photo.xmp import MAX_PACKET_BYTES, find_xmp, read_properties
from tests.unit.picture_bytes import (
    BYTE,
    SHORT,
    TEXT,
    draw_noise,
    encode,
    pack_tiff,
    png_chunk,
    put_exif_into_jpeg,
    put_xmp_into_jpeg,
    put_xmp_into_png,
    put_xmp_into_webp,
    write_xmp,
)

_PICTURE = draw_noise(16, 24)
_SPACES = {"www.dji.com/drone-dji/1.0": "dji", "www.skydio.com/drone-skydio/1.0": "skydio"}
_PACKET = write_xmp('drone-dji:GimbalYawDegree="+84.20"')
_WRITERS: dict[str, Callable[[bytes], bytes]] = {
    "JPEG": lambda packet: put_xmp_into_jpeg(encode(_PICTURE, ".jpg"), packet),
    "PNG": lambda packet: put_xmp_into_png(encode(_PICTURE, ".png"), packet),
    "WebP": lambda packet: put_xmp_into_webp(encode(_PICTURE, ".webp"), packet, (24, 16)),
    "TIFF": lambda packet: pack_tiff({700: (BYTE, packet)}),
    "TIFF of unknown bytes": lambda packet: pack_tiff({700: (7, packet)}, order=">"),
    "BigTIFF": lambda packet: pack_tiff({700: (BYTE, packet)}, big=True),
    "EXIF in a JPEG": lambda packet: put_exif_into_jpeg(
        encode(_PICTURE, ".jpg"), pack_tiff({700: (BYTE, packet)})
    ),
}


def _find(data: bytes) -> bytes:
    read_at = read_from(data)
    return find_xmp(read_at, find_exif(read_at))


def _read(properties: str, spaces: str = "") -> dict[str, str]:
    return read_properties(write_xmp(properties, spaces), _SPACES)


@pytest.mark.parametrize("kind", _WRITERS)
def test_a_packet_is_found_in_every_kind_of_picture(kind: str) -> None:
    assert _find(_WRITERS[kind](_PACKET)) == _PACKET


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp", ".tif"])
def test_a_picture_without_a_packet_has_none(suffix: str) -> None:
    assert _find(encode(_PICTURE, suffix)) == b""


@pytest.mark.parametrize("kind", ["PNG", "WebP", "TIFF", "BigTIFF"])
def test_a_huge_packet_is_as_good_as_missing(kind: str) -> None:
    most = _PACKET.ljust(MAX_PACKET_BYTES)
    assert _find(_WRITERS[kind](most)) == most
    assert _find(_WRITERS[kind](most + b" ")) == b""


def test_a_packet_in_a_field_of_text_or_numbers_is_no_packet() -> None:
    assert _find(pack_tiff({700: (TEXT, _PACKET)})) == b""
    assert _find(pack_tiff({700: (SHORT, [1, 2, 3])})) == b""


def test_a_compressed_chunk_is_no_packet() -> None:
    png = encode(_PICTURE, ".png")
    chunk = png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + _PACKET)
    assert _find(png[:33] + chunk + png[33:]) == b""


def test_attributes_and_elements_are_read_alike() -> None:
    assert _read('drone-dji:GimbalYawDegree="+84.20"') == {"dji:GimbalYawDegree": "+84.20"}
    element = "><drone-dji:GimbalYawDegree> +84.20\n</drone-dji:GimbalYawDegree>"
    assert _read(element) == {"dji:GimbalYawDegree": "+84.20"}


@pytest.mark.parametrize(
    "structure",
    [
        '><drone-skydio:View rdf:parseType="Resource"><drone-skydio:Yaw>7</drone-skydio:Yaw>'
        "</drone-skydio:View>",
        '><drone-skydio:View drone-skydio:Yaw="7"/>',
        '><drone-skydio:View><rdf:Description drone-skydio:Yaw="7"/></drone-skydio:View>',
    ],
)
def test_parts_of_a_structure_are_named_below_it(structure: str) -> None:
    assert _read(structure) == {"skydio:View/Yaw": "7"}


def test_of_two_equal_names_the_first_counts() -> None:
    twice = 'drone-dji:A="1"><drone-dji:A>2</drone-dji:A>'
    assert _read(twice) == {"dji:A": "1"}


@pytest.mark.parametrize(
    "address",
    [
        "http://www.dji.com/drone-dji/1.0",
        "https://www.dji.com/drone-dji/1.0/",
        "HTTP://WWW.DJI.COM/drone-dji/1.0/",
    ],
)
def test_addresses_count_without_scheme_case_and_last_stroke(address: str) -> None:
    assert _read('drone:A="1"', f'xmlns:drone="{address}"') == {"dji:A": "1"}


def test_only_wanted_namespaces_are_read_whatever_their_prefix() -> None:
    assert _read('drone-dji2:A="1" rdf:ID="x"', 'xmlns:drone-dji2="http://evil/"') == {}


def test_long_names_are_left_out() -> None:
    assert _read(f'drone-dji:{"a" * 100}="1" drone-dji:{"a" * 90}="2"') == {"dji:" + "a" * 90: "2"}
    deep = "".join(f"<drone-dji:level{number}>" for number in range(20))
    ends = "".join(f"</drone-dji:level{number}>" for number in reversed(range(20)))
    assert max(map(len, _read(f">{deep}1{ends}")), default=0) <= 100


def test_padding_and_nulls_behind_a_packet_do_not_matter() -> None:
    assert read_properties(_PACKET + b"\n   " * 500 + b"\0\0", _SPACES)


_LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;">]><l xmlns:d="http://www.dji.com/drone-dji/1.0/" d:A="&c;"/>"""
_OUTSIDE = b"""<!DOCTYPE l SYSTEM "file:///etc/passwd"><l xmlns:d="http://www.dji.com/drone-dji/1.0/"
d:A="1"/>"""


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\0" * 100,
        _PACKET[:-40],
        _PACKET[: len(_PACKET) // 2],
        _PACKET.replace(b"+84", b"\0\0\0"),
        _PACKET.replace(b"+84", b"\xff\xfe\xfd"),
        _PACKET.replace(b"+84", b"&unknown;"),
        _PACKET.replace(b"+84", b"<script>"),
        _PACKET.replace(b"drone-dji:", b"undeclared:"),
        _PACKET.decode().encode("utf-16"),
        b'<?xml version="1.0" encoding="utf-7"?>' + _PACKET[3:],
        _LAUGHS,
        _LAUGHS.decode().encode("utf-16"),
        _OUTSIDE,
        b"<d>" * 100_000,
        b'<d xmlns="http://www.dji.com/drone-dji/1.0/">' + b"<d>" * 40 + b"1" + b"</d>" * 41,
        b"{}",
    ],
    ids=range(17),
)
def test_a_packet_that_is_damaged_or_harmful_has_no_properties(packet: bytes) -> None:
    assert read_properties(packet, _SPACES) == {}


@given(
    changes=st.lists(
        st.tuples(st.integers(0, len(_PACKET)), st.binary(min_size=1, max_size=8)), max_size=8
    ),
    end=st.integers(0, 2 * len(_PACKET)),
)
def test_any_damage_gives_texts_or_nothing(changes: list[tuple[int, bytes]], end: int) -> None:
    packet = bytearray(_PACKET)
    for place, new in changes:
        packet[place : place + len(new)] = new
    found = read_properties(bytes(packet[:end]), _SPACES)
    assert all(isinstance(value, str) for value in found.values())


@given(st.binary(max_size=200))
def test_any_bytes_are_safe(data: bytes) -> None:
    read_properties(data, _SPACES)
    read_properties(b"<a>" + data + b"</a>", _SPACES)
