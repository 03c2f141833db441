"""One file per command: options -> one library call -> what is printed."""
