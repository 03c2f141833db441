"""Photo and model to scores over the photo, and from these to regions.

Comes in: an opened photo, the models and the settings (``photo_scan.scan_photo``). Goes out: grids
of scores, a heat map and regions, the surest first (``grid_regions``).
"""
