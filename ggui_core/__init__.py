"""The kernel of ggui: plugins, configuration, HTTP, MCP and authentication.

The kernel knows no feature. Everything a user sees comes from plugins that are discovered through the
``ggui.plugins`` entry-point group; :mod:`ggui_core.hookspecs` is the table of contents of what they can do.
"""

from importlib.metadata import version

import pluggy

__version__ = version("ggui-core")

hookimpl = pluggy.HookimplMarker("ggui")
"""Marks a function of a plugin module as the implementation of a hook."""

SERVER_NAME = "ggui-mcp-server"
"""What this server calls itself on the wire (spec 02 section 2, spec 03 section 8)."""

__all__ = ["SERVER_NAME", "__version__", "hookimpl"]
