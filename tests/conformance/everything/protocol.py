"""The declared tools of the plugin once more, for the audience of ``/protocol``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from everything import plugin
from ggui_core import hookimpl
from ggui_core.mcp import Tool
from ggui_core.setup import Setup

PLUGIN_API = 1
PLUGIN_NAME = "everything-protocol"


@hookimpl
def ggui_mcp_tools(setup: Setup) -> Sequence[Tool[Any, Any]]:
    return [replace(tool, audience="protocol") for tool in plugin.ggui_mcp_tools(setup)]
