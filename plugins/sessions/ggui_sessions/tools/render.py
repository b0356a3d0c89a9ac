"""``ggui_render``: the handshake is spent, a session is minted, a component is shown (spec 02 section 6.2)."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from typing import Final

import orjson
from pydantic import model_validator
from pydantic_core import PydanticCustomError

from ggui_core.limits import RateLimiter, Window
from ggui_core.mcp import Tool, ToolContext, ToolResult
from ggui_core.mcp.wire import ClosedInput, Id, Input, Json
from ggui_core.offloading import weighed
from ggui_core.protocol.session import Failure, Handshake, HostSession, Session
from ggui_core.seams import GenerationRequest
from ggui_sessions import probe
from ggui_sessions.commitment import Commitment, Gates, Override
from ggui_sessions.errors import handshake_not_found, rate_limited
from ggui_sessions.generation import Generations, Overloaded
from ggui_sessions.idempotency import Attempt, Idempotency, Repeat
from ggui_sessions.presentation import card_meta
from ggui_sessions.render_result import SPENT, Cache, RenderOutput, nobody_writes, shown, spent, untouched
from ggui_sessions.rendering import Rendering
from ggui_sessions.reuse import Reuse
from ggui_sessions.service import Sessions, tenant_of
from ggui_sessions.theme_gate import check_theme
from ggui_sessions.tools.handshake import Variance
from ggui_sessions.uses import Uses

_SHORT_CODE: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_SHORT_CODES: Final = len(_SHORT_CODE) ** 16


class Infra(ClosedInput):
    """What the component is written with."""

    model: Id | None = None


class RenderOverride(ClosedInput):
    """What the agent changes of the handshake."""

    contract: Json | None = None
    variance: Variance | None = None

    @model_validator(mode="after")
    def _says_something(self) -> RenderOverride:
        if self.contract is None and self.variance is None:
            raise PydanticCustomError("empty_override", "needs contract, variance or both; else leave it out")
        return self


class RenderInput(Input):
    """What ``ggui_render`` is called with."""

    handshake_id: Id
    props: Json
    override: RenderOverride | None = None
    theme_id: Id | None = None
    infra: Infra | None = None
    idempotency_key: Id | None = None


DESCRIPTION: Final = (
    "Show the UI of a handshake. `props` must keep the handshake's props schema exactly. Errors before the render "
    "leave the handshake open, so correct and retry; a handshake serves one render. `override` commits to another "
    "contract or variance. `idempotencyKey`: the same call again within 10 minutes gets the same session. Then follow "
    "`nextStep`."
)


@dataclass(frozen=True, slots=True)
class RenderTool:
    """Renders.

    Attributes:
        shell_uri: The document that hosts prepare for the results of this tool; None when there is none.
    """

    sessions: Sessions
    generations: Generations
    uses: Uses
    reuse: Reuse
    idempotency: Idempotency
    limiter: RateLimiter
    gates: Gates
    shell_uri: str | None

    def declared(self) -> Tool[RenderInput, RenderOutput]:
        """The tool as it is listed."""
        meta = {} if self.shell_uri is None else card_meta(self.shell_uri)
        return Tool(
            "ggui_render",
            DESCRIPTION,
            RenderInput,
            RenderOutput,
            self.handle,
            title="Render",
            open_world=True,
            meta=meta,
        )

    async def handle(self, given: RenderInput, calling: ToolContext) -> ToolResult[RenderOutput]:
        """Render, unless this very call was made before."""
        key = given.idempotency_key
        arguments = b"" if key is None else await weighed(len(calling.call.body), _arguments, given)
        async with self.idempotency.attempt(key, arguments, calling) as attempt:
            if isinstance(attempt, Repeat):
                return await self._again(attempt)
            return await self._rendered(given, calling, attempt)

    async def _again(self, repeat: Repeat) -> ToolResult[RenderOutput]:
        session, note = repeat.session, repeat.note
        if session.failure is not None:
            return spent(session, session.failure, note.advice or SPENT)
        return await shown(self.sessions, session, Cache.model_validate(note.cache), note.warning)

    async def _rendered(
        self, given: RenderInput, calling: ToolContext, attempt: Attempt
    ) -> ToolResult[RenderOutput]:
        """Pass the gates, mint the session, find or write its component, say where it is."""
        await check_theme(self.sessions.themes, calling.app_id, given.theme_id)
        now_ms = self.sessions.now_ms()
        handshake = await self.sessions.store.handshake(given.handshake_id, tenant_of(calling), now_ms)
        if handshake is None:
            raise handshake_not_found(given.handshake_id)
        await self._limit(calling)
        override = _override(given)
        gadgets = await self.sessions.gadgets.gadgets(calling.app_id)
        commitment = await weighed(
            len(calling.call.body), self.gates.commit, handshake, override, given.props, gadgets
        )
        session = self._minted(given, handshake, commitment, calling, now_ms)
        render = Rendering(self.sessions, self.uses, handshake, session, commitment.warning, attempt)
        if session.kind is not None:
            return await render.bare()
        served = await self.reuse.served(handshake, override, commitment)
        if served is not None:
            return await render.stored(served)
        request = _request(given, handshake, session)
        generator = self.generations.choose(request)
        if generator is None:
            return nobody_writes(session, installed=bool(self.generations.names))
        joined = self.generations.joined(
            generator, request, session.variant_key, attempt.attendance, calling.progress
        )
        try:
            async with joined as waiter:
                return await render.written(waiter)
        except Overloaded as refusal:
            return untouched(session, Failure(refusal.code, refusal.message), refusal.hint or "")

    async def _limit(self, calling: ToolContext) -> None:
        """Gate 5."""
        per_minute = self.sessions.settings.renders_per_minute
        if per_minute is None:
            return
        key = f"ggui_render:{calling.app_id}:{calling.principal.credential_id}"
        denied = await self.limiter.take(key, Window(per_minute, 60))
        if denied is not None:
            raise rate_limited(denied.retry_after_s)

    def _minted(
        self,
        given: RenderInput,
        handshake: Handshake,
        commitment: Commitment,
        calling: ToolContext,
        now_ms: int,
    ) -> Session:
        probing = probe.is_probe(handshake.intent)
        return Session(
            id=str(uuid.uuid4()),
            tenant=tenant_of(calling),
            short_code=_short_code(),
            intent=handshake.intent,
            contract=commitment.contract,
            contract_hash=commitment.contract_hash,
            variant_key=commitment.variant_key,
            variance=commitment.variance,
            props={"intent": handshake.intent} if probing else commitment.props,
            props_schema=commitment.props_schema,
            props_schema_hash=commitment.props_schema_hash,
            props_schema_profile=commitment.props_schema_profile,
            created_at_ms=now_ms,
            last_activity_at_ms=now_ms,
            expires_at_ms=self.sessions.lifetimes.expiry(now_ms, now_ms),
            kind=probe.KIND if probing else None,
            host_session=HostSession.from_meta(calling.meta) or handshake.host_session,
            theme_id=given.theme_id or self.sessions.default_theme,
        )


def _short_code() -> str:
    """Sixteen characters by chance, each as likely as the others."""
    number, code = secrets.randbelow(_SHORT_CODES), ""
    for _ in range(16):
        number, place = divmod(number, len(_SHORT_CODE))
        code += _SHORT_CODE[place]
    return code


def _arguments(given: RenderInput) -> bytes:
    """What a call asks for, written the same way every time."""
    asked = given.model_dump(by_alias=True, exclude={"idempotency_key"}, exclude_none=True)
    return orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)


def _override(given: RenderInput) -> Override | None:
    if given.override is None:
        return None
    variance = given.override.variance
    return Override(given.override.contract, None if variance is None else variance.as_json())


def _request(given: RenderInput, handshake: Handshake, session: Session) -> GenerationRequest:
    return GenerationRequest(
        session_id=session.id,
        app_id=session.tenant.app_id,
        intent=session.intent,
        contract=session.contract,
        contract_hash=session.contract_hash,
        variance=session.variance,
        generator=handshake.generator,
        model=None if given.infra is None else given.infra.model,
        props=session.props,
    )
