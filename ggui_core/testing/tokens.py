"""The contract kit of :class:`~ggui_core.tokens.TokenSigner`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import get_args

import pytest

from ggui_core.clock import Clock
from ggui_core.testing.clock import FakeClock
from ggui_core.tokens import Claims, TokenKind, TokenRefused, TokenSigner

KINDS: tuple[TokenKind, ...] = get_args(TokenKind)


class TokenSignerContract(ABC):
    """Kit for :class:`~ggui_core.tokens.TokenSigner`."""

    @abstractmethod
    def make(self, clock: Clock, realm: str = "one") -> TokenSigner:
        """A signer that takes its time from ``clock``; signers of one realm share their secret, as replicas do."""

    @pytest.fixture
    def clock(self) -> FakeClock:
        return FakeClock(start=1_800_000_000.75)

    def fault(
        self, signer: TokenSigner, token: str, kind: TokenKind = "ws", *, refreshable_s: int | None = None
    ) -> str | None:
        """Why ``token`` does not verify; ``None`` when it does."""
        try:
            signer.verify(token, kind, refreshable_s=refreshable_s)
        except TokenRefused as refused:
            return refused.fault
        return None

    @pytest.mark.parametrize("kind", KINDS)
    def test_what_was_signed_is_what_verifies(self, clock: FakeClock, kind: TokenKind) -> None:
        signer = self.make(clock)
        token, claims = signer.sign(kind, "session-é", "app", 180)
        assert claims == Claims("session-é", "app", kind, 1_800_000_000, 1_800_000_180)
        assert signer.verify(token, kind) == claims

    def test_it_verifies_as_often_as_one_likes_and_with_every_replica(self, clock: FakeClock) -> None:
        token, claims = self.make(clock).sign("ws", "s", "a", 180)
        for replica in (self.make(clock), self.make(clock)):
            assert replica.verify(token, "ws") == claims
            assert replica.verify(token, "ws") == claims

    def test_two_tokens_are_never_the_same(self, clock: FakeClock) -> None:
        signer = self.make(clock)
        assert len({signer.sign("ws", "s", "a", 180)[0] for _ in range(50)}) == 50

    def test_it_is_text_that_needs_no_escaping_in_an_address(self, clock: FakeClock) -> None:
        token, _ = self.make(clock).sign("ws", "s/?&=+ é", "a b", 180)
        assert token.isascii()
        assert all(character.isalnum() or character in "-_.~" for character in token)

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("expected", KINDS)
    def test_it_opens_what_its_kind_opens_and_nothing_else(
        self, clock: FakeClock, kind: TokenKind, expected: TokenKind
    ) -> None:
        signer = self.make(clock)
        token, _ = signer.sign(kind, "s", "a", 180)
        assert self.fault(signer, token, expected) == (None if kind == expected else "wrong_kind")

    async def test_it_expires_with_the_second_it_names(self, clock: FakeClock) -> None:
        signer = self.make(clock)
        token, claims = signer.sign("ws", "s", "a", 180)
        await clock.advance(claims.expires_at - clock.now() - 0.01)
        assert self.fault(signer, token) is None
        await clock.advance(0.01)
        assert self.fault(signer, token) == "expired"

    async def test_an_expired_one_is_refreshable_until_its_window_closes(self, clock: FakeClock) -> None:
        signer = self.make(clock)
        token, claims = signer.sign("ws", "s", "a", 180)
        await clock.advance(claims.issued_at + 360 - clock.now())
        assert signer.verify(token, "ws", refreshable_s=360) == claims
        await clock.advance(1)
        assert self.fault(signer, token, refreshable_s=360) == "refresh_window_closed"
        assert self.fault(signer, token) == "expired"

    async def test_one_that_follows_another_shares_its_window(self, clock: FakeClock) -> None:
        signer = self.make(clock)
        _, first = signer.sign("ws", "s", "a", 180)
        await clock.advance(170)
        token, claims = signer.sign("ws", "s", "a", 180, issued_at=first.issued_at)
        assert claims == Claims("s", "a", "ws", first.issued_at, 1_800_000_350)
        assert signer.verify(token, "ws") == claims
        await clock.advance(first.issued_at + 361 - clock.now())
        assert self.fault(signer, token, refreshable_s=360) == "refresh_window_closed"

    async def test_a_window_never_shortens_a_token(self, clock: FakeClock) -> None:
        signer = self.make(clock)
        token, _ = signer.sign("session", "s", "a", 1000)
        await clock.advance(500)
        assert self.fault(signer, token, "session", refreshable_s=10) is None

    async def test_the_kind_counts_before_the_age(self, clock: FakeClock) -> None:
        signer = self.make(clock)
        token, _ = signer.sign("viewer", "s", "a", 10)
        await clock.advance(60)
        assert self.fault(signer, token, refreshable_s=5) == "wrong_kind"

    def test_another_realm_refuses_it(self, clock: FakeClock) -> None:
        token, _ = self.make(clock).sign("ws", "s", "a", 180)
        assert self.fault(self.make(clock, "two"), token) is not None

    def test_every_changed_character_is_noticed(self, clock: FakeClock) -> None:
        signer = self.make(clock)
        token, _ = signer.sign("ws", "s", "a", 180)
        for position, character in enumerate(token):
            for other in "AZaz09-_.":
                if other != character:
                    changed = token[:position] + other + token[position + 1 :]
                    assert self.fault(signer, changed) is not None, f"character {position} became {other}"

    @pytest.mark.parametrize(
        "token", ["", ".", "a", "a.b", "a.b.c", "é.é", "\x00.\x00", "a.b\n", " a.b", "\ud800", "A" * 100_000]
    )
    def test_what_is_no_token_is_refused_not_an_error(self, clock: FakeClock, token: str) -> None:
        assert self.fault(self.make(clock), token) is not None
