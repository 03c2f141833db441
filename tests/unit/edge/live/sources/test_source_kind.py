"""What a source is, from its text."""

from __future__ import annotations

import pytest

from edge.live.sources.source_kind import SourceKind, kind_of_source


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("0", "camera"),
        ("/dev/v4l/by-id/cam", "camera"),
        ("picamera", "picamera"),
        ("picamera:1", "picamera"),
        ("drawn", "drawn"),
        ("rtsp://cam/x", "stream"),
        ("picameras", "file"),
        ("video.mp4", "file"),
    ],
)
def test_what_a_source_needs_is_seen_from_its_text(source: str, kind: SourceKind) -> None:
    assert kind_of_source(source) == kind
