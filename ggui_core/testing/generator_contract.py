"""Contract kit of generators."""

from __future__ import annotations

import asyncio
import copy
import re
from abc import ABC, abstractmethod
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from ggui_core.protocol.digests import contract_hash
from ggui_core.seams import GenerationRequest, UiGenerator
from ggui_core.testing.waiting import PATIENCE_S

CONTRACT: Final[dict[str, Any]] = {
    "propsSpec": {
        "properties": {
            "title": {"schema": {"type": "string"}, "required": True},
            "berths": {
                "schema": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"id": {"type": "string"}, "free": {"type": "boolean"}},
                        "required": ["id"],
                    },
                }
            },
        }
    },
    "actionSpec": {
        "book": {
            "label": "Book",
            "schema": {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]},
        }
    },
    "contextSpec": {"filter": {"schema": {"type": "string"}, "default": ""}},
    "streamSpec": {"wind": {"schema": {"type": "number"}, "mode": "replace"}},
}
"""One contract with all four kinds of data."""

_DEFAULT_EXPORT: Final = re.compile(r"\bexport\s*(default\b|\{[^}]*\bas\s+default\b)")


class UiGeneratorContract(ABC):
    """Kit for :class:`~ggui_core.seams.UiGenerator`.

    A generator that needs something behind it, such as a compiler or the server of a model, starts a real or a
    scripted one in :meth:`running`.
    """

    @abstractmethod
    def running(self) -> AbstractAsyncContextManager[UiGenerator]:
        """A generator that offers for :meth:`request`, until the block ends."""

    def request(self, **changes: Any) -> GenerationRequest:
        """What it is asked for."""
        given: dict[str, Any] = {
            "session_id": "s-1",
            "app_id": "app-1",
            "intent": "Book a berth – été",
            "contract": CONTRACT,
            "contract_hash": contract_hash(CONTRACT),
            "props": {"title": "Berths", "berths": [{"id": "b1", "free": True}]},
        }
        return GenerationRequest(**(given | changes))

    async def test_its_name_is_a_slug_that_agents_can_write(self) -> None:
        async with self.running() as generator:
            assert re.fullmatch(r"[A-Za-z0-9_:.-]{1,120}", generator.name)

    async def test_it_offers_the_same_whenever_it_is_asked(self) -> None:
        async with self.running() as generator:
            assert [generator.offers(self.request()) for _ in range(3)] == [True] * 3

    async def test_it_returns_a_module_with_a_component_and_says_who_wrote_it(self) -> None:
        async with self.running() as generator:
            generated = await generator.generate(self.request(), _silent)
            assert generated.generator == generator.name
        assert generated.source.strip()
        assert _DEFAULT_EXPORT.search(generated.code), "a view imports the default export"

    async def test_a_contract_of_nothing_has_a_component_too(self) -> None:
        request = self.request(contract={}, contract_hash=contract_hash({}), props={})
        async with self.running() as generator:
            if generator.offers(request):
                assert (await generator.generate(request, _silent)).code.strip()

    async def test_what_it_is_given_is_not_changed(self) -> None:
        request = self.request(contract=copy.deepcopy(CONTRACT), variance={"persona": "harbour master"})
        before = copy.deepcopy(request)
        async with self.running() as generator:
            await generator.generate(request, _silent)
        assert request == before

    async def test_two_at_once_get_one_component_each(self) -> None:
        other = {"propsSpec": {"properties": {"tide": {"schema": {"type": "number"}}}}}
        requests = (
            self.request(),
            self.request(contract=other, contract_hash=contract_hash(other), props={}),
        )
        async with self.running() as generator:
            both = await asyncio.gather(*(generator.generate(request, _silent) for request in requests))
        assert both[0].source != both[1].source

    async def test_it_ends_when_nobody_waits_for_it_any_more(self) -> None:
        async with self.running() as generator:
            writing = asyncio.ensure_future(generator.generate(self.request(), _silent))
            await asyncio.sleep(0)
            writing.cancel()
            done, _ = await asyncio.wait({writing}, timeout=PATIENCE_S)
            assert done, "a cancelled generation has to end"
            assert (await generator.generate(self.request(), _silent)).code, (
                "and the next one is not affected"
            )


async def _silent(progress: float, total: float | None, message: str | None, /) -> None:
    """Nobody asked for progress."""
