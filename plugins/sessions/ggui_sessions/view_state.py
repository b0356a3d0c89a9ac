"""What a frame forgets when its host discards it: what the person typed and has not sent, and where they scrolled.

Hosts throw frames away that scroll out of sight and make them anew (spec 08, quirk 7), and a sandboxed frame has no
storage of its own. So the view hands its state over, and gets it back with its next slice. No agent ever sees it: it is
what a person has not said yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson
import structlog

from ggui_core.errors import GguiError
from ggui_core.protocol.bounds import CONTEXT_VALUE_BOUNDS, Bounds, Excess, measure
from ggui_core.protocol.session import Session
from ggui_core.seams import SlicePart
from ggui_core.setup import Setup
from ggui_core.stores import KeyValueStore

log = structlog.get_logger("ggui.sessions")

STATE_BOUNDS: Final = Bounds(32_768, CONTEXT_VALUE_BOUNDS.depth, CONTEXT_VALUE_BOUNDS.containers)
"""A view that has more to keep leaves out what is longest. Deeper nesting would stand in the way of every slice that
the state is put into."""
KEPT_AFTER_END_S: Final = 3_600
"""A session that ended a moment ago may be read again, and comes back."""


class ViewStates:
    """Keeps the state of views, one of each session; the last one to hand it over counts.

    Implements :class:`~ggui_core.seams.SliceContributor`.
    """

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    @property
    def _values(self) -> KeyValueStore:
        return self._setup.get(KeyValueStore)

    async def keep(self, session: Session, state: Mapping[str, Any]) -> str | None:
        """Keep a state in place of the one before; an empty one forgets it.

        Returns:
            Why it was not kept, in one sentence; ``None`` when it was.
        """
        if not state:
            await self._values.delete(_key(session.id))
            return None
        weighed = measure(state, STATE_BOUNDS)
        if isinstance(weighed, Excess):
            return f"The state of the view is too large: {weighed.message}."
        left_s = max(0.0, session.expires_at_ms / 1000 - self._setup.clock.now())
        await self._values.set(_key(session.id), orjson.dumps(state), ttl_s=left_s + KEPT_AFTER_END_S)
        return None

    async def forget(self, session_id: str) -> None:
        """The session is removed with all it owns."""
        await self._values.delete(_key(session_id))

    async def slice_part(self, session: Session) -> SlicePart:
        """``viewState``; nothing is looked up for a card that nobody has seen."""
        if session.delivery is None or session.is_static or session.kind is not None:
            return SlicePart()
        try:
            written = await self._values.get(_key(session.id))
        except GguiError as refusal:
            log.warning("view_state_unread", session=session.id, code=refusal.code)
            return SlicePart()
        return SlicePart() if written is None else SlicePart({"viewState": orjson.loads(written)})


def _key(session_id: str) -> str:
    return f"sessions:view:{session_id}"
