"""``ggui_search_blueprints`` (spec 02 section 6.9, spec 06 section 2.8)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from ggui_blueprints.declared import Declared, DeclaredBlueprints
from ggui_blueprints.lexical import bag, score, terms
from ggui_core.mcp import Tool, ToolContext
from ggui_core.mcp.wire import Input, Output, Whole
from ggui_core.protocol.blueprint import Blueprint
from ggui_core.stores import BlueprintStore

LEAST: Final = 0.3
"""What scores less is no match."""

EXACT_NAME: Final = 1.0
SOME_OF_IT: Final = 0.7

MOST_WORDS: Final = 24
"""Words of a query that count."""

MOST_NAMES: Final = 100
"""Names of a contract, and labels, that are searched."""

_McpName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,128}$")]


class SearchInput(Input):
    """What to look for; ``tool`` and ``server`` narrow what a registry finds."""

    query: Annotated[str, Field(min_length=1, max_length=2_000)]
    limit: Annotated[Whole, Field(ge=1, le=100)] = 10
    tool: _McpName | None = None
    server: _McpName | None = None


class Found(Output):
    """One match."""

    id: str
    name: str
    description: str
    category: str
    props: list[str]
    callbacks: list[str]
    featured: bool
    relevance: Literal["match"] = "match"
    score: float


class SearchOutput(Output):
    """Matches, the best first; ``total`` counts those beyond the limit too."""

    results: list[Found]
    total: int
    query: str


DESCRIPTION: Final = (
    "Find UIs that can be reused: by words of their name, description, first intent and contract. "
    "ggui_handshake finds exact reuse by itself; search to see what there is."
)


class SearchTool:
    """Searches by words."""

    def __init__(self, store: BlueprintStore, declared: DeclaredBlueprints) -> None:
        self._store = store
        self._declared = declared

    def declared_tool(self) -> Tool[SearchInput, SearchOutput]:
        """The tool as it is listed."""
        return Tool(
            "ggui_search_blueprints",
            DESCRIPTION,
            SearchInput,
            SearchOutput,
            self.handle,
            title="Search blueprints",
            read_only=True,
        )

    async def handle(self, given: SearchInput, calling: ToolContext) -> SearchOutput:
        """Ask the project's own and what was kept, and merge."""
        kept = [one for one in await self._store.list(calling.app_id) if not one.is_yanked]
        declared = self._declared.all(calling.app_id)
        found = await asyncio.to_thread(_search, given.query, declared, kept)
        return SearchOutput(results=found[: given.limit], total=len(found), query=given.query)


def _search(query: str, declared: Sequence[Declared], kept: Iterable[Blueprint]) -> list[Found]:
    matches = [match for match in (_of_project(query, one) for one in declared) if match is not None]
    wanted = _wanted(query)
    for one in kept:
        worth = round(score(wanted, bag(_fields(one))), 3)
        if worth >= LEAST:
            matches.append(
                _found(
                    one.contract,
                    id_=f"c_{one.id}",
                    name=f"Cached_{one.id[:8]}",
                    description=one.description or one.intent,
                    worth=worth,
                )
            )
    return sorted(matches, key=lambda match: (-match.score, match.id))


def _of_project(query: str, one: Declared) -> Found | None:
    manifest = one.entry.manifest
    sought = query.strip().casefold()
    if sought == manifest.name.casefold():
        worth = EXACT_NAME
    elif sought and sought in f"{manifest.name}\n{manifest.description or ''}".casefold():
        worth = SOME_OF_IT
    else:
        # A phrase of several words need not stand together in order to be about the same thing.
        worth = round(min(SOME_OF_IT, score(_wanted(query), bag(_fields(one.outline)))), 3)
    if worth < LEAST:
        return None
    return _found(
        manifest.contract,
        id_=manifest.id,
        name=manifest.name,
        description=manifest.description or "",
        category=manifest.category or "",
        worth=worth,
    )


def _found(
    contract: Any, *, id_: str, name: str, description: str, worth: float, category: str = ""
) -> Found:
    return Found(
        id=id_,
        name=name,
        description=description,
        category=category,
        props=sorted((contract.get("propsSpec") or {}).get("properties") or {}),
        callbacks=sorted(contract.get("actionSpec") or {}),
        featured=False,
        score=worth,
    )


def _wanted(query: str) -> frozenset[str]:
    return frozenset(sorted(terms(query))[:MOST_WORDS])


def _fields(one: Blueprint) -> list[tuple[str, float]]:
    """What is searched, and what a word is worth there."""
    contract = one.contract
    names = [
        *((contract.get("propsSpec") or {}).get("properties") or {}),
        *(contract.get("actionSpec") or {}),
        *(contract.get("streamSpec") or {}),
        *(contract.get("contextSpec") or {}),
    ]
    labels = [str(action.get("label", "")) for action in (contract.get("actionSpec") or {}).values()]
    variance = [str(one.variance.get(key) or "") for key in ("persona", "aesthetic", "seedPrompt")]
    return [
        (one.name or "", 1.0),
        (one.intent, 1.0),
        (one.description or "", 0.9),
        (" ".join((*names[:MOST_NAMES], *labels[:MOST_NAMES])), 0.7),
        (" ".join(variance), 0.5),
    ]
