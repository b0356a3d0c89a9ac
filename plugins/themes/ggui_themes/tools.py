"""The tools: agents see the themes of their app, operators register themes for theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from ggui_core.auth import UserIdentity
from ggui_core.errors import ToolError
from ggui_core.mcp import Tool, ToolContext
from ggui_core.mcp.wire import Id, Input, Json, Output
from ggui_core.offloading import weighed
from ggui_core.protocol.theme import MAX_VARIABLES, Mode, Theme, document_hash
from ggui_core.seams import ThemeCatalog
from ggui_core.setup import Setup
from ggui_core.stores import AppStore, RegisteredTheme, ThemeLimitReached, ThemeStore
from ggui_core.themes import MAX_THEME_ID, is_theme_id
from ggui_themes.catalog import AppThemes
from ggui_themes.contrast import MINIMUM, illegible
from ggui_themes.documents import BadDocument, Document, read_document
from ggui_themes.errors import (
    app_access_denied,
    app_not_found,
    theme_coverage,
    theme_document,
    theme_identity,
)
from ggui_themes.ladder import coverage, over
from ggui_themes.presets import DEFAULT, preset
from ggui_themes.settings import ThemesSettings

MIN_ID: Final = 3


class ListThemesInput(Input):
    """What ``ggui_list_themes`` is called with."""

    app_id: Id | None = None


class ListedTheme(Output):
    """A theme as an agent chooses it."""

    id: str
    name: str
    description: str
    modes: list[Mode]


class ListedThemes(Output):
    """What ``ggui_list_themes`` answers."""

    themes: list[ListedTheme]


class Documents(Input):
    """Design tokens of both modes."""

    light: Json
    dark: Json


class RegisterInput(Input):
    """What ``ggui_ops_register_theme`` is called with."""

    app_id: Id
    theme_id: Annotated[str, Field(description="3 to 64 of a-z, 0-9 and inner hyphens.")]
    registration: Annotated[Documents, Field(description="Two design token documents (DTCG).")]


class CoverageOutput(Output):
    """How the documents cover the vocabulary: variables lent by the default theme, and those no view knows."""

    inherit_matched: list[str]
    excluded: list[str]


class Registered(Output):
    """What ``ggui_ops_register_theme`` answers."""

    theme_id: str
    document_hash: str
    updated: bool
    coverage: CoverageOutput
    warning: str | None = None


class AppInput(Input):
    """What names one app."""

    app_id: Id


class ThemeRow(Output):
    """A registered theme. Times are milliseconds."""

    theme_id: str
    document_hash: str
    registered_at: int
    updated_at: int


class ThemeRows(Output):
    """What ``ggui_ops_list_themes`` answers, oldest first."""

    themes: list[ThemeRow]


class ThemeInput(AppInput):
    """What names one theme of an app."""

    theme_id: Id


class Deleted(Output):
    """What ``ggui_ops_delete_theme`` answers: whether there was one."""

    theme_id: str
    deleted: bool


@dataclass(frozen=True, slots=True)
class ThemeTools:
    """Lists, registers and deletes themes."""

    setup: Setup
    catalog: AppThemes

    def declared(self) -> Sequence[Tool[Any, Any]]:
        """The tools as they are listed."""
        return (
            Tool(
                "ggui_list_themes", "The themes that `themeId` of ggui_render may name.", ListThemesInput,
                ListedThemes, self.list_offered, title="List themes", read_only=True,
            ),
            Tool(
                "ggui_ops_register_theme",
                "Register a theme for an app, or replace it. Both documents need every colour token.",
                RegisterInput, Registered, self.register, title="Register theme", audience="ops", idempotent=True,
            ),
            Tool(
                "ggui_ops_list_themes", "The themes registered for an app, oldest first.", AppInput, ThemeRows,
                self.list_registered, title="List registered themes", audience="ops", read_only=True,
            ),
            Tool(
                "ggui_ops_delete_theme", "Delete a theme of an app. Cards that wear it fall back to the default.",
                ThemeInput, Deleted, self.delete, title="Delete theme", audience="ops", destructive=True,
                idempotent=True,
            ),
        )  # fmt: skip

    async def list_offered(self, given: ListThemesInput, calling: ToolContext) -> ListedThemes:
        """``ggui_list_themes`` (spec 02 section 6.10).

        Raises:
            ToolError: ``app_access_denied``.
        """
        if given.app_id is not None and given.app_id != calling.app_id:
            raise app_access_denied()
        found = await self.setup.get(ThemeCatalog).themes(calling.app_id)
        return ListedThemes(
            themes=[
                ListedTheme(id=one.id, name=one.name, description=one.description, modes=list(one.modes))
                for one in found
            ]
        )

    async def register(self, given: RegisterInput, calling: ToolContext) -> Registered:
        """``ggui_ops_register_theme``.

        Raises:
            ToolError: ``app_not_found``, ``theme_identity``, ``theme_document``, ``theme_coverage`` or
                ``theme_quota``, asked in this order.
        """
        await self._owned(given.app_id, calling)
        self._check_id(given.theme_id)
        light, dark = await weighed(len(calling.call.body), _read, given.registration)
        covered = coverage(light, dark, preset(DEFAULT))
        if covered.missing:
            raise theme_coverage(covered.missing)
        theme = _complete(given.theme_id, light, dark)
        now = int(self.setup.clock.now() * 1000)
        entry = RegisteredTheme(given.app_id, theme, now, now)
        before = await self._store.get(given.app_id, theme.id)
        try:
            await self._store.put(entry, at_most=self.setup.settings(ThemesSettings).themes_per_app)
        except ThemeLimitReached as full:
            raise ToolError(full.message, code=full.code, hint=full.hint) from None
        await self._audit("theme.registered", calling, given.app_id, theme.id)
        return Registered(
            theme_id=theme.id,
            document_hash=theme.document_hash,
            updated=before is not None,
            coverage=CoverageOutput(inherit_matched=list(covered.inherited), excluded=list(covered.excluded)),
            warning=_legibility(theme),
        )

    async def list_registered(self, given: AppInput, calling: ToolContext) -> ThemeRows:
        """``ggui_ops_list_themes``.

        Raises:
            ToolError: ``app_not_found``.
        """
        await self._owned(given.app_id, calling)
        return ThemeRows(
            themes=[
                ThemeRow(
                    theme_id=entry.theme.id,
                    document_hash=entry.theme.document_hash,
                    registered_at=entry.registered_at,
                    updated_at=entry.updated_at,
                )
                for entry in await self._store.list(given.app_id)
            ]
        )

    async def delete(self, given: ThemeInput, calling: ToolContext) -> Deleted:
        """``ggui_ops_delete_theme``.

        Raises:
            ToolError: ``app_not_found``.
        """
        await self._owned(given.app_id, calling)
        deleted = await self._store.remove(given.app_id, given.theme_id)
        if deleted:
            await self._audit("theme.deleted", calling, given.app_id, given.theme_id)
        return Deleted(theme_id=given.theme_id, deleted=deleted)

    async def _owned(self, app_id: str, calling: ToolContext) -> None:
        """Let go on only whoever may look after the app: its owner, or the credential of the app itself.

        An end user works in an app and does not own it for that.
        """
        if app_id == calling.app_id and not isinstance(calling.principal.identity, UserIdentity):
            return
        if await self.setup.get(AppStore).get(app_id, calling.principal.owner) is None:
            raise app_not_found(app_id)

    def _check_id(self, theme_id: str) -> None:
        if len(theme_id) < MIN_ID or not is_theme_id(theme_id):
            raise theme_identity(
                f"{theme_id[:MAX_THEME_ID]!r} is no id of a theme.",
                f"Write {MIN_ID} to {MAX_THEME_ID} characters a-z and 0-9, with single hyphens between words.",
            )
        if self.catalog.of_server(theme_id) is not None:
            raise theme_identity(f"{theme_id!r} is a theme of this server.", "Choose another id.")

    async def _audit(self, action: str, calling: ToolContext, app_id: str, theme_id: str) -> None:
        actor = calling.principal.credential_id
        await self.setup.audit.record(action, actor=actor, appId=app_id, themeId=theme_id)

    @property
    def _store(self) -> ThemeStore:
        return self.setup.get(ThemeStore)


def _read(given: Documents) -> tuple[Document, Document]:
    read: list[Document] = []
    faults: list[str] = []
    sides: tuple[tuple[Literal["light", "dark"], dict[str, Any]], ...] = (
        ("light", given.light),
        ("dark", given.dark),
    )
    for mode, raw in sides:
        try:
            read.append(read_document(raw))
        except BadDocument as bad:
            faults += [
                f"{mode}.{fault}" if fault.path else f"{mode}: {fault.message}" for fault in bad.faults
            ]
    if faults:
        raise theme_document(faults)
    light, dark = read
    return light, dark


def _complete(theme_id: str, light: Document, dark: Document) -> Theme:
    default = preset(DEFAULT)
    ladders = over(light.variables, default.light), over(dark.variables, default.dark)
    assert all(len(ladder) <= MAX_VARIABLES for ladder in ladders), "the vocabulary is smaller than the limit"
    name = light.name or dark.name or theme_id
    description = light.description or dark.description
    return Theme(theme_id, name, description, *ladders, document_hash=document_hash(*ladders))


def _legibility(theme: Theme) -> str | None:
    hard = [
        f"{mode}: {pair}"
        for mode, ladder in (("light", theme.light), ("dark", theme.dark))
        for pair in illegible(ladder)
    ]
    if not hard:
        return None
    return f"Hard to read, below a contrast of {MINIMUM}: {'; '.join(hard)}."
