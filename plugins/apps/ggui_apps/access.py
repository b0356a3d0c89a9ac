"""Who may work in which app, and how often an app may be called."""

from __future__ import annotations

from ggui_core.auth import AppIdentity, Principal, UserIdentity
from ggui_core.limits import Window
from ggui_core.stores import AppStore

MINUTE_S = 60


class AppAccess:
    """The policies of per-app paths (spec 02 sections 1.1 and 13.1)."""

    def __init__(self, store: AppStore) -> None:
        self._store = store

    async def authorise(self, app_id: str, principal: Principal) -> bool:
        """Whether a caller may work in an app: it is there, and the caller's.

        The credential of one app opens that app and no other, whatever else its owner has.
        """
        identity = principal.identity
        if isinstance(identity, AppIdentity):
            return identity.app_id == app_id and await self._store.read(app_id) is not None
        if isinstance(identity, UserIdentity) and identity.app_id == app_id:
            return await self._store.read(app_id) is not None
        return await self._store.get(app_id, principal.owner) is not None

    async def rate(self, app_id: str) -> Window | None:
        """The limit that was set for an app, if any."""
        app = await self._store.read(app_id)
        if app is None or app.rate_limit_per_minute is None:
            return None
        return Window(app.rate_limit_per_minute, MINUTE_S)
