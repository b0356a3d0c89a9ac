"""Discovery, requirements, order, and what happens when a plugin is broken."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ggui_core import hookimpl
from ggui_core.errors import BootError
from ggui_core.loading import load_plugins, survey_plugins, topological
from ggui_core.plugins import Plugins

Install = Callable[..., Path]


def load(*enable: str, **options: Any) -> Plugins:
    warnings: list[str] = options.pop("warnings", [])
    return load_plugins(enable=enable, warn=warnings.append, **options)


def problems_of(*enable: str, **options: Any) -> tuple[str, ...]:
    with pytest.raises(BootError) as caught:
        load(*enable, **options)
    return caught.value.problems


def module(name: str, *, requires: tuple[str, ...] = (), **members: Any) -> ModuleType:
    made = ModuleType(f"ggui_{name}.plugin")
    made.PLUGIN_API = 1  # type: ignore[attr-defined]
    made.REQUIRES = requires  # type: ignore[attr-defined]
    for key, value in members.items():
        setattr(made, key, value)
    return made


def given_modules(*modules: ModuleType) -> Plugins:
    return load_plugins(extra_modules=modules, only_extra=True, warn=lambda _: None)


# Discovery


def test_an_installed_plugin_is_enabled_unless_disabled(install: Install) -> None:
    install("unit-a")
    install("unit-b")

    loaded = load_plugins(disable=["unit-b"], warn=lambda _: None)

    assert "unit-a" in loaded.enabled
    assert "unit-b" not in loaded.enabled
    assert loaded.info["unit-b"].state == "disabled"
    assert loaded.info["unit-a"].distribution == "unit-unit-a"
    assert loaded.info["unit-a"].version == "1.2"


def test_a_disabled_plugin_is_never_imported(install: Install) -> None:
    install("unit-off", "raise SystemExit('imported')")

    load_plugins(disable=["unit-off"], warn=lambda _: None)

    assert "ggui_unit_unit_unit_off.plugin" not in sys.modules


def test_an_allow_list_brings_its_requirements_and_nothing_else(install: Install) -> None:
    install("unit-a", "REQUIRES = ('unit-b',)")
    install("unit-b", "REQUIRES = ('unit-c',)")
    install("unit-c")
    install("unit-d")

    assert load("unit-a").enabled == ("unit-c", "unit-b", "unit-a")


def test_two_distributions_offering_one_name_are_refused_by_name(install: Install) -> None:
    install("unit-twin", distribution="unit-one")
    install("unit-twin", distribution="unit-two")

    (problem,) = problems_of("unit-twin")

    assert "unit-one" in problem
    assert "unit-two" in problem
    assert "pip uninstall" in problem


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("unit-pairings", 'did you mean "unit-pairing"?'),
        ("zzz", "pip install ggui-zzz"),
        ("telemetry", "pip install ggui-telemetry"),
    ],
)
@pytest.mark.parametrize("key", ["enable", "disable"])
def test_naming_what_is_not_installed_is_refused_with_a_remedy(
    install: Install, name: str, remedy: str, key: str
) -> None:
    install("unit-pairing")

    with pytest.raises(BootError) as caught:
        load_plugins(**{"enable": ["unit-pairing"], key: [name]}, warn=lambda _: None)  # type: ignore[arg-type]

    (problem,) = caught.value.problems
    assert problem.startswith(f'plugins.{key} names "{name}"')
    assert remedy in problem


def test_enabling_and_disabling_the_same_plugin_is_refused(install: Install) -> None:
    install("unit-a")

    (problem,) = problems_of("unit-a", disable=["unit-a"])

    assert "remove it from one of them" in problem


def test_disabling_a_requirement_names_both_and_the_fix(install: Install) -> None:
    install("unit-a", "REQUIRES = ('unit-b',)")
    install("unit-b")

    (problem,) = problems_of("unit-a", disable=["unit-b"])

    assert '"unit-a" requires plugin "unit-b"' in problem
    assert 'remove "unit-b" from plugins.disable' in problem


def test_a_requirement_that_is_not_installed_names_the_package(install: Install) -> None:
    install("unit-a", "REQUIRES = ('unit-absent',)")

    (problem,) = problems_of("unit-a")

    assert "pip install ggui-unit-absent" in problem


def test_plugins_that_require_each_other_are_refused() -> None:
    with pytest.raises(BootError, match='"a", "b" require each other'):
        given_modules(module("a", requires=("b",)), module("b", requires=("a",)))


# Order


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    names = draw(st.lists(st.text("abcdef", min_size=1, max_size=3), unique=True, max_size=8))
    edges = {}
    for index, name in enumerate(names):
        edges[name] = tuple(draw(st.lists(st.sampled_from(names[:index]), unique=True))) if index else ()
    return dict(draw(st.permutations(list(edges.items()))))


@given(graphs())
def test_every_plugin_comes_after_what_it_requires(requires: dict[str, tuple[str, ...]]) -> None:
    order = topological(requires)

    assert sorted(order) == sorted(requires)
    for name, required in requires.items():
        assert all(order.index(other) < order.index(name) for other in required)


@given(graphs())
def test_the_order_does_not_depend_on_how_plugins_were_found(requires: dict[str, tuple[str, ...]]) -> None:
    assert topological(requires) == topological(dict(sorted(requires.items(), reverse=True)))


def test_unrelated_plugins_are_ordered_by_name() -> None:
    assert topological({"c": (), "a": ("c",), "b": ()}) == ["b", "c", "a"]


def test_hooks_are_called_in_plugin_order_and_results_keep_their_name() -> None:
    def offers(*values: str) -> Any:
        @hookimpl
        def ggui_config_sections() -> list[str]:
            return list(values)

        return ggui_config_sections

    loaded = given_modules(
        module("b", ggui_config_sections=offers("b1", "b2")),
        module("a", requires=("c",), ggui_config_sections=offers("a1")),
        module("c", ggui_config_sections=offers("c1")),
        module("silent"),
    )

    assert loaded.collect_flat("ggui_config_sections") == [
        ("b", "b1"),
        ("b", "b2"),
        ("c", "c1"),
        ("a", "a1"),
    ]


# What a plugin may get wrong


@pytest.mark.parametrize(
    ("body", "api", "fault"),
    [
        ("raise ValueError('first\\nsecond')", 1, "ValueError: first;"),
        ("import ggui_nowhere_to_be_found", 1, "ModuleNotFoundError: No module named"),
        ("", None, "it declares no PLUGIN_API; this ggui speaks PLUGIN_API = 1"),
        ("", 2, "written for PLUGIN_API 2, this ggui speaks PLUGIN_API 1: upgrade ggui-core"),
        ("", 0, "written for PLUGIN_API 0, this ggui speaks PLUGIN_API 1: install a newer version"),
        ("REQUIRES = 'unit-b'", 1, "its REQUIRES must be a tuple"),
        (
            "@hookimpl\ndef ggui_route(setup): ...",
            1,
            'ggui_route, which is no hook: did you mean "ggui_routes"',
        ),
        ("def ggui_routes(setup): ...", 1, "decorate it with @hookimpl"),
        ("@hookimpl\ndef ggui_routes(app): ...", 1, "Argument(s) {'app'}"),
    ],
)
def test_a_broken_plugin_stops_the_boot_with_its_name_version_and_fault(
    install: Install, body: str, api: int | None, fault: str
) -> None:
    install("unit-broken", body, api=api)

    (problem,) = problems_of("unit-broken")

    assert problem.startswith('plugin "unit-broken" (unit-unit-broken 1.2) cannot be loaded: ')
    assert fault in problem
    assert "ggui plugins disable unit-broken" in problem
    assert "second" not in problem


def test_skipping_leaves_a_broken_plugin_and_its_dependants_out_with_warnings(install: Install) -> None:
    install("unit-broken", "raise ValueError('no')")
    install("unit-needs", "REQUIRES = ('unit-broken',)")
    install("unit-needs-more", "REQUIRES = ('unit-needs',)")
    install("unit-fine")
    warnings: list[str] = []

    loaded = load("unit-needs-more", "unit-fine", skip_broken=True, warnings=warnings)

    assert loaded.enabled == ("unit-fine",)
    assert len(warnings) == 3
    assert any("ValueError: no" in warning for warning in warnings)


@pytest.mark.parametrize("protocol", ["PairingStore", "AuthAdapter", "Bus"])
def test_skipping_refuses_a_broken_plugin_that_provides_a_critical_seam(
    install: Install, protocol: str
) -> None:
    install("unit-broken", "raise ValueError('no')", provides={protocol: ""})

    (problem,) = problems_of("unit-broken", skip_broken=True)

    assert f"provides {protocol}, which --skip-broken-plugins does not skip" in problem


def test_skipping_refuses_to_drop_a_critical_plugin_that_requires_a_broken_one(install: Install) -> None:
    install("unit-broken", "raise ValueError('no')")
    install("unit-store", "REQUIRES = ('unit-broken',)", provides={"AuditStore": ""})

    (problem,) = problems_of("unit-store", skip_broken=True)

    assert 'requires plugin "unit-broken", which cannot be loaded' in problem
    assert "AuditStore" in problem


def test_a_survey_reports_a_broken_plugin_instead_of_refusing(install: Install) -> None:
    install("unit-broken", "raise ValueError('no')")
    install("unit-fine")

    loading = survey_plugins(enable=["unit-broken", "unit-fine"])

    assert [info.name for info in loading.broken()] == ["unit-broken"]
    assert loading.plugins().enabled == ("unit-fine",)


# Calling hooks


def test_an_exception_in_a_hook_names_plugin_hook_and_first_line(install: Install) -> None:
    install("unit-bad", "@hookimpl\ndef ggui_settings():\n    raise KeyError('one\\ntwo')")
    loaded = load("unit-bad")

    with pytest.raises(BootError) as caught:
        loaded.collect("ggui_settings")

    (problem,) = caught.value.problems
    assert 'plugin "unit-bad" (unit-unit-bad 1.2) failed in ggui_settings: KeyError' in problem


def test_a_boot_error_from_a_hook_keeps_its_text_and_gains_the_plugin_name() -> None:
    @hookimpl
    def ggui_settings() -> None:
        raise BootError("the key file is unreadable; check its permissions")

    with pytest.raises(BootError) as caught:
        given_modules(module("a", ggui_settings=ggui_settings)).collect("ggui_settings")

    (problem,) = caught.value.problems
    assert problem.startswith('plugin "a"')
    assert problem.endswith("the key file is unreadable; check its permissions")


@pytest.mark.parametrize("value", ["text", 5, {"a": 1}])
def test_a_hook_that_returns_no_list_is_refused(value: object) -> None:
    @hookimpl
    def ggui_config_sections() -> object:
        return value

    loaded = given_modules(module("a", ggui_config_sections=ggui_config_sections))

    with pytest.raises(BootError, match="the hook returns a list"):
        loaded.collect_flat("ggui_config_sections")


def test_two_given_modules_of_one_name_are_refused() -> None:
    with pytest.raises(BootError, match="PLUGIN_NAME"):
        given_modules(module("a"), module("b", PLUGIN_NAME="a"))
