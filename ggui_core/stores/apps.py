"""The apps of this server: tenants that somebody owns (spec 02 section 9.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol, TypedDict

from ggui_core.errors import GguiError

PER_OWNER: Final = 1000
"""Apps of one owner that a store keeps unless an operator says otherwise."""


class AppLimitReached(GguiError):
    """The owner has as many apps as one may have."""

    code = "app_limit_reached"

    def __init__(self, at_most: int) -> None:
        super().__init__(
            f"There are {at_most} apps already, as many as one owner may have.",
            hint="Delete one that is no longer used with ggui_ops_delete_app.",
        )


@dataclass(frozen=True, slots=True)
class App:
    """One app.

    Attributes:
        app_id: Its name as a tenant; also the last part of its address.
        owner: Whose it is, as :attr:`ggui_core.auth.Principal.owner` says it.
        created_at, updated_at: Milliseconds since the epoch.
        system_prompt: What whoever generates interfaces for it should know.
        rate_limit_per_minute: Calls of agents in one minute, all callers together; ``None`` for no limit.
        theme: The snapshot of an :class:`~ggui_core.protocol.theme.AppTheme`, as it travels.
    """

    app_id: str
    owner: str
    display_name: str
    created_at: int
    updated_at: int
    system_prompt: str | None = None
    rate_limit_per_minute: int | None = None
    theme: Mapping[str, Any] | None = None


class AppChanges(TypedDict, total=False):
    """What :meth:`AppStore.change` sets; ``None`` clears, and what is not named stays."""

    updated_at: int
    display_name: str
    system_prompt: str | None
    rate_limit_per_minute: int | None
    theme: Mapping[str, Any] | None


class AppStore(Protocol):
    """Keeps apps. What belongs to another owner is not there, for every method that takes one (law 7)."""

    async def add(self, app: App, *, at_most: int = PER_OWNER) -> bool:
        """Keep a new app; False when its id is taken, by whomever, and nothing changed.

        Raises:
            AppLimitReached: the owner has ``at_most`` of them.
        """
        ...

    async def get(self, app_id: str, owner: str) -> App | None:
        """An app of ``owner``."""
        ...

    async def list(self, owner: str) -> Sequence[App]:
        """The apps of ``owner``, oldest first."""
        ...

    async def change(self, app_id: str, owner: str, changes: AppChanges) -> App | None:
        """Change an app of ``owner`` in one step and return it; ``None`` when it is not there."""
        ...

    async def remove(self, app_id: str, owner: str) -> bool:
        """Forget an app of ``owner``; whether it was there."""
        ...

    async def read(self, app_id: str) -> App | None:
        """An app, whosever it is. For what the server itself applies (its theme, its limits), never for a caller."""
        ...


class MemoryAppStore:
    """Keeps apps in this process."""

    def __init__(self) -> None:
        self._apps: dict[str, App] = {}
        self._owned: dict[str, dict[str, None]] = {}

    async def add(self, app: App, *, at_most: int = PER_OWNER) -> bool:
        if app.app_id in self._apps:
            return False
        if len(self._owned.get(app.owner, ())) >= at_most:
            raise AppLimitReached(at_most)
        self._apps[app.app_id] = app
        self._owned.setdefault(app.owner, {})[app.app_id] = None
        return True

    async def get(self, app_id: str, owner: str) -> App | None:
        app = self._apps.get(app_id)
        return app if app is not None and app.owner == owner else None

    async def list(self, owner: str) -> Sequence[App]:
        return [self._apps[app_id] for app_id in self._owned.get(owner, ())]

    async def change(self, app_id: str, owner: str, changes: AppChanges) -> App | None:
        app = await self.get(app_id, owner)
        if app is None:
            return None
        changed = replace(app, **changes)
        self._apps[app_id] = changed
        return changed

    async def remove(self, app_id: str, owner: str) -> bool:
        if await self.get(app_id, owner) is None:
            return False
        del self._apps[app_id]
        owned = self._owned[owner]
        del owned[app_id]
        if not owned:
            del self._owned[owner]
        return True

    async def read(self, app_id: str) -> App | None:
        return self._apps.get(app_id)
