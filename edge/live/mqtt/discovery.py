"""Topics and messages, and how Home Assistant finds them by itself (MQTT discovery).

One message describes the device with all its entities; Home Assistant knows that form since
2024.11. Pure: nothing here speaks to a broker.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from edge.files.hashing import sha256_of
from edge.files.strict_json import dump_strictly
from edge.live.events.event import Event, Phase, describe_event

ONLINE, OFFLINE = b"online", b"offline"
ON, OFF = b"ON", b"OFF"
DISCOVERY_PREFIX = "homeassistant"
# A value that is not published for so long is unknown; the state comes every ten seconds.
EXPIRE_AFTER_S = 60
# Hosted brokers take 128 KB at most.
MAX_EVENT_BYTES = 100_000

# No verdict without a picture: then these are unavailable, not "no crack".
_IS_LOOKING = "{{ 'online' if value_json.status == 'looking' else 'offline' }}"
_NOT_IN_IDS = re.compile("[^a-z0-9]+")


@dataclass(frozen=True)
class Topics:
    """The topics below a prefix."""

    prefix: str

    @property
    def event(self) -> str:
        """Return where each event's begin, peaks and end are told."""
        return f"{self.prefix}/event"

    @property
    def state(self) -> str:
        """Return the topic of the state of the watch."""
        return f"{self.prefix}/state"

    @property
    def availability(self) -> str:
        """Return where it stands whether we are there."""
        return f"{self.prefix}/availability"

    @property
    def crack(self) -> str:
        """Return where it stands whether a crack is in view."""
        return f"{self.prefix}/crack"

    @property
    def picture(self) -> str:
        """Return where the newest event's best frame stands, a small JPEG."""
        return f"{self.prefix}/picture"


def make_device_id(prefix: str) -> str:
    """Return an id for a prefix, the same after each start: on a broker it names one device."""
    words = _NOT_IN_IDS.sub("_", prefix.lower()).strip("_")[:32]
    return f"crack_edge_{words}_{sha256_of(prefix.encode())[:8]}"


def discovery_topic(device_id: str, *, prefix: str = DISCOVERY_PREFIX) -> str:
    """Return where Home Assistant looks for the description of a device."""
    return f"{prefix}/device/{device_id}/config"


def describe_device(
    topics: Topics, *, device_id: str, name: str, model: str, version: str
) -> dict[str, Any]:
    """Return what Home Assistant makes its entities from.

    Args:
        topics: where they are told.
        device_id: that stays over restarts.
        name: that people read.
        model: that looks for cracks.
        version: of crack-edge.
    """
    there = {"topic": topics.availability}
    looking = {"topic": topics.state, "value_template": _IS_LOOKING}
    while_looking = {"availability": [there, looking], "availability_mode": "all"}
    components: dict[str, dict[str, Any]] = {
        "crack": {
            "platform": "binary_sensor",
            "name": "Crack",
            "device_class": "problem",
            "state_topic": topics.crack,
            "expire_after": EXPIRE_AFTER_S,
        }
        | while_looking,
        "score": _sensor("Crack score", "value_json.smoothed")
        | {"state_class": "measurement", "suggested_display_precision": 2}
        | while_looking,
        "events": _sensor("Crack events", "value_json.events")
        | {"state_class": "total_increasing"},
        "fps": _diagnostic("Frame rate", "value_json.fps", unit="fps"),
        "temperature": _diagnostic(
            "Processor temperature", "value_json.heat.temperature_c", unit="°C"
        )
        | {"device_class": "temperature"},
        "camera": _sensor("Camera status", "value_json.camera.status")
        | {"entity_category": "diagnostic"},
        "picture": {
            "platform": "image",
            "name": "Latest crack",
            "image_topic": topics.picture,
            "content_type": "image/jpeg",
        },
    }
    for key, component in components.items():
        component["unique_id"] = f"{device_id}_{key}"
    return {
        "device": {
            "identifiers": [device_id],
            "name": name,
            "manufacturer": "crack-edge",
            "model": model,
            "sw_version": version,
        },
        "origin": {"name": "crack-edge", "sw_version": version},
        "components": components,
        "state_topic": topics.state,
        "availability": [there],
        "qos": 1,
    }


def _sensor(name: str, value: str) -> dict[str, Any]:
    return {
        "platform": "sensor",
        "name": name,
        "value_template": f"{{{{ {value} }}}}",
        "expire_after": EXPIRE_AFTER_S,
    }


def _diagnostic(name: str, value: str, *, unit: str) -> dict[str, Any]:
    return _sensor(name, value) | {
        "unit_of_measurement": unit,
        "state_class": "measurement",
        "suggested_display_precision": 1,
        "entity_category": "diagnostic",
    }


def encode_event(event: Event, phase: Phase) -> bytes:
    """Return an event as JSON; of very many regions the surest, and how many were left out."""
    facts = describe_event(event, phase)
    regions = facts["regions"]
    kept = len(regions)
    data = dump_strictly(facts).encode()
    while len(data) > MAX_EVENT_BYTES and kept:
        kept //= 2
        facts |= {"regions": regions[:kept], "regions_left_out": len(regions) - kept}
        data = dump_strictly(facts).encode()
    return data
