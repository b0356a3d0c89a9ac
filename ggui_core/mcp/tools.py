"""How a plugin declares a tool, and what its handler is given (spec 02 sections 3 and 12.3)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, Protocol, TypeVar

from pydantic import BaseModel

from ggui_core.auth import IdentityKind, Principal
from ggui_core.clock import Clock
from ggui_core.http.calls import Call

Audience = Literal["agent", "runtime", "protocol", "ops"]
"""Which route lists the tool: ``agent`` and ``runtime`` on ``/mcp``, the others on the route of their name."""

Visibility = Literal["model", "app"]

I = TypeVar("I", bound=BaseModel)  # noqa: E741
O = TypeVar("O", bound=BaseModel)  # noqa: E741
M = TypeVar("M", bound=BaseModel)


class Progress(Protocol):
    """Sends one progress notification to a caller that asked for them."""

    async def __call__(self, progress: float, total: float | None, message: str | None, /) -> None: ...


@dataclass(frozen=True, slots=True)
class ToolContext:
    """The circumstances of one tool call.

    Attributes:
        app_id: The tenant the caller works in.
        principal: The caller.
        request_id: For logs and support; unique per HTTP request.
        meta: ``params._meta`` of the call, or an empty mapping.
        call: The exchange: ``call.ended`` is set when the client hung up, the credential was revoked or the
            server shuts down.
        clock: Time, injectable in tests.
        report: Carries progress to the caller; handlers use :meth:`progress`.
    """

    app_id: str
    principal: Principal
    request_id: str
    meta: Mapping[str, Any]
    call: Call
    clock: Clock
    report: Progress

    @property
    def disconnected(self) -> bool:
        """True once the client has hung up; the handler still runs to its end."""
        return self.call.disconnected

    @property
    def ended(self) -> asyncio.Event:
        """Set when nobody waits for the answer any more, or the server shuts down."""
        return self.call.ended

    async def progress(self, progress: float, total: float | None = None, message: str | None = None) -> None:
        """Tell the caller how far this call is; does nothing unless the caller sent a ``progressToken``."""
        await self.report(progress, total, message)


@dataclass(frozen=True, slots=True)
class ToolResult(Generic[M]):
    """A result with more than its structured output.

    Attributes:
        output: The structured output.
        content: Content blocks of the protocol, in place of the JSON text block that is derived from ``output``.
        lead: Plain-language text put before the JSON text block.
        meta: ``_meta`` of the result.
        is_error: True for a failure that still satisfies the output schema.
    """

    output: M | None = None
    content: Sequence[Mapping[str, Any]] | None = None
    lead: str | None = None
    meta: Mapping[str, Any] | None = None
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Tool(Generic[I, O]):
    """A tool: its declaration and its handler.

    Attributes:
        input: Model of the arguments. Unknown keys are dropped before the handler sees them.
        output: Model of the structured output. Fields it does not name never reach the wire.
        handler: ``async (input, context) -> output | ToolResult``. Raise
            :class:`~ggui_core.errors.ToolError` for a failure the agent can act on.
        audience: ``None`` for tools of a standalone service; tools for the shared routes default to ``agent``.
        long_poll: True when the handler waits for events: it must return soon after ``context.ended`` is set,
            and is cancelled a little later if it does not.
        read_only, destructive, idempotent, open_world: The annotations of the protocol.
        visibility: ``_meta.ui.visibility``; agent tools default to the model only, runtime tools to the app.
        meta: Further ``_meta`` of the declaration.
        allowed_for: Identity kinds that may call it; ``None`` for all.
    """

    name: str
    description: str
    input: type[I]
    output: type[O]
    handler: Callable[[I, ToolContext], Awaitable[O | ToolResult[O]]]
    title: str | None = None
    audience: Audience | None = None
    long_poll: bool = False
    read_only: bool = False
    destructive: bool = False
    idempotent: bool = False
    open_world: bool = False
    visibility: tuple[Visibility, ...] | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    allowed_for: frozenset[IdentityKind] | None = None


class NoArguments(BaseModel):
    """The input of a tool that takes none."""
