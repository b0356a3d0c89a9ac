"""What the server says a component may import: taken from the runtime, not kept by hand."""

from __future__ import annotations

import runpy
import shutil
from pathlib import Path
from typing import Any

import pytest

from ggui_core.errors import BootError
from ggui_core.seams import ComponentCatalog
from ggui_core.testing import Booted, ComponentCatalogContract
from ggui_renderer.catalog import BuiltCatalog

WEB = Path(__file__).resolve().parent.parent / "web"


class TestBuiltCatalog(ComponentCatalogContract):
    @pytest.fixture(autouse=True)
    def _server(self, server: Booted) -> None:
        self.server = server

    async def make(self) -> ComponentCatalog:
        return self.server.setup.get(ComponentCatalog)


@pytest.fixture(scope="module")
def reader() -> dict[str, Any]:
    return runpy.run_path(str(WEB / "catalog.py"))


@pytest.fixture(scope="module")
def esbuild() -> Path:
    found: Path = runpy.run_path(str(WEB / "bundle.py"))["esbuild_binary"](WEB)
    return found


def test_the_names_are_those_of_the_runtimes_table(
    reader: dict[str, Any], esbuild: Path, tmp_path: Path
) -> None:
    now = reader["asked_of_table"](WEB, esbuild, tmp_path)["names"]
    assert {name: sorted(found) for name, found in BuiltCatalog.load().modules.items()} == now


def test_a_signature_names_the_props_and_brings_their_types() -> None:
    catalog = BuiltCatalog.load()
    declared = {entry.name: entry.declaration for entry in catalog.declarations}
    assert declared["Row"] == 'function Row(props: Omit<StackProps, "direction">): ReactNode;'
    assert declared["useStream"] == (
        "function useStream<T = unknown>(channel: string): { latest: T | null; all: T[]; isComplete: boolean };"
    )
    types = "\n".join(catalog.types)
    assert 'variant?: "primary" | "secondary" | "outline" | "ghost" | "danger";' in types
    assert "readonly violations?: readonly Violation[];" in types


def test_an_export_without_a_comment_stops_the_build(
    reader: dict[str, Any], esbuild: Path, tmp_path: Path
) -> None:
    web = tmp_path / "web"
    shutil.copytree(WEB, web, ignore=shutil.ignore_patterns("node_modules", ".build.lock", "__pycache__"))
    (web / "node_modules").symlink_to(WEB / "node_modules")
    layout = web / "packages" / "design" / "src" / "layout.tsx"
    layout.write_text(layout.read_text().replace("/** A framed group. */\n", ""))

    with pytest.raises(RuntimeError, match="@ggui-ai/design exports Card without a comment"):
        reader["catalog"](web, esbuild, tmp_path)


def test_a_renderer_that_was_not_built_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BootError, match="install its distribution again"):
        BuiltCatalog.load(tmp_path)
