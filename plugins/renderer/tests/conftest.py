"""A booted server that has sessions to show, and what the tests ask of it again and again."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from multidict import CIMultiDictProxy
from playwright.async_api import Browser

import ggui_pairing.plugin as pairing
import ggui_renderer.plugin as renderer
from ggui_core.protocol.session import Session
from ggui_core.testing import Booted, FakeClock, booted
from ggui_core.testing.chromium import chromium

from .stand_in import StandInSessions, session, stand_in_plugin


@dataclass(frozen=True)
class Answer:
    """A response, read to its end."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def cookies(self) -> dict[str, tuple[str, str]]:
        """Path of each cookie that is set: its name and value."""
        found = {}
        for line in self.headers.getall("Set-Cookie", ()):
            for name, morsel in SimpleCookie(line).items():
                found[morsel["path"]] = (name, morsel.value)
        return found


async def ask(
    server: Booted,
    method: str,
    path: str,
    *,
    body: Any = None,
    bearer: str | None = None,
    cookie: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Send one request, without following redirects; the body arrives as it was sent, still compressed."""
    sent = {"Accept": "text/html", "Accept-Encoding": "identity", **(headers or {})}
    if bearer is not None:
        sent["Authorization"] = f"Bearer {bearer}"
    if cookie is not None:
        sent["Cookie"] = cookie
    async with server.client.request(
        method,
        server.base_url + path,
        json=body,
        headers=sent,
        allow_redirects=False,
        auto_decompress=False,
    ) as response:
        return Answer(response.status, response.headers, await response.read())


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The system's Chromium; a visible skip where there is none."""
    async with chromium() as running:
        yield running


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def sessions() -> StandInSessions:
    return StandInSessions()


@pytest.fixture
async def server(sessions: StandInSessions, clock: FakeClock) -> AsyncIterator[Booted]:
    """Pairing, this plugin and the stand-in, with time that stands still."""
    async with booted([pairing, renderer, stand_in_plugin(sessions)], clock=clock) as running:
        yield running


@pytest.fixture
async def shown(server: Booted, sessions: StandInSessions) -> Session:
    """A session of the builder with something to show."""
    return await sessions.with_component(session())


def admin(server: Booted) -> str:
    """The operator's bearer."""
    token = server.beacon("ADMIN_TOKEN")
    assert token is not None
    return token


async def paired(server: Booted) -> str:
    """The bearer of a new device: a builder's."""
    minted = await server.client.post(
        server.base_url + "/admin/pair/init", headers={"Authorization": f"Bearer {admin(server)}"}
    )
    code = (await minted.json(content_type=None))["code"]
    answer = await server.client.post(server.base_url + "/pair", json={"code": code, "deviceName": "phone"})
    token: str = (await answer.json())["token"]
    return token


async def ticket(server: Booted, session_id: str) -> str:
    """Path and query of a fresh one-time link, minted by the operator."""
    answer = await ask(
        server, "POST", "/ggui/viewer/tickets", body={"sessionId": session_id}, bearer=admin(server)
    )
    assert answer.status == 200, answer.text
    parts = urlsplit(json_of(answer)["url"])
    return f"{parts.path}?{parts.query}"


def json_of(answer: Answer) -> Any:
    """The body of an answer as JSON."""
    return json.loads(answer.body)
