"""What Home Assistant learns about us, and what an event is in a message."""

from __future__ import annotations

import json
import re

from edge.live.events.event import describe_event
from edge.live.loop.live_state import describe_state
from edge.live.mqtt.discovery import (
    MAX_EVENT_BYTES,
    Topics,
    describe_device,
    discovery_topic,
    encode_event,
    make_device_id,
)
from tests.unit.edge.live.notices_made import REGION, make_event
from tests.unit.edge.live.states_made import make_state

TOPICS = Topics("rig/7")
DEVICE_ID = make_device_id("rig/7")
CARD = describe_device(TOPICS, device_id=DEVICE_ID, name="Rig 7", model="fake", version="0.1.0")
# Home Assistant refuses a message with others at its top.
ALLOWED = {"device", "origin", "components", "state_topic", "availability", "qos"}


def test_a_device_has_what_home_assistant_requires() -> None:
    assert set(CARD) == ALLOWED
    assert CARD["device"]["identifiers"] == [DEVICE_ID]
    assert CARD["origin"]["name"] == "crack-edge"
    platforms = {key: component["platform"] for key, component in CARD["components"].items()}
    assert platforms.pop("crack") == "binary_sensor"
    assert platforms.pop("picture") == "image"
    assert set(platforms) == {"score", "events", "fps", "temperature", "camera"}
    assert set(platforms.values()) == {"sensor"}


def test_each_entity_has_an_id_of_its_own_that_stays() -> None:
    ids = [component["unique_id"] for component in CARD["components"].values()]
    assert len(set(ids)) == len(ids)
    assert all(one.startswith(DEVICE_ID) for one in ids)
    assert make_device_id("rig/7") == DEVICE_ID


def test_devices_with_like_prefixes_have_unlike_ids_that_fit_into_a_topic() -> None:
    ids = {make_device_id(prefix) for prefix in ("rig/7", "rig_7", "Rig/7", "br\u00fccke", "/")}
    assert len(ids) == 5
    assert all(re.fullmatch(r"[a-z0-9_]+", one) for one in ids)
    assert discovery_topic("x") == "homeassistant/device/x/config"


def test_values_of_a_hung_program_expire() -> None:
    components = CARD["components"]
    assert all(components[key]["expire_after"] for key in components if key != "picture")


def test_a_crack_is_not_denied_where_there_is_no_picture() -> None:
    crack = CARD["components"]["crack"]
    assert crack["availability_mode"] == "all"
    topics = [one["topic"] for one in crack["availability"]]
    assert topics == [TOPICS.availability, TOPICS.state]


def test_what_sensors_look_for_is_in_the_state() -> None:
    state = describe_state(make_state())
    for component in CARD["components"].values():
        template = component.get("value_template")
        for path in re.findall(r"value_json\.([a-z_.]+)", template or ""):
            value = state
            for key in path.split("."):
                assert key in value
                value = value[key]


def test_an_event_is_the_same_as_in_files() -> None:
    event = make_event()
    assert json.loads(encode_event(event, "peak")) == describe_event(event, "peak")


def test_of_very_many_regions_the_surest_are_told() -> None:
    data = encode_event(make_event(regions=(REGION,) * 5000), "end")
    facts = json.loads(data)
    assert len(data) <= MAX_EVENT_BYTES
    assert len(facts["regions"]) > 500
    assert len(facts["regions"]) + facts["regions_left_out"] == 5000
