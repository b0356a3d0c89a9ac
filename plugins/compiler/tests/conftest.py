"""What the tests of the compiler share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from ggui_compiler.compiler import EsbuildCompiler

from .esbuild import running


@pytest_asyncio.fixture
async def compiler() -> AsyncIterator[EsbuildCompiler]:
    async with running() as started:
        yield started
