"""What an operator can set about apps."""

from __future__ import annotations

from pydantic import Field

from ggui_core.config import Section
from ggui_core.mcp.apps import DEFAULT_PREFIX
from ggui_core.stores.apps import PER_OWNER


class AppsSettings(Section):
    """``ggui.json#plugins.settings.apps``."""

    path_prefix: str = Field(
        DEFAULT_PREFIX, description="where the MCP paths of apps start, such as /apps: no trailing slash"
    )
    apps_per_owner: int = Field(PER_OWNER, ge=1, description="apps that one owner may have, at least 1")
