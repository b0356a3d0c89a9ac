"""Documents of design tokens: what they become, and every way in which they can be wrong."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from ggui_core.protocol.theme import VariableName, VariableValue
from ggui_themes.documents import MAX_TOKENS, BadDocument, read_document


def small(**color: Any) -> dict[str, Any]:
    """The least that is a document, with some colours."""
    return {
        "$name": "Harbour",
        "color": {"$type": "color", "surface": {"$value": "#fff"}, **color},
        "spacing": {"md": {"$value": "1rem"}},
        "font": {"family": {"sans": {"$value": ["Söhne Breit", "system-ui", "sans-serif"]}}},
        "shape": {"radius": {"md": {"$value": "4px"}}},
    }


def faults(raw: object) -> dict[str, str]:
    with pytest.raises(BadDocument) as caught:
        read_document(raw)
    return {fault.path: fault.message for fault in caught.value.faults}


def value(kind: str | None, raw: object) -> str:
    token = {"$value": raw} if kind is None else {"$value": raw, "$type": kind}
    document = {**small(), "motion": {"thing": token}}
    return read_document(document).variables["--ggui-motion-thing"]


def test_a_path_is_a_variable_and_metadata_is_none() -> None:
    document = read_document(small())
    assert document.variables == {
        "--ggui-color-surface": "#fff",
        "--ggui-spacing-md": "1rem",
        "--ggui-font-family-sans": "'Söhne Breit', system-ui, sans-serif",
        "--ggui-shape-radius-md": "4px",
    }
    assert (document.name, document.colours, document.optional) == ("Harbour", 1, ())


@pytest.mark.parametrize(
    ("kind", "raw", "css"),
    [
        ("color", {"colorSpace": "srgb", "components": [1, 0.5, 0]}, "#ff8000"),
        ("color", {"colorSpace": "srgb", "components": [0, 0, 0], "alpha": 0.5}, "#00000080"),
        ("color", {"colorSpace": "oklch", "components": [0.7, 0.1, "none"]}, "oklch(0.7 0.1 none)"),
        ("color", {"colorSpace": "hsl", "components": [10, 20, 30], "alpha": 0.5}, "hsl(10 20% 30% / 0.5)"),
        ("color", {"colorSpace": "display-p3", "components": [1, 0, 0]}, "color(display-p3 1 0 0)"),
        ("color", "color-mix(in srgb, red 50%, blue)", "color-mix(in srgb, red 50%, blue)"),
        ("dimension", {"value": 1.5, "unit": "rem"}, "1.5rem"),
        ("duration", {"value": 200, "unit": "ms"}, "200ms"),
        ("fontWeight", 650, "650"),
        ("number", 1.50, "1.5"),
        ("number", -1, "-1"),
        ("cubicBezier", [0.2, 0, 0, 1], "cubic-bezier(0.2, 0, 0, 1)"),
        (None, [0.2, 0, 0, 1], "cubic-bezier(0.2, 0, 0, 1)"),
        ("fontFamily", "Inter", "Inter"),
        ("fontFamily", ["Noto Serif", "serif"], "'Noto Serif', serif"),
        (
            "shadow",
            {
                "color": "#0003",
                "offsetX": {"value": 0, "unit": "px"},
                "offsetY": {"value": 2, "unit": "px"},
                "blur": "4px",
                "spread": 0,
                "inset": True,
            },
            "inset 0px 2px 4px 0 #0003",
        ),
        (
            "shadow",
            [{"color": "#000", "offsetY": "1px"}, {"color": "#111", "offsetY": "2px"}],
            "0 1px 0 0 #000, 0 2px 0 0 #111",
        ),
        (
            "transition",
            {"duration": {"value": 100, "unit": "ms"}, "timingFunction": [0, 0, 1, 1]},
            "all 100ms cubic-bezier(0, 0, 1, 1) 0ms",
        ),
    ],
)
def test_every_type_of_token_has_a_form_in_css(kind: str | None, raw: object, css: str) -> None:
    assert value(kind, raw) == css


def test_a_value_may_name_another_token_also_inside_a_composite() -> None:
    document = small(brand={"$value": "#123456"}, outline={"$value": "{color.brand}"})
    document["shape"]["shadow"] = {"md": {"$value": {"offsetY": "1px", "color": "{color.outline}"}}}
    variables = read_document(document).variables
    assert variables["--ggui-color-outline"] == "#123456"
    assert variables["--ggui-shape-shadow-md"] == "0 1px 0 0 #123456"


def test_a_type_is_inherited_through_groups_and_references() -> None:
    document = {**small(), "effect": {"tint": {"$value": "{color.odd}"}}}
    document["color"]["odd"] = {"$value": "12px"}
    assert set(faults(document)) == {"color.odd", "effect.tint"}


@pytest.mark.parametrize(
    ("change", "path", "says"),
    [
        ({"a": {"$value": "{color.a}"}}, "color.a", "leads back to itself"),
        ({"a": {"$value": "{color.b}"}, "b": {"$value": "{color.a}"}}, "color.a", "leads back to itself"),
        ({"a": {"$value": "{color.nowhere}"}}, "color.a", "no token"),
        ({"a": {"$value": "12px"}}, "color.a", "no CSS colour"),
        ({"a": {"$value": "#12345"}}, "color.a", "no CSS colour"),
        ({"a": {"$value": None}}, "color.a", "a value is"),
        ({"a": {"$value": True}}, "color.a", "a value is"),
        ({"a": {"$value": {}}}, "color.a", "three components"),
        ({"a": {"$value": []}}, "color.a", "must not be empty"),
        ({"a": {"$value": {"components": [1, 2]}}}, "color.a", "three components"),
        ({"a": {"$value": {"colorSpace": "x;y", "components": [1, 2, 3]}}}, "color.a", "no colour space"),
        ({"a": {"$value": "rgb(1,2,3);color:red"}}, "color.a", "no CSS colour"),
        ({"a": "#fff"}, "color.a", "neither a group nor a token"),
        ({"a b": {"$value": "#fff"}}, "color.a b", "letters, digits and hyphens"),
        ({"é": {"$value": "#fff"}}, "color.é", "letters, digits and hyphens"),
        ({"x-1": {"$value": "#fff"}, "x": {"1": {"$value": "#000"}}}, "color.x.1", "a second value"),
    ],
)
def test_a_fault_is_named_with_its_path(change: dict[str, Any], path: str, says: str) -> None:
    assert says in faults(small(**change))[path]


def test_references_that_multiply_end_early() -> None:
    """Forty lists of which each names the next one twice are 2⁴⁰ values."""
    doubling = {f"t{n}": {"$value": [f"{{color.t{n + 1}}}"] * 2} for n in range(40)}
    found = faults(small(**doubling, t40={"$value": "#fff"}))
    assert "nested at most" in found["color.t0"]


def test_references_that_fan_out_end_early() -> None:
    """Four levels of a thousand references each are few tokens and 10¹² values."""
    wide = {f"t{n}": {"$value": [f"{{color.t{n + 1}}}"] * 1000} for n in range(4)}
    assert "parts" in faults(small(**wide, t4={"$value": "#fff"}))["color.t0"]


def test_a_long_chain_of_references_is_a_fault_like_others() -> None:
    chain = {f"t{n}": {"$value": [f"{{color.t{n + 1}}}"]} for n in range(400)}
    found = faults(small(**chain, t400={"$value": "#fff"}))
    assert "nested at most" in found["color.t0"]


@pytest.mark.parametrize(
    "hostile",
    [
        "red; background: url(x)",
        "}body{display:none",
        "</style><script>",
        "@import 'x'",
        "a/*b*/c",
        "x" * 257,
        "",
        "   ",
        "url(https://tracker.example/x.png)",
        "URL( x )",
        "image-set('https://tracker.example/x.png' 1x)",
        "-webkit-image-set('x' 1x)",
        "image('https://tracker.example/x.png')",
        "src('x')",
        "\\75rl(https://tracker.example/x.png)",
        "red\\",
    ],
)
def test_no_value_can_be_more_than_a_value(hostile: str) -> None:
    document = {**small(), "motion": {"easing": {"default": {"$value": hostile}}}}
    assert "motion.easing.default" in faults(document)


@pytest.mark.parametrize("font", ["Ev'il", 'Ev"il', "Ev\\il", "a\nb"])
def test_a_font_name_cannot_leave_its_quotes(font: str) -> None:
    document = small()
    document["font"]["family"]["sans"] = {"$value": [font, "serif"]}
    assert set(faults(document)) == {"font.family.sans"}


@pytest.mark.parametrize("section", ["color", "spacing", "font", "shape"])
def test_a_required_section_is_missed(section: str) -> None:
    document = small()
    del document[section]
    assert "is required" in faults(document)[section]


def test_the_fonts_of_running_text_and_known_sections_are_wanted() -> None:
    document = small()
    document["font"] = {"size": {"base": {"$value": "1rem"}}}
    document["colour"] = {}
    assert set(faults(document)) == {"font.family.sans", "colour"}


@pytest.mark.parametrize("raw", [None, [], "theme", 7, {}])
def test_what_is_no_document_at_all_is_refused(raw: object) -> None:
    assert faults(raw)


def test_size_and_depth_are_bounded() -> None:
    many = small(**{f"c{n}": {"$value": "#fff"} for n in range(2 * MAX_TOKENS)})
    assert any("at most" in message for message in faults(many).values())
    deep: dict[str, Any] = {"$value": "#fff"}
    for _ in range(2_000):
        deep = {"a": deep}
    assert any("deep" in message for message in faults(small(a=deep)).values())


def test_a_long_list_of_faults_is_cut() -> None:
    found = faults(small(**{f"c{n}": {"$value": "nothing;"} for n in range(100)}))
    assert len(found) <= 21
    assert "more faults" in found[""]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(_JSON, st.sampled_from([None, "color", "dimension", "shadow", "cubicBezier", "transition", "other"]))
def test_whatever_is_given_comes_out_sound_or_as_a_fault(raw: Any, kind: str | None) -> None:
    document = {**small(), "motion": {"thing": {"$value": raw} | ({} if kind is None else {"$type": kind})}}
    try:
        variables = read_document(document).variables
    except BadDocument:
        return
    for name, text in variables.items():
        TypeAdapter(VariableName).validate_python(name)
        TypeAdapter(VariableValue).validate_python(text)
