"""Merge what is linked in pairs (union-find)."""

from __future__ import annotations

from collections.abc import Sequence


def merge_linked(count: int, links: Sequence[tuple[int, int]]) -> list[int]:
    """Return for each of ``count`` places the smallest place that it is linked to."""
    parent = list(range(count))

    def find(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for first, second in links:
        low, high = sorted((find(first), find(second)))
        parent[high] = low
    return [find(place) for place in range(count)]
