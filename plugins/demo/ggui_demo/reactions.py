"""How the scripted agent answers a gesture: rules that the page and the command line read alike.

``web/src/reactions.ts`` is the same interpreter in the browser; a test feeds both with the same cases. A rule has

- ``say``: one sentence about what the agent does;
- ``set``: members of the props to replace;
- ``list`` with ``add`` (an item to append), or with ``item`` (the ``id`` of one) and ``change`` or ``remove``;
- ``emit``: deliveries, each ``{"channel", "payload"}``.

Placeholders in any string: ``{data.…}`` the payload of the action, ``{context.…}`` the context slots,
``{props.…}`` the props as they are, ``{now}`` and ``{today}`` in UTC, also ``{now-60}`` (seconds) and
``{today+1}`` (days), ``{serial}`` the number of the gesture. A string that is one placeholder becomes its value,
whatever its type, and a member whose value is missing is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ggui_core.clock import iso

_PLACEHOLDER: Final = re.compile(
    r"\{(?:(?P<root>data|context|props)(?P<path>(?:\.\w+)*)|(?P<time>now|today)(?P<offset>[+-]\d{1,7})?|serial)\}",
    re.ASCII,
)
_MISSING: Final = object()


@dataclass(frozen=True, slots=True)
class Moment:
    """What placeholders stand for.

    Attributes:
        now_ms: Milliseconds since the epoch.
        serial: Number of the gesture, from 1.
    """

    now_ms: int
    serial: int = 0
    data: Any = None
    context: Any = None
    props: Any = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What the agent does about a gesture.

    Attributes:
        patch: Merge patch for ``ggui_update``; empty when the card stays as it is.
        emits: ``(channel, payload)`` pairs for ``ggui_emit``.
    """

    say: str
    patch: Mapping[str, Any]
    emits: Sequence[tuple[str, Any]]


def react(rule: Mapping[str, Any], moment: Moment) -> Reply:
    """Apply a rule. It is a pure function of its arguments."""
    patch: dict[str, Any] = filled(rule.get("set", {}), moment)
    if "list" in rule:
        before = moment.props.get(rule["list"], [])
        after = _changed(rule, before, moment)
        if after != before:
            patch[rule["list"]] = after
    return Reply(rule["say"], patch, emissions(rule.get("emit", ()), moment))


def emissions(templates: Sequence[Mapping[str, Any]], moment: Moment) -> list[tuple[str, Any]]:
    """The ``(channel, payload)`` pairs that templates stand for."""
    return [(template["channel"], filled(template["payload"], moment)) for template in templates]


def filled(template: Any, moment: Moment) -> Any:
    """A template with its placeholders replaced; ``None`` when it is nothing but a missing value."""
    value = _filled(template, moment)
    return None if value is _MISSING else value


def _changed(rule: Mapping[str, Any], items: Sequence[Any], moment: Moment) -> list[Any]:
    if "add" in rule:
        return [*items, filled(rule["add"], moment)]
    wanted = filled(rule["item"], moment)
    if rule.get("remove"):
        return [item for item in items if item["id"] != wanted]
    change = filled(rule["change"], moment)
    return [{**item, **change} if item["id"] == wanted else item for item in items]


def _filled(template: Any, moment: Moment) -> Any:
    if isinstance(template, str):
        return _text(template, moment)
    if isinstance(template, Mapping):
        members = ((name, _filled(value, moment)) for name, value in template.items())
        return {name: value for name, value in members if value is not _MISSING}
    if isinstance(template, Sequence):
        items = (_filled(item, moment) for item in template)
        return [item for item in items if item is not _MISSING]
    return template


def _text(template: str, moment: Moment) -> Any:
    alone = _PLACEHOLDER.fullmatch(template)
    if alone is not None:
        return _value(alone, moment)
    return _PLACEHOLDER.sub(lambda found: _worded(_value(found, moment)), template)


def _value(found: re.Match[str], moment: Moment) -> Any:
    if found["time"] is not None:
        return _time(found["time"], int(found["offset"] or 0), moment.now_ms)
    if found["root"] is None:
        return moment.serial
    value: Any = {"data": moment.data, "context": moment.context, "props": moment.props}[found["root"]]
    for member in found["path"].split(".")[1:]:
        if not isinstance(value, Mapping) or member not in value:
            return _MISSING
        value = value[member]
    return value


def _time(name: str, offset: int, now_ms: int) -> str:
    if name == "today":
        return (datetime.fromtimestamp(now_ms / 1000, tz=UTC) + timedelta(days=offset)).strftime("%Y-%m-%d")
    return iso(now_ms / 1000 + offset)


def _worded(value: Any) -> str:
    if value is _MISSING or value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
