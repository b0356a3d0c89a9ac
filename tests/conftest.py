"""Fixtures of the tests that cross plugins."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ggui_core import hookimpl

HERE = Path(__file__).parent


def load_module(name: str, path: Path) -> ModuleType:
    """Import a test-only module by its file, once."""
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def inline_plugin(name: str, **hooks: Callable[..., Any]) -> ModuleType:
    """A plugin module made of the given hook functions, named ``ggui_<hook>`` without their prefix."""
    module = ModuleType(f"inline_{name}")
    members: dict[str, object] = {"PLUGIN_API": 1, "PLUGIN_NAME": name}
    members.update({f"ggui_{hook}": hookimpl(function) for hook, function in hooks.items()})
    vars(module).update(members)
    return module


@pytest.fixture
def plugin() -> Callable[..., ModuleType]:
    """Make plugin modules out of functions: ``plugin("name", routes=lambda setup: [...])``."""
    return inline_plugin


@pytest.fixture
def probe() -> Iterator[ModuleType]:
    """The probe plugin, with nothing observed yet."""
    module = load_module("ggui_probe", HERE / "probe" / "ggui_probe.py")
    module.reset()
    yield module
    module.observed.wake.set()


@pytest.fixture
def wirebench() -> ModuleType:
    """The load client of ``tests/bench``."""
    return load_module("wirebench", HERE / "bench" / "wirebench.py")
