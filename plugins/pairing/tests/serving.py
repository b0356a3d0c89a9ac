"""A booted server with pairing, and what its tests ask of it again and again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ggui_pairing.plugin as pairing
from ggui_core.testing import Booted

PLUGINS = (pairing,)


def bearer(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def admin(server: Booted) -> dict[str, str]:
    """Headers of the operator."""
    return bearer(server.beacon("ADMIN_TOKEN"))


async def ask(
    server: Booted,
    method: str,
    path: str,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    cookies: Mapping[str, str] | None = None,
) -> tuple[int, Any, Mapping[str, str]]:
    """Status, JSON body (``None`` when empty) and headers of one request."""
    sent = dict(headers or {})
    if cookies:
        sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    async with server.client.request(method, server.base_url + path, json=body, headers=sent) as response:
        raw = await response.read()
        return response.status, (await response.json() if raw else None), response.headers


async def paired(server: Booted, name: str = "phone") -> tuple[str, str]:
    """Pairing id and bearer of a new device, made with a fresh code."""
    _, minted, _ = await ask(server, "POST", "/admin/pair/init", headers=admin(server))
    status, body, _ = await ask(server, "POST", "/pair", {"code": minted["code"], "deviceName": name})
    assert status == 200, body
    return body["pairingId"], body["token"]


async def status_of(server: Booted, token: str) -> int:
    """What ``/ggui/auth-check`` says of a bearer."""
    return (await ask(server, "GET", "/ggui/auth-check", headers=bearer(token)))[0]
