"""Equality of JSON values: ``true`` is not ``1``, ``1.0`` is, and the order of keys does not matter."""

from __future__ import annotations

from collections.abc import Mapping


def same_json(one: object, other: object) -> bool:
    """Whether two JSON values of bounded depth are equal."""
    if isinstance(one, Mapping):
        return (
            isinstance(other, Mapping)
            and one.keys() == other.keys()
            and all(same_json(value, other[name]) for name, value in one.items())
        )
    if isinstance(one, list):
        return (
            isinstance(other, list)
            and len(one) == len(other)
            and all(same_json(value, counterpart) for value, counterpart in zip(one, other, strict=True))
        )
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return one == other
