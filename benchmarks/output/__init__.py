"""What a benchmark leaves: results, tables, plots, a page."""
