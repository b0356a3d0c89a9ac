"""The kits of the seams that meet here: our service, and the stand-ins that the other tests rely on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from hashlib import sha256

import pytest

from ggui_core.protocol.session import Component, Session
from ggui_core.seams import SessionService, ShellBuilder, SliceContributor, UiGenerator
from ggui_core.stores import CodeStore
from ggui_core.testing import (
    SessionServiceContract,
    ShellBuilderContract,
    SliceContributorContract,
    UiGeneratorContract,
)
from ggui_core.testing.session_kit import a_session
from ggui_core.testing.session_service_contract import CONTRACT, PROPS

from .serving import Agent, serving
from .stand_ins import Shells, Slices, Writer


class TestSessions(SessionServiceContract):
    @asynccontextmanager
    async def serving(self) -> AsyncIterator[tuple[SessionService, Session]]:
        async with serving() as agent:
            session_id = await agent.card(CONTRACT, PROPS)
            yield agent.server.setup.get(SessionService), await agent.stored(session_id)


class TestWriter(UiGeneratorContract):
    @asynccontextmanager
    async def running(self) -> AsyncIterator[UiGenerator]:
        yield Writer()


class TestShells(ShellBuilderContract):
    async def make(self) -> ShellBuilder:
        return Shells()


CODE = "export default () => null;\n"


class TestSlices(SliceContributorContract):
    @pytest.fixture(autouse=True)
    async def _agent(self) -> AsyncIterator[Agent]:
        async with serving() as self.agent:
            await self.agent.server.setup.get(CodeStore).put(CODE)
            yield self.agent

    async def make(self) -> SliceContributor:
        return Slices(self.agent.server.setup)

    async def session(self) -> Session:
        address = sha256(CODE.encode()).hexdigest()
        return replace(a_session(), component=Component(address, CODE, "writer"))
