"""The first tier, what an app has itself, and the index that fills it (spec 06 sections 2.3 and 3.2)."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from ggui_blueprints.declared import DeclaredBlueprints
from ggui_blueprints.offers import admits, component_of
from ggui_core.clock import Clock
from ggui_core.protocol.blueprint import Blueprint, new_blueprint_id
from ggui_core.protocol.session import Component
from ggui_core.seams import BlueprintQuery, Registration
from ggui_core.stores import BlueprintStore, CodeStore

log = structlog.get_logger("ggui.blueprints")


class AppLocalTier:
    """What the project declares, then what was kept; of each variant the first."""

    name = "app-local"

    def __init__(self, store: BlueprintStore, code: CodeStore, declared: DeclaredBlueprints) -> None:
        self._store = store
        self._code = code
        self._declared = declared

    async def candidates(self, query: BlueprintQuery) -> Sequence[Blueprint]:
        """See :meth:`ggui_core.seams.RegistryTier.candidates`."""
        declared = await self._declared.group(query.app_id, query.contract_hash)
        kept = await self._store.group(query.app_id, query.contract_hash)
        offered: dict[str, Blueprint] = {}
        for blueprint in (*declared, *kept):
            if blueprint.variant_key in offered or not admits(blueprint, query.generator):
                continue
            if await self._code.get(blueprint.code_hash) is not None:
                offered[blueprint.variant_key] = blueprint
        return list(offered.values())

    async def blueprint(self, app_id: str, blueprint_id: str) -> Blueprint | None:
        """See :meth:`ggui_core.seams.RegistryTier.blueprint`."""
        declared = await self._declared.blueprint(app_id, blueprint_id)
        return declared or await self._store.by_id(app_id, blueprint_id)

    async def component(self, blueprint: Blueprint) -> Component | None:
        """See :meth:`ggui_core.seams.RegistryTier.component`."""
        declared = await self._declared.blueprint(blueprint.app_id, blueprint.id)
        if declared is not None:
            return component_of(declared)
        if await self._code.get(blueprint.code_hash) is None:
            return None
        return component_of(blueprint)


class AppLocalIndex:
    """Keeps what renders made; the :class:`~ggui_core.seams.BlueprintIndex` of this plugin."""

    def __init__(
        self,
        store: BlueprintStore,
        code: CodeStore,
        declared: DeclaredBlueprints,
        clock: Clock,
        capacity: int,
    ) -> None:
        self._store = store
        self._code = code
        self._declared = declared
        self._clock = clock
        self._capacity = capacity

    async def record(self, registration: Registration) -> Blueprint:
        """See :meth:`ggui_core.seams.BlueprintIndex.record`."""
        fresh = self._blueprint(registration)
        for declared in await self._declared.group(fresh.app_id, fresh.contract_hash):
            if declared.variant_key == fresh.variant_key:
                return declared
        kept = await self._store.add(fresh, capacity=self._capacity)
        if kept.id != fresh.id and await self._code.get(kept.code_hash) is None:
            # Its code fell out of the code store: it could never be shown again, and would keep others away.
            revived = await self._store.recode(kept, fresh.code_hash, fresh.authored, fresh.source)
            kept = revived or kept
        return kept

    async def used(self, blueprint: Blueprint, times: int = 1) -> None:
        """See :meth:`ggui_core.seams.BlueprintIndex.used`."""
        try:
            await self._store.hit(blueprint.app_id, blueprint.id, self._now_ms(), times)
        except Exception:
            log.exception("blueprint_hit_not_counted", blueprint=blueprint.id)

    def _blueprint(self, registration: Registration) -> Blueprint:
        component = registration.component
        return Blueprint(
            id=new_blueprint_id(),
            app_id=registration.app_id,
            contract=registration.contract,
            contract_hash=registration.contract_hash,
            variance=registration.variance,
            variant_key=registration.variant_key,
            source=registration.source,
            code_hash=component.code_hash,
            created_at_ms=self._now_ms(),
            created_by="agent",
            authored=component.source or None,
            intent=registration.intent,
        )

    def _now_ms(self) -> int:
        return int(self._clock.now() * 1000)
