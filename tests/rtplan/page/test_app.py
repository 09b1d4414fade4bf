"""The whole application: what no handler foresaw is a page of its own, closed like any other."""

from __future__ import annotations

from pathlib import Path

import anyio
import httpx
import pytest

from rtplan.page import Keys
from rtplan.page.app import page_app
from rtplan.page.office import Office, Resources
from rtplan.page.shelf import Shelf

KEYS = Keys(port=8123, token="t" * 32, session="s" * 43)


def ask(office: Office, path: str) -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=page_app(office, KEYS), raise_app_exceptions=False)
        headers = {"cookie": f"{KEYS.cookie}={KEYS.session}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8123") as client:
            return await client.get(path, headers=headers)

    return anyio.run(asked)


def test_a_fault_is_a_page_in_words_with_the_headers_of_every_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A planted fault, whose words might name a patient, shows none of them."""

    def entries(shelf: Shelf) -> None:
        raise KeyError("CANARY^BIRD")

    office = Office(Resources(work=tmp_path))
    monkeypatch.setattr(Shelf, "entries", entries)
    answer = ask(office, "/")
    office.stop()
    assert answer.status_code == 500
    assert "a fault of this program" in answer.text
    assert "CANARY" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
