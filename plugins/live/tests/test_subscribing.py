"""The subscription: which refusal wins, what the ack says, and what is replayed (spec 01 sections 1, 15.5 and 16)."""

from __future__ import annotations

from typing import Any

import pytest

from ggui_core.protocol.session import Failure, Session, Tenant
from ggui_core.protocol.version import PROTOCOL_VERSION
from ggui_core.testing import FakeClock
from ggui_core.tokens import TokenSigner

from .serving import LiveServer, until

NEWER = ["draft-2027-01-01"]


async def code_of(live: LiveServer, opened_by: str, wanted: dict[str, Any]) -> str:
    """The code of the error frame that answers a subscription; the socket is spent."""
    view = await live.open(opened_by)
    frame = await view.ask("subscribe", wanted, requestId="s-1")
    assert (frame["type"], frame["requestId"]) == ("error", "s-1"), frame
    assert frame["payload"]["message"]
    if frame["payload"]["code"] == "BOOTSTRAP_EXPIRED":
        assert await view.closed() == (1008, "token_expired")
    else:
        again = await view.ask("subscribe", wanted)
        assert again["payload"]["code"] == "UNAUTHENTICATED", "a refused subscription is a subscription"
        await view.socket.close()
    await until(lambda: len(live.channel.hub) == 0)
    code: str = frame["payload"]["code"]
    return code


# What is refused, and in which order


async def test_a_socket_that_a_token_opened_needs_one_in_the_message(live: LiveServer) -> None:
    session = await live.stage.render()
    token = live.token(session)
    for missing in ({}, {"wsToken": None}, {"wsToken": ""}):
        assert await code_of(live, token, {"sessionId": session.id, **missing}) == "UNAUTHENTICATED"


async def test_every_fault_of_the_token_has_its_code(live: LiveServer, clock: FakeClock) -> None:
    session, other = await live.stage.render(), await live.stage.render()
    old = live.token(session)
    await clock.advance(200)
    good = live.token(session)
    table: list[tuple[dict[str, Any], str]] = [
        ({"wsToken": old}, "BOOTSTRAP_EXPIRED"),
        ({"wsToken": "x"}, "BOOTSTRAP_INVALID"),
        ({"wsToken": good[:-2] + "AA"}, "BOOTSTRAP_INVALID"),
        ({"wsToken": live.token(session, kind="session")}, "BOOTSTRAP_INVALID"),
        ({"wsToken": live.token(other)}, "BOOTSTRAP_SESSION_MISMATCH"),
        ({"wsToken": good, "sessionId": other.id}, "BOOTSTRAP_SESSION_MISMATCH"),
        ({"wsToken": live.token(other), "sessionId": other.id}, "BOOTSTRAP_SESSION_MISMATCH"),
        ({"wsToken": good, "appId": "another"}, "BOOTSTRAP_APP_MISMATCH"),
        ({"wsToken": live.token(session, app_id="another")}, "BOOTSTRAP_APP_MISMATCH"),
    ]
    for change, code in table:
        assert await code_of(live, good, {"sessionId": session.id, **change}) == code, change


async def test_a_token_for_another_app_than_the_session_s(live: LiveServer) -> None:
    session = await live.stage.render()
    token = live.token(session, app_id="another")
    assert await code_of(live, token, {"sessionId": session.id, "wsToken": token}) == "APP_MISMATCH"


@pytest.mark.spec("01 23.2")
async def test_a_session_that_is_gone_or_expired_is_not_made_anew(live: LiveServer, clock: FakeClock) -> None:
    gone, expired = await live.stage.render(), await live.stage.render()
    await live.stage.expire(gone.id)
    await clock.advance(3_600)
    for session in (gone, expired):
        token = live.token(session)
        wanted = {"sessionId": session.id, "wsToken": token}
        assert await code_of(live, token, wanted) == "SESSION_NOT_FOUND"
    assert await live.stage.store.session(gone.id, None) is None


async def test_the_token_is_judged_before_the_session_is_looked_up(
    live: LiveServer, clock: FakeClock
) -> None:
    session = await live.stage.render()
    token = live.token(session)
    await live.stage.expire(session.id)
    await clock.advance(181)
    wanted = {"sessionId": session.id, "wsToken": token, "appId": "another"}
    assert await code_of(live, token, wanted) == "BOOTSTRAP_EXPIRED"


@pytest.mark.spec("01 23.8")
async def test_a_malformed_message_is_answered_and_is_no_subscription_yet(live: LiveServer) -> None:
    session = await live.stage.render()
    token = live.token(session)
    view = await live.open(token)
    malformed: list[Any] = [
        None,
        [],
        "x",
        {},
        {"sessionId": ""},
        {"sessionId": 5},
        {"sessionId": session.id, "appId": 5},
        {"sessionId": session.id, "wsToken": ["x"]},
        {"sessionId": session.id, "wsToken": token, "fromSeq": -1},
        {"sessionId": session.id, "wsToken": token, "fromSeq": "1"},
        {"sessionId": session.id, "wsToken": token, "fromSeq": 1.5},
        {"sessionId": session.id, "wsToken": token, "fromSeq": True},
    ]
    for payload in malformed:
        frame = await view.ask("subscribe", payload, requestId="r")
        assert (frame["payload"]["code"], frame["requestId"]) == ("INVALID_MESSAGE", "r"), payload
    ack = await view.ask("subscribe", {"sessionId": session.id, "wsToken": token})
    assert ack["type"] == "ack"
    await view.socket.close()


# Versions


@pytest.mark.parametrize("wanted", [{}, {"wsToken": "x"}, {"appId": "another", "wsToken": None}])
async def test_an_unknown_version_is_refused_before_anything_else_and_the_socket_closes_without_a_code(
    live: LiveServer, wanted: dict[str, Any]
) -> None:
    view = await live.open(live.token(await live.stage.render()))
    frame = await view.ask(
        "subscribe", {"sessionId": "nowhere", "supportedVersions": NEWER, **wanted}, requestId="v"
    )
    assert (frame["type"], frame["requestId"]) == ("error", "v")
    assert frame["payload"]["code"] == "UPGRADE_REQUIRED"
    assert frame["payload"]["details"] == {
        "serverVersion": PROTOCOL_VERSION,
        "clientSupportedVersions": NEWER,
        "policy": "reject",
    }
    code, reason = await view.closed()
    assert (code or 1005, reason) == (1005, "")


@pytest.mark.parametrize("offered", [None, [], [PROTOCOL_VERSION], [*NEWER, PROTOCOL_VERSION], "x"])
async def test_a_fitting_offer_or_none_passes(live: LiveServer, offered: Any) -> None:
    view, _ = await live.view(await live.stage.render(), supportedVersions=offered)
    await view.socket.close()


# Bearers


@pytest.fixture
async def hers(live: LiveServer) -> Session:
    return await live.stage.render(Tenant("garden", "fern"))


async def test_a_bearer_needs_no_token_and_sees_its_own(live: LiveServer, hers: Session) -> None:
    shared = await live.stage.render(Tenant("garden"))
    for session in (hers, shared):
        view = await live.open(bearer="fern")
        ack = await view.ask("subscribe", {"sessionId": session.id, "appId": "garden"})
        assert ack["payload"]["session"]["id"] == session.id
        assert "sessionToken" not in ack["payload"]
        await view.socket.close()


@pytest.mark.spec("01 23.2")
@pytest.mark.parametrize("bearer", ["reed", "phone"])
async def test_what_is_not_a_bearer_s_own_looks_as_if_it_were_not_there(
    live: LiveServer, hers: Session, bearer: str
) -> None:
    answers = []
    for session_id in (hers.id, "nowhere"):
        view = await live.open(bearer=bearer)
        frame = await view.ask("subscribe", {"sessionId": session_id})
        assert frame["payload"]["code"] == "SESSION_NOT_FOUND"
        answers.append(frame["payload"]["message"].replace(session_id, "X"))
        await view.socket.close()
    assert answers[0] == answers[1]


@pytest.mark.spec("01 23.2")
async def test_a_bearer_cannot_claim_another_app(live: LiveServer, hers: Session) -> None:
    view = await live.open(bearer="fern")
    frame = await view.ask("subscribe", {"sessionId": hers.id, "appId": "builder"})
    assert frame["payload"]["code"] == "SESSION_NOT_FOUND"
    await view.socket.close()


async def test_a_token_beside_a_bearer_counts_and_must_be_good(live: LiveServer, hers: Session) -> None:
    for token, expected in ((live.token(hers), None), ("x", "BOOTSTRAP_INVALID")):
        view = await live.open(bearer="phone")
        frame = await view.ask("subscribe", {"sessionId": hers.id, "wsToken": token})
        assert frame["payload"].get("code") == expected
        await view.socket.close()


# The ack


@pytest.mark.spec("01 22.1", "01 22.2")
async def test_the_ack_is_the_current_truth(live: LiveServer, clock: FakeClock) -> None:
    session = await live.stage.render()
    await live.stage.update(session.id, title="second")
    await live.stage.emit(session.id, "tick", 1)
    await clock.advance(1.5)
    view, ack = await live.view(session)
    payload = ack["payload"]
    assert payload["sequence"] == payload["session"]["eventSequence"] == 2
    assert payload["timestamp"] == 1_800_000_001_500
    assert payload["streamSeq"] == 1
    assert payload["serverVersion"] == "draft-2026-08-19"
    assert payload["session"]["props"] == {"title": "second"}
    assert payload["session"]["componentCode"] == "export default () => null"
    assert "replayTruncated" not in payload
    assert "requestId" not in ack
    claims = live.setup.get(TokenSigner).verify(payload["sessionToken"], "session")
    assert (claims.session_id, claims.app_id) == (session.id, session.tenant.app_id)
    assert claims.expires_at - claims.issued_at == 14_400
    await view.socket.close()


@pytest.mark.spec("01 22.8")
async def test_the_request_id_is_echoed(live: LiveServer) -> None:
    session = await live.stage.render()
    token = live.token(session)
    view = await live.open(token)
    ack = await view.ask("subscribe", {"sessionId": session.id, "wsToken": token}, requestId="s1")
    assert (ack["type"], ack["requestId"]) == ("ack", "s1")
    again = await view.ask("subscribe", {"sessionId": session.id, "wsToken": token}, requestId="s2")
    assert (again["payload"]["code"], again["requestId"]) == ("UNAUTHENTICATED", "s2")
    await live.stage.emit(session.id, "tick", 1)
    assert "requestId" not in await view.next()
    await view.socket.close()


# Replay


async def deliveries(live: LiveServer) -> Session:
    """A session with seq 1 to 6: log, tick, level, log, level, reserved."""
    session = await live.stage.render()
    for channel, payload in (("log", 10), ("tick", 20), ("level", 30), ("log", 40), ("level", 50)):
        await live.stage.emit(session.id, channel, payload)
    await live.stage.emit(session.id, "_ggui:lifecycle", {"kind": "render_started"})
    return session


@pytest.mark.spec("01 22.3")
@pytest.mark.parametrize(
    ("cursor", "replayed"),
    [
        ({}, [6]),
        ({"fromSeq": None}, [6]),
        ({"fromSeq": 0}, [1, 4, 5, 6]),
        ({"fromSeq": 1}, [4, 5, 6]),
        ({"fromSeq": 5}, [6]),
        ({"fromSeq": 6}, []),
        ({"fromSeq": 99}, []),
    ],
)
async def test_stream_replay_starts_after_the_cursor_and_without_one_the_server_s_own_channels_are_replayed(
    live: LiveServer, cursor: dict[str, Any], replayed: list[int]
) -> None:
    session = await deliveries(live)
    view, ack = await live.view(session, **cursor)
    assert ack["payload"]["streamSeq"] == 6
    frames = await view.until_quiet()
    assert {frame["type"] for frame in frames} <= {"data"}
    assert [frame["payload"]["seq"] for frame in frames] == replayed
    await view.socket.close()


async def test_a_replayed_delivery_looks_like_a_live_one(live: LiveServer) -> None:
    session = await live.stage.render()
    live_view, _ = await live.view(session)
    await live.stage.emit(session.id, "level", {"deep": [None, 1.5]}, complete=True)
    heard = await live_view.next()
    late_view, _ = await live.view(session, fromSeq=0)
    assert await late_view.next() == heard
    assert heard == {
        "type": "data",
        "payload": {
            "sessionId": session.id,
            "channel": "level",
            "mode": "replace",
            "payload": {"deep": [None, 1.5]},
            "seq": 1,
            "schemaVersion": PROTOCOL_VERSION,
            "complete": True,
        },
    }
    for view in (live_view, late_view):
        await view.socket.close()


async def test_a_cursor_behind_what_is_kept_is_told_so(live: LiveServer) -> None:
    session = await live.stage.render()
    for number in range(300):
        await live.stage.emit(session.id, "log", number)
    view, ack = await live.view(session, fromSeq=0)
    assert ack["payload"]["replayTruncated"] is True
    frames = await view.until_quiet()
    assert [frame["payload"]["seq"] for frame in frames] == list(range(45, 301))
    fresh, ack = await live.view(session)
    assert "replayTruncated" not in ack["payload"]
    for one in (view, fresh):
        await one.socket.close()


@pytest.mark.spec("01 23.13")
async def test_what_the_server_says_of_itself_pushes_out_nothing_that_agents_said(live: LiveServer) -> None:
    session = await live.stage.render()
    for number in range(256):
        await live.stage.emit(session.id, "log", number)
    for number in range(300):
        await live.stage.emit(session.id, "_ggui:lifecycle", {"kind": "render_started", "n": number})
    view, ack = await live.view(session, fromSeq=0)
    assert "replayTruncated" not in ack["payload"]
    frames = await view.until_quiet()
    heard = [frame["payload"]["payload"] for frame in frames if frame["payload"]["channel"] == "log"]
    assert heard == list(range(256))
    await view.socket.close()


async def test_the_ledger_is_replayed_before_the_stream_and_in_pages(live: LiveServer) -> None:
    session = await live.stage.render()
    for number in range(250):
        await live.stage.update(session.id, title=f"t{number}")
    await live.stage.emit(session.id, "log", 1)
    view, ack = await live.view(session, sinceSequence=1, fromSeq=0)
    assert ack["payload"]["sequence"] == 251
    frames = await view.until_quiet()
    assert [frame["type"] for frame in frames] == ["render_event"] * 250 + ["data"]
    assert [frame["payload"]["seq"] for frame in frames[:-1]] == list(range(2, 252))
    first = frames[0]["payload"]
    assert first["type"] == "ui.updated"
    assert first["data"] == {"sessionId": session.id, "props": {"title": "t0"}, "epoch": 0}
    assert first["timestamp"] == "2027-01-15T08:00:00.000Z"
    await view.socket.close()


@pytest.mark.parametrize("cursor", [-1, 1.5, "1", True, [], {}])
async def test_a_ledger_cursor_that_is_none_is_told_so_after_the_ack(live: LiveServer, cursor: Any) -> None:
    session = await live.stage.render()
    view, _ = await live.view(session, sinceSequence=cursor)
    frame = await view.next()
    assert (frame["type"], frame["payload"]["code"]) == ("error", "INVALID_SINCE_SEQUENCE")
    await live.stage.emit(session.id, "tick", 1)
    assert (await view.next())["type"] == "data", "the subscription lives on"
    await view.socket.close()


async def test_a_ledger_cursor_outside_of_the_ledger_is_told_so_after_the_ack(live: LiveServer) -> None:
    session = await live.stage.render()
    for number in range(1_100):
        await live.stage.store.record(session.id, "x-note", {"n": number}, live.stage.now_ms())
    for cursor in (0, 100, 1_102):
        view, _ = await live.view(session, sinceSequence=cursor)
        frame = await view.next()
        assert frame["payload"]["code"] == "REPLAY_HORIZON_PASSED"
        assert frame["payload"]["details"] == {"currentSequence": 1_101}
        await live.stage.emit(session.id, "tick", 1)
        assert (await view.next())["type"] == "data"
        await view.socket.close()
    view, _ = await live.view(session, sinceSequence=1_101)
    assert await view.until_quiet() == []
    await view.socket.close()


async def test_a_store_that_fails_is_told_and_leaves_nothing_behind(live: LiveServer) -> None:
    session = await live.stage.render()

    async def fail() -> None:
        raise OSError("disk gone at /var/lib")

    live.stage.before_row = fail
    token = live.token(session)
    view = await live.open(token)
    frame = await view.ask("subscribe", {"sessionId": session.id, "wsToken": token}, requestId="r")
    assert (frame["payload"]["code"], frame["requestId"]) == ("INTERNAL_ERROR", "r")
    assert "/var" not in str(frame)
    assert len(live.channel.hub) == 0
    await view.socket.close()


async def test_a_failed_session_says_so_in_the_ack(live: LiveServer) -> None:
    session = await live.stage.render(committed=False)
    await live.stage.commit(session.id, Failure("PRODUCTION_FAILED", "No component came out."))
    view, ack = await live.view(session)
    assert ack["payload"]["session"]["errorCode"] == "PRODUCTION_FAILED"
    await view.socket.close()
