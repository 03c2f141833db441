"""A labelled data set in, what makes figures measured on it untrue out: as JSON and as a page.

``dataset_audit`` is the way in. Needs no TensorFlow.
"""
