"""``ggui_list_gadgets``: which gadgets a contract of this app may ask for (spec 02 section 6.10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ggui_core.errors import ToolError
from ggui_core.mcp import Tool, ToolContext
from ggui_core.mcp.wire import Id, Input, Output, Rows
from ggui_core.seams import GadgetCatalog


class ListGadgetsInput(Input):
    """What ``ggui_list_gadgets`` is called with."""

    app_id: Id | None = None


class ListGadgetsOutput(Output):
    """What ``ggui_list_gadgets`` answers: descriptors as spec 01 section 2.5 has them."""

    gadgets: Rows


DESCRIPTION: Final = (
    "List the gadget packages that a contract may name in `clientCapabilities`, with what they export."
)


@dataclass(frozen=True, slots=True)
class ListGadgetsTool:
    """Lists gadget packages.

    Attributes:
        catalog: Knows those of each app.
    """

    catalog: GadgetCatalog

    def declared(self) -> Tool[ListGadgetsInput, ListGadgetsOutput]:
        """The tool as it is listed."""
        return Tool(
            "ggui_list_gadgets",
            DESCRIPTION,
            ListGadgetsInput,
            ListGadgetsOutput,
            self.handle,
            title="List gadgets",
            read_only=True,
        )

    async def handle(self, given: ListGadgetsInput, calling: ToolContext) -> ListGadgetsOutput:
        """Those of the caller's app; asking for another app's is refused, whether or not it exists."""
        if given.app_id is not None and given.app_id != calling.app_id:
            raise ToolError(
                "This credential works in another app than the one that was asked for.",
                code="app_access_denied",
                hint="Leave appId out.",
            )
        gadgets = await self.catalog.gadgets(calling.app_id)
        return ListGadgetsOutput(
            gadgets=[
                gadget.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
                for gadget in gadgets.values()
            ]
        )
