"""Globs over a project: what ``ggui.json#blueprints.include`` means (spec 07 section 3.4)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ANY_DEPTH: Final = "**"
_SKIPPED: Final = frozenset({"node_modules", "__pycache__"})
"""Folders that a wildcard does not enter; a pattern that names one does."""


class GlobRefused(ValueError):
    """A pattern that leads out of the project or has no meaning."""


def matching_files(root: Path, pattern: str) -> Iterator[Path]:
    """The files below ``root`` that a pattern matches, in the order of their paths.

    ``*``, ``?``, ``[…]``, ``{a,b}`` within a name; ``**`` for any number of folders. Symbolic links are neither
    followed nor returned. What begins with a dot is matched by a name that does too, or by wildcards of a pattern
    whose first character is one.

    Raises:
        GlobRefused: the pattern is absolute, has ``..`` or an unclosed bracket.
        OSError: a folder cannot be read.
    """
    names = [name for name in pattern.removeprefix("./").split("/") if name not in ("", ".")]
    if pattern.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", pattern):
        raise GlobRefused("is absolute; write it relative to the folder of ggui.json")
    if ".." in names:
        raise GlobRefused("leads out of the project; write it without ..")
    if not names:
        raise GlobRefused("names nothing; write a glob such as ui/**/ggui.ui.json")
    hidden = names[0].startswith(".")
    steps = tuple(_Step(name, hidden=hidden) for name in names)
    yield from _walk(root, steps, frozenset({0}))


class _Step:
    """One name of a pattern."""

    def __init__(self, name: str, *, hidden: bool) -> None:
        self.is_any_depth = name == ANY_DEPTH
        self._hidden = hidden or name.startswith(".")
        self._name = name
        self._expression = re.compile(_expression(name))

    def admits(self, name: str, *, is_folder: bool) -> bool:
        if name.startswith(".") and not self._hidden:
            return False
        if is_folder and name in _SKIPPED and name != self._name:
            return False
        return self.is_any_depth or self._expression.fullmatch(name) is not None


def _walk(folder: Path, steps: tuple[_Step, ...], places: frozenset[int]) -> Iterator[Path]:
    """``places``: the steps that the entries of this folder may match."""
    places = _with_skips(steps, places)
    with os.scandir(folder) as scanned:
        entries = sorted(scanned, key=lambda entry: entry.name)
    last = len(steps) - 1
    for entry in entries:
        if entry.is_symlink():
            continue
        is_folder = entry.is_dir(follow_symlinks=False)
        taken = [place for place in places if steps[place].admits(entry.name, is_folder=is_folder)]
        if is_folder:
            further = {place if steps[place].is_any_depth else place + 1 for place in taken}
            reached = frozenset(place for place in further if place <= last)
            if reached:
                yield from _walk(folder / entry.name, steps, reached)
        elif last in taken and entry.is_file(follow_symlinks=False):
            yield folder / entry.name


def _with_skips(steps: tuple[_Step, ...], places: frozenset[int]) -> frozenset[int]:
    """``**`` also stands for no folder at all."""
    found = set(places)
    for place in sorted(places):
        while steps[place].is_any_depth and place + 1 < len(steps):
            place += 1
            found.add(place)
    return frozenset(found)


def _expression(name: str) -> str:
    """A name with wildcards as a regular expression."""
    parts, at, alternatives = [], 0, 0
    while at < len(name):
        mark = name[at]
        if mark == "*":
            parts.append("[^/]*")
            while name[at + 1 : at + 2] == "*":
                at += 1
        elif mark == "?":
            parts.append("[^/]")
        elif mark == "[":
            end = name.find("]", at + 2)
            if end < 0:
                raise GlobRefused("has a [ without its ]")
            inner = name[at + 1 : end]
            negated = inner[0] in "!^"
            listed = inner[1:] if negated else inner
            escaped = re.sub(r"([\\\[\]^&~|])", r"\\\1", listed)
            parts.append(("[^" if negated else "[") + escaped + "]")
            at = end
        elif mark == "{":
            alternatives += 1
            parts.append("(?:")
        elif mark == "}" and alternatives:
            alternatives -= 1
            parts.append(")")
        elif mark == "," and alternatives:
            parts.append("|")
        else:
            parts.append(re.escape(mark))
        at += 1
    if alternatives:
        raise GlobRefused("has a { without its }")
    try:
        re.compile("".join(parts))
    except re.error:
        raise GlobRefused("has a range that means nothing") from None
    return "".join(parts)
