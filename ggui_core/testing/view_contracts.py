"""Contract kits of what a view boots from: parts of the slice, and the documents around it."""

from __future__ import annotations

import asyncio
import json
import re
from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import urlsplit

from ggui_core.protocol.session import STATIC, Session
from ggui_core.seams import LiveTokens, Mount, ShellBuilder, SliceContributor, StaticShell
from ggui_core.testing.session_kit import a_session

OWN: Final = frozenset(
    {
        "sessionId",
        "appId",
        "propsJson",
        "contextSlots",
        "lastSequence",
        "epoch",
        "kind",
        "permissionsPolicy",
    }
)
"""Members of the slice that belong to the plugin ``sessions``."""

PAIRS: Final = (("wsUrl", "wsToken"), ("contractHash", "validatorsUrl"))
"""Members of which one alone makes the slice unusable (spec 01 section 12.1)."""

_META: Final = "globalThis.__GGUI_META__ = "


class SliceContributorContract(ABC):
    """Kit for :class:`~ggui_core.seams.SliceContributor`."""

    @abstractmethod
    async def make(self) -> SliceContributor:
        """The contributor."""

    async def session(self) -> Session:
        """A session that it can say something about; replace it if it needs more than is known of this one."""
        return a_session()

    async def test_a_card_that_no_session_stands_behind_gets_nothing_that_opens_anything(self) -> None:
        card = replace(await self.session(), id=f"{STATIC}bp_1", expires_at_ms=0)
        part = await (await self.make()).slice_part(card)
        assert not {"wsUrl", "wsToken", "expiresAt", "sseUrl", "pollingUrl"} & part.fields.keys()
        assert "wsToken" not in json.dumps(dict(part.fields))

    async def test_its_members_are_json_and_none_of_them_is_ours(self) -> None:
        part = await (await self.make()).slice_part(await self.session())
        assert json.loads(json.dumps(dict(part.fields))) == dict(part.fields)
        assert OWN.isdisjoint(part.fields)

    async def test_what_belongs_together_comes_together(self) -> None:
        fields = (await (await self.make()).slice_part(await self.session())).fields
        for one, other in PAIRS:
            assert bool(fields.get(one)) == bool(fields.get(other)), f"{one} and {other}"

    async def test_what_a_view_may_reach_is_said_in_origins(self) -> None:
        part = await (await self.make()).slice_part(await self.session())
        for origin in (*part.connect_domains, *part.resource_domains):
            found = urlsplit(origin)
            assert found.scheme in ("http", "https", "ws", "wss"), origin
            assert origin == f"{found.scheme}://{found.netloc}", f"{origin} is no origin"

    async def test_it_can_be_asked_for_many_sessions_at_once(self) -> None:
        contributor = await self.make()
        session = await self.session()
        parts = await asyncio.gather(*(contributor.slice_part(session) for _ in range(10)))
        assert len({frozenset(part.fields) for part in parts}) == 1


class LiveTokensContract(ABC):
    """Kit for :class:`~ggui_core.seams.LiveTokens`."""

    @abstractmethod
    async def make(self) -> LiveTokens:
        """The mint."""

    async def test_each_token_is_fresh_and_says_when_it_ends(self) -> None:
        mint = await self.make()
        tokens = [mint.mint(a_session()) for _ in range(3)]
        assert len({token.token for token in tokens}) == 3
        assert all(datetime.fromisoformat(token.expires_at).tzinfo is not None for token in tokens)


class ShellBuilderContract(ABC):
    """Kit for :class:`~ggui_core.seams.ShellBuilder`."""

    HOSTILE: Final = "</script><script>alert(1)</script><!-- & \u2028 \u2029 ]]>"
    """Text that must stay text wherever it stands."""

    @abstractmethod
    async def make(self) -> ShellBuilder:
        """The builder."""

    def mount(self, **members: Any) -> Mount:
        """What a document is built around."""
        given: dict[str, Any] = {
            "sessionId": "s-1",
            "appId": "app-1",
            "runtimeUrl": "http://127.0.0.1:6781/_ggui/iframe-runtime.js",
            "propsJson": json.dumps({"title": self.HOSTILE}),
            "contextSlots": [],
            "codeB64": "ZXhwb3J0IGRlZmF1bHQgKCkgPT4gbnVsbDsK",
        }
        return Mount(given | members, {"connectDomains": (), "resourceDomains": ()})

    async def test_the_static_shell_is_the_same_every_time_and_named_by_its_content(self) -> None:
        builder = await self.make()
        first, second = builder.static_shell(), builder.static_shell()
        assert first == second
        assert re.fullmatch("[0-9a-f]{12}", first.hash12)
        assert _is_document(first.html)
        assert isinstance(first, StaticShell)

    async def test_a_session_shell_holds_its_slice_word_for_word(self) -> None:
        mount = self.mount()
        html = (await self.make()).session_shell(mount, "Berths")
        assert _is_document(html)
        before, marker, after = html.partition(_META)
        assert marker, "hosts look for the slice behind this text"
        text = after.partition(";</script>")[0]
        assert json.loads(text) == {"ai.ggui/render": dict(mount.slice)}
        assert not re.search("[<>&\u2028\u2029]", text)
        assert "<script" in before

    async def test_titles_and_props_of_strangers_stay_text(self) -> None:
        html = (await self.make()).session_shell(self.mount(), self.HOSTILE)
        plain = (await self.make()).session_shell(self.mount(propsJson="{}"), "x")
        assert _tags(html) == _tags(plain)

    async def test_the_address_of_the_runtime_cannot_leave_its_attribute(self) -> None:
        html = (await self.make()).session_shell(self.mount(runtimeUrl='/x.js" onload="alert(1)'), "x")
        assert _tags(html) == _tags((await self.make()).session_shell(self.mount(), "x"))


def _is_document(html: str) -> bool:
    return html.lstrip().lower().startswith("<!doctype html>")


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(" ".join([tag, *(name for name, _ in attrs)]))

    def handle_comment(self, data: str) -> None:
        self.found.append("comment")


def _tags(html: str) -> list[str]:
    parser = _Tags()
    parser.feed(html)
    return parser.found
