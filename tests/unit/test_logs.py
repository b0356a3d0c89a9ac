"""What is written down, and what never is (spec 03 section 22)."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import math
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import orjson
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from ggui_core import logs
from ggui_core.auth import AuthRequest, BuilderIdentity, Principal
from ggui_core.logs import REDACTED, redact
from ggui_core.testing import booted

SECRETS = (
    "ggui_user_AbC-123_x",
    "ggui_admin_Zz9",
    "ggui_sk_live_1",
    "Bearer abc.def=",
    "bearer   eyJhbGciOi.x.y",
)


@pytest.fixture
def stderr(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.BytesIO]:
    """What the log writes when stderr is no terminal."""
    written = io.BytesIO()
    text = io.TextIOWrapper(
        written, write_through=True
    )  # closes `written` when nothing refers to it any more
    monkeypatch.setattr(sys, "stderr", text)
    handlers, level = logging.getLogger().handlers, logging.getLogger().level
    logs.configure({"GGUI_LOG_LEVEL": "debug"}, cached=False)
    yield written
    assert text.buffer is written
    monkeypatch.undo()
    logs.configure({"GGUI_LOG_LEVEL": "warning"}, cached=False)
    logging.getLogger().handlers, logging.getLogger().level = handlers, level


def lines(written: io.BytesIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "place",
    [
        lambda secret: {"event": f"got {secret} here"},
        lambda secret: {"detail": {"inner": [1, {"text": f"x {secret}"}]}},
        lambda secret: {"items": ("a", secret)},
        lambda secret: {"raw": secret.encode()},
        lambda secret: {"object": ValueError(secret)},
        lambda secret: {"exception": f"Traceback\n  ...\nValueError: {secret}"},
    ],
)
def test_secret_text_is_taken_out_wherever_it_stands(
    secret: str, place: Callable[[str], dict[str, Any]]
) -> None:
    cleaned = json.dumps(redact(None, "info", place(secret)))
    assert REDACTED in cleaned
    assert secret.split()[-1] not in cleaned


@pytest.mark.parametrize(
    "key",
    ["authorization", "Authorization", "token", "access_token", "refresh_token", "cookie", "set-cookie", "password",
     "client_secret", "api_key", "apiKey", "X-Api-Key", "bearer", "admin_token", "code_verifier"],
)  # fmt: skip
def test_values_under_secret_names_are_taken_out(key: str) -> None:
    assert redact(None, "info", {key: "plain"}) == {key: REDACTED}
    assert redact(None, "info", {"headers": {key: "plain"}}) == {"headers": {key: REDACTED}}


@pytest.mark.parametrize("key", ["code", "status", "tool", "tokens", "request_id", "error_code"])
def test_other_names_keep_their_values(key: str) -> None:
    assert redact(None, "info", {key: "plain"}) == {key: "plain"}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
        max_leaves=10,
    )
)
def test_any_value_can_be_written(value: object) -> None:
    event = redact(None, "info", {"event": "x", "value": value})
    line = structlog.processors.JSONRenderer(serializer=orjson.dumps)(None, "info", event)
    assert len(line.splitlines()) == 1
    written = json.loads(line)
    assert written["event"] == "x"
    assert is_alike(written["value"], value)


@pytest.mark.parametrize("key", ["\udcff", 1, None, (1, 2)])
def test_any_key_of_a_nested_mapping_can_be_written(key: object) -> None:
    event = redact(None, "info", {"event": "x", "value": {key: {key: "inner"}}})
    line = structlog.processors.JSONRenderer(serializer=orjson.dumps)(None, "info", event)
    assert "inner" in str(json.loads(line)["value"])


def is_alike(written: object, value: object) -> bool:
    """Whether ``written`` shows ``value``: containers by their members, text and bytes as text."""
    match value:
        case dict():
            return isinstance(written, dict) and all(
                written[key] == REDACTED or is_alike(written[key], inner) for key, inner in value.items()
            )
        case list() | tuple():
            return (
                isinstance(written, list)
                and len(written) == len(value)
                and all(map(is_alike, written, value))
            )
        case str() | bytes():
            return isinstance(written, str)
        case float() if not math.isfinite(value):
            return written is None  # JSON has no word for it
        case int() if not isinstance(value, bool):
            return written in (value, str(value))
        case _:
            return written == value


def test_log_is_one_json_object_a_line_when_nobody_watches(stderr: io.BytesIO) -> None:
    log = structlog.get_logger("test")
    log.info("first", n=2**80, text="a\udcffb", nested={"k": [1]})
    try:
        raise ValueError("sent Bearer abcdef12")
    except ValueError:
        log.exception("second")
    first, second = lines(stderr)
    assert (first["event"], first["level"], first["n"]) == ("first", "info", str(2**80))
    assert first["time"].endswith("Z")
    assert "ValueError: sent [redacted]" in second["exception"]


def test_records_of_the_standard_library_come_the_same_way(stderr: io.BytesIO) -> None:
    logging.getLogger("some.library").warning("token is %s", "ggui_user_abc")
    logging.getLogger("some.library").info("chatter")
    (only,) = lines(stderr)
    assert (only["event"], only["level"]) == ("token is [redacted]", "warning")


@pytest.mark.parametrize(
    ("level", "heard"),
    [("error", ["error"]), ("nonsense", ["info", "error"]), ("DEBUG", ["debug", "info", "error"])],
)
def test_level_comes_from_the_environment(stderr: io.BytesIO, level: str, heard: list[str]) -> None:
    written = io.BytesIO()
    with contextlib.redirect_stderr(io.TextIOWrapper(written, write_through=True)):
        logs.configure({"GGUI_LOG_LEVEL": level}, cached=False)
        log = structlog.get_logger("test")
        for method in ("debug", "info", "error"):
            getattr(log, method)(method)
        assert [line["event"] for line in lines(written)] == heard


@pytest.mark.spec("01 23.4")
async def test_no_secret_of_a_request_is_written_down(
    stderr: io.BytesIO, probe: ModuleType, plugin: Callable[..., ModuleType]
) -> None:
    class Devices:
        name = "devices"
        rank = 1

        async def authenticate(self, request: AuthRequest) -> Principal | None:
            if request.bearer == "s3cret-broken":
                raise RuntimeError(f"cannot look up Bearer {request.bearer}")
            return (
                Principal(BuilderIdentity(), "pairing", "pairing:1")
                if request.bearer == "s3cret-good"
                else None
            )

    adapters = plugin("devices", auth_adapters=lambda setup: [Devices()])
    async with booted([probe, adapters]) as server:
        await server.call_tool("ggui_probe_echo", {"text": "s3cret-body"}, bearer="s3cret-good")
        await server.call_tool("ggui_probe_crash", bearer="s3cret-good")
        for bearer in ("s3cret-bad", "s3cret-broken"):
            await server.rpc("tools/list", bearer=bearer)
        headers = {"Cookie": "session=s3cret-cookie", "Authorization": "Basic s3cret-basic"}
        await server.client.get(
            server.base_url + "/probe-who?token=s3cret-query&wsToken=s3cret-view", headers=headers
        )
        await server.client.get(server.base_url + "/probe-crash?token=s3cret-query")
    events = {line["event"] for line in lines(stderr)}
    assert {"request", "tool_invoked", "tool_crashed", "request_failed", "request_crashed"} <= events
    assert b"s3cret" not in stderr.getvalue()


@pytest.mark.parametrize(
    "fault", [BrokenPipeError(), OSError(28, "No space left on device"), ValueError("closed")]
)
def test_a_stream_that_fails_fails_nobody(monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    attempts: list[bytes] = []

    class Failing(io.BytesIO):
        def write(self, data: Any) -> int:
            attempts.append(data)
            raise fault

    class Stderr:
        buffer = Failing()

        def isatty(self) -> bool:
            return False

    monkeypatch.setattr("sys.stderr", Stderr())
    logs.configure({}, cached=False)
    structlog.get_logger("test").info("lost")
    monkeypatch.undo()
    logs.configure({"GGUI_LOG_LEVEL": "warning"}, cached=False)
    assert b"lost" in b"".join(attempts)
