"""The generator on a server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

import ggui_compiler.plugin as compiler_plugin
import ggui_forms.plugin as forms_plugin
from ggui_core.protocol.digests import contract_hash
from ggui_core.seams import GenerationFailed, GenerationRequest, UiGenerator
from ggui_core.setup import Seams
from ggui_core.testing import UiGeneratorContract, booted
from ggui_core.testing.any_contract import Json
from ggui_forms.plugin import LAST_RESORT

from .contracts import BENCH


def request(contract: Json, **changes: object) -> GenerationRequest:
    given: dict[str, object] = {
        "session_id": "s",
        "app_id": "a",
        "intent": "Show a bench",
        "contract": contract,
        "contract_hash": contract_hash(contract),
    }
    return GenerationRequest(**{**given, **changes})  # type: ignore[arg-type]


class TestForms(UiGeneratorContract):
    @asynccontextmanager
    async def running(self) -> AsyncIterator[UiGenerator]:
        async with booted([compiler_plugin, forms_plugin], args=["--dev-allow-all"]) as server:
            (generator,) = server.setup.contributions(UiGenerator)
            yield generator


async def silent(progress: float, total: float | None, message: str | None, /) -> None:
    """Nobody asked for progress."""


async def test_it_writes_and_compiles_and_mentions_the_upgrade() -> None:
    async with booted([compiler_plugin, forms_plugin], args=["--dev-allow-all"]) as server:
        (generator,) = server.setup.contributions(UiGenerator)
        assert generator.offers(request(BENCH))
        generated = await generator.generate(request(BENCH), silent)
    assert (generated.generator, generated.model) == ("forms", None)
    assert "export default function" in generated.source
    assert "as default" in generated.code
    assert generated.notice is not None
    assert "key" in generated.notice


async def test_only_the_contract_decides() -> None:
    async with booted([compiler_plugin, forms_plugin], args=["--dev-allow-all"]) as server:
        (generator,) = server.setup.contributions(UiGenerator)
        one = await generator.generate(request(BENCH, props={"title": "one"}), silent)
        two = await generator.generate(
            request(BENCH, intent="Something else", props={"title": "two"}, variance={"persona": "p"}), silent
        )
    assert one == two


async def test_without_a_compiler_it_names_the_package() -> None:
    async with booted([forms_plugin], args=["--dev-allow-all"]) as server:
        (generator,) = server.setup.contributions(UiGenerator)
        with pytest.raises(GenerationFailed) as caught:
            await generator.generate(request(BENCH), silent)
    assert "ggui-compiler" in str(caught.value.hint)


async def test_another_generator_comes_first() -> None:
    class Other:
        name = "other"

    async with booted([compiler_plugin, forms_plugin], args=["--dev-allow-all"]) as server:
        seams = Seams()
        seams.contribute(UiGenerator, server.setup.contributions(UiGenerator)[0], "forms", LAST_RESORT)
        seams.contribute(UiGenerator, Other(), "other")
        names = [generator.name for generator in seams.contributions(UiGenerator)]
    assert names == ["other", "forms"]
