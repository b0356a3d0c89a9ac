"""What becomes of a component once it is written: its code is kept, and later requests may find it (spec 06 section 2).

A component that cannot be kept for later requests is shown all the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import structlog

from ggui_core.clock import Clock, within
from ggui_core.http.calls import Calls
from ggui_core.protocol.blueprint import Provenance
from ggui_core.protocol.session import Component
from ggui_core.seams import BlueprintIndex, Generated, GenerationRequest, Registration
from ggui_core.stores import CodeStore

log = structlog.get_logger("ggui.sessions")

T = TypeVar("T")

PATIENCE_S: Final = 3.0
"""How long a render waits until its component is registered; the registration itself goes on."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A component that was written.

    Attributes:
        blueprint_id: Under which later requests find it; empty when they do not.
        notice: What its generator wants the agent to know.
    """

    component: Component
    blueprint_id: str
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class Registrations:
    """Keeps components.

    Attributes:
        calls: Owns what must run to its end although nobody waits for it (law 6).
    """

    code: CodeStore
    index: BlueprintIndex | None
    calls: Calls
    clock: Clock

    async def keep(self, request: GenerationRequest, variant_key: str, generated: Generated) -> Kept:
        """Keep a fresh component; being cancelled ends the waiting, not the keeping."""
        return await asyncio.shield(self._begun(self._kept(request, variant_key, generated)))

    async def _kept(self, request: GenerationRequest, variant_key: str, generated: Generated) -> Kept:
        address = await self.code.put(generated.code)
        component = Component(address, generated.source, generated.generator, generated.model)
        blueprint_id = ""
        if self.index is not None:
            registration = Registration(
                app_id=request.app_id,
                intent=request.intent,
                contract=request.contract,
                contract_hash=request.contract_hash,
                variance=request.variance,
                variant_key=variant_key,
                component=component,
                source=Provenance.generated(generated.generator, generated.model),
            )
            blueprint_id = await self._registered(self.index, registration)
        return Kept(component, blueprint_id, generated.notice)

    async def _registered(self, index: BlueprintIndex, registration: Registration) -> str:
        facts = {"app": registration.app_id, "contract": registration.contract_hash}
        try:
            recording = self._begun(index.record(registration))
            return (await within(self.clock, PATIENCE_S, asyncio.shield(recording))).id
        except TimeoutError:
            log.warning("cache_write_failed", reason="slow", seconds=PATIENCE_S, **facts)
        except Exception:
            log.exception("cache_write_failed", reason="failed", **facts)
        return ""

    def _begun(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self.calls.own(task)
        task.add_done_callback(disregard)
        return task


def disregard(task: asyncio.Future[Any]) -> None:
    """Nobody may be left to whom the failure of a task matters."""
    if not task.cancelled():
        task.exception()
