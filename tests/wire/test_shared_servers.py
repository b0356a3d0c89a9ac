"""Servers, tables and schemas are built when ggui starts, and shared by all requests (spec 02 section 19)."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from mcp.server.lowlevel import Server
from pydantic import BaseModel

from ggui_core.testing import booted


@pytest.mark.spec("02 19.31")
async def test_a_request_builds_no_server_and_no_schema(
    probe: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[str] = []
    make, describe = Server.__init__, BaseModel.model_json_schema.__func__

    def counted(self: Server[Any], *arguments: Any, **options: Any) -> None:
        built.append("server")
        make(self, *arguments, **options)

    def described(cls: type[BaseModel], *arguments: Any, **options: Any) -> dict[str, Any]:
        built.append("schema")
        schema: dict[str, Any] = describe(cls, *arguments, **options)
        return schema

    monkeypatch.setattr(Server, "__init__", counted)
    monkeypatch.setattr(BaseModel, "model_json_schema", classmethod(described))
    async with booted([probe], args=["--dev-allow-all"]) as server:
        assert {"server", "schema"} <= set(built), "the boot builds them"
        built.clear()
        for _ in range(3):
            await server.rpc("tools/list")
            await server.rpc("resources/list")
            await server.call_tool("ggui_probe_echo", {"text": "x"})
            await server.call_tool("ggui_probe_echo", {"text": 5})
    assert built == []
