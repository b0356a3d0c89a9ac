"""Sessions and handshakes as rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from ggui_core.database import Row, Transaction
from ggui_core.protocol.identity import SessionIdentity
from ggui_core.protocol.session import (
    Component,
    DeliveryReceipt,
    Failure,
    Handshake,
    HostSession,
    Session,
    Tenant,
)
from ggui_sql.documents import Documents, Draft
from ggui_sql.values import (
    clean,
    clean_optional,
    dump,
    dump_optional,
    load,
    load_optional,
    original,
    original_optional,
)

COLUMNS: Final = (
    "id", "app_id", "user_id", "short_code", "intent", "contract", "contract_hash", "variant_key", "variance",
    "props", "props_schema", "props_schema_hash", "props_schema_profile", "created_at_ms", "last_activity_at_ms",
    "expires_at_ms", "code_hash", "source", "generator", "model", "failure_code", "failure_message", "kind",
    "blueprint_id", "host_name", "host_session_id", "host_context", "context_snapshot", "theme_id", "delivery",
    "epoch", "revision", "event_sequence",
)  # fmt: skip
"""The columns of ``ggui_session`` that a session is made of, in the order of :func:`session_values`."""

SELECTED: Final = ", ".join(COLUMNS)


def session_values(session: Session, shared: list[Draft]) -> tuple[Any, ...]:
    """The row of a session."""
    component, failure, host = session.component, session.failure, session.host_session
    return (
        session.id,
        clean(session.tenant.app_id),
        clean_optional(session.tenant.user_id),
        session.short_code,
        clean(session.intent),
        shared[0].digest,
        session.contract_hash,
        session.variant_key,
        dump(session.variance),
        dump(session.props),
        shared[1].digest,
        session.props_schema_hash,
        session.props_schema_profile,
        session.created_at_ms,
        session.last_activity_at_ms,
        session.expires_at_ms,
        None if component is None else component.code_hash,
        None if component is None else shared[2].digest,
        None if component is None else component.generator,
        None if component is None else component.model,
        None if failure is None else failure.code,
        None if failure is None else clean(failure.message),
        session.kind,
        session.blueprint_id,
        None if host is None else clean(host.host_name),
        None if host is None else clean(host.host_session_id),
        dump_optional(session.host_context),
        dump_optional(session.context_snapshot),
        clean_optional(session.theme_id),
        delivery_text(session.delivery),
        session.epoch,
        session.revision,
        session.event_sequence,
    )


async def session_of(row: Row, documents: Documents, tx: Transaction) -> Session:
    """The session that a row of :data:`COLUMNS` holds."""
    component = None
    if row[16] is not None:
        component = Component(row[16], await documents.get(tx, row[17]), row[18], row[19])
    host = None if row[24] is None else HostSession(original(row[24]), original(row[25]))
    return Session(
        id=row[0],
        tenant=Tenant(original(row[1]), original_optional(row[2])),
        short_code=row[3],
        intent=original(row[4]),
        contract=await documents.get(tx, row[5]),
        contract_hash=row[6],
        variant_key=row[7],
        variance=load(row[8]),
        props=load(row[9]),
        props_schema=await documents.get(tx, row[10]),
        props_schema_hash=row[11],
        props_schema_profile=row[12],
        created_at_ms=row[13],
        last_activity_at_ms=row[14],
        expires_at_ms=row[15],
        component=component,
        failure=None if row[20] is None else Failure(row[20], original(row[21])),
        kind=row[22],
        blueprint_id=row[23],
        host_session=host,
        host_context=load_optional(row[26]),
        context_snapshot=load_optional(row[27]),
        theme_id=original_optional(row[28]),
        delivery=delivery_of(row[29]),
        epoch=row[30],
        revision=row[31],
        event_sequence=row[32],
    )


def delivery_text(receipt: DeliveryReceipt | None) -> str | None:
    """A receipt as JSON."""
    return None if receipt is None else dump(asdict(receipt))


def delivery_of(text: str | None) -> DeliveryReceipt | None:
    """The receipt that was written as JSON."""
    return None if text is None else DeliveryReceipt(**load(text))


def handshake_body(handshake: Handshake) -> str:
    """Everything about a handshake but its documents."""
    host = handshake.host_session
    return dump(
        {
            "userId": handshake.tenant.user_id,
            "action": handshake.action,
            "origin": handshake.origin,
            "intent": handshake.intent,
            "contractHash": handshake.contract_hash,
            "variance": handshake.variance,
            "propsSchemaHash": handshake.props_schema_hash,
            "propsSchemaProfile": handshake.props_schema_profile,
            "createdAt": handshake.created_at_ms,
            "expiresAt": handshake.expires_at_ms,
            "forceCreate": handshake.force_create,
            "generator": handshake.generator,
            "host": None if host is None else [host.host_name, host.host_session_id],
            "matched": handshake.matched,
        }
    )


async def handshake_of(
    app_id: str, handshake_id: str, row: Row, documents: Documents, tx: Transaction
) -> Handshake:
    """The handshake in a row of ``body, contract, props_schema``."""
    body: Mapping[str, Any] = load(row[0])
    return Handshake(
        handshake_id=handshake_id,
        tenant=Tenant(app_id, body["userId"]),
        action=body["action"],
        origin=body["origin"],
        intent=body["intent"],
        contract=await documents.get(tx, row[1]),
        contract_hash=body["contractHash"],
        variance=body["variance"],
        props_schema=await documents.get(tx, row[2]),
        props_schema_hash=body["propsSchemaHash"],
        props_schema_profile=body["propsSchemaProfile"],
        created_at_ms=body["createdAt"],
        expires_at_ms=body["expiresAt"],
        force_create=body["forceCreate"],
        generator=body["generator"],
        host_session=None if body["host"] is None else HostSession(*body["host"]),
        matched=body["matched"],
    )


def identity_body(identity: SessionIdentity) -> str:
    """An identity record as JSON, without its id and its tenant."""
    host = identity.host_session
    return dump(
        {
            "shortCode": identity.short_code,
            "intent": identity.intent,
            "contractHash": identity.contract_hash,
            "variantKey": identity.variant_key,
            "variance": identity.variance,
            "blueprintId": identity.blueprint_id,
            "createdAt": identity.created_at_ms,
            "epoch": identity.epoch,
            "revision": identity.revision,
            "eventSequence": identity.event_sequence,
            "props": identity.props,
            "contextSnapshot": identity.context_snapshot,
            "host": None if host is None else [host.host_name, host.host_session_id],
            "themeId": identity.theme_id,
        }
    )


def identity_of(session_id: str, row: Row) -> SessionIdentity:
    """The record in a row of ``app_id, user_id, body``."""
    body: Mapping[str, Any] = load(row[2])
    return SessionIdentity(
        id=session_id,
        tenant=Tenant(original(row[0]), original_optional(row[1])),
        short_code=body["shortCode"],
        intent=body["intent"],
        contract_hash=body["contractHash"],
        variant_key=body["variantKey"],
        variance=body["variance"],
        blueprint_id=body["blueprintId"],
        created_at_ms=body["createdAt"],
        epoch=body["epoch"],
        revision=body["revision"],
        event_sequence=body["eventSequence"],
        props=body["props"],
        context_snapshot=body["contextSnapshot"],
        host_session=None if body["host"] is None else HostSession(*body["host"]),
        theme_id=body["themeId"],
    )
