"""Who calls: the chain of adapters, principals and their tenants (spec 03 section 9, spec 02 section 13.1)."""

from __future__ import annotations

import pytest

from ggui_core.auth import (
    AppIdentity,
    AuthAdapter,
    AuthChain,
    AuthRequest,
    AuthUnavailable,
    BuilderIdentity,
    DevAllowAll,
    Identity,
    Principal,
    UserIdentity,
    anonymous,
    parse_bearer,
)
from ggui_core.testing import AuthAdapterContract


class Known:
    """Knows one bearer."""

    def __init__(self, bearer: str, name: str = "known", rank: int = 10) -> None:
        self.name = name
        self.rank = rank
        self._bearer = bearer

    async def authenticate(self, request: AuthRequest) -> Principal | None:
        if request.bearer != self._bearer:
            return None
        return Principal(BuilderIdentity(), "apikey", f"apikey:{self.name}")


class Broken:
    """Cannot reach its key set."""

    name = "broken"

    def __init__(self, rank: int) -> None:
        self.rank = rank

    async def authenticate(self, request: AuthRequest) -> Principal | None:
        raise TimeoutError("keys.example did not answer")


class TestKnown(AuthAdapterContract):
    async def make(self) -> AuthAdapter:
        return Known("s3cret")

    async def good_bearer(self) -> str:
        return "s3cret"


def asking(authorization: str | None) -> AuthRequest:
    headers = {} if authorization is None else {"authorization": authorization}
    return AuthRequest(parse_bearer(authorization), headers, "192.0.2.1", "data")


async def test_lower_rank_is_asked_first_whatever_the_order_of_registration() -> None:
    chain = AuthChain([Known("t", "late", rank=90), Known("t", "early", rank=5), DevAllowAll()])
    principal = await chain.resolve(asking("Bearer t"))
    assert principal is not None
    assert principal.credential_id == "apikey:early"
    assert [adapter.name for adapter in chain.adapters] == ["early", "late", "dev-allow-all"]


async def test_adapters_of_equal_rank_keep_their_order() -> None:
    chain = AuthChain([Known("t", "first"), Known("t", "second")])
    principal = await chain.resolve(asking("Bearer t"))
    assert principal is not None
    assert principal.credential_id == "apikey:first"


async def test_unknown_credential_is_nobody() -> None:
    assert await AuthChain([Known("t")]).resolve(asking("Bearer other")) is None
    assert await AuthChain([]).resolve(asking("Bearer other")) is None


async def test_adapter_that_cannot_tell_is_no_bad_credential() -> None:
    with pytest.raises(AuthUnavailable, match="broken"):
        await AuthChain([Broken(1), DevAllowAll()]).resolve(asking("Bearer t"))


async def test_adapter_that_is_not_reached_cannot_fail() -> None:
    assert await AuthChain([Broken(99), Known("t")]).resolve(asking("Bearer t")) is not None


@pytest.mark.parametrize("authorization", ["Basic dTpw", "Digest x", "BearerX t", "t", "Token t"])
async def test_other_scheme_proves_nothing_even_where_anybody_passes(authorization: str) -> None:
    assert await AuthChain([DevAllowAll()]).resolve(asking(authorization)) is None


@pytest.mark.parametrize("authorization", [None, "Bearer anything", "bearer x"])
async def test_dev_allow_all_takes_any_bearer_and_none(authorization: str | None) -> None:
    principal = await AuthChain([DevAllowAll()]).resolve(asking(authorization))
    assert principal == Principal(BuilderIdentity(), "dev", "dev")


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer abc", "abc"),
        ("BEARER   abc  ", "abc"),
        (" Bearer a.b=c ", "a.b=c"),
        ("Bearer", None),
        ("Bearer ", None),
        ("Basic abc", None),
        ("abc", None),
        ("", None),
        (None, None),
    ],
)
def test_scheme_of_a_bearer_is_read_without_regard_to_case(header: str | None, token: str | None) -> None:
    assert parse_bearer(header) == token


@pytest.mark.parametrize(
    ("identity", "app_id"),
    [
        (BuilderIdentity(), "default-app"),
        (UserIdentity("u", "w", "a"), "a"),
        (UserIdentity("u", "w"), "w"),
        (UserIdentity("u"), "u"),
        (AppIdentity("app-7", "hash"), "app-7"),
    ],
)
def test_identity_decides_the_tenant(identity: Identity, app_id: str) -> None:
    assert Principal(identity, "apikey", "c").app_id("default-app") == app_id


def test_anonymous_callers_are_told_apart_by_address() -> None:
    first, second = anonymous("192.0.2.1"), anonymous("192.0.2.2")
    assert first.is_anonymous
    assert first.credential_id != second.credential_id
    assert not Principal(BuilderIdentity(), "pairing", "pairing:pair-1").is_anonymous


@pytest.mark.parametrize(
    ("identity", "owner"),
    [
        (BuilderIdentity(), "builder"),
        (UserIdentity("builder"), "user:builder"),
        (UserIdentity("fern", "w-1", "app-1"), "user:fern"),
        (AppIdentity("builder", "hash"), "app:builder"),
    ],
)
def test_no_owner_can_be_named_like_one_of_another_kind(identity: Identity, owner: str) -> None:
    assert Principal(identity, "apikey", "c").owner == owner


def test_nobody_known_owns_nothing_of_builders() -> None:
    assert anonymous("192.0.2.1").owner not in ("builder", "")


@pytest.mark.parametrize("identity", [BuilderIdentity(), UserIdentity("fern"), AppIdentity("app-1", "hash")])
def test_the_app_of_the_address_beats_every_identity(identity: Identity) -> None:
    assert Principal(identity, "apikey", "c", acting_app="shop").app_id("default-app") == "shop"
