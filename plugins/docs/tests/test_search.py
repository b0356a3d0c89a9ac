"""Search: what is found, in which order, and that it is always the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ggui_docs.pages import Library, parse
from ggui_docs.search import Index, stem

PAGES = [
    parse(
        "operator",
        "# Operator guide\n\nRun the server.\n\n"
        "## Reverse proxy\n\nPut Caddy or nginx in front; terminate TLS there.\n\n"
        "## Directories\n\nState lives below `.ggui/persistent`.\n\n"
        "## Health\n\n`GET /ggui/health` says whether the server can work. A proxy may ask it.\n",
    ),
    parse(
        "plugins",
        "# Writing plugins\n\n## Hooks\n\n### `ggui_mcp_tools`\n\nTools for the shared routes.\n\n"
        "### `ggui_routes`\n\nHTTP routes. A route behind a proxy keeps its path.\n",
    ),
    parse("quickstart", "# Quickstart\n\n## Pair a device\n\nPairing turns a code into a bearer.\n"),
]


@pytest.fixture(scope="module")
def index() -> Index:
    return Index(PAGES)


def found(index: Index, query: str, limit: int = 20) -> list[str]:
    return [f"{hit.page.path}#{hit.section.anchor}" for hit in index.search(query, limit)]


def test_a_heading_outranks_a_mention(index: Index) -> None:
    assert found(index, "proxy")[0] == "operator#reverse-proxy"
    assert set(found(index, "proxy")) == {"operator#reverse-proxy", "operator#health", "plugins#ggui_routes"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("ggui_mcp_tools", "plugins#ggui_mcp_tools"),
        ("mcp tools", "plugins#ggui_mcp_tools"),
        ("paired devices", "quickstart#pair-a-device"),
        ("how do I pair a device?", "quickstart#pair-a-device"),
        ("direct", "operator#directories"),
        ("REVERSE PROXY", "operator#reverse-proxy"),
        ("/ggui/health", "operator#health"),
        ("nginx", "operator#reverse-proxy"),
    ],
)
def test_the_section_a_person_means_comes_first(index: Index, query: str, expected: str) -> None:
    assert found(index, query)[0] == expected


def test_a_section_with_every_word_outranks_one_that_repeats_a_single_word() -> None:
    pages = [
        parse("a", "# A\n\n## One\n\ntoken token token token token token\n"),
        parse("b", "# B\n\n## Two\n\nA token is revoked at once.\n"),
    ]
    assert found(Index(pages), "token revoked")[0] == "b#two"


@pytest.mark.parametrize("query", ["zebra", "the of and", "?!", " ", "zz"])
def test_no_match_is_an_empty_answer(index: Index, query: str) -> None:
    assert found(index, query) == []


def test_the_limit_is_kept(index: Index) -> None:
    assert len(found(index, "server proxy tools", 2)) == 2


def test_scores_fall_and_ties_keep_the_order_of_the_pages() -> None:
    pages = [parse(name, f"# {name}\n\n## Same\n\nidentical words\n") for name in ("two", "one")]
    hits = Index(pages).search("identical", 10)
    assert [hit.page.path for hit in hits] == ["two", "one"]
    assert hits[0].score == hits[1].score


def test_the_snippet_shows_the_match_in_a_long_section() -> None:
    page = parse("long", "# Long\n\n## Part\n\n" + "filler " * 500 + "needle here " + "filler " * 500)
    snippet = Index([page]).search("needle", 1)[0].snippet
    assert "needle here" in snippet
    assert snippet.startswith("… ")
    assert snippet.endswith(" …")
    assert len(snippet) <= 250


def test_forms_of_a_word_meet() -> None:
    assert stem("pairings") == stem("pairing") == stem("paired") == stem("pair")
    assert stem("policies") == stem("policy")
    assert stem("address") == "address"


def test_an_empty_library_finds_nothing() -> None:
    assert Index(Library({}).pages.values()).search("anything", 5) == []


@given(st.text(max_size=200), st.integers(1, 20))
def test_any_query_is_answered_the_same_twice(query: str, limit: int) -> None:
    first = Index(PAGES).search(query, limit)
    assert first == Index(PAGES).search(query, limit)
    assert len(first) <= limit
    assert [hit.score for hit in first] == sorted((hit.score for hit in first), reverse=True)
