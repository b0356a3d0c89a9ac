"""What this plugin adds to ``ai.ggui/render`` (spec 05 section 2)."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

import ggui_renderer.plugin as renderer
from ggui_core.protocol.session import Component, Session
from ggui_core.seams import SliceContributor, SlicePart
from ggui_core.stores import CodeStore
from ggui_core.testing import Booted, SliceContributorContract, booted
from ggui_renderer.built import Built
from ggui_renderer.render_slice import MAX_CODE_CHARACTERS

from .stand_in import StandInSessions, session


class TestRenderSlice(SliceContributorContract):
    @pytest.fixture(autouse=True)
    def _server(self, server: Booted, shown: Session) -> None:
        self.server, self.shown = server, shown

    async def make(self) -> SliceContributor:
        (contributor,) = self.server.setup.contributions(SliceContributor)
        return contributor

    async def session(self) -> Session:
        return self.shown


async def part(server: Booted, of: Session) -> SlicePart:
    (contributor,) = server.setup.contributions(SliceContributor)
    return await contributor.slice_part(of)


async def test_a_view_learns_where_the_runtime_is_and_gets_the_code(
    server: Booted, sessions: StandInSessions, shown: Session
) -> None:
    fields = (await part(server, shown)).fields

    assert shown.component is not None
    address = shown.component.code_hash
    assert fields == {
        "runtimeUrl": f"{server.setup.base_url}/_ggui/iframe-runtime.{Built.load().runtime.hash12}.js",
        "codeHash": address,
        "codeUrl": f"{server.setup.base_url}/code/{address}.js",
        "codeB64": base64.b64encode(sessions.code.encode()).decode(),
    }


@pytest.mark.parametrize(("beyond", "inlined"), [(0, True), (1, False)])
async def test_long_code_travels_by_its_address_alone(
    server: Booted, sessions: StandInSessions, beyond: int, inlined: bool
) -> None:
    sessions.code = "x" * (MAX_CODE_CHARACTERS // 4 * 3 + beyond)

    fields = (await part(server, await sessions.with_component(session()))).fields

    assert ("codeB64" in fields) is inlined
    assert "codeUrl" in fields


async def test_code_that_is_gone_is_not_promised(server: Booted) -> None:
    fields = (await part(server, replace(session(), component=Component("0" * 64, "", "forms")))).fields

    assert set(fields) == {"runtimeUrl"}


@pytest.mark.spec("01 22.13")
async def test_a_system_card_has_no_code(server: Booted) -> None:
    address = await server.setup.get(CodeStore).put("export default 1")
    card = replace(session(), component=Component(address, "", "forms"), kind="no-credentials")

    assert set((await part(server, card)).fields) == {"runtimeUrl"}


async def test_views_may_reach_this_server_by_both_protocols(server: Booted) -> None:
    found = await part(server, session())

    base_url = server.setup.base_url
    assert found.connect_domains == (base_url, base_url.replace("http://", "ws://"))
    assert found.resource_domains == (base_url,)


async def test_behind_a_public_address_views_use_that() -> None:
    async with booted([renderer], args=["--public-base-url", "https://ui.example/"]) as server:
        found = await part(server, session())

    assert found.fields["runtimeUrl"].startswith("https://ui.example/_ggui/iframe-runtime.")
    assert found.connect_domains == ("https://ui.example", "wss://ui.example")


async def test_the_operator_can_choose_the_mode() -> None:
    config = {"plugins": {"settings": {"renderer": {"themeMode": "dark"}}}}
    async with booted([renderer], config=config) as server:
        found = await part(server, session())

    assert found.fields["themeMode"] == "dark"
