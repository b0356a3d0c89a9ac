"""The hooks of ``protocol``: tools for authors of blueprints, at ``/protocol``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ggui_core import hookimpl

if TYPE_CHECKING:
    from ggui_core.mcp import Tool
    from ggui_core.setup import Setup

PLUGIN_API = 1


@hookimpl
def ggui_mcp_tools(setup: Setup) -> Sequence[Tool[Any, Any]]:
    from ggui_core.seams import Compiler, ComponentCatalog
    from ggui_protocol.tools import ProtocolTools

    return ProtocolTools(setup.find(Compiler), setup.find(ComponentCatalog)).declare()
