"""The part of the session store's kit about what stays of sessions that were removed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from ggui_core.errors import GguiError
from ggui_core.protocol.identity import SessionIdentity
from ggui_core.protocol.session import Component, EventPage, HorizonPassed, Session, Tenant
from ggui_core.stores import SessionLimits, SessionStore
from ggui_core.testing.session_kit import ADA, HOUR, NOW, SessionStoreKit, a_gesture, a_session, at_host

LATER = NOW + 2 * HOUR
_COMPONENT = Component("a" * 64, "export default () => <p>é</p>", "forms")


class IdentityContract(SessionStoreKit):
    """A session that is retired leaves a record, from which it can be put back."""

    async def retired(
        self, session_id: str = "s-1", *, limits: SessionLimits | None = None
    ) -> tuple[SessionStore, Session]:
        """A store that a session was retired from, and the session as it was then."""
        store = await self.opened(session_id, limits=limits)
        await store.commit(session_id, _COMPONENT, NOW, "bp_7")
        return store, await self.retire(store, session_id)

    async def retire(self, store: SessionStore, session_id: str) -> Session:
        """Retire a session; returns it as it was."""
        session = await self.read(store, session_id)
        assert await store.retire(session_id, session.expires_at_ms + 1)
        return session

    def back(self, session: Session, **changes: Any) -> Session:
        """What a session is put back as."""
        given: dict[str, Any] = {"component": _COMPONENT, "expires_at_ms": LATER + HOUR, **changes}
        return replace(session, **given)

    async def test_a_session_that_has_time_left_is_not_retired(self) -> None:
        store = await self.opened()
        expires_at_ms = (await self.read(store)).expires_at_ms
        assert not await store.retire("s-1", expires_at_ms)
        assert not await store.retire("nobody", LATER)
        await store.touch("s-1", NOW, LATER)
        assert not await store.retire("s-1", expires_at_ms + 1)
        assert await store.session("s-1", None) is not None
        assert await store.identity("s-1", None) is None

    async def test_a_retired_session_is_gone_and_its_record_says_what_it_was(self) -> None:
        store = await self.opened()
        await self.open(
            store,
            a_session("s-2", theme_id="harbour", created_at_ms=NOW + 1, **at_host("claude", "chat-1")),
        )
        await store.commit("s-2", _COMPONENT, NOW, "bp_7")
        await store.change_props("s-2", 0, {"title": "Quays"}, NOW, new_epoch=True)
        await store.set_context("s-2", {"filter": "free"}, NOW)
        session = await self.retire(store, "s-2")
        assert await store.session("s-2", None) is None
        assert await store.by_short_code("code-s-2") is None
        assert [row.id for row in await store.list(ADA, host_name=None, host_session_id=None, limit=9)] == [
            "s-1"
        ]
        assert await store.events("s-2", 0, 9) == EventPage((), 0, has_more=False)
        record = await store.identity("s-2", ADA)
        assert record == SessionIdentity.of(session, SessionLimits().identity_bytes)
        assert record is not None
        assert record.props == {"title": "Quays"}
        assert (record.blueprint_id, record.epoch, record.revision, record.event_sequence) == (
            "bp_7",
            1,
            1,
            3,
        )

    @pytest.mark.parametrize(
        ("tenant", "visible"),
        [
            (ADA, True),
            (Tenant("app-1"), True),
            (None, True),
            (Tenant("app-1", "ben"), False),
            (Tenant("app-2", "ada"), False),
            (Tenant("app-2"), False),
        ],
    )
    async def test_a_record_of_somebody_else_looks_like_none(
        self, tenant: Tenant | None, visible: bool
    ) -> None:
        store, _ = await self.retired()
        assert (await store.identity("s-1", tenant) is not None) is visible
        assert await store.identity("nobody", tenant) is None

    async def test_what_is_too_large_is_not_kept(self) -> None:
        store = await self.opened(limits=SessionLimits(identity_bytes=100))
        await store.change_props("s-1", 0, {"title": "x" * 101}, NOW)
        await store.set_context("s-1", {"filter": "free"}, NOW)
        await self.retire(store, "s-1")
        record = await store.identity("s-1", None)
        assert record is not None
        assert (record.props, record.context_snapshot) == (None, {"filter": "free"})

    async def test_the_oldest_records_of_an_app_make_room(self) -> None:
        store = await self.make(SessionLimits(identities=2))
        foreign = Tenant("app-2")
        for number, tenant in enumerate((ADA, foreign, ADA, ADA)):
            await self.open(store, a_session(f"s-{number}", tenant=tenant))
            await self.retire(store, f"s-{number}")
        known = [await store.identity(f"s-{number}", None) is not None for number in range(4)]
        assert known == [False, True, True, True]

    async def test_a_store_that_is_told_to_keeps_none(self) -> None:
        store, _ = await self.retired(limits=SessionLimits(identities=0))
        assert await store.session("s-1", None) is None
        assert await store.identity("s-1", None) is None

    async def test_a_session_that_is_removed_leaves_no_record(self) -> None:
        store = await self.opened()
        await store.remove("s-1")
        assert await store.identity("s-1", None) is None

    async def test_removing_a_retired_session_removes_its_record(self) -> None:
        store, _ = await self.retired()
        await store.remove("s-1")
        assert await store.identity("s-1", None) is None

    # Coming back

    async def test_a_session_is_put_back_in_the_place_of_its_record(self) -> None:
        store, before = await self.retired()
        kept = await store.revive(self.back(before), LATER)
        assert kept == await self.read(store)
        assert kept is not None
        assert (kept.component, kept.blueprint_id, kept.created_at_ms) == (_COMPONENT, "bp_7", NOW)
        assert (kept.last_activity_at_ms, kept.expires_at_ms) == (LATER, LATER + HOUR)
        assert await store.identity("s-1", None) is None
        found = await store.by_short_code("code-s-1")
        assert found is not None
        assert [row.id for row in await store.list(ADA, host_name=None, host_session_id=None, limit=9)] == [
            "s-1"
        ]
        assert list(await store.expired(LATER + HOUR + 1, 9)) == ["s-1"]

    async def test_its_ledger_goes_on_where_it_was(self) -> None:
        store = await self.opened()
        await store.commit("s-1", _COMPONENT, NOW, "bp_7")
        await store.change_props("s-1", 0, {"title": "Quays"}, NOW, new_epoch=True)
        before = await self.retire(store, "s-1")
        kept = await store.revive(self.back(before), LATER)
        assert kept is not None
        assert (before.event_sequence, kept.event_sequence) == (3, 4)
        assert await store.events("s-1", 2, 9) == HorizonPassed(4)
        page = await store.events("s-1", 3, 9)
        assert isinstance(page, EventPage)
        (created,) = page.events
        assert (created.seq, created.type, created.timestamp) == (4, "ui.created", "2027-01-15T10:00:00.000Z")
        assert created.data == {
            "sessionId": "s-1",
            "codeHash": _COMPONENT.code_hash,
            "props": {"title": "Quays"},
            "epoch": 1,
        }
        changed = await store.change_props("s-1", kept.revision, {}, LATER)
        assert changed is not None
        assert changed.event_sequence == 5

    async def test_its_pipe_and_its_stream_are_empty(self) -> None:
        store = await self.opened()
        await store.append_gesture("s-1", a_gesture("a"), {}, NOW)
        await store.emit("s-1", "chart", "append", 1, complete=False, replay="all", now_ms=NOW)
        before = await self.retire(store, "s-1")
        await store.revive(self.back(before), LATER)
        assert (await store.lease("s-1", "l-1", LATER)).gestures == ()
        assert (await store.backlog("s-1", 0)).stream_seq == 0
        assert (await store.append_gesture("s-1", a_gesture("b"), {}, LATER))[0] == "queued"

    async def test_of_concurrent_revivals_exactly_one_wins(self) -> None:
        store, before = await self.retired()
        back = self.back(before)
        kept = await asyncio.gather(*(store.revive(back, LATER) for _ in range(6)))
        assert sum(session is not None for session in kept) == 1
        page = await store.events("s-1", before.event_sequence, 9)
        assert isinstance(page, EventPage)
        assert len(page.events) == 1

    async def test_without_a_record_nothing_is_put_back(self) -> None:
        store = await self.make(SessionLimits())
        assert await store.revive(self.back(a_session()), LATER) is None
        assert await store.session("s-1", None) is None

    async def test_a_record_of_another_tenant_puts_nothing_back(self) -> None:
        store, before = await self.retired()
        assert await store.revive(self.back(before, tenant=Tenant("app-2")), LATER) is None
        assert await store.session("s-1", None) is None
        assert await store.identity("s-1", None) is not None

    async def test_a_full_app_gets_nothing_back_and_keeps_the_record(self) -> None:
        store, before = await self.retired(limits=SessionLimits(per_app=1))
        await self.open(store, a_session("s-2"))
        with pytest.raises(GguiError) as refused:
            await store.revive(self.back(before), LATER)
        assert refused.value.code == "session_limit"
        assert await store.identity("s-1", None) is not None
        await store.remove("s-2")
        assert await store.revive(self.back(before), LATER) is not None

    async def test_a_session_ends_as_often_as_it_comes_back(self) -> None:
        store, before = await self.retired()
        for number in range(1, 4):
            kept = await store.revive(self.back(before), LATER)
            assert kept is not None
            assert kept.event_sequence == before.event_sequence + 1 == number + 1
            before = await self.retire(store, "s-1")
