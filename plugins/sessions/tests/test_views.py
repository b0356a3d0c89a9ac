"""What views report: context snapshots and telemetry (spec 02 sections 7.2 and 7.5, spec 08)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from ggui_core import logs
from ggui_core.protocol.session import DeliveryReceipt
from ggui_core.seams import SessionService
from ggui_core.testing import FakeClock

from .serving import APP, SLICE, Agent, serving

SYNC, TELEMETRY = "ggui_runtime_sync_context", "ggui_runtime_telemetry"


def sync(session_id: str, snapshot: dict[str, Any], app_id: str = APP) -> dict[str, Any]:
    return {"sessionId": session_id, "appId": app_id, "snapshot": snapshot}


@pytest.mark.spec("02 18.11")
async def test_the_newest_snapshot_replaces_the_one_before_and_seeds_the_next_mount() -> None:
    async with serving() as agent:
        rendered = (await agent.render())["structuredContent"]
        session_id = rendered["sessionId"]
        assert await agent.ok(SYNC, sync(session_id, {"filter": "a", "page_size": 5})) == {"ok": True}
        assert await agent.ok(SYNC, sync(session_id, {"filter": "b"})) == {"ok": True}
        assert (await agent.stored(session_id)).context_snapshot == {"filter": "b"}
        mount = await agent.server.setup.get(SessionService).mount(await agent.stored(session_id))
    assert [(slot["name"], slot["default"]) for slot in mount.slice["contextSlots"]] == [
        ("filter", "b"),
        ("page_size", 0),
    ]


@pytest.mark.parametrize(
    ("snapshot", "code", "says"),
    [
        ({f"s{n}": 1 for n in range(51)}, "CONTEXT_TOO_LARGE", "51 slots"),
        ({"filter": "x" * 17_000}, "CONTEXT_TOO_LARGE", "filter"),
        ({f"s{n}": "x" * 16_000 for n in range(5)}, "CONTEXT_TOO_LARGE", "bytes"),
        ({"other": 1}, "CONTEXT_SCHEMA_VIOLATION", "other"),
        ({"page_size": "many"}, "CONTEXT_SCHEMA_VIOLATION", "page_size.value"),
    ],
)
async def test_a_refused_snapshot_changes_nothing(snapshot: dict[str, Any], code: str, says: str) -> None:
    async with serving() as agent:
        session_id = await agent.card()
        await agent.ok(SYNC, sync(session_id, {"filter": "a"}))
        answer = await agent.ok(SYNC, sync(session_id, snapshot))
        assert (await agent.stored(session_id)).context_snapshot == {"filter": "a"}
    assert (answer["ok"], answer["code"]) == (False, code)
    assert says in answer["message"]


async def test_size_is_judged_before_the_session_is_looked_up() -> None:
    large = {"filter": "x" * 17_000}
    async with serving() as agent:
        answer = await agent.ok(SYNC, sync("nobody", large))
    assert answer["code"] == "CONTEXT_TOO_LARGE"


async def test_another_app_is_named_as_such_only_to_the_owner() -> None:
    async with serving() as agent:
        session_id = await agent.card()
        mine = await agent.ok(SYNC, sync(session_id, {}, app_id="other"))
        theirs = await Agent(agent.server, "app:other").ok(SYNC, sync(session_id, {}, app_id="other"))
    assert mine["code"] == "TENANT_MISMATCH"
    assert APP not in mine["message"]
    assert theirs["code"] == "SESSION_NOT_FOUND"


async def test_a_system_card_has_no_context() -> None:
    async with serving() as agent:
        draft = {"intent": "[ggui:probe]", "blueprintDraft": {"contract": {}}}
        agreed = await agent.ok("ggui_handshake", draft)
        probe = await agent.ok("ggui_render", {"handshakeId": agreed["handshakeId"], "props": {}})
        answer = await agent.ok(SYNC, sync(probe["sessionId"], {}))
    assert answer["code"] == "SESSION_NOT_FOUND"


# Telemetry


def event(kind: str, detail: str | None = None) -> dict[str, Any]:
    return {"at": 12.5, "kind": kind, **({} if detail is None else {"detail": detail})}


async def test_receipts_move_the_card_forward_and_never_back() -> None:
    clock = FakeClock(start=1_800_000_000)
    async with serving(clock=clock) as agent:
        session_id = await agent.card()
        for kind in ("delivery.started", "delivery.painted", "delivery.started"):
            await clock.advance(1)
            answer = await agent.ok(TELEMETRY, {"sessionId": session_id, "events": [event(kind)]})
            assert answer == {"ok": True}
        delivery = (await agent.stored(session_id)).delivery
    assert delivery == DeliveryReceipt("painted", 1_800_000_002_000, "relay")


async def test_several_receipts_may_come_in_one_batch() -> None:
    async with serving() as agent:
        session_id = await agent.card()
        events = [event("delivery.started"), event("delivery.error", "import failed")]
        await agent.ok(TELEMETRY, {"sessionId": session_id, "events": events})
        delivery = (await agent.stored(session_id)).delivery
        output = await agent.ok("ggui_get_session", {"sessionId": session_id})
    assert delivery is not None
    assert (delivery.state, delivery.error) == ("started", "import failed")
    assert output["delivery"]["error"] == "import failed"


@pytest.fixture
def chatty() -> Iterator[None]:
    """A log that also has what is only of interest."""
    logs.configure({}, cached=False)
    yield
    logs.configure({"GGUI_LOG_LEVEL": "warning"}, cached=False)


@pytest.mark.usefixtures("chatty")
async def test_other_kinds_are_one_line_in_the_log() -> None:
    async with serving() as agent:
        session_id = await agent.card()
        with capture_logs() as logged:
            events = [event("ws.closed", "1006"), event("delivery.painted"), event("poll.started")]
            await agent.ok(TELEMETRY, {"sessionId": session_id, "events": events})
    lines = [line for line in logged if line["event"] == "view_telemetry"]
    assert lines == [
        {
            "event": "view_telemetry",
            "log_level": "info",
            "session": session_id,
            "kinds": ["ws.closed", "poll.started"],
            "details": ["1006"],
        }
    ]


@pytest.mark.usefixtures("chatty")
@pytest.mark.parametrize("session_id", [None, "nobody"])
async def test_what_strangers_say_of_a_session_is_no_line_in_the_log(session_id: str | None) -> None:
    async with serving() as agent:
        card = await agent.card()
        before = await agent.stored(card)
        stranger = Agent(agent.server, "app:other")
        arguments = {"sessionId": session_id or card, "events": [event("ws.closed", "it is broken")]}
        with capture_logs() as logged:
            assert await stranger.ok(TELEMETRY, arguments) == {"ok": True}
        assert await agent.stored(card) == before
    assert not [line for line in logged if line["event"] == "view_telemetry"]
    assert "broken" not in str(logged)


@pytest.mark.parametrize("session_id", [None, "nobody"])
async def test_receipts_of_strangers_change_nothing_and_the_answer_does_not_say_so(
    session_id: str | None,
) -> None:
    async with serving() as agent:
        card = await agent.card()
        stranger = Agent(agent.server, "app:other")
        arguments = {"sessionId": session_id or card, "events": [event("delivery.painted")]}
        assert await stranger.ok(TELEMETRY, arguments) == {"ok": True}
        assert (await agent.stored(card)).delivery is None


@pytest.mark.parametrize(
    "events",
    [
        [],
        [event("x")] * 41,
        [{"at": -1, "kind": "x"}],
        [{"at": 1, "kind": ""}],
        [event("x" * 65)],
        [event("x", "y" * 513)],
        "x",
    ],
)
async def test_batches_have_limits(events: Any) -> None:
    async with serving() as agent:
        error = await agent.error(TELEMETRY, {"sessionId": "s", "events": events})
    assert error["code"] == "invalid_arguments"


async def test_the_slice_holds_no_secret_of_the_session() -> None:
    async with serving() as agent:
        result = await agent.render()
        session = await agent.stored(result["structuredContent"]["sessionId"])
    assert session.short_code not in str(result)
    assert "source" not in result["_meta"][SLICE]
