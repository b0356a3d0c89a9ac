"""Small components and functions that a generated page brings along when it uses them.

Each is a module of TypeScript in this folder, named like what it is. Its imports say what it needs: other pieces, and
names of ``react``, ``@ggui-ai/design`` and ``@ggui-ai/wire``. A page carries the text of the ones it needs, without
imports and exports.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_IMPORT = re.compile(r'^import \{ ([^}]+) \} from "([^"]+)";\n', re.MULTILINE)
_EXPORTED = re.compile(r"^export (?=(?:async )?(?:function|type|interface|const) )", re.MULTILINE)
_DECLARED = re.compile(r"^(?:function|type|interface|const) (\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Piece:
    """One module of this folder.

    Attributes:
        code: What a page carries of it.
        imports: Names it takes from packages, ``type`` before those of types.
        needs: Pieces it takes names from.
        declares: Every name it adds to a page.
    """

    name: str
    code: str
    imports: Mapping[str, tuple[str, ...]]
    needs: tuple[str, ...]
    declares: tuple[str, ...]


@cache
def all_pieces() -> Mapping[str, Piece]:
    """Every piece by its name, in order of their names."""
    found = (entry for entry in files(__name__).iterdir() if entry.name.endswith(".tsx"))
    pieces = (_read(entry.name.removesuffix(".tsx"), entry.read_text(encoding="utf-8")) for entry in found)
    return {piece.name: piece for piece in sorted(pieces, key=lambda piece: piece.name)}


def _read(name: str, text: str) -> Piece:
    imports: dict[str, tuple[str, ...]] = {}
    needs = []
    for names, module in _IMPORT.findall(text):
        if module.startswith("./"):
            needs.append(module[2:])
        else:
            imports[module] = tuple(names.split(", "))
    code = _EXPORTED.sub("", _IMPORT.sub("", text)).strip()
    return Piece(name, code, imports, tuple(needs), tuple(_DECLARED.findall(code)))


def declared_names() -> Iterator[str]:
    """Every name that some piece adds to a page."""
    for piece in all_pieces().values():
        yield from piece.declares


def with_needs(names: Iterable[str]) -> list[Piece]:
    """The pieces of these names and whatever they need, needs first; the order depends on the names alone."""
    pieces = all_pieces()
    ordered: dict[str, Piece] = {}

    def add(name: str) -> None:
        if name not in ordered:
            for need in pieces[name].needs:
                add(need)
            ordered[name] = pieces[name]

    for name in sorted(names):
        add(name)
    return [*ordered.values()]
