"""Letting a component be written before anybody asks for it."""

from __future__ import annotations

import asyncio
from hashlib import sha256

import pytest

from ggui_core.mcp.tools import Progress
from ggui_core.seams import CompileFailed, Diagnostic, Generated, GenerationFailed, GenerationRequest
from ggui_core.testing import FakeClock, until

from .serving import CONTRACT, MODULE, OTHER_MODULE, Server, Writer, generating, serving
from .test_curation import rendered


async def generated(server: Server, **more: object) -> dict[str, object]:
    return await server.ops("generate_blueprint", contract=CONTRACT, **more)


@pytest.mark.spec("02 19.25")
async def test_what_is_written_serves_renders_from_then_on() -> None:
    writer = Writer()
    async with serving(generating(writer)) as server:
        answer = await generated(server, persona="Skipper", seedPrompt="calm", intent="the tide")
        assert answer["source"] == {"kind": "llm", "generator": "writer", "model": "none"}
        assert answer["codeHash"] == sha256(MODULE.encode()).hexdigest()
        variance = {"persona": "skipper", "seedPrompt": "calm"}
        assert writer.requests[0].variance == variance
        assert writer.requests[0].intent == "the tide"
        assert await server.served(variance=variance) == MODULE
        (row,) = await server.listed(generator="writer")
        assert (row["blueprintId"], row["createdBy"]) == (answer["blueprintId"], "operator")


async def test_the_one_that_is_named_writes_and_one_that_is_not_there_is_said() -> None:
    first, second = Writer("first"), Writer("second", OTHER_MODULE)
    async with serving(generating(first, second)) as server:
        answer = await generated(server, generator="second")
        assert answer["source"] == {"kind": "llm", "generator": "second", "model": "none"}
        assert first.requests == []
        refusal = await server.refused("generate_blueprint", contract=CONTRACT, generator="third")
        assert refusal["code"] == "generator_not_found"
        assert "first, second" in refusal["text"]


async def test_a_server_without_generators_says_so() -> None:
    async with serving() as server:
        refusal = await server.refused("generate_blueprint", contract=CONTRACT)
        assert refusal["code"] == "generator_not_found"
        assert "ggui-forms" in refusal["text"]


async def test_one_that_cannot_write_now_lacks_its_key() -> None:
    async with serving(generating(Writer(offers=False))) as server:
        assert (await server.refused("generate_blueprint", contract=CONTRACT))[
            "code"
        ] == "missing_credentials"


class Failing(Writer):
    """Raises what it is given."""

    def __init__(self, failure: Exception) -> None:
        super().__init__()
        self._failure = failure

    async def generate(self, request: GenerationRequest, progress: Progress) -> Generated:
        raise self._failure


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (GenerationFailed("No luck."), "generation_failed"),
        (GenerationFailed("No key.", code="NO_CREDENTIALS"), "missing_credentials"),
        (GenerationFailed("No key.", code="NO_PLATFORM_KEY"), "missing_credentials"),
        (CompileFailed((Diagnostic("Unexpected", 1, 2),)), "generation_failed"),
        (RuntimeError("secret detail"), "generation_failed"),
    ],
)
async def test_a_failure_is_told_and_leaves_nothing(failure: Exception, code: str) -> None:
    async with serving(generating(Failing(failure))) as server:
        refusal = await server.refused("generate_blueprint", contract=CONTRACT)
        assert refusal["code"] == code
        assert "secret" not in refusal["text"]
        assert await server.listed() == []


async def test_what_comes_out_has_to_be_a_component() -> None:
    async with serving(generating(Writer(code="const a = 1;"))) as server:
        assert (await server.refused("generate_blueprint", contract=CONTRACT))["code"] == "generation_failed"


async def test_a_standing_one_is_not_paid_for_again() -> None:
    writer = Writer()
    async with serving(generating(writer)) as server:
        first = await generated(server)
        assert await generated(server) == first
        await generated(server, setAsOperatorDefault=True)
        assert len(writer.requests) == 1
        assert (await server.listed())[0]["isOperatorDefault"] is True


async def test_what_an_operator_registered_is_not_written_over() -> None:
    writer = Writer()
    async with serving(generating(writer)) as server:
        registered = await server.register(OTHER_MODULE)
        refusal = await server.refused("generate_blueprint", contract=CONTRACT)
        assert refusal["code"] == "BLUEPRINT_ALREADY_EXISTS"
        assert registered["blueprintId"] in refusal["text"]
        assert writer.requests == []


async def test_it_takes_the_place_of_what_a_render_left() -> None:
    async with serving(generating(Writer(code=OTHER_MODULE))) as server:
        await rendered(server, MODULE)
        await generated(server)
        assert await server.served() == OTHER_MODULE


class Endless(Writer):
    """Writes until it is called off."""

    def __init__(self) -> None:
        super().__init__()
        self.started = 0
        self.ended = 0

    async def generate(self, request: GenerationRequest, progress: Progress) -> Generated:
        self.started += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.ended += 1
        raise AssertionError("nobody sets the event")


async def test_one_that_never_ends_is_called_off_when_its_time_is_over() -> None:
    writer, clock = Endless(), FakeClock()
    async with serving(generating(writer), clock=clock) as server:
        asking = asyncio.ensure_future(server.refused("generate_blueprint", contract=CONTRACT))
        await until(lambda: writer.started == 1)
        await clock.advance(121)
        assert (await asking)["code"] == "generation_failed"
        assert writer.ended == 1


async def test_it_is_called_off_when_the_caller_hangs_up() -> None:
    writer = Endless()
    async with serving(generating(writer)) as server:
        asking = asyncio.ensure_future(server.ops("generate_blueprint", contract=CONTRACT))
        await until(lambda: writer.started == 1)
        asking.cancel()
        await until(lambda: writer.ended == 1)
        assert await server.listed() == []
