"""Where frames come from: each kind of source is one file."""
