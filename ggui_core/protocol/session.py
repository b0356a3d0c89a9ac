"""What the server knows of one rendered UI (spec 01 section 10), and who may see it (spec 02 section 10.6).

These are values: a store keeps them, handlers replace them. Times are whole milliseconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Json = Any
"""A JSON value."""

STATIC: Final = "static:"
"""What the id of a card begins with that no session stands behind; ids of sessions are UUIDs."""

LONGEST_HOST_NAME: Final = 512
"""Characters of what a host calls itself and its conversations; every session keeps both."""

DeliveryState = Literal["read", "started", "painted", "touched"]
"""How far a card got on the way to a person, in this order (spec 08)."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """In whose name something is asked for: an app, and its user where the credential names one."""

    app_id: str
    user_id: str | None = None

    def may_see(self, owner: Tenant) -> bool:
        """Whether what ``owner`` made is visible. An app's own credential sees the rows of all its users."""
        if self.app_id != owner.app_id:
            return False
        return self.user_id is None or owner.user_id is None or self.user_id == owner.user_id


@dataclass(frozen=True, slots=True)
class HostSession:
    """The conversation of the host in which a UI was rendered: a grouping key, no credential."""

    host_name: str
    host_session_id: str

    @classmethod
    def from_meta(cls, meta: Mapping[str, Any]) -> HostSession | None:
        """What ``_meta["ai.ggui/host-session"]`` says; ``None`` when it is absent, malformed or overlong."""
        said = meta.get("ai.ggui/host-session")
        if not isinstance(said, Mapping):
            return None
        name, session_id = said.get("hostName"), said.get("hostSessionId")
        if not (isinstance(name, str) and isinstance(session_id, str)):
            return None
        if not (0 < len(name) <= LONGEST_HOST_NAME and 0 < len(session_id) <= LONGEST_HOST_NAME):
            return None
        return cls(name, session_id)


@dataclass(frozen=True, slots=True)
class Component:
    """The generated component of a session.

    Attributes:
        code_hash: 64 hex digits under which the code store keeps the compiled module.
        source: The authored TSX.
        generator: Who wrote it, such as ``forms``.
        model: The language model that was used, if any.
    """

    code_hash: str
    source: str
    generator: str
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a session has no component: ``code`` is one of the closed set of spec 01 section 19.3."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class DeliveryReceipt:
    """How far a card got, as it reported itself.

    Attributes:
        at_ms: When it got there.
        rung: The way the report came: ``relay``, ``ws``, ``http`` or ``resource``.
        error: What stopped it, in the view's words.
    """

    state: DeliveryState
    at_ms: int
    rung: str
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """One rendered UI.

    Attributes:
        id: ``sessionId`` on the wire.
        short_code: 16 characters that name the viewer page; never on the agent wire.
        contract: The effective contract, as JSON.
        props_schema: The enforced schema that props are held against; persisted, never recomputed.
        revision: Grows by one with every change of the props; what a conditional update names.
        kind: Set for a system card, which has no component.
        epoch: Grows when a new card replaces this one.
        event_sequence: Sequence of the last ledger event.
        context_snapshot: The context slots as last synchronised; ``None`` before the first time.
    """

    id: str
    tenant: Tenant
    short_code: str
    intent: str
    contract: Mapping[str, Any]
    contract_hash: str
    variant_key: str
    variance: Mapping[str, Any]
    props: Mapping[str, Any]
    props_schema: Mapping[str, Any]
    props_schema_hash: str
    props_schema_profile: str
    created_at_ms: int
    last_activity_at_ms: int
    expires_at_ms: int
    component: Component | None = None
    failure: Failure | None = None
    kind: str | None = None
    blueprint_id: str = ""
    host_session: HostSession | None = None
    host_context: Mapping[str, Any] | None = None
    context_snapshot: Mapping[str, Any] | None = None
    theme_id: str | None = None
    delivery: DeliveryReceipt | None = None
    epoch: int = 0
    revision: int = 0
    event_sequence: int = 0

    @property
    def resource_uri(self) -> str:
        """The URI of its document, the same string for its whole life: hosts route by it."""
        return f"ui://ggui/render/{self.id}/{self.contract_hash}"

    @property
    def position(self) -> tuple[int, str]:
        """Where it stands in a list of sessions: when it was made, and its id where two were made at once."""
        return self.created_at_ms, self.id

    @property
    def is_static(self) -> bool:
        """Whether it only shows a blueprint: no store knows it, so nothing can be sent to it or opened with it."""
        return self.id.startswith(STATIC)

    @property
    def is_mountable(self) -> bool:
        """Whether there is something to show."""
        return self.component is not None or self.kind is not None

    def is_expired(self, now_ms: int) -> bool:
        """Whether its time to live has run out."""
        return self.expires_at_ms <= now_ms


@dataclass(frozen=True, slots=True)
class Handshake:
    """A negotiated contract that waits for its render (spec 02 section 5.2).

    Attributes:
        tenant: Who negotiated it, and may render it.
        origin: ``agent`` (the draft as sent), ``synth`` (amended) or ``cache`` (an existing blueprint).
        contract: The effective contract.
        matched: The blueprint that was matched, for ``cache``.
    """

    handshake_id: str
    tenant: Tenant
    action: str
    origin: str
    intent: str
    contract: Mapping[str, Any]
    contract_hash: str
    variance: Mapping[str, Any]
    props_schema: Mapping[str, Any]
    props_schema_hash: str
    props_schema_profile: str
    created_at_ms: int
    expires_at_ms: int
    force_create: bool = False
    generator: str | None = None
    host_session: HostSession | None = None
    matched: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Gesture:
    """One action of a person, as it lies on the pipe (spec 01 section 14.3).

    Attributes:
        action_id: Minted by the view; a repeated one is the same gesture.
        data: The payload, ``None`` for a void action.
        ui_context: The context slots at that moment.
        fired_at: ISO 8601, the clock of whoever saw it happen.
        tool: ``nextStep`` of the action, if it declares one.
    """

    action_id: str
    intent: str
    data: Json
    ui_context: Mapping[str, Any]
    fired_at: str
    tool: str | None = None

    def wire(self, session_id: str) -> dict[str, Any]:
        """The row that ``ggui_consume`` returns and that the ledger keeps."""
        row: dict[str, Any] = {
            "type": "action",
            "sessionId": session_id,
            "intent": self.intent,
            "actionData": self.data,
            "uiContext": dict(self.ui_context),
            "actionId": self.action_id,
            "firedAt": self.fired_at,
        }
        if self.tool is not None:
            row["tool"] = self.tool
        return row


@dataclass(frozen=True, slots=True)
class LedgerEvent:
    """One entry of a session's ledger (spec 01 section 11); ``timestamp`` is ISO 8601."""

    seq: int
    type: str
    timestamp: str
    data: Mapping[str, Any]

    def wire(self) -> dict[str, Any]:
        """As it travels in ``render_event`` frames and pull answers."""
        return {"seq": self.seq, "type": self.type, "timestamp": self.timestamp, "data": dict(self.data)}


@dataclass(frozen=True, slots=True)
class Emission:
    """One delivery on a stream channel (spec 01 section 14.2)."""

    channel: str
    mode: Literal["append", "replace"]
    payload: Json
    seq: int
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Backlog:
    """What a stream subscriber missed.

    Attributes:
        emissions: In ascending ``seq``.
        stream_seq: The counter when this was read: later emissions are live.
        truncated: True when older ones that were asked for are gone.
    """

    emissions: tuple[Emission, ...]
    stream_seq: int
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class EventPage:
    """A part of a ledger, ascending; ``last_sequence`` is the head of the whole ledger."""

    events: tuple[LedgerEvent, ...]
    last_sequence: int
    has_more: bool


@dataclass(frozen=True, slots=True)
class HorizonPassed:
    """The cursor points outside of what the ledger still holds (spec 01 section 11)."""

    current_sequence: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Gestures handed to one consumer, in the order they were made.

    Attributes:
        lease_id: Settles or releases them.
        redelivered: Action ids that were handed out before without a settled answer.
    """

    lease_id: str
    gestures: tuple[Gesture, ...] = ()
    redelivered: frozenset[str] = field(default_factory=frozenset)
