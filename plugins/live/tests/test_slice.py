"""What the live channel adds to a slice (spec 01 section 12.1)."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ggui_core.protocol.session import STATIC
from ggui_core.seams import LiveTokens, SlicePart
from ggui_core.testing import FakeClock, LiveTokensContract, SliceContributorContract
from ggui_core.tokens import TokenSigner
from ggui_live.slice import LiveSlice, ViewTokens

from .serving import LiveServer, serving


@pytest.fixture
def given(live: LiveServer, request: pytest.FixtureRequest) -> None:
    """The server that the kits ask."""
    request.instance.live = live


@pytest.mark.usefixtures("given")
class TestLiveSlice(SliceContributorContract):
    live: LiveServer

    async def make(self) -> LiveSlice:
        return LiveSlice(self.live.channel)


@pytest.mark.usefixtures("given")
class TestViewTokens(LiveTokensContract):
    live: LiveServer

    async def make(self) -> LiveTokens:
        return self.live.setup.get(LiveTokens)


async def test_a_minted_token_opens_the_channel_of_its_session(live: LiveServer) -> None:
    mint = live.setup.get(LiveTokens)
    assert isinstance(mint, ViewTokens)
    session = await live.stage.render()
    token = mint.mint(session)
    claims = live.setup.get(TokenSigner).verify(token.token, "ws")
    assert (claims.session_id, claims.app_id) == (session.id, session.tenant.app_id)
    assert token.expires_at == "2027-01-15T08:03:00.000Z"


async def test_a_card_that_no_session_stands_behind_gets_nothing(live: LiveServer) -> None:
    card = replace(await live.stage.render(), id=f"{STATIC}bp_1")
    assert await LiveSlice(live.channel).slice_part(card) == SlicePart()


@pytest.mark.spec("02 19.27")
@pytest.mark.parametrize(
    ("args", "http", "ws"),
    [
        ([], None, None),
        (["--public-base-url", "https://ui.example"], "https://ui.example", "wss://ui.example"),
        (["--public-base-url", "http://ui.example:8080"], "http://ui.example:8080", "ws://ui.example:8080"),
    ],
)
async def test_every_address_follows_from_the_base_url(
    clock: FakeClock, args: list[str], http: str | None, ws: str | None
) -> None:
    async with serving(clock=clock, args=args) as live:
        session = await live.stage.render()
        mount = await live.stage.mount(session)
        http = http or live.base_url
        ws = ws or "ws" + live.base_url.removeprefix("http")
        token = mount.slice["wsToken"]
        assert mount.slice["wsUrl"] == f"{ws}/ws"
        assert mount.slice["sseUrl"] == f"{http}/api/sessions/{session.id}/stream?wsToken={token}"
        assert mount.slice["pollingUrl"] == f"{http}/api/sessions/{session.id}/events?wsToken={token}"
        assert mount.csp["connectDomains"] == (ws, http)


async def test_a_public_address_with_a_path_keeps_it(clock: FakeClock) -> None:
    async with serving(clock=clock, args=["--public-base-url", "https://ui.example/ggui"]) as live:
        mount = await live.stage.mount(await live.stage.render())
        assert mount.slice["wsUrl"] == "wss://ui.example/ggui/ws"
        assert mount.csp["connectDomains"] == ("wss://ui.example", "https://ui.example")


async def test_the_token_is_fresh_with_every_slice(clock: FakeClock) -> None:
    async with serving(clock=clock) as live:
        session = await live.stage.render()
        tokens = set()
        for seconds in (0, 100):
            await clock.advance(seconds)
            slice_ = (await live.stage.mount(session)).slice
            claims = live.setup.get(TokenSigner).verify(slice_["wsToken"], "ws")
            assert (claims.session_id, claims.app_id) == (session.id, session.tenant.app_id)
            assert claims.expires_at == clock.now() + 180
            tokens.add(slice_["wsToken"])
        assert slice_["expiresAt"] == "2027-01-15T08:04:40.000Z"
        assert len(tokens) == 2


async def test_the_addresses_work_as_they_stand(clock: FakeClock) -> None:
    async with serving(clock=clock) as live:
        session = await live.stage.render()
        slice_ = (await live.stage.mount(session)).slice
        async with live.client.get(f"{slice_['pollingUrl']}&sinceSequence=0") as response:
            assert (response.status, (await response.json())["lastSequence"]) == (200, 1)
        async with live.client.get(slice_["sseUrl"]) as response:
            assert response.status == 200
        async with live.client.ws_connect(f"{slice_['wsUrl']}?wsToken={slice_['wsToken']}") as socket:
            payload = {name: slice_[name] for name in ("sessionId", "appId", "wsToken")}
            await socket.send_str(json.dumps({"type": "subscribe", "payload": payload}))
            assert json.loads(await socket.receive_str(timeout=20))["type"] == "ack"
