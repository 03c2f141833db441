"""What is said about a site: kept as it was said, and said anew piece by piece."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge.geo.positions import Position
from edge.geo.site import Site, SiteUpdate, parse_site
from edge.store.scan_store import Store
from tests.unit.stores import IDENTITY

SITE = Site(0.4, 12.5, 0.2, {"a/b.jpg": Position(latitude=1.5, longitude=2.5, gsd_mm=0.1)})


def test_a_site_survives_json() -> None:
    assert parse_site(json.loads(json.dumps(SITE.to_dict()))) == SITE


@pytest.mark.parametrize(
    "value",
    [
        None,
        3,
        {},
        {"positions": 1},
        {"positions": {"a": {"x": 1}}},
        {"positions": {}, "gsd_mm": "x"},
        {"positions": {"a": {"latitude": "x"}}},
        {"positions": {}, "crack_width_mm": None},
        {"positions": {}, "gsd_mm": float("nan")},
        {"positions": {}, "gsd_mm": 10**400},
    ],
)
def test_what_is_no_site_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="site"):
        parse_site(value)


def test_what_is_not_said_anew_stays() -> None:
    assert SiteUpdate().apply_to(SITE) == SITE
    assert SiteUpdate(gsd_mm=1.0).apply_to(SITE) == Site(1.0, 12.5, 0.2, SITE.positions)
    assert SiteUpdate(positions={}).apply_to(SITE).positions == {}


def test_a_store_keeps_what_is_said(folder: Path) -> None:
    with Store.open(folder, identity=IDENTITY) as store:
        assert store.site == Site()
        store.update_site(SiteUpdate(**vars(SITE)))
    with Store.read(folder) as store:
        assert store.site == SITE
