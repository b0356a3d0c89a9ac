"""The calls that a viewer page makes for its card (ruling 12)."""

from __future__ import annotations

from typing import Any

import pytest

import ggui_renderer.plugin as renderer
from ggui_core.protocol.session import Session, Tenant
from ggui_core.testing import Booted, booted
from ggui_core.tokens import TokenSigner
from ggui_renderer.tickets import page_path
from ggui_renderer.viewer_cookie import COOKIE, calls_path

from .conftest import Answer, admin, ask, json_of, ticket
from .stand_in import StandInSessions, session, stand_in_plugin

SUBMIT = "ggui_runtime_submit_action"


async def call(
    server: Booted, shown: Session, name: object = SUBMIT, arguments: Any = None, **options: Any
) -> Answer:
    body = {"name": name, "arguments": {"sessionId": shown.id} if arguments is None else arguments}
    return await ask(server, "POST", calls_path(shown.id), body=body, **options)


async def opened(server: Booted, shown: Session) -> tuple[str, dict[str, str]]:
    """Cookie and CSRF header of a browser that used a ticket, as the page finds it."""
    answer = await ask(server, "GET", await ticket(server, shown.id))
    name, value = answer.cookies[calls_path(shown.id)]
    cookie = f"{name}={value}"
    head = await ask(server, "HEAD", page_path(shown), cookie=cookie)
    return cookie, {"X-Ggui-CSRF": head.headers["X-Ggui-CSRF-Token"]}


async def test_a_gesture_arrives_in_the_name_of_the_owner(
    server: Booted, sessions: StandInSessions, shown: Session
) -> None:
    cookie, csrf = await opened(server, shown)

    answer = await call(server, shown, cookie=cookie, headers=csrf)

    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert json_of(answer)["structuredContent"] == {"ok": True, "app": "builder"}
    ((name, arguments, context),) = sessions.heard
    assert (name, arguments) == (SUBMIT, {"sessionId": shown.id})
    assert context.principal.source == "viewer"
    assert context.principal.credential_id == f"viewer:{shown.id}"
    assert not context.principal.operator


async def test_a_session_of_a_user_is_acted_on_as_that_user(
    server: Booted, sessions: StandInSessions
) -> None:
    kept = await sessions.with_component(session("s-2", tenant=Tenant("shop", "ada")))
    cookie, csrf = await opened(server, kept)

    answer = await call(server, kept, cookie=cookie, headers=csrf)

    assert json_of(answer)["structuredContent"] == {"ok": True, "app": "shop", "user": "ada"}


async def test_owner_and_operator_may_call_with_their_own_credentials(
    server: Booted, sessions: StandInSessions
) -> None:
    kept = await sessions.with_component(session("s-2", tenant=Tenant("shop", "ada")))

    answers = [await call(server, kept, bearer=bearer) for bearer in ("user:shop:ada", admin(server))]

    assert [json_of(answer)["structuredContent"]["user"] for answer in answers] == ["ada", "ada"]


async def test_the_cookie_alone_calls_nothing(
    server: Booted, sessions: StandInSessions, shown: Session
) -> None:
    cookie, csrf = await opened(server, shown)
    forged = {"X-Ggui-CSRF": csrf["X-Ggui-CSRF"][:-2] + "xx"}

    answers = [await call(server, shown, cookie=cookie, headers=headers) for headers in ({}, forged)]

    assert [(answer.status, json_of(answer)["error"]["code"]) for answer in answers] == [
        (403, "csrf_required"),
        (403, "csrf_required"),
    ]
    assert sessions.heard == []


async def test_no_credential_calls_nothing(server: Booted, sessions: StandInSessions, shown: Session) -> None:
    answers = [
        await call(server, shown),
        await call(server, shown, bearer="wrong"),
        await call(server, shown, cookie=f"{COOKIE}=a.b", headers={"X-Ggui-CSRF": "a.b"}),
    ]

    assert [answer.status for answer in answers] == [401, 401, 403]
    assert sessions.heard == []


@pytest.mark.parametrize(
    "name",
    [
        "ggui_consume",
        "ggui_runtime_declare_tool_catalog",
        "ggui_runtime_nothing",
        "ggui_runtime_",
        "",
        "GGUI_RUNTIME_PULL",
    ],
)
async def test_a_card_may_call_what_it_needs_and_no_more(
    server: Booted, sessions: StandInSessions, shown: Session, name: str
) -> None:
    cookie, csrf = await opened(server, shown)

    answers = [
        await call(server, shown, name, cookie=cookie, headers=csrf),
        await call(server, shown, name, bearer=admin(server)),
    ]

    assert [(answer.status, json_of(answer)["error"]["code"]) for answer in answers] == [
        (403, "tool_not_allowed"),
        (403, "tool_not_allowed"),
    ]
    assert sessions.heard == []


@pytest.mark.parametrize("name", ["ggui_runtime_sync_context", "ggui_runtime_pull", "ggui_runtime_telemetry"])
async def test_the_other_tools_of_a_card_work_too(
    server: Booted, sessions: StandInSessions, shown: Session, name: str
) -> None:
    answer = await call(server, shown, name, bearer=admin(server))

    assert json_of(answer)["structuredContent"]["ok"] is True
    assert [heard[0] for heard in sessions.heard] == [name]


async def test_another_session_looks_like_none(
    server: Booted, sessions: StandInSessions, shown: Session
) -> None:
    other = await sessions.with_component(session("s-2", short_code="qqqqqqqqqqqqqqqq"))
    unknown = session("s-3")
    cookie, csrf = await opened(server, shown)

    answers = [
        await call(server, other, cookie=cookie, headers=csrf),
        await call(server, unknown, cookie=cookie, headers=csrf),
        await call(server, shown, arguments={"sessionId": other.id}, cookie=cookie, headers=csrf),
        await call(server, shown, arguments={"sessionId": unknown.id}, cookie=cookie, headers=csrf),
        await call(server, shown, arguments={}, cookie=cookie, headers=csrf),
        await call(server, shown, arguments={"sessionId": [shown.id]}, cookie=cookie, headers=csrf),
        await call(server, other, bearer="app:shop"),
        await call(server, unknown, bearer="app:shop"),
    ]

    assert {(answer.status, answer.body) for answer in answers} == {(404, answers[0].body)}
    assert json_of(answers[0])["error"]["code"] == "not_found"
    assert sessions.heard == []


async def test_a_token_of_another_session_is_not_refreshed(
    server: Booted, sessions: StandInSessions, shown: Session
) -> None:
    signer = server.setup.get(TokenSigner)
    own, foreign = (signer.sign("ws", session_id, "builder", 180)[0] for session_id in (shown.id, "s-2"))

    answers = [
        await call(
            server, shown, "ggui_runtime_refresh_ws_token", {"envelope": envelope}, bearer=admin(server)
        )
        for envelope in (own, foreign, "junk", 7)
    ]

    # What is no token at all is the tool's to refuse, in its own words.
    assert [answer.status for answer in answers] == [200, 404, 200, 200]


@pytest.mark.parametrize(
    "body", [{}, {"name": 7}, {"name": SUBMIT, "arguments": []}, {"name": SUBMIT, "arguments": "x"}, []]
)
async def test_what_is_no_call_says_so(server: Booted, shown: Session, body: Any) -> None:
    answer = await ask(server, "POST", calls_path(shown.id), body=body, bearer=admin(server))

    assert (answer.status, json_of(answer)["error"]["code"]) == (400, "bad_request")


async def test_an_ended_session_takes_no_calls(
    server: Booted, sessions: StandInSessions, shown: Session
) -> None:
    cookie, csrf = await opened(server, shown)
    del sessions.kept[shown.id]

    answer = await call(server, shown, cookie=cookie, headers=csrf)

    assert (answer.status, json_of(answer)["error"]["code"]) == (404, "not_found")


async def test_on_a_developers_machine_the_page_of_another_site_calls_nothing(
    sessions: StandInSessions,
) -> None:
    async with booted([renderer, stand_in_plugin(sessions)], args=["--dev-allow-all"]) as running:
        kept = await sessions.with_component(session())

        foreign = await call(running, kept, headers={"Origin": "https://evil.example"})
        own = await call(running, kept, headers={"Origin": running.base_url})

    assert (foreign.status, own.status) == (403, 200)
    assert len(sessions.heard) == 1


async def test_pages_of_several_cards_keep_their_cookies_apart(
    server: Booted, sessions: StandInSessions, shown: Session
) -> None:
    other = await sessions.with_component(session("s-2", short_code="qqqqqqqqqqqqqqqq"))
    paths = {
        path
        for kept in (shown, other)
        for path in (await ask(server, "GET", await ticket(server, kept.id))).cookies
    }

    assert len(paths) == 4
