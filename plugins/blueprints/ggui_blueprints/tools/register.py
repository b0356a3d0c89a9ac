"""``ggui_ops_register_blueprint``: a component that an operator brings along (spec 02 section 9.2)."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from ggui_blueprints.curation import Curation, refused
from ggui_blueprints.errors import ModuleRefused
from ggui_blueprints.tools.variance import SourceOutput, VarianceInput, source_output, without_empties
from ggui_blueprints.workbench import MOST_BYTES
from ggui_core.mcp import Tool, ToolContext, ToolResult
from ggui_core.mcp.wire import Id, Json, Output
from ggui_core.protocol.blueprint import Provenance


class RegisterInput(VarianceInput):
    """A component and the contract it keeps."""

    contract: Json
    component_code: Annotated[str, Field(min_length=1, max_length=MOST_BYTES)]
    app_id: Id | None = None
    intent: Annotated[str, Field(max_length=2_000)] | None = None
    set_as_operator_default: bool | None = None


class RegisterOutput(Output):
    """What serves the contract and variance from now on."""

    blueprint_id: str
    code_hash: str
    source: SourceOutput


DESCRIPTION: Final = (
    "Keep a component of your own for a contract; renders of this contract are then served by it. `componentCode` is "
    "an ES module with a default export, served to the byte, or TSX, which is compiled. It takes the place of what an "
    "agent had generated; what an operator put there before stays, and is what you get."
)


class RegisterTool:
    """Keeps components."""

    def __init__(self, curation: Curation) -> None:
        self._curation = curation

    def declared_tool(self) -> Tool[RegisterInput, RegisterOutput]:
        """The tool as it is listed."""
        return Tool(
            "ggui_ops_register_blueprint",
            DESCRIPTION,
            RegisterInput,
            RegisterOutput,
            self.handle,
            title="Register blueprint",
            audience="ops",
            idempotent=True,
        )

    async def handle(self, given: RegisterInput, calling: ToolContext) -> ToolResult[RegisterOutput]:
        """Judge the contract, then the text; keep both."""
        curation = self._curation
        app_id = curation.app(given.app_id, calling)
        variance = without_empties(given.as_json())
        draft = await curation.draft(app_id, given.contract, variance, given.intent or "", calling)
        try:
            module = await curation.bench.judged(given.component_code, draft.packages)
        except ModuleRefused as refusal:
            raise refused(refusal) from refusal
        kept = await curation.standing(draft)
        if kept is None or (given.set_as_operator_default and not kept.is_installed):
            kept = await curation.keep(
                draft,
                module,
                Provenance("user"),
                calling,
                is_default=given.set_as_operator_default is True,
            )
        output = RegisterOutput(
            blueprint_id=kept.id, code_hash=kept.code_hash, source=source_output(kept.source)
        )
        return ToolResult(output, lead=None if kept.code_hash == module.code_hash else _OTHER.format(kept.id))


_OTHER: Final = (
    "Nothing was registered: the blueprint {} of an operator has this contract and variance already, with other code. "
    "Delete or yank it first, or give this one another variance."
)
