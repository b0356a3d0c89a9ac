"""The hooks of ``sessions``: handshake, render, interact, consume."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from ggui_core import hookimpl

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from pydantic import BaseModel

    from ggui_core.config import ConfigSection, ServeOption
    from ggui_core.instructions import InstructionPart
    from ggui_core.mcp import Resource, ResourceTemplate, Tool
    from ggui_core.setup import Runtime, Setup

PLUGIN_API = 1


@hookimpl
def ggui_settings() -> type[BaseModel]:
    from ggui_sessions.settings import SessionSettings

    return SessionSettings


@hookimpl
def ggui_config_sections() -> Sequence[ConfigSection]:
    from ggui_sessions.settings import SECTIONS

    return SECTIONS


@hookimpl
def ggui_serve_options() -> Sequence[ServeOption]:
    from ggui_sessions.settings import OPTIONS

    return OPTIONS


@hookimpl
def ggui_provide(setup: Setup) -> None:
    from ggui_sessions.assembly import Moments

    Moments.open(setup)


@hookimpl
def ggui_mcp_tools(setup: Setup) -> Sequence[Tool[Any, Any]]:
    from ggui_sessions.assembly import Moments

    return setup.get(Moments).tools()


@hookimpl
def ggui_mcp_resources(setup: Setup) -> Sequence[Resource | ResourceTemplate]:
    from ggui_sessions.assembly import Moments

    documents = setup.get(Moments).documents
    return () if documents is None else documents.offered()


@hookimpl
def ggui_instructions(setup: Setup) -> Sequence[InstructionPart]:
    from ggui_core.instructions import InstructionPart
    from ggui_sessions.instructions import GESTURES, PRIMER, WORKED_EXAMPLE

    return (
        InstructionPart(PRIMER, rank=10),
        InstructionPart(GESTURES, since="aggressive", rank=11),
        InstructionPart(WORKED_EXAMPLE, since="always", rank=12),
    )


@hookimpl
def ggui_lifespan(runtime: Runtime) -> AbstractAsyncContextManager[object]:
    return _lifespan(runtime)


@asynccontextmanager
async def _lifespan(runtime: Runtime) -> AsyncIterator[None]:
    from ggui_sessions.assembly import Moments

    async with runtime.get(Moments).running():
        yield
