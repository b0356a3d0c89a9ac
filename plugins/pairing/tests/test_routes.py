from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ggui_core.stores import AuditStore
from ggui_core.testing import PATIENCE_S, Booted, FakeClock, booted, until
from ggui_pairing.file_lock import exclusive

from .serving import PLUGINS, admin, ask, bearer, paired, status_of


@pytest.fixture
async def server(clock: FakeClock) -> AsyncIterator[Booted]:
    async with booted(PLUGINS, clock=clock) as running:
        yield running


def config_dir(server: Booted) -> Path:
    return server.setup.config_dir


async def test_boot_code_pairs_a_device_without_any_admin_call(server: Booted) -> None:
    code = server.beacon("PAIR_CODE")
    status, body, headers = await ask(server, "POST", "/pair", {"code": code, "deviceName": " phone "})
    assert status == 200
    assert set(body) == {"pairingId", "token", "serverName", "deviceName"}
    assert (body["pairingId"], body["deviceName"], body["serverName"]) == (
        "pair-1",
        "phone",
        "ggui-mcp-server",
    )
    assert re.fullmatch(r"ggui_user_[A-Za-z0-9_-]{22,}", body["token"])
    assert headers["Cache-Control"] == "no-store"
    assert await status_of(server, body["token"]) == 204
    answer = await server.rpc("tools/list", bearer=body["token"])
    assert "result" in answer


async def test_init_answers_code_and_expiry_in_both_forms(server: Booted, clock: FakeClock) -> None:
    status, body, headers = await ask(
        server, "POST", "/admin/pair/init", {"serverName": "kitchen laptop"}, admin(server)
    )
    assert status == 200
    assert re.fullmatch(r"[0-9]{6}", body.pop("code"))
    assert body == {
        "codeExpiresAt": "2027-01-15T08:10:00.000Z",
        "codeExpiresAtMs": int(clock.now() * 1000) + 600_000,
        "serverName": "kitchen laptop",
    }
    assert headers["Cache-Control"] == "no-store"


async def test_name_given_at_init_reaches_the_device(server: Booted) -> None:
    _, minted, _ = await ask(server, "POST", "/admin/pair/init", {"serverName": "my laptop"}, admin(server))
    _, body, _ = await ask(server, "POST", "/pair", {"code": minted["code"], "deviceName": "x"})
    assert body["serverName"] == "my laptop"


async def test_server_is_called_after_the_project(clock: FakeClock) -> None:
    app = {"slug": "garden-planner", "name": "Garden planner"}
    manifest = {"schema": "1", "protocol": "draft-2026-08-19", "app": app}
    async with booted(PLUGINS, config=manifest, clock=clock) as server:
        _, body, _ = await ask(server, "POST", "/admin/pair/init", headers=admin(server))
        assert body["serverName"] == "Garden planner"


async def test_init_overwrites_the_pending_code(server: Booted) -> None:
    old = server.beacon("PAIR_CODE")
    _, minted, _ = await ask(server, "POST", "/admin/pair/init", headers=admin(server))
    if minted["code"] == old:
        pytest.skip("one in a million")
    assert (await ask(server, "POST", "/pair", {"code": old, "deviceName": "x"}))[0] == 401


@pytest.mark.parametrize("reason", ["wrong", "expired", "consumed"])
async def test_every_mismatch_gets_the_same_401(server: Booted, clock: FakeClock, reason: str) -> None:
    code = server.beacon("PAIR_CODE")
    assert code is not None
    guess = {"code": code, "deviceName": "phone"}
    if reason == "wrong":
        guess["code"] = f"{(int(code) + 1) % 1_000_000:06d}"
    elif reason == "expired":
        await clock.advance(601)
    else:
        await ask(server, "POST", "/pair", guess)
    status, body, _ = await ask(server, "POST", "/pair", guess)
    assert status == 401
    assert body["error"]["code"] == "pairing_rejected"
    assert body["error"]["message"] == "The pairing code is wrong or no longer valid."
    assert not code_in(body, code)


def code_in(body: Any, code: str) -> bool:
    return code in json.dumps(body)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"code": 123456, "deviceName": "phone"},
        {"code": "123456"},
        {"code": "123456", "deviceName": None},
        {"code": "123456", "deviceName": "   "},
        {"code": "123456", "deviceName": "x" * 121},
        {"code": "123456", "deviceName": "a\u0007b"},
        [],
    ],
)
async def test_malformed_exchange_is_400_and_consumes_nothing(server: Booted, body: Any) -> None:
    status, answer, _ = await ask(server, "POST", "/pair", body)
    assert (status, answer["error"]["code"]) == (400, "bad_request")
    code = server.beacon("PAIR_CODE")
    assert (await ask(server, "POST", "/pair", {"code": code, "deviceName": "x"}))[0] == 200


async def test_lone_surrogate_in_a_name_is_400(server: Booted) -> None:
    raw = b'{"code":"123456","deviceName":"a\\ud800"}'
    headers = {"Content-Type": "application/json"}
    async with server.client.post(f"{server.base_url}/pair", data=raw, headers=headers) as response:
        assert response.status == 400


@pytest.mark.parametrize("name", ["", 7, "x" * 121, "a\nb", {}])
async def test_malformed_server_name_is_400(server: Booted, name: Any) -> None:
    status, body, _ = await ask(server, "POST", "/admin/pair/init", {"serverName": name}, admin(server))
    assert (status, body["error"]["code"]) == (400, "bad_request")


async def test_five_tries_in_five_minutes_whatever_their_outcome(server: Booted, clock: FakeClock) -> None:
    code = server.beacon("PAIR_CODE")
    tries = [
        ("POST", "/pair", {"code": "x", "deviceName": "d"}, 401),
        ("POST", "/pair", {"code": 1, "deviceName": "d"}, 400),
        ("GET", "/pair", None, 405),
        ("GET", "/pair/anything", None, 404),
        ("POST", "/pair", {"code": code, "deviceName": "d"}, 200),
    ]
    for method, path, body, expected in tries:
        assert (await ask(server, method, path, body))[0] == expected
    status, body, headers = await ask(server, "POST", "/pair", {"code": "x", "deviceName": "d"})
    assert status == 429
    left = 300 - int(clock.now()) % 300
    assert headers["Retry-After"] == str(left)
    assert body["error"]["code"] == "rate_limited"
    assert body["error"]["retryAfter"] == left
    await clock.advance(left)
    assert (await ask(server, "POST", "/pair", {"code": "x", "deviceName": "d"}))[0] == 401


async def test_malformed_json_is_no_try(server: Booted) -> None:
    for _ in range(6):
        headers = {"Content-Type": "application/json"}
        async with server.client.post(f"{server.base_url}/pair", data=b"{", headers=headers) as response:
            assert response.status == 400
    assert (await ask(server, "GET", "/pair"))[0] == 405


async def test_wrong_method_names_the_right_one(server: Booted) -> None:
    status, body, headers = await ask(server, "DELETE", "/pair")
    assert (status, headers["Allow"], body["error"]["code"]) == (405, "POST", "method_not_allowed")


async def test_guesses_from_many_addresses_pause_the_code(clock: FakeClock) -> None:
    async with booted(PLUGINS, args=["--trust-proxy"], clock=clock) as server:
        code = server.beacon("PAIR_CODE")
        guess = {"code": "x", "deviceName": "d"}
        answers = [
            await ask(server, "POST", "/pair", guess, {"X-Forwarded-For": f"10.0.{n // 250}.{n % 250}"})
            for n in range(1000)
        ]
        assert [status for status, _, _ in answers] == [401] * 20 + [429] * 980
        _, body, headers = answers[-1]
        assert headers["Retry-After"] == "60"
        assert body["error"]["retryAfter"] == 60
        right = {"code": code, "deviceName": "d"}
        assert (await ask(server, "POST", "/pair", right, {"X-Forwarded-For": "198.51.100.1"}))[0] == 429
        await clock.advance(60)
        assert (await ask(server, "POST", "/pair", right, {"X-Forwarded-For": "198.51.100.1"}))[0] == 200


async def test_two_devices_race_for_one_code_and_one_wins(server: Booted) -> None:
    code = server.beacon("PAIR_CODE")
    answers = await asyncio.gather(
        *(ask(server, "POST", "/pair", {"code": code, "deviceName": f"d{n}"}) for n in range(5))
    )
    assert sorted(status for status, _, _ in answers) == [200, 401, 401, 401, 401]
    _, listed, _ = await ask(server, "GET", "/admin/pair", headers=admin(server))
    assert len(listed["pairings"]) == 1


async def test_list_shows_use_and_nothing_secret(server: Booted, clock: FakeClock) -> None:
    _, token = await paired(server, "phone")
    created = int(clock.now() * 1000)
    _, before, _ = await ask(server, "GET", "/admin/pair", headers=admin(server))
    row = {
        "pairingId": "pair-1",
        "deviceName": "phone",
        "createdAt": created,
        "lastUsedAt": None,
        "lastRemoteAddress": None,
        "prefix": token[:14],
    }
    assert before == {"pairings": [row]}
    await clock.advance(7)
    await status_of(server, token)
    _, after, _ = await ask(server, "GET", "/admin/pair", headers=admin(server))
    assert after["pairings"][0]["lastUsedAt"] == created + 7000
    assert after["pairings"][0]["lastRemoteAddress"] == "127.0.0.1"
    assert token not in json.dumps(after)


async def test_revoked_bearer_gets_the_seeds_401(server: Booted) -> None:
    pairing_id, token = await paired(server)
    status, body, _ = await ask(server, "POST", f"/admin/pair/{pairing_id}/revoke", headers=admin(server))
    assert (status, body) == (200, {"ok": True, "pairingId": pairing_id})
    assert await status_of(server, token) == 401
    answer = await server.rpc("tools/list", bearer=token)
    assert answer["error"]["message"] == "No valid credentials"
    assert token not in (config_dir(server) / "keys.json").read_text()


@pytest.mark.parametrize("pairing_id", ["pair-99", "nonsense", "é", "a%00b"])
async def test_revoking_is_idempotent_and_never_404(server: Booted, pairing_id: str) -> None:
    for _ in range(2):
        status, body, _ = await ask(server, "POST", f"/admin/pair/{pairing_id}/revoke", headers=admin(server))
        assert status == 200
        assert body["ok"] is True


ADMIN_CALLS = [
    ("POST", "/admin/pair/init"),
    ("GET", "/admin/pair"),
    ("POST", "/admin/pair/pair-99/revoke"),
]


@pytest.mark.parametrize(("method", "path"), ADMIN_CALLS)
async def test_admin_paths_need_a_credential(server: Booted, method: str, path: str) -> None:
    for headers in ({}, bearer("ggui_admin_wrong"), bearer("é"), {"Authorization": "Basic eDp5"}):
        status, body, _ = await ask(server, method, path, headers=headers)
        assert status == 401
        assert body["error"]["code"] == "unauthenticated"
        assert body["error"]["message"] == "No valid credentials"


@pytest.mark.parametrize(("method", "path"), ADMIN_CALLS)
async def test_paired_device_may_do_what_the_operator_may(server: Booted, method: str, path: str) -> None:
    _, token = await paired(server)
    assert (await ask(server, method, path, headers=bearer(token)))[0] == 200


@pytest.mark.parametrize(("method", "path"), ADMIN_CALLS)
async def test_paired_device_may_not_when_the_operator_switched_it_off(method: str, path: str) -> None:
    config = {
        "schema": "1",
        "protocol": "draft-2026-08-19",
        "app": {"slug": "my-app", "name": "x"},
        "plugins": {"settings": {"pairing": {"builderMayMint": False}}},
    }
    async with booted(PLUGINS, config=config) as server:
        _, token = await paired(server)
        status, body, _ = await ask(server, method, path, headers=bearer(token))
        assert (status, body["error"]["code"]) == (403, "forbidden")
        assert (await ask(server, method, path, headers=admin(server)))[0] == 200


@pytest.mark.parametrize(("method", "path"), ADMIN_CALLS)
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer whatever"}])
async def test_any_bearer_mode_asks_for_nothing(method: str, path: str, headers: dict[str, str]) -> None:
    async with booted(PLUGINS, args=["--dev-allow-all"]) as server:
        assert (await ask(server, method, path, headers=headers))[0] == 200


async def test_admin_token_is_no_bearer_of_the_data_plane(server: Booted) -> None:
    token = server.beacon("ADMIN_TOKEN")
    assert token is not None
    assert await status_of(server, token) == 401
    assert (await server.rpc("tools/list", bearer=token))["error"]["code"] == -32000
    assert "result" in await server.rpc("tools/list", path="/ops", bearer=token)


async def test_auth_check_has_no_body(server: Booted) -> None:
    _, token = await paired(server)
    assert (await ask(server, "GET", "/ggui/auth-check", headers=bearer(token)))[:2] == (204, None)
    assert (await ask(server, "GET", "/ggui/auth-check", headers={"Authorization": f"bearer {token}"}))[
        0
    ] == 204
    status, body, headers = await ask(server, "GET", "/ggui/auth-check")
    assert (status, body) == (401, None)
    assert headers["WWW-Authenticate"].startswith("Bearer")


async def test_issue_and_revocation_are_audited_without_secrets(server: Booted) -> None:
    pairing_id, token = await paired(server)
    await ask(server, "POST", f"/admin/pair/{pairing_id}/revoke", headers=admin(server))
    await ask(server, "POST", f"/admin/pair/{pairing_id}/revoke", headers=admin(server))
    events = await server.setup.get(AuditStore).newest(10)
    assert [(event.action, event.actor) for event in reversed(events)] == [
        ("pairing.token.issued", None),
        ("pairing.token.revoked", "admin"),
    ]
    assert events[-1].details["pairingId"] == pairing_id
    assert token not in repr(events)


async def test_file_that_cannot_be_written_is_a_clear_503_and_the_code_stays_valid(server: Booted) -> None:
    await paired(server)
    path = config_dir(server) / "keys.json"
    path.chmod(0o400)
    _, minted, _ = await ask(server, "POST", "/admin/pair/init", headers=admin(server))
    exchange = {"code": minted["code"], "deviceName": "tablet"}
    status, body, _ = await ask(server, "POST", "/pair", exchange)
    assert (status, body["error"]["code"]) == (503, "pairings_unavailable")
    assert str(path) not in json.dumps(body)
    path.chmod(0o600)
    assert (await ask(server, "POST", "/pair", exchange))[0] == 200


async def test_hanging_up_does_not_interrupt_a_pairing(server: Booted) -> None:
    """What was kept is audited, whether or not somebody still waits for the answer."""
    await paired(server)
    _, minted, _ = await ask(server, "POST", "/admin/pair/init", headers=admin(server))
    with exclusive(config_dir(server) / "keys.json.lock"):
        exchange = {"code": minted["code"], "deviceName": "impatient"}
        request = asyncio.create_task(ask(server, "POST", "/pair", exchange))
        await until(lambda: server.setup.calls.tasks)
        request.cancel()
        await asyncio.gather(request, return_exceptions=True)
        await asyncio.sleep(0.05)
    await server.setup.calls.drain(PATIENCE_S)
    _, listed, _ = await ask(server, "GET", "/admin/pair", headers=admin(server))
    assert [row["deviceName"] for row in listed["pairings"]] == ["phone", "impatient"]
    assert (await server.setup.get(AuditStore).newest(1))[0].details["deviceName"] == "impatient"


async def test_health_tells_whether_the_pairings_can_be_read(server: Booted, clock: FakeClock) -> None:
    _, token = await paired(server)
    path = config_dir(server) / "keys.json"
    content = path.read_text()
    path.write_text("{")
    status, body, _ = await ask(server, "GET", "/ggui/health")
    assert (status, body["checks"]) == (503, {"pairings": False})
    assert await status_of(server, token) == 204
    path.write_text(content)
    await clock.advance(2)
    assert (await ask(server, "GET", "/ggui/health"))[1]["checks"] == {"pairings": True}
