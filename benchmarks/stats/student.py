"""Student's t and the binomial distribution, without scipy: both by the incomplete beta function.

A device that measures itself has numpy only.
"""

from __future__ import annotations

import math
from statistics import NormalDist

# From here on t and the normal distribution differ by less than 1e-7.
_NORMAL_DF = 1e7
_TINY = 1e-300
_MAX_TERMS = 20_000


def incomplete_beta(x: float, a: float, b: float) -> float:
    """Compute the regularised incomplete beta function I_x(a, b).

    By its continued fraction (DLMF 8.17.22) after Lentz, on the side where it converges fast.

    Args:
        x: in [0, 1].
        a: above 0.
        b: above 0.
    """
    if not (0 <= x <= 1 and a > 0 and b > 0):
        raise ValueError(f"x must lie in [0, 1], a and b above 0; got {x}, {a}, {b}")
    if x in (0.0, 1.0):
        return x
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(x, a, b) / a
    return 1 - front * _beta_fraction(1 - x, b, a) / b


def _beta_fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _MAX_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _not_zero(1 + term * d)
            c = _not_zero(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return value


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def t_two_sided(t: float, df: float) -> float:
    """Return the chance of a value at least as far from 0 as ``t``.

    Args:
        t: a value of Student's t distribution.
        df: its degrees of freedom, above 0; need not be whole.
    """
    if df >= _NORMAL_DF:
        return math.erfc(abs(t) / math.sqrt(2))
    square = t * t
    if math.isinf(square):
        return 0.0
    return incomplete_beta(df / (df + square), df / 2, 0.5)


def t_quantile(share: float, df: float) -> float:
    """Return the value that a share of Student's t distribution does not exceed.

    Args:
        share: in (0, 1).
        df: degrees of freedom, above 0; need not be whole.
    """
    if not (0 < share < 1 and df > 0):
        raise ValueError(f"share must lie in (0, 1), df above 0; got {share}, {df}")
    if df >= _NORMAL_DF:
        return NormalDist().inv_cdf(share)
    if share == 0.5:
        return 0.0
    tails = 2 * min(share, 1 - share)
    high = 1.0
    while t_two_sided(high, df) > tails:
        high *= 2
    low = 0.0
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if t_two_sided(middle, df) > tails else (low, middle)
    return high if share > 0.5 else -high


def binomial_cdf(hits: int, n: int, chance: float) -> float:
    """Return the chance of at most ``hits`` among ``n`` independent trials.

    Args:
        hits: whole, may lie outside [0, n].
        n: trials.
        chance: of a hit in each, in [0, 1].
    """
    if hits < 0:
        return 0.0
    if hits >= n:
        return 1.0
    return incomplete_beta(1 - chance, n - hits, hits + 1)
