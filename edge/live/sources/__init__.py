"""The text after ``--source`` in, a source of frames out: each kind of source is one file."""
