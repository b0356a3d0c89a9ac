"""Change one member of a ``ggui.json`` and leave every other byte of the file as its author wrote it."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]
from pathlib import Path
from typing import Any

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class _Member:
    """Where a member of an object stands in the text."""

    key_start: int
    value_start: int
    value_end: int


def set_member(text: str, path: Sequence[str], value: Any) -> str:
    """The JSON object ``text`` with ``value`` at ``path``; objects on the way are made where missing.

    Args:
        text: Valid JSON whose root is an object, without duplicate keys.
    """
    start = _skip(text, 0)
    for depth, key in enumerate(path):
        members = _members(text, start)
        member = members.get(key)
        if member is None:
            for missing in reversed(path[depth + 1 :]):
                value = {missing: value}
            return _insert(text, start, members, key, value)
        if depth == len(path) - 1:
            old = text[member.value_start : member.value_end]
            new = _written(value, text, member.key_start, spread="\n" in old)
            return text[: member.value_start] + new + text[member.value_end :]
        start = member.value_start
    raise ValueError("the path is empty")


def write_atomically(path: Path, text: str) -> None:
    """Replace the content of a file in one step; its permissions stay, a new file gets 0644.

    Raises:
        OSError: the directory cannot be written.
    """
    path = path.resolve()
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _skip(text: str, index: int) -> int:
    match = _SPACE.match(text, index)
    return match.end() if match is not None else index


def _members(text: str, start: int) -> dict[str, _Member]:
    """The members of the object whose brace stands at ``start``."""
    members: dict[str, _Member] = {}
    index = _skip(text, start + 1)
    while text[index] != "}":
        key_start = index
        key, index = scanstring(text, index + 1)
        value_start = _skip(text, _skip(text, index) + 1)
        _, value_end = _DECODER.raw_decode(text, value_start)
        members[key] = _Member(key_start, value_start, value_end)
        index = _skip(text, value_end)
        if text[index] == ",":
            index = _skip(text, index + 1)
    return members


def _insert(text: str, start: int, members: dict[str, _Member], key: str, value: Any) -> str:
    if not members:
        end = text.index("}", start)
        indent = _indent(text, start)
        inner = indent + _unit(text)
        body = _written(value, text, start, spread=False)
        return f"{text[: start + 1]}\n{inner}{json.dumps(key)}: {body}\n{indent}{text[end:]}"
    last = list(members.values())[-1]
    line_start = text.rfind("\n", 0, last.key_start) + 1
    own_line = text[line_start : last.key_start].isspace() or line_start == last.key_start
    newline = "\r\n" if text[: line_start or 1].endswith("\r\n") else "\n"
    separator = f",{newline}{text[line_start : last.key_start]}" if own_line and line_start else ", "
    body = _written(value, text, last.key_start, spread=False)
    return f"{text[: last.value_end]}{separator}{json.dumps(key)}: {body}{text[last.value_end :]}"


def _written(value: Any, text: str, at: int, *, spread: bool) -> str:
    """``value`` as JSON, on one line or spread like its surroundings."""
    if not spread or not value:
        return json.dumps(value, ensure_ascii=False)
    lines = json.dumps(value, ensure_ascii=False, indent=_unit(text)).split("\n")
    newline = "\r\n" if "\r\n" in text else "\n"
    return f"{newline}{_indent(text, at)}".join(lines)


def _indent(text: str, at: int) -> str:
    """The white space that the line of ``at`` starts with."""
    line_start = text.rfind("\n", 0, at) + 1
    match = re.compile(r"[ \t]*").match(text, line_start)
    return match.group() if match is not None else ""


def _unit(text: str) -> str:
    """One step of indentation as the file has it."""
    match = re.search(r"\n([ \t]+)\S", text)
    return match.group(1) if match is not None else "  "
