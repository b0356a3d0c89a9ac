"""``ggui_ops_list_blueprints`` (spec 02 section 9.2)."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from ggui_blueprints.curation import Curation
from ggui_blueprints.personas import normalised
from ggui_blueprints.tools.pages import Cursor, cursor_of, position
from ggui_blueprints.tools.variance import SourceOutput, source_output
from ggui_core.clock import iso
from ggui_core.mcp import Tool, ToolContext
from ggui_core.mcp.wire import ClosedInput, Id, Json, Output, Whole
from ggui_core.protocol.blueprint import Blueprint
from ggui_core.stores import BlueprintFilter

MOST: Final = 1_000


class ListInput(ClosedInput):
    """What to narrow the list to; every part that is given must hold."""

    app_id: Id | None = None
    contract_hash: Id | None = None
    generator: Id | None = None
    persona: Annotated[str, Field(max_length=120)] | None = None
    intent_keywords: Annotated[list[Annotated[str, Field(max_length=120)]], Field(max_length=20)] | None = (
        None
    )
    limit: Annotated[Whole, Field(ge=1, le=MOST)] = MOST
    cursor: Cursor | None = None


class Row(Output):
    """A blueprint without its contract and code."""

    blueprint_id: str
    contract_hash: str
    variant_key: str
    app_id: str
    source: SourceOutput
    variance: Json
    created_at: str
    created_by: str
    code_hash: str | None = None
    validator_score: float | None = None
    intent: str | None = None
    name: str | None = None
    is_operator_default: bool | None = None
    is_installed: bool | None = None
    is_featured: bool | None = None
    is_yanked: bool | None = None
    hits: int
    last_hit_at: str | None = None


class ListOutput(Output):
    """Newest first; ``nextCursor`` where there is more."""

    blueprints: list[Row]
    next_cursor: str | None = None


class ListTool:
    """Lists what an app has."""

    def __init__(self, curation: Curation) -> None:
        self._curation = curation

    def declared_tool(self) -> Tool[ListInput, ListOutput]:
        """The tool as it is listed."""
        return Tool(
            "ggui_ops_list_blueprints",
            "List the blueprints of the app, newest first, without contract and code. Filters are combined with AND.",
            ListInput,
            ListOutput,
            self.handle,
            title="List blueprints",
            audience="ops",
            read_only=True,
        )

    async def handle(self, given: ListInput, calling: ToolContext) -> ListOutput:
        """What is kept, and what the project declares."""
        app_id = self._curation.app(given.app_id, calling)
        wanted = BlueprintFilter(
            given.contract_hash,
            given.generator,
            None if given.persona is None else normalised(given.persona),
            tuple(given.intent_keywords or ()),
        )
        after = position(given.cursor)
        kept = await self._curation.store.list(app_id, wanted, limit=given.limit + 1, after=after)
        declared = [
            one
            for one in (declared.known for declared in self._curation.declared.all(app_id))
            if wanted.admits(one) and (after is None or (-one.created_at_ms, one.id) > (-after[0], after[1]))
        ]
        rows = sorted((*kept, *declared), key=lambda one: (-one.created_at_ms, one.id))
        shown = rows[: given.limit]
        more = len(rows) > given.limit
        return ListOutput(
            blueprints=[_row(one) for one in shown], next_cursor=cursor_of(shown[-1]) if more else None
        )


def _row(one: Blueprint) -> Row:
    return Row(
        blueprint_id=one.id,
        contract_hash=one.contract_hash,
        variant_key=one.variant_key,
        app_id=one.app_id,
        source=source_output(one.source),
        variance=dict(one.variance),
        created_at=iso(one.created_at_ms / 1000),
        created_by=one.created_by,
        code_hash=one.code_hash or None,
        validator_score=one.validator_score,
        intent=one.intent or None,
        name=one.name,
        is_operator_default=one.is_operator_default or None,
        is_installed=one.is_installed or None,
        is_featured=one.is_featured or None,
        is_yanked=one.is_yanked or None,
        hits=one.hits,
        last_hit_at=None if one.last_hit_at_ms is None else iso(one.last_hit_at_ms / 1000),
    )
