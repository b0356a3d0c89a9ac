"""``docs/quickstart.md`` as a person follows it: every curl command, in order, against a booted server."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
from pathlib import Path

import pytest

from ggui_core.auth import BuilderIdentity, Principal
from ggui_core.http.calls import Call
from ggui_core.mcp.caller import ToolCaller
from ggui_core.testing import Booted, booted

ROOT = Path(__file__).parents[2]
ADDRESS = "http://127.0.0.1:6781"
_FENCE = re.compile(r"^( *)```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def curl_commands(page: str) -> list[str]:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return [block for _, block in _FENCE.findall(text) if block.lstrip().startswith("curl ")]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("pages", [["quickstart.md"], ["quickstart.md", "mcp.md", "operator.md"]], ids=len)
async def test_every_curl_command_works_as_written(tmp_path: Path, pages: list[str]) -> None:
    """What an answer calls ``code``, ``token`` or ``pairingId`` is kept the way the page tells its reader to."""
    (tmp_path / ".curlrc").write_text("fail-with-body\n", encoding="utf-8")
    blocks = [block for page in pages for block in curl_commands(page)]
    # The bearer is needed by the other pages, so the page that revokes it has its last two blocks at the end.
    revoking = [block for block in blocks if "/admin/pair" in block and "/init" not in block]
    blocks = [block for block in blocks if block not in revoking] + revoking
    async with booted(installed=True) as server:
        environment = {
            "SESSION_ID": await rendered(server),
            **os.environ,
            "HOME": str(tmp_path),
            "CURL_HOME": str(tmp_path),
            "GGUI_ADMIN_TOKEN": server.beacon("ADMIN_TOKEN") or "",
        }
        outputs = {}
        for block in blocks:
            assert ADDRESS in block
            process = await asyncio.create_subprocess_exec(
                "bash",
                "-euc",
                block.replace(ADDRESS, server.base_url),
                env=environment,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            output = (await process.communicate())[0].decode()
            assert process.returncode == 0, f"{block}\n{output}"
            outputs[block] = output
            answer = json.loads(output) if output.startswith("{") else {}
            assert "error" not in answer
            for key, variable in (("code", "CODE"), ("token", "TOKEN"), ("pairingId", "PAIRING_ID")):
                if key in answer:
                    environment[variable] = answer[key]
    assert {"CODE", "TOKEN", "PAIRING_ID"} <= environment.keys()
    assert next(output for block, output in outputs.items() if "auth-check" in block) == "204\n"
    devices = json.loads(outputs[revoking[-1]])["pairings"]
    # The operator guide makes one key that stays.
    assert [device["deviceName"] for device in devices] == ["build server"] * ("operator.md" in pages)


async def rendered(server: Booted) -> str:
    """The id of a card that an agent of the operator had rendered before."""
    caller, somebody = server.setup.get(ToolCaller), Principal(BuilderIdentity(), "pairing", "pairing:agent")

    async def call(tool: str, arguments: dict[str, object]) -> dict[str, str]:
        exchange = Call("request", "127.0.0.1", somebody)
        result = await caller.call(tool, arguments, principal=somebody, call=exchange)
        answer: dict[str, str] = result["structuredContent"]
        return answer

    handshake = await call("ggui_handshake", {"intent": "greet", "blueprintDraft": {"contract": {}}})
    render = await call("ggui_render", {"handshakeId": handshake["handshakeId"], "props": {}})
    return render["sessionId"]


def test_the_quickstart_starts_the_server_as_the_readme_does() -> None:
    command = "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt && .venv/bin/ggui serve"
    for page in ("README.md", "docs/quickstart.md"):
        assert command in (ROOT / page).read_text(encoding="utf-8")
