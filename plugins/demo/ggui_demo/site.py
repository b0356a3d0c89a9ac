"""The pages ``/``, ``/try`` and ``/admin-login``, and what they load (spec 03 section 18)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from ggui_core.config import ServerSettings
from ggui_core.errors import RequestError
from ggui_core.http.errors import json_response
from ggui_core.http.routes import Access, Route
from ggui_core.setup import Setup
from ggui_demo.next_path import next_path
from ggui_demo.pages import Pages
from ggui_demo.samples import NAMES, wire

SESSION_COOKIE: Final = "ggui_console_admin"
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
PAGE_HEADERS: Final = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Vary": "Cookie",
}
TRY_HEADERS: Final = {**PAGE_HEADERS, "Content-Security-Policy": f"{POLICY}; frame-src 'self'"}
"""The card is a page of this server in a frame."""
ASSET_HEADERS: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
FAVICON_HEADERS: Final = {"Cache-Control": "public, max-age=86400"}


@dataclass(frozen=True, slots=True)
class Site:
    """Serves the pages.

    Attributes:
        name: What the operator calls this server.
        started_at_ms: Milliseconds since the epoch.
    """

    pages: Pages
    server: ServerSettings
    name: str
    started_at_ms: int

    @classmethod
    def of(cls, setup: Setup) -> Site:
        """The site of this server.

        Raises:
            BootError: the pages were not built.
        """
        app = setup.config.app
        name = app.name if app is not None else "Your ggui server"
        return cls(Pages.load(), setup.server, name, int(setup.clock.now() * 1000))

    def routes(self) -> list[Route]:
        """All are open: the pages hold nothing secret, and their data comes from routes that ask who calls."""
        return [
            Route("GET", "/", self.landing, Access.OPEN),
            Route("GET", "/try", self.try_it, Access.OPEN),
            Route("GET", "/try/samples.json", self.samples, Access.OPEN),
            Route("GET", "/admin-login", self.admin_login, Access.OPEN),
            Route("GET", "/assets/demo/{file}", self.asset, Access.OPEN),
            Route("GET", "/favicon.svg", self.favicon, Access.OPEN),
            Route("GET", "/favicon.ico", self.favicon, Access.OPEN),
        ]

    async def landing(self, request: web.Request) -> web.Response:
        """``GET /``."""
        facts = self._facts(request)
        dev = self.server.dev_allow_all
        html = {
            "warning": self._warning() if dev else "",
            "pairing_hidden": "" if facts["pairing"] else " hidden",
            "no_pairing": "" if facts["pairing"] else self.pages.fill("no-pairing.html"),
            "token_form": self.pages.fill("token-form.html", html={"cancel": self.pages.fill("cancel.html")}),
        }
        access = "Open to everybody" if dev else "With a key only"
        return _page(
            self.pages.page("landing.html", "landing.ts", facts, html=html, name=self.name, access=access)
        )

    async def try_it(self, request: web.Request) -> web.Response:
        """``GET /try``."""
        facts = self._facts(request)
        dev = self.server.dev_allow_all
        callable_ = dev or facts["pairing"]
        html = {
            "warning": self._warning() if dev else "",
            "chooser_hidden": "" if callable_ else " hidden",
            "no_pairing": "" if callable_ else self.pages.fill("no-pairing.html"),
            "token_form": self.pages.fill("token-form.html", html={"cancel": self.pages.fill("cancel.html")}),
        }
        style = self.pages.built_names["try.css"]
        return _page(
            self.pages.page("try.html", "try.ts", facts, html=html, name=self.name, try_style=style),
            TRY_HEADERS,
        )

    async def samples(self, request: web.Request) -> web.Response:
        """``GET /try/samples.json``: the sample cards, in the order in which they are offered."""
        return json_response(
            {"samples": [wire(name) for name in NAMES]}, headers={"Cache-Control": "no-cache"}
        )

    async def admin_login(self, request: web.Request) -> web.Response:
        """``GET /admin-login?next=/path``."""
        html = {"token_form": self.pages.fill("token-form.html", html={"cancel": ""})}
        return _page(
            self.pages.page(
                "admin-login.html", "admin_login.ts", self._facts(request), html=html, name=self.name
            )
        )

    async def asset(self, request: web.Request) -> web.Response:
        """``GET /assets/demo/{file}``.

        Raises:
            RequestError: 404, there is no such file in this build.
        """
        found = self.pages.assets.get(request.match_info["file"])
        if found is None:
            raise RequestError("There is no such asset.", status=404, code="not_found")
        return web.Response(
            body=found.body, content_type=found.content_type, charset="utf-8", headers=ASSET_HEADERS
        )

    async def favicon(self, request: web.Request) -> web.Response:
        """``GET /favicon.svg``, and ``/favicon.ico`` for browsers that ask unbidden on other pages."""
        return web.Response(body=self.pages.favicon, content_type="image/svg+xml", headers=FAVICON_HEADERS)

    def _facts(self, request: web.Request) -> dict[str, Any]:
        """What the scripts read (``web/src/facts.ts``)."""
        return {
            "publicBaseUrl": self.server.public_base_url,
            "startedAtMs": self.started_at_ms,
            "devAllowAll": self.server.dev_allow_all,
            "ephemeral": self.server.ephemeral,
            "pairing": _serves(request.app, "/admin/pair/init"),
            "oauth": _serves(request.app, "/oauth/authorize"),
            "session": SESSION_COOKIE in request.cookies,
            "next": next_path(
                request.query.get("next"), default="/admin" if _serves(request.app, "/admin") else "/"
            ),
        }

    def _warning(self) -> str:
        who = "Every program on this machine" if self.server.loopback else "Everybody who reaches this port"
        return self.pages.fill("warning.html", who=who)


def _serves(app: web.Application, path: str) -> bool:
    """Whether some plugin of this server has a route at ``path``; which one is not our business."""
    return any(resource.canonical == path for resource in app.router.resources())


def _page(text: str, headers: Mapping[str, str] = PAGE_HEADERS) -> web.Response:
    return web.Response(text=text, content_type="text/html", headers=headers)
