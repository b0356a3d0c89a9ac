"""Any contract that the gate may let through, for property tests of whoever reads contracts."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from ggui_core.protocol.formats import FORMATS
from ggui_core.protocol.names import is_slot

Json = dict[str, Any]
TEXT: Json = {"type": "string"}

NASTY = (
    "\"quoted\" and 'single'",
    "`back${tick}`",
    "</script><script>alert(1)</script>",
    "<!-- {/* */} -->",
    "{curly} }braces{",
    "line\nbreak\r\n\ttab",
    "separators\u2028and\u2029",
    "back\\slash \\u0041 \\",
    "bidi \u202etxet\u202c zero\u200bwidth \ufeff",
    "emoji 👩‍🚀 한국어 عربى",
    "&lt;entity&amp;",
    "*/ // /*",
    "constructor",
    "hasOwnProperty",
    "class",
    "draft",
    "useState",
    "1st",
    "-",
    " ",
    "key",
    "ünïcödé",
    "$price",
    "React",
)
"""Names and texts that want to be code."""

_KNOWN_NAMES = (
    "id", "title", "name", "email", "url", "imageUrl", "price", "currency", "total", "createdAt", "dueDate", "notes",
    "description", "status", "done", "count", "percent", "rating", "tags", "items", "todos", "todoId", "userId",
    "address", "value", "from", "message", "draft", "change", "problems", "row", "index", "open", "props",
)  # fmt: skip

names = st.one_of(
    st.sampled_from(_KNOWN_NAMES),
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12).filter(lambda name: name != "__proto__"),
)
texts = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.just("A plain text."),
)
scalars = st.one_of(st.none(), st.booleans(), st.integers(-1000, 1000), st.floats(-10, 10), texts)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=5,
)
patterns = st.sampled_from(
    ["^[a-z]+$", "(a+)+$", "^(?=x)y", "\\d{2,4}", "^[A-Z][a-z]*( [A-Z][a-z]*)*$", "a|b", "^/\\w+/$"]
)


def _annotated(schema: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    notes = st.fixed_dictionaries({}, optional={"title": texts, "description": texts, "default": values})
    return st.builds(lambda inner, told: {**told, **inner}, schema, notes)


def _bounded(kind: str) -> st.SearchStrategy[Json]:
    number = st.integers(-100, 100) if kind == "integer" else st.floats(-100, 100, allow_nan=False)
    return st.fixed_dictionaries(
        {"type": st.just(kind)},
        optional={
            "minimum": number,
            "maximum": number,
            "exclusiveMinimum": number,
            "exclusiveMaximum": number,
            "multipleOf": st.sampled_from([1, 2, 0.5, 0.01]),
        },
    )


_leaves = st.one_of(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["string", ["string", "null"]])},
        optional={
            "minLength": st.integers(0, 5),
            "maxLength": st.integers(5, 5000),
            "format": st.sampled_from(sorted(FORMATS - {"int32", "int64", "float", "double"})),
            "pattern": patterns,
            "contentMediaType": st.sampled_from(["text/plain", "image/png"]),
        },
    ),
    _bounded("integer"),
    _bounded("number"),
    st.sampled_from([{"type": "boolean"}, {"type": "boolean", "nullable": True}, {"type": "null"}, {}]),
    st.builds(lambda options: {"enum": options}, st.lists(scalars, min_size=1, max_size=7, unique_by=repr)),
    st.builds(lambda value: {"const": value}, scalars),
    st.builds(
        lambda options: {"oneOf": [{"const": value, "title": title} for value, title in options]},
        st.lists(st.tuples(texts, texts), min_size=1, max_size=4, unique_by=lambda pair: pair[0]),
    ),
)


@st.composite
def _records(draw: st.DrawFn, inner: st.SearchStrategy[Json]) -> Json:
    properties = draw(st.dictionaries(names, inner, max_size=5))
    record: Json = {"type": "object", "properties": properties}
    required = [name for name in properties if draw(st.booleans())]
    if required:
        record["required"] = required
    return record


def _compound(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.one_of(
        _records(inner),
        st.fixed_dictionaries(
            {"type": st.just("array"), "items": inner},
            optional={
                "minItems": st.integers(0, 2),
                "maxItems": st.integers(2, 9),
                "uniqueItems": st.booleans(),
            },
        ),
        st.builds(lambda value: {"type": "object", "additionalProperties": value}, inner),
        st.builds(lambda one, two: {"anyOf": [one, two]}, inner, inner),
        st.builds(lambda one, two: {"oneOf": [one, two]}, _records(inner), _records(inner)),
        st.builds(lambda one, two: {"allOf": [one, two]}, _records(inner), _records(inner)),
        st.builds(lambda target: {"$ref": "#/definitions/shared", "definitions": {"shared": target}}, inner),
        st.sampled_from(
            [
                {"type": "array"},
                {"type": "object"},
                {"type": "object", "additionalProperties": True},
                {"type": "array", "items": [TEXT, TEXT], "minItems": 2, "maxItems": 2},
            ]
        ),
    )


schemas: st.SearchStrategy[Json] = st.recursive(
    _annotated(_leaves), lambda inner: _annotated(_compound(inner)), max_leaves=8
)
lists_of_records = st.builds(lambda item: {"type": "array", "items": item}, _records(schemas))


def _without_clash(contract: Json) -> Json:
    """Names may stand in one part of a contract only."""
    taken: set[str] = set(contract.get("propsSpec", {}).get("properties", {}))
    for section in ("contextSpec", "actionSpec", "streamSpec"):
        entries = contract.get(section)
        if entries is not None:
            kept = {
                name: entry
                for name, entry in entries.items()
                if name not in taken and not name.startswith("_ggui:")
            }
            contract[section] = kept
            taken |= kept.keys()
    return contract


contracts: st.SearchStrategy[Json] = st.fixed_dictionaries(
    {},
    optional={
        "propsSpec": st.fixed_dictionaries(
            {
                "properties": st.dictionaries(
                    names,
                    st.fixed_dictionaries(
                        {"schema": schemas | lists_of_records},
                        optional={"required": st.booleans(), "description": texts, "default": values},
                    ),
                    max_size=5,
                )
            },
            optional={"description": texts},
        ),
        "actionSpec": st.dictionaries(
            names,
            st.fixed_dictionaries(
                {"label": texts},
                optional={
                    "schema": schemas | _records(schemas),
                    "confirm": st.booleans(),
                    "description": texts,
                },
            ),
            max_size=4,
        ),
        "streamSpec": st.dictionaries(
            names,
            st.fixed_dictionaries(
                {"schema": schemas},
                optional={"mode": st.sampled_from(["append", "replace"]), "description": texts},
            ),
            max_size=2,
        ),
        "contextSpec": st.dictionaries(
            names.filter(is_slot),
            st.fixed_dictionaries({"schema": schemas, "default": values}, optional={"description": texts}),
            max_size=3,
        ),
    },
).map(_without_clash)
"""Contracts in the shape of the wire; the gate refuses some of them."""
