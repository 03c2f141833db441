"""Observations in, events out: when a crack comes into view, is seen best, and is gone."""
