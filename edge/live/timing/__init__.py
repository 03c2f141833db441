"""Clocks, back-off, the pace of frames and rates: seconds in, seconds out."""
