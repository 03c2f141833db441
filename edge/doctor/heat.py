"""Heat, and what slows the processor down: a Raspberry Pi does so without a word."""

from __future__ import annotations

from edge.doctor.check import UNKNOWN, Check
from edge.machine.heat import TOO_HOT, UNDER_VOLTAGE, Limits

# A Raspberry Pi slows itself down from here to 85 °C, more the hotter it is.
_HOT_C = 80.0
_COOLER = "add a heat sink, a fan or shade; above --max-temp, crack-edge live checks fewer frames"
_STRONGER = (
    "use the board's official power supply and a short, thick cable; give USB devices a powered hub"
)


def check_temperature(temperature_c: float | None) -> Check:
    """Say how hot the processor is.

    Args:
        temperature_c: None where nobody knows.
    """
    if temperature_c is None:
        return Check("temperature", "ok", UNKNOWN, facts={"celsius": None})
    found, facts = f"{temperature_c:.0f} °C", {"celsius": round(temperature_c, 1)}
    if temperature_c >= _HOT_C:
        return Check("temperature", "warning", found, _COOLER, facts)
    return Check("temperature", "ok", found, facts=facts)


def check_throttling(limits: Limits | None) -> Check:
    """Say what holds the processor back, and what did since the machine began.

    Args:
        limits: None where nobody knows.
    """
    name = "throttling"
    if limits is None:
        return Check(name, "ok", UNKNOWN, facts={"now": None, "since_boot": None})
    facts = {"now": list(limits.now), "since_boot": list(limits.since_boot)}
    earlier = [word for word in limits.since_boot if word not in limits.now]
    parts = [
        f"{when}: {', '.join(words)}"
        for when, words in (("now", limits.now), ("earlier since boot", earlier))
        if words
    ]
    if not parts:
        return Check(name, "ok", "none since boot", facts=facts)
    return Check(name, "warning", "; ".join(parts), _choose_remedy(limits), facts)


def _choose_remedy(limits: Limits) -> str:
    """Return what helps. A weak supply caps and throttles too: without it, heat was the cause."""
    words = {*limits.now, *limits.since_boot}
    remedies = [_STRONGER] if UNDER_VOLTAGE in words else []
    if TOO_HOT in words or UNDER_VOLTAGE not in words:
        remedies.append(_COOLER)
    return "; ".join(remedies)
