"""The ops tools for connector keys: one pool with paired devices (spec 02 section 9.2)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from types import ModuleType
from typing import Any

import aiohttp
import pytest

from ggui_core import hookimpl
from ggui_core.auth import AuthRequest, Principal, UserIdentity
from ggui_core.bus import AnnouncementsMissed, AppDeleted
from ggui_core.stores import App, AppStore, AuditStore, MemoryPairingStore, Pairing, PairingStore
from ggui_core.testing import PATIENCE_S, Booted, FakeClock, booted, until
from ggui_pairing.pairing_file import PairingFile

from . import parking
from .serving import PLUGINS, admin, ask, bearer, paired, status_of

START = 1_800_000_000.0


class Users:
    """Knows one user, who is nobody's builder."""

    name = "users"
    rank = 50

    async def authenticate(self, request: AuthRequest) -> Principal | None:
        return Principal(UserIdentity("ann"), "oauth", "oauth:ann") if request.bearer == "ann" else None


def users() -> ModuleType:
    module = ModuleType("users")
    adapters = hookimpl(lambda setup: [Users()], specname="ggui_auth_adapters")
    vars(module).update(PLUGIN_API=1, PLUGIN_NAME="users", ggui_auth_adapters=adapters)
    return module


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(start=START)


@pytest.fixture
async def server(clock: FakeClock) -> AsyncIterator[Booted]:
    parking.reasons.clear()
    async with booted([*PLUGINS, parking, users()], clock=clock) as running:
        await running.setup.get(AppStore).add(App("app-1", "builder", "Shop", 1, 1))
        await running.setup.get(AppStore).add(App("app-ann", "user:ann", "Ann's", 1, 1))
        yield running


async def ops(server: Booted, tool: str, token: str | None = None, **arguments: Any) -> dict[str, Any]:
    """The result of a tool for connector keys, in the name of the operator unless ``token`` is given."""
    who = token or server.beacon("ADMIN_TOKEN")
    return await server.call_tool(f"ggui_ops_{tool}", arguments, path="/ops", bearer=who)


async def done(server: Booted, tool: str, token: str | None = None, **arguments: Any) -> dict[str, Any]:
    result = await ops(server, tool, token, **arguments)
    assert not result["isError"], result
    answered: dict[str, Any] = result["structuredContent"]
    return answered


async def refused(server: Booted, tool: str, token: str | None = None, **arguments: Any) -> str:
    result = await ops(server, tool, token, **arguments)
    assert result["isError"], result
    code: str = result["_meta"]["ai.ggui/error"]["code"]
    return code


async def keys(server: Booted, token: str | None = None) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = (await done(server, "list_connector_keys", token))["keys"]
    return listed


async def passing(clock: FakeClock, done: Callable[[], bool]) -> None:
    """Let time pass until ``done``: who watches may be away, reading the file, at any single moment."""
    async with asyncio.timeout(PATIENCE_S):
        while not done():
            await clock.advance(2)
            await asyncio.sleep(0.01)


async def test_a_key_is_shown_once_and_opens_the_server(server: Booted) -> None:
    issued = await done(server, "issue_connector_key", name="claude desktop")
    token = issued.pop("plaintextKey")
    assert issued == {
        "id": "pair-1",
        "apiKeyPrefix": token[:14],
        "name": "claude desktop",
        "status": "active",
        "createdAt": "2027-01-15T08:00:00.000Z",
    }
    assert await status_of(server, token) == 204
    listed = await ops(server, "list_connector_keys")
    assert listed["structuredContent"] == {"keys": [{**issued, "lastUsedAt": "2027-01-15T08:00:00.000Z"}]}
    content = (server.setup.config_dir / "keys.json").read_text()
    assert token not in content + str(listed) + str(await server.setup.get(AuditStore).newest(10))


async def test_devices_and_keys_are_one_pool(server: Booted) -> None:
    _, device = await paired(server, "phone")
    key = await done(server, "issue_connector_key", device, name="agent")
    assert [row["name"] for row in await keys(server, device)] == ["phone", "agent"]
    _, pairings, _ = await ask(server, "GET", "/admin/pair", headers=admin(server))
    assert [row["pairingId"] for row in pairings["pairings"]] == ["pair-1", key["id"]]
    assert (await done(server, "revoke_connector_key", key["plaintextKey"], keyId="pair-1"))[
        "status"
    ] == "revoked"
    assert await status_of(server, device) == 401


async def test_a_key_without_a_name_is_called_after_the_day(server: Booted) -> None:
    assert (await done(server, "issue_connector_key"))["name"] == "connector-2027-01-15"


@pytest.mark.parametrize(
    "fault",
    [{"name": ""}, {"name": "  "}, {"name": "x" * 121}, {"name": "a\x1bb"}, {"name": 1}, {"appId": ""},
     {"appId": "x" * 129}, {"expiresAt": "soon"}, {"expiresAt": "2030-01-01T00:00:00"},
     {"expiresAt": "2027-01-15T08:00:00Z"}, {"expiresAt": "1969-01-01"}, {"expiresAt": 1900000000000},
     {"expiresAt": "9999-12-31T23:59:59-23:00"}, {"expiresAt": "2030-13-01"}, {"expiresAt": ""}],
)  # fmt: skip
async def test_what_makes_no_sense_makes_no_key(server: Booted, fault: dict[str, Any]) -> None:
    assert await refused(server, "issue_connector_key", **fault) == "invalid_arguments"
    assert await keys(server) == []


@pytest.mark.parametrize("moment", ["soon", "2030-13-01", "2030-01-01T00:00:00"])
async def test_a_time_that_is_none_is_answered_by_one_that_is(server: Booted, moment: str) -> None:
    answer = await ops(server, "issue_connector_key", expiresAt=moment)
    assert "such as 2030-01-31T12:00:00Z, or a date" in answer["content"][0]["text"]


async def test_revoking_twice_says_so_and_unknown_ids_are_not_found(server: Booted) -> None:
    key = await done(server, "issue_connector_key")
    revoke = {"keyId": key["id"]}
    assert await done(server, "revoke_connector_key", **revoke) == {
        "id": "pair-1", "status": "revoked", "alreadyRevoked": False
    }  # fmt: skip
    assert await done(server, "revoke_connector_key", **revoke) == {
        "id": "pair-1", "status": "revoked", "alreadyRevoked": True
    }  # fmt: skip
    assert await status_of(server, key["plaintextKey"]) == 401
    assert await keys(server) == []
    for unknown in ("pair-2", "pair-99", "x", "../keys.json"):
        assert await refused(server, "revoke_connector_key", keyId=unknown) == "connector_key_not_found"


async def test_of_two_that_revoke_at_the_same_time_one_did_it(server: Booted) -> None:
    key = await done(server, "issue_connector_key")
    both = await asyncio.gather(*(done(server, "revoke_connector_key", keyId=key["id"]) for _ in range(2)))
    assert sorted(answer["alreadyRevoked"] for answer in both) == [False, True]


async def test_revoking_ends_what_the_key_holds_open(server: Booted) -> None:
    key = await done(server, "issue_connector_key")
    token = key["plaintextKey"]
    call = asyncio.create_task(server.rpc("tools/call", {"name": "park"}, bearer=token))
    await until(lambda: server.setup.calls.tasks == 1)
    socket = await server.client.ws_connect(f"{server.base_url}/parked", headers=bearer(token))
    await done(server, "revoke_connector_key", keyId=key["id"])
    async with asyncio.timeout(PATIENCE_S):
        await call
        message = await socket.receive()
    assert (message.type, socket.close_code) == (aiohttp.WSMsgType.CLOSE, 1008)
    await until(lambda: parking.reasons == {f"pairing:{key['id']}": "revoked"})


async def test_whoever_is_no_builder_finds_an_empty_pool(server: Booted) -> None:
    key = await done(server, "issue_connector_key", appId="app-1")
    for stranger in ("ann", key["plaintextKey"]):
        assert await refused(server, "issue_connector_key", stranger) == "connector_key_access_denied"
        assert (
            await refused(server, "issue_connector_key", stranger, appId="app-1")
            == "connector_key_access_denied"
        )
        assert await keys(server, stranger) == []
        mine = await ops(server, "revoke_connector_key", stranger, keyId=key["id"])
        none = await ops(server, "revoke_connector_key", stranger, keyId="pair-9")
        assert json.dumps(mine).replace(key["id"], "pair-9") == json.dumps(none)
        assert mine["isError"]
    assert [row["id"] for row in await keys(server)] == [key["id"]]


async def test_the_operator_can_keep_the_pool_to_itself(clock: FakeClock) -> None:
    config = {"plugins": {"settings": {"pairing": {"builderMayMint": False}}}}
    async with booted(PLUGINS, config=config, clock=clock) as server:
        key = await done(server, "issue_connector_key", name="agent")
        token = key["plaintextKey"]
        assert await refused(server, "issue_connector_key", token) == "connector_key_access_denied"
        assert await keys(server, token) == []
        assert (
            await refused(server, "revoke_connector_key", token, keyId=key["id"]) == "connector_key_not_found"
        )


async def test_a_key_of_an_app_is_that_app_and_no_builder(server: Booted) -> None:
    key = await done(server, "issue_connector_key", appId="app-1")
    assert key["appId"] == "app-1"
    assert (await keys(server))[0]["appId"] == "app-1"
    token = key["plaintextKey"]
    called = await server.call_tool("where", bearer=token)
    assert called["structuredContent"] == {"app": "app-1"}
    status, _, _ = await ask(server, "GET", "/admin/pair", headers=bearer(token))
    assert status == 403
    _, pairings, _ = await ask(server, "GET", "/admin/pair", headers=admin(server))
    assert pairings["pairings"][0]["appId"] == "app-1"


async def test_missing_and_foreign_apps_are_denied_alike(server: Booted) -> None:
    foreign = await ops(server, "issue_connector_key", appId="app-ann")
    missing = await ops(server, "issue_connector_key", appId="app-xyz")
    assert foreign["_meta"]["ai.ggui/error"]["code"] == "connector_key_access_denied"
    assert json.dumps(foreign).replace("app-ann", "app-xyz") == json.dumps(missing)
    assert await keys(server) == []


async def test_the_declared_app_needs_no_record(server: Booted) -> None:
    key = await done(server, "issue_connector_key", appId="builder")
    called = await server.call_tool("where", bearer=key["plaintextKey"])
    assert called["structuredContent"] == {"app": "builder"}


async def test_keys_of_a_deleted_app_end_with_it(server: Booted) -> None:
    first, second = [await done(server, "issue_connector_key", **a) for a in ({"appId": "app-1"}, {})]
    await server.setup.bus.publish(AppDeleted("app-1"))
    assert await status_of(server, first["plaintextKey"]) == 401
    assert await status_of(server, second["plaintextKey"]) == 204
    event = (await server.setup.get(AuditStore).newest(1))[0]
    assert (event.action, event.details["by"]) == ("pairing.token.revoked", "app_deleted")


async def test_keys_end_when_the_deletion_of_their_app_was_not_heard_of(server: Booted) -> None:
    bounds: list[dict[str, str]] = [{"appId": "app-1"}, {"appId": "builder"}, {}]
    first, declared, free = [await done(server, "issue_connector_key", **each) for each in bounds]
    await server.setup.get(AppStore).remove("app-1", "builder")
    assert await status_of(server, first["plaintextKey"]) == 204, "nobody was told"
    await server.setup.bus.publish(AnnouncementsMissed())
    assert await status_of(server, first["plaintextKey"]) == 401
    assert await status_of(server, declared["plaintextKey"]) == 204, "that app needs no record"
    assert await status_of(server, free["plaintextKey"]) == 204


async def test_a_key_expires_on_time(server: Booted, clock: FakeClock) -> None:
    key = await done(server, "issue_connector_key", expiresAt="2027-01-15T09:00:10+01:00")
    assert key["expiresAt"] == "2027-01-15T08:00:10.000Z"
    token = key["plaintextKey"]
    await clock.advance(9.9)
    assert await status_of(server, token) == 204
    await clock.advance(0.1)
    assert await status_of(server, token) == 401


async def test_what_an_expired_key_holds_open_ends_too(server: Booted, clock: FakeClock) -> None:
    key = await done(server, "issue_connector_key", expiresAt="2027-01-15T08:01:00Z")
    token = key["plaintextKey"]
    call = asyncio.create_task(server.rpc("tools/call", {"name": "park"}, bearer=token))
    await until(lambda: server.setup.calls.tasks == 1)
    await clock.advance(60)
    await passing(clock, lambda: call.done() and parking.reasons == {f"pairing:{key['id']}": "revoked"})
    assert await keys(server) == []
    event = (await server.setup.get(AuditStore).newest(1))[0]
    assert (event.action, event.details["by"]) == ("pairing.token.revoked", "expiry")


async def test_a_day_is_its_beginning(server: Booted) -> None:
    key = await done(server, "issue_connector_key", expiresAt="2030-02-01")
    assert key["expiresAt"] == "2030-02-01T00:00:00.000Z"


async def test_bounds_are_in_the_file_and_outlive_a_restart(server: Booted) -> None:
    key = await done(server, "issue_connector_key", appId="app-1", expiresAt="2030-02-01")
    free = await done(server, "issue_connector_key")
    path = server.setup.config_dir / "keys.json"
    content = json.loads(path.read_text())
    assert content["v"] == 1
    bounded, plain = content["pairings"]
    assert (bounded["appId"], bounded["expiresAt"]) == ("app-1", 1_896_134_400_000)
    assert not {"appId", "expiresAt"} & set(plain)
    read = [entry.pairing() for entry in PairingFile(path).read().entries]
    assert [(p.pairing_id, p.app_id, p.expires_at) for p in read] == [
        (key["id"], "app-1", 1_896_134_400_000), (free["id"], None, None)
    ]  # fmt: skip


async def test_it_is_the_same_in_memory(clock: FakeClock) -> None:
    async with booted([*PLUGINS, parking], args=["--ephemeral"], clock=clock) as server:
        key = await done(server, "issue_connector_key", appId="builder", expiresAt="2027-01-15T08:00:10Z")
        assert await status_of(server, key["plaintextKey"]) == 204
        store = server.setup.get(PairingStore)
        assert isinstance(store, MemoryPairingStore)
        await passing(clock, lambda: not store._pairings)
        assert await status_of(server, key["plaintextKey"]) == 401
        assert await done(server, "revoke_connector_key", keyId=key["id"]) == {
            "id": "pair-1", "status": "revoked", "alreadyRevoked": True
        }  # fmt: skip


async def test_no_key_outlives_an_app_that_is_deleted_while_it_is_made(server: Booted) -> None:
    apps, store = server.setup.get(AppStore), server.setup.get(PairingStore)
    add, made = store.add, []

    async def add_late(*given: Any, **bounds: Any) -> Pairing:
        await apps.remove("app-1", "builder")
        await server.setup.bus.publish(AppDeleted("app-1"))
        made.append(await add(*given, **bounds))
        return made[0]

    store.add = add_late  # type: ignore[method-assign]  # the one moment between both looks
    assert await refused(server, "issue_connector_key", appId="app-1") == "connector_key_access_denied"
    assert len(made) == 1
    assert await keys(server) == []
