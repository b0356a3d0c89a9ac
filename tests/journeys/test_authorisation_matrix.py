"""Who may do what to whose things: every tool of every route for every kind of caller (spec 02 section 13).

The tools are read from the booted server, with every plugin that is installed. A tool without a row fails, and so
does a row without a tool. The columns:

- ``owner``: ann, a user of the app `shop`, about a thing of her own;
- ``device``: a paired device, about a thing of another device of the same app (ruling 13);
- ``app``: the app's own key, about ann's thing;
- ``colleague``: bob, another user of the app, about ann's thing;
- ``stranger``: another app, about ann's thing;
- ``nobody``: no credential at all, about ann's thing;
- ``federated``: eve, a user of the app whom an OIDC issuer vouches for, about ann's thing;
- ``revoked``: a device that was revoked, about its own thing.

What happens:

- ``ok``: the call does its work on the owner's thing, or shows it in a list;
- ``own``: the call does its work among what is the caller's own, and tells nothing of the owner's;
- ``-``: denied. The answer is, byte for byte, the one about a thing that never was, and nothing has changed;
- ``~``: the same, but that answer may be good: a contract's hash shows what the caller's own app has for it;
- ``401``, ``403``: refused at the door.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from ggui_core.stores import SessionStore
from ggui_core.testing import PATIENCE_S, booted
from ggui_core.tokens import TokenSigner

from .belongings import (
    BETTER,
    CODE,
    CONTRACT,
    PROPS,
    REGISTRATION,
    THEME_ID,
    WITNESS,
    Belonging,
    Make,
    Untouched,
    blueprint,
    common_app,
    gesture,
    handshake,
    key,
    new_app,
    page,
    session,
    themed_app,
    token,
    upgradable,
)
from .identities import ADMIN, APP, Answer, Crowd, register

pytestmark = pytest.mark.asyncio(loop_scope="module")

COLUMNS = {
    "owner": ("ann", "ann"),
    "device": ("phone", "laptop"),
    "app": ("ann", "shop's key"),
    "colleague": ("ann", "bob"),
    "stranger": ("ann", "another app"),
    "nobody": ("ann", "nobody"),
    "federated": ("ann", "eve"),
    "revoked": ("lost", "lost"),
}
"""Whose thing it is, and who calls."""

TOOLS = """
                                       owner  device  app  colleague  stranger  nobody  federated  revoked
/mcp
    ggui_handshake                     own    own     own  own        own       401     own        401
    ggui_render                        ok     ok      ok   -          -         401     -          401
    ggui_update                        ok     ok      ok   -          -         401     -          401
    ggui_amend                         ok     ok      ok   -          -         401     -          401
    ggui_consume                       ok     ok      ok   -          -         401     -          401
    ggui_emit                          ok     ok      ok   -          -         401     -          401
    ggui_get_session                   ok     ok      ok   -          -         401     -          401
    ggui_list_sessions                 ok     ok      ok   own        own       401     own        401
    ggui_runtime_submit_action         ok     ok      ok   -          -         401     -          401
    ggui_runtime_sync_context          ok     ok      ok   -          -         401     -          401
    ggui_runtime_refresh_ws_token      ok     ok      ok   -          -         401     -          401
    ggui_runtime_pull                  ok     ok      ok   -          -         401     -          401
    ggui_runtime_telemetry             ok     ok      ok   -          -         401     -          401
    ggui_get_render_source             ok     ok      ok   -          -         401     -          401
    ggui_runtime_declare_tool_catalog  own    own     own  own        own       401     own        401
    ggui_list_gadgets                  own    own     own  own        own       401     own        401
    ggui_list_gadgets of an app        ok     ok      ok   ok         -         401     ok         401
    ggui_search_blueprints             ok     ok      ok   ok         own       401     ok         401
    ggui_list_featured_blueprints      own    own     own  own        own       401     own        401
    ggui_render_blueprint              ok     ok      ok   ok         -         401     ok         401
    ggui_list_themes                   own    own     own  own        own       401     own        401
    ggui_list_themes of an app         ok     ok      ok   ok         -         401     ok         401
/protocol
    ggui_protocol_describe_blueprint_format
                                       own    own     own  own        own       401     403        401
    ggui_protocol_describe_data_contract_format
                                       own    own     own  own        own       401     403        401
    ggui_protocol_get_blueprint_boilerplate
                                       own    own     own  own        own       401     403        401
    ggui_protocol_get_example_blueprints
                                       own    own     own  own        own       401     403        401
    ggui_protocol_list_available_primitives
                                       own    own     own  own        own       401     403        401
    ggui_protocol_validate_blueprint   own    own     own  own        own       401     403        401
/ops
    ggui_ops_list_renders              ok     ok      ok   own        own       401     403        401
    ggui_ops_get_render                ok     ok      ok   -          -         401     403        401
    ggui_ops_upgrade_render            ok     ok      ok   -          -         401     403        401
    ggui_ops_end_render                ok     ok      ok   -          -         401     403        401
    ggui_ops_list_apps                 ok     ok      own  own        own       401     403        401
    ggui_ops_create_app                own    own     own  own        own       401     403        401
    ggui_ops_update_app                ok     ok      -    -          -         401     403        401
    ggui_ops_set_app_theme             ok     ok      -    -          -         401     403        401
    ggui_ops_set_default_app           -      ok      -    -          -         401     403        401
    ggui_ops_delete_app                ok     ok      -    -          -         401     403        401
    ggui_ops_register_theme            ok     ok      -    -          -         401     403        401
    ggui_ops_list_themes               ok     ok      -    -          -         401     403        401
    ggui_ops_delete_theme              ok     ok      -    -          -         401     403        401
    ggui_ops_generate_blueprint        own    own     own  own        own       401     403        401
    ggui_ops_generate_blueprint of an app
                                       ok     ok      ok   ok         -         401     403        401
    ggui_ops_register_blueprint        own    own     own  own        own       401     403        401
    ggui_ops_register_blueprint of an app
                                       ok     ok      ok   ok         -         401     403        401
    ggui_ops_list_blueprints           ok     ok      ok   ok         own       401     403        401
    ggui_ops_list_blueprints of an app
                                       ok     ok      ok   ok         -         401     403        401
    ggui_ops_export_blueprints         ok     ok      ok   ok         own       401     403        401
    ggui_ops_export_blueprints of an app
                                       ok     ok      ok   ok         -         401     403        401
    ggui_ops_update_blueprint          ok     ok      ok   ok         -         401     403        401
    ggui_ops_yank_blueprint            ok     ok      ok   ok         -         401     403        401
    ggui_ops_unyank_blueprint          ok     ok      ok   ok         -         401     403        401
    ggui_ops_delete_blueprint          ok     ok      ok   ok         -         401     403        401
    ggui_ops_issue_connector_key       -      own     -    -          -         401     403        401
    ggui_ops_issue_connector_key of an app
                                       -      ok      -    -          -         401     403        401
    ggui_ops_list_connector_keys       own    ok      own  own        own       401     403        401
    ggui_ops_revoke_connector_key      -      ok      -    -          -         401     403        401
/docs
    search_docs                        own    own     own  own        own       own     own        own
    read_doc                           own    own     own  own        own       own     own        own
    list_docs                          own    own     own  own        own       own     own        own
"""

DOCUMENTS = """
                                       owner  device  app  colleague  stranger  nobody  federated  revoked
/mcp
    ui://ggui/render/{}                ok     ok      ok   -          -         401     -          401
    ui://ggui/render/{}/key            ok     ok      ok   ~          ~         401     ~          401
    ui://ggui/render/{}#0              ok     ok      ok   -          -         401     -          401
    ui://ggui/render/{}#9              -      -       -    -          -         401     -          401
/protocol
    ui://ggui/render/{}                -      -       -    -          -         401     403        401
/ops
    ui://ggui/render/{}                -      -       -    -          -         401     403        401
/docs
    ui://ggui/render/{}                -      -       -    -          -         -       -          -
"""

ROUTES = """
                                       owner  device  app  colleague  stranger  nobody  federated  revoked
pages
    GET /r/{code}                      ok     ok      ok   -          -         -       -          -
    GET /r/{code}/card                 ok     ok      ok   -          -         -       -          -
    POST /ggui/viewer/tickets          403    ok      403  403        403       401     403        401
    POST /api/sessions/{session_id}/tools-call
                                       ok     ok      ok   -          -         401     -          401
apps
    POST /apps/{app_id}                ok     ok      -    -          -         401     -          401
rungs
    GET /api/sessions/{session_id}/events
                                       ok     ok      ok   -          -         401     -          401
    GET /api/sessions/{session_id}/stream
                                       ok     ok      ok   -          -         401     -          401
    GET /api/sessions/{session_id}/state
                                       ok     ok      ok   -          -         401     -          401
    POST /api/sessions/{session_id}/calls
                                       ok     ok      ok   -          -         401     -          401
    GET /ws                            ok     ok      ok   -          -         401     -          401
"""
"""A rung is asked with the best token that a caller can get hold of, the socket with the caller's credential."""


@dataclass(frozen=True, slots=True)
class Call:
    """How a tool is called here.

    Attributes:
        arguments: Made from how the thing is named.
        of: Makes the thing that is named; a session that is not named where ``names`` is false.
        shows: What a good answer shows; ``{}`` stands for the name of the thing.
    """

    arguments: Callable[[str], Mapping[str, Any]]
    of: Make = session
    names: bool = True
    shows: str = ""


CALLS = {
    "ggui_handshake": Call(
        lambda _: {
            "intent": "press",
            "blueprintDraft": {"contract": {"actionSpec": {"go": {"label": "Go"}}}},
        },
        names=False,
    ),
    "ggui_render": Call(lambda it: {"handshakeId": it, "props": PROPS}, of=handshake),
    "ggui_update": Call(
        lambda it: {"sessionId": it, "kind": "replace", "props": {"title": "Other"}}, shows="{}"
    ),
    "ggui_amend": Call(
        lambda it: {"sessionId": it, "kind": "merge", "patch": {"title": "Other"}}, shows="{}"
    ),
    "ggui_consume": Call(lambda it: {"sessionId": it, "timeout": 1}, shows=WITNESS),
    "ggui_emit": Call(lambda it: {"sessionId": it, "channel": "news", "payload": "New"}),
    "ggui_get_session": Call(lambda it: {"sessionId": it}, shows="{}"),
    "ggui_list_sessions": Call(lambda _: {}, names=False, shows="{}"),
    "ggui_runtime_submit_action": Call(lambda it: gesture(it, "another")),
    "ggui_runtime_sync_context": Call(lambda it: {"sessionId": it, "appId": APP, "snapshot": {"note": "x"}}),
    "ggui_runtime_refresh_ws_token": Call(lambda it: {"envelope": it}, of=token),
    "ggui_runtime_pull": Call(lambda it: {"sessionId": it}, shows=WITNESS),
    "ggui_runtime_telemetry": Call(
        lambda it: {"sessionId": it, "events": [{"at": 1, "kind": "delivery.painted"}]}
    ),
    "ggui_ops_list_renders": Call(lambda _: {}, names=False, shows="{}"),
    "ggui_ops_get_render": Call(lambda it: {"sessionId": it}, shows="{}"),
    "ggui_ops_upgrade_render": Call(
        lambda it: {"sessionId": it, "blueprintId": BETTER.get(it, "bp_none")}, of=upgradable
    ),
    "ggui_ops_end_render": Call(lambda it: {"sessionId": it}),
    "ggui_get_render_source": Call(lambda it: {"sessionId": it}, shows="{}"),
    "ggui_runtime_declare_tool_catalog": Call(
        lambda _: {"toolCatalog": {"book": {"name": "shop"}}}, names=False
    ),
    "ggui_list_gadgets": Call(lambda _: {}, names=False),
    "ggui_list_gadgets of an app": Call(lambda it: {"appId": it}, of=common_app),
    "ggui_list_themes": Call(lambda _: {}, names=False),
    "ggui_list_themes of an app": Call(lambda it: {"appId": it}, of=common_app),
    "ggui_search_blueprints": Call(
        lambda _: {"query": "find component", "limit": 100}, of=blueprint, names=False, shows="{}"
    ),
    "ggui_list_featured_blueprints": Call(lambda _: {}, names=False),
    "ggui_render_blueprint": Call(lambda it: {"blueprintId": it}, of=blueprint, shows="Card"),
    "ggui_protocol_describe_blueprint_format": Call(lambda _: {}, names=False),
    "ggui_protocol_describe_data_contract_format": Call(lambda _: {}, names=False),
    "ggui_protocol_get_blueprint_boilerplate": Call(lambda _: {"contract": {}}, names=False),
    "ggui_protocol_get_example_blueprints": Call(lambda _: {}, names=False),
    "ggui_protocol_list_available_primitives": Call(lambda _: {}, names=False),
    "ggui_protocol_validate_blueprint": Call(lambda _: {"source": CODE}, names=False),
    "ggui_ops_list_apps": Call(lambda _: {}, of=new_app, names=False, shows="{}"),
    "ggui_ops_create_app": Call(lambda _: {}, of=new_app, names=False),
    "ggui_ops_update_app": Call(lambda it: {"appId": it, "displayName": "Renamed"}, of=new_app, shows="{}"),
    "ggui_ops_set_app_theme": Call(
        lambda it: {"appId": it, "theme": {"mode": "dark", "cssVariables": {"--ggui-color-text": "#fff"}}},
        of=new_app,
        shows="{}",
    ),
    "ggui_ops_register_theme": Call(
        lambda it: {"appId": it, "themeId": "another", "registration": REGISTRATION}, of=themed_app
    ),
    "ggui_ops_list_themes": Call(lambda it: {"appId": it}, of=themed_app, shows=THEME_ID),
    "ggui_ops_delete_theme": Call(lambda it: {"appId": it, "themeId": THEME_ID}, of=themed_app, shows="true"),
    "ggui_ops_set_default_app": Call(lambda it: {"appId": it}, of=common_app, shows="{}"),
    "ggui_ops_delete_app": Call(lambda it: {"appId": it}, of=new_app),
    **{
        f"ggui_ops_{verb}_blueprint{of_app}": Call(
            lambda it, named=bool(of_app), code=code: {  # type: ignore[misc]
                "contract": CONTRACT,
                "persona": secrets.token_hex(6),
                **({"appId": it} if named else {}),
                **code,
            },
            of=common_app,
            names=bool(of_app),
        )
        for verb, code in (("generate", {}), ("register", {"componentCode": CODE}))
        for of_app in ("", " of an app")
    },
    "ggui_ops_list_blueprints": Call(lambda _: {}, of=blueprint, names=False, shows="{}"),
    "ggui_ops_list_blueprints of an app": Call(lambda it: {"appId": it}, of=common_app),
    "ggui_ops_export_blueprints": Call(lambda _: {"limit": 100}, of=blueprint, names=False, shows="Card"),
    "ggui_ops_export_blueprints of an app": Call(lambda it: {"appId": it}, of=common_app),
    "ggui_ops_update_blueprint": Call(
        lambda it: {"blueprintId": it, "isOperatorDefault": True}, of=blueprint, shows="{}"
    ),
    "ggui_ops_yank_blueprint": Call(lambda it: {"blueprintId": it}, of=blueprint, shows="{}"),
    "ggui_ops_unyank_blueprint": Call(lambda it: {"blueprintId": it}, of=blueprint, shows="{}"),
    "ggui_ops_delete_blueprint": Call(lambda it: {"blueprintId": it}, of=blueprint),
    "ggui_ops_issue_connector_key": Call(lambda _: {"name": "mine"}, of=key, names=False),
    "ggui_ops_issue_connector_key of an app": Call(lambda it: {"appId": it}, of=common_app, shows="{}"),
    "ggui_ops_list_connector_keys": Call(lambda _: {}, of=key, names=False, shows="{}"),
    "ggui_ops_revoke_connector_key": Call(lambda it: {"keyId": it}, of=key, shows="{}"),
    "search_docs": Call(lambda _: {"query": "plugin"}, names=False),
    "read_doc": Call(lambda _: {"path": "quickstart"}, names=False),
    "list_docs": Call(lambda _: {}, names=False),
}

Row = tuple[str, str, Mapping[str, str]]


def rows(table: str) -> list[Row]:
    """Group, name and outcomes by column; a name that is too long for its line has the outcomes on the next."""
    head, *lines = [line for line in table.splitlines() if line.strip()]
    columns = head.split()
    assert columns == list(COLUMNS)
    found, group, waiting = [], "", ""
    for line in lines:
        if not line.startswith(" "):
            group = line.strip()
            continue
        words = line.split()
        if len(words) < len(columns):
            waiting = " ".join(words)
            continue
        outcomes = dict(zip(columns, words[-len(columns) :], strict=True))
        found.append((group, waiting or " ".join(words[: -len(columns)]), outcomes))
        waiting = ""
    return found


def named(rows_: list[Row]) -> list[Any]:
    return [pytest.param(*row, id=f"{row[0]} {row[1]}") for row in rows_]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def crowd() -> AsyncIterator[Crowd]:
    limits = dict.fromkeys(("callsPerSecond", "burst", "anonymousPerSecond", "anonymousBurst"), 1_000_000)
    config = {"schema": "1", "protocol": "draft-2026-08-19", "limits": limits}
    config["app"] = {"slug": APP, "name": "Shop"}
    args = ["--ephemeral", "--admin-token", ADMIN, "--control-alias"]
    async with booted([register()], installed=True, config=config, args=args) as server:
        yield await Crowd.gather(server)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lost(crowd: Crowd) -> Mapping[Make, Belonging]:
    """What the lost device had made, of every kind, before it was revoked."""
    kinds = (session, handshake, token, page, blueprint, new_app, themed_app, common_app, key, upgradable)
    made = {make: await make(crowd, "lost") for make in kinds}
    await crowd.revoke_lost()
    return made


Cell = Callable[[str, Make], Any]


@pytest_asyncio.fixture(loop_scope="module")
async def thing(crowd: Crowd, lost: Mapping[Make, Belonging]) -> Cell:
    async def made(owner: str, make: Make) -> Belonging:
        return lost[make] if owner == "lost" else await make(crowd, owner)

    return made


async def test_every_tool_has_a_row_and_every_row_a_tool(crowd: Crowd) -> None:
    offered = set()
    services = [service.path for service in crowd.server.assembly.services]
    for path in ("/mcp", "/protocol", "/ops", *services):
        for caller in ("phone", "ann", "shop's key"):  # a tool may be offered to some kinds of identity only
            answer = await crowd.rpc(caller, path, "tools/list", {})
            offered |= {(path, tool["name"]) for tool in json.loads(answer.body)["result"]["tools"]}
    declared = [(path, name) for path, name, _ in rows(TOOLS)]
    assert {(path, tool_of(name)) for path, name in declared} == offered
    assert sorted(name for _, name in declared) == sorted(CALLS)


def tool_of(name: str) -> str:
    """The tool of a row: what it is called about may stand behind it."""
    return name.partition(" ")[0]


@pytest.mark.parametrize(("path", "tool", "outcomes"), named(rows(TOOLS)))
async def test_tool(crowd: Crowd, thing: Cell, path: str, tool: str, outcomes: Mapping[str, str]) -> None:
    await judge(crowd, thing, path, tool, outcomes)


@pytest.mark.parametrize(
    ("path", "tool", "outcomes"), named([row for row in rows(TOOLS) if row[0] in ("/protocol", "/ops")])
)
async def test_tool_at_the_alias(
    crowd: Crowd, thing: Cell, path: str, tool: str, outcomes: Mapping[str, str]
) -> None:
    """What the alias serves is no easier to reach there."""
    await judge(crowd, thing, "/control", tool, outcomes, confirm=True)


async def judge(
    crowd: Crowd, thing: Cell, path: str, tool: str, outcomes: Mapping[str, str], **more: Any
) -> None:
    """Every cell of one row."""
    call = CALLS[tool]

    async def answer(caller: str, name: str) -> Answer:
        arguments = {**call.arguments(name), **more}
        return await crowd.rpc(caller, path, "tools/call", {"name": tool_of(tool), "arguments": arguments})

    for column, outcome in outcomes.items():
        owner, caller = COLUMNS[column]
        it: Belonging = await thing(owner, call.of)
        before = await Untouched.note(crowd, it) if it.session_id else None
        got = await answer(caller, it.name)
        where = f"{tool} for {column}: {got.body[:500]!r}"
        if outcome in ("ok", "own"):
            assert got.status == 200, where
            result = json.loads(got.body)["result"]
            assert not result.get("isError"), where
            assert result["structuredContent"].get("ok", True) is True, where
        if outcome == "ok":
            assert call.shows.format(it.name) in got.body.decode(), where
        if outcome == "own":
            assert not call.names, "the row claims that an id of somebody else is nobody's business"
            assert not secrets_in(got, it), where
        if outcome == "-":
            assert call.names or json.loads(got.body)["result"]["isError"], where
            assert got.about(it.name, it.missing) == await answer(caller, it.missing), where
            if before is not None:
                await before.check()
            await still_there(crowd, call, it)
        if outcome.isdecimal():
            assert got.status == int(outcome), where


def secrets_in(answer: Answer, it: Belonging) -> set[str]:
    """Which of a thing's ids an answer tells."""
    told = {it.name, it.session_id, it.facts.get("code", "")} - {""}
    return {word for word in told if word.encode() in answer.body}


LISTS = {
    blueprint: ("ggui_ops_list_blueprints", "isYanked"),
    new_app: ("ggui_ops_list_apps", "Renamed"),
    key: ("ggui_ops_list_connector_keys", "revoked"),
}
"""Where an owner finds a thing, and a word that would stand there if somebody had laid hands on it."""


async def still_there(crowd: Crowd, call: Call, it: Belonging) -> None:
    """What was denied to somebody is still there for its owner, as it was."""
    if call.of is handshake:
        await crowd.done(it.owner, "ggui_render", {"handshakeId": it.name, "props": PROPS})
    elif call.of is themed_app:
        listed = await crowd.done(it.owner, "ggui_ops_list_themes", {"appId": it.name}, "/ops")
        assert [theme["themeId"] for theme in listed["themes"]] == [THEME_ID]
    elif call.of in LISTS:
        tool, changed = LISTS[call.of]
        (things,) = [
            v for v in (await crowd.done(it.owner, tool, {}, "/ops")).values() if isinstance(v, list)
        ]
        (found,) = [json.dumps(thing) for thing in things if it.name in thing.values()]
        assert changed not in found


@pytest.mark.parametrize(("path", "template", "outcomes"), named(rows(DOCUMENTS)))
async def test_document(
    crowd: Crowd, thing: Cell, path: str, template: str, outcomes: Mapping[str, str]
) -> None:
    async def read(caller: str, name: str, key: str) -> Answer:
        uri = template.format(name).replace("key", key)
        return await crowd.rpc(caller, path, "resources/read", {"uri": uri})

    for column, outcome in outcomes.items():
        owner, caller = COLUMNS[column]
        it: Belonging = await thing(owner, session)
        before = await Untouched.note(crowd, it)
        got = await read(caller, it.name, it.facts["key"])
        where = f"{template} for {column}: {got.body[:500]!r}"
        if outcome == "ok":
            assert PROPS["title"] in json.loads(got.body)["result"]["contents"][0]["text"], where
        elif outcome in "-~":
            assert outcome == "~" or "error" in json.loads(got.body), where
            assert PROPS["title"].encode() not in got.body, where
            missing = await read(caller, it.missing, it.facts["key"])
            assert got.about(it.name, it.missing) == missing, where
            if column not in ("owner", "device", "app", "revoked"):  # whoever may look at it is noticed
                await before.check()
        else:
            assert got.status == int(outcome), where


async def test_every_route_of_a_session_has_a_row(crowd: Crowd) -> None:
    about = ("{session_id}", "{code}", "{app_id}")
    served = {
        f"{route.method} {route.resource.canonical}"
        for route in crowd.server.assembly.app.router.routes()
        if route.resource is not None and any(part in route.resource.canonical for part in about)
    }
    elsewhere = {"POST /ggui/viewer/tickets", "GET /ws"}  # the session is named in what is sent
    declared = {name for _, name, _ in rows(ROUTES)} - elsewhere
    assert {name for name in served if not name.startswith("HEAD ")} == declared


@pytest.mark.parametrize(("group", "route", "outcomes"), named(rows(ROUTES)))
async def test_route(crowd: Crowd, thing: Cell, group: str, route: str, outcomes: Mapping[str, str]) -> None:
    make = new_app if group == "apps" else page if "{code}" in route else session
    for column, outcome in outcomes.items():
        owner, caller = COLUMNS[column]
        it: Belonging = await thing(owner, make)
        before = await Untouched.note(crowd, it) if it.session_id else None
        proof = await ws_token(crowd, caller, it) if group == "rungs" else ""
        got = await asked(crowd, caller, route, it.name, proof, endless=outcome == "ok")
        where = f"{route} for {column}: {got.status} {got.body[:300]!r}"
        if outcome == "ok":
            assert got.status == 200, where
        elif outcome == "-":
            assert got.status in (401, 403, 404), where
            assert PROPS["title"].encode() not in got.body, where
            assert got.about(it.name, it.missing) == await asked(crowd, caller, route, it.missing, proof), (
                where
            )
            if before is not None and caller != "lost":
                await before.check()
        else:
            assert got.status == int(outcome), where


async def asked(
    crowd: Crowd, caller: str, route: str, name: str, proof: str, *, endless: bool = False
) -> Answer:
    """The answer of a route about a session or its page. Of a stream without an end only the head is asked for."""
    method, path = route.split()
    if path == "/ws":
        return await subscribed(crowd, caller, name)
    url = re.sub(r"\{\w+\}", name, path) + proof
    body: dict[str, Any] | None = None
    if path.startswith("/apps/"):
        return await crowd.rpc(caller, url, "tools/list", {})
    if path.endswith("tickets"):
        body = {"sessionId": name}
    elif path.endswith("/calls"):
        said = {"sessionId": name, "events": [{"at": 1, "kind": "delivery.painted"}]}
        body = {
            "wsToken": proof.partition("wsToken=")[2],
            "name": "ggui_runtime_telemetry",
            "arguments": said,
        }
    elif path.endswith("tools-call"):
        body = {"name": "ggui_runtime_pull", "arguments": {"sessionId": name}}
    return await crowd.ask(caller, "HEAD" if endless and path.endswith("stream") else method, url, body)


async def subscribed(crowd: Crowd, caller: str, session_id: str) -> Answer:
    """The first frame that answers a subscription: ``ack`` is 200 here, ``error`` 404, a refused upgrade itself."""
    bearer = crowd.bearers[caller]
    headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
    try:
        async with crowd.server.client.ws_connect(f"{crowd.server.base_url}/ws", headers=headers) as socket:
            wanted = {"sessionId": session_id, "appId": APP}
            await socket.send_json({"type": "subscribe", "payload": wanted, "requestId": "r"})
            frame = await socket.receive_json(timeout=PATIENCE_S)
    except aiohttp.WSServerHandshakeError as refused:
        return Answer(refused.status, (), b"")
    return Answer(200 if frame["type"] == "ack" else 404, (), json.dumps(frame).encode())


async def ws_token(crowd: Crowd, caller: str, it: Belonging) -> str:
    """The best token that a caller can get: the session's, if it may read that, or else one of its own session."""
    if crowd.bearers[caller] is None or caller == "lost":
        return "?sinceSequence=0"
    read = await crowd.rpc(caller, "/mcp", "resources/read", {"uri": f"ui://ggui/render/{it.session_id}"})
    mine = it if "result" in json.loads(read.body) else await session(crowd, caller)
    kept = await crowd.server.setup.get(SessionStore).session(mine.session_id, None)
    assert kept is not None
    signed, _ = crowd.server.setup.get(TokenSigner).sign("ws", kept.id, kept.tenant.app_id, 180)
    return f"?sinceSequence=0&wsToken={signed}"
