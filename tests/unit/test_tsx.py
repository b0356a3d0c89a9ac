"""Text of a stranger stays text, whatever it says, in everything that writes TSX."""

from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from ggui_core.tsx.documents import printed
from ggui_core.tsx.identifiers import Identifiers, is_identifier
from ggui_core.tsx.syntax import Words, element, key, literal, member

NAMES = st.text(max_size=40) | st.sampled_from(
    ["", "class", "__proto__", "</script>", "a`${b}`", "*/", "import", "eval"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=10,
)


@given(JSON)
def test_a_literal_is_its_value_and_ends_no_script(value: object) -> None:
    written = literal(value)
    assert json.loads(written.replace("<\\/", "</")) == value
    assert "</" not in written
    assert "<!" not in written
    assert written.isprintable()


@given(NAMES)
def test_keys_and_members_are_plain_or_quoted(name: str) -> None:
    for written, start in ((key(name), ""), (member("row", name), "row.")):
        plain = written.removeprefix(start)
        assert is_identifier(plain) or '"' in written


@given(st.lists(NAMES, max_size=20))
def test_identifiers_are_made_each_once_and_never_a_keyword(names: list[str]) -> None:
    identifiers = Identifiers(["useAction"])
    made = [identifiers.variable(name) for name in names] + [identifiers.type(name) for name in names]
    assert len(set(made)) == len(made)
    for name in made:
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", name)
        assert name not in ("class", "import", "eval", "useAction")


def test_words_between_tags_are_quoted_unless_they_are_plain() -> None:
    assert printed(element("p", {}, Words("How did it go?"))) == "<p>How did it go?</p>"
    assert printed(element("p", {}, Words("{evil()} </p>"))) == '<p>{"{evil()} <\\/p>"}</p>'
    assert printed(element("p", {"title": Words('a "b"')})) == '<p title={"a \\"b\\""} />'
