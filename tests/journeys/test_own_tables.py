"""The example of a plugin with a table of its own, as docs/plugins.md shows it: on both databases, through restarts."""

from __future__ import annotations

import asyncio
import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import ggui_sql.plugin as sql
from ggui_core.errors import BootError
from ggui_core.testing import Booted, booted
from ggui_sql import schema

from .replica_databases import fresh_database

PAGE = Path(__file__).parents[2] / "docs" / "plugins.md"


@pytest.fixture
def visits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The plugin of the entry, in the files that the entry names."""
    entry = PAGE.read_text(encoding="utf-8").split("### `ggui_migrations`\n")[1].split("\n## ")[0]
    blocks = dict(re.findall(r"^```(\w+)\n(.*?)^```$", entry, re.M | re.S))
    files = dict.fromkeys(re.findall(r"`(ggui_visits/[\w/]+\.py)`", entry))
    revision, plugin = files
    package = tmp_path / "site" / "ggui_visits"
    (package / "versions").mkdir(parents=True)
    (package / "versions" / "__init__.py").touch()
    (package.parent / revision).write_text(blocks["py"])
    (package.parent / plugin).write_text(blocks["python"])
    monkeypatch.syspath_prepend(package.parent)
    yield importlib.import_module("ggui_visits.plugin")
    for name in [name for name in sys.modules if name.partition(".")[0] == "ggui_visits"]:
        del sys.modules[name]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.services)])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, Any]]:
    if request.param == "sqlite":
        yield {"driver": "sqlite", "path": str(tmp_path / "ggui.db")}
        return
    with fresh_database() as url:
        yield {"driver": "postgres", "url": url}


async def visit(server: Booted, page: str) -> int:
    async with server.client.post(f"{server.base_url}/visits/{page}") as answer:
        assert answer.status == 200, await answer.text()
        return int((await answer.json())["seen"])


async def test_what_the_example_counted_is_there_after_a_restart(
    storage: dict[str, Any], visits: ModuleType
) -> None:
    config = {"storage": {"renders": storage}}
    plugins = [sql, visits]
    if storage["driver"] == "postgres":
        with pytest.raises(BootError, match="run: ggui db upgrade"):
            async with booted(plugins, config=config):
                pass
        tables = (schema.OWN, visits.ggui_migrations())
        await asyncio.to_thread(schema.upgrade_postgres, storage["url"], tables)
    async with booted(plugins, config=config, args=["--dev-allow-all"]) as server:
        assert await visit(server, "tide") == 1
        assert sorted(await asyncio.gather(*(visit(server, "wind") for _ in range(20)))) == [*range(1, 21)]
    async with booted(plugins, config=config, args=["--dev-allow-all"]) as server:
        assert await visit(server, "tide") == 2
        async with server.client.get(f"{server.base_url}/visits") as answer:
            assert await answer.json() == {"pages": ["wind", "tide"]}


async def test_the_example_does_without_where_nothing_is_kept(visits: ModuleType) -> None:
    async with (
        booted([sql, visits], args=["--dev-allow-all", "--ephemeral"]) as server,
        server.client.post(f"{server.base_url}/visits/tide") as answer,
    ):
        assert answer.status == 404
