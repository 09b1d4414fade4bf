"""Who may ask: foreign hosts, foreign forms and whoever has no key are refused, whatever they ask for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio
import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from rtplan.page import Keys
from rtplan.page.guard import Guard

KEYS = Keys(port=8123, token="t" * 32, session="s" * 43)
BASE = "http://127.0.0.1:8123"
COOKIE = f"{KEYS.cookie}={KEYS.session}"


async def answered(request: Request) -> Response:
    return PlainTextResponse("inside")


APP = Starlette(
    routes=[Route("/", answered, methods=["GET", "POST"]), Route("/case", answered, methods=["GET", "POST"])],
    middleware=[Middleware(Guard, keys=KEYS)],
)


def ask(method: str, path: str, **headers: str) -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=APP)
        named = {name.replace("_", "-"): value.encode("latin-1") for name, value in headers.items()}
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            return await client.request(method, path, headers=named)

    run: Callable[[Callable[[], Awaitable[httpx.Response]]], httpx.Response] = anyio.run
    return run(asked)


def test_the_address_opens_once_it_is_whole() -> None:
    opened = ask("GET", f"/?token={KEYS.token}")
    assert opened.status_code == 303
    assert opened.headers["location"] == "/"
    cookie = opened.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert KEYS.token not in opened.headers["set-cookie"]
    assert ask("GET", "/", cookie=COOKIE).text == "inside"


@pytest.mark.parametrize(
    "path",
    ["/", "/?token=wrong", "/?token=%C3%BC", "/?token=%ED%B3%BF", "/case", f"/case?token={KEYS.token}"],
)
def test_without_its_key_nothing_is_answered(path: str) -> None:
    assert ask("GET", path).status_code == 403
    assert ask("GET", path, cookie=f"{KEYS.cookie}=guessed").status_code == 403


@pytest.mark.parametrize(
    "host",
    ["rtplan.example", "127.0.0.1", "127.0.0.1:80", "evil.example:8123", "127.0.0.1.evil.example:8123"],
)
def test_a_foreign_host_is_refused_even_with_the_cookie(host: str) -> None:
    """A name that a stranger points at this machine (rebinding) opens nothing."""
    assert ask("GET", "/", host=host, cookie=COOKIE).status_code == 403
    assert ask("GET", f"/?token={KEYS.token}", host=host).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "null"},
        {"origin": "http://evil.example"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "https://127.0.0.1:8123"},
        {"origin": BASE, "sec_fetch_site": "cross-site"},
        {"origin": BASE, "sec_fetch_site": "same-site"},
    ],
    ids=str,
)
def test_a_form_of_another_page_is_refused_even_with_the_cookie(headers: dict[str, str]) -> None:
    assert ask("POST", "/case", cookie=COOKIE, **headers).status_code == 403


def test_its_own_form_is_taken() -> None:
    assert ask("POST", "/case", cookie=COOKIE, origin=BASE, sec_fetch_site="same-origin").text == "inside"
    assert ask("POST", "/case", cookie=COOKIE, origin=BASE).text == "inside"


@pytest.mark.parametrize(
    ("path", "length", "status"),
    [
        ("/case", "9000000", 413),
        ("/case/drop", "9000000", 404),
        ("/case/upload", "9000000", 404),
        ("/case/drop", "9000000000", 413),
        ("/case", "-1", 413),
        ("/case", "many", 413),
        ("/case", "\N{SUPERSCRIPT TWO}", 413),
        ("/case", "1" * 5000, 413),
    ],
)
def test_more_than_is_taken_at_once_is_refused_before_it_is_read(path: str, length: str, status: int) -> None:
    """404: it passed the guard, and this small application has no such page."""
    asked = {"cookie": COOKIE, "origin": BASE, "content_length": length}
    assert ask("POST", path, **asked).status_code == status


def test_what_comes_in_chunks_is_refused_whatever_length_it_says() -> None:
    asked = {"cookie": COOKIE, "origin": BASE, "content_length": "5", "transfer_encoding": "chunked"}
    assert ask("POST", "/case", **asked).status_code == 413


def test_every_answer_forbids_what_is_not_its_own_and_keeps_nothing() -> None:
    for answer in (ask("GET", "/", cookie=COOKIE), ask("GET", "/")):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http:" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "same-origin"


def test_the_secrets_are_shown_by_no_representation() -> None:
    assert KEYS.token not in repr(KEYS)
    assert KEYS.session not in repr(KEYS)
