"""The output formats. A new one is a function that returns bytes and one line in ``registry``."""
