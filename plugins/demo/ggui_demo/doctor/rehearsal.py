"""A server inside of this process, with the installed plugins and nothing durable, that has to render a card."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import aiohttp

from ggui_core import logs
from ggui_core.boot import Assembly, assemble, running
from ggui_core.errors import BootError, GguiError, first_line
from ggui_core.http.server import bind
from ggui_core.seams import Compiler
from ggui_demo.doctor.finding import Finding
from ggui_demo.doctor.place import Place
from ggui_demo.reactions import Moment, filled
from ggui_demo.samples import sample

_COMPONENT: Final = "export default function Hello({name}: {name: string}) { return <p>{name}</p>; }\n"
_RENDER_S: Final = 60.0
_SESSIONS: Final = "pip install ggui-sessions, or ggui plugins enable sessions"
_COMPILER: Final = "install it again: pip install --force-reinstall ggui-compiler"
_UPDATE: Final = "bring all ggui distributions to the same version"
_MIME: Final = "text/html;profile=mcp-app"


class _Refused(Exception):
    """The server answered with an error; its words."""


def rehearsal(place: Place) -> list[Finding]:
    """Boot, compile a component, render a card and read its document."""
    logs.configure({**place.environ, "GGUI_LOG_LEVEL": "error"}, cached=False)
    try:
        return asyncio.run(_rehearse(place))
    except BootError as error:
        return [Finding("server", "fail", "; ".join(error.problems))]


async def _rehearse(place: Place) -> list[Finding]:
    async with _serving(place) as assembly:
        found = [Finding("server", "ok", f"starts, with {assembly.runtime.tool_count} tools")]
        compiler = assembly.setup.find(Compiler)
        if compiler is not None:
            found.append(await _compiles(compiler))
        if "sessions" in assembly.plugins.enabled:
            found.append(await _renders(assembly))
        else:
            found.append(Finding("card", "fail", "nothing renders without the plugin sessions", _SESSIONS))
        return found


@asynccontextmanager
async def _serving(place: Place) -> AsyncIterator[Assembly]:
    with TemporaryDirectory(prefix="ggui-doctor-") as home:
        environ = {
            **place.environ,
            "GGUI_CONFIG_DIR": str(Path(home) / "config"),
            "GGUI_PERSISTENT_DIR": str(Path(home) / "persistent"),
        }
        flags = ("--port", "0", "--ephemeral", "--dev-allow-all", "--no-open")
        prepared = place.prepared(*flags, environ=environ, warn=lambda _: None)
        listener = bind(prepared.server.host, prepared.server.port)
        try:
            async with running(assemble(prepared, listener)) as assembly:
                yield assembly
        finally:
            listener.close()


async def _compiles(compiler: Compiler) -> Finding:
    try:
        compiled = await compiler.compile(_COMPONENT)
    except GguiError as error:
        return Finding("compiler", "fail", error.message, error.hint or _COMPILER)
    return Finding("compiler", "ok", f"turns TSX into {len(compiled.code)} characters of JavaScript")


async def _renders(assembly: Assembly) -> Finding:
    started = time.monotonic()
    try:
        async with asyncio.timeout(_RENDER_S), aiohttp.ClientSession() as http:
            size = await _card(http, assembly)
    except _Refused as refused:
        return Finding("card", "fail", str(refused), "see the lines above")
    except (KeyError, TypeError, ValueError, aiohttp.ClientError) as error:
        return Finding(
            "card", "fail", f"an answer is not what the wire promises: {first_line(error)}", _UPDATE
        )
    except TimeoutError:
        return Finding(
            "card", "fail", f"no card within {_RENDER_S:.0f} s", "is this machine very busy? try again"
        )
    took_ms = (time.monotonic() - started) * 1000
    return Finding("card", "ok", f"rendered in {took_ms:.0f} ms, a document of {size // 1024} KB")


async def _card(http: aiohttp.ClientSession, assembly: Assembly) -> int:
    """Render the to-do board and return the size of its document in bytes.

    Raises:
        _Refused: a step failed, or the document is not complete.
    """
    card = sample("todo")
    url = f"{_origin(assembly)}/mcp"
    offered = await _tool(
        http, url, "ggui_handshake", intent=card.intent, blueprintDraft={"contract": card.contract}
    )
    props = filled(card.props, Moment(int(time.time() * 1000)))
    rendered = await _tool(http, url, "ggui_render", handshakeId=_output(offered)["handshakeId"], props=props)
    session = _output(rendered)
    slice_ = rendered.get("_meta", {}).get("ai.ggui/render", {})
    _check_code(slice_)
    read = await _rpc(http, url, "resources/read", uri=session["resourceUri"])
    content = read["contents"][0]
    document = content.get("text", "")
    if content.get("mimeType") != _MIME:
        raise _Refused(f"the document has the type {content.get('mimeType')}, not {_MIME}")
    if not document.rstrip().endswith("</html>") or session["sessionId"] not in document:
        raise _Refused("the document of the card is not complete")
    async with http.get(f"{_origin(assembly)}{_path(slice_['runtimeUrl'])}") as runtime:
        if runtime.status != 200 or not await runtime.read():
            raise _Refused(f"the browser runtime is not served (status {runtime.status})")
    return len(document.encode())


def _check_code(slice_: dict[str, Any]) -> None:
    code = base64.b64decode(slice_.get("codeB64", ""))
    if not code:
        raise _Refused("the card came without its component")
    if hashlib.sha256(code).hexdigest() != slice_.get("codeHash"):
        raise _Refused("the component of the card does not match its hash")


async def _tool(http: aiohttp.ClientSession, url: str, name: str, **arguments: Any) -> dict[str, Any]:
    result = await _rpc(http, url, "tools/call", name=name, arguments=arguments)
    if result.get("isError"):
        error = result.get("structuredContent", {}).get("error", {})
        raise _Refused(error.get("message") or result["content"][0]["text"])
    return result


def _output(result: dict[str, Any]) -> dict[str, Any]:
    output: dict[str, Any] = result["structuredContent"]
    return output


async def _rpc(http: aiohttp.ClientSession, url: str, method: str, **params: Any) -> dict[str, Any]:
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    headers = {"Accept": "application/json, text/event-stream"}
    async with http.post(url, json=message, headers=headers) as response:
        answer: dict[str, Any] = await response.json()
    if "result" not in answer:
        raise _Refused(answer["error"]["message"])
    result: dict[str, Any] = answer["result"]
    return result


def _origin(assembly: Assembly) -> str:
    return f"http://127.0.0.1:{assembly.listener.getsockname()[1]}"


def _path(url: str) -> str:
    """The path of an address of ours: it may name the public origin, which may not lead here."""
    from yarl import URL

    return URL(url).raw_path_qs
