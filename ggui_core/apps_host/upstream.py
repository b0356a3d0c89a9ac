"""The host as an MCP client: one connection to the server whose cards it shows."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Set
from typing import Any, Final

import aiohttp

from ggui_core import __version__

PROTOCOL: Final = "2025-11-25"
APP_MIME: Final = "text/html;profile=mcp-app"
UNREACHABLE: Final = -32000
_TIMEOUT: Final = aiohttp.ClientTimeout(total=60)
_UI: Final = {"extensions": {"io.modelcontextprotocol/ui": {"mimeTypes": [APP_MIME]}}}
_PROBES: Final = ("probe", "connector-check", "mobile-app")
"""Names of clients that declare no capabilities."""

Json = dict[str, Any]


class Upstream:
    """Sends JSON-RPC requests to one MCP server.

    Args:
        endpoint: The address of the server's MCP route, such as ``http://127.0.0.1:6781/mcp``.
        bearer: Sent with every request; ``None`` where the server asks for none. No page ever sees it.
    """

    def __init__(self, endpoint: str, bearer: str | None, http: aiohttp.ClientSession) -> None:
        self.endpoint = endpoint
        self._bearer = bearer
        self._http = http
        self._ids = itertools.count(1)
        self._session: str | None = None

    async def connect(self, on: Set[str]) -> Json:
        """Introduce this host; the answer of ``initialize``, or an error answer."""
        if "probe-first" in on:
            for name in _PROBES:
                await self._introduce(name, {}, on)
                await self.request("tools/list", {}, on)
        return await self._introduce("ggui-host-emulator", _UI, on)

    async def request(self, method: str, params: Mapping[str, Any], on: Set[str]) -> Json:
        """Send a request; ``{"result": …}`` or ``{"error": {code, message}}``, also when nobody answers."""
        body = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params}
        try:
            async with self._http.post(
                self.endpoint, json=body, headers=self._headers(on), timeout=_TIMEOUT
            ) as response:
                if "mcp-session-id" in response.headers:
                    self._session = response.headers["mcp-session-id"]
                return _answer(response, await response.text())
        except (aiohttp.ClientError, TimeoutError) as error:
            return _fault(f"The MCP server at {self.endpoint} did not answer ({type(error).__name__}).")

    async def _introduce(self, name: str, capabilities: Mapping[str, Any], on: Set[str]) -> Json:
        client = {"name": name, "version": __version__}
        params = {"protocolVersion": PROTOCOL, "capabilities": capabilities, "clientInfo": client}
        answer = await self.request("initialize", params, on)
        if "result" in answer:
            await self._notify("notifications/initialized", on)
        return answer

    async def _notify(self, method: str, on: Set[str]) -> None:
        body = {"jsonrpc": "2.0", "method": method}
        try:
            async with self._http.post(self.endpoint, json=body, headers=self._headers(on), timeout=_TIMEOUT):
                pass
        except (aiohttp.ClientError, TimeoutError):
            pass  # the next request will say so

    def _headers(self, on: Set[str]) -> dict[str, str]:
        headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": PROTOCOL}
        if self._bearer is not None:
            headers["Authorization"] = f"Bearer {self._bearer}"
        if self._session is not None and "no-session-header" not in on:
            headers["Mcp-Session-Id"] = self._session
        return headers


def _answer(response: aiohttp.ClientResponse, text: str) -> Json:
    """The answer in a response: its JSON, or the last message of its event stream."""
    if response.content_type == "text/event-stream":
        lines = [line.removeprefix("data:").strip() for line in text.splitlines() if line.startswith("data:")]
        text = lines[-1] if lines else ""
    try:
        message = json.loads(text)
    except ValueError:
        message = None
    if isinstance(message, dict):
        if isinstance(message.get("result"), dict):
            return {"result": message["result"]}
        if isinstance(message.get("error"), dict):
            return {"error": message["error"]}
    if response.status in (401, 403):
        return _fault(f"The MCP server refuses the credential (status {response.status}).")
    return _fault(f"The MCP server answered with status {response.status} and no MCP message.")


def _fault(message: str) -> Json:
    return {"error": {"code": UNREACHABLE, "message": message}}
