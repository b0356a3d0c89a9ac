"""What both kinds of tier do with a blueprint."""

from __future__ import annotations

from ggui_core.protocol.blueprint import Blueprint
from ggui_core.protocol.session import Component


def admits(blueprint: Blueprint, generator: str | None) -> bool:
    """Whether it may serve a request that names a generator: its own work, and what no generator wrote."""
    source = blueprint.source
    return generator is None or source.kind != "llm" or source.generator == generator


def component_of(blueprint: Blueprint) -> Component:
    """The component that a session gets. It has no authored text where none was handed in."""
    source = blueprint.source
    return Component(
        blueprint.code_hash, blueprint.authored or "", source.generator or source.kind, source.model
    )
