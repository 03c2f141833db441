"""The settings of a live watch in, a running watch out: all parts put together."""
