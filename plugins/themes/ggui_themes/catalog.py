"""The themes that an app can wear: those of the server, and those that were registered for it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final

import structlog

from ggui_core.protocol.theme import Theme
from ggui_core.setup import Setup
from ggui_core.stores import ThemeStore
from ggui_core.themes import ThemePresets
from ggui_themes.chosen import Chosen, chosen
from ggui_themes.settings import ThemesSettings

log = structlog.get_logger("ggui.themes")

DEFAULT_THEME: Final = "app.defaultTheme"
"""The key of ``ggui.json`` that says what sessions wear whose render names nothing."""


class AppThemes:
    """The :class:`~ggui_core.seams.ThemeCatalog` of this plugin.

    The operator's allow-list (``plugins.settings.themes.offered``) narrows the server's own themes. One that was
    registered for an app is always that app's.
    """

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    async def themes(self, app_id: str) -> Sequence[Theme]:
        """What agents of the app may name, the server's own first."""
        own = [theme for theme in self._presets.all if self._is_offered(theme.id)]
        return [*own, *(entry.theme for entry in await self._store.list(app_id))]

    async def theme(self, app_id: str, theme_id: str) -> Theme | None:
        """One of them by its id."""
        theme = self._presets.preset(theme_id)
        if theme is not None:
            return theme if self._is_offered(theme_id) else None
        entry = await self._store.get(app_id, theme_id)
        return None if entry is None else entry.theme

    def of_server(self, theme_id: str) -> Theme | None:
        """A theme of the server itself, whether agents may choose it or not."""
        return self._presets.preset(theme_id)

    @cached_property
    def chosen(self) -> Chosen:
        """What ``ggui.json#theme`` puts on; first asked while the server boots, which finds every fault of it.

        Raises:
            BootError: see :func:`ggui_themes.chosen.chosen`.
        """
        return chosen(self._setup)

    async def check_default(self) -> None:
        """Say so when ``app.defaultTheme`` names a theme that is not there; it may still be registered later."""
        app_id = self._setup.default_app_id
        try:
            theme_id: str | None = self._setup.config.section(DEFAULT_THEME)
        except LookupError:
            return  # the plugin that gives sessions a default is not here
        if theme_id is not None and await self.theme(app_id, theme_id) is None:
            known = ", ".join(theme.id for theme in await self.themes(app_id))
            log.warning(
                "default_theme_unknown", theme=theme_id, hint=f"$.app.defaultTheme: write one of {known}"
            )

    def _is_offered(self, theme_id: str) -> bool:
        offered = self._setup.settings(ThemesSettings).offered
        return offered is None or theme_id in offered

    @property
    def _presets(self) -> ThemePresets:
        return self._setup.get(ThemePresets)

    @property
    def _store(self) -> ThemeStore:
        return self._setup.get(ThemeStore)
