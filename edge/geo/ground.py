"""Project px of a photo to level ground: a pinhole camera above a plane.

Axes on the ground are north, east, down. Angles are those of drones (NED, turned in the order yaw,
pitch, roll): yaw clockwise from north, pitch 0 level and -90 straight down, roll clockwise as the
camera sees it itself. Lens distortion is left out; at a photo's corners it may shift a place by
some percent of the photo's width.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.geo.wgs84 import move

# Where the stored picture has the right and the lower side of the upright photo, as signed axes
# (x, y) of the stored one; by orientation (Exif).
_UPRIGHT_AXES = {
    1: ((1, 0), (0, 1)),
    2: ((-1, 0), (0, 1)),
    3: ((-1, 0), (0, -1)),
    4: ((1, 0), (0, -1)),
    5: ((0, 1), (1, 0)),
    6: ((0, -1), (1, 0)),
    7: ((0, -1), (-1, 0)),
    8: ((0, 1), (-1, 0)),
}


@dataclass(frozen=True)
class Ground:
    """Level ground as a photo shows it.

    Attributes:
        size_wh: of the upright photo, px.
        focal_px: focal length.
        axes: float64 (3, 3), from ``aim_camera``.
        height_m: of the camera above the ground.
    """

    size_wh: tuple[int, int]
    focal_px: float
    axes: NDArray[np.float64]
    height_m: float

    @property
    def corners(self) -> tuple[tuple[float, float], ...]:
        """Return upper left, upper right, lower right and lower left corner of the photo, px."""
        width, height = self.size_wh
        return (0, 0), (width, 0), (width, height), (0, height)

    @property
    def depression_deg(self) -> float:
        """Return how far below the horizon the flattest part of the photo looks.

        It is a corner: what looks further down than an angle is a cone, whose cut with the plane
        of the picture is convex.
        """
        rays = (self._aim(x, y) for x, y in self.corners)
        return min(math.degrees(math.asin(ray[2] / np.linalg.norm(ray))) for ray in rays)

    def find_offset(self, x: float, y: float) -> tuple[float, float]:
        """Return how many metres north and east of the camera a px lies on the ground.

        It must look below the horizon.
        """
        north, east, down = self._aim(x, y)
        return float(self.height_m * north / down), float(self.height_m * east / down)

    def project(self, position: tuple[float, float], x: float, y: float) -> tuple[float, float]:
        """Return longitude and latitude of a px.

        Args:
            position: of the camera, longitude and latitude.
            x: in px of the upright photo.
            y: as x.
        """
        north_m, east_m = self.find_offset(x, y)
        return move(position, east_m=east_m, north_m=north_m)

    def measure_mm(self, x: float, y: float) -> float:
        """Return the ground sample distance at a px: the root of the area that one px covers.

        The area is height² · focal / down³, the Jacobian of the projection; down is the vertical
        part of the px' ray, whose part along the optical axis is the focal length.
        """
        down = float(self._aim(x, y)[2])
        return 1000 * self.height_m * math.sqrt(self.focal_px / down**3)

    def _aim(self, x: float, y: float) -> NDArray[np.float64]:
        """Return the ray of a px, not normalised: north, east, down."""
        width, height = self.size_wh
        ray: NDArray[np.float64] = self.axes @ (x - width / 2, y - height / 2, self.focal_px)
        return ray


def aim_camera(
    yaw_deg: float, pitch_deg: float, roll_deg: float = 0.0, *, orientation: int = 1
) -> NDArray[np.float64]:
    """Return where the photo's axes point.

    Args:
        yaw_deg: of the camera, clockwise from north.
        pitch_deg: 0 is level, -90 straight down.
        roll_deg: clockwise as the camera sees it itself.
        orientation: how the stored picture was turned to be upright (Exif, 1 to 8): the angles are
            those of the camera, not of the upright photo.

    Returns:
        float64 (3, 3): the columns are right, down and forward of the upright photo as north, east
        and down.
    """
    yaw, pitch, roll = (math.radians(angle) for angle in (yaw_deg, pitch_deg, roll_deg))
    turn_yaw = np.array(
        [[math.cos(yaw), -math.sin(yaw), 0], [math.sin(yaw), math.cos(yaw), 0], [0, 0, 1]]
    )
    turn_pitch = np.array(
        [[math.cos(pitch), 0, math.sin(pitch)], [0, 1, 0], [-math.sin(pitch), 0, math.cos(pitch)]]
    )
    turn_roll = np.array(
        [[1, 0, 0], [0, math.cos(roll), -math.sin(roll)], [0, math.sin(roll), math.cos(roll)]]
    )
    # The camera's own axes are forward, right, down.
    forward, right, down = (turn_yaw @ turn_pitch @ turn_roll).T
    upright = [x * right + y * down for x, y in _UPRIGHT_AXES.get(orientation, _UPRIGHT_AXES[1])]
    return np.stack([*upright, forward], axis=1)
