"""Names of a contract as words for people."""

from __future__ import annotations

import re
from typing import Final

from ggui_core.tsx.identifiers import words

_ACRONYMS: Final = frozenset(
    {"api", "css", "html", "http", "id", "ip", "iso", "pdf", "sku", "ui", "uri", "url", "uuid", "vat"}
)
_LONGEST_LABEL: Final = 80

_IRREGULAR: Final = {
    "people": "person",
    "children": "child",
    "men": "man",
    "women": "woman",
    "indices": "index",
    "criteria": "criterion",
    "data": "item",
}
_UNCHANGED: Final = frozenset(
    {"news", "series", "species", "status", "progress", "address", "analysis", "bus", "canvas"}
)


def humanised(name: str) -> str:
    """A name as a label: ``dueDate`` is ``Due date``, ``image_url`` is ``Image URL``. Never empty."""
    if not name.strip():
        return "Value"
    if re.search(r"\s", name.strip()):
        return shortened(name.strip())  # somebody wrote it for people already
    found = words(name)
    if not found or sum(map(len, found)) < len(re.sub(r"[\W_]", "", name)):
        return shortened(name)
    first, *rest = (_spelt(word) for word in found)
    return shortened(" ".join([first[:1].upper() + first[1:], *rest]))


def _spelt(word: str) -> str:
    if word in _ACRONYMS:
        return word.upper()
    return f"{word[:-1].upper()}s" if word[-1] == "s" and word[:-1] in _ACRONYMS else word


def shortened(text: str, most: int = _LONGEST_LABEL) -> str:
    """A text of one line, cut where it is too long for a label."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def singular(name: str) -> str:
    """What one item of a list is called: ``todos`` is ``todo``, ``openIssues`` is ``openIssue``."""
    name = re.sub(r"(?<=[a-z])_?(?:List|list|Array|array|Collection|collection)$", "", name) or name
    match = re.search(r"[A-Za-z][a-z]*$", name)
    if match is None:
        return name
    head, tail = name[: match.start()], match.group()
    return head + _singular_word(tail)


def _singular_word(word: str) -> str:
    lower = word.lower()
    if lower in _IRREGULAR:
        single = _IRREGULAR[lower]
        return single.capitalize() if word[:1].isupper() else single
    if lower in _UNCHANGED or len(word) < 3 or lower.endswith(("ss", "us", "is")):
        return word
    if lower[:-2] in _UNCHANGED:
        return word[:-2]
    if lower.endswith("ies"):
        return word[:-3] + "y"
    if lower.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    return word[:-1] if lower.endswith("s") else word
