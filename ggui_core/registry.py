"""The tiers of reusable components, asked one after the other (spec 06 section 3.2, spec 07 section 13).

A tier may be slow or broken: it costs a request its share of a time budget and a line in the log, never its answer.
What a tier offers that is not the asker's to use is left out, and logged: the tier should not have found it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import structlog

from ggui_core.clock import Clock, within
from ggui_core.protocol.blueprint import SHARED_APP, Blueprint
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
    clock: Clock

    async def component(self, budget_s: float = BUDGET_S) -> Component | None:
        """Its component, with the code in the code store; ``None`` when the code is gone or its tier fails."""
        return await _asked(self.clock, budget_s, self.tier, self.tier.component(self.blueprint))


class RegistryTiers:
    """Every tier of this server. Plugins get it with ``setup.get(RegistryTiers)``; it is filled while booting."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tiers: tuple[RegistryTier, ...] = ()

    def __len__(self) -> int:
        return len(self._tiers)

    def bind(self, tiers: Sequence[RegistryTier]) -> None:
        """What the plugins returned, in order; the kernel says so once."""
        self._tiers = tuple(tiers)

    async def matches(
        self, query: BlueprintQuery, budget_s: float = BUDGET_S
    ) -> AsyncGenerator[Sequence[Candidate], None]:
        """What each tier offers, tier by tier, so that a good answer of the first one costs no call of the next.

        No tier gets more than its share of the time that is left: one that hangs keeps no other from being asked.
        """
        deadline = self._clock.monotonic() + budget_s
        for place, tier in enumerate(self._tiers):
            share_s = self._share_s(deadline, place)
            yield await _asked(self._clock, share_s, tier, self._offered(tier, query)) or ()

    async def blueprint(self, app_id: str, blueprint_id: str, budget_s: float = BUDGET_S) -> Candidate | None:
        """A blueprint by its id, from the first tier that has it and lets the app use it."""
        if not blueprint_id:
            return None
        deadline = self._clock.monotonic() + budget_s
        for place, tier in enumerate(self._tiers):
            share_s = self._share_s(deadline, place)
            found = await _asked(self._clock, share_s, tier, self._named(tier, app_id, blueprint_id))
            if found is not None:
                return found
        return None

    async def _offered(self, tier: RegistryTier, query: BlueprintQuery) -> Sequence[Candidate]:
        return [
            Candidate(blueprint, tier, self._clock)
            for blueprint in await tier.candidates(query)
            if _answers(tier, blueprint, query)
        ]

    async def _named(self, tier: RegistryTier, app_id: str, blueprint_id: str) -> Candidate | None:
        found = await tier.blueprint(app_id, blueprint_id)
        if found is None or found.id != blueprint_id or not _is_open_to(tier, found, app_id):
            return None
        return Candidate(found, tier, self._clock)

    def _share_s(self, deadline: float, place: int) -> float:
        return max(0.0, deadline - self._clock.monotonic()) / (len(self._tiers) - place)


async def _asked(clock: Clock, seconds: float, tier: RegistryTier, asking: Awaitable[T]) -> T | None:
    try:
        return await within(clock, seconds, asking)
    except TimeoutError:
        log.warning("registry_tier_slow", tier=tier.name, seconds=round(seconds, 3))
    except Exception:
        log.exception("registry_tier_failed", tier=tier.name)
    return None


def _answers(tier: RegistryTier, blueprint: Blueprint, query: BlueprintQuery) -> bool:
    if blueprint.is_yanked or not _is_open_to(tier, blueprint, query.app_id):
        return False
    source = blueprint.source
    return query.generator is None or source.kind != "llm" or source.generator == query.generator


def _is_open_to(tier: RegistryTier, blueprint: Blueprint, app_id: str) -> bool:
    """Whether an app may use a blueprint (law 7). A tier looks that up itself; this catches the one that forgot."""
    if blueprint.app_id in (app_id, SHARED_APP):
        return True
    log.warning("registry_tier_foreign_row", tier=tier.name, blueprint=blueprint.id)
    return False
