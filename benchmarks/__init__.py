"""Accuracy and latency of model files side by side, and what this project holds itself to."""
