"""The hooks of ``compiler``: one esbuild process for everybody who has TSX."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from ggui_core import hookimpl

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from pydantic import BaseModel

    from ggui_core.checks import Check
    from ggui_core.setup import Runtime, Setup

PLUGIN_API = 1


@hookimpl
def ggui_settings() -> type[BaseModel]:
    from ggui_compiler.settings import CompilerSettings

    return CompilerSettings


@hookimpl
def ggui_provide(setup: Setup) -> None:
    from ggui_compiler.compiler import EsbuildCompiler
    from ggui_compiler.settings import CompilerSettings
    from ggui_core.seams import Compiler

    compiler = EsbuildCompiler(setup.settings(CompilerSettings))
    setup.provide(Compiler, compiler)
    setup.provide(EsbuildCompiler, compiler)


@hookimpl
def ggui_checks(setup: Setup) -> Sequence[Check]:
    from ggui_compiler.compiler import EsbuildCompiler
    from ggui_core.checks import Check

    return (Check("compiler", setup.get(EsbuildCompiler).works),)


@hookimpl
def ggui_lifespan(runtime: Runtime) -> AbstractAsyncContextManager[object]:
    return _lifespan(runtime)


@asynccontextmanager
async def _lifespan(runtime: Runtime) -> AsyncIterator[None]:
    from ggui_compiler.compiler import EsbuildCompiler

    try:
        yield
    finally:
        await runtime.get(EsbuildCompiler).close()
