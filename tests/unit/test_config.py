"""Reading and judging ``ggui.json``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from ggui_core.config import (
    Config,
    ConfigSection,
    Section,
    ServerSettings,
    parse_config,
)
from ggui_core.config_schema import json_schema
from ggui_core.errors import BootError
from ggui_core.manifest import find_manifest, read_manifest

GOOD: dict[str, Any] = {
    "schema": "1",
    "protocol": "draft-2026-08-19",
    "app": {"slug": "garden-planner", "name": "Garden planner"},
}


class Gadget(Section):
    name: str
    max_size: int = 1


GADGETS = ConfigSection("app.gadgets", list[Gadget], default=[], description="a list of gadgets")
MODEL = ConfigSection("generation.model", str | None)


def parse(raw: dict[str, Any], *sections: ConfigSection, warnings: list[str] | None = None) -> Config:
    collected = [] if warnings is None else warnings
    return parse_config(raw, sections=[("unit", section) for section in sections], warn=collected.append)


def problems_of(raw: dict[str, Any], *sections: ConfigSection) -> list[str]:
    with pytest.raises(BootError) as caught:
        parse(raw, *sections)
    return list(caught.value.problems)


# Finding and reading the file


def test_the_manifest_is_found_up_to_eight_parents_above(tmp_path: Path) -> None:
    manifest = tmp_path / "ggui.json"
    manifest.write_text("{}")
    deep = tmp_path.joinpath(*"abcdefgh")
    (deep / "i").mkdir(parents=True)

    assert find_manifest(tmp_path) == manifest
    assert find_manifest(deep) == manifest
    assert find_manifest(deep / "i") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1,}', "line 1, column "),
        ('{"a": 1,}', "no comma after the last item"),
        ('{\n  // no\n  "a": 1}', "line 2, column 3"),
        ('{"a": 1, "b": {"c": 1, "c": 2}}', 'the key "c" stands twice'),
        ('{"a": NaN}', "NaN is not JSON"),
        ('{"a": 1e999}', "too large"),
        ("[]", "must hold a JSON object, not a list"),
        ("", "line 1, column 1"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_file_that_is_no_strict_json_gets_one_clear_sentence(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "ggui.json"
    path.write_text(text)

    with pytest.raises(BootError) as caught:
        read_manifest(path)

    (problem,) = caught.value.problems
    assert str(path) in problem
    assert message in problem


def test_a_file_that_is_missing_or_no_text_gets_one_clear_sentence(tmp_path: Path) -> None:
    binary = tmp_path / "ggui.json"
    binary.write_bytes(b'{"a": "\xff"}')

    with pytest.raises(BootError, match=r"^ggui\.json not found at "):
        read_manifest(tmp_path / "absent.json")
    with pytest.raises(BootError, match=r"is not UTF-8 \(byte 7\)"):
        read_manifest(binary)
    with pytest.raises(BootError, match=r"^Failed to read ggui\.json at .*[Dd]irectory"):
        read_manifest(tmp_path)


# Judging the content


def test_a_minimal_file_gives_every_default() -> None:
    config = parse(GOOD)

    assert config.app is not None
    assert config.app.slug == "garden-planner"
    limits = config.limits
    assert (limits.calls_per_second, limits.burst) == (50, 200)
    assert (limits.anonymous_per_second, limits.anonymous_burst) == (5, 20)
    assert (limits.body_bytes, limits.form_bytes, limits.sockets_per_principal) == (4_194_304, 65_536, 50)
    assert config.plugins.enable is None
    assert config.mcp_mounts == ()


def test_every_problem_is_reported_at_once_with_path_and_fix() -> None:
    problems = problems_of(
        {
            "schema": "2",
            "app": {"slug": "A", "nmae": "x"},
            "limits": {"burst": "5", "callsPerSecond": 0},
            "operator": {"name": "F", "contact": "nobody"},
            "plugns": {},
            "mcpMounts": ["no-factory"],
        }
    )

    assert {problem.split(": ")[1] for problem in problems} == {
        "$.schema",
        "$.protocol",
        "$.app.slug",
        "$.app.nmae",
        "$.app.name",
        "$.limits.burst",
        "$.limits.callsPerSecond",
        "$.operator.contact",
        "$.plugns",
        "$.mcpMounts[0]",
    }
    assert all(problem.startswith("ggui.json: $.") and "; " in problem for problem in problems)
    assert 'ggui.json: $.plugns: unknown key; did you mean "plugins"?' in problems
    assert 'ggui.json: $.app.nmae: unknown key; did you mean "name"?' in problems


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("app", "slug"), "a"),
        (("app", "slug"), "-ab"),
        (("app", "slug"), "a" * 65),
        (("app", "slug"), "ab\n"),
        (("app", "name"), ""),
        (("app", "name"), "x" * 121),
        (("app", "defaultDisplayMode"), "popup"),
        (("app",), None),
        (("protocol",), "1"),
        (("protocol",), "draft-2026-8-19"),
        (("operator",), {}),
        (("operator",), {"name": "x", "url": "ftp://x"}),
        (("plugins",), {"enable": "pairing"}),
        (("plugins",), {"use": {"Bus": 1}}),
        (("plugins",), {"settings": {"pairing": []}}),
        (("limits",), {"bodyBytes": 1.5}),
        (("limits",), {"burst": True}),
    ],
)
def test_a_value_out_of_bounds_is_refused_at_its_path(path: tuple[str, ...], value: object) -> None:
    raw = json.loads(json.dumps(GOOD))
    target = raw
    for part in path[:-1]:
        target = target[part]
    target[path[-1]] = value

    assert problems_of(raw)[0].startswith("ggui.json: $." + ".".join(path))


# Keys that plugins own


def test_an_owned_key_is_validated_by_its_owner_and_read_by_path() -> None:
    config = parse(
        {**GOOD, "app": {**GOOD["app"], "gadgets": [{"name": "map", "maxSize": 3}]}}, GADGETS, MODEL
    )

    assert config.section("app.gadgets") == [Gadget(name="map", max_size=3)]
    assert config.section("generation.model") is None
    with pytest.raises(LookupError, match="no enabled plugin owns"):
        config.section("theme")


def test_a_fault_inside_an_owned_key_has_the_full_path_and_nearest_name() -> None:
    raw = {**GOOD, "app": {**GOOD["app"], "gadgets": [{"name": 1}, {"name": "a", "maxSiez": 1}]}}

    problems = problems_of(raw, GADGETS)

    assert any(
        problem.startswith("ggui.json: $.app.gadgets[0].name: must be a valid string") for problem in problems
    )
    assert 'ggui.json: $.app.gadgets[1].maxSiez: unknown key; did you mean "maxSize"?' in problems


def test_a_known_key_whose_plugin_is_absent_is_a_warning_that_names_the_package() -> None:
    warnings: list[str] = []

    parse({**GOOD, "theme": "claudic"}, warnings=warnings)

    (warning,) = warnings
    assert "$.theme is ignored" in warning
    assert "pip install ggui-themes" in warning


def test_a_misspelt_key_beside_an_owned_one_is_an_error_not_a_warning() -> None:
    problems = problems_of({**GOOD, "generation": {"modle": "x"}}, MODEL)

    assert problems == ['ggui.json: $.generation.modle: unknown key; did you mean "model"?']


def test_an_object_above_an_owned_key_must_be_an_object() -> None:
    assert "$.generation: must be an object" in problems_of({**GOOD, "generation": 3}, MODEL)[0]


@pytest.mark.parametrize(
    "paths", [("theme", "theme"), ("a", "a.b"), ("a.b", "a"), ("app.slug",), ("limits",)]
)
def test_a_key_claimed_twice_stops_the_boot(paths: tuple[str, ...]) -> None:
    assert "is claimed by" in problems_of(GOOD, *(ConfigSection(path, str) for path in paths))[0]


# The schema for editors


class PairingSettings(BaseModel):
    keys_file: str | None = None
    attempts: int = 5


SCHEMA = json_schema([GADGETS, MODEL], {"pairing": PairingSettings})
TEXT = st.text(max_size=6).filter(lambda text: not text.endswith("\n"))
JUNK = st.one_of(st.none(), st.booleans(), TEXT, st.just(2.5), st.just([]), st.just({}))


def either(good: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(good, good, good, JUNK)


def objects(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    optional = {**optional, "zz": JUNK}
    return st.fixed_dictionaries(required, optional=optional) | st.fixed_dictionaries(
        {}, optional={**required, **{key: value for key, value in optional.items() if key != "zz"}}
    )


DOCUMENTS = st.fixed_dictionaries(
    {
        "schema": either(st.just("1")),
        "protocol": either(st.sampled_from(["1.1", "2.0.1-rc.1", "draft-2026-08-19", "draft-26"])),
        "app": either(
            objects(
                {"slug": st.sampled_from(["ab", "a-b", "-", "A", "9" * 64]), "name": TEXT},
                {
                    "defaultDisplayMode": either(st.sampled_from(["pip", "inline", None])),
                    "gadgets": either(
                        st.lists(objects({"name": TEXT}, {"maxSize": either(st.integers(0, 9))}))
                    ),
                },
            )
        ),
    },
    optional={
        "limits": either(
            objects({}, {"burst": either(st.integers(-1, 9)), "callsPerSecond": st.floats(-1, 9)})
        ),
        "generation": objects({}, {"model": either(TEXT)}),
        "plugins": either(
            objects(
                {},
                {
                    "enable": either(st.lists(TEXT, max_size=2)),
                    "use": either(st.dictionaries(TEXT, either(TEXT), max_size=2)),
                    "settings": either(
                        st.just({"pairing": {"keysFile": "k", "attempts": 3}, "other": {"x": 1}})
                    ),
                },
            )
        ),
        "operator": either(objects({"name": TEXT}, {"url": either(st.just("https://x"))})),
        "mcpMounts": either(st.lists(st.sampled_from(["a.b:c", "a"]), max_size=2)),
        "theme": JUNK,
    },
)


@given(DOCUMENTS)
def test_the_schema_for_editors_agrees_with_the_kernel(document: dict[str, Any]) -> None:
    # Settings are judged by resolve_settings; the document keeps them valid or of the wrong type.
    try:
        parse(document, GADGETS, MODEL)
        accepted = True
    except BootError:
        accepted = False

    errors = [error.message for error in Draft202012Validator(SCHEMA).iter_errors(document)]
    assert (not errors) == accepted, errors


def test_the_schema_knows_settings_in_the_spelling_of_the_file() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    validator = Draft202012Validator(SCHEMA)

    def valid(settings: object) -> bool:
        return validator.is_valid({**GOOD, "plugins": {"settings": {"pairing": settings}}})

    assert valid({"keysFile": "x"})
    assert valid({})
    assert not valid({"keys_file": "x"})
    assert not valid({"attempts": "5"})


# Server settings


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.0.0.2", True),
        ("localhost", True),
        ("::1", True),
        ("[::1]", True),
        ("0.0.0.0", False),
        ("::", False),
        ("example.org", False),
    ],
)
def test_loopback_is_what_only_this_machine_reaches(host: str, loopback: bool) -> None:
    assert ServerSettings(host=host).loopback is loopback


@pytest.mark.parametrize(
    ("given_url", "kept"),
    [("https://x.example/", "https://x.example"), ("HTTP://x:8080/ui//", "http://x:8080/ui")],
)
def test_a_public_base_url_loses_its_trailing_slashes(given_url: str, kept: str) -> None:
    assert ServerSettings(public_base_url=given_url).public_base_url == kept
