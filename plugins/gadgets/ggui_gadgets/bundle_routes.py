"""``/bundles/public/…``: the built files of gadgets that lie on this machine, at the addresses of a registry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from aiohttp import web

from ggui_core.errors import RequestError
from ggui_core.http.routes import Access, Route
from ggui_gadgets.folders import BUNDLE, STYLE, BundleFile, GadgetFolder

_TYPES: Final[Mapping[str, str]] = {
    BUNDLE: "application/javascript; charset=utf-8",
    STYLE: "text/css; charset=utf-8",
}
_IMMUTABLE: Final = "public, max-age=31536000, immutable"


class BundleRoutes:
    """Serves the same bytes to everybody: views ask from an opaque origin, without a credential."""

    def __init__(self, folders: Sequence[GadgetFolder]) -> None:
        self._files = {
            f"{folder.path}/{name}": (name, file) for folder in folders for name, file in folder.files.items()
        }

    def routes(self) -> Sequence[Route]:
        """None where there is nothing to serve."""
        path = "/bundles/public/{scope}/{name}/{version}/{file}"
        return [Route("GET", path, self.get, Access.OPEN, cors="any")] if self._files else []

    async def get(self, request: web.Request) -> web.Response:
        """One file. Only an address that names the content it has is kept for good.

        Raises:
            RequestError: 404 ``not_found``.
        """
        found = self._files.get(request.path)
        if found is None:
            raise RequestError(
                "There is no gadget file at this address.",
                status=404,
                code="not_found",
                headers={"Cache-Control": "no-store"},
            )
        name, file = found
        packed = _takes_gzip(request.headers.get("Accept-Encoding", ""))
        tag = f"{file.digest[:32]}-gzip" if packed else file.digest[:32]
        is_pinned = request.query.get("v") == file.version
        headers = {
            "Cache-Control": _IMMUTABLE if is_pinned else "no-cache",
            "ETag": f'"{tag}"',
            "Vary": "Accept-Encoding",
        }
        if any(known.value in (tag, "*") for known in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        return web.Response(
            body=_body(file, headers, packed=packed), headers={**headers, "Content-Type": _TYPES[name]}
        )


def _body(file: BundleFile, headers: dict[str, str], *, packed: bool) -> bytes:
    if not packed:
        return file.plain
    headers["Content-Encoding"] = "gzip"
    return file.gzipped


def _takes_gzip(accepted: str) -> bool:
    codings = (coding.partition(";") for coding in accepted.lower().split(","))
    return any(
        name.strip() in ("gzip", "*") and weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
        for name, _, weight in codings
    )
