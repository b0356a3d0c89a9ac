"""Which rows an action belongs to: its payload names the id of a list's item.

``choose_slot {slotId}`` belongs to every row of ``slots: [{id, …}]``. Names decide, types must agree, and of several
lists the one with the clearest name wins; equal ones in the order of the contract.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ggui_core.tsx.identifiers import words
from ggui_forms.names import singular
from ggui_forms.shapes import Choice, Items, Member, Number, Record, Shape, Text

_IDS: Final = ("id", "_id", "uuid", "key", "slug", "sku", "code", "ref")
_GENERIC: Final = frozenset(
    {"item", "row", "entry", "record", "object", "element", "target", "selected", "chosen"}
)
CREATES: Final = frozenset({"add", "create", "insert", "new", "register"})
"""Verbs whose ``id`` is that of something that is not in the list yet."""

_CERTAIN: Final = 70
"""From here on a name is clear enough to fill in other payload members than the row's own."""


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """A list of records in the props.

    Attributes:
        path: Names from the props down to the list.
        items: The list's shape; a list reached twice is the same one.
    """

    path: tuple[str, ...]
    items: Items
    record: Record

    @property
    def name(self) -> str:
        return self.path[-1]


@dataclass(frozen=True, slots=True)
class Match:
    """``payload`` is the member of a payload that names an item of ``listing`` by its member ``item``."""

    listing: Listing
    payload: Member
    item: Member
    score: int


def listings(members: Iterable[Member]) -> tuple[Listing, ...]:
    """Every list of records in the props, lists within rows included; the outer ones first."""
    found: list[Listing] = []
    seen: set[int] = set()
    level: list[tuple[tuple[str, ...], Member]] = [((member.name,), member) for member in members]
    while level:
        below: list[tuple[tuple[str, ...], Member]] = []
        for path, member in level:
            shape = member.shape
            if id(shape) in seen:
                continue
            seen.add(id(shape))
            record = _record_of(shape)
            if isinstance(shape, Items) and record is not None:
                found.append(Listing(path, shape, record))
            if record is not None:
                below.extend(((*path, inner.name), inner) for inner in record.members)
        level = below
    return tuple(found)


def _record_of(shape: Shape) -> Record | None:
    if isinstance(shape, Items):
        return shape.item if isinstance(shape.item, Record) else None
    return shape if isinstance(shape, Record) else None


def best_match(action: str, payload: Record, lists: Sequence[Listing]) -> Match | None:
    """The rows that an action belongs to, if its payload names their id."""
    found = [
        match
        for listing in lists
        for member in payload.members
        for match in _matches(action, member, listing, only=len(lists) == 1)
    ]
    # max keeps the first of equals, which are in the order of the contract
    return max(found, key=lambda match: (match.score, match.payload.required), default=None)


def reference(member: Member, lists: Sequence[Listing]) -> Match | None:
    """The list whose items a payload member chooses from, where its name says so clearly.

    A member that holds several ids chooses several items.
    """
    single = member
    if isinstance(member.shape, Items):
        single = Member(singular(member.name), member.shape.item, required=True)
    found = [match for listing in lists for match in _matches("", single, listing, only=False)]
    best = max(found, key=lambda match: match.score, default=None)
    if best is None or best.score < _CERTAIN:
        return None
    return Match(best.listing, member, best.item, best.score)


def is_id(name: str) -> bool:
    """True for a name such as ``id``, ``orderId`` or ``order_id``."""
    named = words(name)
    return bool(named) and (named[-1] == "id" or name in _IDS)


def _matches(action: str, member: Member, listing: Listing, *, only: bool) -> Iterable[Match]:
    for item in listing.record.members:
        if _compatible(member.shape, item.shape):
            score = _score(action, member.name, item.name, listing.name, only=only)
            if score:
                about_it = set(words(singular(listing.name))[-1:]) <= set(words(action))
                yield Match(listing, member, item, score + (5 if about_it else 0))


def _compatible(left: Shape, right: Shape) -> bool:
    match left, right:
        case (Text(), Text()):
            return True
        case (Number(), Number()):
            return not left.whole or right.whole
        case (Text(), Choice()):
            return right.is_textual
        case _:
            return False


def _score(action: str, asked: str, item: str, listed: str, *, only: bool) -> int:
    """How clearly a payload member means an item's member; 0 for not at all."""
    own, member = words(asked), words(item)
    one = words(singular(listed))
    if not own or not member or not one or not is_id(item):
        return 0
    if own == ("id",) and not CREATES.isdisjoint(words(action)):
        return 0
    is_bare = member[-1] == "id" and (len(member) == 1 or member[:-1] == one or member[:-1] == one[-1:])
    if is_bare:
        if own == (*one, "id"):
            return 100
        if own == (*one[-1:], "id"):
            return 95
        if own[-1] == "id" and len(own) > 1 and set(own[:-1]) & set(one) and own[-2] == one[-1]:
            return 85
        if own in (one, one[-1:]):
            return 75
        if own == ("id",):
            return 60 + (15 if one[-1] in words(action) else 0) + (10 if only else 0)
        if only and own[-1] == "id" and len(own) > 1 and set(own[:-1]) <= _GENERIC:
            return 55
    if asked == item:
        return 90 if len(member) > 1 else 50
    if own == (*one[-1:], *member):
        return 90
    return 0
