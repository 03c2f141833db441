"""What waits for a broker is bounded and in order; of what stands there only the newest is sent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge.live.mqtt.post import Post
from tests.unit.live.clocks_made import HandClock
from tests.unit.live.notices_made import event_id, make_notice
from tests.unit.live.states_made import make_state


def make_post(clock: HandClock | None = None, *, capacity: int = 5) -> Post:
    return Post(capacity=capacity, state_every_s=10, clock=(clock or HandClock()).clock)


def test_the_oldest_event_is_dropped_and_counted_when_too_many_wait() -> None:
    post = make_post(capacity=3)
    for number in range(5):
        post.add(make_notice(number))
    assert (post.dropped, post.waiting) == (2, 3)
    letter = post.take_letter()
    assert letter is not None
    assert letter[0].id == event_id(2)


@given(st.lists(st.sampled_from(["add", "send", "land", "lose"]), max_size=60))
def test_events_come_in_order_and_none_is_lost_but_those_counted(steps: list[str]) -> None:
    post = make_post(capacity=5)
    added, landed, flying, number = 0, [], [], 0
    for step in steps:
        if step == "add":
            post.add(make_notice(added))
            added += 1
        elif step == "send" and (letter := post.take_letter()) is not None:
            number += 1
            post.fly(number, letter)
            flying.append((number, letter[0].id))
        elif step == "land" and flying:
            post.land(flying[0][0])
            landed.append(flying.pop(0)[1])
        elif step == "lose":
            post.put_back()
            flying.clear()
        assert post.waiting <= 5
    assert landed == sorted(set(landed))
    assert added == post.done + post.dropped + post.waiting


def test_a_state_is_sent_at_most_every_ten_seconds() -> None:
    clock = HandClock()
    post = make_post(clock)
    assert post.tell(make_state(frames=1))
    assert post.take_crack() is False
    assert post.take_state() == make_state(frames=1)
    clock.advance(9)
    assert not post.tell(make_state(frames=2))
    assert post.take_state() is None
    clock.advance(1)
    assert post.tell(make_state(frames=3))
    assert post.take_state() == make_state(frames=3)


def test_a_change_of_status_is_sent_at_once() -> None:
    post = make_post()
    post.tell(make_state())
    post.take_state()
    camera = {"status": "lost", "reason": "unplugged"}
    lost = make_state(camera=camera)
    assert post.tell(lost)
    assert post.take_state() == lost
    assert post.tell(make_state(status="no picture", camera=camera))


def test_a_crack_is_told_at_once_and_again_with_each_state() -> None:
    post = make_post()
    post.add(make_notice(1))
    assert post.take_crack() is True
    assert post.take_crack() is None
    post.tell(make_state(event_id=event_id(1)))
    assert post.take_crack() is True
    post.add(make_notice(1, "end"))
    assert post.take_crack() is False


def test_a_crack_of_before_the_connection_is_told_then() -> None:
    post = make_post()
    post.add(make_notice(1))
    post.send_all_again()
    assert post.take_crack() is True


def test_of_pictures_only_the_newest_waits() -> None:
    post = make_post()
    post.add(make_notice(1))
    newest = make_notice(2)
    post.add(newest)
    assert post.take_best() is newest.best
    assert post.take_best() is None


def test_a_broker_that_came_back_is_told_all_that_stands_there() -> None:
    post = make_post()
    post.send_all_again()
    assert post.take_state() is None  # nothing is known yet
    post.tell(make_state())
    post.take_state()
    post.take_crack()
    post.send_all_again()
    assert post.take_state() == make_state()
    assert post.take_crack() is False
