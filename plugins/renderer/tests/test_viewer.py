"""Who may see the page of a session, and what it is made of (ruling 12, spec 05 section 13.4)."""

from __future__ import annotations

import gzip
import html
import json
import re
from typing import Any

import pytest

import ggui_renderer.plugin as renderer
from ggui_core.protocol.session import Failure, Session, Tenant
from ggui_core.testing import Booted, FakeClock, booted
from ggui_core.tokens import TokenSigner
from ggui_renderer.api import viewer_link
from ggui_renderer.tickets import page_path
from ggui_renderer.viewer_cookie import COOKIE, calls_path

from .conftest import Answer, admin, ask, json_of, paired, ticket
from .stand_in import StandInSessions, session, stand_in_plugin

PER_REQUEST = {"x-request-id", "date"}


def facts_of(page: str) -> dict[str, Any]:
    found = re.search(r'<meta name="ggui-facts" content="([^"]*)">', page)
    assert found is not None
    facts: dict[str, Any] = json.loads(html.unescape(found[1]))
    return facts


def stable(answer: Answer) -> tuple[int, dict[str, str], bytes]:
    """An answer without what differs from request to request."""
    return (
        answer.status,
        {name: value for name, value in answer.headers.items() if name.lower() not in PER_REQUEST},
        answer.body,
    )


async def opened(server: Booted, shown: Session) -> str:
    """The cookie of a browser that used a ticket."""
    answer = await ask(server, "GET", await ticket(server, shown.id))
    name, value = answer.cookies[page_path(shown)]
    return f"{name}={value}"


async def admin_cookie(server: Booted) -> str:
    answer = await ask(server, "POST", "/ggui/console/admin-login", body={"token": admin(server)})
    name, value = answer.cookies["/"]
    return f"{name}={value}"


# Who may see it


async def test_nobody_sees_a_page_by_its_address_alone(server: Booted, shown: Session) -> None:
    known = await ask(server, "GET", page_path(shown))
    unknown = await ask(server, "GET", "/r/zzzzzzzzzzzzzzzz")

    assert known.status == 404
    assert stable(known) == stable(unknown)
    assert shown.intent not in known.text


@pytest.mark.parametrize(
    "bearer", ["wrong", "app:shop", "user:shop:ada", "user:builder:ada"], ids=lambda bearer: bearer
)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
async def test_a_page_of_somebody_else_looks_like_none(
    server: Booted, sessions: StandInSessions, bearer: str, accept: str
) -> None:
    foreign = await sessions.with_component(session("s-2", tenant=Tenant("builder", "bob")))
    headers = {"Accept": accept}

    for suffix in ("", "/card"):
        known = await ask(server, "GET", page_path(foreign) + suffix, bearer=bearer, headers=headers)
        unknown = await ask(server, "GET", f"/r/zzzzzzzzzzzzzzzz{suffix}", bearer=bearer, headers=headers)
        assert known.status == 404
        assert stable(known) == stable(unknown)


async def test_the_operator_sees_every_page(server: Booted, sessions: StandInSessions) -> None:
    foreign = await sessions.with_component(session("s-2", tenant=Tenant("shop", "bob")))

    by_token = await ask(server, "GET", page_path(foreign), bearer=admin(server))
    by_cookie = await ask(server, "GET", page_path(foreign), cookie=await admin_cookie(server))

    assert (by_token.status, by_cookie.status) == (200, 200)


async def test_a_device_of_the_operator_sees_the_builders_pages(server: Booted, shown: Session) -> None:
    assert (await ask(server, "GET", page_path(shown), bearer=await paired(server))).status == 200


@pytest.mark.parametrize(
    ("owner", "bearer", "status"),
    [
        (Tenant("shop"), "app:shop", 200),
        (Tenant("shop", "ada"), "app:shop", 200),
        (Tenant("shop", "ada"), "user:shop:ada", 200),
        (Tenant("shop"), "user:shop:ada", 200),
        (Tenant("shop", "ada"), "user:shop:bob", 404),
        (Tenant("shop"), "app:mill", 404),
    ],
)
async def test_owners_see_their_pages(
    server: Booted, sessions: StandInSessions, owner: Tenant, bearer: str, status: int
) -> None:
    kept = await sessions.with_component(session("s-2", tenant=owner))

    assert (await ask(server, "GET", page_path(kept), bearer=bearer)).status == status


async def test_an_expired_session_looks_like_none(server: Booted, shown: Session, clock: FakeClock) -> None:
    cookie = await opened(server, shown)
    await clock.advance(3_601)

    ended = await ask(server, "GET", page_path(shown), cookie=cookie)
    unknown = await ask(server, "GET", "/r/zzzzzzzzzzzzzzzz", cookie=cookie)

    # The token for other requests that a cookie brings along is random.
    for answer in (ended, unknown):
        assert answer.status == 404
    assert ended.body == unknown.body


@pytest.mark.parametrize(
    ("args", "bearer", "status"),
    [
        ((), None, 200),
        (("--host", "0.0.0.0"), None, 404),
        (("--host", "0.0.0.0"), "anything", 200),
    ],
    ids=["own machine", "network", "network with a bearer"],
)
async def test_pages_are_open_on_a_developers_own_machine_only(
    sessions: StandInSessions, args: tuple[str, ...], bearer: str | None, status: int
) -> None:
    plugins = [renderer, stand_in_plugin(sessions)]
    async with booted(plugins, args=["--dev-allow-all", *args]) as running:
        kept = await sessions.with_component(session())
        port = running.base_url.rpartition(":")[2]
        local = Booted(running.assembly, f"http://127.0.0.1:{port}", [], running.client)

        assert (await ask(local, "GET", page_path(kept), bearer=bearer)).status == status
        assert (await ask(local, "GET", f"{page_path(kept)}/card", bearer=bearer)).status == status


# Tickets


async def test_a_ticket_becomes_a_cookie_and_disappears_from_the_address(
    server: Booted, shown: Session
) -> None:
    answer = await ask(server, "GET", await ticket(server, shown.id))

    assert (answer.status, answer.headers["Location"]) == (303, page_path(shown))
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert set(answer.cookies) == {page_path(shown), calls_path(shown.id)}
    for line in answer.headers.getall("Set-Cookie"):
        assert {"HttpOnly", "SameSite=Strict"} <= set(line.split("; "))
        assert "Max-Age=28800" in line
        assert "Secure" not in line


async def test_over_tls_the_cookie_stays_there(server: Booted, shown: Session) -> None:
    answer = await ask(server, "GET", await ticket(server, shown.id), headers={"X-Forwarded-Proto": "https"})

    assert all("Secure" in line.split("; ") for line in answer.headers.getall("Set-Cookie"))


async def test_the_cookie_opens_page_and_card_until_it_ends(
    server: Booted, sessions: StandInSessions, shown: Session, clock: FakeClock
) -> None:
    cookie = await opened(server, shown)
    paths = (page_path(shown), f"{page_path(shown)}/card")

    before = [(await ask(server, "GET", path, cookie=cookie)).status for path in paths]
    await clock.advance(28_800)
    sessions.keep(shown)
    after = [(await ask(server, "GET", path, cookie=cookie)).status for path in paths]

    assert (before, after) == ([200, 200], [404, 404])


async def test_a_second_browser_gets_nothing_for_a_used_ticket(server: Booted, shown: Session) -> None:
    link = await ticket(server, shown.id)
    await ask(server, "GET", link)

    again = await ask(server, "GET", link)

    assert again.status == 404
    assert again.cookies == {}
    assert again.body == (await ask(server, "GET", "/r/zzzzzzzzzzzzzzzz")).body


async def test_the_browser_that_used_it_may_use_it_again(server: Booted, shown: Session) -> None:
    link = await ticket(server, shown.id)
    name, value = (await ask(server, "GET", link)).cookies[page_path(shown)]

    again = await ask(server, "GET", link, cookie=f"{name}={value}")

    assert (again.status, again.headers["Location"]) == (303, page_path(shown))
    assert again.cookies == {}


async def test_a_ticket_that_is_too_old_opens_nothing(
    server: Booted, shown: Session, clock: FakeClock
) -> None:
    link = await ticket(server, shown.id)
    await clock.advance(60)

    assert (await ask(server, "GET", link)).status == 404


async def test_a_ticket_opens_its_own_page_only(
    server: Booted, sessions: StandInSessions, shown: Session
) -> None:
    other = await sessions.with_component(session("s-2", short_code="qqqqqqqqqqqqqqqq"))
    link = await ticket(server, shown.id)

    answer = await ask(server, "GET", link.replace(shown.short_code, other.short_code))

    assert (answer.status, answer.cookies) == (404, {})


async def test_asking_for_the_head_uses_nothing_up(server: Booted, shown: Session) -> None:
    link = await ticket(server, shown.id)

    assert (await ask(server, "HEAD", link)).status == 404
    assert (await ask(server, "GET", link)).status == 303


async def test_a_link_on_another_site_goes_on_from_a_page_of_this_one(server: Booted, shown: Session) -> None:
    answer = await ask(
        server, "GET", await ticket(server, shown.id), headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert answer.status == 200
    assert f'<meta http-equiv="refresh" content="0; url={page_path(shown)}">' in answer.text
    assert set(answer.cookies) == {page_path(shown), calls_path(shown.id)}


# What the cookie opens besides


async def test_the_cookie_opens_nothing_else(
    server: Booted, sessions: StandInSessions, shown: Session
) -> None:
    other = await sessions.with_component(session("s-2", short_code="qqqqqqqqqqqqqqqq"))
    cookie = await opened(server, shown)

    answers = {
        path: (await ask(server, method, path, cookie=cookie)).status
        for method, path in [
            ("GET", page_path(other)),
            ("GET", f"{page_path(other)}/card"),
            ("GET", "/ggui/auth-check"),
            ("GET", "/admin/pair"),
        ]
    }
    csrf = json_of(await ask(server, "GET", "/ggui/csrf-token", cookie=cookie))["token"]
    rpc = await server.rpc("tools/list", headers={"Cookie": cookie, "X-Ggui-CSRF": csrf})

    assert answers == {
        page_path(other): 404,
        f"{page_path(other)}/card": 404,
        "/ggui/auth-check": 401,
        "/admin/pair": 401,
    }
    assert rpc["error"]["message"] == "No valid credentials"


@pytest.mark.parametrize("kind", ["ws", "session", "console-session"])
async def test_a_token_of_another_kind_is_no_cookie(server: Booted, shown: Session, kind: Any) -> None:
    token, _ = server.setup.get(TokenSigner).sign(kind, shown.id, "builder", 3_600)

    assert (await ask(server, "GET", page_path(shown), cookie=f"{COOKIE}={token}")).status == 404


async def test_beside_an_authorization_header_the_cookie_does_not_count(
    server: Booted, shown: Session
) -> None:
    cookie = await opened(server, shown)

    assert (await ask(server, "GET", page_path(shown), cookie=cookie, bearer="wrong")).status == 404


# What the page is made of


async def test_the_page_loads_its_own_files_and_frames_its_own_card(server: Booted, shown: Session) -> None:
    answer = await ask(server, "GET", page_path(shown), bearer=admin(server))

    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "frame-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
    )
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|<iframe", answer.text)
    loaded = re.findall(r'(?:src|href)="(/[^"]+)"', answer.text)
    assert len(loaded) == 2
    for path in loaded:
        asset = await ask(server, "GET", path)
        assert asset.status == 200
        assert asset.headers["Cache-Control"] == "public, max-age=31536000, immutable"


async def test_the_page_says_what_it_shows(server: Booted, sessions: StandInSessions) -> None:
    kept = await sessions.with_component(session(intent='Approve <i>"order"</i> & more\n\n ' + "x" * 500))

    page = (await ask(server, "GET", page_path(kept), bearer=admin(server))).text

    title = re.search(r"<title>([^<]*)</title>", page)
    assert title is not None
    assert html.unescape(title[1]).startswith('Approve <i>"order"</i> & more xxx')
    assert len(html.unescape(title[1])) == 120
    facts = facts_of(page)
    assert facts["sessionId"] == kept.id
    assert facts["card"] == f"/r/{kept.short_code}/card"
    assert facts["calls"] == f"/api/sessions/{kept.id}/tools-call"
    assert facts["sandbox"] == "allow-scripts allow-forms"
    assert facts["state"] == "ready"


async def test_a_page_knows_when_there_is_nothing_to_show_yet_or_ever(
    server: Booted, sessions: StandInSessions
) -> None:
    sessions.keep(session("s-1"))
    sessions.keep(
        session("s-2", short_code="qqqqqqqqqqqqqqqq", failure=Failure("PRODUCTION_FAILED", "No <luck>."))
    )

    pending = await ask(server, "GET", "/r/abcdefghjkmnpqrs", bearer=admin(server))
    failed = await ask(server, "GET", "/r/qqqqqqqqqqqqqqqq", bearer=admin(server))

    assert facts_of(pending.text)["state"] == "pending"
    assert facts_of(failed.text)["state"] == "failed"
    assert "No &lt;luck&gt;." in failed.text
    assert (await ask(server, "GET", "/r/abcdefghjkmnpqrs/card", bearer=admin(server))).status == 404


async def test_a_program_gets_the_slice(server: Booted, shown: Session) -> None:
    answer = await ask(
        server, "GET", page_path(shown), bearer=await paired(server), headers={"Accept": "application/json"}
    )
    nothing = await ask(
        server, "GET", "/r/zzzzzzzzzzzzzzzz", bearer=admin(server), headers={"Accept": "application/json"}
    )

    body = json_of(answer)
    assert set(body) == {"ai.ggui/render"}
    assert body["ai.ggui/render"]["sessionId"] == shown.id
    assert body["ai.ggui/render"]["codeUrl"].endswith(".js")
    assert answer.headers["Cache-Control"] == "no-store"
    assert (nothing.status, json_of(nothing)) == (404, {"error": "unknown_short_code"})


async def test_the_card_runs_in_a_sandbox_wherever_it_is_opened(server: Booted, shown: Session) -> None:
    answer = await ask(server, "GET", f"{page_path(shown)}/card", bearer=admin(server))

    base_url = server.setup.base_url
    directives = answer.headers["Content-Security-Policy"].split("; ")
    policy = {name: value for name, _, value in (directive.partition(" ") for directive in directives)}
    assert policy == {
        "default-src": "'none'",
        "script-src": f"'unsafe-inline' blob: data: {base_url}",
        "style-src": f"'unsafe-inline' {base_url}",
        "img-src": f"https: data: blob: {base_url}",
        "font-src": f"data: {base_url}",
        "connect-src": f"{base_url} {base_url.replace('http://', 'ws://')}",
        "frame-ancestors": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "sandbox": "allow-scripts allow-forms",
    }
    assert "X-Frame-Options" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "globalThis.__GGUI_META__ = " in answer.text


async def test_the_card_travels_compressed(server: Booted, shown: Session) -> None:
    path = f"{page_path(shown)}/card"
    plain = await ask(server, "GET", path, bearer=admin(server))
    packed = await ask(server, "GET", path, bearer=admin(server), headers={"Accept-Encoding": "br, gzip"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body


async def test_reading_the_card_is_noted_once_it_was_read(
    server: Booted, sessions: StandInSessions, shown: Session, clock: FakeClock
) -> None:
    path = f"{page_path(shown)}/card"
    await ask(server, "GET", path)
    await ask(server, "HEAD", path, bearer=admin(server))
    before = list(sessions.receipts)

    await ask(server, "GET", path, bearer=admin(server))

    ((session_id, receipt),) = sessions.receipts
    assert before == []
    assert session_id == shown.id
    assert (receipt.state, receipt.rung, receipt.at_ms) == ("read", "http", int(clock.now() * 1000))


async def test_without_pairing_a_ticket_still_opens_a_page(sessions: StandInSessions) -> None:
    async with booted([renderer, stand_in_plugin(sessions)]) as running:
        kept = await sessions.with_component(session())
        link = await viewer_link(running.setup, kept)

        answer = await ask(running, "GET", link.url.removeprefix(running.setup.base_url))

    assert answer.status == 303
