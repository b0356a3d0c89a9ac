"""Cold start: from the command to the first answer to ``tools/list``, default plugins, one core."""

from __future__ import annotations

import http.client
import json
import time
from typing import Final
from urllib.parse import urlsplit

from shapes import Shape, project, start

ASK: Final = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}})
HEADERS: Final = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}


def cold_start_ms(shape: Shape, core: int) -> tuple[float, float]:
    """Milliseconds of the first start in a fresh project, which makes the database, and of the next one."""
    with project(shape) as (home, command, variables):
        return _once(home, command, variables, core), _once(home, command, variables, core)


def _once(home: str, command: list[str], variables: dict[str, str], core: int) -> float:
    begun = time.perf_counter()
    server = start(home, command, variables, core)
    try:
        connection = http.client.HTTPConnection(urlsplit(server.base_url).netloc, timeout=30)
        connection.request("POST", "/mcp", ASK, HEADERS)
        listed = json.loads(connection.getresponse().read())
        took = (time.perf_counter() - begun) * 1e3
        connection.close()
    finally:
        server.stop()
    if not listed.get("result", {}).get("tools"):
        raise SystemExit(f"tools/list after the start answered {str(listed)[:300]}")
    return took
