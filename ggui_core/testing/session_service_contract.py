"""Contract kit of the service that other plugins reach sessions through."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any, Final

from ggui_core.protocol.session import DeliveryReceipt, EventPage, Gesture, HorizonPassed, Session, Tenant
from ggui_core.seams import NoPipe, SessionService, Submitted, Violated

CONTRACT: Final[dict[str, Any]] = {
    "propsSpec": {"properties": {"title": {"schema": {"type": "string"}, "required": True}}},
    "actionSpec": {
        "book": {
            "label": "Book",
            "schema": {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]},
            "nextStep": "book_berth",
        }
    },
    "contextSpec": {"filter": {"schema": {"type": "string"}, "default": "free"}},
    "streamSpec": {"wind": {"schema": {"type": "number"}, "replay": "all"}},
    "agentCapabilities": {
        "tools": {
            "book_berth": {
                "toolInfo": {
                    "inputSchema": {
                        "type": "object",
                        "properties": {"id": {"type": "string"}},
                        "required": ["id"],
                    }
                }
            }
        }
    },
}
PROPS: Final[dict[str, Any]] = {"title": "Berths"}
STRANGER: Final = Tenant("somebody-else")


class SessionServiceContract(ABC):
    """Kit for :class:`~ggui_core.seams.SessionService`."""

    @abstractmethod
    def serving(self) -> AbstractAsyncContextManager[tuple[SessionService, Session]]:
        """A service with one rendered session of :data:`CONTRACT` and :data:`PROPS`, for as long as it is open."""

    async def test_a_session_is_found_by_its_owner_and_by_the_server(self) -> None:
        async with self.serving() as (service, session):
            for tenant in (session.tenant, None):
                found = await service.session(session.id, tenant)
                assert found is not None
                assert found.id == session.id

    async def test_a_session_of_somebody_else_is_none_as_one_that_is_not_there(self) -> None:
        async with self.serving() as (service, session):
            assert await service.session(session.id, STRANGER) is None
            assert await service.session("nobody", None) is None

    async def test_its_page_is_found_by_its_short_code(self) -> None:
        async with self.serving() as (service, session):
            found = await service.by_short_code(session.short_code)
            assert found is not None
            assert found.id == session.id
            assert await service.by_short_code("nobody") is None

    async def test_its_row_is_json_with_code_and_without_secrets(self) -> None:
        async with self.serving() as (service, session):
            row = await service.row(session)
        assert json.loads(json.dumps(row)) == row
        assert row["id"] == session.id
        assert row["appId"] == session.tenant.app_id
        assert row["type"] == "component"
        assert row["componentCode"]
        assert row["props"] == PROPS
        assert row["actionSpec"] == CONTRACT["actionSpec"]
        assert {"eventSequence", "createdAt", "lastActivityAt", "expiresAt"} <= row.keys()
        assert session.short_code not in json.dumps(row)

    async def test_its_slice_has_what_a_view_needs(self) -> None:
        async with self.serving() as (service, session):
            mount = await service.mount(session)
        assert mount.slice["sessionId"] == session.id
        assert mount.slice["appId"] == session.tenant.app_id
        assert json.loads(mount.slice["propsJson"]) == PROPS
        assert [slot["default"] for slot in mount.slice["contextSlots"]] == ["free"]
        assert {"connectDomains", "resourceDomains"} <= mount.csp.keys()

    async def test_a_gesture_is_queued_once(self) -> None:
        async with self.serving() as (service, session):
            first = await service.submit(session, gesture("g1"))
            again = await service.submit(session, gesture("g1"))
            page = await service.events(session.id, 0, 100)
        assert isinstance(first, Submitted)
        assert isinstance(again, Submitted)
        assert (first.duplicate, again.duplicate) == (False, True)
        assert first.sequence == again.sequence
        assert isinstance(page, EventPage)
        (submitted,) = (event for event in page.events if event.type == "user.submitted")
        assert submitted.seq == first.sequence
        assert submitted.data["actionId"] == "g1"
        assert submitted.data["tool"] == "book_berth"

    async def test_the_ledger_keeps_what_the_caller_says_of_a_gesture(self) -> None:
        async with self.serving() as (service, session):
            await service.submit(session, gesture("g1"), {"type": "data:submit"})
            page = await service.events(session.id, 0, 100)
        assert isinstance(page, EventPage)
        assert page.events[-1].data == {"type": "data:submit"}

    async def test_a_gesture_outside_the_contract_changes_nothing(self) -> None:
        async with self.serving() as (service, session):
            before = await service.events(session.id, 0, 100)
            outcomes = [
                await service.submit(session, gesture("g1", data={"id": 5})),
                await service.submit(session, gesture("g2", intent="sink")),
            ]
            after = await service.events(session.id, 0, 100)
        assert before == after
        for outcome in outcomes:
            assert isinstance(outcome, Violated)
            assert outcome.violations

    async def test_a_gesture_on_a_session_that_is_gone_has_no_pipe(self) -> None:
        async with self.serving() as (service, session):
            outcome = await service.submit(replace(session, id="nobody"), gesture("g1"))
        assert isinstance(outcome, NoPipe)
        assert outcome.reason

    async def test_a_cursor_beyond_the_ledger_has_passed_its_horizon(self) -> None:
        async with self.serving() as (service, session):
            page = await service.events(session.id, 0, 1)
            assert isinstance(page, EventPage)
            beyond = await service.events(session.id, page.last_sequence + 1, 1)
        assert beyond == HorizonPassed(page.last_sequence)

    async def test_the_backlog_of_a_new_subscriber_is_a_counter(self) -> None:
        async with self.serving() as (service, session):
            backlog = await service.backlog(session.id, None)
        assert backlog.emissions == ()

    async def test_what_a_view_reports_is_kept(self) -> None:
        async with self.serving() as (service, session):
            await service.observe_host(session.id, {"platform": "web", "locale": 5, "other": 1})
            await service.note_delivery(session.id, DeliveryReceipt("painted", 1, "ws"))
            await service.note_delivery(session.id, DeliveryReceipt("started", 2, "ws"))
            found = await service.session(session.id, None)
        assert found is not None
        assert found.host_context == {"platform": "web"}
        assert found.delivery == DeliveryReceipt("painted", 1, "ws")

    async def test_reports_on_a_session_that_is_gone_are_ignored(self) -> None:
        async with self.serving() as (service, _):
            await service.observe_host("nobody", {"platform": "web"})
            await service.note_delivery("nobody", DeliveryReceipt("painted", 1, "ws"))


def gesture(action_id: str, *, intent: str = "book", data: Any = ...) -> Gesture:
    """A gesture of the action ``book``; a valid one unless ``data`` says otherwise."""
    return Gesture(action_id, intent, {"id": "b1"} if data is ... else data, {}, "2027-01-15T08:00:00.120Z")
