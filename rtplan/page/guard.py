"""Who may ask the page: this machine, this browser, this page's own forms."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rtplan.page.steps import whole_number

__all__ = ["HEADERS", "Guard", "Keys"]

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; frame-src 'self'; frame-ancestors 'self'; base-uri 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",  # no-referrer would make the browser send "Origin: null" with our forms
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_READING: Final = ("GET", "HEAD")
_WITH_FILES: Final = ("/drop", "/upload")
_MOST_BYTES_OF_FILES: Final = 8 * 2**30
_MOST_BYTES_OF_TEXT: Final = 8 * 2**20


@dataclass(frozen=True, kw_only=True)
class Keys:
    """Where the page listens, and the secret that opens it.

    Attributes
    ----------
    port : int
    token : str
        In the address that is printed; exchanged for a cookie that never leaves this machine.
    """

    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    session: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def address(self) -> str:
        """What is printed and opened."""
        return f"http://127.0.0.1:{self.port}/?token={self.token}"

    @property
    def cookie(self) -> str:
        """Name of the cookie: ports of one machine share their cookies."""
        return f"rtplan-{self.port}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """Names under which the page is asked."""
        return (f"127.0.0.1:{self.port}", f"localhost:{self.port}")


class Guard:
    """Middleware that refuses foreign hosts, foreign forms and whoever has no key.

    Parameters
    ----------
    app : ASGI application
    keys : Keys
    """

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        self._app, self._keys = app, keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or refuse one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> Response | None:
        """Return what a request is turned away with; None where it may pass."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if host not in self._keys.hosts:
            return _refused("This page answers under its own address on this machine only.")
        if scope["method"] not in _READING and not self._is_own_form(headers, host):
            return _refused("A form of another page was refused. Open the page by its own address.")
        if scope["method"] not in _READING and not _is_of_usual_size(headers, scope["path"]):
            return _refused("More was sent than is taken at once. Drop the folders one after the other.", 413)
        token = QueryParams(scope["query_string"]).get("token")
        if token is not None and scope["path"] == "/" and _is_same(token, self._keys.token):
            return self._opened()
        if not self._has_cookie(headers):
            return _refused("Open the page with the whole address that rtplan page printed.")
        return None

    def _is_own_form(self, headers: Headers, host: str) -> bool:
        site = headers.get("sec-fetch-site", "same-origin")
        return headers.get("origin") == f"http://{host}" and site == "same-origin"

    def _has_cookie(self, headers: Headers) -> bool:
        given = _cookies(headers.getlist("cookie")).get(self._keys.cookie, "")
        return _is_same(given, self._keys.session)

    def _opened(self) -> Response:
        response = RedirectResponse("/", status_code=303)
        response.set_cookie(self._keys.cookie, self._keys.session, httponly=True, samesite="strict", path="/")
        return response


def _is_same(given: str, secret: str) -> bool:
    """Whether a secret was given, in a time that tells nothing of it; texts of other letters are none."""
    return hmac.compare_digest(given.encode(), secret.encode())


def _cookies(lines: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        try:
            found |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        except CookieError:
            continue
    return found


def _is_of_usual_size(headers: Headers, path: str) -> bool:
    """Whether a form says its length, and is no longer than such forms are: files may be long, texts not.

    What is sent in chunks is as long as its chunks, whatever length it says.
    """
    length = "" if "transfer-encoding" in headers else headers.get("content-length", "")
    most = _MOST_BYTES_OF_FILES if path.endswith(_WITH_FILES) else _MOST_BYTES_OF_TEXT
    size = whole_number(length)
    return size is not None and size <= most


def _refused(words: str, status: int = 403) -> Response:
    return PlainTextResponse(words + "\n", status_code=status)


def _with_headers(send: Send) -> Any:
    """Return a sender that adds the headers every answer has; an answer's own policy stays."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
