"""The tables of the kernel's stores. Alembic compares the newest migration with them; statements are written by hand.

Times are whole milliseconds since the epoch. What is JSON stands in a column as text (:mod:`ggui_sql.values`).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

PREFIX = "ggui_"
"""What the names of our tables start with; strangers' tables have prefixes of their own."""

metadata = MetaData()


class Stored(SQLModel):
    """A row of one of our tables."""

    metadata = metadata


def _text(*, null: bool = False, index: bool = False) -> Column[str]:
    return Column(Text, nullable=null, index=index)


def _number(default: int | None = None, *, null: bool = False, index: bool = False) -> Column[int]:
    given = None if default is None else str(default)
    return Column(BigInteger, nullable=null, index=index, server_default=given)


_ORDERED = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that is compared byte by byte, as Python compares it."""


def _of_session() -> Column[str]:
    owner = ForeignKey("ggui_session.id", ondelete="CASCADE")
    return Column(_ORDERED, owner, primary_key=True, nullable=False)


def _ordinal() -> Column[int]:
    number = BigInteger().with_variant(Integer, "sqlite")
    return Column(number, primary_key=True, autoincrement=True)


class Document(Stored, table=True):
    """A JSON value that many rows share, by the SHA-256 of its text: contracts, props schemas, sources."""

    __tablename__ = "ggui_document"

    digest: str = Field(sa_column=Column(Text, primary_key=True))
    body: str = Field(sa_column=_text())
    used_at_ms: int = Field(sa_column=_number(index=True))


class HandshakeRow(Stored, table=True):
    """A negotiated contract that waits for its render."""

    __tablename__ = "ggui_handshake"

    app_id: str = Field(sa_column=Column(Text, primary_key=True))
    handshake_id: str = Field(sa_column=Column(Text, primary_key=True))
    user_id: str | None = Field(sa_column=_text(null=True))
    body: str = Field(sa_column=_text())
    contract: str = Field(sa_column=_text(index=True))
    props_schema: str = Field(sa_column=_text(index=True))
    expires_at_ms: int = Field(sa_column=_number(index=True))


class SessionRow(Stored, table=True):
    """A session with the counters of what it owns.

    ``contract``, ``props_schema`` and ``source`` are digests of documents. ``pipe_*``, ``ledger_*``, ``ring_*`` and
    ``own_*`` count what is kept, so that no limit is found by counting rows.
    """

    __tablename__ = "ggui_session"
    __table_args__ = (
        Index("ix_ggui_session_app", "app_id", "created_at_ms", "id"),
        Index("ix_ggui_session_host", "app_id", "host_name", "host_session_id", "created_at_ms", "id"),
    )

    id: str = Field(sa_column=Column(_ORDERED, primary_key=True))
    app_id: str = Field(sa_column=_text())
    user_id: str | None = Field(sa_column=_text(null=True))
    short_code: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    intent: str = Field(sa_column=_text())
    contract: str = Field(sa_column=_text(index=True))
    contract_hash: str = Field(sa_column=_text())
    variant_key: str = Field(sa_column=_text())
    variance: str = Field(sa_column=_text())
    props: str = Field(sa_column=_text())
    props_schema: str = Field(sa_column=_text(index=True))
    props_schema_hash: str = Field(sa_column=_text())
    props_schema_profile: str = Field(sa_column=_text())
    created_at_ms: int = Field(sa_column=_number())
    last_activity_at_ms: int = Field(sa_column=_number())
    expires_at_ms: int = Field(sa_column=_number(index=True))
    code_hash: str | None = Field(sa_column=_text(null=True))
    source: str | None = Field(sa_column=_text(null=True, index=True))
    generator: str | None = Field(sa_column=_text(null=True))
    model: str | None = Field(sa_column=_text(null=True))
    failure_code: str | None = Field(sa_column=_text(null=True))
    failure_message: str | None = Field(sa_column=_text(null=True))
    kind: str | None = Field(sa_column=_text(null=True))
    blueprint_id: str = Field(sa_column=_text())
    host_name: str | None = Field(sa_column=_text(null=True))
    host_session_id: str | None = Field(sa_column=_text(null=True))
    host_context: str | None = Field(sa_column=_text(null=True))
    context_snapshot: str | None = Field(sa_column=_text(null=True))
    theme_id: str | None = Field(sa_column=_text(null=True))
    delivery: str | None = Field(sa_column=_text(null=True))
    epoch: int = Field(sa_column=_number(0))
    revision: int = Field(sa_column=_number(0))
    event_sequence: int = Field(sa_column=_number(0))
    ledger_horizon: int = Field(sa_column=_number(0))
    ledger_bytes: int = Field(sa_column=_number(0))
    pipe_places: int = Field(sa_column=_number(0))
    pipe_count: int = Field(sa_column=_number(0))
    pipe_bytes: int = Field(sa_column=_number(0))
    stream_seq: int = Field(sa_column=_number(0))
    stream_evicted: int = Field(sa_column=_number(0))
    ring_count: int = Field(sa_column=_number(0))
    ring_bytes: int = Field(sa_column=_number(0))
    own_count: int = Field(sa_column=_number(0))
    own_bytes: int = Field(sa_column=_number(0))
    polled_until_ms: int = Field(sa_column=_number(0))
    polled_count: int = Field(sa_column=_number(0))
    polled_bytes: int = Field(sa_column=_number(0))


class GestureRow(Stored, table=True):
    """A gesture on a pipe, and after it was read the memory of its action id.

    ``state`` is 0 while it is queued, 1 while it is leased and 2 when it was read; ``body`` is empty then.
    """

    __tablename__ = "ggui_gesture"
    __table_args__ = (
        UniqueConstraint("session_id", "action_key", name="uq_ggui_gesture_action"),
        Index("ix_ggui_gesture_state", "session_id", "state", "place"),
        Index("ix_ggui_gesture_lease", "lease_id"),
    )

    session_id: str = Field(sa_column=_of_session())
    place: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    action_key: str = Field(sa_column=_text())
    state: int = Field(sa_column=_number(0))
    lease_id: str | None = Field(sa_column=_text(null=True))
    leased_at_ms: int | None = Field(sa_column=_number(null=True))
    returned: int = Field(sa_column=_number(0))
    size: int = Field(sa_column=_number())
    body: str | None = Field(sa_column=_text(null=True))


class EventRow(Stored, table=True):
    """An event of a session's ledger."""

    __tablename__ = "ggui_event"

    session_id: str = Field(sa_column=_of_session())
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    type: str = Field(sa_column=_text())
    at_ms: int = Field(sa_column=_number())
    data: str = Field(sa_column=_text())
    size: int = Field(sa_column=_number())


class EmissionRow(Stored, table=True):
    """A stream delivery that late subscribers get. ``ring`` is 0 for the one that a ``latest`` channel keeps.

    Ring 3 is for who polls: what is in it is replayed to nobody else.
    """

    __tablename__ = "ggui_emission"
    __table_args__ = (Index("ix_ggui_emission_channel", "session_id", "ring", "channel"),)

    session_id: str = Field(sa_column=_of_session())
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    channel: str = Field(sa_column=_text())
    mode: str = Field(sa_column=_text())
    payload: str = Field(sa_column=_text())
    complete: int = Field(sa_column=_number())
    ring: int = Field(sa_column=_number())
    size: int = Field(sa_column=_number())


class IdentityRow(Stored, table=True):
    """What stays of a session that was removed."""

    __tablename__ = "ggui_identity"
    __table_args__ = (Index("ix_ggui_identity_app", "app_id", "ordinal"),)

    ordinal: int | None = Field(default=None, sa_column=_ordinal())
    id: str = Field(sa_column=Column(_ORDERED, nullable=False, unique=True))
    app_id: str = Field(sa_column=_text())
    user_id: str | None = Field(sa_column=_text(null=True))
    body: str = Field(sa_column=_text())


class BlueprintRow(Stored, table=True):
    """A component that is kept to be shown again. Flags are 0 or 1."""

    __tablename__ = "ggui_blueprint"
    __table_args__ = (
        Index("ix_ggui_blueprint_group", "app_id", "contract_hash", "variant_key"),
        Index("ix_ggui_blueprint_app", "app_id", "created_at_ms"),
    )

    id: str = Field(sa_column=Column(_ORDERED, primary_key=True))
    app_id: str = Field(sa_column=_text())
    contract: str = Field(sa_column=_text())
    contract_hash: str = Field(sa_column=_text())
    variance: str = Field(sa_column=_text())
    variant_key: str = Field(sa_column=_text())
    source: str = Field(sa_column=_text())
    code_hash: str = Field(sa_column=_text())
    created_at_ms: int = Field(sa_column=_number())
    created_by: str = Field(sa_column=_text())
    authored: str | None = Field(sa_column=_text(null=True))
    intent: str = Field(sa_column=_text())
    name: str | None = Field(sa_column=_text(null=True))
    description: str | None = Field(sa_column=_text(null=True))
    validator_score: float | None = Field(sa_column=Column(Double, nullable=True))
    is_operator_default: int = Field(sa_column=_number())
    is_installed: int = Field(sa_column=_number())
    is_featured: int = Field(sa_column=_number())
    is_yanked: int = Field(sa_column=_number())
    hits: int = Field(sa_column=_number())
    last_hit_at_ms: int | None = Field(sa_column=_number(null=True))


class AppRow(Stored, table=True):
    """A tenant that somebody owns."""

    __tablename__ = "ggui_app"
    __table_args__ = (Index("ix_ggui_app_owner", "owner", "ordinal"),)

    ordinal: int | None = Field(default=None, sa_column=_ordinal())
    app_id: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    owner: str = Field(sa_column=_text())
    display_name: str = Field(sa_column=_text())
    created_at: int = Field(sa_column=_number())
    updated_at: int = Field(sa_column=_number())
    system_prompt: str | None = Field(sa_column=_text(null=True))
    rate_limit_per_minute: int | None = Field(sa_column=_number(null=True))
    theme: str | None = Field(sa_column=_text(null=True))


class ThemeRow(Stored, table=True):
    """A theme that an operator registered for an app."""

    __tablename__ = "ggui_theme"
    __table_args__ = (UniqueConstraint("app_id", "theme_id", name="uq_ggui_theme_id"),)

    ordinal: int | None = Field(default=None, sa_column=_ordinal())
    app_id: str = Field(sa_column=_text())
    theme_id: str = Field(sa_column=_text())
    body: str = Field(sa_column=_text())
    registered_at: int = Field(sa_column=_number())
    updated_at: int = Field(sa_column=_number())


class PairingRow(Stored, table=True):
    """A bearer and the device it was given to. Ids that were taken over from a file need not be ``pair-N``."""

    __tablename__ = "ggui_pairing"

    ordinal: int | None = Field(default=None, sa_column=_ordinal())
    pairing_id: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    device_name: str = Field(sa_column=_text())
    token_sha256: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    prefix: str = Field(sa_column=_text())
    created_at_ms: int = Field(sa_column=_number())
    last_used_at_ms: int | None = Field(sa_column=_number(null=True))
    last_remote_address: str | None = Field(sa_column=_text(null=True))
    app_id: str | None = Field(sa_column=_text(null=True))
    expires_at_ms: int | None = Field(sa_column=_number(null=True, index=True))


class CounterRow(Stored, table=True):
    """The highest number that was given out under a name; it never becomes lower."""

    __tablename__ = "ggui_counter"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    value: int = Field(sa_column=_number())


class PairingSourceRow(Stored, table=True):
    """A file of pairings that was taken over, by its digest: it counts once."""

    __tablename__ = "ggui_pairing_source"

    source: str = Field(sa_column=Column(Text, primary_key=True))
    taken_over_at_ms: int = Field(sa_column=_number())


class CodeRow(Stored, table=True):
    """A compiled module under the SHA-256 of its bytes."""

    __tablename__ = "ggui_code"

    address: str = Field(sa_column=Column(Text, primary_key=True))
    module: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class KeyValueRow(Stored, table=True):
    """A small value with a lifetime; a counter is a value of digits."""

    __tablename__ = "ggui_key_value"

    key: str = Field(sa_column=Column(Text, primary_key=True))
    value: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    expires_at_ms: int | None = Field(sa_column=_number(null=True, index=True))


class AuditRow(Stored, table=True):
    """A privileged action."""

    __tablename__ = "ggui_audit"

    ordinal: int | None = Field(default=None, sa_column=_ordinal())
    action: str = Field(sa_column=_text())
    at_ms: int = Field(sa_column=_number(index=True))
    actor: str | None = Field(sa_column=_text(null=True))
    details: str = Field(sa_column=_text())


class LockRow(Stored, table=True):
    """A name whose holder is alone with what it stands for, until its transaction ends."""

    __tablename__ = "ggui_lock"

    name: str = Field(sa_column=Column(Text, primary_key=True))
