"""Samples with splits and the settings of a recipe in, fitted weights and their history out.

``recipes`` says what is trained and how, ``stages`` does it; the other modules serve these two.
"""
