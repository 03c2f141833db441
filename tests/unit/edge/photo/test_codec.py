"""Pictures come in upright, RGB and whole, or not at all."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from edge.files.errors import InputError, OutputError, PhotoError
from edge.photo.codec import decode_photo, read_photo, write_photo
from edge.photo.listing import find_photos, list_photos
from tests.unit.picture_bytes import (
    SHORT,
    make_tiff,
    pack_tiff,
    put_exif_into_png,
    put_exif_into_webp,
)

_WHERE = Path("wall.jpg")
_TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda stored: stored,
    2: lambda stored: stored[:, ::-1],
    3: lambda stored: stored[::-1, ::-1],
    4: lambda stored: stored[::-1],
    5: lambda stored: stored.transpose(1, 0, 2),
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: stored[::-1, ::-1].transpose(1, 0, 2),
    8: np.rot90,
}


def _encode(picture: np.ndarray, suffix: str = ".jpg") -> bytes:
    return cv2.imencode(suffix, picture)[1].tobytes()


def _blurred_noise(height: int = 48, width: int = 80) -> np.ndarray:
    noise = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 3)


def _with_orientation(jpeg: bytes, orientation: int) -> bytes:
    """Insert an APP1 segment with an EXIF directory of one entry behind the start marker."""
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    directory = b"II*\x00" + struct.pack("<IH", 8, 1) + entry + struct.pack("<I", 0)
    body = b"Exif\x00\x00" + directory
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


@pytest.mark.parametrize("orientation", _TURNS)
def test_a_photo_is_turned_as_its_exif_says(tmp_path: Path, orientation: int) -> None:
    jpeg = _encode(_blurred_noise())
    (tmp_path / "plain.jpg").write_bytes(jpeg)
    (tmp_path / "turned.jpg").write_bytes(_with_orientation(jpeg, orientation))
    upright = _TURNS[orientation](read_photo(tmp_path / "plain.jpg"))
    assert np.array_equal(read_photo(tmp_path / "turned.jpg"), upright)


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif", ".jpg", ".webp"])
def test_red_reads_as_red(tmp_path: Path, suffix: str) -> None:
    red_as_bgr = np.full((16, 16, 3), (0, 0, 255), np.uint8)
    (tmp_path / f"red{suffix}").write_bytes(_encode(red_as_bgr, suffix))
    red, green, blue = read_photo(tmp_path / f"red{suffix}")[8, 8].astype(int)
    assert red > 240
    assert max(green, blue) < 15


@pytest.mark.parametrize(
    ("pixel", "dtype", "expected"),
    [
        ([77], np.uint8, (77, 77, 77)),
        ([0x4D10], np.uint16, (0x4D, 0x4D, 0x4D)),
        ([0x0AFF, 0x1400, 0xC880], np.uint16, (0xC8, 0x14, 0x0A)),
        ([10, 20, 200, 0], np.uint8, (200, 20, 10)),
        ([10, 20, 200, 128], np.uint8, (200, 20, 10)),
    ],
    ids=["grey", "grey 16 bit", "colour 16 bit", "transparent", "half transparent"],
)
def test_every_kind_of_png_becomes_8_bit_rgb(
    tmp_path: Path, pixel: list[int], dtype: type, expected: tuple[int, int, int]
) -> None:
    (tmp_path / "a.png").write_bytes(_encode(np.full((5, 9, len(pixel)), pixel, dtype), ".png"))
    photo = read_photo(tmp_path / "a.png")
    assert photo.shape == (5, 9, 3)
    assert photo.dtype == np.uint8
    assert np.abs(photo[2, 3].astype(int) - expected).max() <= 1


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95, 0.999])
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".bmp"])
def test_a_picture_cut_short_is_refused(tmp_path: Path, suffix: str, share: float) -> None:
    data = _encode(_blurred_noise(), suffix)
    path = tmp_path / f"half{suffix}"
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(PhotoError, match="half"):
        read_photo(path)


def test_a_jpeg_whose_tail_was_lost_to_zeros_is_refused(tmp_path: Path) -> None:
    data = _encode(_blurred_noise())
    (tmp_path / "card.jpg").write_bytes(data[: len(data) // 2] + bytes(len(data) // 2))
    with pytest.raises(PhotoError, match="card"):
        read_photo(tmp_path / "card.jpg")


def test_a_jpeg_cut_short_behind_its_thumbnail_is_refused(tmp_path: Path) -> None:
    thumbnail, data = _encode(_blurred_noise(16, 16)), _encode(_blurred_noise())
    segment = b"\xff\xe1" + struct.pack(">H", len(thumbnail) + 2) + thumbnail
    whole = data[:2] + segment + data[2:]
    (tmp_path / "whole.jpg").write_bytes(whole)
    (tmp_path / "part.jpg").write_bytes(whole[: -len(data) // 2])
    assert read_photo(tmp_path / "whole.jpg").shape == (48, 80, 3)
    with pytest.raises(PhotoError, match="part"):
        read_photo(tmp_path / "part.jpg")


@pytest.mark.parametrize("tail", [b"\x00" * 9, b"ftypmp42 \xff\xda film \xff\xda", b"\xff\xd9"])
def test_what_a_phone_appends_behind_a_jpeg_does_not_matter(tmp_path: Path, tail: bytes) -> None:
    (tmp_path / "motion.jpg").write_bytes(_encode(_blurred_noise()) + tail)
    assert read_photo(tmp_path / "motion.jpg").shape == (48, 80, 3)


@pytest.mark.parametrize("data", [b"", b"just a text", b"\x00" * 500, b"\xff\xd8\xff\xd9"])
def test_a_file_that_is_no_picture_is_named(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "wall.jpg").write_bytes(data)
    with pytest.raises(PhotoError, match=r"wall\.jpg: "):
        read_photo(tmp_path / "wall.jpg")


def test_a_missing_file_or_a_folder_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "gone.jpg", tmp_path):
        with pytest.raises(PhotoError, match=path.name):
            read_photo(path)


@pytest.mark.parametrize("orientation", _TURNS)
@pytest.mark.parametrize("kind", ["PNG", "WebP", "TIFF", "TIFF of 16 bits"])
def test_every_kind_of_picture_is_turned(kind: str, orientation: int) -> None:
    stored = _blurred_noise()
    exif = pack_tiff({274: (SHORT, [orientation])})

    def make(exif: bytes, tags: dict[int, tuple[int, list[int]]]) -> bytes:
        if kind == "PNG":
            return put_exif_into_png(_encode(stored, ".png"), exif)
        if kind == "WebP":
            return put_exif_into_webp(_encode(stored, ".webp"), exif, (80, 48))
        return make_tiff(stored.astype(np.uint16) * 257 if "16" in kind else stored, tags)

    plain = decode_photo(make(b"", {}), _WHERE)
    turned = decode_photo(make(exif, {274: (SHORT, [orientation])}), _WHERE)
    assert np.array_equal(turned, _TURNS[orientation](plain))


@settings(max_examples=30)
@given(picture=arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3))))
def test_what_is_written_without_loss_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, picture: np.ndarray
) -> None:
    path = tmp_path_factory.getbasetemp() / "round.png"
    write_photo(path, picture)
    assert np.array_equal(read_photo(path), picture)


def test_a_format_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"a\.xyz"):
        write_photo(tmp_path / "a.xyz", np.zeros((4, 4, 3), np.uint8))


def _put(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    return folder


def test_photos_are_listed_in_order_without_hidden_and_other_files(tmp_path: Path) -> None:
    _put(
        tmp_path, "b/x.PNG", "a/z.jpeg", "a/y.tif", "top.webp", ".hidden/q.jpg", "._r.jpg", "s.txt"
    )
    names = [path.relative_to(tmp_path).as_posix() for path in list_photos(tmp_path)]
    assert names == ["top.webp", "a/y.tif", "a/z.jpeg", "b/x.PNG"]


def test_a_photo_keeps_its_place_below_the_folder_it_was_found_in(tmp_path: Path) -> None:
    _put(tmp_path, "site/wall/a.jpg", "b.jpg")
    found = find_photos([tmp_path / "site", tmp_path / "b.jpg"])
    assert [name.as_posix() for _, name in found] == ["wall/a.jpg", "b.jpg"]
    assert [path for path, _ in found] == [tmp_path / "site/wall/a.jpg", tmp_path / "b.jpg"]


def test_photos_of_the_same_name_get_names_of_their_own(tmp_path: Path) -> None:
    _put(tmp_path, "1/a.jpg", "2/a.jpg", "3/a.jpg", "4/a_2.jpg")
    found = find_photos([tmp_path / str(number) for number in (1, 4, 2, 3)])
    assert [name.as_posix() for _, name in found] == ["a.jpg", "a_2.jpg", "a_3.jpg", "a_4.jpg"]


def test_a_source_that_is_missing_or_empty_is_named(tmp_path: Path) -> None:
    _put(tmp_path, "texts/a.txt")
    with pytest.raises(InputError, match=r"texts: no photos .*end in .*\.jpg"):
        find_photos([tmp_path / "texts"])
    with pytest.raises(InputError, match="gone: no such"):
        find_photos([tmp_path / "gone"])


def test_a_folder_of_pictures_that_must_be_converted_says_so(tmp_path: Path) -> None:
    _put(tmp_path, "phone/day 1/IMG_1.HEIC")
    with pytest.raises(InputError, match=r"phone: no photos .*convert its \.heic files to JPEG"):
        find_photos([tmp_path / "phone"])
