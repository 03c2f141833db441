"""Settings keep their type from the command line to the store and back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from edge.detect.settings import ScanSettings, choose_settings, parse_settings
from edge.files.errors import InputError
from tests.unit.fakes import make_card

SETTINGS = ScanSettings(0.2, "tile", 0.5, (1.0, 0.5), None, 0.8)


def test_settings_survive_json() -> None:
    assert parse_settings(json.loads(json.dumps(SETTINGS.to_dict()))) == SETTINGS


@pytest.mark.parametrize(("mode", "view"), [("dense", "dense"), ("tiles", "tile")])
def test_settings_of_the_version_that_called_the_view_mode_are_read(mode: str, view: str) -> None:
    old = {
        "threshold": 0.2,
        "mode": mode,
        "overlap": 0.0,
        "scales": [1.0],
        "unsure_from": None,
        "crack_threshold": 0.8,
    }
    assert parse_settings(old) == ScanSettings(
        0.2,
        view,  # type: ignore[arg-type]
        crack_threshold=0.8,
    )


@pytest.mark.parametrize(
    "value",
    [
        None,
        3,
        {},
        {"threshold": "high"},
        {"threshold": 7},
        {"threshold": 0.5, "view": "sparse"},
        {"threshold": 0.5, "view": []},
        {"threshold": 0.5, "mode": []},
        {"threshold": 0.5, "mode": "sparse"},
        {"threshold": 0.5, "scales": 3},
        {"threshold": 0.5, "scales": []},
        {"threshold": 0.5, "speed": 2},
    ],
)
def test_what_is_no_settings_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_settings(value)


def test_what_a_user_leaves_open_the_card_says() -> None:
    card = make_card(threshold=0.3)
    assert choose_settings(card) == ScanSettings(0.3)
    assert choose_settings(card, has_cascade=True).unsure_from == 0.15
    assert choose_settings(card, threshold=0.4, crack_threshold=0.4).crack_threshold == 0.4


def test_a_sure_crack_below_the_threshold_is_refused() -> None:
    with pytest.raises(InputError, match=r"--crack-threshold 0\.2 is below the threshold, 0\.3"):
        choose_settings(make_card(threshold=0.3), crack_threshold=0.2)
