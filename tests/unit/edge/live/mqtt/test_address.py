"""Addresses of brokers, passwords and certificates, each refused with what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.files.errors import InputError
from edge.live.mqtt.address import (
    MqttAddress,
    MqttAddressError,
    MqttSecretError,
    make_tls,
    parse_mqtt,
    read_password,
)

USERS = MqttAddress("broker", 1883, "rig", user="bridge")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("mqtt://broker/rig", MqttAddress("broker", 1883, "rig")),
        ("mqtts://broker/rig", MqttAddress("broker", 8883, "rig", is_tls=True)),
        ("MQTT://10.0.0.7:1884/a/b/", MqttAddress("10.0.0.7", 1884, "a/b")),
        ("mqtt://[::1]:1884/rig", MqttAddress("::1", 1884, "rig")),
        ("mqtt://me@broker.local/rig", MqttAddress("broker.local", 1883, "rig", user="me")),
        ("mqtt://a%40b@broker/r%20g", MqttAddress("broker", 1883, "r g", user="a@b")),
        ("mqtt://broker/br\u00fccke", MqttAddress("broker", 1883, "br\u00fccke")),
    ],
)
def test_an_address_is_read(text: str, address: MqttAddress) -> None:
    assert parse_mqtt(text) == address


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not the address"),
        ("broker/rig", "not the address"),
        ("http://broker/rig", "scheme http"),
        ("mqtt://broker", "topic prefix.* is missing"),
        ("mqtt://broker/", "topic prefix.* is missing"),
        ("mqtt:///rig", "the host is missing"),
        ("mqtt://bro ker/rig", "the host is missing"),
        ("mqtt://@broker/rig", "the user name before @ is missing"),
        ("mqtt://broker:/rig", "port ''"),
        ("mqtt://broker:0/rig", "port '0'"),
        ("mqtt://broker:65536/rig", "port '65536'"),
        ("mqtt://broker:\u0661/rig", "port"),
        ("mqtt://broker/a/+/b", "wildcard [+]"),
        ("mqtt://broker/rig/#", "wildcard #"),
        ("mqtt://broker/%23", "wildcard #"),
        ("mqtt://broker/$SYS", "reserved for the broker"),
        ("mqtt://broker/a%00b", "control character"),
        ("mqtt://broker/a\nb", "control character"),
        ("mqtt://broker/%ff", "not valid UTF-8"),
        ("mqtt://broker/" + "a" * 201, "longer than 200 bytes"),
    ],
)
def test_what_is_wrong_with_an_address_is_named(text: str, words: str) -> None:
    with pytest.raises(MqttAddressError, match=words):
        parse_mqtt(text)


@pytest.mark.parametrize("text", ["mqtt://me:hunter2@broker/rig", "mqtt://:hunter2@broker/rig"])
def test_a_password_in_an_address_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(MqttAddressError, match="--mqtt-password-file") as caught:
        parse_mqtt(text)
    assert "hunter2" not in str(caught.value)


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        address = parse_mqtt(f"mqtt://{text}")
    except InputError:
        return
    assert address.host
    assert 1 <= address.port <= 65535
    assert not {"+", "#", "\0"} & set(address.prefix)


def test_a_password_without_a_user_or_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MqttSecretError, match="needs a user name"):
        read_password(tmp_path / "none", MqttAddress("broker", 1883, "rig"))
    with pytest.raises(InputError, match="cannot be read"):
        read_password(tmp_path / "none", USERS)


def test_the_password_is_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("a secret\n")
    path.chmod(0o600)
    assert read_password(path, USERS) == "a secret"


def test_certificates_must_be_some_and_of_use(tmp_path: Path) -> None:
    plain, secure = parse_mqtt("mqtt://broker/rig"), parse_mqtts()
    bad = tmp_path / "ca.pem"
    bad.write_text("none")
    assert make_tls(plain, None) is None
    assert make_tls(secure, None) is not None
    with pytest.raises(MqttSecretError, match="write mqtts://"):
        make_tls(plain, bad)
    with pytest.raises(MqttSecretError, match="PEM"):
        make_tls(secure, bad)
    with pytest.raises(MqttSecretError, match="cannot be read"):
        make_tls(secure, tmp_path / "none.pem")


def parse_mqtts() -> MqttAddress:
    return parse_mqtt("mqtts://broker/rig")
