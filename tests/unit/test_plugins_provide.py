"""Provenance of what plugins provide, in a booted server."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

from ggui_core.errors import BootError
from ggui_core.testing import booted

Install = Callable[..., Path]

STORE = """
from ggui_core.stores.audit import MemoryAuditStore
from ggui_core.stores.audit import AuditStore

@hookimpl
def ggui_provide(setup):
    setup.provide(AuditStore, MemoryAuditStore())
"""
ADAPTER = """
from ggui_core.auth import DevAllowAll

@hookimpl
def ggui_auth_adapters(setup):
    return [DevAllowAll()]
"""


class Nowhere(Protocol):
    """A seam that nobody provides."""


def imported(path: Path) -> object:
    return importlib.import_module(f"{path.parent.name}.plugin")


async def test_what_a_plugin_provides_carries_its_name(install: Install) -> None:
    plugin = imported(install("unit-store", STORE, provides={"AuditStore": ""}))

    async with booted([plugin]) as server:  # type: ignore[list-item]
        assert server.setup.seams.providers()["AuditStore"] == ("unit-store",)
        with pytest.raises(BootError, match=r"ggui-core.* needs a Nowhere"):
            server.setup.get(Nowhere)


@pytest.mark.parametrize(("body", "protocol"), [(STORE, "AuditStore"), (ADAPTER, "AuthAdapter")])
async def test_an_undeclared_critical_seam_is_refused_with_the_lines_to_add(
    install: Install, body: str, protocol: str
) -> None:
    plugin = imported(install("unit-sly", body))

    with pytest.raises(BootError) as caught:
        async with booted([plugin]):  # type: ignore[list-item]
            pass

    (problem,) = caught.value.problems
    assert '[project.entry-points."ggui.provides"]' in problem
    assert f'{protocol} = "ggui_unit_unit_unit_sly.plugin"' in problem


async def test_two_providers_need_a_choice_and_use_makes_it(install: Install) -> None:
    plugins = [imported(install(name, STORE, provides={"AuditStore": ""})) for name in ("unit-x", "unit-y")]

    choice = re.escape('"use": {"AuditStore": "unit-x"}')
    with pytest.raises(BootError, match=choice):
        async with booted(plugins):  # type: ignore[arg-type]
            pass

    async with booted(plugins, config={"plugins": {"use": {"AuditStore": "unit-y"}}}) as server:  # type: ignore[arg-type]
        assert set(server.setup.seams.providers()["AuditStore"]) == {"unit-x", "unit-y"}
