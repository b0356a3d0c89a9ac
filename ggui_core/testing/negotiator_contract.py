"""Contract kit of negotiators."""

from __future__ import annotations

import asyncio
import copy
import json
from abc import ABC, abstractmethod
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from ggui_core.protocol import gate
from ggui_core.seams import Negotiator, RepairRequest
from ggui_core.testing.waiting import PATIENCE_S

DRAFT: Final[dict[str, Any]] = {
    "propsSpec": {
        "properties": {
            "title": {"schema": {"type": "string"}, "required": True},
            "berths": {"schema": {"type": "a list of berths, each with an id"}},
        }
    }
}
"""A draft whose meaning is plain and whose form no rule mends."""


class NegotiatorContract(ABC):
    """Kit for :class:`~ggui_core.seams.Negotiator`.

    One that asks a language model starts a scripted server in :meth:`running`, which mends :data:`DRAFT`.
    """

    @abstractmethod
    def running(self) -> AbstractAsyncContextManager[Negotiator]:
        """A negotiator that can mend :meth:`request`, until the block ends."""

    def request(self, **changes: Any) -> RepairRequest:
        """What it is asked for."""
        draft = changes.pop("draft", DRAFT)
        given: dict[str, Any] = {
            "app_id": "app-1",
            "intent": "Book a berth – été",
            "draft": draft,
            "issues": gate.check(draft).issues,
        }
        return RepairRequest(**(given | changes))

    async def test_what_it_mends_passes_the_gate_and_keeps_every_prop(self) -> None:
        async with self.running() as negotiator:
            mended = await negotiator.repair(self.request())
        assert mended is not None
        contract = json.loads(json.dumps(mended))
        verdict = gate.check(contract)
        assert verdict.contract is not None, verdict.issues
        assert set(contract["propsSpec"]["properties"]) >= set(DRAFT["propsSpec"]["properties"])

    async def test_what_it_is_given_is_not_changed(self) -> None:
        request = self.request(draft=copy.deepcopy(DRAFT))
        before = copy.deepcopy(request)
        async with self.running() as negotiator:
            await negotiator.repair(request)
        assert request == before

    async def test_it_can_be_asked_for_many_drafts_at_once(self) -> None:
        async with self.running() as negotiator:
            mended = await asyncio.gather(*(negotiator.repair(self.request()) for _ in range(5)))
        assert [gate.check(json.loads(json.dumps(one))).contract is not None for one in mended] == [True] * 5

    async def test_it_ends_when_nobody_waits_for_it_any_more(self) -> None:
        async with self.running() as negotiator:
            asking = asyncio.ensure_future(negotiator.repair(self.request()))
            await asyncio.sleep(0)
            asking.cancel()
            done, _ = await asyncio.wait({asking}, timeout=PATIENCE_S)
            assert done, "a cancelled repair has to end"
            assert await negotiator.repair(self.request()) is not None, "and the next one is not affected"
