"""Labelled pictures in, samples with groups and splits out.

Every picture is decoded once (``survey``); exact copies and near-duplicates are linked, pictures
of unknown photos are clustered by appearance, and ``prepare`` divides the whole by the rule that
was asked for. Needs no TensorFlow.
"""
