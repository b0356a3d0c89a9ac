"""A compiler under test and a look at its process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import psutil

from ggui_compiler.compiler import EsbuildCompiler
from ggui_compiler.settings import CompilerSettings

COMPONENT = "export default () => <p>hello</p>;"
LARGE = "export default [" + ", ".join(f'<p key="{n}">{{{n}}}</p>' for n in range(15_000)) + "];"
"""Takes long enough to be interrupted."""

NESTED = "export default " + "[" * 250_000
"""Takes more memory than esbuild's process may have."""


@asynccontextmanager
async def running(**settings: float) -> AsyncIterator[EsbuildCompiler]:
    """The real compiler, with settings of its own."""
    compiler = EsbuildCompiler(CompilerSettings.model_validate(settings))
    try:
        yield compiler
    finally:
        await compiler.close()


async def until(condition: Callable[[], object]) -> None:
    """Wait for something that other tasks or processes bring about."""
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.002)


def is_over(process: psutil.Process) -> bool:
    """Whether a process has ended; it may vanish between two questions."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def processes() -> list[psutil.Process]:
    """The esbuild processes that this test process started."""
    found = []
    for child in psutil.Process().children():
        try:
            if child.status() != psutil.STATUS_ZOMBIE and "esbuild" in child.name():
                found.append(child)
        except psutil.NoSuchProcess:
            continue
    return found
