"""One-time links (ruling 12)."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import pytest

from ggui_core.protocol.session import Session, Tenant
from ggui_core.stores import MemoryKeyValueStore
from ggui_core.testing import Booted, FakeClock
from ggui_renderer.api import viewer_link
from ggui_renderer.tickets import TICKET_S, Tickets

from .conftest import Answer, admin, ask, json_of, paired
from .stand_in import StandInSessions, session


async def mint(server: Booted, session_id: object, bearer: str | None) -> Answer:
    return await ask(server, "POST", "/ggui/viewer/tickets", body={"sessionId": session_id}, bearer=bearer)


def ticket_of(url: str) -> str:
    return urlsplit(url).query.removeprefix("t=")


async def test_a_ticket_is_good_for_a_minute(clock: FakeClock) -> None:
    tickets = Tickets(MemoryKeyValueStore(clock), clock, "https://ui.example")

    link = await tickets.link(session("s-1"))
    await clock.advance(TICKET_S)

    assert link.expires_at_ms == int((clock.now() - TICKET_S + 60) * 1000)
    assert await tickets.redeem(ticket_of(link.url)) is None


async def test_a_ticket_is_good_once_however_many_try(clock: FakeClock) -> None:
    tickets = Tickets(MemoryKeyValueStore(clock), clock, "https://ui.example")
    link = await tickets.link(session("s-1"))

    opened = await asyncio.gather(*(tickets.redeem(ticket_of(link.url)) for _ in range(20)))

    assert [found for found in opened if found is not None] == ["s-1"]


async def test_the_store_never_holds_a_ticket(clock: FakeClock) -> None:
    store = MemoryKeyValueStore(clock)
    link = await Tickets(store, clock, "https://ui.example").link(session("s-1"))

    assert all(ticket_of(link.url) not in key for key in store._entries)


@pytest.mark.parametrize("junk", ["", "x", "é\ud800", "a" * 5000])
async def test_junk_opens_nothing(clock: FakeClock, junk: str) -> None:
    assert await Tickets(MemoryKeyValueStore(clock), clock, "").redeem(junk) is None


async def test_operator_and_owner_get_links(server: Booted, shown: Session, clock: FakeClock) -> None:
    for bearer in (admin(server), await paired(server)):
        answer = await mint(server, shown.id, bearer)

        body = json_of(answer)
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "no-store"
        assert body["url"].startswith(f"{server.setup.base_url}/r/{shown.short_code}?t=")
        assert body["expiresAtMs"] == int(clock.now() * 1000) + 60_000
        assert body["expiresAt"] == "2027-01-15T08:01:00.000Z"


async def test_strangers_get_none(server: Booted, shown: Session) -> None:
    answers = [
        await mint(server, shown.id, bearer) for bearer in (None, "wrong", "app:shop", "user:shop:ada")
    ]

    assert [answer.status for answer in answers] == [401, 401, 403, 403]


async def test_a_session_of_another_app_looks_like_none(server: Booted, sessions: StandInSessions) -> None:
    sessions.keep(session("s-2", tenant=Tenant("shop")))
    device = await paired(server)

    foreign, unknown = [await mint(server, session_id, device) for session_id in ("s-2", "s-3")]

    assert (foreign.status, foreign.body) == (unknown.status, unknown.body)
    assert json_of(foreign)["error"]["code"] == "not_found"
    assert (await mint(server, "s-2", admin(server))).status == 200


@pytest.mark.parametrize("session_id", [None, "", 7, ["s-1"]])
async def test_a_ticket_names_its_session(server: Booted, session_id: object) -> None:
    answer = await mint(server, session_id, admin(server))

    assert (answer.status, json_of(answer)["error"]["code"]) == (400, "bad_request")


async def test_other_plugins_can_mint(server: Booted, shown: Session) -> None:
    link = await viewer_link(server.setup, shown)

    path = link.url.removeprefix(server.setup.base_url)
    assert (await ask(server, "GET", path)).status == 303
