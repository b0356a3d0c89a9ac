"""Everybody who may turn up at one server: its devices, its users, other apps, a federated user, and nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

from ggui_core import hookimpl
from ggui_core.auth import AppIdentity, AuthAdapter, AuthRequest, Principal, UserIdentity
from ggui_core.setup import Setup
from ggui_core.testing import Booted
from ggui_core.testing.server import MCP_HEADERS

APP: Final = "shop"
ADMIN: Final = "ggui_admin_for-the-journey-tests"

KNOWN: Final = {
    "ann": Principal(UserIdentity("ann", app_id=APP), "oauth", "oauth:ann"),
    "bob": Principal(UserIdentity("bob", app_id=APP), "oauth", "oauth:bob"),
    "eve": Principal(UserIdentity("eve", app_id=APP), "oidc", "oidc:eve"),
    "shop's key": Principal(AppIdentity(APP, "1" * 64), "apikey", "apikey:shop"),
    "another app": Principal(AppIdentity("press", "2" * 64), "apikey", "apikey:press"),
}
"""Those whom no device stands for; the name is the bearer."""


class _Register:
    name = "register"
    rank = 10

    async def authenticate(self, request: AuthRequest) -> Principal | None:
        return KNOWN.get((request.bearer or "").replace("-", " "))


def register() -> ModuleType:
    """A plugin that knows the bearers of :data:`KNOWN`, beside whatever else authenticates."""
    module = ModuleType("identities_of_journeys")

    def auth_adapters(setup: Setup) -> list[AuthAdapter]:
        return [_Register()]

    members = {"PLUGIN_API": 1, "PLUGIN_NAME": "register", "ggui_auth_adapters": hookimpl(auth_adapters)}
    vars(module).update(members)
    return module


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came, without the time at which it came."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def about(self, name: str, instead: str) -> Answer:
        """The same answer with one id in place of another."""
        headers = tuple((key, value.replace(name, instead)) for key, value in self.headers)
        return Answer(self.status, headers, self.body.replace(name.encode(), instead.encode()))


@dataclass(frozen=True, slots=True)
class Crowd:
    """The callers of one server.

    Attributes:
        bearers: By name; ``None`` for whoever has none.
    """

    server: Booted
    bearers: Mapping[str, str | None]

    @staticmethod
    async def gather(server: Booted) -> Crowd:
        """Pair three devices of the server's own app; the third one is ``lost`` and can be revoked."""
        bearers: dict[str, str | None] = {name: name.replace(" ", "-") for name in KNOWN}
        for name in ("phone", "laptop", "lost"):
            bearers[name] = await paired(server, name)
        return Crowd(server, {**bearers, "nobody": None})

    async def revoke_lost(self) -> None:
        """The device ``lost`` is no longer welcome."""
        admin = {"Authorization": f"Bearer {ADMIN}"}
        async with self.server.client.get(f"{self.server.base_url}/admin/pair", headers=admin) as answer:
            (lost,) = [row for row in (await answer.json())["pairings"] if row["deviceName"] == "lost"]
        url = f"{self.server.base_url}/admin/pair/{lost['pairingId']}/revoke"
        async with self.server.client.post(url, headers=admin) as answer:
            assert answer.status == 200, await answer.text()

    async def ask(
        self, caller: str, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request in somebody's name; nothing in the answer depends on when it was sent."""
        sent = {"X-Request-Id": "the-same", **(headers or {})}
        bearer = self.bearers[caller]
        if bearer is not None:
            sent["Authorization"] = f"Bearer {bearer}"
        async with self.server.client.request(
            method, self.server.base_url + path, json=body, headers=sent, allow_redirects=False
        ) as response:
            kept = sorted((name.lower(), value) for name, value in response.headers.items() if name != "Date")
            return Answer(response.status, tuple(kept), await response.read())

    async def rpc(self, caller: str, path: str, method: str, params: Mapping[str, Any]) -> Answer:
        """One JSON-RPC request in somebody's name."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return await self.ask(caller, "POST", path, body, MCP_HEADERS)

    async def done(
        self, caller: str, tool: str, arguments: Mapping[str, Any], path: str = "/mcp"
    ) -> dict[str, Any]:
        """The structured output of a call that must succeed."""
        result = await self.server.call_tool(tool, arguments, bearer=self.bearers[caller], path=path)
        assert not result.get("isError"), result
        output: dict[str, Any] = result["structuredContent"]
        return output


async def paired(server: Booted, name: str) -> str:
    """The bearer of a newly paired device."""
    admin = {"Authorization": f"Bearer {ADMIN}"}
    async with server.client.post(server.base_url + "/admin/pair/init", headers=admin) as answer:
        code = (await answer.json())["code"]
    body = {"code": code, "deviceName": name}
    async with server.client.post(server.base_url + "/pair", json=body) as answer:
        assert answer.status == 200, await answer.text()
        token: str = (await answer.json())["token"]
        return token
