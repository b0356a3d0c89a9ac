"""The app in which builders work on ``/mcp``: the declared one, or another that the operator chose."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import orjson

from ggui_core.auth import BUILDERS
from ggui_core.bus import AnnouncementsMissed, DefaultAppChosen
from ggui_core.errors import BootError
from ggui_core.setup import Setup
from ggui_core.stores import App, AppStore, KeyValueStore

_CHOICE: Final = "apps:default"


class DefaultApp:
    """Keeps the choice beside the declaration it was made under.

    ``ggui.json`` says which app is the default of a server; the choice of an operator holds as long as that line
    does. So a choice outlives a restart where the key-value store does, and a changed ``app.slug`` is obeyed.
    """

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    def protects(self, app_id: str) -> bool:
        """Whether ``app_id`` must not be deleted."""
        return app_id in (self._setup.configured_app_id, self._setup.default_app_id)

    async def choose(self, app_id: str) -> None:
        """Let builders work in ``app_id`` from the next call on, in every process of this server."""
        choice = {"declared": self._setup.configured_app_id, "appId": app_id}
        await self._setup.get(KeyValueStore).set(_CHOICE, orjson.dumps(choice))
        await self._setup.bus.publish(DefaultAppChosen(app_id))

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """While open, the declared app is there and the choice is followed.

        Raises:
            BootError: the declared app's id belongs to somebody else.
        """
        setup = self._setup
        await self._declare()
        endings = [
            setup.bus.subscribe(DefaultAppChosen, lambda event: setup.choose_default_app(event.app_id)),
            setup.bus.subscribe(AnnouncementsMissed, lambda _: self._recall()),
        ]
        try:
            await self._recall()
            yield
        finally:
            for end in endings:
                end()

    async def _declare(self) -> None:
        setup, store = self._setup, self._setup.get(AppStore)
        app_id, now = setup.configured_app_id, int(setup.clock.now() * 1000)
        name = setup.config.app.name if setup.config.app is not None else "Default app"
        if await store.add(App(app_id, BUILDERS, name, now, now), at_most=sys.maxsize):
            return
        if await store.get(app_id, BUILDERS) is None:
            raise BootError(
                f"ggui.json: $.app.slug: the app {app_id!r} belongs to a user of this server; choose another slug"
            )

    async def _recall(self) -> None:
        raw = await self._setup.get(KeyValueStore).get(_CHOICE)
        choice = {} if raw is None else orjson.loads(raw)
        if choice.get("declared") != self._setup.configured_app_id:
            return
        app = await self._setup.get(AppStore).get(choice["appId"], BUILDERS)
        if app is not None:
            self._setup.choose_default_app(app.app_id)
