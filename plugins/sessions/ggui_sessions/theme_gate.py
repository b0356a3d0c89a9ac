"""May a render wear the theme it names? (spec 02 section 6.2, gate 3)."""

from __future__ import annotations

from ggui_core.catalog import suggestion
from ggui_core.seams import ThemeCatalog
from ggui_sessions.errors import misused

UNKNOWN_THEME = "CTR_RENDER_UNKNOWN_THEME_ID"


async def check_theme(catalog: ThemeCatalog, app_id: str, theme_id: str | None) -> None:
    """Refuse a theme that the app does not have. A server that knows no themes at all takes every name.

    Raises:
        ToolError: ``CTR_RENDER_UNKNOWN_THEME_ID``; nothing is spent.
    """
    if theme_id is None or await catalog.theme(app_id, theme_id) is not None:
        return
    known = [theme.id for theme in await catalog.themes(app_id)]
    if known:
        remedy = suggestion(theme_id, known, "ggui_list_themes names those there are")
        raise misused(
            "ggui_render", UNKNOWN_THEME, "themeId", f"this app has no theme '{theme_id[:64]}'; {remedy}"
        )
