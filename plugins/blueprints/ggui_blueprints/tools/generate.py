"""``ggui_ops_generate_blueprint``: a component is written before anybody asks for it (spec 02 section 9.2)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Final

import structlog
from pydantic import Field

from ggui_blueprints.curation import Curation, Draft
from ggui_blueprints.errors import ModuleRefused
from ggui_blueprints.tools.variance import SourceOutput, VarianceInput, source_output, without_empties
from ggui_blueprints.workbench import Module
from ggui_core.clock import Clock
from ggui_core.errors import ToolError
from ggui_core.mcp import Tool, ToolContext
from ggui_core.mcp.wire import Id, Json, Output
from ggui_core.protocol.blueprint import Provenance
from ggui_core.seams import CompileFailed, Generated, GenerationFailed, GenerationRequest, UiGenerator

log = structlog.get_logger("ggui.blueprints")

AT_ONCE: Final = 2
"""Generations of operators that run at the same time; those of renders have a limit of their own."""

_KEYLESS: Final = frozenset({"NO_CREDENTIALS", "NO_PLATFORM_KEY"})


class GenerateInput(VarianceInput):
    """A contract to write a component for."""

    contract: Json
    app_id: Id | None = None
    generator: Annotated[str, Field(pattern=r"^[A-Za-z0-9_:.-]{1,120}$")] | None = None
    intent: Annotated[str, Field(max_length=2_000)] | None = None
    set_as_operator_default: bool | None = None


class GenerateOutput(Output):
    """What serves the contract and variance from now on."""

    blueprint_id: str
    code_hash: str | None = None
    validator_score: float | None = None
    source: SourceOutput


DESCRIPTION: Final = (
    "Let a generator write the component for a contract now, and keep it for later renders. `generator` names one; "
    "the server's first one writes otherwise. May take a minute or two and cost tokens."
)


class GenerateTool:
    """Lets components be written."""

    def __init__(self, curation: Curation, generators: Sequence[UiGenerator]) -> None:
        self._curation = curation
        self._generators = generators
        self._turns = asyncio.Semaphore(AT_ONCE)

    def declared_tool(self) -> Tool[GenerateInput, GenerateOutput]:
        """The tool as it is listed."""
        return Tool(
            "ggui_ops_generate_blueprint",
            DESCRIPTION,
            GenerateInput,
            GenerateOutput,
            self.handle,
            title="Generate blueprint",
            audience="ops",
        )

    async def handle(self, given: GenerateInput, calling: ToolContext) -> GenerateOutput:
        """Judge the contract, have it written, keep the outcome."""
        curation = self._curation
        app_id = curation.app(given.app_id, calling)
        variance = without_empties(given.as_json())
        draft = await curation.draft(app_id, given.contract, variance, given.intent or "", calling)
        request = _request(draft, given, calling)
        generator = self._chosen(request)
        kept = await curation.standing(draft)
        if kept is not None and kept.source.kind != "llm":
            raise ToolError(
                f"The blueprint '{kept.id}' of an operator has this contract and variance already.",
                code="BLUEPRINT_ALREADY_EXISTS",
                hint="Delete or yank it first, or choose another variance; nothing was generated.",
            )
        if kept is None:
            generated = await self._written(generator, request, calling)
            kept = await curation.keep(
                draft,
                await self._module(generated),
                Provenance.generated(generated.generator, generated.model),
                calling,
                is_default=given.set_as_operator_default is True,
            )
        elif given.set_as_operator_default:
            kept = await curation.store.pin(app_id, kept.id) or kept
            await curation.note("blueprint.updated", kept.id, calling)
        return GenerateOutput(
            blueprint_id=kept.id,
            code_hash=kept.code_hash,
            validator_score=kept.validator_score,
            source=source_output(kept.source),
        )

    def _chosen(self, request: GenerationRequest) -> UiGenerator:
        named = [one for one in self._generators if request.generator in (None, one.name)]
        if not named:
            known = ", ".join(one.name for one in self._generators)
            what = "no generator" if request.generator is None else f"no generator '{request.generator}'"
            raise ToolError(
                f"This server has {what}.",
                code="generator_not_found",
                hint=f"Name one of: {known}." if known else "Install or enable one, such as ggui-forms.",
            )
        offering = next((one for one in named if one.offers(request)), None)
        if offering is None:
            raise _keyless("None of them can write at the moment; the key of a language model is missing.")
        return offering

    async def _written(
        self, generator: UiGenerator, request: GenerationRequest, calling: ToolContext
    ) -> Generated:
        """The outcome; given up when the caller has left or the time is over."""
        curation = self._curation
        limit_s = curation.settings.generation_timeout_s
        async with self._turns:
            writing = asyncio.ensure_future(generator.generate(request, calling.progress))
            alarm = asyncio.ensure_future(curation.setup.get(Clock).sleep(limit_s))
            left = asyncio.ensure_future(calling.ended.wait())
            try:
                await asyncio.wait({writing, alarm, left}, return_when=asyncio.FIRST_COMPLETED)
                if not writing.done():
                    raise _failed(
                        f"The generator '{generator.name}' did not finish within {limit_s:g} seconds."
                    )
                return writing.result()
            except GenerationFailed as failure:
                if failure.code in _KEYLESS:
                    raise _keyless(failure.message) from failure
                raise _failed(failure.message, failure.hint) from failure
            except CompileFailed as refusal:
                raise _failed(refusal.message, refusal.hint) from refusal
            except ToolError:
                raise
            except Exception as crash:
                log.exception("generator_crashed", generator=generator.name)
                raise _failed(
                    f"The generator '{generator.name}' failed; the server's log has the cause."
                ) from crash
            finally:
                for task in (writing, alarm, left):
                    task.cancel()
                await asyncio.gather(writing, alarm, left, return_exceptions=True)

    async def _module(self, generated: Generated) -> Module:
        try:
            module = await self._curation.bench.ready(generated.code)
        except ModuleRefused as refusal:
            raise _failed(
                f"The generator '{generated.generator}' returned no component: {refusal.message}"
            ) from refusal
        authored = generated.source if generated.source != generated.code else None
        return Module(module.code, module.code_hash, authored)


def _request(draft: Draft, given: GenerateInput, calling: ToolContext) -> GenerationRequest:
    return GenerationRequest(
        session_id=calling.request_id,
        app_id=draft.app_id,
        intent=draft.intent or given.seed_prompt or "",
        contract=draft.contract,
        contract_hash=draft.contract_hash,
        variance=draft.variance,
        generator=given.generator,
    )


def _failed(message: str, hint: str | None = None) -> ToolError:
    return ToolError(message, code="generation_failed", hint=hint, retryable=True)


def _keyless(message: str) -> ToolError:
    return ToolError(
        message,
        code="missing_credentials",
        hint="Set the key of a language model, or enable the plugin forms, which needs none.",
    )
