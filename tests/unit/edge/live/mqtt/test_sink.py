"""The MQTT sink against a real mosquitto that dies, refuses, and has certificates."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge.live.mqtt.address import MqttAddress, make_tls
from edge.live.mqtt.discovery import Topics, discovery_topic, make_device_id
from edge.live.mqtt.sink import MqttSink, MqttTiming
from edge.live.scoring.observation import Observation
from tests.unit.edge.live.mqtt.brokers import PASSWORD, USER, Broker, Listener, needs_mosquitto
from tests.unit.edge.live.notices_made import event_id, make_notice
from tests.unit.edge.live.ports import free_port
from tests.unit.edge.live.states_made import make_state
from tests.unit.edge.live.waiting import until

pytestmark = needs_mosquitto

ROOT = Path(__file__).resolve().parents[5]
TOPICS = Topics("rig/7")
CARD_TOPIC = discovery_topic(make_device_id(TOPICS.prefix))
QUICK = MqttTiming(first_wait_s=0.05, longest_wait_s=0.2, answer_s=5, state_every_s=3600)


@contextmanager
def sink_for(port: int, **options: Any) -> Iterator[MqttSink]:
    """Hold a sink that tells a broker on this machine."""
    address = MqttAddress("127.0.0.1", port, TOPICS.prefix)
    address = replace(address, **options.pop("address", {}))
    facts: dict[str, Any] = {
        "name": "Rig 7",
        "model": "fake",
        "version": "0.1.0",
        "draw": lambda observation: observation.frame.picture,
        "timing": QUICK,
    }
    sink = MqttSink(address, **facts | options)
    try:
        yield sink
    finally:
        sink.close(timeout_s=5)


def is_working(sink: MqttSink) -> bool:
    return sink.state.status == "working"


def told_ids(listener: Listener) -> list[str]:
    return [json.loads(data)["id"] for data in listener.heard(TOPICS.event)]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path) as broker:
        yield broker


@pytest.fixture
def listener(broker: Broker) -> Iterator[Listener]:
    with Listener(broker) as listener:
        yield listener


def test_events_come_in_order_with_a_picture(broker: Broker, listener: Listener) -> None:
    with sink_for(broker.port) as sink:
        for number in range(60):
            sink.take(make_notice(number))
            sink.take(make_notice(number, "end"))
        assert until(lambda: len(listener.heard(TOPICS.event)) == 120)
        assert until(lambda: sink.state.done == 120)
        assert until(lambda: bool(listener.heard(TOPICS.picture)))
        assert (sink.state.waiting, sink.state.dropped) == (0, 0)
    phases = [json.loads(data)["phase"] for data in listener.heard(TOPICS.event)]
    assert phases == ["begin", "end"] * 60
    assert told_ids(listener)[::2] == [event_id(number) for number in range(60)]
    jpeg = np.frombuffer(listener.heard(TOPICS.picture)[-1], np.uint8)
    assert cv2.imdecode(jpeg, cv2.IMREAD_COLOR).shape == (96, 128, 3)
    assert listener.heard(TOPICS.crack)[-1] == b"OFF"


def test_a_state_and_a_crack_are_told_when_they_change(broker: Broker, listener: Listener) -> None:
    with sink_for(broker.port) as sink:
        assert until(lambda: is_working(sink))
        sink.tell(make_state(frames=1))
        assert until(lambda: listener.heard(TOPICS.crack) == [b"OFF"])
        sink.tell(make_state(frames=2))
        sink.take(make_notice(1))
        assert until(lambda: listener.heard(TOPICS.crack) == [b"OFF", b"ON"])
        sink.tell(make_state(frames=3, camera={"status": "lost"}))
        assert until(lambda: len(listener.heard(TOPICS.state)) == 2)
    frames = [json.loads(data)["frames"] for data in listener.heard(TOPICS.state)]
    assert frames == [1, 3]


def test_who_comes_later_finds_the_state_the_crack_and_the_device(broker: Broker) -> None:
    with sink_for(broker.port) as sink:
        sink.tell(make_state())
        sink.take(make_notice(1))
        assert until(lambda: sink.state.done == 1)
        # What is told in order has come when the last of it has.
        with Listener(broker) as first:
            assert until(lambda: bool(first.heard(TOPICS.picture)))
            assert until(lambda: bool(first.heard(TOPICS.state)))
        with Listener(broker) as late:
            assert until(lambda: bool(late.kept(TOPICS.state) and late.kept(TOPICS.picture)))
            assert until(lambda: bool(late.kept(CARD_TOPIC)))
            assert late.kept(TOPICS.availability) == [b"online"]
            assert late.kept(TOPICS.crack) == [b"ON"]
            assert late.heard(TOPICS.event) == []
            card = json.loads(late.kept(CARD_TOPIC)[0])
            assert card["device"]["name"] == "Rig 7"


def test_who_leaves_says_so(broker: Broker, listener: Listener) -> None:
    with sink_for(broker.port) as sink:
        sink.take(make_notice(1))
    assert sink.state.status == "stopped"
    assert sink.state.done == 1
    assert until(lambda: listener.heard(TOPICS.availability) == [b"online", b"offline"])
    assert told_ids(listener) == [event_id(1)]


def test_no_discovery_tells_nothing_to_home_assistant(broker: Broker, listener: Listener) -> None:
    with sink_for(broker.port, discovery_prefix=None) as sink:
        sink.tell(make_state())
        assert until(lambda: bool(listener.heard(TOPICS.state)))
    assert listener.heard(CARD_TOPIC) == []


def test_home_assistant_is_told_again_when_it_starts(broker: Broker, listener: Listener) -> None:
    with sink_for(broker.port) as sink:
        sink.tell(make_state())
        assert until(lambda: len(listener.heard(CARD_TOPIC)) == 1)
        assert until(lambda: len(listener.heard(TOPICS.state)) == 1)
        listener.say("homeassistant/status", b"offline")
        listener.say("homeassistant/status", b"online")
        assert until(lambda: len(listener.heard(TOPICS.state)) == 2)
        assert len(listener.heard(CARD_TOPIC)) == 2


def test_the_last_will_of_a_killed_program_says_that_it_is_gone(
    broker: Broker, listener: Listener
) -> None:
    program = (
        "import sys, time\n"
        "from edge.live.mqtt.address import MqttAddress\n"
        "from edge.live.mqtt.sink import MqttSink\n"
        "address = MqttAddress('127.0.0.1', int(sys.argv[1]), 'rig/7')\n"
        "MqttSink(address, name='x', model='x', version='1', draw=lambda observation: None)\n"
        "time.sleep(60)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", program, str(broker.port)], cwd=ROOT)
    try:
        assert until(lambda: listener.heard(TOPICS.availability) == [b"online"])
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    assert until(lambda: listener.heard(TOPICS.availability) == [b"online", b"offline"])


def test_events_wait_for_a_broker_that_was_stopped(broker: Broker) -> None:
    with sink_for(broker.port) as sink:
        sink.tell(make_state())
        sink.take(make_notice(0))
        assert until(lambda: sink.state.done == 1)
        broker.stop()
        assert until(lambda: sink.state.status == "waiting")
        for number in range(1, 50):
            sink.take(make_notice(number))
        assert until(lambda: "refused" in str(sink.state.reason))
        assert sink.state.waiting == 49
        broker.start()
        with Listener(broker) as listener:
            # Some may have come before anybody listened; the state is kept, and told again.
            assert until(lambda: sink.state.done == 50)
            assert until(lambda: bool(listener.heard(TOPICS.state)))
            assert until(lambda: bool(listener.heard(CARD_TOPIC)))
            ids = told_ids(listener)
            assert ids == sorted(ids)
        assert (sink.state.waiting, sink.state.dropped) == (0, 0)
        assert is_working(sink)


def test_a_broker_that_is_not_there_at_the_start_is_no_error(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    with sink_for(broker.port) as sink:
        for number in range(3):
            sink.take(make_notice(number))
        assert until(lambda: "refused" in str(sink.state.reason))
        assert sink.state.status == "waiting"
        with broker:
            assert until(lambda: sink.state.done == 3)
            assert sink.state.reason is None


def test_a_name_that_nobody_has_and_a_mute_broker_are_named() -> None:
    with sink_for(1883, address={"host": "no-such-broker.invalid"}) as sink:
        assert until(lambda: "connecting" not in str(sink.state.reason))
        assert str(sink.state.reason).startswith("no-such-broker.invalid:1883: ")
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        with sink_for(port, timing=replace(QUICK, answer_s=0.1)) as sink:
            assert until(lambda: "no answer" in str(sink.state.reason))
            sink.take(make_notice(1))
            sink.close(timeout_s=0.3)
            assert sink.state.waiting == 1


def test_a_wrong_password_is_named_and_the_right_one_let_in(tmp_path: Path) -> None:
    user = {"user": USER}
    with Broker(tmp_path, has_password=True) as broker:
        with sink_for(broker.port, address=user, password="wrong") as sink:
            assert until(lambda: "refused the connection" in str(sink.state.reason))
            assert sink.state.status == "waiting"
            assert "wrong" not in str(sink.state.reason)
        with sink_for(broker.port, address=user, password=PASSWORD) as sink:
            assert until(lambda: is_working(sink))


def test_a_second_program_with_the_same_id_takes_the_place_of_the_first(
    broker: Broker,
) -> None:
    patient = replace(QUICK, first_wait_s=60, longest_wait_s=60)
    with sink_for(broker.port, timing=patient) as first:
        assert until(lambda: is_working(first))
        with sink_for(broker.port) as second:
            assert until(lambda: is_working(second) and first.state.status == "waiting")
            assert "lost" in str(first.state.reason)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_that_nobody_expected_is_not_swallowed(broker: Broker, listener: Listener) -> None:
    def fail(observation: Observation) -> NDArray[np.uint8]:
        raise ZeroDivisionError("drawn badly")

    with sink_for(broker.port, draw=fail) as sink:
        sink.take(make_notice(1))
        assert until(lambda: sink.state.status == "stopped")
        assert sink.state.reason == "ZeroDivisionError: drawn badly"
        with pytest.raises(RuntimeError, match="drawn badly"):
            sink.take(make_notice(2))
    # The broker hears of it, too.
    assert until(lambda: listener.heard(TOPICS.availability)[-1:] == [b"offline"])


def test_a_slow_network_does_not_hold_the_end(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker, sink_for(broker.port) as sink:
        assert until(lambda: is_working(sink))
        broker.pause()
        sink.take(make_notice(1))
        sink.close(timeout_s=0.5)
        assert not sink._thread.is_alive() or until(lambda: not sink._thread.is_alive())
        assert sink.state.waiting == 1
        broker.go_on()


def test_reopening_connects_anew(broker: Broker, listener: Listener) -> None:
    with sink_for(broker.port) as sink:
        assert until(lambda: listener.heard(TOPICS.availability) == [b"online"])
        sink.reopen()
        assert until(lambda: listener.heard(TOPICS.availability) == [b"online", b"online"])
        sink.take(make_notice(1))
        assert until(lambda: sink.state.done == 1)


def test_nothing_waits_for_a_broker_that_is_not_there_at_the_end() -> None:
    with sink_for(free_port()) as sink:
        sink.take(make_notice(1))
        sink.close(timeout_s=5)
        assert sink.state.status == "stopped"
        assert sink.state.waiting == 1


def make_certificates(folder: Path, name: str) -> tuple[Path, Path, Path]:
    """Make an authority, and a certificate of it for this machine and its key."""

    def openssl(*words: str | Path) -> None:
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)

    ca, ca_key = folder / f"{name}-ca.pem", folder / f"{name}-ca.key"
    asked, own, key = (folder / f"{name}.{end}" for end in ("csr", "pem", "key"))
    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl("req", "-x509", *new_key, "-keyout", ca_key, "-out", ca, "-subj", f"/CN={name} CA")
    openssl("req", *new_key, "-keyout", key, "-out", asked, "-subj", "/CN=127.0.0.1")
    extra = folder / f"{name}.ext"
    extra.write_text("subjectAltName=IP:127.0.0.1\n")
    signed_by = ("-CA", ca, "-CAkey", ca_key, "-CAcreateserial")
    openssl("x509", "-req", "-in", asked, *signed_by, "-out", own, "-extfile", extra)
    return ca, own, key


@pytest.mark.skipif(shutil.which("openssl") is None, reason="apt install openssl")
def test_a_broker_with_a_certificate_of_our_own_is_trusted_and_no_other(tmp_path: Path) -> None:
    ca, own, key = make_certificates(tmp_path, "ours")
    other_ca, *_ = make_certificates(tmp_path, "other")
    secure = {"is_tls": True}
    with Broker(tmp_path, certificate=(own, key)) as broker:
        address = MqttAddress("127.0.0.1", broker.port, TOPICS.prefix, is_tls=True)
        with sink_for(broker.port, address=secure, tls=make_tls(address, ca)) as sink:
            for number in range(30):
                sink.take(make_notice(number, size_wh=(640, 480)))
            assert until(lambda: sink.state.done == 30)
            assert is_working(sink)
        for wrong in (other_ca, None):
            with sink_for(broker.port, address=secure, tls=make_tls(address, wrong)) as sink:
                assert until(lambda: "not trusted" in str(sink.state.reason))
                assert sink.state.status == "waiting"
