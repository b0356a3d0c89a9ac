"""What a scalar stands for, taken from its format and from the words of its name.

Only how a value is shown and asked for depends on this; a wrong guess looks odd and loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum, auto
from typing import Any, Final

from ggui_core.tsx.identifiers import words
from ggui_forms.shapes import Choice, Fixed, Member, Number, Record, Shape, Text

LONG_TEXT: Final = 200
"""Characters; text that may be longer is prose."""


class Sense(Enum):
    """How a value is best shown."""

    PLAIN = auto()
    PROSE = auto()
    DATE = auto()
    MOMENT = auto()
    TIME = auto()
    LINK = auto()
    MAIL = auto()
    PHONE = auto()
    IMAGE = auto()
    CODE = auto()
    QUANTITY = auto()
    MONEY = auto()
    SHARE = auto()
    SCORE = auto()


_FORMATS: Final[Mapping[str, Sense]] = {
    "date": Sense.DATE,
    "date-time": Sense.MOMENT,
    "iso-date-time": Sense.MOMENT,
    "time": Sense.TIME,
    "iso-time": Sense.TIME,
    "uri": Sense.LINK,
    "url": Sense.LINK,
    "email": Sense.MAIL,
    "uuid": Sense.CODE,
}
_PROSE: Final = frozenset(
    [
        "about",
        "bio",
        "body",
        "comment",
        "comments",
        "content",
        "description",
        "details",
        "excerpt",
        "explanation",
        "message",
        "note",
        "notes",
        "overview",
        "paragraph",
        "reason",
        "remarks",
        "summary",
        "text",
    ]
)
_IMAGES: Final = frozenset(
    [
        "avatar",
        "banner",
        "cover",
        "icon",
        "image",
        "img",
        "logo",
        "photo",
        "picture",
        "poster",
        "thumb",
        "thumbnail",
    ]
)
_MONEY: Final = frozenset(
    [
        "amount",
        "balance",
        "budget",
        "cost",
        "costs",
        "fee",
        "fees",
        "fare",
        "gross",
        "income",
        "net",
        "price",
        "revenue",
        "salary",
        "spend",
        "subtotal",
        "tax",
        "tip",
        "total",
    ]
)
_SHARES: Final = frozenset(["completion", "pct", "percent", "percentage", "progress"])
_SCORES: Final = frozenset(["rating", "score", "stars"])
_NOT_COUNTED: Final = frozenset(
    ["code", "id", "number", "phone", "port", "postcode", "version", "year", "zip"]
)
_MOMENTS: Final = frozenset(
    [
        "created",
        "updated",
        "modified",
        "expires",
        "started",
        "finished",
        "ended",
        "published",
        "scheduled",
        "sent",
        "received",
        "deleted",
    ]
)
_TITLES: Final = (
    "title",
    "name",
    "label",
    "headline",
    "subject",
    "heading",
    "caption",
    "displayName",
    "fullName",
    "summary",
)
_CURRENCIES: Final = ("currency", "currencyCode", "currency_code")


def sense(name: str, shape: Shape, owners: Sequence[Record] = ()) -> Sense:
    """What the value of a member stands for; ``owners`` are the records around it, innermost first."""
    match shape:
        case Text():
            return _text_sense(words(name), shape.schema)
        case Number():
            return _number_sense(words(name), shape.schema, owners)
        case _:
            return Sense.PLAIN


def _text_sense(named: tuple[str, ...], schema: Mapping[str, Any]) -> Sense:
    formatted = _FORMATS.get(str(schema.get("format")))
    last = named[-1] if named else ""
    if formatted is Sense.LINK or (formatted is None and last in ("url", "uri")):
        return Sense.IMAGE if not _IMAGES.isdisjoint(named) else Sense.LINK
    if formatted is not None:
        return formatted
    if last in ("email", "mail"):
        return Sense.MAIL
    if last in ("phone", "telephone", "mobile", "tel"):
        return Sense.PHONE
    if last == "date" or (last == "at" and len(named) > 1 and named[-2] in _MOMENTS):
        return Sense.MOMENT if last == "at" else Sense.DATE
    if is_long(named, schema):
        return Sense.PROSE
    return Sense.CODE if last in ("id", "uuid", "sku", "hash") else Sense.PLAIN


def is_long(named: Iterable[str], schema: Mapping[str, Any]) -> bool:
    """Whether text may take several lines."""
    longest = schema.get("maxLength")
    if isinstance(longest, (int, float)):
        return longest > LONG_TEXT
    media_type = schema.get("contentMediaType")
    last = [*named][-1:]
    return (isinstance(media_type, str) and media_type.startswith("text/")) or bool(_PROSE.intersection(last))


def _number_sense(named: tuple[str, ...], schema: Mapping[str, Any], owners: Sequence[Record]) -> Sense:
    if not _SHARES.isdisjoint(named):
        return Sense.SHARE
    if not _SCORES.isdisjoint(named) and 0 < _bound(schema, "maximum") <= 10:
        return Sense.SCORE
    if named and named[-1] in _MONEY and any(currency_of(owner) is not None for owner in owners):
        return Sense.MONEY
    return Sense.CODE if named and named[-1] in _NOT_COUNTED else Sense.QUANTITY


def _bound(schema: Mapping[str, Any], keyword: str) -> float:
    value = schema.get(keyword)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 0.0


def full_share(schema: Mapping[str, Any]) -> float:
    """What a share of everything is: 100, unless the schema says 1 or something else."""
    return _bound(schema, "maximum") or 100.0


def currency_of(owner: Record) -> Member | None:
    """The member of a record that says in which currency its amounts are."""
    for name in _CURRENCIES:
        found = owner.member(name)
        if found is not None and isinstance(found.shape, (Text, Choice, Fixed)):
            return found
    return None


def is_currency(member: Member, owner: Record) -> bool:
    """True for the currency of a record that has an amount: it is shown with that."""
    return currency_of(owner) is member and any(
        sense(found.name, found.shape, [owner]) is Sense.MONEY for found in owner.members
    )


def title_of(record: Record) -> Member | None:
    """The member that names a record to a person."""
    for name in _TITLES:
        found = record.member(name)
        if found is not None and isinstance(found.shape, Text):
            return found
    return None


def tone_of(value: object) -> str | None:
    """The variant of a badge for a state, or ``None`` for a neutral one."""
    if not isinstance(value, str):
        return None
    found = set(words(value))
    for variant, states in _TONES.items():
        if found & states:
            return variant
    return None


_TONES: Final[Mapping[str, frozenset[str]]] = {
    "error": frozenset(
        [
            "blocked",
            "cancelled",
            "canceled",
            "critical",
            "declined",
            "denied",
            "down",
            "error",
            "expired",
            "failed",
            "failing",
            "invalid",
            "overdue",
            "rejected",
            "unhealthy",
            "unavailable",
            "urgent",
        ]
    ),
    "warning": frozenset(
        [
            "attention",
            "degraded",
            "delayed",
            "high",
            "hold",
            "late",
            "paused",
            "pending",
            "review",
            "waiting",
            "warn",
            "warning",
        ]
    ),
    "success": frozenset(
        [
            "accepted",
            "active",
            "approved",
            "available",
            "complete",
            "completed",
            "confirmed",
            "delivered",
            "done",
            "free",
            "healthy",
            "ok",
            "online",
            "paid",
            "passed",
            "passing",
            "ready",
            "resolved",
            "success",
            "succeeded",
            "up",
            "valid",
        ]
    ),
    "info": frozenset(
        [
            "building",
            "busy",
            "deploying",
            "doing",
            "info",
            "new",
            "processing",
            "progress",
            "queued",
            "running",
            "scheduled",
            "sent",
            "started",
        ]
    ),
}
