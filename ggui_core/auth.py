"""Who is calling: identities, principals, adapters and the chain that asks them in order (spec 03 section 9).

An adapter is one class with one method. The chain asks adapters by rank and takes the first principal; an
adapter that does not know a credential returns ``None``, one that cannot tell raises.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final, Literal, Protocol, runtime_checkable

from ggui_core.errors import GguiError

Source = Literal[
    "dev", "oidc", "apikey", "pairing", "cognito", "oauth", "email", "anonymous", "admin", "viewer"
]
"""Where a credential came from. ``admin`` is the operator's own token and ``viewer`` opens the page of one session;
neither reaches the data plane."""

Plane = Literal["data", "operator", "viewer"]
"""Which part of the server is asked: ``data`` is what agents use, ``viewer`` the pages on which people see what was
rendered, ``operator`` the rest."""

IdentityKind = Literal["builder", "user", "app"]

BUILDERS: Final = "builder"
"""The owner that all builders are (ruling 13)."""


@dataclass(frozen=True, slots=True)
class BuilderIdentity:
    """The operator's own identity: every paired device and connector key of a self-hosted server."""

    kind: ClassVar[IdentityKind] = "builder"


@dataclass(frozen=True, slots=True)
class UserIdentity:
    """An end user that an identity provider vouches for."""

    kind: ClassVar[IdentityKind] = "user"
    user_id: str
    workspace_id: str | None = None
    app_id: str | None = None
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AppIdentity:
    """An application that presents its own API key."""

    kind: ClassVar[IdentityKind] = "app"
    app_id: str
    api_key_hash: str


Identity = BuilderIdentity | UserIdentity | AppIdentity


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller.

    Attributes:
        identity: Who it is.
        source: Which kind of credential proved it.
        credential_id: Stable, non-secret id of that credential (``pairing:pair-3``). Rate limits, open
            connections, revocation and audit go by it.
        operator: True when the caller may use operator routes although it is no builder.
        metadata: What the adapter wants to pass on, such as ``pairingId`` and ``deviceName``.
        acting_app: The app that the address names, on per-app routes; it beats what the identity says.
    """

    identity: Identity
    source: Source
    credential_id: str
    operator: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)
    acting_app: str | None = None

    @property
    def is_anonymous(self) -> bool:
        """True for a caller that presented no valid credential to an anonymous service."""
        return self.source == "anonymous"

    @property
    def owner(self) -> str:
        """Whose apps and other things of the ops surface this caller sees (spec 02 section 13.2).

        Builders are one owner, whatever the server's default app is called; users and apps are told apart, so that
        no user can be named like an app and own what is the app's.
        """
        match self.identity:
            case UserIdentity(user_id=user):
                return f"user:{user}"
            case AppIdentity(app_id=app):
                return f"app:{app}"
            case _:
                return "anonymous" if self.is_anonymous else BUILDERS

    def app_id(self, default: str) -> str:
        """The tenant this caller works in (spec 02 section 13.1); builders share the server's default app."""
        if self.acting_app is not None:
            return self.acting_app
        match self.identity:
            case UserIdentity(user_id=user, workspace_id=workspace, app_id=app):
                return app or workspace or user
            case AppIdentity(app_id=app):
                return app
            case _:
                return default


def anonymous(remote_address: str) -> Principal:
    """The principal of a caller without a valid credential on an anonymous service (spec 02 section 12.1)."""
    return Principal(BuilderIdentity(), "anonymous", f"anonymous:{remote_address}")


@dataclass(frozen=True, slots=True)
class AuthRequest:
    """What an adapter may look at.

    Attributes:
        bearer: The bearer token, without its scheme; ``None`` when the request carries none.
        headers: Request headers, lower-cased names.
        remote_address: The TCP peer, or the client's address where the operator trusts a proxy.
        plane: Which part of the server is asked.
        cookies: The cookies as the CSRF check reads them; an adapter that parsed the header in another way
            could accept a cookie which that check did not see.
    """

    bearer: str | None
    headers: Mapping[str, str]
    remote_address: str
    plane: Plane
    cookies: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class AuthAdapter(Protocol):
    """Turns a credential into a principal.

    ``rank`` orders adapters: lower is asked first. ``name`` appears in messages about its failures.
    """

    name: str
    rank: int

    async def authenticate(self, request: AuthRequest) -> Principal | None:
        """The principal behind ``request``, or ``None`` when this adapter does not know the credential.

        Raises:
            Exception: the adapter cannot tell (its key set is unreachable, say). The caller gets 500, not
                401: a fault of the server must not look like a bad credential.
        """
        ...


class AuthUnavailable(GguiError):
    """An adapter failed while it was asked."""

    code = "auth_unavailable"
    http_status = 500


class AuthChain:
    """The adapters of this server in order of rank; the first one that knows the credential wins."""

    def __init__(self, adapters: Iterable[AuthAdapter]) -> None:
        self.adapters = tuple(sorted(adapters, key=lambda adapter: adapter.rank))

    async def resolve(self, request: AuthRequest) -> Principal | None:
        """The caller's principal, or ``None`` when nobody vouches for it.

        Raises:
            AuthUnavailable: an adapter failed before any other had recognised the caller.
        """
        scheme = request.headers.get("authorization", "").partition(" ")[0]
        if scheme and scheme.lower() != "bearer":
            return None  # spec 03 section 9.1: any other scheme proves nothing, in every mode
        for adapter in self.adapters:
            try:
                principal = await adapter.authenticate(request)
            except Exception as error:
                raise AuthUnavailable(
                    f"authentication adapter {adapter.name!r} failed",
                    hint="Try again later; the server's log has the cause.",
                ) from error
            if principal is not None:
                return principal
        return None


class DevAllowAll:
    """Any bearer, or none at all, is the builder. For a loopback server on a developer's machine only."""

    name = "dev-allow-all"
    rank = 1_000_000

    async def authenticate(self, request: AuthRequest) -> Principal | None:
        return Principal(BuilderIdentity(), "dev", "dev")


def parse_bearer(authorization: str | None) -> str | None:
    """The token of an ``Authorization: Bearer`` header; the scheme's case does not matter (RFC 9110 11.1)."""
    scheme, _, token = (authorization or "").strip().partition(" ")
    token = token.strip()
    return token if scheme.lower() == "bearer" and token else None
