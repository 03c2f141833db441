"""Values over a photo, one for each cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

GridKind = Literal["cell_logits", "scores"]


@dataclass(frozen=True)
class Grid:
    """Values over a photo, from which heat map and regions can be made again.

    Attributes:
        kind: cell_logits of the dense view, or scores of the tiles over each cell.
        cell_px: side of a cell in px of the upright photo.
        values: float32 (rows, columns), the first cell at the photo's upper left.
    """

    kind: GridKind
    cell_px: float
    values: NDArray[np.float32]
