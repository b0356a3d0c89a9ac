"""The six tools of ``/protocol``: pure, read-only, the same for every tenant (spec 02 section 8)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import BaseModel

from ggui_core.errors import ToolError
from ggui_core.mcp import Tool, ToolContext
from ggui_core.mcp.tools import NoArguments
from ggui_core.protocol import gate
from ggui_core.protocol.errors import ContractRefused
from ggui_core.seams import Compiler, ComponentCatalog
from ggui_protocol import blueprint_format, contract_format, primitives
from ggui_protocol.boilerplate import Brief, skeleton
from ggui_protocol.examples import Example, examples
from ggui_protocol.finding import Finding
from ggui_protocol.validation import Candidate, Validation
from ggui_protocol.wire import (
    NOWHERE,
    BlueprintFormat,
    BlueprintParts,
    Boilerplate,
    BoilerplateInput,
    ContractFormat,
    ExampleBlueprint,
    Examples,
    ExamplesInput,
    Item,
    Primitives,
    TitledContract,
    ValidateInput,
    Validity,
)

AnyTool = Tool[Any, Any]


class ProtocolTools:
    """Declares the tools. Pages are written once; they depend on nothing that changes while the server runs."""

    def __init__(self, compiler: Compiler | None, catalog: ComponentCatalog | None) -> None:
        self._catalog = catalog
        self._validation = Validation(compiler, catalog)
        self._contract_page = contract_format.documentation()
        self._blueprint_page = blueprint_format.documentation(catalog)

    def declare(self) -> tuple[AnyTool, ...]:
        """In the order in which an author needs them."""
        return (
            _tool(
                "describe_data_contract_format",
                "Describe the DataContract format: every field, name rules, the schema dialect, sizes, examples.",
                NoArguments,
                ContractFormat,
                self._describe_contract,
                "Describe data contract format",
            ),
            _tool(
                "describe_blueprint_format",
                "Describe the AgentBlueprint format: fields, imports, hooks, what a component must not do, an example.",
                NoArguments,
                BlueprintFormat,
                self._describe_blueprint,
                "Describe blueprint format",
            ),
            _tool(
                "get_blueprint_boilerplate",
                "Write a TSX skeleton for a contract: typed props, a handler per action, a hook per stream and slot.",
                BoilerplateInput,
                Boilerplate,
                self._boilerplate,
                "Get blueprint boilerplate",
            ),
            _tool(
                "get_example_blueprints",
                "Get complete blueprints that work: display shows, collect asks, converse talks.",
                ExamplesInput,
                Examples,
                self._examples,
                "Get example blueprints",
            ),
            _tool(
                "list_available_primitives",
                "List everything a component may import here, with TypeScript signatures.",
                NoArguments,
                Primitives,
                self._primitives,
                "List available primitives",
            ),
            _tool(
                "validate_blueprint",
                "Compile a blueprint and check it without running it. Stops at the first tier that fails.",
                ValidateInput,
                Validity,
                self._validate,
                "Validate blueprint",
            ),
        )

    async def _describe_contract(self, given: NoArguments, context: ToolContext) -> ContractFormat:
        return ContractFormat(
            documentation=self._contract_page,
            examples=[TitledContract(title=each.title, contract=dict(each.contract)) for each in examples()],
        )

    async def _describe_blueprint(self, given: NoArguments, context: ToolContext) -> BlueprintFormat:
        return BlueprintFormat(documentation=self._blueprint_page, example=_parts(examples()[1]))

    async def _boilerplate(self, given: BoilerplateInput, context: ToolContext) -> Boilerplate:
        source = await asyncio.to_thread(_skeleton, given)
        return Boilerplate(source=source)

    async def _examples(self, given: ExamplesInput, context: ToolContext) -> Examples:
        return Examples(
            examples=[
                ExampleBlueprint(
                    title=each.title, kind=each.kind, summary=each.summary, blueprint=_parts(each)
                )
                for each in examples()
                if given.kind in ("all", each.kind)
            ]
        )

    async def _primitives(self, given: NoArguments, context: ToolContext) -> Primitives:
        return Primitives(
            documentation=primitives.documentation(self._catalog), import_path=blueprint_format.DESIGN
        )

    async def _validate(self, given: ValidateInput, context: ToolContext) -> Validity:
        report = await self._validation.report(Candidate(given.source, given.contract, given.fixture_props))
        return Validity(
            valid=report.failed_at is None,
            failed_at=report.failed_at or NOWHERE,
            errors=[_item(finding) for finding in report.errors],
            warnings=[_item(finding) for finding in report.warnings],
        )


def _tool(
    name: str,
    description: str,
    arguments: type[BaseModel],
    answer: type[BaseModel],
    handler: Callable[[Any, ToolContext], Awaitable[Any]],
    title: str,
) -> AnyTool:
    return Tool(
        f"ggui_protocol_{name}",
        description,
        arguments,
        answer,
        handler,
        title=title,
        audience="protocol",
        read_only=True,
        idempotent=True,
    )


def _skeleton(given: BoilerplateInput) -> str:
    try:
        gate.check(given.contract).accepted()
    except ContractRefused as refusal:
        raise ToolError(
            refusal.message,
            code=refusal.code,
            hint=refusal.hint or "ggui_protocol_describe_data_contract_format says what a contract may hold.",
            details={"phase": refusal.phase, "issues": [issue.to_wire() for issue in refusal.issues]},
        ) from refusal
    return skeleton(Brief(given.contract, given.intent, given.shell, given.screen))


def _parts(example: Example) -> BlueprintParts:
    return BlueprintParts(
        source=example.source, contract=dict(example.contract), fixture_props=dict(example.fixture)
    )


def _item(finding: Finding) -> Item:
    return Item(tier=finding.tier, code=finding.code, message=finding.message, fix=finding.fix)
