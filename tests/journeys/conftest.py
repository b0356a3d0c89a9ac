"""Fixtures of the journeys."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser

from ggui_core.testing.chromium import chromium


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The system's Chromium, one for all journeys; a visible skip where there is none."""
    async with chromium() as running:
        yield running
