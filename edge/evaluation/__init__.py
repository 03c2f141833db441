"""Labelled pictures and scores to figures with intervals.

Comes in: folders, manifests or labelled boxes, and what scores them (``evaluate``,
``labelled_boxes``). Goes out: metrics, their bootstrap intervals, photos drawn for tests.
"""
