"""Flags, environment and file meeting in one settings model, and directories of a project."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel, Field, SecretStr

from ggui_core import hookimpl
from ggui_core.config import Section, ServeOption
from ggui_core.errors import BootError
from ggui_core.project import Prepared, locate, prepare
from ggui_core.settings import resolve_settings


class Keys(BaseModel):
    keys_file: str | None = None
    attempts: int = Field(5, ge=1, description="an integer of at least 1")
    strict: bool = False
    scopes: tuple[str, ...] = ()
    token: SecretStr | None = Field(None, min_length=12, description="at least 12 characters")


OPTIONS = (
    ServeOption("--keys-file", "keys_file", "Where keys are.", env="UNIT_KEYS_FILE", metavar="PATH"),
    ServeOption("--attempts", "attempts", "How many.", env="UNIT_ATTEMPTS"),
    ServeOption("--strict", "strict", "Be strict.", env="UNIT_STRICT"),
    ServeOption("--scope", "scopes", "A scope.", env="UNIT_SCOPES", multiple=True),
    ServeOption("--token", "token", "A token.", env="UNIT_TOKEN"),
)


def plugin(name: str = "unit", model: type[BaseModel] | None = Keys, options: Any = OPTIONS) -> ModuleType:
    module = ModuleType(f"ggui_{name}.plugin")
    module.PLUGIN_API = 1  # type: ignore[attr-defined]

    @hookimpl
    def ggui_settings() -> type[BaseModel] | None:
        return model

    @hookimpl
    def ggui_serve_options() -> Any:
        return options

    module.ggui_settings = ggui_settings  # type: ignore[attr-defined]
    module.ggui_serve_options = ggui_serve_options  # type: ignore[attr-defined]
    return module


def ready(*args: str, warnings: list[str] | None = None, **options: Any) -> Prepared:
    options.setdefault("environ", {})
    options.setdefault("config", {})
    options.setdefault("extra_modules", [plugin()])
    collected = [] if warnings is None else warnings
    return prepare(args, only_extra=True, warn=collected.append, **options)


def problems_of(*args: str, **options: Any) -> tuple[str, ...]:
    with pytest.raises(BootError) as caught:
        ready(*args, **options)
    return caught.value.problems


def file(**settings: Any) -> dict[str, Any]:
    return {"plugins": {"settings": {"unit": settings}}}


@pytest.mark.parametrize(
    ("flag", "env", "in_file", "result"),
    [
        ("1", "2", 3, 1),
        (None, "2", 3, 2),
        (None, None, 3, 3),
        (None, "", 3, 3),
        (None, None, None, 5),
    ],
)
def test_a_flag_beats_the_environment_that_beats_the_file_that_beats_the_default(
    flag: str | None, env: str | None, in_file: int | None, result: int
) -> None:
    args = ["--attempts", flag] if flag is not None else []
    environ = {"UNIT_ATTEMPTS": env} if env is not None else {}
    config = file(attempts=in_file) if in_file is not None else {}

    assert ready(*args, environ=environ, config=config).settings["unit"].attempts == result  # type: ignore[attr-defined]


@pytest.mark.parametrize("args", [("--attempts", "7"), ("--attempts=7",)])
def test_both_spellings_of_a_value_are_read(args: tuple[str, ...]) -> None:
    assert ready(*args).settings["unit"].attempts == 7  # type: ignore[attr-defined]


def test_a_switch_takes_no_value_and_a_list_repeats() -> None:
    settings = ready("--strict", "--scope", "a", "--scope=b", environ={"UNIT_SCOPES": "ignored"}).settings[
        "unit"
    ]

    assert settings == Keys(strict=True, scopes=("a", "b"))


def test_a_list_in_the_environment_is_separated_by_commas() -> None:
    server = ready(environ={"GGUI_BROWSER_ORIGINS": " https://a.example, https://b.example,"}).server

    assert server.browser_origins == ("https://a.example", "https://b.example")


@pytest.mark.parametrize(
    ("args", "environ", "config", "beginning"),
    [
        (["--attempts", "x"], {}, {}, "--attempts must be a valid integer"),
        ([], {"UNIT_ATTEMPTS": "0"}, {}, "environment variable UNIT_ATTEMPTS must be greater"),
        ([], {"UNIT_STRICT": "maybe"}, {}, "environment variable UNIT_STRICT must be 1, true, 0 or false"),
        ([], {}, file(attempts=0), "ggui.json: $.plugins.settings.unit.attempts: must be greater"),
        ([], {}, file(attempts="7"), "ggui.json: $.plugins.settings.unit.attempts: must be a valid integer"),
        (
            [],
            {},
            file(keysFlie="x"),
            'ggui.json: $.plugins.settings.unit.keysFlie: unknown key; did you mean "ke',
        ),
        ([], {}, file(keys_file="x"), "ggui.json: $.plugins.settings.unit.keys_file: unknown key"),
        (["--port", "65536"], {}, {}, "--port must be less than or equal to 65535"),
        (["--port=-1"], {}, {}, "--port must be greater than or equal to 0"),
        (["--host", ""], {}, {}, "--host must have at least 1 character"),
        (["--public-base-url", "x.example"], {}, {}, "--public-base-url is no absolute address"),
        (
            ["--browser-origin", "app.example"],
            {},
            {},
            '--browser-origin is no origin, not "app.example"',
        ),
        (
            [],
            {"GGUI_BROWSER_ORIGINS": "https://a.example, *"},
            {},
            'environment variable GGUI_BROWSER_ORIGINS is no origin, not "*"',
        ),
        (["--mcp-instructions", "loud"], {}, {}, "--mcp-instructions must be one of default, aggressive"),
        (["--port"], {}, {}, "--port requires a value"),
        (["--host", "--port", "1"], {}, {}, "--host requires a value"),
        (["--ephemeral=1"], {}, {}, "--ephemeral is a switch and takes no value"),
        (["stray"], {}, {}, 'unexpected argument "stray"'),
        (["--prot", "1"], {}, {}, 'unknown option "--prot"; did you mean "--port"?'),
        (["--all"], {}, {}, 'unknown option "--all"; to serve MCP alone use --mcp-only'),
        (
            ["--oauth"],
            {},
            {},
            'unknown option "--oauth"; it belongs to ggui-oauth, which is not installed or is disabled',
        ),
    ],
)
def test_a_bad_value_names_where_it_came_from(
    args: list[str], environ: dict[str, str], config: dict[str, Any], beginning: str
) -> None:
    (problem,) = problems_of(*args, environ=environ, config=config)

    assert problem.startswith(beginning)


def test_problems_of_file_flags_and_settings_are_reported_together() -> None:
    problems = problems_of("--port", "x", "--attempts", "0", config={**file(nope=1), "limits": {"burst": 0}})

    assert len(problems) == 4


def test_a_broken_plugin_does_not_hide_what_is_wrong_with_the_file() -> None:
    broken = plugin("broken")
    broken.PLUGIN_API = 9  # type: ignore[attr-defined]

    problems = problems_of(extra_modules=[broken], config={"limits": {"burst": 0}, "ofThatPlugin": 1})

    assert any("PLUGIN_API 9" in problem for problem in problems)
    assert any("$.limits.burst" in problem for problem in problems)
    assert not any("ofThatPlugin" in problem for problem in problems)


@pytest.mark.parametrize(
    ("args", "environ", "config"),
    [
        (["--token", "hunter2"], {}, {}),
        ([], {"UNIT_TOKEN": "hunter2"}, {}),
        ([], {}, file(token="hunter2")),
    ],
)
def test_a_refused_secret_is_not_repeated(
    args: list[str], environ: dict[str, str], config: dict[str, Any]
) -> None:
    (problem,) = problems_of(*args, environ=environ, config=config)

    assert "12" in problem
    assert "hunter2" not in problem


def test_a_bad_instructions_preset_in_the_environment_is_a_warning_and_the_default() -> None:
    warnings: list[str] = []

    server = ready(environ={"GGUI_MCP_INSTRUCTIONS": "loud"}, warnings=warnings).server

    assert server.mcp_instructions == "default"
    assert "GGUI_MCP_INSTRUCTIONS" in warnings[0]


@pytest.mark.parametrize(("level", "count"), [("loud", 1), ("DEBUG", 0), ("", 0)])
def test_a_log_level_that_does_not_exist_is_a_warning(level: str, count: int) -> None:
    warnings: list[str] = []

    ready(environ={"GGUI_LOG_LEVEL": level}, warnings=warnings)

    assert sum("GGUI_LOG_LEVEL" in warning for warning in warnings) == count


def test_settings_of_a_plugin_that_is_not_enabled_are_a_warning() -> None:
    warnings: list[str] = []

    ready(config={"plugins": {"settings": {"absent": {"x": 1}}}}, warnings=warnings)

    assert '$.plugins.settings.absent is ignored: plugin "absent" is not enabled' in warnings[0]


def test_settings_of_a_plugin_that_has_none_are_refused() -> None:
    bare = ModuleType("ggui_bare.plugin")
    bare.PLUGIN_API = 1  # type: ignore[attr-defined]

    (problem,) = problems_of(extra_modules=[bare], config={"plugins": {"settings": {"bare": {}}}})

    assert "this plugin has no settings" in problem


class OtherKeys(Keys):
    pass


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (plugin("b", OtherKeys), "the flag --keys-file"),
        (plugin("b", Keys, ()), "which is another plugin's"),
        (plugin("b", OtherKeys, [ServeOption("--bx", "attempt", "?")]), 'did you mean "attempts"?'),
        (plugin("b", None, [ServeOption("--bx", "x", "?")]), "implement ggui_settings"),
        (plugin("b", OtherKeys, [ServeOption("--port", "attempts", "?")]), "already taken by ggui-core"),
    ],
)
def test_flags_and_settings_that_clash_stop_the_boot(second: ModuleType, message: str) -> None:
    assert message in problems_of(extra_modules=[plugin("a"), second])[0]


def test_a_settings_model_with_nested_objects_reads_camel_case_and_reports_the_path() -> None:
    class Inner(Section):
        max_age: int = 1

    class Outer(Section):
        inner_part: Inner = Inner()

    settings = resolve_settings(Outer, {"innerPart": {"maxAge": 4}}, (), {}, {})
    assert settings.inner_part.max_age == 4

    with pytest.raises(BootError, match=r"\$\.innerPart\.maxAge: must be a valid integer"):
        resolve_settings(Outer, {"innerPart": {"maxAge": "4"}}, (), {}, {})


def test_directories_come_from_the_environment_then_the_project_then_home(tmp_path: Path) -> None:
    home, root = tmp_path / "home", tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    environ = {"HOME": str(home)}

    bare = locate(environ=environ, cwd=root / "sub")
    (root / "ggui.json").write_text("{}")
    found = locate(environ=environ, cwd=root / "sub")
    told = locate(
        environ={**environ, "GGUI_CONFIG_DIR": str(tmp_path / "c"), "GGUI_PERSISTENT_DIR": "p"}, cwd=root
    )

    assert (bare.manifest, bare.root) == (None, root / "sub")
    assert (bare.config_dir, bare.persistent_dir) == (home / ".ggui", home / ".ggui" / "persistent")
    assert (found.manifest, found.root) == (root / "ggui.json", root)
    assert found.persistent_dir == root / ".ggui" / "persistent"
    assert (told.config_dir, told.persistent_dir) == (tmp_path / "c", root / "p")


class Places(BaseModel):
    store: Path | None = None


STORE = ServeOption("--store", "store", "Where it is.", env="UNIT_STORE", metavar="PATH")


@pytest.mark.parametrize(
    ("file", "flags", "environ", "expected"),
    [
        ({"store": "var/x.json"}, {}, {}, "/project/var/x.json"),
        ({"store": "/abs/x.json"}, {}, {}, "/abs/x.json"),
        ({"store": "~/x.json"}, {}, {}, str(Path("~/x.json").expanduser())),
        ({"store": "var/x.json"}, {"store": "y.json"}, {}, "y.json"),
        ({"store": "var/x.json"}, {}, {"UNIT_STORE": "z.json"}, "z.json"),
    ],
)
def test_relative_paths_of_the_file_start_at_its_folder(
    file: dict[str, Any], flags: dict[str, Any], environ: dict[str, str], expected: str
) -> None:
    found = resolve_settings(Places, file, [STORE], flags, environ, base=Path("/project"))
    assert str(found.store) == expected
