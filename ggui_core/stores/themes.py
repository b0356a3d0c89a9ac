"""Themes that operators registered for an app (spec 02 section 9.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from ggui_core.errors import GguiError
from ggui_core.protocol.theme import Theme

PER_APP: Final = 50
"""Themes of one app that a store keeps unless an operator says otherwise."""


class ThemeLimitReached(GguiError):
    """The app has as many themes as one may have."""

    code = "theme_quota"

    def __init__(self, at_most: int) -> None:
        super().__init__(
            f"The app has {at_most} themes already, as many as one may have.",
            hint="Delete one that is no longer used with ggui_ops_delete_theme.",
        )


@dataclass(frozen=True, slots=True)
class RegisteredTheme:
    """A theme of one app.

    Attributes:
        registered_at, updated_at: Milliseconds since the epoch.
    """

    app_id: str
    theme: Theme
    registered_at: int
    updated_at: int


class ThemeStore(Protocol):
    """Keeps the themes of apps. Whose an app is has been settled before it is asked."""

    async def put(self, entry: RegisteredTheme, *, at_most: int = PER_APP) -> RegisteredTheme:
        """Keep a theme in place of the one that the app has under its id; return what is kept now.

        A theme that was there keeps its ``registered_at``. Both looking and writing are one step.

        Raises:
            ThemeLimitReached: it would be a new one, and the app has ``at_most`` of them.
        """
        ...

    async def get(self, app_id: str, theme_id: str) -> RegisteredTheme | None:
        """A theme of an app."""
        ...

    async def list(self, app_id: str) -> Sequence[RegisteredTheme]:
        """The themes of an app, oldest first."""
        ...

    async def remove(self, app_id: str, theme_id: str) -> bool:
        """Forget a theme of an app; whether it was there."""
        ...

    async def forget(self, app_id: str) -> None:
        """Forget every theme of an app."""
        ...


class MemoryThemeStore:
    """Keeps themes in this process."""

    def __init__(self) -> None:
        self._apps: dict[str, dict[str, RegisteredTheme]] = {}

    async def put(self, entry: RegisteredTheme, *, at_most: int = PER_APP) -> RegisteredTheme:
        themes = self._apps.get(entry.app_id, {})
        before = themes.get(entry.theme.id)
        if before is None and len(themes) >= at_most:
            raise ThemeLimitReached(at_most)
        kept = entry if before is None else replace(entry, registered_at=before.registered_at)
        self._apps.setdefault(entry.app_id, themes)[entry.theme.id] = kept
        return kept

    async def get(self, app_id: str, theme_id: str) -> RegisteredTheme | None:
        return self._apps.get(app_id, {}).get(theme_id)

    async def list(self, app_id: str) -> Sequence[RegisteredTheme]:
        return list(self._apps.get(app_id, {}).values())

    async def remove(self, app_id: str, theme_id: str) -> bool:
        themes = self._apps.get(app_id, {})
        if themes.pop(theme_id, None) is None:
            return False
        if not themes:
            del self._apps[app_id]
        return True

    async def forget(self, app_id: str) -> None:
        self._apps.pop(app_id, None)
