"""What the tests of the live channel share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ggui_core.testing import FakeClock

from .serving import LiveServer, serving


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def live(clock: FakeClock) -> AsyncIterator[LiveServer]:
    async with serving(clock=clock) as server:
        yield server
