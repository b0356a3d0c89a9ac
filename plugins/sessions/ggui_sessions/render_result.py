"""What ``ggui_render`` answers: a card, or why there is none (spec 02 section 6.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from ggui_core.mcp import ToolResult
from ggui_core.mcp.table import ERROR_META
from ggui_core.mcp.wire import Output
from ggui_core.protocol.session import Failure, Session
from ggui_core.seams import GenerationFailed
from ggui_sessions.example import consume_example
from ggui_sessions.presentation import card_meta
from ggui_sessions.reuse import Served
from ggui_sessions.service import Sessions

CONSUME_S: Final = 25
CODES: Final = frozenset(
    {
        "PRODUCTION_FAILED",
        "VALIDATION_ERROR",
        "NO_PLATFORM_KEY",
        "NO_CREDENTIALS",
        "NO_GENERATOR",
        "GENERATION_QUEUE_OVERLOADED",
    }
)
"""What a failed render may be called (spec 01 section 19.3, ruling 7)."""

SPENT: Final = "The handshake is spent: call ggui_handshake again, with a simpler contract if this repeats."
LEAD: Final = (
    "The card is interactive. Call {example} once to hear what the person does; if nothing comes, end your turn: "
    "a later gesture calls you back."
)


class Cache(Output):
    """Whether a stored component was reused."""

    hit: bool
    llm_calls_avoided: int
    similarity: float | None = None
    cached_blueprint_id: str | None = None
    kind: Literal["full-template", "cold"] | None = None
    reason: str | None = None


class RenderError(Output):
    """Why there is no component."""

    code: str
    message: str


class ConsumeArguments(Output):
    """Arguments of the suggested call."""

    session_id: str
    timeout: int = CONSUME_S


class NextConsume(Output):
    """The call that hears of gestures."""

    tool: Literal["ggui_consume"] = "ggui_consume"
    description: str
    example: str
    args: ConsumeArguments


class RenderOutput(Output):
    """What ``ggui_render`` answers."""

    session_id: str
    resource_uri: str | None = None
    action: Literal["create", "reuse", "update", "replace", "declined"] = "create"
    contract_hash: str
    variant_key: str
    blueprint_id: str
    cache: Cache
    error: RenderError | None = None
    warning: str | None = None
    next_step: NextConsume | None = None


def hit(served: Served) -> Cache:
    """The marker of a card that was stored."""
    return Cache(
        hit=True,
        llm_calls_avoided=1,
        similarity=served.similarity,
        cached_blueprint_id=served.blueprint.id,
        kind="full-template",
        reason=served.reason,
    )


def cold(notice: str | None = None) -> Cache:
    """The marker of a card that was written, or needs no component."""
    return Cache(hit=False, llm_calls_avoided=0, kind="cold", reason=notice or "no reusable component")


async def shown(
    sessions: Sessions, session: Session, cache: Cache, warning: str | None
) -> ToolResult[RenderOutput]:
    """A card, with everything that a host needs to show it minted now."""
    assembled = await sessions.assemble(session)
    mountable = assembled.is_mountable
    warnings = [warning, None if mountable else _NO_VIEW]
    has_actions = bool(session.contract.get("actionSpec")) and session.kind is None
    next_step = _next_consume(session.id) if has_actions else None
    output = RenderOutput(
        session_id=session.id,
        resource_uri=session.resource_uri if mountable else None,
        contract_hash=session.contract_hash,
        variant_key=session.variant_key,
        blueprint_id=session.blueprint_id,
        cache=cache,
        warning=" ".join(said for said in warnings if said) or None,
        next_step=next_step,
    )
    return ToolResult(
        output,
        lead=None if next_step is None else LEAD.format(example=next_step.example),
        meta=_card(sessions, session, assembled.mount.slice) if mountable else None,
    )


def _card(sessions: Sessions, session: Session, members: Mapping[str, Any]) -> dict[str, Any]:
    meta = card_meta(session.resource_uri, sessions.display_mode)
    if not sessions.settings.withhold_result_meta:
        meta["ai.ggui/render"] = dict(members)
    return meta


def failure_of(failed: GenerationFailed) -> Failure:
    """What the session keeps of a failed generation: one of the closed set of codes."""
    return Failure(failed.code if failed.code in CODES else "PRODUCTION_FAILED", failed.message)


def spent(session: Session, failure: Failure, advice: str) -> ToolResult[RenderOutput]:
    """There is a session, and no component in it."""
    return _failed(failure, session, session_id=session.id, advice=advice, retryable=False)


def untouched(session: Session, failure: Failure, advice: str) -> ToolResult[RenderOutput]:
    """Nothing can succeed, so nothing was spent: the session was not opened and the handshake stays."""
    return _failed(failure, session, session_id="", advice=advice, retryable=True)


def nobody_writes(session: Session, *, installed: bool) -> ToolResult[RenderOutput]:
    """There is no generator, or none that can serve."""
    if installed:
        failure = Failure(
            "NO_CREDENTIALS", "No generator of this server can write a component at the moment."
        )
        advice = (
            "Ask the operator to set the key of a language model, or to enable the plugin forms, "
            "which needs none."
        )
    else:
        failure = Failure("NO_GENERATOR", "This server has no generator, so nothing can write the component.")
        advice = (
            "Ask the operator to install one, such as the package ggui-forms, which needs no key "
            "(pip install ggui-forms), or to enable it (ggui plugins enable forms), and to restart the server."
        )
    return untouched(session, failure, f"{advice} The handshake is still open; render it again then.")


def _failed(
    failure: Failure, session: Session, *, session_id: str, advice: str, retryable: bool
) -> ToolResult[RenderOutput]:
    output = RenderOutput(
        session_id=session_id,
        contract_hash=session.contract_hash,
        variant_key=session.variant_key,
        blueprint_id="",
        cache=Cache(hit=False, llm_calls_avoided=0, kind="cold"),
        error=RenderError(code=failure.code, message=failure.message),
    )
    return ToolResult(
        output,
        content=[{"type": "text", "text": f"{failure.code}: {failure.message} {advice}"}],
        meta={ERROR_META: {"code": failure.code, "retryable": retryable}},
        is_error=True,
    )


def _next_consume(session_id: str) -> NextConsume:
    return NextConsume(
        description="Wait up to 25 seconds for what the person does, and receive it.",
        example=consume_example(session_id, CONSUME_S),
        args=ConsumeArguments(session_id=session_id),
    )


_NO_VIEW: Final = (
    "No host can show this session: this server has no plugin that serves the browser runtime, "
    "such as ggui-renderer."
)
