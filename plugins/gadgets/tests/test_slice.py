"""What a view is told of the gadgets of its contract (spec 07 section 15.4)."""

from __future__ import annotations

from pathlib import Path

import pytest

from ggui_core.protocol.session import Session
from ggui_core.seams import SliceContributor
from ggui_core.testing import SliceContributorContract
from ggui_core.testing.session_contract import a_session
from ggui_gadgets.slice import GadgetSlice

from .serving import ROW, contract, folder, part, serving


def session(**packages: list[str]) -> Session:
    return a_session(contract=contract(**packages))


class TestGadgetSlice(SliceContributorContract):
    @pytest.fixture(autouse=True)
    async def _server(self):  # type: ignore[no-untyped-def]
        async with serving([ROW]) as self.server:
            yield

    async def make(self) -> SliceContributor:
        (contributor,) = (
            one for one in self.server.setup.contributions(SliceContributor) if isinstance(one, GadgetSlice)
        )
        return contributor

    async def session(self) -> Session:
        return session(map=["Map"])


async def test_a_card_is_told_of_the_packages_that_its_contract_names_and_of_no_other(tmp_path: Path) -> None:
    async with serving([ROW], folders=[folder(tmp_path)]) as server:
        told = await part(server, session(map=["Map"], builtin=["useCamera"]))
    assert told.fields == {
        "gadgets": [
            {
                "package": "@acme/map",
                "bundleUrl": "https://registry.ggui.ai/bundles/public/@acme/map/2.3.1/bundle.js",
                "bundleSri": "sha384-AAAA",
                "styleUrl": "https://registry.ggui.ai/bundles/public/@acme/map/2.3.1/style.css",
            }
        ],
        "publicEnv": {"GGUI_PUBLIC_APP_MAP_KEY": "k-1"},
    }
    assert told.connect_domains == ("https://tiles.example",)
    assert told.resource_domains == ("https://registry.ggui.ai",)


async def test_packages_come_in_the_order_of_the_contract(tmp_path: Path) -> None:
    async with serving([ROW], folders=[folder(tmp_path)]) as server:
        told = await part(server, session(tide=["useTide"], map=["Map"]))
    assert [entry["package"] for entry in told.fields["gadgets"]] == ["@acme/tide-gauge", "@acme/map"]


async def test_a_card_without_gadgets_gets_nothing() -> None:
    async with serving([ROW]) as server:
        told = await part(server, a_session(contract={}))
        built_in = await part(server, session(builtin=["useCamera"]))
    assert (told.fields, told.connect_domains, told.resource_domains) == ({}, (), ())
    assert built_in == told


async def test_a_package_that_is_gone_is_left_out() -> None:
    async with serving() as server:
        told = await part(server, session(map=["Map"]))
    assert told.fields == {}


async def test_a_folder_has_a_style_sheet_only_where_its_build_wrote_one(tmp_path: Path) -> None:
    path = folder(tmp_path)
    async with serving(folders=[path]) as server:
        (without,) = (await part(server, session(tide=["TideGauge"]))).fields["gadgets"]
    (path / "dist" / "style.css").write_text(".tide{color:blue}")
    async with serving(folders=[path]) as server:
        told = await part(server, session(tide=["TideGauge"]))
        (styled,) = told.fields["gadgets"]
        base_url = server.base_url
    assert "styleUrl" not in without
    assert styled["styleUrl"].startswith(f"{base_url}/bundles/public/@acme/tide-gauge/1.0.0/style.css?v=")
    assert told.resource_domains == (base_url,)
