"""What several commands share: options, the console, settings of a live watch."""
