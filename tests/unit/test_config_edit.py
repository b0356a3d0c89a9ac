"""Editing one member of ggui.json in place."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ggui_core.manifest_edit import set_member, write_atomically

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(st.text(max_size=4) | st.just("plugins"), VALUES, max_size=4)


@given(
    DOCUMENTS,
    st.sampled_from([None, 0, 1, 2, 4, "\t"]),
    st.sampled_from([(",", ":"), (", ", ": "), (" ,", " : ")]),
    st.lists(st.text(max_size=4), max_size=3),
    st.booleans(),
)
def test_an_edit_changes_its_member_and_nothing_else(
    document: dict[str, Any], indent: Any, separators: tuple[str, str], names: list[str], crlf: bool
) -> None:
    if not isinstance(document.get("plugins", {}), dict):
        document["plugins"] = {}
    text = json.dumps(document, indent=indent, separators=separators)
    text = text.replace("\n", "\r\n") if crlf else text

    edited = set_member(text, ("plugins", "disable"), names)

    expected = {**document, "plugins": {**document.get("plugins", {}), "disable": names}}
    assert json.loads(edited) == expected
    assert list(json.loads(edited)) == list(expected)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"a":1}', '{"a":1, "plugins": {"disable": ["x"]}}'),
        ('{\n    "a" : 1\n}\n', '{\n    "a" : 1,\n    "plugins": {"disable": ["x"]}\n}\n'),
        (
            '{\n\t"plugins": {\n\t\t"disable": [\n\t\t\t"y"\n\t\t]\n\t},\n\t"z": [1,2]\n}',
            '{\n\t"plugins": {\n\t\t"disable": [\n\t\t\t"x"\n\t\t]\n\t},\n\t"z": [1,2]\n}',
        ),
        (
            '{\r\n  "plugins": {\r\n    "enable": []\r\n  }\r\n}',
            '{\r\n  "plugins": {\r\n    "enable": [],\r\n    "disable": ["x"]\r\n  }\r\n}',
        ),
    ],
)
def test_the_layout_of_the_file_is_kept(before: str, after: str) -> None:
    assert set_member(before, ("plugins", "disable"), ["x"]) == after


def test_a_write_keeps_permissions_and_links_and_leaves_no_other_file(tmp_path: Path) -> None:
    real = tmp_path / "real.json"
    real.write_text("old")
    real.chmod(0o600)
    link = tmp_path / "ggui.json"
    link.symlink_to(real)

    write_atomically(link, "new\r\n")

    assert real.read_bytes() == b"new\r\n"
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o600
    assert sorted(os.listdir(tmp_path)) == ["ggui.json", "real.json"]  # noqa: PTH208
