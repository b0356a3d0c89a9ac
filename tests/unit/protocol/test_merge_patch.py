"""RFC 7396, its appendix A and its algebra."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ggui_core.protocol.merge_patch import merge_patch

APPENDIX_A = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("target", "patch", "result"), APPENDIX_A)
def test_examples_of_the_rfc(target: object, patch: object, result: object) -> None:
    assert merge_patch(target, patch) == result


@pytest.mark.spec("02 19.15", "01 23.23")
def test_nulls_inside_an_object_that_the_patch_creates_are_dropped() -> None:
    assert merge_patch({}, {"a": {"b": None, "c": {"d": None, "e": 1}}}) == {"a": {"c": {"e": 1}}}


values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=10,
)
objects = st.dictionaries(st.sampled_from("abcd"), values, max_size=4)


def has_null_member(value: object) -> bool:
    """True for an object with a null anywhere but inside an array."""
    if not isinstance(value, dict):
        return False
    return any(member is None or has_null_member(member) for member in value.values())


def difference(old: Any, new: Any) -> Any:
    """A patch from one document without null members to another."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    gone = dict.fromkeys(old.keys() - new.keys())
    kept = {key: difference(old.get(key), new[key]) for key in new if key not in old or old[key] != new[key]}
    return gone | kept


@given(values, values)
def test_applying_a_patch_twice_changes_nothing_more(target: object, patch: object) -> None:
    once = merge_patch(target, patch)
    assert merge_patch(once, patch) == once


@given(values, values)
def test_neither_argument_is_changed(target: object, patch: object) -> None:
    before = copy.deepcopy((target, patch))
    merge_patch(target, patch)
    assert (target, patch) == before


@given(objects)
def test_an_empty_patch_changes_nothing(target: dict[str, Any]) -> None:
    assert merge_patch(target, {}) == target


@given(values, objects)
def test_what_a_patch_deletes_is_gone(target: object, patch: dict[str, Any]) -> None:
    result = merge_patch(target, patch)
    assert isinstance(result, dict)
    assert not {name for name, change in patch.items() if change is None} & result.keys()


@given(objects.filter(lambda value: not has_null_member(value)), values)
def test_no_null_member_of_a_patch_reaches_the_result(target: dict[str, Any], patch: object) -> None:
    assert not has_null_member(merge_patch(target, patch))


@given(objects, objects.filter(lambda value: not has_null_member(value)))
def test_any_document_without_null_members_can_be_reached(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert merge_patch(old, difference(old, new)) == new


@given(objects, objects)
def test_members_that_a_patch_does_not_name_stay(target: dict[str, Any], patch: dict[str, Any]) -> None:
    result = merge_patch(target, patch)
    assert isinstance(result, dict)
    untouched = target.keys() - patch.keys()
    assert {name: result[name] for name in untouched} == {name: target[name] for name in untouched}
