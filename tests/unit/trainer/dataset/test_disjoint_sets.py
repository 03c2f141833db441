"""What is linked is merged, and nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from trainer.dataset.disjoint_sets import merge_linked

_LINKS = st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=30)


@given(_LINKS)
def test_linked_places_get_the_smallest_of_their_places(links: list[tuple[int, int]]) -> None:
    joined = merge_linked(20, links)
    assert all(joined[a] == joined[b] for a, b in links)
    assert all(joined[first] == first <= place for place, first in enumerate(joined))
    # Nothing else is joined: n places and f links that join something make n - f sets.
    neighbours = {place: {place} for place in range(20)}
    for a, b in links:
        union = neighbours[a] | neighbours[b]
        for place in union:
            neighbours[place] = union
    assert [min(neighbours[place]) for place in range(20)] == joined
