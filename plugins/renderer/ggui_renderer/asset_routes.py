"""Routes of what views load: the runtime, the catalog's parts, compiled components, the viewer page's own files.

None of them asks who calls: the bytes are the same for everybody. Views ask from an opaque origin, without cookies
(spec 05 section 1.5, spec 03 section 15.2).
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from aiohttp import web

from ggui_core.errors import RequestError
from ggui_core.http.routes import Access, Handler, Route
from ggui_core.stores import CodeStore
from ggui_renderer.assets import IMMUTABLE, JAVASCRIPT, NO_CACHE, Asset
from ggui_renderer.built import Built

_CODE_FILE: Final = re.compile(r"([0-9a-f]{64})\.js", re.ASCII)
_KEPT_BYTES: Final = 16 * 1024 * 1024
"""Compressed components that stay in memory."""


def runtime_path(hash12: str) -> str:
    """The address at which this build of the runtime stays for good."""
    return f"/_ggui/iframe-runtime.{hash12}.js"


def viewer_script_path(hash12: str) -> str:
    """The viewer page's script."""
    return f"/_ggui/viewer.{hash12}.js"


def viewer_style_path(hash12: str) -> str:
    """The viewer page's style sheet."""
    return f"/_ggui/viewer.{hash12}.css"


def part_path(name: str, hash12: str) -> str:
    """A part of the component catalog; a view looks for it beside its runtime."""
    return f"/_ggui/catalog-{name}.{hash12}.js"


def asset_routes(built: Built, code: CodeStore) -> Sequence[Route]:
    """The declarations."""
    hashed = {
        runtime_path: built.runtime,
        viewer_script_path: built.viewer_script,
        viewer_style_path: built.viewer_style,
    }
    return (
        _open("/_ggui/iframe-runtime.js", _serving({"": built.runtime}, NO_CACHE)),
        *(
            _open(path("{hash}"), _serving({asset.hash12: asset}, IMMUTABLE))
            for path, asset in hashed.items()
        ),
        *(
            _open(part_path(name, "{hash}"), _serving({part.hash12: part}, IMMUTABLE))
            for name, part in built.parts.items()
        ),
        _open("/_ggui/catalog", _serving({"": built.catalog_page}, NO_CACHE)),
        _open("/_ggui/catalog.js", _serving({"": built.catalog_script}, NO_CACHE)),
        _open("/code/{file}", CodeFiles(code).get),
    )


def _open(path: str, handler: Handler) -> Route:
    return Route("GET", path, handler, Access.OPEN, cors="any")


def _serving(by_hash: dict[str, Asset], cache_control: str) -> Handler:
    async def serve(request: web.Request) -> web.Response:
        asset = by_hash.get(request.match_info.get("hash", ""))
        if asset is None:
            raise _refused("There is no such build.", 404, "not_found")
        return asset.answer(request, cache_control)

    return serve


class CodeFiles:
    """``/code/<hash>.js``: compiled components by their content."""

    def __init__(self, code: CodeStore) -> None:
        self._code = code
        self._kept: OrderedDict[str, Asset] = OrderedDict()
        self._size = 0

    async def get(self, request: web.Request) -> web.Response:
        """Serve one.

        Raises:
            RequestError: 400 ``invalid_request``, the name is no SHA-256; 404 ``not_found``, nothing has it.
        """
        found = _CODE_FILE.fullmatch(request.match_info["file"])
        if found is None:
            raise _refused("A component is addressed as 64 hex digits and .js.", 400, "invalid_request")
        address = found[1]
        asset = self._kept.get(address)
        if asset is None:
            text = await self._code.get(address)
            if text is None:
                raise _refused("There is no component at this address.", 404, "not_found")
            asset = await asyncio.to_thread(Asset.zipped, JAVASCRIPT, text)
            self._keep(address, asset)
        return asset.answer(request, IMMUTABLE)

    def _keep(self, address: str, asset: Asset) -> None:
        if address in self._kept:
            return
        self._kept[address] = asset
        self._size += asset.size
        while self._size > _KEPT_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._size -= oldest.size


def _refused(message: str, status: int, code: str) -> RequestError:
    return RequestError(message, status=status, code=code, headers={"Cache-Control": "no-store"})
