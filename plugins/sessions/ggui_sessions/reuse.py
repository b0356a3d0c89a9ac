"""Which stored component can serve a request, and why (spec 06 sections 3.2 to 3.6, 4.2, 4.3 and 6.1).

A handshake may be offered another variant of its contract; a render gets what was agreed, or nothing. Neither needs a
language model, a generator or a compiler.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

import orjson
import structlog

from ggui_core.clock import Clock
from ggui_core.offloading import weighed
from ggui_core.protocol.blueprint import Blueprint
from ggui_core.protocol.paths import clipped
from ggui_core.protocol.session import Component, Handshake
from ggui_core.registry import BUDGET_S, Candidate, RegistryTiers
from ggui_core.seams import BlueprintQuery
from ggui_core.stores import CodeStore
from ggui_sessions.commitment import Commitment, Override
from ggui_sessions.fulfilment import can_serve
from ggui_sessions.negotiation import Finding, Negotiated, Negotiations, negotiate

log = structlog.get_logger("ggui.sessions")

_LONGEST_NAME: Final = 80
"""Characters of a persona or an aesthetic that a message shows."""


@dataclass(frozen=True, slots=True)
class Match:
    """A stored component that a handshake proposes.

    Attributes:
        terms: Its contract.
        same_variance: Whether it also looks and sounds as asked for.
    """

    blueprint: Blueprint
    terms: Negotiated
    same_variance: bool

    @property
    def reason(self) -> str:
        """``selectedReason``."""
        return _MATCHED if self.same_variance else _OTHER_VARIANT

    def record(self) -> dict[str, Any]:
        """What the handshake remembers of it (spec 02 section 5.2)."""
        return {
            "id": self.blueprint.id,
            "contractKey": self.blueprint.contract_hash,
            "variantKey": self.blueprint.variant_key,
            "cosine": 1,
        }


@dataclass(frozen=True, slots=True)
class Served:
    """A stored component that a render shows."""

    blueprint: Blueprint
    component: Component
    similarity: float
    reason: str


_MATCHED: Final = "match-exact: a component of exactly this contract and variance is stored."
_AGREED: Final = "match-exact: the stored component that the handshake proposed for this contract."
_OTHER_VARIANT: Final = "match-exact: a component of exactly this contract is stored, in another variance."


@dataclass(frozen=True, slots=True)
class Reuse:
    """Asks the tiers of this server."""

    tiers: RegistryTiers
    code: CodeStore
    negotiations: Negotiations
    clock: Clock

    async def match(self, query: BlueprintQuery, negotiated: Negotiated) -> Match | None:
        """What a handshake can propose: the variant that was asked for from any tier, else the best of the group."""
        deadline = self._deadline()
        others: list[Candidate] = []
        async for found in self._found(query):
            for candidate in found:
                if candidate.blueprint.variant_key == query.variant_key:
                    match = await self._match(candidate, query, negotiated, deadline)
                    if match is not None:
                        return match
            others += sorted(
                (one for one in found if one.blueprint.variant_key != query.variant_key), key=_preference
            )
        for candidate in others:
            match = await self._match(candidate, query, negotiated, deadline)
            if match is not None:
                return match
        return None

    async def served(
        self, handshake: Handshake, override: Override | None, commitment: Commitment
    ) -> Served | None:
        """What a render can show without a generation."""
        if handshake.force_create or (override is not None and override.contract is not None):
            return None
        if override is None and handshake.origin == "cache" and handshake.matched is not None:
            return await self._agreed(handshake, handshake.matched)
        deadline = self._deadline()
        async for found in self._found(_query_of(handshake, commitment)):
            for candidate in found:
                if candidate.blueprint.variant_key == commitment.variant_key:
                    served = await self._served(candidate, 1, _MATCHED, deadline)
                    if served is not None:
                        return served
        return None

    async def _agreed(self, handshake: Handshake, matched: Mapping[str, Any]) -> Served | None:
        """What the handshake proposed, if it is still there."""
        app_id = handshake.tenant.app_id
        candidate = await self.tiers.blueprint(app_id, matched["id"])
        if candidate is None or candidate.blueprint.is_yanked:
            return None
        if candidate.blueprint.contract_hash != handshake.contract_hash:
            log.warning("blueprint_of_another_contract", blueprint=matched["id"], app=app_id)
            return None
        return await self._served(candidate, matched.get("cosine", 1), _AGREED, self._deadline())

    async def _found(self, query: BlueprintQuery) -> AsyncIterator[list[Candidate]]:
        """Tier by tier, members of the group that was asked for."""
        if not len(self.tiers):
            return
        async with aclosing(self.tiers.matches(query)) as tiers:
            async for found in tiers:
                yield [one for one in found if one.blueprint.contract_hash == query.contract_hash]

    async def _match(
        self, candidate: Candidate, query: BlueprintQuery, negotiated: Negotiated, deadline: float
    ) -> Match | None:
        terms = await self._terms(candidate, negotiated)
        if terms is None or not can_serve(query.contract, terms.contract):
            return None
        if await self._component(candidate, deadline) is None:
            return None
        return Match(candidate.blueprint, terms, candidate.blueprint.variant_key == query.variant_key)

    async def _terms(self, candidate: Candidate, negotiated: Negotiated) -> Negotiated | None:
        """The contract that travels with the component: no tier is believed that it is sound and has this hash."""
        stored = candidate.blueprint.contract
        if stored == negotiated.contract:
            return negotiated
        key, terms = self.negotiations.known(stored)
        if terms is None:
            octets = len(key) if key is not None else len(orjson.dumps(stored))
            terms = await weighed(octets, _settled, stored)
            if key is not None:
                self.negotiations.remember(key, terms)
        if terms.outcome != "verbatim" or terms.contract_hash != negotiated.contract_hash:
            log.warning("blueprint_unsound", blueprint=candidate.blueprint.id, tier=candidate.tier.name)
            return None
        return terms

    async def _served(
        self, candidate: Candidate, similarity: float, reason: str, deadline: float
    ) -> Served | None:
        component = await self._component(candidate, deadline)
        if component is None:
            return None
        if not (await self.code.get(component.code_hash) or "").strip():
            log.warning("blueprint_without_code", blueprint=candidate.blueprint.id, tier=candidate.tier.name)
            return None
        return Served(candidate.blueprint, component, similarity, reason)

    async def _component(self, candidate: Candidate, deadline: float) -> Component | None:
        left_s = deadline - self.clock.monotonic()
        return await candidate.component(left_s) if left_s > 0 else None

    def _deadline(self) -> float:
        return self.clock.monotonic() + 2 * BUDGET_S


def variance_gap(asked: Mapping[str, Any], match: Match) -> Finding:
    """What to know of a component that looks or sounds in another way than was asked for."""
    message = (
        f"You asked for {_described(asked)}; the stored component is {_described(match.blueprint.variance)}. "
        "Accept it, unless the difference must be visible: then render with override.variance."
    )
    return Finding("VARIANCE_GAP", "warn", "variance", message)


def _settled(contract: Mapping[str, Any]) -> Negotiated:
    return negotiate(contract).settle()


def _query_of(handshake: Handshake, commitment: Commitment) -> BlueprintQuery:
    return BlueprintQuery(
        handshake.tenant.app_id,
        handshake.intent,
        commitment.contract,
        commitment.contract_hash,
        commitment.variance,
        commitment.variant_key,
        handshake.generator,
    )


def _preference(candidate: Candidate) -> tuple[bool, float, int, str]:
    """The operator's choice, then the best rated, then the newest, then by id (spec 06 section 4.2)."""
    blueprint = candidate.blueprint
    score = -1.0 if blueprint.validator_score is None else blueprint.validator_score
    return not blueprint.is_operator_default, -score, -blueprint.created_at_ms, blueprint.id


def _described(variance: Mapping[str, Any]) -> str:
    """Short texts as they are; what may be long or private only as set (spec 06 section 3.6)."""
    return ", ".join(_parts(variance)) or "(default)"


def _parts(variance: Mapping[str, Any]) -> Iterable[str]:
    for name in ("persona", "aesthetic"):
        if variance.get(name):
            yield f"{name}={clipped(str(variance[name]), _LONGEST_NAME)}"
    for name in ("context", "seedPrompt"):
        if variance.get(name):
            yield f"{name}=<set>"
