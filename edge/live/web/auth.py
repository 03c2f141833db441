"""What each request has to pass before a route sees it, and the headers each answer gets."""

from __future__ import annotations

from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edge.live.web.access import COOKIE, MAX_TOKEN, AccessToken, FailedLogins, is_loopback_header
from edge.live.web.responses import BodyError, read_body, refuse

# Longer than any of ours; a request is refused before anything is made of it.
_MAX_PATH = 200
_MAX_QUERY = 600
_MAX_HEADER = 4096

# The browser forgets the cookie after 90 days without a visit to the form.
_COOKIE_S = 90 * 24 * 3600
# Seen without a token: the form looks like the page, and a watchdog needs no secret.
_OPEN_PATHS = ("/healthz", "/page.css", "/favicon.ico")

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "img-src 'self'",
        "style-src 'self'",
        "script-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    # With no-referrer browsers hide the origin of our own form from us, too.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class AuthConfig:
    """How visitors are admitted.

    Attributes:
        key: None where only this machine can come.
        failed_logins: wrong tokens.
        form: HTML of the page that asks for the token.
        entered: HTML of the page that leads from a link with a token to the page without.
    """

    key: AccessToken | None
    failed_logins: FailedLogins
    form: str
    entered: str


class AuthMiddleware:
    """Checks every request before the routes, also one for an unknown address."""

    def __init__(self, app: ASGIApp, auth: AuthConfig) -> None:
        self._app = app
        self._auth = auth

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
            await send(message)

        answer = _refuse_oversized(scope) or await self._refuse_unauthorized(scope, receive)
        await (answer or self._app)(scope, receive, send_with_headers)

    async def _refuse_unauthorized(self, scope: Scope, receive: Receive) -> Response | None:
        headers, key = Headers(scope=scope), self._auth.key
        if scope["method"] not in ("GET", "HEAD") and not _is_from_here(headers):
            return refuse(403, "this request came from another website")
        if key is None:
            # A web site that points its own name at this machine would be let in otherwise.
            if is_loopback_header(headers.get("host", "")):
                return None
            return refuse(
                403,
                "this page answers at 127.0.0.1 and localhost only; for other addresses start "
                "crack-edge live with --token-file FILE",
            )
        if scope["path"] == "/login" and scope["method"] == "POST":
            return await self._log_in(scope, receive, key)
        if scope["path"] in _OPEN_PATHS or _has_cookie(headers, key):
            return None
        given = _token_in_header(headers)
        from_link = _token_in_link(scope) if given is None else None
        if given is None and from_link is None:
            return self._ask(headers, 401, "a token is required")
        problem = self._try(scope, key, given or from_link or "", headers)
        if problem or from_link is None:
            return problem
        return self._enter(headers, key)

    async def _log_in(self, scope: Scope, receive: Receive, key: AccessToken) -> Response:
        headers = Headers(scope=scope)
        try:
            fields = parse_qs(
                (await read_body(receive)).decode("utf-8", "replace"), max_num_fields=4
            )
        except (BodyError, ValueError):
            return refuse(400, "expected a form with a token")
        problem = self._try(scope, key, fields.get("token", [""])[0].strip(), headers)
        return problem or _with_cookie(RedirectResponse("/", 303), key)

    def _try(self, scope: Scope, key: AccessToken, given: str, headers: Headers) -> Response | None:
        """Return None for the right token; after too many wrong ones it is not even compared."""
        address = (scope.get("client") or ("",))[0]
        wait_s = self._auth.failed_logins.wait_s(address)
        if wait_s > 0:
            answer = self._ask(headers, 429, "too many wrong tokens; try again in a minute")
            answer.headers["Retry-After"] = str(int(wait_s) + 1)
            return answer
        if len(given) <= MAX_TOKEN and key.fits_token(given):
            return None
        self._auth.failed_logins.add_wrong(address)
        return self._ask(headers, 401, "wrong token")

    def _ask(self, headers: Headers, status: int, why: str) -> Response:
        """Return the form to a browser that wants a page, and JSON to all others."""
        if "text/html" in headers.get("accept", ""):
            words = f"{why[0].upper()}{why[1:]}."
            answer: Response = HTMLResponse(self._auth.form.replace("{why}", words), status)
        else:
            answer = refuse(status, f"{why} (send the token as Authorization: Bearer TOKEN)")
        if status == 401:
            answer.headers["WWW-Authenticate"] = 'Bearer realm="crack-edge"'
        return answer

    def _enter(self, headers: Headers, key: AccessToken) -> Response:
        """Admit a visitor who came by a link, and redirect to an address without the token."""
        if headers.get("sec-fetch-site") in (None, "none", "same-origin"):
            return _with_cookie(RedirectResponse("/", 303), key)
        # A redirect on the way from another site would be made without the cookie.
        return _with_cookie(HTMLResponse(self._auth.entered), key)


def _refuse_oversized(scope: Scope) -> Response | None:
    """Refuse a request that is larger than any of ours."""
    if len(scope["raw_path"]) > _MAX_PATH or len(scope["query_string"]) > _MAX_QUERY:
        return refuse(414, "the address is too long")
    if any(len(name) + len(value) > _MAX_HEADER for name, value in scope["headers"]):
        return refuse(431, "a header is too long")
    return None


def _is_from_here(headers: Headers) -> bool:
    """Return whether a request that changes something comes from our page, or from no page."""
    if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc.lower() == headers.get("host", "").lower() != ""
    except ValueError:
        return False


def _has_cookie(headers: Headers, key: AccessToken) -> bool:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return False
    return found is not None and key.fits_cookie(found.value)


def _token_in_header(headers: Headers) -> str | None:
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def _token_in_link(scope: Scope) -> str | None:
    """Return the token of ``/?token=...``; other addresses do not take one."""
    if scope["path"] != "/" or scope["method"] != "GET":
        return None
    try:
        fields = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=4)
    except ValueError:
        return None
    return fields["token"][0] if "token" in fields else None


def _with_cookie(answer: Response, key: AccessToken) -> Response:
    answer.set_cookie(
        COOKIE, key.cookie, max_age=_COOKIE_S, path="/", httponly=True, samesite="strict"
    )
    return answer
