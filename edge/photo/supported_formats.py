"""Which kinds of pictures are read, and the reason and the remedy where one is not.

A decoder that guesses is worse than none: a black or inverted picture would pass as sound concrete.
"""

from __future__ import annotations

from edge.photo.header import PictureHeader

_TO_8_BITS = "scale it to 8 bits: gdal_translate -ot Byte -scale in.tif out.tif"
_TO_RGB = "convert it to RGB"
# Two channels fewer than these cannot hold the colour.
_CHANNELS = {"grey": 1, "inverted grey": 1, "palette": 1, "RGB": 3, "YCbCr": 3, "CMYK": 4}

# What OpenCV's TIFF decoder is built with. Of some others it returns black pictures.
_OPENCV_COMPRESSIONS = frozenset({1, 2, 3, 4, 5, 7, 8, 32773, 32946})
_COMPRESSION_NAMES = {
    6: "old JPEG", 34712: "JPEG 2000", 34887: "LERC", 34925: "LZMA", 50000: "ZSTD", 50001: "WebP",
    50002: "JPEG XL",
}  # fmt: skip
# The last level of 16 bits that uses no more than 14 of them, in 8 bits (TIFFs are rounded).
DARKEST_WHITE = 64


def is_tiff(header: PictureHeader) -> bool:
    """Tell whether a picture is a TIFF of either size."""
    return header.kind in ("TIFF", "BigTIFF")


def why_unsupported(header: PictureHeader) -> str | None:
    """Return why a picture cannot be turned into RGB of 8 bits, and what to do; None if it can."""
    bits, colour, channels = header.bits, header.colour, header.channels
    if header.is_reduced:
        return "is a camera's raw picture, of which only the preview is read; develop it to JPEG"
    if header.samples != "unsigned":
        return f"holds {header.samples} numbers, expected unsigned integers; {_TO_8_BITS}"
    if header.kind == "JPEG":
        if bits != 8:
            return f"has {bits} bits per channel, expected 8; {_TO_RGB} of 8 bits"
        if colour == "unknown" and channels == 4:
            return (
                "is CMYK without an Adobe marker, so it is unknown whether its inks are inverted; "
                f"{_TO_RGB}"
            )
    if colour == "unknown":
        return f"has colours other than grey, RGB, palette, YCbCr or CMYK; {_TO_RGB}"
    if is_tiff(header):
        return _find_tiff_obstacle(header)
    return None


def _find_tiff_obstacle(header: PictureHeader) -> str | None:
    bits, colour, channels = header.bits, header.colour, header.channels
    least = _CHANNELS[colour]
    if channels < least or (least == 1 and channels > least + header.has_alpha):
        return (
            f"has {channels} bands labelled {colour}; label three of them red, green and blue: "
            "gdal_translate -b 1 -b 2 -b 3 -co PHOTOMETRIC=RGB in.tif out.tif"
        )
    if bits not in (8, 16) and not (bits == 1 and "grey" in colour):
        return f"has {bits} bits per channel, expected 8 or 16; {_TO_8_BITS}"
    if bits == 16 and colour in ("palette", "CMYK"):
        return f"has 16 bits per channel and {colour} colours; {_TO_RGB} of 8 bits"
    return None


def find_opencv_gap(header: PictureHeader) -> str | None:
    """Return what OpenCV lacks to read a TIFF that GDAL reads, None if it lacks nothing."""
    if not is_tiff(header):
        return None
    if header.compression not in _OPENCV_COMPRESSIONS:
        name = _COMPRESSION_NAMES.get(header.compression, "an unknown method")
        return f"is a TIFF compressed with {name} ({header.compression})"
    if header.bits == 16 and header.is_tiled:
        return "is a tiled TIFF of 16 bits"
    if header.channels > 4:
        return f"is a TIFF with {header.channels} bands"
    return None


def find_darkness(header: PictureHeader, brightest: int) -> str | None:
    """Return why a picture of 16 bits came out too dark to judge, None if it did not.

    Cameras that measure 10 to 14 bits at times store them as the low bits of 16, and nothing in
    the file says so. Scaled like all others they are nearly black, and so no crack is found.

    Args:
        header: of the picture.
        brightest: highest level of it in 8 bits.
    """
    if header.bits != 16 or brightest > DARKEST_WHITE:
        return None
    return (
        f"has 16 bits per channel but uses only the lowest quarter of the range (up to {brightest} "
        f"of 255 in 8 bits), so it would be nearly black; {_TO_8_BITS}"
    )
