"""URIs of one card among several of a session: ``ui://ggui/render/{id}#2`` (spec 01 section 11)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Final

from ggui_core.protocol.session import HorizonPassed, Session
from ggui_core.stores import SessionStore
from ggui_sessions.presentation import ROOT

_PINNED: Final = re.compile(r"(.+?)(?:#|%23)(0|[1-9][0-9]*)", re.DOTALL)
_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Location:
    """What a URI names: a session, and the epoch of a card; ``None`` for the newest."""

    session_id: str
    epoch: int | None = None


def locate(uri: str) -> Location:
    """Read ``ui://ggui/render/{sessionId}[/{key}][#N]``; the pin may stand at the end of either segment."""
    segments = uri.removeprefix(f"{ROOT}/").split("/")
    epoch: int | None = None
    plain: list[str] = []
    for segment in segments:
        pinned = _PINNED.fullmatch(segment)
        if pinned is None:
            plain.append(segment)
        else:
            plain.append(pinned[1])
            epoch = int(pinned[2])
    return Location(plain[0], epoch)


async def at_epoch(store: SessionStore, session: Session, epoch: int) -> Session | None:
    """The session as its card of that epoch last showed it; None when the ledger does not say."""
    if epoch == session.epoch:
        return session
    if epoch > session.epoch:
        return None
    props: dict[str, Any] | None = None
    since = 0
    while True:
        page = await store.events(session.id, since, _PAGE)
        if isinstance(page, HorizonPassed):
            return None
        for event in page.events:
            if event.type in ("ui.created", "ui.updated") and event.data.get("epoch") == epoch:
                props = event.data.get("props", props)
        if not page.has_more:
            break
        since = page.events[-1].seq
    return None if props is None else replace(session, props=props, epoch=epoch)
