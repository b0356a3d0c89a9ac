"""What a handshake answers: reuse, create or decline, and on which contract (spec 06 sections 3.1 and 3.7)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import structlog

from ggui_core.offloading import is_light, weighed
from ggui_core.protocol.digests import variant_key
from ggui_core.seams import BlueprintQuery
from ggui_sessions.amendments import Operation, patch
from ggui_sessions.negotiation import Finding, Negotiated, Negotiations, negotiate
from ggui_sessions.probe import is_probe
from ggui_sessions.repairs import Repairs
from ggui_sessions.reuse import Match, Reuse, variance_gap
from ggui_sessions.tool_catalog import ToolCatalogs, identified, names_tools

log = structlog.get_logger("ggui.sessions")

Action = Literal["create", "reuse", "declined"]
Origin = Literal["cache", "agent", "synth"]

_IDENTIFIED: Final = "Tools of the draft were given the servers that this app declared for them."


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an agent asks for.

    Attributes:
        variance: How it should look and sound.
        generator: The generator that it named, if this server has that one.
        octets: About how long the draft is, as JSON.
    """

    app_id: str
    intent: str
    draft: Mapping[str, Any]
    variance: Mapping[str, Any]
    generator: str | None
    force_create: bool
    octets: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a proposal.

    Attributes:
        negotiated: What became of its draft.
        match: The stored component that will be shown, if there is one.
        identities: How the tools of the draft were renamed before anything else was done with it.
    """

    proposal: Proposal
    negotiated: Negotiated
    match: Match | None
    identities: tuple[Operation, ...]

    @property
    def action(self) -> Action:
        """``action``."""
        if self.negotiated.outcome == "declined":
            return "declined"
        return "create" if self.match is None else "reuse"

    @property
    def origin(self) -> Origin:
        """``suggestion.origin``."""
        return self.negotiated.origin if self.match is None else "cache"

    @property
    def terms(self) -> Negotiated:
        """The effective contract: that of the stored component, else that of the draft."""
        return self.negotiated if self.match is None else self.match.terms

    @property
    def variance(self) -> Mapping[str, Any]:
        """How what will be shown looks and sounds."""
        return self.proposal.variance if self.match is None else self.match.blueprint.variance

    @property
    def told_variance(self) -> Mapping[str, Any]:
        """The same as it is told: of another's variance only its short names, for its rest is their business."""
        if self.match is None or self.match.same_variance:
            return self.variance
        return {name: self.variance[name] for name in ("persona", "aesthetic") if name in self.variance}

    @property
    def rationale(self) -> str:
        """``suggestion.rationale``."""
        return self.negotiated.rationale if self.match is None else self.match.reason

    @property
    def amendments(self) -> dict[str, Any] | None:
        """``suggestion.amendments``: what was changed of the draft before anything was looked for."""
        changes = [*self.identities, *self.negotiated.amendments]
        if not changes:
            return None
        reasons = [_IDENTIFIED] if self.identities else []
        reasons += [self.negotiated.rationale] if self.negotiated.amendments else []
        return {"contractDiff": changes, "reasoning": " ".join(reasons)}

    @property
    def findings(self) -> list[Finding]:
        """``suggestion.validationFindings``."""
        gap = self.match is not None and not self.match.same_variance
        gaps = [variance_gap(self.proposal.variance, self.match)] if self.match is not None and gap else []
        return [*self.negotiated.findings, *gaps]

    @property
    def says_schema(self) -> bool:
        """Whether the agent cannot know the enforced schema from its own draft."""
        return not self.negotiated.implies(self.terms.props_schema)


@dataclass(frozen=True, slots=True)
class Decisions:
    """Decides: the names of tools first, then the draft, then what is stored."""

    catalogs: ToolCatalogs
    negotiations: Negotiations
    repairs: Repairs
    reuse: Reuse

    async def decide(self, proposal: Proposal) -> Decision:
        """The decision about a proposal. What fails on the way is logged and costs the proposal nothing."""
        draft = proposal.draft
        catalog = await self.catalogs.of(proposal.app_id) if names_tools(draft) else {}
        named = identified(draft, catalog) if catalog else draft
        identities = () if named is draft else tuple(patch(draft, named))
        negotiated = await self._negotiated(proposal, named)
        if not negotiated.is_sound:
            repaired = await self.repairs.repaired(
                proposal.app_id, proposal.intent, named, negotiated, catalog
            )
            negotiated = repaired or negotiated
        if is_light(proposal.octets):
            negotiated.settle()
            match = await self._match(proposal, negotiated)
        else:
            match, _ = await asyncio.gather(  # a stored component is looked for while the answer is computed
                self._match(proposal, negotiated), weighed(proposal.octets, negotiated.settle)
            )
        return Decision(proposal, negotiated, match, identities)

    async def _negotiated(self, proposal: Proposal, draft: Mapping[str, Any]) -> Negotiated:
        key, known = self.negotiations.known(draft)
        if known is not None:
            return known
        negotiated = await weighed(proposal.octets, negotiate, draft)
        if key is not None:
            self.negotiations.remember(key, negotiated)
        return negotiated

    async def _match(self, proposal: Proposal, negotiated: Negotiated) -> Match | None:
        if negotiated.outcome == "declined" or proposal.force_create or is_probe(proposal.intent):
            return None
        query = BlueprintQuery(
            proposal.app_id,
            proposal.intent,
            negotiated.contract,
            negotiated.contract_hash,
            proposal.variance,
            await weighed(proposal.octets, variant_key, proposal.variance),
            proposal.generator,
        )
        return await self.reuse.match(query, negotiated)
