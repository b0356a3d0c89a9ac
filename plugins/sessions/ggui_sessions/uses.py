"""How often stored components were shown, told to the index that keeps them (spec 06 section 2.3).

The first use is told at once. Those that follow are told together, once a second: a component that is shown a thousand
times a second is not written a thousand times. Counting is best effort and costs no render its answer.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final

import structlog

from ggui_core.clock import Clock, within
from ggui_core.http.calls import Calls, EndReason
from ggui_core.protocol.blueprint import Blueprint
from ggui_core.seams import BlueprintIndex

log = structlog.get_logger("ggui.sessions")

EVERY_S: Final = 1.0
PATIENCE_S: Final = 3.0
"""How long an index may take over one of them."""


@dataclass(slots=True, eq=False)
class Uses:
    """Counts them.

    Attributes:
        calls: Says when the server stops: what is counted by then is told first.
    """

    index: BlueprintIndex | None
    calls: Calls
    clock: Clock
    _counted: dict[tuple[str, str], tuple[Blueprint, int]] = field(default_factory=dict)
    _telling: bool = False

    def add(self, blueprint: Blueprint) -> None:
        """One more."""
        if self.index is None:
            return
        key = blueprint.app_id, blueprint.id
        self._counted[key] = blueprint, self._counted.get(key, (blueprint, 0))[1] + 1
        if not self._telling:
            self._telling = True
            self.calls.own(asyncio.create_task(self._tell(self.index), name="sessions:uses"))

    async def _tell(self, index: BlueprintIndex) -> None:
        """Tell what was counted, once a second, until a second passes without any."""
        stopping = asyncio.Event()

        def stop(_: EndReason) -> None:
            stopping.set()

        self.calls.watch(_NOBODY, self, stop)
        try:
            while self._counted:
                counted, self._counted = self._counted, {}
                for blueprint, times in counted.values():
                    await self._told(index, blueprint, times)
                if not (stopping.is_set() or self.calls.stopping):
                    await self._rest(stopping)
        finally:
            self.calls.unwatch(_NOBODY, self)
            self._telling = False

    async def _told(self, index: BlueprintIndex, blueprint: Blueprint, times: int) -> None:
        try:
            await within(self.clock, PATIENCE_S, index.used(blueprint, times))
        except Exception:
            log.exception("cache_hit_not_counted", blueprint=blueprint.id)

    async def _rest(self, stopping: asyncio.Event) -> None:
        try:
            await within(self.clock, EVERY_S, stopping.wait())
        except TimeoutError:
            return


_NOBODY: Final = "sessions:uses"
"""Stands where the registry of calls wants a credential: this one cannot be revoked."""
