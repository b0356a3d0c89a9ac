"""``ggui_handshake``: a draft contract goes in, a sound one comes back (spec 02 section 6.1)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

import structlog
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from ggui_core.mcp import Tool, ToolContext
from ggui_core.mcp.wire import ClosedInput, Input, Json, Output, Rows
from ggui_core.protocol.bounds import VARIANCE_BOUNDS, Excess, describe, measure
from ggui_core.protocol.session import Handshake, HostSession
from ggui_sessions.decision import Decision, Decisions, Proposal
from ggui_sessions.example import render_example
from ggui_sessions.generation import Generations
from ggui_sessions.negotiation import Finding
from ggui_sessions.service import Sessions, tenant_of

log = structlog.get_logger("ggui.sessions")

HANDSHAKE_MS: Final = 600_000
"""How long a handshake waits for its render."""

LONGEST_INTENT: Final = 10_000


class Variance(ClosedInput):
    """How one contract can look and sound."""

    persona: str | None = None
    aesthetic: str | None = None
    context: Json | None = None
    seed_prompt: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As it travels and is hashed: what was given."""
        return self.model_dump(by_alias=True, exclude_none=True)

    @model_validator(mode="after")
    def _bounded(self) -> Variance:
        excess = measure(self.as_json(), VARIANCE_BOUNDS)
        if isinstance(excess, Excess):
            raise PydanticCustomError("too_large", "is refused: {why}", {"why": describe(excess)})
        return self


class BlueprintDraft(ClosedInput):
    """What the agent proposes."""

    contract: Json
    variance: Variance | None = None
    generator: Annotated[str, Field(max_length=120, pattern=r"^[A-Za-z0-9_:.-]+$")] | None = None


class HandshakeInput(Input):
    """What ``ggui_handshake`` is called with."""

    intent: Annotated[str, Field(min_length=1, max_length=LONGEST_INTENT)]
    blueprint_draft: BlueprintDraft
    force_create: bool | None = None


class BlueprintMeta(Output):
    """What the suggestion is made of; the members that may be left out speak of a stored component."""

    contract_hash: str
    variance: Json
    blueprint_id: str | None = None
    code_hash: str | None = None
    source: Json | None = None
    selected_reason: str | None = None


class Suggestion(Output):
    """The server's proposal."""

    origin: Literal["cache", "agent", "synth"]
    rationale: str
    blueprint_meta: BlueprintMeta
    proposed_contract_summary: str | None = None
    amendments: Json | None = None
    validation_findings: Rows | None = None


class NextRender(Output):
    """The call that commits to it."""

    tool: Literal["ggui_render"] = "ggui_render"
    example: str


class HandshakeOutput(Output):
    """What ``ggui_handshake`` answers."""

    handshake_id: str
    action: Literal["create", "reuse", "update", "replace", "declined"]
    suggestion: Suggestion
    props_schema: Json | None = None
    props_schema_hash: str | None = None
    props_schema_profile: str | None = None
    next_step: NextRender | None = None


DESCRIPTION: Final = (
    "Agree on the contract of a UI before you render it. `contract` has up to six members: `propsSpec` "
    "{properties: {name: {schema, required}}} is what you show; `actionSpec` {name: {label, schema, nextStep}} what "
    "the person can do; `contextSpec` {slot: {schema, default}} state you may read; `streamSpec` {channel: {schema}} "
    "data you push later; `agentCapabilities` {tools: {bareToolName: {toolInfo: {inputSchema}}}} your tools that "
    "`nextStep` names; `clientCapabilities`. Every JSON Schema stands under a `schema` key, objects are closed. The "
    "draft is repaired where it can be: read `proposedContractSummary` (PARTIAL: parts were left out; DECLINED: "
    "correct the findings and try again), then follow `nextStep`. `action: reuse` proposes a stored card; "
    "`forceCreate` has a new one written."
)


@dataclass(frozen=True, slots=True)
class HandshakeTool:
    """Negotiates and keeps the outcome for one render."""

    sessions: Sessions
    generations: Generations
    decisions: Decisions

    def declared(self) -> Tool[HandshakeInput, HandshakeOutput]:
        """The tool as it is listed."""
        return Tool(
            "ggui_handshake", DESCRIPTION, HandshakeInput, HandshakeOutput, self.handle, title="Handshake"
        )

    async def handle(self, given: HandshakeInput, calling: ToolContext) -> HandshakeOutput:
        """Decide, keep, propose."""
        await calling.progress(0, 1, "handshake_started")
        draft = given.blueprint_draft
        generator, findings = self._generator(draft.generator)
        proposal = Proposal(
            app_id=calling.app_id,
            intent=given.intent,
            draft=draft.contract,
            variance=draft.variance.as_json() if draft.variance is not None else {},
            generator=generator,
            force_create=given.force_create is True,
            octets=len(calling.call.body),
        )
        decision = await self.decisions.decide(proposal)
        handshake_id = str(uuid.uuid4())
        if decision.action != "declined":
            await self.sessions.store.keep_handshake(self._record(handshake_id, decision, calling))
        _log(handshake_id, decision)
        await calling.progress(1, 1, "handshake_completed")
        return _answer(handshake_id, decision, [*decision.findings, *findings])

    def _generator(self, asked: str | None) -> tuple[str | None, list[Finding]]:
        if asked is None or asked in self.generations.names:
            return asked, []
        known = ", ".join(sorted(self.generations.names)) or "none"
        message = f"There is no generator '{asked}'; the default one will be used. Known: {known}."
        return None, [Finding("GENERATOR_UNKNOWN", "warn", "blueprintDraft.generator", message)]

    def _record(self, handshake_id: str, decision: Decision, calling: ToolContext) -> Handshake:
        now_ms, terms, proposal = self.sessions.now_ms(), decision.terms, decision.proposal
        return Handshake(
            handshake_id=handshake_id,
            tenant=tenant_of(calling),
            action=decision.action,
            origin=decision.origin,
            intent=proposal.intent,
            contract=terms.contract,
            contract_hash=terms.contract_hash,
            variance=decision.variance,
            props_schema=terms.props_schema.schema,
            props_schema_hash=terms.props_schema.hash,
            props_schema_profile=terms.props_schema.profile,
            created_at_ms=now_ms,
            expires_at_ms=now_ms + HANDSHAKE_MS,
            force_create=proposal.force_create,
            generator=proposal.generator,
            host_session=HostSession.from_meta(calling.meta),
            matched=None if decision.match is None else decision.match.record(),
        )


def _log(handshake_id: str, decision: Decision) -> None:
    """The decision in one line (spec 06 section 3.12)."""
    facts: dict[str, Any] = {}
    if decision.match is not None:
        blueprint = decision.match.blueprint
        facts = {"blueprint": blueprint.id, "source": blueprint.source.wire()}
    log.info(
        "handshake_decided",
        app=decision.proposal.app_id,
        handshake=handshake_id,
        action=decision.action,
        origin=decision.origin,
        reason=decision.rationale,
        contract=decision.terms.contract_hash,
        props_schema=decision.terms.props_schema.hash,
        **facts,
    )


def _answer(handshake_id: str, decision: Decision, findings: list[Finding]) -> HandshakeOutput:
    suggestion = Suggestion(
        origin=decision.origin,
        rationale=decision.rationale,
        blueprint_meta=_meta(decision),
        proposed_contract_summary=decision.negotiated.summary,
        amendments=decision.amendments,
        validation_findings=[finding.wire() for finding in findings] or None,
    )
    if decision.action == "declined":
        return HandshakeOutput(handshake_id=handshake_id, action="declined", suggestion=suggestion)
    enforced = decision.terms.props_schema
    return HandshakeOutput(
        handshake_id=handshake_id,
        action=decision.action,
        suggestion=suggestion,
        props_schema=dict(enforced.schema) if decision.says_schema and enforced.fits_the_wire else None,
        props_schema_hash=enforced.hash,
        props_schema_profile=enforced.profile,
        next_step=NextRender(example=render_example(handshake_id, decision.terms.contract)),
    )


def _meta(decision: Decision) -> BlueprintMeta:
    meta = BlueprintMeta(contract_hash=decision.terms.contract_hash, variance=dict(decision.told_variance))
    if decision.match is None:
        return meta
    blueprint = decision.match.blueprint
    stored = {
        "blueprint_id": blueprint.id,
        "code_hash": blueprint.code_hash,
        "source": blueprint.source.wire(),
        "selected_reason": decision.match.reason,
    }
    return meta.model_copy(update=stored)
