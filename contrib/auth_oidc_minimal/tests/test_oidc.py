"""The adapter against a key set that is really served, and on a booted server."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from joserfc import jwt
from joserfc.jwk import ECKey, Key, KeySet, RSAKey

import ggui_auth_oidc_minimal as oidc
from ggui_core.auth import AuthAdapter, AuthRequest, UserIdentity
from ggui_core.clock import Clock
from ggui_core.testing import AuthAdapterContract, Booted, FakeClock, booted

ISSUER = "https://id.example"
RSA = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig"})
EC = ECKey.generate_key("P-256", {"kid": "ec-1", "use": "sig"})
STRANGER = RSAKey.generate_key(2048, {"kid": "rsa-1"})


class Issuer:
    """Serves a key set; counts how often it is read."""

    def __init__(self, *keys: Key) -> None:
        self.keys = list(keys)
        self.reads = 0
        self.status = 200
        self.body: str | None = None
        self.uri = ""

    async def jwks(self, request: web.Request) -> web.Response:
        self.reads += 1
        body = self.body if self.body is not None else json.dumps(KeySet(self.keys).as_dict(private=False))
        return web.Response(text=body, status=self.status, content_type="application/json")

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Issuer]:
        app = web.Application()
        app.router.add_get("/jwks", self.jwks)
        async with TestServer(app) as server:
            self.uri = str(server.make_url("/jwks"))
            yield self


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with Issuer(RSA, EC).serving() as serving:
        yield serving


def token(clock: Clock, key: Key = RSA, alg: str = "RS256", **changes: Any) -> str:
    """A good token, or one with claims changed; ``None`` removes a claim."""
    now = int(clock.now())
    claims: dict[str, Any] = {"iss": ISSUER, "aud": "ggui", "sub": "fern", "iat": now, "exp": now + 300}
    claims = {name: value for name, value in (claims | changes).items() if value is not None}
    return jwt.encode({"alg": alg, "kid": key.kid}, claims, key, algorithms=[alg])


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def forged(header: dict[str, Any], clock: Clock, secret: bytes | None = None) -> str:
    """A token put together by hand, unsigned or signed with HMAC."""
    claims = {"iss": ISSUER, "aud": "ggui", "sub": "fern", "exp": int(clock.now()) + 300}
    signed = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
    signature = hmac.new(secret, signed.encode(), hashlib.sha256).digest() if secret else b""
    return f"{signed}.{b64(signature)}"


def settings(issuer: Issuer) -> dict[str, Any]:
    values = {"issuer": ISSUER, "audience": "ggui", "jwksUri": issuer.uri}
    return {"plugins": {"settings": {"auth-oidc-minimal": values}}}


@asynccontextmanager
async def server_of(issuer: Issuer, clock: Clock) -> AsyncIterator[Booted]:
    async with booted([oidc], config=settings(issuer), clock=clock) as server:
        yield server


@asynccontextmanager
async def adapter_of(issuer: Issuer, clock: Clock) -> AsyncIterator[AuthAdapter]:
    async with server_of(issuer, clock) as server:
        yield server.runtime.auth.adapters[0]


def request(bearer: str) -> AuthRequest:
    return AuthRequest(bearer, {"authorization": f"Bearer {bearer}"}, "192.0.2.1", "data")


class TestContract(AuthAdapterContract):
    """The kit that every adapter passes."""

    clock = FakeClock()

    @pytest.fixture(autouse=True)
    async def _boot(self, issuer: Issuer) -> AsyncIterator[None]:
        async with adapter_of(issuer, self.clock) as adapter:
            self.adapter = adapter
            yield

    async def make(self) -> AuthAdapter:
        return self.adapter

    async def good_bearer(self) -> str:
        return token(self.clock)


@pytest.mark.parametrize(("key", "alg"), [(RSA, "RS256"), (EC, "ES256")])
async def test_a_good_token_is_its_user(issuer: Issuer, key: Key, alg: str) -> None:
    clock = FakeClock()
    async with adapter_of(issuer, clock) as adapter:
        principal = await adapter.authenticate(request(token(clock, key, alg, roles=["editor"])))
    assert principal is not None
    assert principal.identity == UserIdentity("fern", roles=("editor",))
    assert (principal.source, principal.credential_id) == ("oidc", "oidc:fern")


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another"},
        {"aud": ["another", "third"]},
        {"aud": None},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"exp": 1},
        {"exp": None},
        {"exp": "soon"},
        {"nbf": 4_000_000_000},
        {"sub": None},
        {"sub": 7},
    ],
    ids=str,
)
async def test_a_wrong_claim_is_refused(issuer: Issuer, changes: dict[str, Any]) -> None:
    clock = FakeClock()
    async with adapter_of(issuer, clock) as adapter:
        assert await adapter.authenticate(request(token(clock, **changes))) is None
        assert await adapter.authenticate(request(token(clock))) is not None


async def test_one_of_several_audiences_is_enough(issuer: Issuer) -> None:
    clock = FakeClock()
    async with adapter_of(issuer, clock) as adapter:
        assert await adapter.authenticate(request(token(clock, aud=["other", "ggui"]))) is not None


async def test_a_token_ends_when_its_time_has_come(issuer: Issuer) -> None:
    clock = FakeClock()
    async with adapter_of(issuer, clock) as adapter:
        bearer = token(clock)
        await clock.advance(329)
        assert await adapter.authenticate(request(bearer)) is not None
        await clock.advance(2)
        assert await adapter.authenticate(request(bearer)) is None


async def test_unsigned_and_confused_tokens_are_refused(issuer: Issuer) -> None:
    clock = FakeClock()
    pem = RSA.as_pem(private=False)
    async with adapter_of(issuer, clock) as adapter:
        for bearer in (
            forged({"alg": "none", "kid": "rsa-1"}, clock),
            forged({"alg": "none"}, clock),
            forged({"alg": "HS256", "kid": "rsa-1"}, clock, secret=pem),
            forged({"alg": "HS256", "kid": "rsa-1"}, clock, secret=pem.strip()),
            token(clock, STRANGER),
            token(clock, RSA)[:-4] + "AAAA",
            token(clock, RSA, "RS512"),
        ):
            assert await adapter.authenticate(request(bearer)) is None


async def test_a_token_of_another_issuer_reads_no_keys(issuer: Issuer) -> None:
    clock = FakeClock()
    async with adapter_of(issuer, clock) as adapter:
        await adapter.authenticate(request(token(clock, iss="https://other.example")))
        await adapter.authenticate(request("ggui_user_" + "a" * 40))
    assert issuer.reads == 0


async def test_keys_are_read_once_for_concurrent_callers(issuer: Issuer) -> None:
    clock = FakeClock()
    async with adapter_of(issuer, clock) as adapter:
        found = await asyncio.gather(*(adapter.authenticate(request(token(clock))) for _ in range(20)))
    assert all(principal is not None for principal in found)
    assert issuer.reads == 1


async def test_a_rotated_key_is_found_but_not_asked_for_too_often(issuer: Issuer) -> None:
    clock = FakeClock()
    fresh = RSAKey.generate_key(2048, {"kid": "rsa-2"})
    async with adapter_of(issuer, clock) as adapter:
        assert await adapter.authenticate(request(token(clock))) is not None
        for _ in range(5):
            assert await adapter.authenticate(request(token(clock, fresh))) is None
        assert issuer.reads == 1
        issuer.keys.append(fresh)
        await clock.advance(30)
        assert await adapter.authenticate(request(token(clock, fresh))) is not None
        assert issuer.reads == 2


async def test_a_withdrawn_key_ends_within_the_hour(issuer: Issuer) -> None:
    clock = FakeClock()
    async with adapter_of(issuer, clock) as adapter:
        assert await adapter.authenticate(request(token(clock))) is not None
        issuer.keys.remove(RSA)
        await clock.advance(3600)
        assert await adapter.authenticate(request(token(clock))) is None


@pytest.mark.parametrize("fault", ["status", "garbage", "empty", "gone"])
async def test_unreadable_keys_are_a_fault_of_the_server_until_they_are_back(
    issuer: Issuer, fault: str
) -> None:
    clock = FakeClock()
    async with server_of(issuer, clock) as server:
        adapter = server.runtime.auth.adapters[0]
        match fault:
            case "status":
                issuer.status = 503
            case "garbage":
                issuer.body = "<html>"
            case "empty":
                issuer.body = "{}"
            case "gone":
                adapter.oidc.jwks_uri = "http://127.0.0.1:9/jwks"  # type: ignore[attr-defined]
        for _ in range(2):
            async with server.client.post(
                f"{server.base_url}/mcp", headers={"Authorization": f"Bearer {token(clock)}"}, json={}
            ) as response:
                assert response.status == 500
                assert (await response.json())["error"]["code"] == -32603
        async with server.client.post(
            f"{server.base_url}/mcp", headers={"Authorization": "Bearer other"}, json={}
        ) as response:
            assert response.status == 401
        issuer.status, issuer.body = 200, None
        adapter.oidc.jwks_uri = issuer.uri  # type: ignore[attr-defined]
        await clock.advance(30)
        assert await adapter.authenticate(request(token(clock))) is not None


async def test_known_keys_outlive_an_outage(issuer: Issuer) -> None:
    clock = FakeClock()
    async with adapter_of(issuer, clock) as adapter:
        assert await adapter.authenticate(request(token(clock))) is not None
        issuer.status = 503
        await clock.advance(4000)
        assert await adapter.authenticate(request(token(clock))) is not None
        assert issuer.reads == 2


async def test_a_caller_that_gives_up_leaves_the_keys_to_the_next(issuer: Issuer) -> None:
    clock = FakeClock()
    async with adapter_of(issuer, clock) as adapter:
        task = asyncio.create_task(adapter.authenticate(request(token(clock))))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert await adapter.authenticate(request(token(clock))) is not None


async def test_the_server_admits_the_user_to_mcp_and_to_nothing_of_the_operator(issuer: Issuer) -> None:
    clock = FakeClock()
    async with server_of(issuer, clock) as server:
        answer = await server.rpc("tools/list", bearer=token(clock))
        assert "tools" in answer["result"]
        for path in ("/ops", "/protocol"):
            headers = {
                "Authorization": f"Bearer {token(clock)}",
                "Accept": "application/json, text/event-stream",
            }
            body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
            async with server.client.post(server.base_url + path, json=body, headers=headers) as response:
                assert response.status == 403
        async with server.client.post(
            f"{server.base_url}/mcp", headers={"Authorization": f"Bearer {token(clock, aud='x')}"}, json={}
        ) as response:
            assert response.status == 401


def test_the_plugin_stays_under_sixty_lines() -> None:
    assert oidc.__file__ is not None
    assert len(Path(oidc.__file__).read_text(encoding="utf-8").splitlines()) < 60
