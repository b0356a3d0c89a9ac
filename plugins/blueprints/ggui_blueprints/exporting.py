"""From a running server to a seed pool (spec 03 section 4.3)."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
from yarl import URL

from ggui_blueprints.errors import ExportFailed
from ggui_blueprints.portable import CODES, MANIFEST, Packed, PortableBlueprint, RecordRefused, write_pool

_TIMEOUT: Final = aiohttp.ClientTimeout(total=60)
_TOOL: Final = "ggui_ops_export_blueprints"
_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    blueprints: int
    skipped: int


async def export(url: str, key: str | None, folder: Path) -> Exported:
    """Write a pool; a folder that is there already is replaced as a whole, or not at all.

    Raises:
        ExportFailed: the server cannot be asked, has nothing to export, or the folder is no place for a pool.
    """
    _check_place(folder)
    packed: dict[tuple[str, str], Packed] = {}
    skipped = 0
    async for page in _pages(url, key):
        skipped += int(page.get("skipped", 0))
        for value in page.get("blueprints", ()):
            one = _packed(value)
            # Lists are newest first, and the project's own come before: the first of a key is what is served.
            packed.setdefault((one.blueprint.contract_hash, one.blueprint.variant_key), one)
    if not packed:
        raise ExportFailed(
            "This server has no blueprints to export.",
            hint="Render something first; what was rendered is kept for reuse.",
        )
    return Exported(_replace(folder, list(packed.values())), skipped)


def _check_place(folder: Path) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise ExportFailed(f"{folder} is no folder.", hint="Name another one with --out.")
    if folder.is_dir():
        strange = {entry.name for entry in folder.iterdir()} - {MANIFEST, CODES}
        if strange:
            raise ExportFailed(
                f"{folder} holds something that is no pool ({sorted(strange)[0]}).",
                hint="Name another folder with --out, or empty this one.",
            )


def _replace(folder: Path, packed: list[Packed]) -> int:
    """Write beside, then change places: nobody ever sees half a pool."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as beside:
            fresh = Path(beside) / "new"
            count = write_pool(fresh, packed)
            old = folder.rename(Path(beside) / "old") if folder.exists() else None
            try:
                fresh.rename(folder)
            except OSError:
                if old is not None:
                    old.rename(folder)  # what is left beside is deleted, and this was the pool
                raise
            return count
    except OSError as fault:
        raise ExportFailed(
            f"The pool could not be written: {fault.strerror or fault}.",
            hint="Name another folder with --out.",
        ) from fault


def _packed(value: Any) -> Packed:
    code = value.get("componentCode") if isinstance(value, dict) else None
    if not isinstance(code, str) or not code:
        raise ExportFailed(
            "The server sent a blueprint without code.", hint="Update the server, then try again."
        )
    try:
        return Packed(PortableBlueprint.parse(value), code)
    except RecordRefused as refusal:
        raise ExportFailed(
            f"The server sent a blueprint that no pool can hold: {refusal.message}.",
            hint="Use the ggui of the version that the server runs.",
        ) from refusal


async def _pages(url: str, key: str | None) -> AsyncIterator[dict[str, Any]]:
    headers = {"Accept": "application/json, text/event-stream"}
    if key is not None:
        headers["Authorization"] = f"Bearer {key.strip()}"
    endpoint = _endpoint(url)
    cursor: str | None = None
    async with aiohttp.ClientSession(timeout=_TIMEOUT, headers=headers) as http:
        while True:
            arguments: dict[str, Any] = {"limit": _PAGE} | ({} if cursor is None else {"cursor": cursor})
            page = await _called(http, endpoint, arguments)
            yield page
            cursor = page.get("nextCursor")
            if not isinstance(cursor, str):
                return


def _endpoint(url: str) -> URL:
    try:
        parts = URL(url)
        usable = parts.scheme in ("http", "https") and parts.host is not None
    except ValueError:
        usable = False
    if not usable:
        raise ExportFailed(f"{url} is no address of a server.", hint="Write it like http://127.0.0.1:6781")
    return URL(url.rstrip("/") + "/ops")


async def _called(http: aiohttp.ClientSession, endpoint: URL, arguments: dict[str, Any]) -> dict[str, Any]:
    request = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": _TOOL, "arguments": arguments},
    }
    try:
        async with http.post(endpoint, json=request) as response:
            status = response.status
            answer = await response.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        raise ExportFailed(
            f"No ggui server answers at {endpoint}.",
            hint="Start it (ggui serve), or name its address with --url.",
        ) from None
    if status in (401, 403):
        raise ExportFailed(
            "The server does not know this key."
            if "Authorization" in http.headers
            else "The server needs a key.",
            hint="Pass one with --key or GGUI_KEY; ggui keys create makes one.",
        )
    result = answer.get("result") if isinstance(answer, dict) else None
    if not isinstance(result, dict):
        raise ExportFailed(f"The server refused it (status {status}).", hint="Look into the server's log.")
    content = result.get("structuredContent")
    if result.get("isError") or not isinstance(content, dict):
        blocks = result.get("content")
        text = blocks[0].get("text", "") if isinstance(blocks, list) and blocks else ""
        if "tool_not_found" in text:
            raise ExportFailed(
                "This server exports no blueprints.",
                hint="Enable the plugin blueprints on it, then try again.",
            )
        raise ExportFailed(f"The server refused it: {text}")
    return content
