"""The themes that plugins bring (``ggui_themes``), as a catalog."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from pydantic import ValidationError

from ggui_core.errors import BootError
from ggui_core.protocol.theme import Theme

THEME_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
"""Words in lower case with hyphens between them."""

MAX_THEME_ID: Final = 64


def is_theme_id(text: str) -> bool:
    """Whether a text can name a theme."""
    return len(text) <= MAX_THEME_ID and THEME_ID.fullmatch(text) is not None


class ThemePresets:
    """Every theme of the plugins, the same for all apps: the kernel's :class:`~ggui_core.seams.ThemeCatalog`.

    Plugins get it with ``setup.get(ThemePresets)``; it is filled while booting.
    """

    def __init__(self) -> None:
        self._themes: dict[str, Theme] = {}

    def bind(self, offered: Sequence[tuple[str, Theme]]) -> None:
        """What the plugins returned, each with the plugin's name; the kernel says so once.

        Raises:
            BootError: an id is malformed or taken, or a variable breaks the rules of spec 01 section 13.
        """
        owners: dict[str, str] = {}
        problems = []
        for plugin, theme in offered:
            first = owners.setdefault(theme.id, plugin)
            if theme.id in self._themes:
                problems.append(
                    f"the theme {theme.id!r} is offered by plugin {first!r} and by plugin {plugin!r}; "
                    "disable one of them"
                )
                continue
            problems += [f"plugin {plugin!r}: theme {theme.id!r}: {fault}" for fault in _faults(theme)]
            self._themes[theme.id] = theme
        if problems:
            raise BootError(*problems)

    @property
    def all(self) -> tuple[Theme, ...]:
        """In the order of plugins."""
        return tuple(self._themes.values())

    def preset(self, theme_id: str) -> Theme | None:
        """One of them by its id."""
        return self._themes.get(theme_id)

    async def themes(self, app_id: str) -> Sequence[Theme]:
        """See :class:`~ggui_core.seams.ThemeCatalog`."""
        return self.all

    async def theme(self, app_id: str, theme_id: str) -> Theme | None:
        """See :class:`~ggui_core.seams.ThemeCatalog`."""
        return self.preset(theme_id)


def _faults(theme: Theme) -> list[str]:
    faults = []
    if not is_theme_id(theme.id):
        faults.append(f"an id is made of a-z, 0-9 and inner hyphens, {MAX_THEME_ID} characters at most")
    if not 1 <= len(theme.name) <= MAX_THEME_ID:
        faults.append(f"a name has 1 to {MAX_THEME_ID} characters")
    try:
        theme.base  # noqa: B018  # validates
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        faults.append(f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}")
    return faults
