"""What somebody can own on a server: a session, an open handshake, a token, a blueprint, an app, a key."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from ggui_core.protocol.session import Gesture
from ggui_core.seams import SessionService, Submitted
from ggui_core.stores import SessionStore
from ggui_core.tokens import TokenSigner
from ggui_themes.presets import document

from .identities import APP, Crowd

CONTRACT: Final[dict[str, Any]] = {
    "propsSpec": {"properties": {"title": {"schema": {"type": "string"}, "required": True}}},
    "actionSpec": {"press": {"label": "Press"}},
    "streamSpec": {"news": {"schema": {"type": "string"}, "replay": "all"}},
    "contextSpec": {"note": {"schema": {"type": "string"}, "default": ""}},
}
PROPS: Final = {"title": "A secret of its owner"}
CODE: Final = "export default function Card() { return null; }"
THEME_ID: Final = "harbour"
REGISTRATION: Final = {mode: document("ggui", mode) for mode in ("light", "dark")}
WITNESS: Final = "witness"
"""The action id of a gesture that waits on the pipe of every session made here."""


@dataclass(frozen=True, slots=True)
class Belonging:
    """One thing of one owner.

    Attributes:
        name: How calls name it: an id, or a token.
        missing: What is as long, looks alike, and names nothing.
        session_id: Of the session it is or belongs to; empty without one.
        facts: What else only its owner knows.
    """

    owner: str
    name: str
    missing: str
    session_id: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


Make = Callable[[Crowd, str], Awaitable[Belonging]]


async def handshake(crowd: Crowd, owner: str) -> Belonging:
    """A handshake that waits for its render."""
    arguments = {"intent": f"press for {owner}", "blueprintDraft": {"contract": CONTRACT}}
    agreed = await crowd.done(owner, "ggui_handshake", arguments)
    return Belonging(owner, agreed["handshakeId"], str(uuid4()))


async def session(crowd: Crowd, owner: str) -> Belonging:
    """A rendered session with one gesture on its pipe."""
    agreed = await handshake(crowd, owner)
    rendered = await crowd.done(owner, "ggui_render", {"handshakeId": agreed.name, "props": PROPS})
    session_id = rendered["sessionId"]
    kept = await crowd.server.setup.get(SessionStore).session(session_id, None)
    assert kept is not None
    # Not by the tool, which would wait for an agent to listen.
    waiting = Gesture(WITNESS, "press", None, {}, "2026-11-24T10:00:00.000Z")
    assert isinstance(await crowd.server.setup.get(SessionService).submit(kept, waiting), Submitted)
    key = rendered["resourceUri"].rpartition("/")[2]
    missing = str(uuid4())
    return Belonging(owner, session_id, missing, session_id, {"key": key, "code": kept.short_code})


async def token(crowd: Crowd, owner: str) -> Belonging:
    """The token of a session's live channel; the missing one was signed for a session that never was."""
    card = await session(crowd, owner)
    signer = crowd.server.setup.get(TokenSigner)
    signed, never = (signer.sign("ws", name, APP, 180)[0] for name in (card.name, card.missing))
    return Belonging(owner, signed, never, card.session_id, card.facts)


async def page(crowd: Crowd, owner: str) -> Belonging:
    """The short code of a session's page."""
    card = await session(crowd, owner)
    return Belonging(owner, card.facts["code"], "z" * len(card.facts["code"]), card.session_id, card.facts)


async def blueprint(crowd: Crowd, owner: str) -> Belonging:
    """A component that was registered for the app, and that one search finds."""
    name = secrets.token_hex(6)
    registered = {"contract": CONTRACT, "componentCode": CODE, "persona": name, "intent": f"find {name}"}
    kept = await crowd.done(owner, "ggui_ops_register_blueprint", registered, "/ops")
    facts = {"contract": kept["codeHash"], "query": name}
    return Belonging(owner, kept["blueprintId"], f"bp_{uuid4()}", facts=facts)


BETTER: Final[dict[str, str]] = {}
"""The blueprint that may replace the component of a session, by the session."""


async def upgradable(crowd: Crowd, owner: str) -> Belonging:
    """A session, and a blueprint of its owner for the same contract."""
    card = await session(crowd, owner)
    BETTER[card.name] = (await blueprint(crowd, owner)).name
    return card


async def new_app(crowd: Crowd, owner: str) -> Belonging:
    """An app that its owner made."""
    made = await crowd.done(owner, "ggui_ops_create_app", {"displayName": "Made to be looked for"}, "/ops")
    return Belonging(owner, made["appId"], f"app-{secrets.token_hex(8)}")


async def themed_app(crowd: Crowd, owner: str) -> Belonging:
    """An app with a theme of its own."""
    app = await new_app(crowd, owner)
    registering = {"appId": app.name, "themeId": THEME_ID, "registration": REGISTRATION}
    await crowd.done(owner, "ggui_ops_register_theme", registering, "/ops")
    return app


async def common_app(crowd: Crowd, owner: str) -> Belonging:
    """The app that the server was started with, and that devices and some users work in."""
    return Belonging(owner, APP, "z" * len(APP))


async def key(crowd: Crowd, owner: str) -> Belonging:
    """A connector key. Whoever asks for one here, a device made it: nobody else may."""
    issued = await crowd.done("phone", "ggui_ops_issue_connector_key", {"name": "made for a test"}, "/ops")
    return Belonging("phone", issued["id"], issued["id"][:-1] + "x", facts={"secret": issued["plaintextKey"]})


def gesture(session_id: str, action_id: str) -> dict[str, Any]:
    """The arguments of a gesture that the contract allows."""
    return {
        "kind": "dispatch",
        "payload": {"intent": "press", "actionData": None, "uiContext": {}},
        "sessionId": session_id,
        "appId": APP,
        "actionId": action_id,
        "firedAt": "2026-11-24T10:00:00.000Z",
    }


@dataclass(frozen=True, slots=True)
class Untouched:
    """A session as it was; asked again when somebody tried to reach it."""

    crowd: Crowd
    card: Belonging
    before: object

    @staticmethod
    async def note(crowd: Crowd, card: Belonging) -> Untouched:
        """Look at it now."""
        return Untouched(
            crowd, card, await crowd.server.setup.get(SessionStore).session(card.session_id, None)
        )

    async def check(self) -> None:
        """It is as it was, and its gesture still waits for its owner.

        Raises:
            AssertionError: it is not.
        """
        store = self.crowd.server.setup.get(SessionStore)
        assert await store.session(self.card.session_id, None) == self.before
        drained = await self.crowd.done(self.card.owner, "ggui_consume", {"sessionId": self.card.session_id})
        assert [event["actionId"] for event in drained["events"]] == [WITNESS], json.dumps(drained)
