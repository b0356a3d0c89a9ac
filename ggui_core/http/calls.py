"""One HTTP exchange while it lasts, and the registry that can end it from outside.

A call ends early for one of three reasons: the client hung up, its credential was revoked, or the server is
shutting down. Ending a call tells whoever waits in it; it never interrupts a write (ARCHITECTURE law 6).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from ggui_core.auth import Principal
from ggui_core.http.handovers import Handover as Handover
from ggui_core.http.handovers import Handovers

SHUTDOWN_S: Final = 10.0
"""What is still running when the server stops gets this long (ruling 17)."""

EndReason = Literal["disconnected", "revoked", "shutdown"]


@dataclass(slots=True, eq=False)
class Call:
    """What is known of the exchange in progress.

    Attributes:
        request_id: ``X-Request-Id`` of the client if it sent one, else a new UUID.
        remote_address: The client's address.
        principal: Who calls; ``None`` until identity was resolved and on open routes.
        body: The request body, read once by the pipeline.
        json: The body decoded, when it was declared JSON.
        ended: Set when the exchange ended early; long-polls wait for it beside what they wait for.
        end_reason: Why, once ``ended`` is set.
        notes: Facts for the request's log line, such as the tool that ran.
        handovers: What the handlers of this exchange want to know of the way their answer takes; append a
            :class:`~ggui_core.http.handovers.Handover`.
    """

    request_id: str
    remote_address: str
    principal: Principal | None = None
    body: bytes = b""
    json: Any = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    end_reason: EndReason | None = None
    notes: dict[str, Any] = field(default_factory=dict)
    handovers: Handovers = field(default_factory=Handovers)
    _listeners: list[Callable[[], None]] = field(default_factory=list)

    def end(self, reason: EndReason) -> None:
        """End the exchange; only the first reason counts."""
        if self.end_reason is None:
            self.end_reason = reason
            self.ended.set()
            for listener in self._listeners:
                listener()

    def when_ended(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` once the exchange ends early; at once when it has."""
        if self.end_reason is not None:
            listener()
        else:
            self._listeners.append(listener)

    @property
    def disconnected(self) -> bool:
        """True once the client has hung up."""
        return self.end_reason == "disconnected"


class Calls:
    """Every exchange in progress, by credential, and the tasks that outlive their exchange.

    Attributes:
        revocations: How many were announced; whoever found it changed asks again who its caller is.
    """

    def __init__(self) -> None:
        self.revocations = 0
        self._open: set[Call] = set()
        self._by_credential: defaultdict[str, dict[object, Callable[[EndReason], None]]] = defaultdict(dict)
        self._tasks: set[asyncio.Future[Any]] = set()
        self._settled = asyncio.Event()
        self.stopping = False
        """True once the server stops: what arrives on an open connection now is not taken up any more."""

    def __len__(self) -> int:
        return len(self._open)

    @property
    def tasks(self) -> int:
        """How many handler tasks are running."""
        return len(self._tasks)

    def opened(self, call: Call) -> None:
        """Register a call that has just arrived."""
        self._open.add(call)
        call.handovers.own = self.own

    def identified(self, call: Call) -> None:
        """Its principal is known: revoking the credential ends the call from now on."""
        if call.principal is not None:
            self.watch(call.principal.credential_id, call, call.end)

    def closed(self, call: Call) -> None:
        """Forget a call whose response was written or abandoned."""
        self._open.discard(call)
        self._settled.set()
        if call.principal is not None:
            self.unwatch(call.principal.credential_id, call)

    def watch(self, credential_id: str, key: object, end: Callable[[EndReason], None]) -> None:
        """Call ``end`` when ``credential_id`` is revoked or the server shuts down."""
        self._by_credential[credential_id][key] = end

    def unwatch(self, credential_id: str, key: object) -> None:
        """Stop watching."""
        watchers = self._by_credential.get(credential_id)
        if watchers is not None:
            watchers.pop(key, None)
            if not watchers:
                del self._by_credential[credential_id]

    def watching(self, credential_id: str, kind: type) -> int:
        """How many things of class ``kind`` this credential holds open."""
        return sum(isinstance(key, kind) for key in self._by_credential.get(credential_id, ()))

    def credentials(self) -> tuple[str, ...]:
        """Every credential that holds something open."""
        return tuple(self._by_credential)

    def revoke(self, credential_id: str) -> None:
        """End everything that this credential holds open."""
        self.revocations += 1
        for end in tuple(self._by_credential.get(credential_id, {}).values()):
            end("revoked")

    def shut_down(self) -> None:
        """End everything: parked long-polls answer at once with what they have."""
        self.stopping = True
        for watchers in tuple(self._by_credential.values()):
            for end in tuple(watchers.values()):
                end("shutdown")
        for call in tuple(self._open):
            call.end("shutdown")

    def own(self, task: asyncio.Future[Any]) -> None:
        """Keep a handler's task until it is done, although its exchange may be gone."""
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Future[Any]) -> None:
        self._tasks.discard(task)
        self._settled.set()

    async def drain(self, timeout_s: float) -> int:
        """Wait for the calls and tasks that are left, then cancel the tasks that are not done.

        Returns how many were not done in time; closing the connections cancels calls without a task.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while self._open or self._tasks:
                    self._settled.clear()
                    await self._settled.wait()
        late, calls = tuple(self._tasks), len(self._open)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=1.0)
        return max(len(late), calls)
