"""The digests and their canonical bytes: every vector of spec 01 section 7, and what must not change them."""

from __future__ import annotations

import hashlib
import json
import math
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ggui_core.protocol import digests
from ggui_core.protocol.canonical import canonical_bytes, nfc
from ggui_core.protocol.errors import NotCanonical
from ggui_core.protocol.props_schema import enforce

TODO = """{"propsSpec":{"description":"Task board","properties":{"items":{"required":true,"description":"rows","schema":{"type":"array","items":{"type":"object","properties":{"title":{"type":"string","description":"label"},"id":{"type":"string"}},"required":["id","title"]}}}}},"actionSpec":{"toggle":{"label":"Toggle","description":"flip","nextStep":"todo_toggle","schema":{"type":"object","properties":{"id":{"type":"string"}},"required":["id"]}}},"agentCapabilities":{"tools":{"todo_toggle":{"serverInfo":{"name":"todo","version":"3.1.4"},"usage":"call on click","toolInfo":{"description":"d","inputSchema":{"type":"object","properties":{"id":{"type":"string"}},"required":["id"]}}}}}}"""  # noqa: E501
TODO_BYTES = """{"actionSpec":{"toggle":{"label":"Toggle","nextStep":"todo_toggle","schema":{"properties":{"id":{"type":"string"}},"required":["id"],"type":"object"}}},"agentCapabilities":{"tools":{"todo_toggle":{"serverInfo":{"name":"todo"},"toolInfo":{"inputSchema":{"properties":{"id":{"type":"string"}},"required":["id"],"type":"object"}}}}},"propsSpec":{"properties":{"items":{"required":true,"schema":{"items":{"properties":{"id":{"type":"string"},"title":{"type":"string"}},"required":["id","title"],"type":"object"},"type":"array"}}}}}"""  # noqa: E501
PROSE_NAMES = """{"contextSpec":{"usage":{"schema":{"type":"string"},"default":"","usage":"x"}},"propsSpec":{"properties":{"description":{"schema":{"type":"object","properties":{"description":{"type":"string","description":"x"},"usage":{"type":"number"}}},"default":{"description":"gone","keep":1}}}},"clientCapabilities":{"gadgets":{"usage":{"useFoo":{"usage":"prose","description":"prose"}}}}}"""  # noqa: E501
PROSE_NAMES_BYTES = """{"clientCapabilities":{"gadgets":{"usage":{"useFoo":{}}}},"contextSpec":{"usage":{"default":"","schema":{"type":"string"}}},"propsSpec":{"properties":{"description":{"default":{"keep":1},"schema":{"properties":{"description":{"type":"string"},"usage":{"type":"number"}},"type":"object"}}}}}"""  # noqa: E501
UNICODE = r"""{"contextSpec":{"cafe\u0301":{"schema":{"type":"string"},"default":"re\u0301sume\u0301 \u20ac \ud83d\ude00 \u0001"}},"extra":{"b":1.0,"a":-0.0,"c":1e21,"d":0.000001,"e":1e-7,"f":[null,true,{"z":1,"A":2}],"\ufb33":1,"\ud83d\ude00":2}}"""  # noqa: E501
UNICODE_BYTES = (
    '{"contextSpec":{"caf\u00e9":{"default":"r\u00e9sum\u00e9 \u20ac \U0001f600 \\u0001","schema":{"type":"string"}}},'
    '"extra":{"a":0,"b":1,"c":1e+21,"d":0.000001,"e":1e-7,"f":[null,true,{"A":2,"z":1}],'
    '"\u05d3\u05bc":1,"\U0001f600":2}}'
)
SERVED = '{"agentCapabilities":{"tools":{"t":{"serverInfo":{"name":"s","version":"1","description":"d"},"toolInfo":{"inputSchema":{}}}}}}'  # noqa: E501
SERVED_BYTES = (
    '{"agentCapabilities":{"tools":{"t":{"serverInfo":{"name":"s"},"toolInfo":{"inputSchema":{}}}}}}'
)

CONTRACTS = [
    pytest.param("{}", "{}", "44136fa355b3678a", id="C1"),
    pytest.param(TODO, TODO_BYTES, "8b795f36303f239b", id="C2"),
    pytest.param(PROSE_NAMES, PROSE_NAMES_BYTES, "6372d91aa82a3058", id="C3"),
    pytest.param(UNICODE, UNICODE_BYTES, "1cbfaf30199e1309", id="C4"),
    pytest.param(
        r'{"\uff5e":1,"\ud83d\ude00":2,"z":3}',
        '{"z":3,"\U0001f600":2,"\uff5e":1}',
        "56282f3aae75cf0c",
        id="C5",
    ),
    pytest.param(SERVED, SERVED_BYTES, "2a5a0b761a37ae65", id="C6"),
    pytest.param('{"10":1,"9":2,"a":3}', '{"10":1,"9":2,"a":3}', "d6e62753b8541dd5", id="C7"),
    pytest.param(
        '{"streamSpec":{"feed":{"schema":{"type":"string"}}}}',
        '{"streamSpec":{"feed":{"schema":{"type":"string"}}}}',
        "ef139e1eeb6457ea",
        id="C8",
    ),
    pytest.param(
        '{"streamSpec":{"feed":{"schema":{"type":"string"},"mode":"append"}}}',
        '{"streamSpec":{"feed":{"mode":"append","schema":{"type":"string"}}}}',
        "8a87c5b6f356cd27",
        id="C9",
    ),
    pytest.param(
        '{"x":12345678901234567890,"y":0.1}',
        '{"x":12345678901234567000,"y":0.1}',
        "eba21ef1a84f6a2d",
        id="C10",
    ),
    pytest.param(r'{"caf\u00e9":1,"cafe\u0301":2}', '{"caf\u00e9":2}', "092731f2ad720557", id="C11"),
    pytest.param(
        '{"a":["usage",null,{"usage":"s"},{"usage":1}]}',
        '{"a":["usage",null,{},{"usage":1}]}',
        "d73cc33108178092",
        id="C12",
    ),
]


@pytest.mark.parametrize(("contract", "octets", "digest"), CONTRACTS)
def test_contract_hash_vectors(contract: str, octets: str, digest: str) -> None:
    read = json.loads(contract)
    assert digests.canonical_contract(read).decode("utf-8") == octets
    assert digests.contract_hash(read) == digest


COUNTER_BYTES = """{"actionSpec":{"increment":{"label":"Increment","schema":{"additionalProperties":false,"properties":{"by":{"type":"number"}},"required":["by"],"type":"object"}}},"contextSpec":{"draft":{"default":"","schema":{"type":"string"}}},"propsSpec":{"properties":{"count":{"required":false,"schema":{"type":"number"}},"title":{"required":true,"schema":{"type":"string"}}}},"streamSpec":{"ticks":{"mode":"append","schema":{"properties":{"n":{"type":"number"}},"required":["n"],"type":"object"}}}}"""  # noqa: E501


def counter() -> dict[str, Any]:
    """The contract of spec 06 section 1.1, with prose wherever it may stand."""
    contract: dict[str, Any] = json.loads(COUNTER_BYTES)
    contract["propsSpec"]["description"] = "what is shown"
    for spec, name in (("actionSpec", "increment"), ("streamSpec", "ticks"), ("contextSpec", "draft")):
        contract[spec][name] |= {"description": f"about {name}", "usage": "now and then"}
        contract[spec][name]["schema"]["description"] = "prose"
    return contract


def test_a_contract_of_the_reference_server_has_its_hash() -> None:
    contract = counter()
    assert digests.canonical_contract(contract).decode() == COUNTER_BYTES
    assert digests.contract_hash(contract) == "eb6cfaad4617da1b"
    del contract["streamSpec"]["ticks"]["mode"]
    assert digests.contract_hash(contract) == "c2a6fe8ace4af3bd"


def test_a_missing_contract_hashes_like_an_empty_one() -> None:
    assert digests.contract_hash(None) == "44136fa355b3678a"


VARIANCES = [
    pytest.param(None, "{}", "44136fa355b3678a", id="missing"),
    pytest.param({}, "{}", "44136fa355b3678a", id="empty"),
    pytest.param({"persona": ""}, "{}", "44136fa355b3678a", id="empty text"),
    pytest.param(
        {
            "seedPrompt": "calm pastel",
            "persona": "minimalist",
            "aesthetic": "",
            "context": {"description": "cozy", "tags": ["", None, [], "x"], "n": 0, "b": False},
        },
        '{"context":{"b":false,"description":"cozy","n":0,"tags":["x"]},"persona":"minimalist","seedPrompt":"calm pastel"}',  # noqa: E501
        "3a412841f9426c1a",
        id="full",
    ),
]


@pytest.mark.parametrize(("variance", "octets", "key"), VARIANCES)
def test_variant_key_vectors(variance: dict[str, Any] | None, octets: str, key: str) -> None:
    assert digests.canonical_variance(variance).decode() == octets
    assert digests.variant_key(variance) == key


def test_a_variance_is_normalised() -> None:
    assert digests.variant_key({"persona": "cafe\u0301"}) == digests.variant_key({"persona": "caf\u00e9"})


def test_prose_counts_in_a_variance() -> None:
    assert digests.variant_key({"context": {"description": "a"}}) != digests.variant_key({})


def test_a_container_that_becomes_empty_is_removed_from_a_variance() -> None:
    assert digests.canonical_variance({"context": {"a": [[], {"b": None}]}}) == b"{}"


GO = {"go": {"label": "Go", "schema": {"properties": {"n": {"type": "number"}}, "type": "object"}}}


@pytest.mark.parametrize(
    "contract",
    [{"actionSpec": GO}, {"actionSpec": GO, "contextSpec": None, "agentCapabilities": {"tools": {}}}],
)
def test_render_slice_hash_vector(contract: dict[str, Any]) -> None:
    expected = "eff10d1221cac94899a56493632b8d24ef230e2fa5f4434137b345029bdc0579"
    assert digests.render_slice_hash(contract) == expected


def test_render_slice_hash_normalises_no_text() -> None:
    composed = {"actionSpec": {"go": {"label": "caf\u00e9"}}}
    decomposed = {"actionSpec": {"go": {"label": "cafe\u0301"}}}
    assert digests.render_slice_hash(composed) != digests.render_slice_hash(decomposed)
    assert digests.contract_hash(composed) == digests.contract_hash(decomposed)


def test_tool_identity_catalog_hash_vector() -> None:
    catalog = {"todo_add": {"name": "todo", "version": "1.0.0"}, "alpha": {"name": "x"}}
    octets = b'[["alpha","x",null],["todo_add","todo","1.0.0"]]'
    assert digests.canonical_tool_identities(catalog) == octets
    assert digests.tool_identity_catalog_hash(catalog) == "5876fae16a5cdf6f"


def test_code_is_addressed_by_64_digits_and_named_by_the_first_16() -> None:
    whole = hashlib.sha256(b"export default 1").hexdigest()
    assert digests.code_address(b"export default 1") == whole
    assert digests.code_hash(b"export default 1") == whole[:16]


@pytest.mark.parametrize(
    "value",
    [
        {"a": math.nan},
        [math.inf],
        {"a": "\ud800"},
        {"\udfff": 1},
        {1: 2},
        [object()],
        {"a": 10**400},
    ],
    ids=["nan", "infinity", "lone surrogate", "lone surrogate key", "number key", "object", "huge number"],
)
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical_bytes(value)


def test_bottomless_values_are_refused_and_do_not_overflow() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(NotCanonical, match="nested deeper"):
        digests.contract_hash({"a": deep})


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1.0, "1"),
        (-0.0, "0"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (0.000001, "0.000001"),
        (1e-7, "1e-7"),
        (2**53 - 1, "9007199254740991"),
        (2**53 + 1, "9007199254740992"),
        (10**25, "1e+25"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (-1.5, "-1.5"),
        (333333333.33333329, "333333333.3333333"),
        (True, "true"),
    ],
)
def test_numbers_are_written_as_ecmascript_does(number: float, text: str) -> None:
    assert canonical_bytes(number).decode() == text


def test_text_escapes_only_what_it_must() -> None:
    assert (
        canonical_bytes('"\\/\b\t\n\f\r\x0b\x7f\u2028é').decode()
        == '"\\"\\\\/\\b\\t\\n\\f\\r\\u000b\x7f\u2028é"'
    )


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
numbers = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)
json_objects = st.dictionaries(texts, json_values, max_size=5)


def shuffled(value: object, draw: Any) -> object:
    """The same JSON with the members of every object in another order."""
    if isinstance(value, dict):
        names = draw(st.permutations(list(value)))
        return {name: shuffled(value[name], draw) for name in names}
    if isinstance(value, list):
        return [shuffled(item, draw) for item in value]
    return value


@given(json_objects, st.data())
def test_the_order_of_members_never_counts(value: dict[str, Any], data: Any) -> None:
    assert canonical_bytes(value) == canonical_bytes(shuffled(value, data.draw))


@given(json_values)
def test_canonical_bytes_are_json_of_the_same_doubles(value: object) -> None:
    def doubled(node: object) -> object:
        if isinstance(node, bool) or node is None or isinstance(node, str):
            return node
        if isinstance(node, (int, float)):
            return float(node) + 0.0
        if isinstance(node, list):
            return [doubled(item) for item in node]
        assert isinstance(node, dict)
        return {key: doubled(member) for key, member in node.items()}

    assert doubled(json.loads(canonical_bytes(value))) == doubled(value)


@given(json_values)
def test_canonical_bytes_are_a_fixed_point(value: object) -> None:
    once = canonical_bytes(value)
    assert canonical_bytes(json.loads(once)) == once


@given(st.dictionaries(texts, st.integers(), max_size=8))
def test_members_are_sorted_by_utf16_code_units(value: dict[str, int]) -> None:
    written = list(json.loads(canonical_bytes(value)))
    assert written == sorted(value, key=lambda key: key.encode("utf-16-be"))


@given(st.integers(-(2**53) + 1, 2**53 - 1))
def test_whole_numbers_are_the_same_with_and_without_a_fraction(number: int) -> None:
    assert canonical_bytes(number) == canonical_bytes(float(number))


@given(json_objects)
def test_equivalent_unicode_hashes_alike(value: dict[str, Any]) -> None:
    def decomposed(node: object) -> object:
        if isinstance(node, str):
            return unicodedata.normalize("NFD", node)
        if isinstance(node, list):
            return [decomposed(item) for item in node]
        if isinstance(node, dict):
            return {decomposed(key): decomposed(member) for key, member in node.items()}
        return node

    composed = nfc(value)
    assert isinstance(composed, dict)
    written = decomposed(composed)
    assert isinstance(written, dict)
    assert digests.contract_hash(composed) == digests.contract_hash(written)


@given(json_objects, texts)
def test_prose_never_counts_and_other_members_do(value: dict[str, Any], prose: str) -> None:
    plain = {**value}
    plain.pop("description", None)
    assert digests.contract_hash({**plain, "description": prose}) == digests.contract_hash(plain)
    assert digests.contract_hash({**plain, "description": 1}) != digests.contract_hash(plain)


@given(json_objects)
def test_nothing_empty_is_left_in_a_variance(value: dict[str, Any]) -> None:
    def empties(node: object) -> bool:
        if isinstance(node, dict):
            return not node or any(map(empties, node.values()))
        if isinstance(node, list):
            return not node or any(map(empties, node))
        return node is None or node == ""

    kept = json.loads(digests.canonical_variance(value))
    assert kept == {} or not empties(kept)
    assert digests.variant_key(kept) == digests.variant_key(value)


@pytest.mark.spec("01 22.12")
def test_the_order_of_required_names_counts_in_a_contract_and_not_in_its_props_schema() -> None:
    def contract(*required: str) -> dict[str, Any]:
        schema = {"type": "object", "properties": {"a": {}, "b": {}}, "required": list(required)}
        return {"propsSpec": {"properties": {"p": {"schema": schema}}}}

    one, other = contract("a", "b"), contract("b", "a")
    assert digests.contract_hash(one) != digests.contract_hash(other)
    assert enforce(one["propsSpec"]).hash == enforce(other["propsSpec"]).hash


@pytest.mark.spec("01 22.12")
def test_a_property_called_description_stays_and_a_description_goes() -> None:
    named = {"propsSpec": {"properties": {"description": {"schema": {"type": "string"}}}}}
    described = {"propsSpec": {**named["propsSpec"], "description": "What a room is."}}
    assert digests.contract_hash(described) == digests.contract_hash(named)
    assert digests.contract_hash(named) != digests.contract_hash({"propsSpec": {"properties": {}}})
