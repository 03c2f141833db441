"""Scores of the test split in; ``report.json``, ``report.html`` and the model card out.

``training_report`` is the way in.
"""
