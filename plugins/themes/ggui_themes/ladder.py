"""From documents to a whole theme: what follows from other tokens, and what a document leaves to the default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ggui_core.protocol.theme import Mode, Theme, document_hash
from ggui_themes.contrast import luminance
from ggui_themes.documents import Document

DERIVED: Final = frozenset(
    f"--ggui-{name}"
    for name in (
        "color-primary",
        "color-surface-subtle",
        "color-surface-sunken",
        "color-primary-gradient",
        "color-surface-gradient",
        "effect-glow-primary",
        "effect-glow-primary-strong",
    )
)
"""What a document need not say: it follows from other tokens."""

_DARK_BELOW: Final = 0.18
"""Luminance of a surface that counts as dark: there white text is easier to read than black."""


def theme_of(theme_id: str, light: Document, dark: Document) -> Theme:
    """A theme from documents that are complete."""
    ladders = with_derived(light.variables), with_derived(dark.variables)
    return Theme(
        theme_id,
        light.name or theme_id,
        light.description or dark.description,
        *ladders,
        document_hash=document_hash(*ladders),
    )


def theme_of_one_mode(theme_id: str, document: Document, mode: Mode, default: Theme) -> Theme:
    """A theme that looks the same in both modes: the document over the default's ladder of that mode."""
    inherited = default.light if mode == "light" else default.dark
    ladder = over(document.variables, inherited)
    digest = document_hash(ladder, ladder)
    return Theme(theme_id, document.name or theme_id, document.description, ladder, ladder, digest, (mode,))


def over(variables: Mapping[str, str], inherited: Mapping[str, str]) -> Mapping[str, str]:
    """A complete ladder: the variables that views know, and the default's where there is none of them."""
    plain = {name: value for name, value in inherited.items() if name not in DERIVED}
    return with_derived({**plain, **{name: value for name, value in variables.items() if name in inherited}})


def with_derived(variables: Mapping[str, str]) -> Mapping[str, str]:
    """The ladder with what follows from its colours, unless it says so itself."""

    def colour(name: str) -> str:
        return variables.get(f"--ggui-color-{name}", "")

    derived = {
        "color-primary": colour("primary-500"),
        "color-surface-subtle": colour("surfaceVariant"),
        "color-surface-sunken": colour("surfaceVariant"),
        "color-primary-gradient": f"linear-gradient(135deg, {colour('primary-400')}, {colour('primary-600')})",
        "color-surface-gradient": f"linear-gradient(180deg, {colour('container')}, {colour('surface')})",
        "effect-glow-primary": "none",
        "effect-glow-primary-strong": "none",
    }
    return {**{f"--ggui-{name}": value for name, value in derived.items() if value}, **variables}


def mode_of(document: Document) -> Mode:
    """The mode a document is made for, by its surface."""
    light = luminance(document.variables.get("--ggui-color-surface", ""))
    return "dark" if light is not None and light < _DARK_BELOW else "light"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How a pair of documents covers the vocabulary.

    Attributes:
        missing: Mode to the colours it must have and lacks; a colour of another theme would not fit.
        inherited: What the default theme lends to a document that does not say it: sizes, motion, layers.
        excluded: What no view knows and is left out.
    """

    missing: Mapping[Mode, tuple[str, ...]]
    inherited: tuple[str, ...]
    excluded: tuple[str, ...]


def coverage(light: Document, dark: Document, default: Theme) -> Coverage:
    """Hold two documents against the vocabulary, which is what the default theme says."""
    ladders: Mapping[Mode, Document] = {"light": light, "dark": dark}
    vocabulary = [name for name in default.light if name not in DERIVED]
    colours = [name for name in vocabulary if name.startswith("--ggui-color-")]
    missing = {
        mode: tuple(name for name in colours if name not in ladder.variables)
        for mode, ladder in ladders.items()
    }
    said = {*light.variables, *dark.variables}
    twice = light.variables.keys() & dark.variables.keys()
    return Coverage(
        {mode: names for mode, names in missing.items() if names},
        tuple(name for name in vocabulary if name not in twice and name not in colours),
        tuple(sorted(name for name in said if name not in default.light)),
    )
