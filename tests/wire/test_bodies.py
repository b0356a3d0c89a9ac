"""Request bodies: sizes, encodings, and what is no JSON (spec 02 section 1.2)."""

from __future__ import annotations

import asyncio
import zlib

import pytest

from ggui_core.http import body as http_body
from ggui_core.http.routes import Access, Route
from ggui_core.testing import PATIENCE_S, Booted, booted

from .conftest import MakePlugin, ok
from .raw_http import LIST, MCP, head, port_of, send


def sized_json(size: int) -> bytes:
    return b'{"a":"' + b"x" * (size - 8) + b'"}'


def chunked(body: bytes, size: int = 65_536) -> bytes:
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@pytest.mark.parametrize(("size", "status"), [(4_194_304, 200), (4_194_305, 413)])
async def test_json_body_limit_holds_however_it_is_sent(open_server: Booted, size: int, status: int) -> None:
    body = sized_json(size)
    plain = head("POST", "/probe-body", Content_Type="application/json", Content_Length=str(size))
    streamed = head("POST", "/probe-body", Content_Type="application/json", Transfer_Encoding="chunked")
    for request, sent in ((plain, body), (streamed, chunked(body))):
        reply = await send(open_server, request, body=sent)
        assert reply.status == status
        if status == 413:
            assert reply.json["error"]["code"] == "payload_too_large"


@pytest.mark.parametrize(("size", "status"), [(65_535, 200), (65_536, 200), (65_537, 413)])
async def test_form_body_limit_is_its_own(plugin: MakePlugin, size: int, status: int) -> None:
    route = Route("POST", "/form", ok, Access.OPEN)
    form = "application/x-www-form-urlencoded"
    async with booted([plugin("form", routes=lambda setup: [route])]) as server:
        plain = head("POST", "/form", Content_Type=form, Content_Length=str(size))
        assert (await send(server, plain, body=b"a" * size)).status == status
        streamed = head("POST", "/form", Content_Type=form + "; charset=utf-8", Transfer_Encoding="chunked")
        assert (await send(server, streamed, body=chunked(b"a" * size))).status == status


@pytest.mark.spec("02 19.12")
async def test_oversize_body_on_an_mcp_route_is_worded_as_json_rpc(open_server: Booted) -> None:
    reply = await send(open_server, head("POST", "/mcp", **MCP, Content_Length="4194305"))
    assert reply.status == 413
    assert reply.json["error"]["code"] == -32000


@pytest.mark.spec("02 19.12")
@pytest.mark.parametrize(
    "raw", [b"{", b"nul", b"\xff\xfe{}", b'{"a":NaN}', b"{'a':1}", b"[" * 100_000, b'"\\ud8"']
)
async def test_malformed_json_is_a_400_in_the_family_of_the_route(open_server: Booted, raw: bytes) -> None:
    sizes = {"Content_Length": str(len(raw))}
    nested = await send(
        open_server, head("POST", "/probe-body", Content_Type="application/json", **sizes), body=raw
    )
    assert (nested.status, nested.json["error"]["code"]) == (400, "bad_request")
    rpc = await send(open_server, head("POST", "/mcp", **MCP, **sizes), body=raw)
    assert (rpc.status, rpc.json["error"]["code"], rpc.json["id"]) == (400, -32700, None)


async def test_json_that_is_no_object_is_refused_by_a_handler_that_needs_one(open_server: Booted) -> None:
    reply = await send(
        open_server,
        head("POST", "/probe-body", Content_Type="application/json", Content_Length="2"),
        body=b"[]",
    )
    assert (reply.status, reply.json["error"]["message"]) == (400, "The request body must be a JSON object.")


async def test_empty_body_is_an_empty_object(open_server: Booted) -> None:
    reply = await send(
        open_server, head("POST", "/probe-body", Content_Type="application/json", Content_Length="0")
    )
    assert (reply.status, reply.json) == (200, {})


async def test_body_that_does_not_arrive_is_a_408(
    open_server: Booted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_body, "READ_TIMEOUT_S", 0.05)
    reply = await send(open_server, head("POST", "/mcp", **MCP, Content_Length="100"), body=b"{")
    assert (reply.status, reply.json["error"]["code"]) == (408, -32000)


async def test_compressed_body_is_read_within_the_same_limit(open_server: Booted) -> None:
    def request(body: bytes, encoding: str = "gzip") -> tuple[bytes, bytes]:
        packer = zlib.compressobj(wbits=31)
        packed = packer.compress(body) + packer.flush()
        json_type = "application/json"
        size = str(len(packed))
        return (
            head(
                "POST", "/probe-body", Content_Type=json_type, Content_Encoding=encoding, Content_Length=size
            ),
            packed,
        )

    start, packed = request(b'{"a": 1}')
    assert (await send(open_server, start, body=packed)).json == {"a": 1}
    start, packed = request(sized_json(4_194_305))
    assert (await send(open_server, start, body=packed)).status == 413
    start, packed = request(b'{"a": 1}')
    assert (await send(open_server, start, body=b"no gzip at all".ljust(len(packed)))).status == 400
    start, packed = request(b'{"a": 1}', "deflate")
    assert (await send(open_server, start, body=packed)).status == 400


@pytest.mark.parametrize(
    "broken", [b"zz\r\n{}\r\n0\r\n\r\n", b"-1\r\n{}\r\n0\r\n\r\n", b"2\r\n{}xx0\r\n\r\n"]
)
async def test_broken_chunks_are_a_400(open_server: Booted, broken: bytes) -> None:
    start = head("POST", "/probe-body", Content_Type="application/json", Transfer_Encoding="chunked")
    assert (await send(open_server, start, body=broken)).status == 400


@pytest.mark.parametrize(
    "content_type", [";;;", "application/json; =", "application/JSON", "a/b/c", "\x7f", "é"]
)
async def test_odd_content_types_break_nothing(open_server: Booted, content_type: str) -> None:
    reply = await send(
        open_server,
        head("POST", "/mcp", Accept="*/*", Content_Type=content_type, Content_Length="46"),
        body=LIST,
    )
    assert reply.status in (200, 400, 415)


async def test_body_for_a_path_that_is_not_there_is_not_waited_for(open_server: Booted) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(open_server))
    writer.write(b"POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n")
    async with asyncio.timeout(PATIENCE_S):
        # Waiting for the body would end in a 408.
        assert (await reader.readline()).startswith(b"HTTP/1.1 404")
    writer.close()
