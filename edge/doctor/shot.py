"""A test shot: whether a source gives a picture, and what looks wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edge.doctor.check import Check
from edge.files.errors import CrackEdgeError

_NAME = "test shot"
# What a picture is read and written with.
_NEEDED = ("numpy", "OpenCV")


def check_source(source: str, out: Path, checks: Sequence[Check]) -> Check:
    """Take a picture with a source and write it as JPEG.

    Args:
        source: as ``--source`` of ``crack-edge live`` takes it.
        out: file to write; one that exists is replaced.
        checks: what was found on this machine; where numpy or OpenCV failed, nothing is tried.

    Returns:
        The check, failed where the source cannot be opened or the file cannot be written.
    """
    lacking = [one.name for one in checks if one.name in _NEEDED and one.state == "failed"]
    if lacking:
        return Check(_NAME, "failed", "not tried", f"fix {', '.join(lacking)} first")
    from edge.live.capture.source import SourceLostError
    from edge.live.sources.camera_check import check_camera
    from edge.live.sources.choose import choose_source
    from edge.photo.codec import write_photo

    try:
        chosen = choose_source(source)
        shot = check_camera(chosen)
        write_photo(out, shot.picture)
    except SourceLostError as error:
        remedy = "give another source, or close other programs that use this one"
        return Check(_NAME, "failed", f"{chosen.name}: {error}", remedy, {"source": chosen.name})
    except CrackEdgeError as error:
        return Check(_NAME, "failed", str(error), "", {"source": source})
    height, width, _ = shot.picture.shape
    found = f"{chosen.name}: wrote {out}, {width} x {height} px, first frame after "
    found += f"{shot.first_frame_s:.2f} s"
    facts = {
        "source": chosen.name,
        "file": str(out),
        "size_wh": [width, height],
        "first_frame_s": round(shot.first_frame_s, 3),
    }
    if shot.warning:
        return Check(_NAME, "warning", f"{found}; {shot.warning}", f"look at {out}", facts)
    return Check(_NAME, "ok", found, facts=facts)
