"""Documents of design tokens: read, checked and turned into the variables that views know (spec 03 section 5.2).

A token's path is its variable's name: ``color.primary.500`` is ``--ggui-color-primary-500``. A value may name
another token of the document: ``{color.primary.500}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ggui_themes.values import NotCss, css

REQUIRED: Final = ("color", "spacing", "font", "shape")
OPTIONAL: Final = ("motion", "accessibility", "zIndex", "effect")
PREFIX: Final = "--ggui-"
MAX_TOKENS: Final = 500
MAX_DEPTH: Final = 8
MAX_TEXT: Final = 500
MAX_NESTING: Final = 32
"""How many values may stand in one another, and names of tokens lead on to others."""

MAX_PARTS: Final = 20_000
"""Values of a whole document, those that references bring in counted wherever they do: a list that names a list twice
doubles it, so a few dozen such tokens would never be read to their end."""

_KEY: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_ALIAS: Final = re.compile(r"\{([^{}]+)\}")
_FAULTS_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a document, and where: ``color.primary.500``; empty for the whole."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path or '(document)'}: {self.message}"


class BadDocument(ValueError):
    """A document with faults, every one of them listed."""

    def __init__(self, faults: list[Fault]) -> None:
        more = len(faults) - _FAULTS_SHOWN
        self.faults = tuple(faults[:_FAULTS_SHOWN])
        if more > 0:
            self.faults += (Fault("", f"and {more} more faults"),)
        super().__init__("; ".join(map(str, self.faults)))


@dataclass(frozen=True, slots=True)
class Document:
    """One mode of a theme.

    Attributes:
        variables: ``--ggui-color-primary-500`` to a CSS value, in the order of the document.
        colours: How many of them are colours of the section ``color``.
        optional: The optional sections it has.
    """

    name: str
    description: str
    variables: Mapping[str, str]
    colours: int
    optional: tuple[str, ...]


def read_document(raw: object) -> Document:
    """Check a document and resolve it.

    Raises:
        BadDocument: with every fault that was found.
    """
    if not isinstance(raw, Mapping):
        raise BadDocument([Fault("", "a theme document is a JSON object")])
    reader = _Reader(raw)
    variables = reader.variables()
    reader.check_sections()
    name = reader.text("$name", 64)
    description = reader.text("$description", MAX_TEXT)
    if reader.faults:
        raise BadDocument(reader.faults)
    colours = sum(variable.startswith(f"{PREFIX}color-") for variable in variables)
    return Document(name, description, variables, colours, tuple(part for part in OPTIONAL if part in raw))


@dataclass(frozen=True, slots=True)
class _Token:
    path: str
    value: object
    kind: str | None


@dataclass(slots=True)
class _Reader:
    raw: Mapping[str, Any]
    faults: list[Fault] = field(default_factory=list)
    tokens: dict[str, _Token] = field(default_factory=dict)
    parts: int = 0

    def variables(self) -> dict[str, str]:
        for token in self._walk(self.raw, (), None):
            if len(self.tokens) >= MAX_TOKENS:
                self.faults.append(Fault(token.path, f"a document has at most {MAX_TOKENS} tokens"))
                break
            self.tokens[token.path] = token
        found: dict[str, str] = {}
        for token in self.tokens.values():
            variable = PREFIX + token.path.replace(".", "-")
            if variable in found:
                self.faults.append(Fault(token.path, f"gives {variable} a second value"))
                continue
            try:
                found[variable] = css(self._resolved(token.value, (token.path,), 0), self._kind(token))
            except NotCss as problem:
                self.faults.append(Fault(token.path, str(problem)))
        return found

    def check_sections(self) -> None:
        """The sections that every theme has (spec 03 section 5.2)."""
        for name in self.raw:
            if not name.startswith("$") and name not in (*REQUIRED, *OPTIONAL):
                self.faults.append(
                    Fault(name, f"is no section; sections are {', '.join((*REQUIRED, *OPTIONAL))}")
                )
        for name in REQUIRED:
            if not isinstance(self.raw.get(name), Mapping):
                self.faults.append(Fault(name, "is required: a group of tokens"))
        if isinstance(self.raw.get("font"), Mapping) and "font.family.sans" not in self.tokens:
            self.faults.append(Fault("font.family.sans", "is required: the fonts of running text"))

    def text(self, key: str, longest: int) -> str:
        value = self.raw.get(key, "")
        if not isinstance(value, str) or len(value) > longest:
            self.faults.append(Fault(key, f"is text of at most {longest} characters"))
            return ""
        return value

    def _walk(self, group: Mapping[str, Any], at: tuple[str, ...], kind: str | None) -> Iterator[_Token]:
        path = ".".join(at)
        if len(at) > MAX_DEPTH:
            self.faults.append(Fault(path, f"groups are nested at most {MAX_DEPTH} deep"))
            return
        own = group.get("$type", kind)
        if own is not None and not isinstance(own, str):
            self.faults.append(Fault(path, "$type is text"))
            own = None
        if "$value" in group:
            yield _Token(path, group["$value"], own)
            return
        for key, member in group.items():
            if key.startswith("$"):
                continue
            below = f"{path}.{key}" if path else key
            if _KEY.fullmatch(key) is None:
                self.faults.append(Fault(below[:200], "a name is made of letters, digits and hyphens"))
            elif not isinstance(member, Mapping):
                self.faults.append(Fault(below, 'is neither a group nor a token; write {"$value": …}'))
            else:
                yield from self._walk(member, (*at, key), own)

    def _kind(self, token: _Token) -> str | None:
        """The type of a token that only names another one is that one's."""
        seen = {token.path}
        while token.kind is None and isinstance(token.value, str):
            named = _ALIAS.fullmatch(token.value.strip())
            target = self.tokens.get(named[1].strip()) if named else None
            if target is None or target.path in seen:
                break
            seen.add(target.path)
            token = target
        return token.kind

    def _resolved(self, value: object, trail: tuple[str, ...], depth: int) -> object:
        """The value with every alias in it replaced."""
        self.parts += 1
        if self.parts > MAX_PARTS:
            raise NotCss(f"the values of a document have at most {MAX_PARTS:,} parts with what they refer to")
        if depth > MAX_NESTING:
            raise NotCss(f"values and references are nested at most {MAX_NESTING} deep")
        match value:
            case str():
                named = _ALIAS.fullmatch(value.strip())
                if named is None:
                    return value
                path = named[1].strip()
                if path in trail:
                    raise NotCss(f"the reference {{{path}}} leads back to itself")
                if path not in self.tokens:
                    raise NotCss(f"there is no token {path[:80]!r} in this document")
                return self._resolved(self.tokens[path].value, (*trail, path), depth + 1)
            case Mapping():
                return {key: self._resolved(member, trail, depth + 1) for key, member in value.items()}
            case list():
                return [self._resolved(member, trail, depth + 1) for member in value]
        return value
