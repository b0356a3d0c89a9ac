"""Which distribution owns which ``ggui.json`` key and flag when its plugin is not there to say so.

A data table for messages only: it lets the kernel answer "install ggui-themes" instead of "unknown key".
Nothing is imported or switched on because of an entry here (spec 03 sections 3.1 and 5.1).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

CONFIG_KEYS: Mapping[str, str] = {
    "app.gadgets": "ggui-gadgets",
    "app.publicEnv": "ggui-sessions",
    "app.defaultTheme": "ggui-sessions",
    "blueprints": "ggui-blueprints",
    "theme": "ggui-themes",
    "agent": "ggui-agent",
    "storage": "ggui-sql",
    "generation": "ggui-generator",
    "registry": "ggui-marketplace",
}
"""Dotted ``ggui.json`` paths of first-party plugins; each covers everything below it while nobody claims it."""

SERVE_FLAGS: Mapping[str, str] = {
    "--admin-token": "ggui-pairing",
    "--keys-file": "ggui-pairing",
    "--mcp-only": "ggui-agent",
    "--multi-tenant": "ggui-keys",
    "--oauth": "ggui-oauth",
    "--redis-url": "ggui-redis",
    "--seed-pool": "ggui-blueprints",
    "--withhold-result-meta": "ggui-sessions",
}
"""Flags of ``ggui serve`` that first-party plugins own."""

COMMANDS: Mapping[str, str] = {
    "blueprint": "ggui-marketplace",
    "db": "ggui-sql",
    "demo": "ggui-demo",
    "dev": "ggui-demo",
    "doctor": "ggui-demo",
    "export-pool": "ggui-blueprints",
    "gadget": "ggui-marketplace",
    "keys": "ggui-pairing",
    "theme": "ggui-themes",
}
"""Verbs of ``ggui`` that first-party plugins add."""

PLUGINS: frozenset[str] = frozenset(
    {
        "agent",
        "agent-adapters",
        "anthropic",
        "apps",
        "blueprints",
        "compiler",
        "console",
        "demo",
        "docs",
        "forms",
        "gadgets",
        "generator",
        "google",
        "keys",
        "live",
        "login",
        "marketplace",
        "oauth",
        "oidc",
        "openai",
        "pairing",
        "protocol",
        "redis",
        "registry",
        "renderer",
        "sessions",
        "sql",
        "telemetry",
        "themes",
        "threads",
    }
)
"""Names of first-party plugins; the distribution of each is ``ggui-<name>``."""


def remedy_for_missing(plugin: str, installed: Iterable[str], otherwise: str) -> str:
    """What to do about a plugin that is not installed: install it, or mend its name.

    Args:
        otherwise: The remedy for a name that is neither ours nor close to an installed one.
    """
    if plugin in PLUGINS:
        return f"run: pip install ggui-{plugin}"
    return suggestion(plugin, installed, otherwise)


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The choice a person most likely meant, or ``None`` when nothing is close."""
    by_folded = {choice.casefold(): choice for choice in choices}
    close = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.65)
    return by_folded[close[0]] if close else None


def suggestion(word: str, choices: Iterable[str], otherwise: str) -> str:
    """The remedy for a misspelt word: ``did you mean "x"?``, or ``otherwise``."""
    close = nearest(word, choices)
    return f'did you mean "{close}"?' if close is not None else otherwise
