"""Real distributions for tests of discovery: metadata and a package on ``sys.path``, as pip would leave them."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

import pytest

PREFIX = "ggui_unit_"


class Install(Protocol):
    """Puts a plugin on ``sys.path``; ``body`` is the source of its module."""

    def __call__(
        self,
        name: str,
        body: str = "",
        *,
        distribution: str | None = None,
        provides: Mapping[str, str] | None = None,
        api: int | None = 1,
    ) -> Path: ...


@pytest.fixture
def install(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    site = tmp_path_factory.mktemp("site")
    monkeypatch.syspath_prepend(site)

    def install(
        name: str,
        body: str = "",
        *,
        distribution: str | None = None,
        provides: Mapping[str, str] | None = None,
        api: int | None = 1,
    ) -> Path:
        distribution = distribution or f"unit-{name}"
        package = PREFIX + distribution.replace("-", "_")
        module = f"{package}.plugin"
        (site / package).mkdir()
        (site / package / "__init__.py").write_text("")
        header = "from ggui_core import hookimpl\n" + (f"PLUGIN_API = {api}\n" if api is not None else "")
        (site / package / "plugin.py").write_text(header + body)
        info = site / f"{distribution.replace('-', '_')}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n")
        lines = ["[ggui.plugins]", f"{name} = {module}"]
        if provides:
            lines += ["[ggui.provides]", *(f"{key} = {value or module}" for key, value in provides.items())]
        (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
        return site / package / "plugin.py"

    yield install
    for module in [name for name in sys.modules if name.startswith(PREFIX)]:
        del sys.modules[module]


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else this environment holds, plugins are only what ``install`` installed."""
    found = importlib.metadata.entry_points

    def entry_points(**selected: str) -> importlib.metadata.EntryPoints:
        return importlib.metadata.EntryPoints(
            entry
            for entry in found(**selected)
            if not entry.group.startswith("ggui.") or entry.module.startswith(PREFIX)
        )

    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)
