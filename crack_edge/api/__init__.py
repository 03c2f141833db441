"""The Python API: what `import crack_edge` offers."""
