"""A running server, seen from outside: what ``ggui demo`` asks over plain HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
from yarl import URL

from ggui_core import SERVER_NAME
from ggui_demo.errors import DemoFailed

_TIMEOUT: Final = aiohttp.ClientTimeout(total=15)


@dataclass(frozen=True, slots=True)
class Device:
    """A pairing of our own: ``token`` is its bearer."""

    pairing_id: str
    token: str


@dataclass(frozen=True, slots=True)
class RunningServer:
    """The server at ``base_url`` (no trailing slash)."""

    base_url: str
    _http: aiohttp.ClientSession

    @classmethod
    @asynccontextmanager
    async def at(cls, url: str) -> AsyncIterator[RunningServer]:
        """The server at an address, once it has answered.

        Raises:
            DemoFailed: it is no address, nothing answers there, or something that is no ggui server.
        """
        base_url = _address(url)
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as http:
            server = cls(base_url, http)
            await server._greet()
            yield server

    async def admits_everybody(self) -> bool:
        """Whether calls need no credential, as with ``--dev-allow-all``."""
        status, _ = await self._ask("GET", "/ggui/auth-check")
        return status == 204

    async def pair(self, admin_token: str, device_name: str) -> Device:
        """Mint a code as the operator and redeem it as a device.

        Raises:
            DemoFailed: the token is wrong, the server pairs nobody, or it asks to wait.
        """
        status, body = await self._ask("POST", "/admin/pair/init", {}, bearer=admin_token)
        if status == 404:
            raise DemoFailed(
                "This server pairs no devices, so it hands out no keys.",
                hint="Enable the plugin pairing (ggui plugins enable pairing), or pass a key with --token.",
            )
        if status in (401, 403):
            raise DemoFailed(
                "The server does not know this admin token.",
                hint="Take the one that ggui serve printed as ADMIN_TOKEN; it changes with every start.",
            )
        code = _expected(status, body)["code"]
        status, body = await self._ask("POST", "/pair", {"code": code, "deviceName": device_name})
        if status == 429:
            raise DemoFailed(
                "Too many devices were paired from here within five minutes.",
                hint="Wait a moment, or pass a key that you have with --token.",
            )
        paired = _expected(status, body)
        return Device(paired["pairingId"], paired["token"])

    async def revoke(self, admin_token: str, device: Device) -> None:
        """Make the bearer of a device invalid."""
        await self._ask("POST", f"/admin/pair/{device.pairing_id}/revoke", {}, bearer=admin_token)

    async def viewer_link(self, bearer: str | None, session_id: str) -> str:
        """An address that shows a session to one browser, once, within a minute.

        Raises:
            DemoFailed: the server has no viewer page.
        """
        status, body = await self._ask(
            "POST", "/ggui/viewer/tickets", {"sessionId": session_id}, bearer=bearer
        )
        if status == 404:
            raise DemoFailed(
                "The card is rendered, but this server has no page to show it on.",
                hint="Install the plugin that has one: pip install ggui-renderer",
            )
        return str(_expected(status, body)["url"])

    async def _greet(self) -> None:
        _, body = await self._ask("GET", "/ggui/health")
        if body.get("server") != SERVER_NAME:
            raise DemoFailed(
                f"What answers at {self.base_url} is no ggui server.",
                hint="Name the server with --url, or start one: ggui serve",
            )

    async def _ask(
        self, method: str, path: str, content: Mapping[str, Any] | None = None, *, bearer: str | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON object of an answer; an empty object for a body that is none."""
        headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
        try:
            async with self._http.request(
                method, URL(self.base_url + path), json=content, headers=headers
            ) as response:
                return response.status, await _json_object(response)
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise DemoFailed(
                f"No server answers at {self.base_url}.",
                hint="Start one in another terminal (ggui serve), or name its address with --url.",
            ) from None


def _address(url: str) -> str:
    """``http://host:port``, without a slash at its end."""
    try:
        parts = URL(url)
        usable = parts.scheme in ("http", "https") and parts.host is not None
    except ValueError:
        usable = False
    if not usable:
        raise DemoFailed(f"{url} is no address of a server.", hint="Write it like http://127.0.0.1:6781")
    return url.rstrip("/")


async def _json_object(response: aiohttp.ClientResponse) -> dict[str, Any]:
    try:
        body = await response.json(content_type=None)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _expected(status: int, body: dict[str, Any]) -> dict[str, Any]:
    if 200 <= status < 300:
        return body
    error = body.get("error")
    message = error.get("message") if isinstance(error, dict) else None
    raise DemoFailed(message or f"The server refused it (status {status}).")
