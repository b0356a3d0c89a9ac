"""Calling a tool of the shared routes from inside the server, as somebody: a viewer page, a polled channel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ggui_core.auth import Principal
from ggui_core.clock import Clock
from ggui_core.http.calls import Call
from ggui_core.mcp.table import ToolTable
from ggui_core.mcp.tools import ToolContext


class ToolCaller:
    """Runs tools of ``/mcp`` by name. Plugins get it with ``setup.get(ToolCaller)``; calls work once it serves."""

    def __init__(self) -> None:
        self._table: ToolTable | None = None
        self._default_app_id: Callable[[], str] = str
        self._clock: Clock | None = None

    def bind(self, table: ToolTable, default_app_id: Callable[[], str], clock: Clock) -> None:
        """The tables exist now; the kernel says so once."""
        self._table, self._default_app_id, self._clock = table, default_app_id, clock

    def input_schema(self, name: str) -> Mapping[str, Any] | None:
        """What a tool of ``/mcp`` takes, or ``None`` where there is no such tool."""
        assert self._table is not None, "the server is not put together yet"
        return self._table.input_schema(name)

    async def call(
        self, name: str, arguments: Mapping[str, Any], *, principal: Principal, call: Call
    ) -> dict[str, Any]:
        """Call a tool in the name of ``principal`` and return its ``CallToolResult``.

        Args:
            call: The exchange the call belongs to; a long-poll ends with it.
        """
        assert self._table is not None, "the server is not put together yet"
        assert self._clock is not None, "bound together with the table"
        context = ToolContext(
            app_id=principal.app_id(self._default_app_id()),
            principal=principal,
            request_id=call.request_id,
            meta={},
            call=call,
            clock=self._clock,
            report=_silence,
        )
        return await self._table.call(name, arguments, context)


async def _silence(progress: float, total: float | None, message: str | None, /) -> None:
    """Nobody asked for progress."""
