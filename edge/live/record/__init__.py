"""Notices of events in, a bounded folder of JSON lines and pictures out."""
