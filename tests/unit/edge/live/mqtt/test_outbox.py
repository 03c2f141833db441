"""What waits for a broker is bounded and in order; of what stands there only the newest is sent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge.live.mqtt.outbox import Outbox
from tests.unit.edge.live.clocks_made import HandClock
from tests.unit.edge.live.notices_made import event_id, make_notice
from tests.unit.edge.live.states_made import make_state


def make_outbox(clock: HandClock | None = None, *, capacity: int = 5) -> Outbox:
    return Outbox(capacity=capacity, state_every_s=10, clock=(clock or HandClock()).clock)


def test_the_oldest_event_is_dropped_and_counted_when_too_many_wait() -> None:
    outbox = make_outbox(capacity=3)
    for number in range(5):
        outbox.add(make_notice(number))
    assert (outbox.dropped, outbox.waiting) == (2, 3)
    pending = outbox.take_event()
    assert pending is not None
    assert pending.event.id == event_id(2)


@given(st.lists(st.sampled_from(["add", "send", "acknowledge", "lose"]), max_size=60))
def test_events_come_in_order_and_none_is_lost_but_those_counted(steps: list[str]) -> None:
    outbox = make_outbox(capacity=5)
    added, acked, unacked, number = 0, [], [], 0
    for step in steps:
        if step == "add":
            outbox.add(make_notice(added))
            added += 1
        elif step == "send" and (pending := outbox.take_event()) is not None:
            number += 1
            outbox.mark_sent(number, pending)
            unacked.append((number, pending.event.id))
        elif step == "acknowledge" and unacked:
            outbox.mark_acked(unacked[0][0])
            acked.append(unacked.pop(0)[1])
        elif step == "lose":
            outbox.put_back()
            unacked.clear()
        assert outbox.waiting <= 5
    assert acked == sorted(set(acked))
    assert added == outbox.done + outbox.dropped + outbox.waiting


def test_a_state_is_sent_at_most_every_ten_seconds() -> None:
    clock = HandClock()
    outbox = make_outbox(clock)
    assert outbox.tell(make_state(frames=1))
    assert outbox.take_crack() is False
    assert outbox.take_state() == make_state(frames=1)
    clock.advance(9)
    assert not outbox.tell(make_state(frames=2))
    assert outbox.take_state() is None
    clock.advance(1)
    assert outbox.tell(make_state(frames=3))
    assert outbox.take_state() == make_state(frames=3)


def test_a_change_of_status_is_sent_at_once() -> None:
    outbox = make_outbox()
    outbox.tell(make_state())
    outbox.take_state()
    camera = {"status": "lost", "reason": "unplugged"}
    lost = make_state(camera=camera)
    assert outbox.tell(lost)
    assert outbox.take_state() == lost
    assert outbox.tell(make_state(status="no picture", camera=camera))


def test_a_crack_is_told_at_once_and_again_with_each_state() -> None:
    outbox = make_outbox()
    outbox.add(make_notice(1))
    assert outbox.take_crack() is True
    assert outbox.take_crack() is None
    outbox.tell(make_state(event_id=event_id(1)))
    assert outbox.take_crack() is True
    outbox.add(make_notice(1, "end"))
    assert outbox.take_crack() is False


def test_a_crack_of_before_the_connection_is_told_then() -> None:
    outbox = make_outbox()
    outbox.add(make_notice(1))
    outbox.send_all_again()
    assert outbox.take_crack() is True


def test_of_pictures_only_the_newest_waits() -> None:
    outbox = make_outbox()
    outbox.add(make_notice(1))
    newest = make_notice(2)
    outbox.add(newest)
    assert outbox.take_best() is newest.best
    assert outbox.take_best() is None


def test_a_broker_that_came_back_is_told_all_that_stands_there() -> None:
    outbox = make_outbox()
    outbox.send_all_again()
    assert outbox.take_state() is None  # nothing is known yet
    outbox.tell(make_state())
    outbox.take_state()
    outbox.take_crack()
    outbox.send_all_again()
    assert outbox.take_state() == make_state()
    assert outbox.take_crack() is False
