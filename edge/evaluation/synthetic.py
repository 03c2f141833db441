"""Draw photos of concrete, with and without cracks, for the demo and the tests.

Everything has the scale of a close-up (cracks 2 to 8 px wide): a tile is like a piece of a photo.
Shades are kept as factors on the tone of the concrete: 1 is the bare wall, below is darker.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

MIN_SIDE_PX = 16

_Field = NDArray[np.float32]  # (H, W)
_Points = NDArray[np.float64]  # (N, 2), x and y in px

_STEP_PX = 2.5  # between the points of a crack: below it, jags are lost in its soft edge
_FIXED_BITS = 4  # of the 1/16 px in which OpenCV takes polygons
_TILE_JOINTS = 0.12  # share of tiles that show a joint: as straight lines must not mean crack


@dataclass(frozen=True)
class Drawing:
    """A drawn photo and the truth about it.

    Attributes:
        photo: uint8 (H, W, 3), RGB.
        crack_mask: bool (H, W), True on the cracks.
    """

    photo: NDArray[np.uint8]
    crack_mask: NDArray[np.bool_]


@dataclass(frozen=True)
class _Look:
    """What all pieces of one structure share: colour, light and surface."""

    tone: _Field  # (3,), RGB levels of the bare surface
    light: tuple[float, float]  # unit vector towards the light, in x and y
    slope: float  # brightening towards the light per 1000 px
    grain: float
    relief: float
    speckle: float
    stain: float
    pits_per_mpx: float
    pores_per_mpx: float
    noise_levels: float


def draw_concrete(
    size_wh: tuple[int, int],
    *,
    seed: int,
    cracks: int = 1,
    joints: int = 1,
    crack_width_px: tuple[float, float] = (2.0, 6.0),
    look_seed: int | None = None,
) -> Drawing:
    """Draw a photo of concrete that cracks run across.

    Args:
        size_wh: width and height in px.
        seed: the same one gives the same drawing.
        cracks: how many, without their branches; 0 for sound concrete.
        joints: how many straight lines the formwork left; they are not cracks.
        crack_width_px: least and greatest typical width of a crack; it varies along the way.
        look_seed: of colour, light and surface, for pieces of one structure; ``seed`` if None.

    Raises:
        ValueError: a side is too short, a count or seed negative, a width below 1 px.
    """
    if min(size_wh) < MIN_SIDE_PX:
        raise ValueError(f"size is {size_wh} px; expected sides of {MIN_SIDE_PX} px or more")
    if min(cracks, joints) < 0:
        raise ValueError(f"{cracks} cracks and {joints} joints; expected no negative count")
    if not 1 <= crack_width_px[0] <= crack_width_px[1]:
        raise ValueError(
            f"crack_width_px is {crack_width_px}; expected (least, greatest) from 1 up"
        )
    look = _draw_look(np.random.default_rng([1, seed if look_seed is None else look_seed]))
    rng = np.random.default_rng([2, seed])
    shape = (size_wh[1], size_wh[0])
    shade = _draw_surface(shape, look, rng)
    for _ in range(joints):
        _add_joint(shade, rng)
    pores = _draw_pores(shape, look, rng)
    crack_depth = np.zeros(shape, np.float32)
    crack_mask = np.zeros(shape, np.bool_)
    for _ in range(cracks):
        depth, covered = _draw_crack(shape, crack_width_px, rng)
        np.maximum(crack_depth, depth, out=crack_depth)
        crack_mask |= covered
    _carve(shade, np.maximum(crack_depth, pores), look)
    return Drawing(_expose(shade, look, rng), crack_mask)


def draw_tile(size_px: int, *, seed: int, crack: bool, look_seed: int | None = None) -> Drawing:
    """Draw a square tile as if cut from a photo; a crack crosses it near the middle, or none.

    Args:
        size_px: its side, 64 to 256 px for the classifiers.
        seed: the same one gives the same drawing.
        crack: whether one is drawn.
        look_seed: of the structure that the tile belongs to; ``seed`` if None.

    Raises:
        ValueError: the side is too short, a seed negative.
    """
    joint = np.random.default_rng([3, seed]).random() < _TILE_JOINTS
    return draw_concrete(
        (size_px, size_px), seed=seed, cracks=crack, joints=joint, look_seed=look_seed
    )


def _draw_look(rng: np.random.Generator) -> _Look:
    level = rng.uniform(135, 195)
    warmth = rng.uniform(5, 22)  # red over blue
    angle = rng.uniform(0, 2 * math.pi)
    return _Look(
        tone=np.array([level + 0.45 * warmth, level, level - 0.55 * warmth], np.float32),
        light=(math.cos(angle), math.sin(angle)),
        slope=rng.uniform(0.02, 0.09),
        grain=rng.uniform(0.010, 0.026),
        relief=rng.uniform(0.015, 0.055),
        speckle=rng.uniform(0.0, 0.025),
        stain=rng.uniform(0.02, 0.05),
        pits_per_mpx=math.exp(rng.uniform(5.5, 7.8)),
        pores_per_mpx=rng.uniform(10, 45),
        noise_levels=rng.uniform(1.0, 2.5),
    )


def _draw_noise(
    shape: tuple[int, int], finest: int, coarsest: int, rng: np.random.Generator
) -> _Field:
    """Sum noise of equal strength at wavelengths from ``2**finest`` to ``2**coarsest`` px.

    Its deviation is about 1, but never measured: a tile must not be stretched to a photo's range.
    """
    field = np.zeros((1, 1), np.float32)
    for level in range(coarsest, finest - 1, -1):
        rows, columns = (math.ceil(side / 2**level) + 3 for side in shape)
        if level < coarsest:
            field = _enlarge(field, 2)[1 : rows + 1, 1 : columns + 1]
        field = field + rng.standard_normal((rows, columns), np.float32)
    field = _enlarge(field, 2**finest)
    # The grid starts elsewhere in each drawing, else a model could learn where it is.
    y, x = (int(at) for at in rng.integers(2**finest, 2 ** (finest + 1), size=2))
    piece = field[y : y + shape[0], x : x + shape[1]]
    return np.asarray(piece / math.sqrt(coarsest - finest + 1), np.float32)


def _enlarge(field: _Field, factor: int) -> _Field:
    rows, columns = field.shape
    size_wh = (columns * factor, rows * factor)
    return np.asarray(cv2.resize(field, size_wh, interpolation=cv2.INTER_CUBIC), np.float32)


def _blur(field: _Field | NDArray[np.uint8], sigma_px: float) -> _Field:
    return np.asarray(cv2.GaussianBlur(field.astype(np.float32), (0, 0), sigma_px), np.float32)


def _shift(field: _Field, dx: float, dy: float) -> _Field:
    """Move a field by a part of some px."""
    move = np.array([[1, 0, dx], [0, 1, dy]], np.float64)
    size_wh = (field.shape[1], field.shape[0])
    moved = cv2.warpAffine(field, move, size_wh, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32)


def _draw_surface(shape: tuple[int, int], look: _Look, rng: np.random.Generator) -> _Field:
    """Draw the shade of sound concrete without its pores."""
    height, width = shape
    light_x, light_y = look.light
    x = (np.arange(width, dtype=np.float32) - width / 2) * np.float32(light_x * look.slope / 1000)
    y = (np.arange(height, dtype=np.float32) - height / 2) * np.float32(light_y * look.slope / 1000)
    shade = 1 + np.tanh(x[None, :] + y[:, None], dtype=np.float32)
    if max(shape) < 512:  # a tile lies anywhere on its wall
        shade += np.float32(rng.uniform(-1, 1) * look.slope)
    bumps = _draw_noise(shape, 1, 3, rng)
    shade += look.relief * (bumps - _shift(bumps, light_x, light_y))
    shade += look.grain * _draw_noise(shape, 0, 4, rng)
    grains = _draw_noise(shape, 1, 2, rng)
    shade += look.speckle * np.sign(grains) * np.maximum(np.abs(grains) - 1.2, 0)
    shade += look.stain * (_draw_noise(shape, 7, 10, rng) + 0.4 * _draw_noise(shape, 4, 6, rng))
    dusty = np.clip(_draw_noise(shape, 5, 8, rng) - 0.5, 0, 1)
    shade += look.stain * dusty * (1 + 0.5 * _draw_noise(shape, 1, 3, rng))
    return np.asarray(shade, np.float32)


def _add_joint(shade: _Field, rng: np.random.Generator) -> None:
    """Add a straight line of the formwork: a soft groove with a lit edge, and a step in tone."""
    height, width = shade.shape
    angle = rng.normal(0, 0.02) + (math.pi / 2 if rng.random() < 0.35 else 0)
    across_x, across_y = -math.sin(angle), math.cos(angle)
    x = np.arange(width, dtype=np.float32) - np.float32(width * rng.uniform(0.12, 0.88))
    y = np.arange(height, dtype=np.float32) - np.float32(height * rng.uniform(0.12, 0.88))
    away = np.float32(across_x) * x[None, :] + np.float32(across_y) * y[:, None]
    half_px = rng.uniform(1.5, 5)
    worn = np.clip(0.75 + 0.35 * _draw_noise((height, width), 3, 6, rng), 0.1, 1.2)
    groove = np.exp(-np.square(away / half_px)) * rng.uniform(0.06, 0.22)
    lit = np.exp(-np.square(away / half_px - 1.8)) * rng.uniform(0.0, 0.08)
    shade += (lit - groove) * worn
    shade += np.tanh(away / 2) * np.float32(rng.uniform(-0.025, 0.025))


def _draw_pores(shape: tuple[int, int], look: _Look, rng: np.random.Generator) -> _Field:
    """Draw the depth (0 to 1) of pits and bugholes, which stand in swarms."""
    height, width = shape
    swarms = _draw_noise(shape, 5, 8, rng)
    depth = np.zeros(shape, np.uint8)
    kinds = ((look.pits_per_mpx, 0.9, 0.35), (look.pores_per_mpx, 2.4, 0.5))
    for per_mpx, radius_px, spread in kinds:
        tries = int(rng.poisson(3 * per_mpx * width * height / 1e6))
        centres = rng.uniform(0, 1, (tries, 2)) * (width, height)
        here = swarms[centres[:, 1].astype(int), centres[:, 0].astype(int)]
        centres = centres[rng.random(tries) < 1 / (1 + np.exp(1.2 - 1.5 * here))]
        radii = radius_px * np.exp(rng.normal(0, spread, (len(centres), 1)))
        corners = np.linspace(0, 2 * math.pi, 9)[:-1] + rng.uniform(0, 2 * math.pi, radii.shape)
        radii = radii * rng.uniform(0.65, 1.3, (len(centres), 8))
        offsets = np.stack([radii * np.cos(corners), radii * np.sin(corners)], axis=-1)
        offsets *= rng.uniform(0.6, 1.4, (len(centres), 1, 2))
        polygons = _to_fixed(centres[:, None] + offsets)
        for polygon, dark in zip(polygons, rng.uniform(60, 230, len(centres)), strict=True):
            cv2.fillPoly(depth, [polygon], (dark,), cv2.LINE_AA, _FIXED_BITS)
    return np.asarray(_blur(depth, 0.6) / 255, np.float32)


def _draw_crack(
    shape: tuple[int, int], width_px: tuple[float, float], rng: np.random.Generator
) -> tuple[_Field, NDArray[np.bool_]]:
    """Draw one crack with its branches: depth (0 to 1), and the mask of what it covers."""
    height, width = shape
    reach = math.hypot(width, height)
    angle = rng.uniform(0, 2 * math.pi)
    middle = np.array([width, height]) * rng.uniform(0.3, 0.7, 2)
    ahead = np.array([math.cos(angle), math.sin(angle)]) * reach
    bend = rng.normal(0, 0.25)
    turned = np.array([math.cos(angle + bend), math.sin(angle + bend)]) * reach
    # Both halves start in the middle, so that every drawing shows its crack.
    halves = [_meander(middle, middle + ahead, rng), _meander(middle, middle - turned, rng)]
    trunk = np.concatenate([halves[1][::-1], halves[0][1:]])
    seen = trunk[((trunk >= 0) & (trunk < (width, height))).all(axis=1)]
    full_px = rng.uniform(*width_px)
    paths = [(trunk, full_px * _vary(len(trunk), rng))]
    for _ in range(int(rng.poisson(0.3 + reach / 1200))):
        start = rng.choice(seen)
        side = angle + rng.choice([-1, 1]) * rng.uniform(0.4, 1.1) + rng.choice([0, math.pi])
        far = start + np.array([math.cos(side), math.sin(side)]) * reach * rng.uniform(0.05, 0.25)
        branch = _meander(start, far, rng)
        thinning = np.linspace(0.65, 0.2, len(branch))
        paths.append((branch, full_px * thinning * _vary(len(branch), rng)))
    whole = np.zeros(shape, np.uint8)
    core = np.zeros(shape, np.uint8)
    for path, widths in paths:
        _fill_ribbon(whole, path, np.maximum(widths, 1.0), rng)
        _fill_ribbon(core, path, np.maximum(0.6 * widths - 0.4, 0.0), rng)
    soft = _blur(whole, 0.8) * 0.5 + _blur(core, 0.6) * 0.38
    strength = min(1, rng.uniform(0.5, 0.75) + 0.06 * full_px)  # wide cracks are deep, so dark
    return np.asarray(soft * (strength / 255), np.float32), whole > 127


def _meander(start: _Points, end: _Points, rng: np.random.Generator) -> _Points:
    """Lay a path by midpoint displacement (Fournier, Fussell and Carpenter 1982)."""
    path = np.stack([start, end]).astype(np.float64)
    length = float(np.hypot(*(end - start)))
    while length > _STEP_PX:
        gaps = np.diff(path, axis=0)
        normals = np.stack([-gaps[:, 1], gaps[:, 0]], axis=1)
        # Long cracks run straighter than their jags do.
        sway = 0.08 if length > 150 else 0.14
        middles = path[:-1] + gaps / 2 + normals * rng.normal(0, sway, (len(gaps), 1))
        joined = np.empty((2 * len(path) - 1, 2))
        joined[::2], joined[1::2] = path, middles
        path, length = joined, length / 2
    return path


def _vary(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return factors, around 1 and seldom far from it, for the width along a path."""
    total = np.zeros(count)
    for spacing, strength in ((4, 0.25), (15, 0.25), (60, 0.25)):
        knots = rng.normal(0, strength, count // spacing + 2)
        total += np.interp(np.arange(count) / spacing, np.arange(len(knots)), knots)
    return np.exp(total - 0.1)


def _fill_ribbon(
    canvas: NDArray[np.uint8],
    path: _Points,
    widths_px: NDArray[np.float64],
    rng: np.random.Generator,
) -> None:
    """Fill a path of varying width whose two edges wander on their own."""
    along = np.gradient(path, axis=0)
    normals = np.stack([-along[:, 1], along[:, 0]], axis=1)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    halves = widths_px[:, None, None] / 2 * rng.uniform(0.6, 1.4, (len(path), 2, 1))
    left, right = path + normals * halves[:, 0], path - normals * halves[:, 1]
    quads = _to_fixed(np.stack([left[:-1], left[1:], right[1:], right[:-1]], axis=1))
    limit = np.array(canvas.shape[::-1]) + 50
    near = np.all((path > -50) & (path < limit), axis=1)
    seen = near[:-1] & (widths_px[:-1] > 0)
    for quad in quads[seen]:
        cv2.fillConvexPoly(canvas, quad, (255,), cv2.LINE_AA, _FIXED_BITS)


def _to_fixed(points: _Points) -> NDArray[np.int32]:
    return np.asarray(np.rint(points * 2**_FIXED_BITS), np.int32)


def _carve(shade: _Field, depth: _Field, look: _Look) -> None:
    """Darken what is deep; the edge that faces the light catches some of it."""
    lit = _shift(depth, -1.5 * look.light[0], -1.5 * look.light[1]) - depth
    shade += 0.12 * np.maximum(lit, 0)
    shade *= 1 - depth


def _expose(shade: _Field, look: _Look, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Turn shades into RGB levels with the softness and noise of a camera."""
    soft = _blur(shade, 0.5)
    tints = _draw_noise(soft.shape, 5, 9, rng) * np.float32(0.008)
    channels = []
    for tone, lean in zip(look.tone, (0.4, 0.0, -0.6), strict=True):
        noise = rng.standard_normal(soft.shape, np.float32) * np.float32(look.noise_levels)
        # Dark places are a little browner than light ones, as dirt is.
        channels.append(tone * soft * (1 + np.float32(lean) * (tints + 0.06 * (1 - soft))) + noise)
    return np.asarray(np.clip(np.rint(np.stack(channels, axis=-1)), 0, 255), np.uint8)
