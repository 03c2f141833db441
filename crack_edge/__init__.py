"""The command line: one file per command, each a thin rim around one library call."""
