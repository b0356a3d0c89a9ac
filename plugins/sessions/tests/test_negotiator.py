"""The stand-in negotiator keeps the contract that real ones are held against."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ggui_core.seams import Negotiator
from ggui_core.testing import NegotiatorContract

from .stand_ins import Mender

BERTHS = {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "string"}}}}


class TestMender(NegotiatorContract):
    @asynccontextmanager
    async def running(self) -> AsyncIterator[Negotiator]:
        title = {"schema": {"type": "string"}, "required": True}
        yield Mender({"propsSpec": {"properties": {"title": title, "berths": {"schema": BERTHS}}}})
