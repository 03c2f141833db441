"""Measure what the project claims: ratios from one run, never an absolute time alone."""
