"""A real server on a real port, inside the test's event loop."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import aiohttp

from ggui_core.boot import Assembly, assemble, running
from ggui_core.clock import Clock
from ggui_core.http.server import bind
from ggui_core.project import prepare
from ggui_core.serve import announce
from ggui_core.setup import Runtime, Setup

MCP_HEADERS = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}


@dataclass(slots=True)
class Booted:
    """A server that is accepting requests.

    Attributes:
        base_url: Where it listens.
        stdout: What ``ggui serve`` would have printed, line by line.
        client: A session without any default credential.
        warnings: What configuration and plugins were warned about.
    """

    assembly: Assembly
    base_url: str
    stdout: list[str]
    client: aiohttp.ClientSession
    warnings: list[str] = field(default_factory=list)

    @property
    def setup(self) -> Setup:
        """What the hooks saw."""
        return self.assembly.setup

    @property
    def runtime(self) -> Runtime:
        """What the lifespans saw."""
        return self.assembly.runtime

    def beacon(self, name: str) -> str | None:
        """The value of a beacon line, or ``None``."""
        return next((line.partition(" ")[2] for line in self.stdout if line.startswith(name + " ")), None)

    async def rpc(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        path: str = "/mcp",
        bearer: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Send one JSON-RPC request and return the response object, whatever the HTTP status."""
        body: dict[str, Any] = {"jsonrpc": "2.0", "id": 1, "method": method}
        if params is not None:
            body["params"] = params
        sent = {**MCP_HEADERS, **(headers or {})}
        if bearer is not None:
            sent["Authorization"] = f"Bearer {bearer}"
        async with self.client.post(self.base_url + path, json=body, headers=sent) as response:
            answer: dict[str, Any] = await response.json()
            return answer

    async def call_tool(
        self, name: str, arguments: Mapping[str, Any] | None = None, **options: Any
    ) -> dict[str, Any]:
        """Call a tool and return its result object.

        Raises:
            AssertionError: the server answered with a JSON-RPC error.
        """
        answer = await self.rpc("tools/call", {"name": name, "arguments": arguments or {}}, **options)
        assert "result" in answer, answer
        result: dict[str, Any] = answer["result"]
        return result


@asynccontextmanager
async def booted(
    plugins: Sequence[ModuleType] = (),
    *,
    config: Mapping[str, Any] | None = None,
    args: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
    clock: Clock | None = None,
    installed: bool = False,
    root: Path | None = None,
) -> AsyncIterator[Booted]:
    """Boot a server with exactly ``plugins`` and stop it when the block ends.

    Args:
        plugins: Plugin modules.
        config: The content of ``ggui.json``.
        args: Flags of ``ggui serve``; ``--port 0`` is added.
        environ: The environment; its home directories are temporary unless given.
        clock: Time for everything that asks the kernel for it.
        root: The folder of the project; a temporary one unless given.
        installed: Also load the plugins that are installed in this environment.

    Raises:
        BootError: the server refuses to start.
    """
    warnings: list[str] = []
    with TemporaryDirectory(prefix="ggui-test-") as home:
        environment = {"HOME": home, "GGUI_CONFIG_DIR": str(Path(home) / "config"), **(environ or {})}
        prepared = prepare(
            ["--port", "0", *args],
            environ=environment,
            cwd=root or Path(home),
            config=config or {},
            extra_modules=plugins,
            only_extra=not installed,
            warn=warnings.append,
        )
        listener = bind(prepared.server.host, prepared.server.port)
        try:
            assembly = assemble(prepared, listener, clock)
            async with running(assembly), aiohttp.ClientSession() as client:
                out = io.StringIO()
                announce(assembly, out)
                host, port = listener.getsockname()[:2]
                url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
                yield Booted(assembly, url, out.getvalue().splitlines(), client, warnings)
        finally:
            listener.close()
