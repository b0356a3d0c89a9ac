"""The viewer page ``/r/<shortCode>``: a small trusted page that shows one card in a sandbox (ruling 12).

The page is the host of an MCP App, and the card is generated code: it runs in an opaque origin, without cookies, and
reaches the server only through the few calls that the page relays. The card has an address and a policy of its own,
because a document inside ``srcdoc`` would inherit the page's policy, under which it could not run.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Mapping, Sequence
from typing import Final

from aiohttp import web

from ggui_core import __version__
from ggui_core.clock import Clock
from ggui_core.http.errors import json_response
from ggui_core.http.routes import Access, Route, call_of
from ggui_core.protocol.gadget_gate import permissions
from ggui_core.protocol.session import DeliveryReceipt, Session
from ggui_core.seams import GadgetCatalog, Mount, SessionService, ShellBuilder
from ggui_core.tokens import TokenSigner
from ggui_renderer.asset_routes import viewer_script_path, viewer_style_path
from ggui_renderer.audience import Audience
from ggui_renderer.built import Built
from ggui_renderer.encoding import preferred
from ggui_renderer.markup import text
from ggui_renderer.tickets import PARAMETER, Tickets, page_path
from ggui_renderer.viewer_cookie import calls_path, grant

SANDBOX: Final = "allow-scripts allow-forms"
PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "frame-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)
_PRIVATE: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # the address of a page is nobody else's business
    "X-Content-Type-Options": "nosniff",
}
_PAGE_HEADERS: Final = _PRIVATE | {
    "Content-Security-Policy": PAGE_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",  # pages of this server show cards beside something else
    "X-Robots-Tag": "noindex",
    "Vary": "Accept, Authorization, Cookie",
}
_TITLE_CHARACTERS: Final = 120


class Viewer:
    """The page, its card, and the links that open it."""

    def __init__(
        self,
        *,
        built: Built,
        sessions: SessionService,
        audience: Audience,
        shells: ShellBuilder,
        signer: TokenSigner,
        tickets: Tickets,
        gadgets: GadgetCatalog,
        clock: Clock,
        base_url: str,
    ) -> None:
        self._built = built
        self._sessions = sessions
        self._audience = audience
        self._shells = shells
        self._signer = signer
        self._tickets = tickets
        self._gadgets = gadgets
        self._clock = clock
        self._base_url = base_url

    def routes(self) -> Sequence[Route]:
        """Both pages know who calls, and answer strangers as if there were nothing."""
        return (
            Route("GET", "/r/{code}", self.page, Access.OPTIONAL, plane="viewer"),
            Route("GET", "/r/{code}/card", self.card, Access.OPTIONAL, plane="viewer", frameable=True),
        )

    async def page(self, request: web.Request) -> web.StreamResponse:
        """``GET /r/<shortCode>``: the page; its slice for ``Accept: application/json``; 404 for everybody else.

        With a ticket in the address: a cookie for this browser, and on to the address without it.
        """
        code = request.match_info["code"]
        ticket = request.query.get(PARAMETER)
        if (
            ticket is not None and request.method == "GET"
        ):  # whoever only asks for the head must not use it up
            opened = await self._opened(request, code, ticket)
            if opened is not None:
                return opened
        session = await self._audience.by_short_code(request, code)
        if session is None:
            return self._gone(request)
        if ticket is not None:
            return _elsewhere(session)  # used up, by this very browser
        if _wants_json(request):
            return json_response(await self._envelope(session), headers=_PAGE_HEADERS)
        return await self._page(session)

    async def card(self, request: web.Request) -> web.StreamResponse:
        """``GET /r/<shortCode>/card``: the self-contained document, to be shown in a sandbox only."""
        session = await self._audience.by_short_code(request, request.match_info["code"])
        if session is None or not session.is_mountable:
            return self._gone(request)
        mount = await self._sessions.mount(session)
        if request.method == "GET":
            receipt = DeliveryReceipt("read", int(self._clock.now() * 1000), "http")
            await self._sessions.note_delivery(session.id, receipt)
        document = self._shells.session_shell(mount, title_of(session)).encode("utf-8", "replace")
        headers = _PRIVATE | {
            "Content-Security-Policy": card_policy(mount),
            "Vary": "Accept-Encoding, Cookie",
        }
        if preferred(request.headers.get("Accept-Encoding"), ("gzip",)):
            document = await asyncio.to_thread(gzip.compress, document, 5)
            headers["Content-Encoding"] = "gzip"
        return web.Response(body=document, content_type="text/html", charset="utf-8", headers=headers)

    async def _opened(self, request: web.Request, code: str, ticket: str) -> web.Response | None:
        """What answers a ticket that is good for this page."""
        session_id = await self._tickets.redeem(ticket)
        session = await self._sessions.by_short_code(code)
        if session is None or session.id != session_id:
            return None
        # A cookie that is SameSite=Strict does not travel along a redirect that another site started, but it does
        # when a page of this site goes on by itself.
        foreign = request.headers.get("Sec-Fetch-Site") == "cross-site"
        response = self._render("opening.html", path=page_path(session)) if foreign else _elsewhere(session)
        grant(response, request, session, self._signer, self._base_url)
        call_of(request).notes.update(viewer="opened")
        return response

    async def _page(self, session: Session) -> web.Response:
        state = "failed" if session.failure else "ready" if session.is_mountable else "pending"
        facts = {
            "version": __version__,
            "sessionId": session.id,
            "page": page_path(session),
            "card": f"{page_path(session)}/card",
            "calls": calls_path(session.id),
            "sandbox": SANDBOX,
            "allow": await self._allowed(session),
            "state": state,
        }
        return self._render(
            "viewer.html",
            title=title_of(session),
            facts=json.dumps(facts, separators=(",", ":")),
            script=viewer_script_path(self._built.viewer_script.hash12),
            state=state,
            failure=session.failure.message if session.failure else "",
        )

    async def _allowed(self, session: Session) -> str:
        """The frame's ``allow``: what the gadgets of the card ask the browser for.

        A sandboxed frame has no origin that could be named, so each is allowed to whatever is in that frame.
        """
        known = await self._gadgets.gadgets(session.tenant.app_id)
        return "; ".join(f"{name} *" for name in permissions(session.contract, known))

    def _gone(self, request: web.Request) -> web.Response:
        """The same bytes for a page that never was, one that has ended, and one that is not the caller's."""
        if _wants_json(request):
            return json_response({"error": "unknown_short_code"}, status=404, headers=_PAGE_HEADERS)
        return self._render("gone.html", status=404)

    def _render(self, page: str, *, status: int = 200, **texts: str) -> web.Response:
        values = {name: text(value) for name, value in texts.items()}
        values["style"] = viewer_style_path(self._built.viewer_style.hash12)
        body = self._built.pages[page].substitute(values)
        return web.Response(text=body, status=status, content_type="text/html", headers=_PAGE_HEADERS)

    async def _envelope(self, session: Session) -> Mapping[str, object]:
        mount = await self._sessions.mount(session)
        return {"ai.ggui/render": mount.slice}


def title_of(session: Session) -> str:
    """What a person reads in a tab: what the agent said it wanted to show."""
    intent = " ".join(session.intent.split())
    return intent if len(intent) <= _TITLE_CHARACTERS else intent[: _TITLE_CHARACTERS - 1] + "…"


def card_policy(mount: Mount) -> str:
    """The policy of a card: code of its own, nothing of this server but what its slice names (spec 05 section 4.6).

    ``sandbox`` holds also where somebody opens the address outside of the page.
    """
    connect, resources = (_sources(mount.csp.get(name, ())) for name in ("connectDomains", "resourceDomains"))
    pictures = _sources([o for o in mount.csp.get("connectDomains", ()) if o.startswith("http")])
    none = " 'none'"
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'unsafe-inline' blob: data:{resources}",
            f"style-src 'unsafe-inline'{resources}",
            # Gadgets show pictures of where they connect to, such as the tiles of a map (spec 05 section 4.6).
            f"img-src https: data: blob:{pictures}",
            f"font-src data:{resources}",
            f"connect-src{connect or none}",
            "frame-ancestors 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            f"sandbox {SANDBOX}",
        )
    )


def _sources(origins: Sequence[str]) -> str:
    return "".join(f" {origin}" for origin in origins if origin and not set(origin) & set(" ;,'\"\t\r\n"))


def _wants_json(request: web.Request) -> bool:
    accepted = request.headers.get("Accept", "")
    return "application/json" in accepted and "text/html" not in accepted


def _elsewhere(session: Session) -> web.Response:
    return web.Response(status=303, headers={**_PRIVATE, "Location": page_path(session)})
