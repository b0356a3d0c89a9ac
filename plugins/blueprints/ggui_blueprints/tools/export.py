"""``ggui_ops_export_blueprints``: blueprints with their modules, page by page (spec 06 section 2.6)."""

from __future__ import annotations

from typing import Annotated, Any, Final

import orjson
from pydantic import Field

from ggui_blueprints.curation import Curation
from ggui_blueprints.portable import PortableBlueprint
from ggui_blueprints.tools.pages import Cursor, cursor_of, position
from ggui_core.mcp import Tool, ToolContext
from ggui_core.mcp.wire import ClosedInput, Id, Output, Rows, Whole
from ggui_core.protocol.blueprint import Blueprint
from ggui_core.stores import CodeStore

MOST: Final = 100
PAGE_BYTES: Final = 2 * 1024 * 1024
"""A page ends early when it weighs this much."""


class ExportInput(ClosedInput):
    """Which page."""

    app_id: Id | None = None
    limit: Annotated[Whole, Field(ge=1, le=MOST)] = 25
    cursor: Cursor | None = None


class ExportOutput(Output):
    """Portable blueprints; ``skipped`` counts those of this page whose module is gone or that are yanked."""

    blueprints: Rows
    skipped: int
    next_cursor: str | None = None


class ExportTool:
    """Hands blueprints over."""

    def __init__(self, curation: Curation) -> None:
        self._curation = curation

    def declared_tool(self) -> Tool[ExportInput, ExportOutput]:
        """The tool as it is listed."""
        return Tool(
            "ggui_ops_export_blueprints",
            "Read the blueprints of the app with contract and compiled code, page by page; ggui export-pool does.",
            ExportInput,
            ExportOutput,
            self.handle,
            title="Export blueprints",
            audience="ops",
            read_only=True,
        )

    async def handle(self, given: ExportInput, calling: ToolContext) -> ExportOutput:
        """What the project declares comes with the first page."""
        curation = self._curation
        app_id = curation.app(given.app_id, calling)
        kept = await curation.store.list(app_id, limit=given.limit, after=position(given.cursor))
        declared = [] if given.cursor is not None else await self._declared(app_id)
        written: list[dict[str, Any]] = []
        skipped = weight = 0
        last: Blueprint | None = None
        for one in (*declared, *kept):
            packed = await self._packed(one)
            if packed is None:
                skipped += 1
            else:
                written.append(packed)
                weight += len(orjson.dumps(packed))
            last = one if one.app_id == app_id and not one.is_installed else last
            if weight >= PAGE_BYTES and last is not None:
                break
        ended = len(kept) < given.limit and (not kept or (last is not None and last.id == kept[-1].id))
        return ExportOutput(
            blueprints=written,
            skipped=skipped,
            next_cursor=None if ended or last is None else cursor_of(last),
        )

    async def _declared(self, app_id: str) -> list[Blueprint]:
        """With the code, so this compiles what was not needed yet."""
        return [await one.blueprint() or one.outline for one in self._curation.declared.all(app_id)]

    async def _packed(self, one: Blueprint) -> dict[str, Any] | None:
        code = None
        if not one.is_yanked and one.code_hash:
            code = await self._curation.setup.get(CodeStore).get(one.code_hash)
        if code is None:
            return None
        return {**PortableBlueprint.of(one).record(), "componentCode": code}
