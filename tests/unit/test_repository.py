"""What this repository promises about itself: its layout, its pins, its two commands."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

REPOSITORY = Path(__file__).parents[2]
PLUGINS = sorted(path.parent.name for path in REPOSITORY.glob("plugins/*/pyproject.toml"))
CODE_PLUGINS = [name for name in PLUGINS if name != "ggui"]  # the meta-distribution has no code
PROJECTS = [
    REPOSITORY / "pyproject.toml",
    REPOSITORY / "migrations" / "pyproject.toml",
    *sorted(REPOSITORY.glob("plugins/*/pyproject.toml")),
    *sorted(REPOSITORY.glob("contrib/*/pyproject.toml")),
]
SERVE = "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt && .venv/bin/ggui serve"
TEST = "python3 -m venv .venv && .venv/bin/pip install tox && .venv/bin/tox"


def _read(relative: str) -> str:
    return (REPOSITORY / relative).read_text(encoding="utf-8")


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def _tracked() -> tuple[Path, ...]:
    """Files under version control; whatever is there where this is no checkout (an sdist, say)."""
    command = ["git", "-C", str(REPOSITORY), "ls-files", "-z"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is no git checkout, so what is tracked is unknown")
    return tuple(p for name in listed.split("\0") if name and (p := REPOSITORY / name).is_file())


def _texts() -> Iterator[tuple[str, str]]:
    for path in _tracked():
        try:
            yield str(path.relative_to(REPOSITORY)), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


@cache
def _pins() -> dict[str, Version]:
    pins: dict[str, Version] = {}
    for line in _read("constraints.txt").splitlines():
        if line and not line.startswith("#"):
            requirement = Requirement(line)
            (specifier,) = requirement.specifier
            assert specifier.operator == "==", f"{line}: constraints.txt pins exact versions"
            pins[canonicalize_name(requirement.name)] = Version(specifier.version)
    return pins


def _own() -> dict[str, Version]:
    projects = [_toml(path)["project"] for path in PROJECTS]
    return {canonicalize_name(project["name"]): Version(project["version"]) for project in projects}


def _requirements(project: Path) -> list[Requirement]:
    declared = _toml(project)
    lines = [
        *declared["build-system"]["requires"],
        *declared["project"].get("dependencies", ()),
        *(line for extra in declared["project"].get("optional-dependencies", {}).values() for line in extra),
    ]
    return [Requirement(line) for line in lines]


def test_requirements_install_the_kernel_and_every_plugin_folder() -> None:
    lines = [line for line in _read("requirements.txt").splitlines() if line and not line.startswith("#")]
    assert lines == [
        "-c constraints.txt",
        "-e .",
        "-e migrations",
        *(f"-e plugins/{name}" for name in PLUGINS),
    ]


@pytest.mark.parametrize("name", CODE_PLUGINS)
def test_a_plugin_folder_is_complete(name: str) -> None:
    folder = REPOSITORY / "plugins" / name
    project = _toml(folder / "pyproject.toml")["project"]
    package = f"ggui_{name.replace('-', '_')}"
    assert project["name"] == f"ggui-{name}"
    assert project["license"] == "Apache-2.0"
    assert project["entry-points"]["ggui.plugins"] == {name: f"{package}.plugin"}
    assert (folder / package / "py.typed").is_file()
    assert (folder / "README.md").read_text(encoding="utf-8").startswith("# ")
    assert list((folder / "tests").glob("test_*.py")), "a plugin brings its own tests"


@pytest.mark.parametrize("name", CODE_PLUGINS)
def test_a_plugin_is_checked_by_name(name: str) -> None:
    tox = _read("tox.ini")
    listed = re.search(r"plugin-\{([^}]*)\}", tox)
    assert listed is not None
    assert name in re.split(r",\s*", listed[1]), f"add {name} to plugin-{{...}} of tox.ini"
    assert f"pytest plugins/{name} " in tox
    contracts = _toml(REPOSITORY / "pyproject.toml")["tool"]["importlinter"]
    package = f"ggui_{name.replace('-', '_')}"
    assert package in contracts["root_packages"]
    for contract in contracts["contracts"]:
        named = [*contract.get("modules", ()), *contract.get("source_modules", ())]
        named += contract.get("forbidden_modules", ())
        assert package in named, f"the contract {contract['id']} does not know {package}"


@pytest.mark.parametrize("folder", [path.parent.name for path in REPOSITORY.glob("contrib/*/pyproject.toml")])
def test_what_users_copy_is_checked(folder: str) -> None:
    assert f"pytest contrib/{folder}" in _read("tox.ini")


NOT_BY_DEFAULT = {"redis"}
"""Plugins that one process on one machine has no use for."""


def test_the_meta_distribution_depends_on_every_plugin_that_most_need() -> None:
    names = {canonicalize_name(r.name) for r in _requirements(REPOSITORY / "plugins/ggui/pyproject.toml")}
    theirs = {name for name in names if name.startswith("ggui-")}
    assert theirs == {"ggui-core", *(f"ggui-{name}" for name in set(CODE_PLUGINS) - NOT_BY_DEFAULT)}


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: str(path.relative_to(REPOSITORY).parent))
def test_ranges_admit_what_the_checks_ran_with(project: Path) -> None:
    known = {**_pins(), **_own()}
    for requirement in _requirements(project):
        if requirement.marker and not requirement.marker.evaluate({**default_environment(), "extra": ""}):
            continue
        version = known.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is not pinned: run .ci/pin"
        assert requirement.specifier.contains(version, prereleases=True), f"{requirement} against {version}"


def test_every_tool_of_the_checks_is_pinned() -> None:
    blocks = re.findall(r"^deps =\n((?:    .*\n)+)", _read("tox.ini"), re.MULTILINE)
    tools = set(re.findall(r"^    ([a-z][a-z0-9-]*)$", "".join(blocks), re.MULTILINE))
    assert {"ruff", "mypy", "import-linter"} <= tools
    assert {tool for tool in tools if canonicalize_name(tool) not in _pins()} == set()


def test_constraints_name_no_host_and_no_hash() -> None:
    constraints = _read("constraints.txt")
    assert "://" not in constraints
    assert "--" not in constraints


def test_lock_files_name_no_host() -> None:
    locks = [path for path in _tracked() if path.name == "package-lock.json"]
    assert locks
    for path in locks:
        for name, package in json.loads(path.read_text(encoding="utf-8"))["packages"].items():
            assert "resolved" not in package, f"{path.relative_to(REPOSITORY)}: {name}"
            assert not name or package.get("link") or "integrity" in package, f"{path}: {name} is unverified"


def test_no_file_configures_a_package_index() -> None:
    names = {path.name for path in _tracked()}
    assert names.isdisjoint({".npmrc", ".pypirc", "pip.conf", "uv.toml", "uv.lock", "poetry.lock"})
    for name, text in _texts():
        if name.endswith((".toml", ".ini", ".txt", ".cfg")) or name.startswith(".ci/"):
            assert not re.search(r"^\s*(index-url|extra-index-url|--index|find-links)", text, re.M), name


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    places = {str(REPOSITORY), str(Path.home())} - {"/", "."}
    here = re.compile(r"(?<![\w./-])(" + "|".join(map(re.escape, sorted(places))) + r")(?=/|\b)")
    homes = re.compile(r"(?<![\w./-])/(?:home|Users)/(?!user/|you/|ggui/)\w+/")
    for name, text in _texts():
        found = here.search(text) or homes.search(text)
        assert found is None, f"{name} names {found[0]}"


def test_the_readme_has_exactly_two_commands_of_set_up() -> None:
    first_screen = _read("README.md").partition("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", first_screen, re.DOTALL)
    assert [block.strip() for block in blocks] == [SERVE, TEST]
    assert _read("README.md").count("python3 -m venv") == 2


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"])
def test_links_of_the_front_pages_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)", _read(page)):
        if "://" not in target:
            assert (REPOSITORY / target).exists(), f"{page} links to {target}"


@pytest.mark.parametrize("script", [".ci/run", ".ci/pin"])
def test_scripts_can_be_run(script: str) -> None:
    assert (REPOSITORY / script).stat().st_mode & 0o111
    subprocess.run(["bash", "-n", str(REPOSITORY / script)], check=True)


def test_every_folder_of_tests_belongs_to_a_check() -> None:
    tox = _read("tox.ini")
    tests = {p.relative_to(REPOSITORY).parent for p in _tracked() if p.match("test_*.py")}
    for relative in sorted(folder.as_posix() for folder in tests):
        if relative.startswith("ggui_core/"):
            continue  # templates of what `ggui plugins new` writes
        owners = [relative, *(parent.as_posix() for parent in Path(relative).parents)]
        named = any(re.search(rf"pytest (?:\S+ )*{re.escape(owner)}(?=\s)", tox) for owner in owners)
        assert named, f"no command of tox.ini runs {relative}"
