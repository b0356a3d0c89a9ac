"""Searching by words, and the module of what was found."""

from __future__ import annotations

from pathlib import Path

import pytest

from ggui_blueprints.lexical import bag, score, terms
from ggui_core.stores import CodeStore, MemoryCodeStore

from .serving import CONTRACT, MODULE, TSX, serving, write_ui
from .test_curation import rendered
from .test_declared import INCLUDE


async def test_the_projects_own_are_found_by_name_and_description(tmp_path: Path) -> None:
    write_ui(tmp_path / "ui", name="Tide gauge", description="How high the water is", category="marine")
    async with serving(root=tmp_path, config=INCLUDE) as server:
        found = await server.agent("search_blueprints", query="TIDE gauge")
        assert found == {
            "results": [
                {
                    "id": "tide",
                    "name": "Tide gauge",
                    "description": "How high the water is",
                    "category": "marine",
                    "props": ["level"],
                    "callbacks": ["refresh"],
                    "featured": False,
                    "relevance": "match",
                    "score": 1.0,
                }
            ],
            "total": 1,
            "query": "TIDE gauge",
        }
        scores = [
            (await server.agent("search_blueprints", query=query))["results"][0]["score"]
            for query in ("gauge", "the water", "water height high")
        ]
        assert scores[:2] == [0.7, 0.7]
        assert 0.3 <= scores[2] <= 0.7
        assert (await server.agent("search_blueprints", query="mountain"))["total"] == 0


async def test_what_was_rendered_is_found_by_its_intent_and_contract() -> None:
    async with serving() as server:
        name = await rendered(server)
        (found,) = (await server.agent("search_blueprints", query="harbour tides"))["results"]
        assert (found["id"], found["name"]) == (f"c_{name}", f"Cached_{name[:8]}")
        assert found["score"] == 1.0
        assert found["description"] == "the tide at the harbour"
        assert (await server.agent("search_blueprints", query="refresh level"))["total"] == 1
        assert (await server.agent("search_blueprints", query="weather forecast"))["total"] == 0
        given = await server.agent("render_blueprint", blueprintId=f"c_{name}")
        assert given["code"] == MODULE


async def test_the_best_come_first_and_the_limit_cuts_what_total_counts() -> None:
    async with serving() as server:
        for number in range(5):
            await server.register(
                persona=f"p{number}", intent="tide" if number == 3 else "tide and wind and sun"
            )
        found = await server.agent("search_blueprints", query="tide table", limit=2)
        assert found["total"] == 5
        assert len(found["results"]) == 2
        assert found["results"][0]["score"] >= found["results"][1]["score"]


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"query": ""},
        {"query": "x", "limit": 0},
        {"query": "x", "limit": 101},
        {"query": "x", "tool": "a b"},
    ],
)
async def test_bad_arguments_are_refused(arguments: dict[str, object]) -> None:
    async with serving() as server:
        assert (await server.agent_refused("search_blueprints", **arguments))["code"] == "invalid_arguments"


@pytest.mark.parametrize("query", ["\0", "∅", "'; --", "the of and", "x" * 2_000, "🌊"])
async def test_strange_queries_find_nothing(query: str) -> None:
    async with serving() as server:
        await server.register()
        assert (await server.agent("search_blueprints", query=query))["total"] == 0


async def test_a_module_is_not_given_out_when_it_is_gone() -> None:
    async with serving() as server:
        registered = await server.register()
        code = server.booted.setup.get(CodeStore)
        assert isinstance(code, MemoryCodeStore)
        code._modules.clear()
        refusal = await server.agent_refused("render_blueprint", blueprintId=registered["blueprintId"])
        assert refusal["code"] == "blueprint_code_unavailable"


async def test_tsx_is_given_out_compiled() -> None:
    async with serving() as server:
        registered = await server.register(TSX, CONTRACT)
        given = await server.agent("render_blueprint", blueprintId=registered["blueprintId"])
        assert given["code"] != TSX
        assert given["contentType"] == "text/javascript"


def test_words_meet_in_other_forms() -> None:
    known = bag([("showTideGauges", 1.0), ("bookings_of_cities", 0.5)])
    assert score(terms("tide gauge"), known) == 1.0
    assert score(terms("book city"), known) == pytest.approx(0.5, abs=0.2)
    assert score(terms(""), known) == 0.0
