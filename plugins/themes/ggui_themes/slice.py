"""What a session wears, as members of its slice (spec 05 section 10.1, spec 01 section 13)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from pydantic import ValidationError

from ggui_core.protocol.session import Session
from ggui_core.protocol.theme import AppTheme, Mode, Theme
from ggui_core.seams import SlicePart
from ggui_core.setup import Setup
from ggui_core.stores import AppStore
from ggui_themes.catalog import AppThemes
from ggui_themes.chosen import Chosen

log = structlog.get_logger("ggui.themes")


class ThemeSlice:
    """Adds ``themeId``, ``themeMode`` and ``theme``.

    The first of these that is there names the theme: the session (its render, else ``app.defaultTheme``),
    ``ggui.json#theme``, the name in the app's own theme. The mode comes from ``ggui.json#theme``, a theme that
    knows one mode only, the app's own theme; else it is left to the host. Nothing known, nothing sent.
    """

    def __init__(self, setup: Setup, catalog: AppThemes) -> None:
        self._setup = setup
        self._catalog = catalog

    async def slice_part(self, session: Session) -> SlicePart:
        """The theme of a session. A slice names no theme that is gone: its view wears the default then."""
        chosen, own = self._catalog.chosen, await self._own(session.tenant.app_id)
        theme = await self._theme(session, chosen, own)
        base = theme.base if theme is not None else own.base if own is not None else None
        mode = _mode(chosen, theme, own)
        overrides = chosen.overrides if theme is not None and theme.id == chosen.theme_id else {}
        variables = {**overrides, **(own.css_variables if own is not None else {})}
        fields: dict[str, Any] = {}
        if theme is not None and session.theme_id is None:
            fields["themeId"] = theme.id  # what the session itself names is in the slice already
        if mode is not None:
            fields["themeMode"] = mode
        if base is not None or variables:
            name = theme.name if theme is not None else own.name if own is not None else None
            fields["theme"] = _wire(
                AppTheme(mode=mode or "light", css_variables=variables, name=name, base=base)
            )
        return SlicePart(fields)

    async def _theme(self, session: Session, chosen: Chosen, own: AppTheme | None) -> Theme | None:
        app_id = session.tenant.app_id
        if session.theme_id is not None:
            theme = await self._catalog.theme(app_id, session.theme_id)
            if theme is not None:
                return theme
            log.warning("theme_unknown", theme=session.theme_id, session=session.id)
        if chosen.theme_id is not None:
            return self._catalog.of_server(chosen.theme_id)
        if own is not None and own.name is not None and own.base is None:
            return await self._catalog.theme(app_id, own.name)
        return None

    async def _own(self, app_id: str) -> AppTheme | None:
        """The theme that ``ggui_ops_set_app_theme`` gave the app."""
        app = await self._setup.get(AppStore).read(app_id)
        if app is None or app.theme is None:
            return None
        try:
            return AppTheme.model_validate(dict(app.theme))
        except ValidationError:
            log.warning("app_theme_malformed", app=app_id)
            return None


def _mode(chosen: Chosen, theme: Theme | None, own: AppTheme | None) -> Mode | None:
    if chosen.mode is not None:
        return chosen.mode
    if theme is not None and len(theme.modes) == 1:
        return theme.modes[0]
    return own.mode if own is not None else None


def _wire(theme: AppTheme) -> Mapping[str, Any]:
    return theme.model_dump(mode="json", by_alias=True, exclude_none=True)
