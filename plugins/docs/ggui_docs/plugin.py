"""The plugin ``docs``: the project's documentation for agents, at ``/docs``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ggui_core import hookimpl
from ggui_core.instructions import InstructionPart

if TYPE_CHECKING:
    from ggui_core.mcp import McpService
    from ggui_core.setup import Setup

PLUGIN_API = 1


@hookimpl
def ggui_mcp_services(setup: Setup) -> Sequence[McpService]:
    from ggui_docs.pages import load, pages_folder
    from ggui_docs.service import DocsService

    return [DocsService(load(pages_folder())).declare()]


@hookimpl
def ggui_instructions(setup: Setup) -> Sequence[InstructionPart]:
    return [
        InstructionPart(
            "How to operate, extend and call this server is documented by the MCP service at the path /docs "
            "of the same host, which needs no credential: search_docs finds sections, read_doc returns them.",
            rank=90,
        )
    ]
