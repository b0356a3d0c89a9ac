"""``ggui_handshake``: a draft contract goes in, a sound one comes back (spec 02 section 6.1)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from ggui_core.mcp import Tool, ToolContext
from ggui_core.protocol.bounds import Bounds, Excess, describe, measure
from ggui_core.protocol.session import Handshake, HostSession
from ggui_sessions.example import render_example
from ggui_sessions.generation import Generations
from ggui_sessions.negotiation import Finding, Negotiated, Negotiations, negotiate
from ggui_sessions.offloading import weighed
from ggui_sessions.service import Sessions, tenant_of
from ggui_sessions.wire import ClosedInput, Input, Json, Output, Rows

HANDSHAKE_MS: Final = 600_000
"""How long a handshake waits for its render."""

VARIANCE_BOUNDS: Final = Bounds(octets=64 * 1024, depth=32, containers=2_000)
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
    """What the suggestion is made of."""

    contract_hash: str
    variance: Json


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
    "correct the findings and try again), then follow `nextStep`."
)


@dataclass(frozen=True, slots=True)
class HandshakeTool:
    """Negotiates and keeps the outcome for one render."""

    sessions: Sessions
    generations: Generations
    negotiations: Negotiations

    def declared(self) -> Tool[HandshakeInput, HandshakeOutput]:
        """The tool as it is listed."""
        return Tool(
            "ggui_handshake", DESCRIPTION, HandshakeInput, HandshakeOutput, self.handle, title="Handshake"
        )

    async def handle(self, given: HandshakeInput, calling: ToolContext) -> HandshakeOutput:
        """Decide, keep, propose."""
        draft = given.blueprint_draft
        negotiated = await self._negotiated(draft.contract, len(calling.call.body))
        generator, findings = self._generator(draft.generator)
        handshake_id = str(uuid.uuid4())
        variance = draft.variance.as_json() if draft.variance is not None else {}
        if negotiated.outcome != "declined":
            await self.sessions.store.keep_handshake(
                self._record(handshake_id, given, calling, negotiated, variance, generator)
            )
        return _answer(handshake_id, negotiated, variance, [*negotiated.findings, *findings])

    async def _negotiated(self, draft: dict[str, Any], octets: int) -> Negotiated:
        key, known = self.negotiations.known(draft)
        if known is not None:
            return known
        negotiated = await weighed(octets, _settled, draft)
        if key is not None:
            self.negotiations.remember(key, negotiated)
        return negotiated

    def _generator(self, asked: str | None) -> tuple[str | None, list[Finding]]:
        if asked is None or asked in self.generations.names:
            return asked, []
        known = ", ".join(sorted(self.generations.names)) or "none"
        message = f"There is no generator '{asked}'; the default one will be used. Known: {known}."
        return None, [Finding("GENERATOR_UNKNOWN", "warn", "blueprintDraft.generator", message)]

    def _record(
        self,
        handshake_id: str,
        given: HandshakeInput,
        calling: ToolContext,
        negotiated: Negotiated,
        variance: dict[str, Any],
        generator: str | None,
    ) -> Handshake:
        now_ms = self.sessions.now_ms()
        return Handshake(
            handshake_id=handshake_id,
            tenant=tenant_of(calling),
            action="create",
            origin=negotiated.origin,
            intent=given.intent,
            contract=negotiated.contract,
            contract_hash=negotiated.contract_hash,
            variance=variance,
            props_schema=negotiated.props_schema.schema,
            props_schema_hash=negotiated.props_schema.hash,
            props_schema_profile=negotiated.props_schema.profile,
            created_at_ms=now_ms,
            expires_at_ms=now_ms + HANDSHAKE_MS,
            force_create=given.force_create is True,
            generator=generator,
            host_session=HostSession.from_meta(calling.meta),
        )


def _settled(draft: dict[str, Any]) -> Negotiated:
    """The decision with everything that is slow to compute about it."""
    negotiated = negotiate(draft)
    _ = negotiated.props_schema.hash
    _ = negotiated.summary
    return negotiated


def _answer(
    handshake_id: str, negotiated: Negotiated, variance: dict[str, Any], findings: list[Finding]
) -> HandshakeOutput:
    amended = {
        "contractDiff": list(negotiated.amendments),
        "reasoning": negotiated.rationale,
    }
    suggestion = Suggestion(
        origin=negotiated.origin,
        rationale=negotiated.rationale,
        blueprint_meta=BlueprintMeta(contract_hash=negotiated.contract_hash, variance=variance),
        proposed_contract_summary=negotiated.summary,
        amendments=amended if negotiated.amendments else None,
        validation_findings=[finding.wire() for finding in findings] or None,
    )
    if negotiated.outcome == "declined":
        return HandshakeOutput(handshake_id=handshake_id, action="declined", suggestion=suggestion)
    enforced = negotiated.props_schema
    shown = negotiated.says_schema and enforced.fits_the_wire
    return HandshakeOutput(
        handshake_id=handshake_id,
        action="create",
        suggestion=suggestion,
        props_schema=dict(enforced.schema) if shown else None,
        props_schema_hash=enforced.hash,
        props_schema_profile=enforced.profile,
        next_step=NextRender(example=render_example(handshake_id, negotiated.contract)),
    )
