"""A frame in, its crack scores, smoothed score, regions and drawing out."""
