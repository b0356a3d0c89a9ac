"""The ops tools for connector keys: the same pool as paired devices (spec 02 section 9.2, rulings 5 and 13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field

from ggui_core.auth import BUILDERS, BuilderIdentity, Principal
from ggui_core.clock import iso
from ggui_core.mcp import Tool, ToolContext
from ggui_core.mcp.tools import NoArguments
from ggui_core.mcp.wire import Id, Input, Output
from ggui_core.setup import Setup
from ggui_core.stores import AppStore, Pairing
from ggui_pairing.api import pairings
from ggui_pairing.errors import connector_key_access_denied, connector_key_not_found, expires_in_the_past
from ggui_pairing.names import MAX_CHARS, clean_name
from ggui_pairing.pairing_file import LAST_MS
from ggui_pairing.settings import PairingSettings

_EXPIRES: Final = "ISO 8601 with an offset, such as 2030-01-31T12:00:00Z, or a date."


def _name(value: str) -> str:
    name = clean_name(value)
    if name is None:
        raise ValueError(f"must be 1 to {MAX_CHARS} printable characters")
    return name


def _moment(value: str) -> str:
    """Keep a time as it was written, once it is known to be one."""
    _milliseconds(value)
    return value


def _milliseconds(value: str) -> int:
    try:
        moment = datetime.combine(date.fromisoformat(value), time(), UTC)
    except ValueError:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"must be {_EXPIRES}") from None
    if moment.tzinfo is None:
        raise ValueError(f"must be {_EXPIRES}")
    milliseconds = int(moment.timestamp() * 1000)
    if not 0 <= milliseconds <= LAST_MS:
        raise ValueError("must lie before the year 10000")
    return milliseconds


class IssueInput(Input):
    """What ``ggui_ops_issue_connector_key`` is called with."""

    name: Annotated[str, Field(min_length=1, max_length=MAX_CHARS), AfterValidator(_name)] | None = None
    app_id: Annotated[Id, Field(description="The one app it opens.")] | None = None
    expires_at: Annotated[str, Field(max_length=40, description=_EXPIRES), AfterValidator(_moment)] | None = (
        None
    )


class RevokeInput(Input):
    """What ``ggui_ops_revoke_connector_key`` is called with."""

    key_id: Id


class KeyRow(Output):
    """A key as lists show it. Times are ISO 8601."""

    id: str
    api_key_prefix: str
    name: str | None = None
    app_id: str | None = None
    status: Literal["active", "revoked"]
    created_at: str
    last_used_at: str | None = None
    expires_at: str | None = None


class IssuedKey(KeyRow):
    """A new key; nothing but this answer ever holds it in clear."""

    plaintext_key: str


class Keys(Output):
    """What ``ggui_ops_list_connector_keys`` answers."""

    keys: list[KeyRow]


class Revoked(Output):
    """What ``ggui_ops_revoke_connector_key`` answers."""

    id: str
    status: Literal["revoked"] = "revoked"
    already_revoked: bool


@dataclass(frozen=True, slots=True)
class ConnectorKeyTools:
    """Makes, lists and revokes keys for whom the pool is. To anybody else it looks empty."""

    setup: Setup

    def declared(self) -> Sequence[Tool[Any, Any]]:
        """The tools as they are listed."""
        return (
            Tool(
                "ggui_ops_issue_connector_key", "Make a bearer for an agent or a connector. It is shown once.",
                IssueInput, IssuedKey, self.issue, title="Issue connector key", audience="ops",
            ),
            Tool(
                "ggui_ops_list_connector_keys", "Connector keys and paired devices, oldest first.",
                NoArguments, Keys, self.list, title="List connector keys", audience="ops", read_only=True,
            ),
            Tool(
                "ggui_ops_revoke_connector_key",
                "Make a connector key or a paired device invalid. What it holds open ends at once.",
                RevokeInput, Revoked, self.revoke, title="Revoke connector key", audience="ops",
                destructive=True, idempotent=True,
            ),
        )  # fmt: skip

    async def issue(self, given: IssueInput, calling: ToolContext) -> IssuedKey:
        """``ggui_ops_issue_connector_key``.

        Raises:
            ToolError: ``connector_key_access_denied``, the caller may not make keys, or not for this app;
                ``invalid_arguments``, the key would have expired already.
        """
        if not self._owns_pool(calling.principal):
            raise connector_key_access_denied()
        if given.app_id is not None and not await self._has_app(given.app_id):
            raise connector_key_access_denied(given.app_id)
        now = self.setup.clock.now()
        expires_at = None if given.expires_at is None else _milliseconds(given.expires_at)
        if expires_at is not None and expires_at <= int(now * 1000):
            raise expires_in_the_past()
        pool = pairings(self.setup)
        issued = await pool.issue(
            given.name or f"connector-{datetime.fromtimestamp(now, tz=UTC):%Y-%m-%d}",
            actor=calling.principal.credential_id,
            remote_address=calling.call.remote_address,
            app_id=given.app_id,
            expires_at=expires_at,
        )
        if given.app_id is not None and not await self._has_app(given.app_id):
            # It was deleted meanwhile, and whoever revoked its keys may have looked before this one was there.
            await pool.revoke(issued.pairing.pairing_id, actor=None, by="app_deleted")
            raise connector_key_access_denied(given.app_id)
        return IssuedKey(**_row(issued.pairing, now), plaintext_key=issued.token)

    async def list(self, _: NoArguments, calling: ToolContext) -> Keys:
        """``ggui_ops_list_connector_keys``."""
        if not self._owns_pool(calling.principal):
            return Keys(keys=[])
        now = self.setup.clock.now()
        return Keys(keys=[KeyRow(**_row(pairing, now)) for pairing in await pairings(self.setup).list()])

    async def revoke(self, given: RevokeInput, calling: ToolContext) -> Revoked:
        """``ggui_ops_revoke_connector_key``.

        Raises:
            ToolError: ``connector_key_not_found``, no key ever had this id, or the pool is not the caller's.
        """
        if not self._owns_pool(calling.principal):
            raise connector_key_not_found(given.key_id)
        pool = pairings(self.setup)
        removed = await pool.revoke(given.key_id, actor=calling.principal.credential_id)
        if not removed and not await pool.was_issued(given.key_id):
            raise connector_key_not_found(given.key_id)
        return Revoked(id=given.key_id, already_revoked=not removed)

    def _owns_pool(self, principal: Principal) -> bool:
        """Whether the caller is the operator, or a device that may do what the operator may.

        A key is the builder, so nobody else may make one: a user or an app would rise above itself.
        """
        if principal.operator or principal.source == "dev":
            return True
        builder = isinstance(principal.identity, BuilderIdentity) and not principal.is_anonymous
        return builder and self.setup.settings(PairingSettings).builder_may_mint

    async def _has_app(self, app_id: str) -> bool:
        """Whether builders own the app. The declared one is theirs also where no plugin keeps records of apps."""
        if app_id == self.setup.configured_app_id:
            return True
        return await self.setup.get(AppStore).get(app_id, BUILDERS) is not None


def _row(pairing: Pairing, now: float) -> dict[str, Any]:
    used_at, expires_at = pairing.last_used_at, pairing.expires_at
    return {
        "id": pairing.pairing_id,
        "api_key_prefix": pairing.prefix,
        "name": pairing.device_name,
        "app_id": pairing.app_id,
        "status": "revoked" if pairing.has_expired(int(now * 1000)) else "active",
        "created_at": iso(pairing.created_at / 1000),
        "last_used_at": None if used_at is None else iso(used_at / 1000),
        "expires_at": None if expires_at is None else iso(expires_at / 1000),
    }
