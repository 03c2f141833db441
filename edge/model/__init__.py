"""One model file: its card, its self-test, its scores.

Comes in: a file or a shipped model's name (``classifier.open_classifier``). Goes out: what scores
tiles and cells (``scorer``); the runtimes are in ``backends``, one file for each family.
"""
