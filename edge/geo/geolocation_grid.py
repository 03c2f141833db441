"""Find px of a georeferenced picture on the map, between the places that its frame knows."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from edge.geo.wgs84 import metres_per_degree, wrap_longitude


class GeolocationGrid:
    """Longitude and latitude over a picture, bilinear between n x n known places."""

    def __init__(self, lonlat: NDArray[np.float64], size_wh: tuple[int, int]) -> None:
        """Take the known places.

        Args:
            lonlat: float64 (n, n, 2), WGS 84, from corner to corner of the picture; n is 2 or more.
            size_wh: of the picture, px.
        """
        self._size_wh = size_wh
        self._lonlat = lonlat.copy()
        # A picture across the 180th meridian has longitudes of both signs: count on from the first.
        first = lonlat[0, 0, 0]
        self._lonlat[..., 0] = (lonlat[..., 0] - first + 180) % 360 - 180 + first

    @property
    def corners(self) -> tuple[tuple[float, float], ...]:
        """Return where the upper left, upper right, lower right and lower left corner lie."""
        width, height = self._size_wh
        return tuple(
            self.project(x, y) for x, y in ((0, 0), (width, 0), (width, height), (0, height))
        )

    def project(self, x: float, y: float) -> tuple[float, float]:
        """Return longitude and latitude of a px; one outside counts as the nearest inside."""
        row, column, down, right = self._find_cell(x, y)
        cell = self._lonlat[row : row + 2, column : column + 2]
        upper, lower = (side[0] * (1 - right) + side[1] * right for side in cell)
        longitude, latitude = upper * (1 - down) + lower * down
        return wrap_longitude(float(longitude)), float(latitude)

    def measure_mm(self, x: float, y: float) -> float:
        """Return the ground sample distance at a px: the root of the area that one px covers."""
        row, column, down, right = self._find_cell(x, y)
        (upper_left, upper_right), (lower_left, lower_right) = self._lonlat[
            row : row + 2, column : column + 2
        ]
        along_x = (upper_right - upper_left) * (1 - down) + (lower_right - lower_left) * down
        along_y = (lower_left - upper_left) * (1 - right) + (lower_right - upper_right) * right
        across_m, along_m = metres_per_degree(self.project(x, y)[1])
        cells = len(self._lonlat) - 1
        width, height = self._size_wh
        area_m2 = abs(along_x[0] * along_y[1] - along_x[1] * along_y[0]) * across_m * along_m
        return 1000 * math.sqrt(area_m2 * cells**2 / (width * height))

    def _find_cell(self, x: float, y: float) -> tuple[int, int, float, float]:
        """Return row and column of the cell that holds a px, and how far down and right in it."""
        cells = len(self._lonlat) - 1
        width, height = self._size_wh
        across = min(max(x / width, 0.0), 1.0) * cells
        along = min(max(y / height, 0.0), 1.0) * cells
        row, column = min(int(along), cells - 1), min(int(across), cells - 1)
        return row, column, along - row, across - column
