"""Revoking ends what the device holds open, at once and for that device alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from ggui_core.bus import AnnouncementsMissed, CredentialRevoked
from ggui_core.stores import AuditStore, MemoryPairingStore, PairingStore
from ggui_core.testing import PATIENCE_S, Booted, FakeClock, booted, until
from ggui_pairing.api import pairings
from ggui_pairing.pairing_file import PairingFile

from . import parking
from .serving import PLUGINS, admin, ask, bearer, paired, status_of


@pytest.fixture
async def server(clock: FakeClock) -> AsyncIterator[Booted]:
    parking.reasons.clear()
    async with booted([*PLUGINS, parking], clock=clock) as running:
        yield running


async def parked(server: Booted, token: str, count: int) -> asyncio.Task[dict[str, Any]]:
    """A tool call of ``token`` that waits; returns once ``count`` of them wait."""
    call = asyncio.create_task(server.rpc("tools/call", {"name": "park"}, bearer=token))
    await until(lambda: server.setup.calls.tasks == count)
    return call


async def revoke(server: Booted, pairing_id: str) -> None:
    status, _, _ = await ask(server, "POST", f"/admin/pair/{pairing_id}/revoke", headers=admin(server))
    assert status == 200


async def test_revoking_ends_the_parked_call_and_socket_of_that_device_only(server: Booted) -> None:
    (first_id, first), (_, second) = await paired(server, "first"), await paired(server, "second")
    calls = [await parked(server, first, 1), await parked(server, second, 2)]
    sockets = [
        await server.client.ws_connect(f"{server.base_url}/parked", headers=bearer(token))
        for token in (first, second)
    ]
    await revoke(server, first_id)
    async with asyncio.timeout(PATIENCE_S):
        await calls[0]
        message = await sockets[0].receive()
    await until(lambda: parking.reasons == {f"pairing:{first_id}": "revoked"})
    assert (message.type, sockets[0].close_code) == (aiohttp.WSMsgType.CLOSE, 1008)
    await asyncio.sleep(0.05)
    assert not calls[1].done()
    await sockets[1].ping()
    assert await status_of(server, second) == 204
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await server.client.ws_connect(f"{server.base_url}/parked", headers=bearer(first))
    assert refused.value.status == 401
    calls[1].cancel()
    for socket in sockets:
        await socket.close()


async def test_removal_is_durable_before_it_is_announced(server: Booted) -> None:
    pairing_id, token = await paired(server)
    path = server.setup.config_dir / "keys.json"
    on_disk_when_told: list[bool] = []

    def told(event: CredentialRevoked) -> None:
        on_disk_when_told.append(any(e.pairing_id == pairing_id for e in PairingFile(path).read().entries))

    server.setup.bus.subscribe(CredentialRevoked, told)
    await revoke(server, pairing_id)
    assert on_disk_when_told == [False]
    assert await status_of(server, token) == 401


async def test_key_revoked_in_the_file_is_refused_at_the_next_request(server: Booted) -> None:
    pairing_id, token = await paired(server)
    with PairingFile(server.setup.config_dir / "keys.json").change() as document:
        document.remove(pairing_id)
    assert await status_of(server, token) == 401


async def test_key_revoked_in_the_file_ends_parked_calls_without_any_request(
    server: Booted, clock: FakeClock
) -> None:
    pairing_id, token = await paired(server)
    call = await parked(server, token, 1)
    with PairingFile(server.setup.config_dir / "keys.json").change() as document:
        document.remove(pairing_id)
    await clock.advance(2)
    async with asyncio.timeout(PATIENCE_S):
        await call
    await until(lambda: parking.reasons == {f"pairing:{pairing_id}": "revoked"})
    event = (await server.setup.get(AuditStore).newest(1))[0]
    assert (event.action, event.actor, event.details["by"]) == ("pairing.token.revoked", None, "file")


async def test_key_made_in_the_file_works_while_the_server_runs(server: Booted) -> None:
    from ggui_pairing.tokens import digest, new_user_token

    token = new_user_token()
    assert await status_of(server, token) == 401
    with PairingFile(server.setup.config_dir / "keys.json").change() as document:
        document.add("connector", digest(token), token[:14], 1)
    assert await status_of(server, token) == 204


async def test_revoking_works_the_same_in_memory(clock: FakeClock) -> None:
    async with booted([*PLUGINS, parking], args=["--ephemeral"], clock=clock) as server:
        assert isinstance(server.setup.get(PairingStore), MemoryPairingStore)
        pairing_id, token = await paired(server)
        call = await parked(server, token, 1)
        await revoke(server, pairing_id)
        async with asyncio.timeout(PATIENCE_S):
            await call
        await until(lambda: parking.reasons.get(f"pairing:{pairing_id}") == "revoked")
        assert await status_of(server, token) == 401
        assert not server.setup.config_dir.exists()


async def test_what_was_revoked_unheard_ends_after_the_gap(server: Booted) -> None:
    (_, first), (_, second) = await paired(server, "first"), await paired(server, "second")
    calls = [await parked(server, first, 1), await parked(server, second, 2)]
    kept = await pairings(server.setup).list()
    await server.setup.get(PairingStore).remove(
        kept[0].pairing_id
    )  # by another replica, of which nothing was heard
    await server.setup.bus.publish(AnnouncementsMissed())
    async with asyncio.timeout(PATIENCE_S):
        await calls[0]
    await asyncio.sleep(0.05)
    assert not calls[1].done()
    calls[1].cancel()
