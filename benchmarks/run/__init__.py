"""Measure model files side by side on this machine."""
