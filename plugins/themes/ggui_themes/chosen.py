"""``ggui.json#theme``: what the server wears unless a session says otherwise (spec 03 section 5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from ggui_core.errors import BootError
from ggui_core.protocol.theme import Mode, Theme
from ggui_core.setup import Setup
from ggui_core.themes import ThemePresets
from ggui_themes.documents import PREFIX, BadDocument
from ggui_themes.presets import IDS
from ggui_themes.settings import THEME, ThemeChoice, ThemesSettings
from ggui_themes.theme_file import id_of, read_theme_file
from ggui_themes.values import NotCss, css

log = structlog.get_logger("ggui.themes")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The configured theme; without one nothing is set.

    Attributes:
        mode: The configured mode; ``None`` follows each host.
        overrides: Variables that beat the theme's and the host's.
        label: How the banner says it.
    """

    theme_id: str | None = None
    mode: Mode | None = None
    overrides: Mapping[str, str] = field(default_factory=dict)
    label: str = "(default ggui)"


def theme_of_file(setup: Setup) -> Theme | None:
    """The theme of the file that ``ggui.json`` names, if it names one.

    Raises:
        BootError: the file is missing or no theme; one line for each fault.
    """
    choice = _choice(setup)
    if choice is None or choice.file is None:
        return None
    path = setup.root / Path(choice.file).expanduser()
    if id_of(path) in IDS:
        raise BootError(
            f"ggui.json: $.theme.file: {path} would be the theme {id_of(path)!r}, and {id_of(path)!r} is a preset; "
            "rename the file"
        )
    try:
        return read_theme_file(path).theme(id_of(path), choice.mode)
    except BadDocument as bad:
        raise BootError(
            *(
                f"ggui.json: $.theme.file: {path}: {fault}; run: ggui theme validate {path}"
                for fault in bad.faults
            )
        ) from None
    except BootError as unread:
        raise BootError(*(f"ggui.json: $.theme.file: {problem}" for problem in unread.problems)) from None


def chosen(setup: Setup) -> Chosen:
    """The configured theme, held against the themes of this server. Works once every plugin has named its own.

    Raises:
        BootError: ``theme`` or ``plugins.settings.themes.offered`` names an unknown theme, or an override is no
            value; with the key and what to write.
    """
    known = setup.get(ThemePresets)
    ids = [theme.id for theme in known.all]
    problems = [
        f"ggui.json: $.plugins.settings.themes.offered: there is no theme {theme_id!r}; "
        f"themes are {', '.join(ids)}"
        for theme_id in setup.settings(ThemesSettings).offered or ()
        if theme_id not in ids
    ]
    choice = _choice(setup)
    if choice is None:
        result = Chosen()
    elif choice.file is not None:
        path = setup.root / Path(choice.file).expanduser()
        theme_id = id_of(path)
        theme = known.preset(theme_id)
        mode = choice.mode or (theme.modes[0] if theme is not None and len(theme.modes) == 1 else None)
        result = Chosen(theme_id, mode, {}, f"{choice.file} · {mode or 'as the host'}")
    else:
        assert choice.preset is not None, "the section's validator wants one of the two"
        theme = known.preset(choice.preset)
        if theme is None:
            problems.append(
                f"ggui.json: $.theme: there is no theme {choice.preset!r}; write one of {', '.join(ids)}"
            )
        overrides = _overrides(choice.overrides, theme, problems)
        count = f" (+{len(overrides)} override{'s' if len(overrides) > 1 else ''})" if overrides else ""
        label = f"{choice.preset} · {choice.mode or 'as the host'}{count}"
        result = Chosen(choice.preset, choice.mode, overrides, label)
    if problems:
        raise BootError(*problems)
    return result


def _choice(setup: Setup) -> ThemeChoice | None:
    choice: ThemeChoice | None = setup.config.section(THEME)
    return choice


def _overrides(
    given: Mapping[str, str | float | int], theme: Theme | None, problems: list[str]
) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for path, value in given.items():
        variable = PREFIX + path.removeprefix(PREFIX).replace(".", "-")
        if theme is not None and variable not in theme.light:
            log.warning(
                "theme_override_ignored", path=path, hint="no view knows this token; check its spelling"
            )
            continue
        try:
            found[variable] = css(value, "color" if variable.startswith(f"{PREFIX}color-") else None)
        except NotCss as problem:
            problems.append(f'ggui.json: $.theme.overrides["{path}"]: {problem}; write a CSS value')
    return found
