"""The ops tools that look after apps (spec 02 section 9.2)."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints, model_validator

from ggui_apps.default_app import DefaultApp
from ggui_apps.errors import app_not_found, default_app_delete_blocked
from ggui_apps.palette import half_a_theme
from ggui_apps.settings import AppsSettings
from ggui_core.bus import AppDeleted
from ggui_core.clock import iso
from ggui_core.errors import ToolError
from ggui_core.mcp import Tool, ToolContext
from ggui_core.mcp.tools import NoArguments
from ggui_core.mcp.wire import Id, Input, Json, Output, Whole
from ggui_core.protocol.theme import AppTheme
from ggui_core.setup import Setup
from ggui_core.stores import App, AppChanges, AppLimitReached, AppStore, ThemeStore
from ggui_core.themes import ThemePresets

Name = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]+$"
    ),
]
"""A name without control characters: it stands in lists and terminals."""

UNNAMED: Final = "Untitled app"
MAX_PROMPT: Final = 10_000
_MAX_RATE: Final = 1_000_000


class CreateAppInput(Input):
    """What ``ggui_ops_create_app`` is called with."""

    display_name: Name | None = None


class AppInput(Input):
    """What names one app."""

    app_id: Id


class UpdateAppInput(AppInput):
    """What ``ggui_ops_update_app`` is called with."""

    display_name: Name | None = None
    system_prompt: Annotated[str, Field(max_length=MAX_PROMPT, description="Empty clears it.")] | None = None
    rate_limit_per_minute: (
        Annotated[Whole, Field(ge=0, le=_MAX_RATE, description="Calls of agents; 0 clears it.")] | None
    ) = None

    @model_validator(mode="after")
    def _says_something(self) -> UpdateAppInput:
        if self.display_name is None and self.system_prompt is None and self.rate_limit_per_minute is None:
            raise ValueError("name at least one of displayName, systemPrompt, rateLimitPerMinute")
        return self


class SetThemeInput(AppInput):
    """What ``ggui_ops_set_app_theme`` is called with."""

    theme: AppTheme


class AppRow(Output):
    """An app as an operator sees it. Times are ISO 8601."""

    app_id: str
    display_name: str
    system_prompt: str | None = None
    created_at: str
    updated_at: str


class CreatedApp(AppRow):
    """A new app, and where agents reach it."""

    connect_url: str | None = None


class Apps(Output):
    """What ``ggui_ops_list_apps`` answers."""

    apps: list[AppRow]


class ThemedApp(Output):
    """What ``ggui_ops_set_app_theme`` answers."""

    app_id: str
    theme: Json
    updated_at: str
    warning: str | None = None


class Chosen(Output):
    """What ``ggui_ops_set_default_app`` answers."""

    default_app_id: str


class Deleted(Output):
    """What ``ggui_ops_delete_app`` answers, whatever was there."""

    deleted: Literal[True] = True


@dataclass(frozen=True, slots=True)
class AppTools:
    """Looks after the apps of whoever calls; those of others are not there."""

    setup: Setup
    default: DefaultApp
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One choice or removal at a time, so that no default is deleted."""

    def declared(self) -> Sequence[Tool[Any, Any]]:
        """The tools as they are listed."""
        return (
            Tool(
                "ggui_ops_list_apps", "The apps you own, oldest first.", NoArguments, Apps, self.list,
                title="List apps", audience="ops", read_only=True,
            ),
            Tool(
                "ggui_ops_create_app",
                "Make an app: a tenant with sessions and an address (connectUrl) of its own.",
                CreateAppInput, CreatedApp, self.create, title="Create app", audience="ops",
            ),
            Tool(
                "ggui_ops_update_app", "Rename an app, or set what generators are told and its rate limit.",
                UpdateAppInput, AppRow, self.update, title="Update app", audience="ops", idempotent=True,
            ),
            Tool(
                "ggui_ops_set_app_theme", "Set the theme of an app, in place of the one it has.",
                SetThemeInput, ThemedApp, self.set_theme, title="Set app theme", audience="ops", idempotent=True,
            ),
            Tool(
                "ggui_ops_set_default_app",
                "Let paired devices and keys without an app of their own work in this app on /mcp from now on. "
                "Sessions of the app before stay there.",
                AppInput, Chosen, self.set_default, title="Set default app", audience="ops", idempotent=True,
                allowed_for=frozenset({"builder"}),
            ),
            Tool(
                "ggui_ops_delete_app", "Delete an app and revoke the keys that open nothing else.",
                AppInput, Deleted, self.delete, title="Delete app", audience="ops", destructive=True, idempotent=True,
            ),
        )  # fmt: skip

    async def list(self, _: NoArguments, calling: ToolContext) -> Apps:
        """``ggui_ops_list_apps``."""
        return Apps(apps=[AppRow(**_row(app)) for app in await self._store.list(calling.principal.owner)])

    async def create(self, given: CreateAppInput, calling: ToolContext) -> CreatedApp:
        """``ggui_ops_create_app``.

        Raises:
            ToolError: ``app_limit_reached``.
        """
        settings, now = self.setup.settings(AppsSettings), self._now()
        app = App(
            f"app-{secrets.token_hex(8)}", calling.principal.owner, given.display_name or UNNAMED, now, now
        )
        try:
            kept = await self._store.add(app, at_most=settings.apps_per_owner)
        except AppLimitReached as full:
            raise ToolError(full.message, code=full.code, hint=full.hint) from None
        if not kept:
            raise ToolError("The new app's id was taken.", code="internal_error", retryable=True)
        await self._audit("app.created", calling, app, displayName=app.display_name)
        url = f"{self.setup.base_url}{settings.path_prefix}/{app.app_id}"
        return CreatedApp(**_row(app), connect_url=url)

    async def update(self, given: UpdateAppInput, calling: ToolContext) -> AppRow:
        """``ggui_ops_update_app``.

        Raises:
            ToolError: ``app_not_found``.
        """
        changes: AppChanges = {"updated_at": self._now()}
        if given.display_name is not None:
            changes["display_name"] = given.display_name
        if given.system_prompt is not None:
            changes["system_prompt"] = given.system_prompt or None
        if given.rate_limit_per_minute is not None:
            changes["rate_limit_per_minute"] = given.rate_limit_per_minute or None
        app = await self._changed(given.app_id, changes, calling)
        limit = {} if app.rate_limit_per_minute is None else {"perMinute": str(app.rate_limit_per_minute)}
        fields = ",".join(sorted(set(changes) - {"updated_at"}))
        await self._audit("app.updated", calling, app, fields=fields, **limit)
        return AppRow(**_row(app))

    async def set_theme(self, given: SetThemeInput, calling: ToolContext) -> ThemedApp:
        """``ggui_ops_set_app_theme``.

        Raises:
            ToolError: ``app_not_found``.
        """
        theme = given.theme.model_dump(mode="json", by_alias=True, exclude_none=True)
        app = await self._changed(given.app_id, {"updated_at": self._now(), "theme": theme}, calling)
        await self._audit("app.theme.set", calling, app, variables=str(len(given.theme.css_variables)))
        return ThemedApp(
            app_id=app.app_id,
            theme=theme,
            updated_at=iso(app.updated_at / 1000),
            warning=half_a_theme(given.theme, await self._registered(app.app_id)),
        )

    async def set_default(self, given: AppInput, calling: ToolContext) -> Chosen:
        """``ggui_ops_set_default_app``.

        Raises:
            ToolError: ``app_not_found``.
        """
        async with self._turn:
            app = await self._store.get(given.app_id, calling.principal.owner)
            if app is None:
                raise app_not_found(given.app_id)
            await self.default.choose(app.app_id)
        await self._audit("app.default.chosen", calling, app)
        return Chosen(default_app_id=app.app_id)

    async def delete(self, given: AppInput, calling: ToolContext) -> Deleted:
        """``ggui_ops_delete_app``: answers the same for an app that is gone, was never there or is not yours.

        Raises:
            ToolError: ``default_app_delete_blocked``.
        """
        owner = calling.principal.owner
        async with self._turn:
            app = await self._store.get(given.app_id, owner)
            if app is None:
                return Deleted()
            if self.default.protects(app.app_id):
                raise default_app_delete_blocked(app.app_id)
            removed = await self._store.remove(app.app_id, owner)
        if removed:
            await self.setup.bus.publish(AppDeleted(app.app_id))
            await self._audit("app.deleted", calling, app)
        return Deleted()

    async def _registered(self, app_id: str) -> frozenset[str]:
        """The document hashes of the server's own themes and of those that were registered for an app."""
        own = (entry.theme for entry in await self.setup.get(ThemeStore).list(app_id))
        return frozenset(theme.document_hash for theme in (*self.setup.get(ThemePresets).all, *own))

    async def _changed(self, app_id: str, changes: AppChanges, calling: ToolContext) -> App:
        app = await self._store.change(app_id, calling.principal.owner, changes)
        if app is None:
            raise app_not_found(app_id)
        return app

    async def _audit(self, action: str, calling: ToolContext, app: App, **details: str) -> None:
        actor = calling.principal.credential_id
        await self.setup.audit.record(action, actor=actor, appId=app.app_id, **details)

    def _now(self) -> int:
        return int(self.setup.clock.now() * 1000)

    @property
    def _store(self) -> AppStore:
        return self.setup.get(AppStore)


def _row(app: App) -> dict[str, Any]:
    return {
        "app_id": app.app_id,
        "display_name": app.display_name,
        "system_prompt": app.system_prompt,
        "created_at": iso(app.created_at / 1000),
        "updated_at": iso(app.updated_at / 1000),
    }
