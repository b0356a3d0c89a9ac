"""The questions people ask, against the pages as they are: the answer is among the first results."""

from __future__ import annotations

import pytest

from ggui_docs.pages import load, pages_folder
from ggui_docs.search import Index

QUESTIONS = {
    "revoke a device": ["quickstart#revoke", "operator#keys-and-devices", "auth#revocation"],
    "how do I pair a client": ["quickstart#pair-with-curl"],
    "reverse proxy": ["operator#behind-a-reverse-proxy"],
    "nginx buffering": ["operator#behind-a-reverse-proxy"],
    "ggui_mcp_tools": ["plugins#ggui_mcp_tools"],
    "add a tool": ["plugins#ggui_mcp_tools"],
    "custom auth adapter": ["auth#adapters", "plugins#authadapter", "plugins#ggui_auth_adapters"],
    "OIDC": ["auth#an-oidc-adapter-in-one-file"],
    "rate limits": ["plugins#ratelimiter", "operator#gguijson"],
    "health check": ["operator#health", "plugins#ggui_checks"],
    "environment variables": ["operator#flags-and-variables"],
    "exit code": ["operator#exit-codes-and-shutdown"],
    "shutdown": ["operator#exit-codes-and-shutdown"],
    "disable a plugin": ["operator#plugins"],
    "write a plugin": ["plugins#writing-plugins", "plugins#a-plugin-in-five-minutes"],
    "progress notifications": ["mcp#progress"],
    "cancel a call": ["mcp#cancellation"],
    "error codes": ["mcp#errors", "auth#failure-shapes"],
    "Claude Desktop": ["quickstart#connect-a-client"],
    "connect cursor": ["quickstart#connect-a-client"],
    "csrf": ["plugins#ggui_policies", "auth#credentials"],
    "where are pairings stored": ["operator#directories-and-files"],
    "log format": ["operator#logs"],
    "test a plugin": ["plugins#testing"],
    "anonymous service": ["mcp#services", "plugins#ggui_mcp_services"],
    "reserved paths": ["mcp#reserved-paths"],
    "admin token": ["auth#credentials", "operator#hardening", "quickstart#pair-with-curl", "auth#planes"],
    "key value store": ["plugins#keyvaluestore"],
    "KeyValueStore": ["plugins#keyvaluestore"],
    "protocol versions": ["mcp#one-request"],
    "CORS browser origin": ["mcp#from-a-browser"],
    "stdout beacons": ["operator#running", "plugins#ggui_announce"],
    "settings model": ["plugins#ggui_settings"],
    "mcpMounts": ["mcp#mounts", "operator#gguijson"],
    "how do I revoke a bearer": ["quickstart#revoke", "auth#revocation", "operator#keys-and-devices"],
}


@pytest.fixture(scope="module")
def index() -> Index:
    return Index(load(pages_folder()).pages.values())


def rank(index: Index, question: str) -> int | None:
    found = [f"{hit.page.path}#{hit.section.anchor}" for hit in index.search(question, 5)]
    return next((place for place, name in enumerate(found, 1) if name in QUESTIONS[question]), None)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_answer_is_on_the_first_page_of_results(index: Index, question: str) -> None:
    assert rank(index, question) is not None


def test_most_answers_come_first(index: Index) -> None:
    first = sum(rank(index, question) == 1 for question in QUESTIONS)
    assert first / len(QUESTIONS) >= 0.8
