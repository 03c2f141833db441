"""Who may look at the live page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("uvicorn", reason="needs the extra live")

from edge.files.errors import InputError
from edge.live.loop.controls import Controls
from edge.live.web.access import COOKIE, AccessToken, FailedLogins, check_access, is_loopback_header
from edge.live.web.live_page import LivePage
from tests.unit.edge.live.clocks_made import HandClock
from tests.unit.edge.live.web.web_pages import (
    TOKEN,
    ask,
    make_latest,
    port_of,
    post_threshold,
    served,
)

BEARER = f"Bearer {TOKEN}"
HTML = "text/html,*/*;q=0.8"
FORM = "application/x-www-form-urlencoded"
SECRET_PATHS = (
    "/", "/page.js", "/stream.mjpg", "/snapshot.jpg", "/api/state", "/api/events",
    "/events/e1.jpg", "/metrics", "/nothing",
)  # fmt: skip


@pytest.fixture(scope="module")
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(scope="module")
def served_page(clock: HandClock) -> Iterator[LivePage]:
    with served(make_latest(), token=TOKEN, clock=clock.clock) as page:
        yield page


@pytest.fixture
def page(served_page: LivePage, clock: HandClock) -> LivePage:
    """Return a page that has forgotten the wrong tokens of other tests."""
    clock.advance(1000)
    return served_page


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost", "LOCALHOST"])
def test_this_machine_needs_no_token(host: str) -> None:
    check_access(host, None)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "pi.local", ""])
def test_what_others_can_reach_needs_a_token(host: str) -> None:
    with pytest.raises(InputError, match="--token"):
        check_access(host, None)
    check_access(host, TOKEN)


@pytest.mark.parametrize(
    "token", ["", "short", "x" * 11, "x" * 300, "a b" * 6, "ä" * 12, "a\n" * 9]
)
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_token_that_is_bad_is_refused_and_not_shown(host: str, token: str) -> None:
    with pytest.raises(InputError) as caught:
        check_access(host, token)
    assert not token or token not in str(caught.value)


@pytest.mark.parametrize(
    ("header", "is_here"),
    [
        ("127.0.0.1", True),
        ("127.0.0.1:8000", True),
        ("localhost:80", True),
        ("[::1]:8000", True),
        ("[::1]", True),
        ("", False),
        ("evil.example", False),
        ("evil.example:8000", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example:1", False),
        ("127.0.0.1:80@evil.example", False),
        ("192.168.1.2:8000", False),
        ("0.0.0.0:8000", False),
        ("[::]:8000", False),
        (":8000", False),
    ],
)
def test_a_host_header_names_this_machine_or_not(header: str, is_here: bool) -> None:
    assert is_loopback_header(header) is is_here


def test_the_cookie_is_the_same_after_a_restart_and_does_not_hold_the_token() -> None:
    assert AccessToken(TOKEN).cookie == AccessToken(TOKEN).cookie != AccessToken(TOKEN + "x").cookie
    assert TOKEN not in AccessToken(TOKEN).cookie
    assert not AccessToken(TOKEN).fits_token(AccessToken(TOKEN).cookie)
    assert not AccessToken(TOKEN).fits_cookie(TOKEN)


def test_who_is_wrong_too_often_waits_and_others_do_not() -> None:
    clock = HandClock()
    failed_logins = FailedLogins(clock.clock.monotonic)
    for _ in range(10):
        assert failed_logins.wait_s("10.0.0.1") == 0
        failed_logins.add_wrong("10.0.0.1")
    assert 0 < failed_logins.wait_s("10.0.0.1") <= 6
    assert failed_logins.wait_s("10.0.0.2") == 0
    clock.advance(6.1)
    assert failed_logins.wait_s("10.0.0.1") == 0


def test_addresses_of_one_network_count_together_and_only_so_many_are_remembered() -> None:
    failed_logins = FailedLogins(HandClock().clock.monotonic)
    for number in range(10):
        failed_logins.add_wrong(f"2001:db8::{number}")
    assert failed_logins.wait_s("2001:db8::ffff") > 0
    assert failed_logins.wait_s("2001:db8:0:1::1") == 0
    for number in range(300):
        failed_logins.add_wrong(f"10.0.{number // 250}.{number % 250}")
    assert failed_logins.wait_s("2001:db8::1") == 0


def test_without_a_token_a_foreign_host_name_is_refused() -> None:
    with served() as page:
        port = port_of(page)
        assert ask(page, "/api/state", Host=f"localhost:{port}").status == 200
        for path in ("/api/state", "/", "/stream.mjpg", "/healthz", "/page.js"):
            assert ask(page, path, Host=f"evil.example:{port}").status == 403


@pytest.mark.parametrize("path", SECRET_PATHS)
def test_nothing_is_told_without_the_token(page: LivePage, path: str) -> None:
    assert ask(page, path).status == 401
    assert ask(page, path, Authorization=f"Bearer {TOKEN}x").status == 401
    assert ask(page, path, Cookie=f"{COOKIE}={TOKEN}").status == 401


def test_the_token_in_a_header_lets_in(page: LivePage) -> None:
    answer = ask(page, "/api/state", Authorization=BEARER, Host="pi.local:8000")
    assert answer.status == 200
    assert "set-cookie" not in answer.headers
    assert ask(page, "/api/state", Authorization=f"bearer  {TOKEN}").status == 200
    assert ask(page, "/api/state", Authorization=f"Basic {TOKEN}").status == 401


def test_a_browser_gets_a_form_and_others_get_json(page: LivePage) -> None:
    form = ask(page, "/", Accept=HTML)
    assert form.status == 401
    assert "<form method=post action=/login>" in form.text
    other = ask(page, "/api/state")
    assert "Bearer" in other.json["error"]
    assert other.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_form_sets_a_cookie_that_lets_in() -> None:
    with served(token=TOKEN) as page:
        body = f"token={TOKEN}".encode()
        answer = ask(page, "/login", method="POST", body=body, Content_Type=FORM)
        assert answer.status == 303
        assert answer.headers["Location"] == "/"
        cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert TOKEN not in cookie
        value = cookie.partition(";")[0]
        assert ask(page, "/", Cookie=f"other=1; {value}").status == 200
        assert ask(page, "/", Cookie=f"{value}0").status == 401
    with served(token=TOKEN) as page:
        assert ask(page, "/", Cookie=value).status == 200


@pytest.mark.parametrize("body", [b"", b"token=", b"token=wrong", b"\xff\xfe", b"a=1&" * 9])
def test_a_form_without_the_token_lets_nobody_in(page: LivePage, body: bytes) -> None:
    answer = ask(page, "/login", method="POST", body=body, Content_Type=FORM, Accept=HTML)
    assert answer.status in (400, 401)
    assert "Set-Cookie" not in answer.headers


def test_a_link_with_the_token_leads_to_an_address_without_it(page: LivePage) -> None:
    answer = ask(page, f"/?token={TOKEN}", Accept=HTML)
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    assert COOKIE in answer.headers["Set-Cookie"]
    other = ask(page, f"/?token={TOKEN}", Accept=HTML, Sec_Fetch_Site="cross-site")
    assert other.status == 200
    assert "0; url=/" in other.text
    assert ask(page, "/?token=wrong", Accept=HTML).status == 401
    assert ask(page, f"/api/state?token={TOKEN}").status == 401


def test_after_many_wrong_tokens_even_the_right_one_has_to_wait_but_a_cookie_does_not(
    page: LivePage, clock: HandClock
) -> None:
    for _ in range(10):
        assert ask(page, "/api/state", Authorization="Bearer wrong").status == 401
    answer = ask(page, "/api/state", Authorization=BEARER)
    assert answer.status == 429
    assert int(answer.headers["Retry-After"]) >= 1
    assert ask(page, "/api/state", Cookie=f"{COOKIE}={AccessToken(TOKEN).cookie}").status == 200
    clock.advance(10)
    assert ask(page, "/api/state", Authorization=BEARER).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://[bad"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
@pytest.mark.parametrize("token", [None, TOKEN])
def test_another_web_site_cannot_set_anything(token: str | None, headers: dict[str, str]) -> None:
    controls = Controls(0.5)
    with served(controls=controls, token=token) as page:
        answer = post_threshold(page, {"threshold": 0.9}, Authorization=BEARER, **headers)
        assert answer.status == 403
        assert controls.threshold == 0.5


def test_our_own_page_may_set() -> None:
    controls = Controls(0.5)
    with served(controls=controls) as page:
        origin = f"http://127.0.0.1:{port_of(page)}"
        answer = post_threshold(
            page, {"threshold": 0.9}, Origin=origin, Sec_Fetch_Site="same-origin"
        )
        assert answer.status == 200
        assert controls.threshold == 0.9
