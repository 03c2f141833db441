"""Models that come with the package, each one file with its card inside."""
