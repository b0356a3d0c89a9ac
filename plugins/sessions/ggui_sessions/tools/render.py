"""``ggui_render``: the handshake is spent, a session is minted, a component is written (spec 02 section 6.2)."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from ggui_core.bus import RenderCommitted
from ggui_core.mcp import Tool, ToolContext, ToolResult
from ggui_core.mcp.table import ERROR_META
from ggui_core.protocol.session import Component, Failure, Handshake, HostSession, Session
from ggui_core.seams import Generated, GenerationFailed, GenerationRequest
from ggui_sessions.commitment import Commitment, Gates, Override
from ggui_sessions.errors import handshake_not_found, session_not_found
from ggui_sessions.example import consume_example
from ggui_sessions.generation import Generations, Overloaded, Waiter
from ggui_sessions.offloading import weighed
from ggui_sessions.presentation import card_meta
from ggui_sessions.service import LIFECYCLE, Sessions, tenant_of
from ggui_sessions.tools.handshake import Variance
from ggui_sessions.wire import ClosedInput, Id, Input, Json, Output

PROBE: Final = "[ggui:probe]"
"""Intents that start with it ask for a card that needs no generator: does this host show cards at all?"""

PROBE_KIND: Final = "mcp-apps-probe"
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
_SHORT_CODE: Final = "abcdefghjkmnpqrstuvwxyz23456789"


class Infra(ClosedInput):
    """What the component is written with."""

    model: Id | None = None


class RenderOverride(ClosedInput):
    """What the agent changes of the handshake."""

    contract: Json | None = None
    variance: Variance | None = None

    @model_validator(mode="after")
    def _says_something(self) -> RenderOverride:
        if self.contract is None and self.variance is None:
            raise PydanticCustomError("empty_override", "needs contract, variance or both; else leave it out")
        return self


class RenderInput(Input):
    """What ``ggui_render`` is called with."""

    handshake_id: Id
    props: Json
    override: RenderOverride | None = None
    theme_id: Id | None = None
    infra: Infra | None = None


class Cache(Output):
    """Whether a stored component was reused."""

    hit: bool
    llm_calls_avoided: int
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


DESCRIPTION: Final = (
    "Show the UI of a handshake. `props` must keep the handshake's props schema exactly. Errors before the render "
    "leave the handshake open, so correct and retry; a handshake serves one render. `override` commits to another "
    "contract or variance. Then follow `nextStep`."
)
LEAD: Final = (
    "The card is interactive. Call {example} once to hear what the person does; if nothing comes, end your turn: "
    "a later gesture calls you back."
)


@dataclass(frozen=True, slots=True)
class RenderTool:
    """Renders.

    Attributes:
        shell_uri: The document that hosts prepare for the results of this tool; None when there is none.
    """

    sessions: Sessions
    generations: Generations
    gates: Gates
    shell_uri: str | None

    def declared(self) -> Tool[RenderInput, RenderOutput]:
        """The tool as it is listed."""
        meta = {} if self.shell_uri is None else card_meta(self.shell_uri)
        return Tool(
            "ggui_render",
            DESCRIPTION,
            RenderInput,
            RenderOutput,
            self.handle,
            title="Render",
            open_world=True,
            meta=meta,
        )

    async def handle(self, given: RenderInput, calling: ToolContext) -> ToolResult[RenderOutput]:
        """Pass the gates, mint the session, write its component, say where it is."""
        now_ms = self.sessions.now_ms()
        handshake = await self.sessions.store.handshake(given.handshake_id, tenant_of(calling), now_ms)
        if handshake is None:
            raise handshake_not_found(given.handshake_id)
        commitment = await weighed(
            len(calling.call.body), self.gates.commit, handshake, _override(given), given.props
        )
        session = self._minted(given, handshake, commitment, calling, now_ms)
        if session.kind is not None:
            await self._open(given.handshake_id, session)
            return await self._shown(session, commitment, None)
        request = _request(given, handshake, session)
        generator = self.generations.choose(request)
        if generator is None:
            return self._nobody_writes(commitment)
        joined = self.generations.joined(
            generator, request, session.variant_key, calling.call, calling.progress
        )
        try:
            async with joined as waiter:
                await self._open(given.handshake_id, session)
                return await self._written(handshake, session, commitment, waiter)
        except Overloaded as refusal:
            error = RenderError(code=refusal.code, message=refusal.message)
            return _failure(error, commitment, session_id="", advice=refusal.hint or "", retryable=True)

    def _minted(
        self,
        given: RenderInput,
        handshake: Handshake,
        commitment: Commitment,
        calling: ToolContext,
        now_ms: int,
    ) -> Session:
        probing = handshake.intent.startswith(PROBE)
        return Session(
            id=str(uuid.uuid4()),
            tenant=tenant_of(calling),
            short_code="".join(secrets.choice(_SHORT_CODE) for _ in range(16)),
            intent=handshake.intent,
            contract=commitment.contract,
            contract_hash=commitment.contract_hash,
            variant_key=commitment.variant_key,
            variance=commitment.variance,
            props={"intent": handshake.intent} if probing else commitment.props,
            props_schema=commitment.props_schema,
            props_schema_hash=commitment.props_schema_hash,
            props_schema_profile=commitment.props_schema_profile,
            created_at_ms=now_ms,
            last_activity_at_ms=now_ms,
            expires_at_ms=self.sessions.lifetimes.expiry(now_ms, now_ms),
            kind=PROBE_KIND if probing else None,
            host_session=HostSession.from_meta(calling.meta) or handshake.host_session,
            theme_id=given.theme_id or self.sessions.default_theme,
        )

    async def _open(self, handshake_id: str, session: Session) -> None:
        """Gate 10. From here on the handshake is spent."""
        if not await self.sessions.store.open(handshake_id, session, self.sessions.now_ms()):
            raise handshake_not_found(handshake_id)

    async def _written(
        self, handshake: Handshake, session: Session, commitment: Commitment, waiter: Waiter
    ) -> ToolResult[RenderOutput]:
        """Wait for the component and keep it.

        A render whose caller left leaves nothing behind, and gives the handshake back: the same call may be made
        again.
        """
        try:
            payload = {"kind": "render_started", "sessionId": session.id, "intent": session.intent}
            await self.sessions.emit(session, LIFECYCLE, payload)
            generated = await waiter.result()
            component = await self._component(generated)
            committed = await self.sessions.store.commit(session.id, component, self.sessions.now_ms())
        except GenerationFailed as failure:
            return await self._failed(session, commitment, failure)
        except BaseException:
            await self.sessions.remove(session.id)
            await self.sessions.store.keep_handshake(handshake)
            raise
        if committed is None:
            raise session_not_found(session.id)
        await self.sessions.publish(RenderCommitted(session.id))
        return await self._shown(committed, commitment, generated.notice)

    async def _component(self, generated: Generated) -> Component:
        address = await self.sessions.code.put(generated.code)
        return Component(address, generated.source, generated.generator, generated.model)

    async def _shown(
        self, session: Session, commitment: Commitment, notice: str | None
    ) -> ToolResult[RenderOutput]:
        assembled = await self.sessions.assemble(session)
        mountable = assembled.is_mountable
        warnings = [commitment.warning, None if mountable else _NO_VIEW]
        next_step = _next_consume(session.id) if commitment.has_actions and session.kind is None else None
        output = RenderOutput(
            session_id=session.id,
            resource_uri=session.resource_uri if mountable else None,
            contract_hash=session.contract_hash,
            variant_key=session.variant_key,
            blueprint_id=session.blueprint_id,
            cache=Cache(
                hit=False, llm_calls_avoided=0, kind="cold", reason=notice or "no reusable component"
            ),
            warning=" ".join(warning for warning in warnings if warning) or None,
            next_step=next_step,
        )
        return ToolResult(
            output,
            lead=None if next_step is None else LEAD.format(example=next_step.example),
            meta=self._card(session, assembled.mount.slice) if mountable else None,
        )

    def _card(self, session: Session, members: Mapping[str, Any]) -> dict[str, Any]:
        meta = card_meta(session.resource_uri, self.sessions.display_mode)
        if not self.sessions.settings.withhold_result_meta:
            meta["ai.ggui/render"] = dict(members)
        return meta

    async def _failed(
        self, session: Session, commitment: Commitment, failure: GenerationFailed
    ) -> ToolResult[RenderOutput]:
        code = failure.code if failure.code in CODES else "PRODUCTION_FAILED"
        await self.sessions.store.commit(session.id, Failure(code, failure.message), self.sessions.now_ms())
        await self.sessions.publish(RenderCommitted(session.id))
        advice = f"{failure.hint} " if failure.hint else ""
        return _failure(
            RenderError(code=code, message=failure.message),
            commitment,
            session_id=session.id,
            advice=f"{advice}{SPENT}",
            retryable=False,
        )

    def _nobody_writes(self, commitment: Commitment) -> ToolResult[RenderOutput]:
        """Nothing can succeed, so nothing is spent: no session is minted and the handshake stays open."""
        if self.generations.names:
            error = RenderError(
                code="NO_CREDENTIALS",
                message="No generator of this server can write a component at the moment.",
            )
            advice = (
                "Ask the operator to set the key of a language model, or to enable the plugin forms, "
                "which needs none."
            )
        else:
            error = RenderError(
                code="NO_GENERATOR",
                message="This server has no generator, so nothing can write the component.",
            )
            advice = (
                "Ask the operator to install one, such as the package ggui-forms, which needs no key "
                "(pip install ggui-forms), and to restart the server."
            )
        advice += " The handshake is still open; render it again then."
        return _failure(error, commitment, session_id="", advice=advice, retryable=True)


_NO_VIEW: Final = (
    "No host can show this session: this server has no plugin that serves the browser runtime, "
    "such as ggui-renderer."
)


def _override(given: RenderInput) -> Override | None:
    if given.override is None:
        return None
    variance = given.override.variance
    return Override(given.override.contract, None if variance is None else variance.as_json())


def _request(given: RenderInput, handshake: Handshake, session: Session) -> GenerationRequest:
    return GenerationRequest(
        session_id=session.id,
        app_id=session.tenant.app_id,
        intent=session.intent,
        contract=session.contract,
        contract_hash=session.contract_hash,
        variance=session.variance,
        generator=handshake.generator,
        model=None if given.infra is None else given.infra.model,
        props=session.props,
    )


def _next_consume(session_id: str) -> NextConsume:
    return NextConsume(
        description="Wait up to 25 seconds for what the person does, and receive it.",
        example=consume_example(session_id, CONSUME_S),
        args=ConsumeArguments(session_id=session_id),
    )


def _failure(
    error: RenderError, commitment: Commitment, *, session_id: str, advice: str, retryable: bool
) -> ToolResult[RenderOutput]:
    output = RenderOutput(
        session_id=session_id,
        contract_hash=commitment.contract_hash,
        variant_key=commitment.variant_key,
        blueprint_id="",
        cache=Cache(hit=False, llm_calls_avoided=0, kind="cold"),
        error=error,
    )
    return ToolResult(
        output,
        content=[{"type": "text", "text": f"{error.code}: {error.message} {advice}"}],
        meta={ERROR_META: {"code": error.code, "retryable": retryable}},
        is_error=True,
    )
