"""The doctor's words about heat and throttling."""

from __future__ import annotations

import pytest

from edge.doctor.heat import check_temperature, check_throttling
from edge.machine.heat import TOO_HOT, UNDER_VOLTAGE, Limits

_WEAK, _HOT = "power supply", "heat sink"


@pytest.mark.parametrize(
    ("temperature_c", "state", "found"),
    [
        (None, "ok", "unknown on this system"),
        (52.46, "ok", "52 °C"),
        (79.9, "ok", "80 °C"),
        (80.0, "warning", "80 °C"),
        (84.5, "warning", "84 °C"),
    ],
)
def test_a_processor_is_too_hot_from_80_degrees(
    temperature_c: float | None, state: str, found: str
) -> None:
    check = check_temperature(temperature_c)
    assert (check.state, check.found) == (state, found)
    assert ("--max-temp" in check.remedy) == (state == "warning")


def test_the_temperature_is_a_number_for_programs() -> None:
    assert check_temperature(52.46).facts == {"celsius": 52.5}


@pytest.mark.parametrize(
    ("limits", "found"),
    [(None, "unknown on this system"), (Limits(), "none since boot")],
)
def test_no_throttling_and_no_word_of_it_are_fine(limits: Limits | None, found: str) -> None:
    check = check_throttling(limits)
    assert (check.state, check.found, check.remedy) == ("ok", found, "")


@pytest.mark.parametrize(
    ("limits", "found", "remedies"),
    [
        (
            Limits((UNDER_VOLTAGE, "throttled"), (UNDER_VOLTAGE, "throttled")),
            "now: under-voltage, throttled",
            {_WEAK},
        ),
        (Limits((), (UNDER_VOLTAGE,)), "earlier since boot: under-voltage", {_WEAK}),
        (Limits((), ("frequency capped",)), "earlier since boot: frequency capped", {_HOT}),
        (
            Limits(("throttled",), ("throttled", UNDER_VOLTAGE)),
            "now: throttled; earlier since boot: under-voltage",
            {_WEAK},
        ),
        (
            Limits((TOO_HOT,), (TOO_HOT, UNDER_VOLTAGE)),
            "now: soft temperature limit; earlier since boot: under-voltage",
            {_WEAK, _HOT},
        ),
    ],
)
def test_throttling_is_a_warning_whose_remedy_fits_its_cause(
    limits: Limits, found: str, remedies: set[str]
) -> None:
    check = check_throttling(limits)
    assert (check.state, check.found) == ("warning", found)
    assert {remedy for remedy in (_WEAK, _HOT) if remedy in check.remedy} == remedies


def test_limits_are_lists_for_programs() -> None:
    facts = check_throttling(Limits((), (UNDER_VOLTAGE,))).facts
    assert facts == {"now": [], "since_boot": [UNDER_VOLTAGE]}
    assert check_throttling(None).facts == {"now": None, "since_boot": None}
