"""What breaks on the server's side while somebody is served: an answer that stalls, a write that fails.

Nothing here replaces what is tested. It looks at the session store of a booted server from outside, and acts at two
moments that no client can hit by chance alone: when gestures were just leased, and when an answer is about to be
written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest
from aiohttp.http_writer import StreamWriter

from ggui_core import hookimpl
from ggui_core.auth import AppIdentity, AuthAdapter, AuthRequest, Principal
from ggui_core.protocol.session import Batch
from ggui_core.setup import Setup
from ggui_core.stores import SessionStore

_CALLER: ContextVar[str | None] = ContextVar("_CALLER", default=None)
"""The bearer of whoever is served in this context: one connection here has one caller."""


@dataclass(slots=True)
class Stall:
    """The next batch of one caller waits between its lease and its answer.

    Attributes:
        reached: It waits now.
        over: Set it, and it goes on.
    """

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Sabotage:
    """The hand in the works of one server.

    Attributes:
        came_back: Action ids that were leased and then released; what is handed out of them must be marked.
    """

    def __init__(self) -> None:
        self.came_back: set[str] = set()
        self._leased: dict[str, Batch] = {}
        self._stalls: dict[str, Stall] = {}
        self._writes: dict[str, Callable[[], None]] = {}

    @contextmanager
    def stalling(self, caller: str) -> Iterator[Stall]:
        """Let the next batch of ``caller`` wait, if it gets one while the block runs."""
        stall = self._stalls[caller] = Stall()
        try:
            yield stall
        finally:
            self._stalls.pop(caller, None)
            stall.over.set()

    def before_write(self, caller: str, action: Callable[[], None]) -> None:
        """Run ``action`` right before the next answer to ``caller`` is written."""
        self._writes[caller] = action

    def install(self, store: SessionStore, patch: pytest.MonkeyPatch) -> None:
        """Put the hand in: from now on leases are watched and writes announced."""
        lease, release, write_eof = store.lease, store.release, StreamWriter.write_eof

        async def watched_lease(session_id: str, lease_id: str, now_ms: int) -> Batch:
            batch = await lease(session_id, lease_id, now_ms)
            if batch.gestures:
                self._leased[lease_id] = batch
                stall = self._stalls.pop(_CALLER.get() or "", None)
                if stall is not None:
                    stall.reached.set()
                    await stall.over.wait()
            return batch

        async def watched_release(session_id: str, lease_id: str) -> None:
            self.came_back |= {gesture.action_id for gesture in self._leased.pop(lease_id).gestures}
            await release(session_id, lease_id)

        async def announced_write(writer: StreamWriter, chunk: bytes = b"") -> Any:
            action = self._writes.pop(_CALLER.get() or "", None)
            if action is not None:
                action()
            return await write_eof(writer, chunk)

        patch.setattr(store, "lease", watched_lease)
        patch.setattr(store, "release", watched_release)
        patch.setattr(StreamWriter, "write_eof", announced_write)


def callers_of(app_id: str) -> ModuleType:
    """A plugin for which every bearer is a key of ``app_id``, and which notes in whose name a connection is served."""

    class Keys:
        name = "keys-of-the-app"
        rank = 10

        async def authenticate(self, request: AuthRequest) -> Principal | None:
            _CALLER.set(request.bearer)
            if request.bearer is None:
                return None
            return Principal(AppIdentity(app_id, request.bearer), "apikey", f"apikey:{request.bearer}")

    def auth_adapters(setup: Setup) -> list[AuthAdapter]:
        return [Keys()]

    module = ModuleType("callers_of_an_app")
    members = {"PLUGIN_API": 1, "PLUGIN_NAME": "callers", "ggui_auth_adapters": hookimpl(auth_adapters)}
    vars(module).update(members)
    return module
