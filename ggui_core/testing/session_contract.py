"""Contract kit of the session store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from ggui_core.errors import GguiError
from ggui_core.protocol.session import (
    Component,
    DeliveryReceipt,
    DeliveryState,
    Emission,
    EventPage,
    Failure,
    HorizonPassed,
    Session,
    Tenant,
)
from ggui_core.stores import SessionLimits, SessionStore
from ggui_core.stores.sessions import Position
from ggui_core.testing.history_contract import HistoryContract
from ggui_core.testing.identity_contract import IdentityContract
from ggui_core.testing.pipe_contract import PipeContract, append
from ggui_core.testing.session_kit import ADA, HOUR, NOW, a_gesture, a_handshake, a_session, at_host

_BEN = Tenant("app-1", "ben")
_APP = Tenant("app-1")
_FOREIGN = Tenant("app-2", "ada")
_COMPONENT = Component("a" * 64, "export default () => <p>é</p>", "forms", "model-1")

Change = Callable[[SessionStore, int], Awaitable[Any]]
_CHANGES: dict[str, Change] = {
    "touch": lambda store, now_ms: store.touch("s-1", now_ms, NOW),
    "commit": lambda store, now_ms: store.commit("s-1", _COMPONENT, now_ms),
    "change_props": lambda store, now_ms: store.change_props("s-1", 0, {}, now_ms),
    "set_context": lambda store, now_ms: store.set_context("s-1", {}, now_ms),
    "set_host_context": lambda store, now_ms: store.set_host_context("s-1", {}, now_ms),
    "append_gesture": lambda store, now_ms: store.append_gesture("s-1", a_gesture("b"), {}, now_ms),
    "lease": lambda store, now_ms: store.lease("s-1", "l-1", now_ms),
    "record": lambda store, now_ms: store.record("s-1", "x-note", {}, now_ms),
    "emit": lambda store, now_ms: store.emit(
        "s-1", "pulse", "append", 1, complete=False, replay="none", now_ms=now_ms
    ),
}


def _receipt(state: DeliveryState, at_ms: int, error: str | None = None) -> DeliveryReceipt:
    return DeliveryReceipt(state, at_ms, "ws", error)


class SessionStoreContract(PipeContract, HistoryContract, IdentityContract):
    """Kit for :class:`~ggui_core.stores.SessionStore`."""

    async def types(self, store: SessionStore) -> list[str]:
        """The types of the session's ledger events."""
        page = await store.events("s-1", 0, 100)
        assert isinstance(page, EventPage)
        return [event.type for event in page.events]

    async def listed(
        self,
        store: SessionStore,
        tenant: Tenant,
        host_name: str | None = None,
        host_session_id: str | None = None,
        limit: int = 50,
        before: Position | None = None,
    ) -> list[str]:
        """The ids of a list."""
        found = await store.list(
            tenant, host_name=host_name, host_session_id=host_session_id, limit=limit, before=before
        )
        return [session.id for session in found]

    # Handshakes

    async def test_a_handshake_comes_back_as_it_was_and_stays(self) -> None:
        store = await self.make(SessionLimits())
        given = a_handshake(
            force_create=True,
            generator="forms",
            matched={"id": "bp_1", "cosine": 0.93},
            **at_host("claude", "chat-1"),
        )
        await store.keep_handshake(given)
        for _ in range(2):
            assert await store.handshake("h-1", ADA, NOW) == given

    async def test_a_handshake_is_its_users_and_the_apps_and_nobody_elses(self) -> None:
        store = await self.make(SessionLimits())
        await store.keep_handshake(a_handshake())
        assert await store.handshake("h-1", _APP, NOW) is not None
        assert await store.handshake("h-1", _BEN, NOW) is None
        assert await store.handshake("h-1", _FOREIGN, NOW) is None

    async def test_a_handshake_of_the_app_itself_is_every_users(self) -> None:
        store = await self.make(SessionLimits())
        await store.keep_handshake(a_handshake(tenant=_APP))
        assert await store.handshake("h-1", _BEN, NOW) is not None
        assert await store.open("h-1", a_session(tenant=_BEN), NOW)

    async def test_a_handshake_is_gone_when_its_time_is_over(self) -> None:
        store = await self.make(SessionLimits())
        await store.keep_handshake(a_handshake(expires_at_ms=NOW + 10))
        assert await store.handshake("h-1", ADA, NOW + 9) is not None
        assert await store.handshake("h-1", ADA, NOW + 10) is None
        assert not await store.open("h-1", a_session(), NOW + 10)
        assert await store.session("s-1", None) is None

    async def test_a_handshake_kept_again_is_replaced(self) -> None:
        store = await self.make(SessionLimits())
        await store.keep_handshake(a_handshake(intent="first"))
        await store.keep_handshake(a_handshake(intent="second"))
        found = await store.handshake("h-1", ADA, NOW)
        assert found is not None
        assert found.intent == "second"

    async def test_the_same_id_in_two_apps_is_two_handshakes(self) -> None:
        store = await self.make(SessionLimits())
        for tenant in (ADA, _FOREIGN):
            await store.keep_handshake(a_handshake(tenant=tenant))
        assert await store.open("h-1", a_session(), NOW)
        assert await store.handshake("h-1", _FOREIGN, NOW) == a_handshake(tenant=_FOREIGN)

    # Opening

    async def test_opening_consumes_the_handshake_and_keeps_the_session_as_it_was(self) -> None:
        store = await self.make(SessionLimits())
        await store.keep_handshake(a_handshake())
        given = a_session(
            host_context={"locale": "fr", "containerDimensions": {"width": 300}},
            theme_id="harbour",
            blueprint_id="bp_1",
            kind="no-credentials",
            **at_host("claude", "chat-1"),
        )
        assert await store.open("h-1", given, NOW)
        assert await store.session("s-1", ADA) == given
        assert await store.handshake("h-1", ADA, NOW) is None
        assert not await store.open("h-1", a_session("s-2"), NOW)
        assert await store.session("s-2", None) is None

    async def test_a_session_that_has_its_component_is_complete_in_one(self) -> None:
        store = await self.make(SessionLimits())
        await store.keep_handshake(a_handshake())
        given = a_session(component=_COMPONENT, blueprint_id="bp_7", event_sequence=9)
        first = Emission("_ggui:lifecycle", "append", {"kind": "render_started"}, 1)
        opened = await store.open("h-1", given, NOW + 3, first)
        assert opened == replace(given, event_sequence=1, last_activity_at_ms=NOW + 3)
        assert await self.read(store) == opened
        page = await store.events("s-1", 0, 10)
        assert isinstance(page, EventPage)
        (event,) = page.events
        assert (event.seq, event.type) == (1, "ui.created")
        shown = {"sessionId": "s-1", "codeHash": _COMPONENT.code_hash, "props": given.props, "epoch": 0}
        assert event.data == shown
        backlog = await store.backlog("s-1", 0)
        assert (backlog.emissions, backlog.stream_seq) == ((first,), 1)

    async def test_what_comes_after_the_beginning_goes_on_from_it(self) -> None:
        store = await self.make(SessionLimits(ledger=2, ring=1))
        await store.keep_handshake(a_handshake())
        first = Emission("chart", "append", {"x": 1}, 1)
        assert await store.open("h-1", a_session(component=_COMPONENT), NOW, first)
        said: Any = {"complete": False, "replay": "all", "now_ms": NOW}
        assert await store.emit("s-1", "chart", "append", {"x": 2}, **said) == 2
        backlog = await store.backlog("s-1", 0)
        assert [one.payload for one in backlog.emissions] == [{"x": 2}]
        assert backlog.truncated
        assert [await store.record("s-1", "user.noted", {}, NOW) for _ in range(2)] == [2, 3]
        assert await store.events("s-1", 0, 10) == HorizonPassed(3)

    async def test_a_complete_session_on_a_spent_handshake_leaves_nothing(self) -> None:
        store = await self.make(SessionLimits())
        first = Emission("_ggui:lifecycle", "append", {}, 1)
        assert await store.open("h-1", a_session(component=_COMPONENT), NOW, first) is None
        assert await store.session("s-1", None) is None
        assert (await store.backlog("s-1", 0)).emissions == ()

    async def test_of_concurrent_renders_of_one_handshake_exactly_one_wins(self) -> None:
        store = await self.make(SessionLimits())
        await store.keep_handshake(a_handshake())
        names = [f"s-{number}" for number in range(8)]
        opened = await asyncio.gather(*(store.open("h-1", a_session(name), NOW) for name in names))
        won = [session is not None for session in opened]
        assert sorted(won) == [False] * 7 + [True]
        kept = [await store.session(name, None) is not None for name in names]
        assert kept == won
        codes = [await store.by_short_code(f"code-{name}") is not None for name in names]
        assert codes == won

    async def test_a_handshake_of_another_app_cannot_be_opened(self) -> None:
        store = await self.make(SessionLimits())
        await store.keep_handshake(a_handshake())
        assert not await store.open("h-1", a_session(tenant=_FOREIGN), NOW)
        assert await store.session("s-1", None) is None
        assert await store.handshake("h-1", ADA, NOW) is not None

    async def test_another_user_of_the_app_cannot_open_a_handshake(self) -> None:
        store = await self.make(SessionLimits())
        await store.keep_handshake(a_handshake())
        assert not await store.open("h-1", a_session(tenant=_BEN), NOW)
        assert await store.session("s-1", None) is None
        assert await store.open("h-1", a_session(tenant=_APP), NOW)

    async def test_one_session_too_many_is_refused_with_a_remedy_and_consumes_nothing(self) -> None:
        store = await self.make(SessionLimits(per_app=2))
        await self.open(store, a_session("s-1"))
        await self.open(store, a_session("s-2", tenant=_BEN))
        await store.keep_handshake(a_handshake())
        with pytest.raises(GguiError) as refused:
            await store.open("h-1", a_session("s-3"), NOW)
        assert refused.value.code == "session_limit"
        assert refused.value.hint
        assert await store.session("s-3", None) is None
        await self.open(store, a_session("elsewhere", tenant=_FOREIGN))
        await store.remove("s-2")
        assert await store.open("h-1", a_session("s-3"), NOW)

    async def test_concurrent_renders_stay_within_the_limit(self) -> None:
        store = await self.make(SessionLimits(per_app=3))
        names = [f"s-{number}" for number in range(6)]
        for name in names:
            await store.keep_handshake(a_handshake(name))
        opened = await asyncio.gather(
            *(store.open(name, a_session(name), NOW) for name in names), return_exceptions=True
        )
        assert sum(isinstance(outcome, Session) for outcome in opened) == 3
        assert sum(isinstance(outcome, GguiError) for outcome in opened) == 3

    # Who sees a session

    @pytest.mark.parametrize(
        ("tenant", "owner", "visible"),
        [
            (ADA, ADA, True),
            (_APP, ADA, True),
            (None, ADA, True),
            (_BEN, _APP, True),
            (_BEN, ADA, False),
            (_FOREIGN, ADA, False),
            (Tenant("app-2"), ADA, False),
            (_FOREIGN, _APP, False),
        ],
    )
    async def test_a_session_of_somebody_else_looks_like_none(
        self, tenant: Tenant | None, owner: Tenant, visible: bool
    ) -> None:
        store = await self.make(SessionLimits())
        session = a_session(tenant=owner)
        await self.open(store, session)
        assert await store.session("s-1", tenant) == (session if visible else None)
        assert await store.session("nobody", tenant) is None

    async def test_a_viewer_page_finds_its_session_by_the_short_code(self) -> None:
        store = await self.opened()
        await self.open(store, a_session("s-2"))
        found = await store.by_short_code("code-s-2")
        assert found is not None
        assert found.id == "s-2"
        assert await store.by_short_code("code-s-3") is None

    async def test_what_was_read_before_a_change_stays_as_it_was(self) -> None:
        store = await self.opened()
        before = await self.read(store)
        kept = replace(before)
        await store.change_props("s-1", 0, {"title": "changed"}, NOW)
        await store.set_context("s-1", {"filter": "all"}, NOW)
        await append(store, "a")
        assert before == kept

    # Activity and expiry

    @pytest.mark.parametrize("change", _CHANGES)
    async def test_every_change_is_activity_and_only_touch_moves_the_expiry(self, change: str) -> None:
        store = await self.opened()
        await append(store, "a")
        await _CHANGES[change](store, NOW + 7)
        session = await self.read(store)
        assert (session.last_activity_at_ms, session.expires_at_ms) == (NOW + 7, NOW + HOUR)

    async def test_touch_moves_activity_and_expiry_never_backwards(self) -> None:
        store = await self.opened()
        await store.touch("s-1", NOW + 20, NOW + 2 * HOUR)
        await store.touch("s-1", NOW + 10, NOW + HOUR)
        await store.touch("nobody", NOW + 20, NOW + HOUR)
        session = await self.read(store)
        assert (session.last_activity_at_ms, session.expires_at_ms) == (NOW + 20, NOW + 2 * HOUR)

    # Commit

    async def test_a_component_is_kept_and_written_to_the_ledger(self) -> None:
        store = await self.opened()
        session = await store.commit("s-1", _COMPONENT, NOW + 1, "bp_7")
        assert session == await self.read(store)
        assert session is not None
        assert (session.component, session.failure, session.blueprint_id) == (_COMPONENT, None, "bp_7")
        assert session.event_sequence == 1
        page = await store.events("s-1", 0, 10)
        assert isinstance(page, EventPage)
        (created,) = page.events
        assert created.type == "ui.created"
        assert created.data == {
            "sessionId": "s-1",
            "codeHash": _COMPONENT.code_hash,
            "props": session.props,
            "epoch": 0,
        }

    async def test_a_failure_is_kept_and_is_no_event(self) -> None:
        store = await self.opened()
        failure = Failure("PRODUCTION_FAILED", "Nothing usable came out.")
        session = await store.commit("s-1", failure, NOW + 1)
        assert session is not None
        assert (session.component, session.failure) == (None, failure)
        assert await self.types(store) == []

    async def test_a_later_outcome_replaces_an_earlier_one(self) -> None:
        store = await self.opened()
        await store.commit("s-1", Failure("PRODUCTION_FAILED", "No."), NOW, "bp_7")
        session = await store.commit("s-1", _COMPONENT, NOW)
        assert session is not None
        assert (session.component, session.failure, session.blueprint_id) == (_COMPONENT, None, "bp_7")

    async def test_a_session_that_is_gone_gets_no_component(self) -> None:
        store = await self.make(SessionLimits())
        assert await store.commit("nobody", _COMPONENT, NOW) is None

    # Props

    async def test_props_are_replaced_with_an_event(self) -> None:
        store = await self.opened()
        session = await store.change_props("s-1", 0, {"title": "Quays"}, NOW + 1)
        assert session == await self.read(store)
        assert session is not None
        assert (session.props, session.revision, session.epoch) == ({"title": "Quays"}, 1, 0)
        page = await store.events("s-1", 0, 10)
        assert isinstance(page, EventPage)
        (event,) = page.events
        assert (event.type, event.seq) == ("ui.updated", session.event_sequence)
        assert event.data == {"sessionId": "s-1", "props": {"title": "Quays"}, "epoch": 0}

    async def test_a_new_epoch_is_told_after_its_props(self) -> None:
        store = await self.opened()
        await store.change_props("s-1", 0, {}, NOW, new_epoch=True)
        session = await store.change_props("s-1", 1, {"n": 2}, NOW, new_epoch=True)
        assert session is not None
        assert (session.epoch, session.revision, session.event_sequence) == (2, 2, 4)
        page = await store.events("s-1", 2, 10)
        assert isinstance(page, EventPage)
        assert [(event.type, event.data) for event in page.events] == [
            ("ui.updated", {"sessionId": "s-1", "props": {"n": 2}, "epoch": 2}),
            ("ui.reminted", {"epoch": 2}),
        ]

    async def test_props_of_another_revision_change_nothing(self) -> None:
        store = await self.opened()
        await store.change_props("s-1", 0, {"n": 1}, NOW)
        before = await self.read(store)
        for revision in (0, 2):
            assert await store.change_props("s-1", revision, {"n": 2}, NOW + 5, new_epoch=True) is None
        assert await store.change_props("nobody", 0, {}, NOW) is None
        assert await self.read(store) == before

    async def test_of_concurrent_changes_of_one_revision_exactly_one_wins(self) -> None:
        store = await self.opened()
        changed = await asyncio.gather(*(store.change_props("s-1", 0, {"n": n}, NOW) for n in range(8)))
        (winner,) = [session for session in changed if session is not None]
        assert await self.read(store) == winner
        assert await self.types(store) == ["ui.updated"]

    # Context

    async def test_context_and_host_context_are_replaced(self) -> None:
        store = await self.opened()
        assert (await self.read(store)).context_snapshot is None
        for value in ("a", "b"):
            assert await store.set_context("s-1", {"slot": value}, NOW)
            assert await store.set_host_context("s-1", {"locale": value}, NOW)
        session = await self.read(store)
        assert (session.context_snapshot, session.host_context) == ({"slot": "b"}, {"locale": "b"})
        assert session.event_sequence == 0

    async def test_a_session_that_is_gone_keeps_nothing(self) -> None:
        store = await self.make(SessionLimits())
        assert not await store.set_context("nobody", {}, NOW)
        assert not await store.set_host_context("nobody", {}, NOW)
        assert not await store.set_delivery("nobody", _receipt("read", NOW))

    # Delivery

    async def test_a_card_only_gets_further(self) -> None:
        store = await self.opened()
        reports: list[tuple[DeliveryState, DeliveryState]] = [
            ("started", "started"),
            ("read", "started"),
            ("touched", "touched"),
            ("painted", "touched"),
        ]
        for number, (said, kept) in enumerate(reports):
            assert await store.set_delivery("s-1", _receipt(said, NOW + number))
            delivery = (await self.read(store)).delivery
            assert delivery is not None
            assert delivery.state == kept
        assert (await self.read(store)).delivery == _receipt("touched", NOW + 2)

    async def test_the_time_of_a_state_is_that_of_its_first_report(self) -> None:
        store = await self.opened()
        await store.set_delivery("s-1", _receipt("painted", NOW))
        await store.set_delivery("s-1", _receipt("painted", NOW + 9))
        assert (await self.read(store)).delivery == _receipt("painted", NOW)

    @pytest.mark.parametrize("state", ["read", "started", "painted"])
    async def test_an_error_is_kept_beside_whatever_state(self, state: DeliveryState) -> None:
        store = await self.opened()
        await store.set_delivery("s-1", _receipt("started", NOW))
        await store.set_delivery("s-1", _receipt(state, NOW, "eval was refused"))
        await store.set_delivery("s-1", _receipt("read", NOW))
        delivery = (await self.read(store)).delivery
        assert delivery is not None
        assert delivery.error == "eval was refused"
        assert delivery.state == ("painted" if state == "painted" else "started")

    async def test_a_card_that_paints_after_an_error_has_none(self) -> None:
        store = await self.opened()
        await store.set_delivery("s-1", _receipt("painted", NOW, "it broke"))
        await store.set_delivery("s-1", _receipt("painted", NOW + 1))
        assert (await self.read(store)).delivery == _receipt("painted", NOW)

    # Lists

    async def test_the_newest_sessions_are_listed_oldest_first(self) -> None:
        store = await self.make(SessionLimits())
        for number in range(6):
            await self.open(store, _made(f"s-{number}", number))
        assert await self.listed(store, ADA, limit=3) == ["s-3", "s-4", "s-5"]
        assert await self.listed(store, ADA) == [f"s-{number}" for number in range(6)]

    async def test_a_list_holds_what_its_tenant_may_see(self) -> None:
        store = await self.make(SessionLimits())
        owners = {"of-ada": ADA, "of-app": _APP, "of-ben": _BEN, "foreign": _FOREIGN, "of-ada-too": ADA}
        for number, (name, owner) in enumerate(owners.items()):
            await self.open(store, _made(name, number, tenant=owner))
        assert await self.listed(store, ADA) == ["of-ada", "of-app", "of-ada-too"]
        assert await self.listed(store, _APP) == ["of-ada", "of-app", "of-ben", "of-ada-too"]
        assert await self.listed(store, _FOREIGN) == ["foreign"]
        assert await self.listed(store, Tenant("app-3")) == []
        assert await self.listed(store, ADA, limit=2) == ["of-app", "of-ada-too"]

    @pytest.mark.parametrize(
        ("host_name", "host_session_id", "expected"),
        [
            (None, None, ["s-0", "s-1", "s-2", "s-3"]),
            ("claude", None, ["s-0", "s-1"]),
            ("claude", "chat-1", ["s-0"]),
            (None, "chat-1", ["s-0", "s-2"]),
            ("nobody", None, []),
            ("claude", "chat-9", []),
        ],
    )
    async def test_a_list_is_filtered_by_host(
        self, host_name: str | None, host_session_id: str | None, expected: list[str]
    ) -> None:
        store = await self.make(SessionLimits())
        hosts = [at_host("claude", "chat-1"), at_host("claude", "chat-2"), at_host("cursor", "chat-1"), {}]
        for number, host in enumerate(hosts):
            await self.open(store, _made(f"s-{number}", number, **host))
        assert await self.listed(store, ADA, host_name, host_session_id) == expected
        assert await self.listed(store, _APP, host_name, host_session_id) == expected

    async def test_sessions_that_were_made_at_once_have_an_order_too(self) -> None:
        store = await self.make(SessionLimits())
        for name in ("s-2", "s-1", "s-3"):
            await self.open(store, _made(name, 0))
        assert await self.listed(store, ADA) == ["s-1", "s-2", "s-3"]
        assert await self.listed(store, ADA, before=(NOW, "s-3"), limit=1) == ["s-2"]

    async def test_a_list_goes_on_in_front_of_a_position(self) -> None:
        store = await self.make(SessionLimits())
        owners = (ADA, _APP, ADA, _BEN, ADA, _APP)
        for number, owner in enumerate(owners):
            await self.open(store, _made(f"s-{number}", number, tenant=owner))
        assert await self.listed(store, ADA, before=(NOW + 4, "s-4"), limit=2) == ["s-1", "s-2"]
        assert await self.listed(store, ADA, before=(NOW + 1, "s-1"), limit=2) == ["s-0"]
        assert await self.listed(store, ADA, before=(NOW, "s-0")) == []
        assert await self.listed(store, _APP, before=(NOW + 4, "s-4")) == ["s-0", "s-1", "s-2", "s-3"]

    async def test_pages_hold_each_session_once_whatever_comes_and_goes(self) -> None:
        store = await self.make(SessionLimits())
        for number in range(7):
            await self.open(store, _made(f"s-{number}", number))
        seen = []
        before = None
        for number in range(7, 11):
            page = await store.list(ADA, host_name=None, host_session_id=None, limit=2, before=before)
            seen += [session.id for session in page]
            before = page[0].position
            await store.remove(page[0].id)
            await self.open(store, _made(f"s-{number}", number))
        assert sorted(seen) == [f"s-{number}" for number in range(7)]

    async def test_a_list_shows_sessions_as_they_are_now_expired_ones_too(self) -> None:
        store = await self.make(SessionLimits())
        await self.open(store, a_session(expires_at_ms=NOW))
        await store.change_props("s-1", 0, {"n": 1}, NOW)
        (session,) = await store.list(ADA, host_name=None, host_session_id=None, limit=5)
        assert session == await self.read(store)
        assert session.is_expired(NOW + 1)

    # The end

    async def test_expired_sessions_are_named_longest_expired_first(self) -> None:
        store = await self.make(SessionLimits())
        for name, expires in (("s-1", 30), ("s-2", 10), ("s-3", 20), ("s-4", 99)):
            await self.open(store, a_session(name, expires_at_ms=NOW + expires))
        assert list(await store.expired(NOW + 10, 9)) == []
        assert list(await store.expired(NOW + 50, 2)) == ["s-2", "s-3"]
        assert list(await store.expired(NOW + 50, 9)) == ["s-2", "s-3", "s-1"]

    async def test_a_session_that_was_touched_expires_later(self) -> None:
        store = await self.make(SessionLimits())
        for name, expires in (("s-1", 10), ("s-2", 20)):
            await self.open(store, a_session(name, expires_at_ms=NOW + expires))
        await store.touch("s-1", NOW, NOW + 60)
        assert list(await store.expired(NOW + 50, 9)) == ["s-2"]
        assert list(await store.expired(NOW + 61, 1)) == ["s-2"]
        await store.touch("s-2", NOW, NOW + 90)
        assert list(await store.expired(NOW + 61, 9)) == ["s-1"]
        assert list(await store.expired(NOW + 99, 9)) == ["s-1", "s-2"]

    async def test_an_expired_session_is_there_until_it_is_removed(self) -> None:
        store = await self.make(SessionLimits())
        await self.open(store, a_session(expires_at_ms=NOW))
        assert list(await store.expired(NOW + 1, 9)) == ["s-1"]
        assert await store.session("s-1", ADA) is not None
        assert await append(store, "a") == "queued"
        await store.remove("s-1")
        assert list(await store.expired(NOW + 1, 9)) == []

    async def test_a_removed_session_leaves_nothing(self) -> None:
        store = await self.opened()
        await append(store, "a")
        await store.emit("s-1", "chart", "append", 1, complete=False, replay="all", now_ms=NOW)
        await store.lease("s-1", "l-1", NOW)
        await store.remove("s-1")
        await store.remove("s-1")
        await store.release("s-1", "l-1")
        assert await store.release_all() == 0
        assert await store.session("s-1", None) is None
        assert await store.by_short_code("code-s-1") is None
        assert await self.listed(store, ADA) == []
        assert await store.append_gesture("s-1", a_gesture("b"), {}, NOW) == ("missing", 0)
        await self.open(store, a_session())
        assert await append(store, "a") == "queued"
        assert await self.types(store) == ["user.submitted"]
        assert (await store.backlog("s-1", 0)).stream_seq == 0


def _made(session_id: str, at: int, **changes: Any) -> Session:
    """A session that was rendered ``at`` milliseconds after :data:`NOW`."""
    return a_session(session_id, created_at_ms=NOW + at, last_activity_at_ms=NOW + at, **changes)
