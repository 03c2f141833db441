"""One photo: from a file from outside to its pixels, its facts, and which of them may be judged.

Comes in: a path (``source.open_source``, ``codec.read_photo``). Goes out: upright RGB pixels, what
the camera wrote beside them (``facts``), and a PhotoError where a file is not what it seems.
"""
