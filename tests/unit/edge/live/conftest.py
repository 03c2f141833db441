"""What holds for all tests of a live watch."""

from __future__ import annotations

from edge.live.sources.opencv import quiet_opencv

# FFmpeg reads how much it may say at its first use in the process, whichever test that is in.
quiet_opencv()
