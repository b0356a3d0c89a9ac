"""Events as they travel between replicas.

A message is the name of the replica it comes from, the name of its topic and the event as JSON, each on a line. The
receiver reads what it has subscribed to and skips the rest, so nothing is ever imported because a message names it.
"""

from __future__ import annotations

from dataclasses import is_dataclass
from typing import Any

from pydantic import TypeAdapter

from ggui_core.bus import Local


class Unreadable(Exception):
    """An event of another version of the software, or none that JSON can hold."""


def topic_name(topic: type) -> str | None:
    """How a topic is called between processes; ``None`` for one that stays in its process."""
    if issubclass(topic, Local) or not is_dataclass(topic):
        return None
    return f"{topic.__module__}:{topic.__qualname__}"


def encode(event: object) -> bytes:
    """The JSON of an event.

    Raises:
        Unreadable: it holds what JSON cannot say.
    """
    try:
        return _adapter(event.__class__).dump_json(event)
    except Exception as error:
        raise Unreadable from error


def decode(topic: type, body: bytes) -> Any:
    """The event of a class that ``body`` holds.

    Raises:
        Unreadable: it does not hold one.
    """
    try:
        return _adapter(topic).validate_json(body)
    except Exception as error:
        raise Unreadable from error


_adapters: dict[type, TypeAdapter[Any]] = {}
"""By topic: classes of events are few, and an adapter takes a while to build."""


def _adapter(topic: type) -> TypeAdapter[Any]:
    adapter = _adapters.get(topic)
    if adapter is None:
        adapter = _adapters[topic] = TypeAdapter(topic)
    return adapter
