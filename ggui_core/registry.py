"""The tiers of reusable components, asked one after the other (spec 06 section 3.2, spec 07 section 13).

A tier may be slow or broken: it costs a request its share of a time budget and a line in the log, never its answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import structlog

from ggui_core.clock import Clock
from ggui_core.protocol.blueprint import Blueprint
from ggui_core.protocol.session import Component
from ggui_core.seams import BlueprintQuery, RegistryTier

log = structlog.get_logger("ggui.registry")

T = TypeVar("T")

BUDGET_S: Final = 3.0
"""What all tiers together may cost one request."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A blueprint that could serve a request, and the tier that has it."""

    blueprint: Blueprint
    tier: RegistryTier

    async def component(self) -> Component | None:
        """Its component, with the code in the code store; ``None`` when the code is gone or its tier fails."""
        try:
            return await self.tier.component(self.blueprint)
        except Exception:
            log.exception("registry_tier_failed", tier=self.tier.name)
            return None


class RegistryTiers:
    """Every tier of this server. Plugins get it with ``setup.get(RegistryTiers)``; it is filled while booting."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tiers: tuple[RegistryTier, ...] = ()

    def bind(self, tiers: Sequence[RegistryTier]) -> None:
        """What the plugins returned, in order; the kernel says so once."""
        self._tiers = tuple(tiers)

    async def matches(
        self, query: BlueprintQuery, budget_s: float = BUDGET_S
    ) -> AsyncIterator[Sequence[Candidate]]:
        """What each tier offers, tier by tier, so that a good answer of the first one costs no call of the next.

        The iteration ends when the budget is spent.
        """
        deadline = self._clock.monotonic() + budget_s
        for tier in self._tiers:
            left_s = deadline - self._clock.monotonic()
            if left_s <= 0:
                log.warning("registry_budget_spent", not_asked=tier.name)
                return
            found = await self._within(left_s, tier, tier.candidates(query))
            yield [Candidate(blueprint, tier) for blueprint in found or ()]

    async def blueprint(self, app_id: str, blueprint_id: str, budget_s: float = BUDGET_S) -> Candidate | None:
        """A blueprint by its id, from the first tier that has it and lets the app use it."""
        if not blueprint_id:
            return None
        deadline = self._clock.monotonic() + budget_s
        for tier in self._tiers:
            left_s = max(0.0, deadline - self._clock.monotonic())
            found = await self._within(left_s, tier, tier.blueprint(app_id, blueprint_id))
            if found is not None:
                return Candidate(found, tier)
        return None

    async def _within(self, seconds: float, tier: RegistryTier, asking: Awaitable[T]) -> T | None:
        answer = asyncio.ensure_future(asking)
        alarm = asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            await asyncio.wait({answer, alarm}, return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                return answer.result()
            log.warning("registry_tier_slow", tier=tier.name, seconds=seconds)
        except Exception:
            log.exception("registry_tier_failed", tier=tier.name)
        finally:
            answer.cancel()
            alarm.cancel()
        return None
