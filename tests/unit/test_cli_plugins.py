"""``ggui plugins``: showing and switching."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ggui_core.cli import run
from ggui_core.commands.scaffold import scaffold
from ggui_core.errors import BootError

Install = Callable[..., Path]
Out = pytest.CaptureFixture[str]
HEAD = {"schema": "1", "protocol": "1.1", "app": {"slug": "my-app", "name": "My app"}}


pytestmark = pytest.mark.usefixtures("alone")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path.joinpath(*"abcdefghi")
    root.mkdir(parents=True)
    monkeypatch.chdir(root)
    return root


def write(project: Path, **plugins: Any) -> Path:
    manifest = project / "ggui.json"
    manifest.write_text(json.dumps({**HEAD, "plugins": plugins}))
    return manifest


def plugins_of(project: Path) -> Any:
    return json.loads((project / "ggui.json").read_text())["plugins"]


def test_list_shows_states_and_survives_a_broken_plugin(install: Install, project: Path, capsys: Out) -> None:
    install("unit-a", provides={"AuditStore": ""})
    install("unit-broken", "raise ValueError('no')")
    install("unit-off")
    write(project, enable=["unit-a", "unit-broken"])

    assert run(["plugins", "list"]) == 0

    out, err = capsys.readouterr()
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines()}
    assert rows["unit-a"] == ["enabled", "unit-unit-a", "1.2", "-", "AuditStore"]
    assert rows["unit-broken"][0] == "broken"
    assert rows["unit-off"][0] == "disabled"
    assert "ValueError: no" in err


def test_list_as_json_carries_the_same_facts(install: Install, project: Path, capsys: Out) -> None:
    install("unit-broken", "raise ValueError('no')")
    write(project, enable=["unit-broken"])

    assert run(["plugins", "list", "--json"]) == 0

    found = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert found["unit-broken"]["state"] == "broken"
    assert found["unit-broken"]["fault"] == "ValueError: no"
    assert found["unit-broken"]["module"].endswith(".plugin")


def test_list_works_although_ggui_json_cannot_be_read(install: Install, project: Path, capsys: Out) -> None:
    install("unit-a")
    (project / "ggui.json").write_text("{")

    assert run(["plugins", "list"]) == 0
    assert "unit-a" in capsys.readouterr().out


def test_inspect_shows_hooks_settings_and_flags(install: Install, project: Path, capsys: Out) -> None:
    body = (
        "from pydantic import BaseModel\nfrom ggui_core.config import ServeOption\n"
        "class Settings(BaseModel):\n    max_depth: int = 1\n"
        "@hookimpl\ndef ggui_settings():\n    return Settings\n"
        "@hookimpl\ndef ggui_serve_options():\n    return [ServeOption('--unit-depth', 'max_depth', 'How deep.')]\n"
    )
    install("unit-deep", body)
    write(project, enable=["unit-deep"])

    assert run(["plugins", "inspect", "unit-deep", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["hooks"] == ["ggui_serve_options", "ggui_settings"]
    assert facts["settings"] == ["ggui.json#plugins.settings.unit-deep.maxDepth"]
    assert facts["flags"] == ["--unit-depth: How deep."]

    assert run(["plugins", "inspect", "unit-deep"]) == 0
    assert "--unit-depth: How deep." in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["inspect", "enable", "disable"])
def test_a_plugin_that_is_not_installed_is_refused_with_a_suggestion(
    install: Install, capsys: Out, verb: str
) -> None:
    install("unit-pairing")

    assert run(["plugins", verb, "unit-paring"]) == 1
    assert 'did you mean "unit-pairing"?' in capsys.readouterr().err


def test_disable_creates_the_smallest_valid_file_and_enable_undoes_it(
    install: Install, project: Path, capsys: Out
) -> None:
    install("unit-a")

    assert run(["plugins", "disable", "unit-a"]) == 0
    assert "ggui.json, which was created; restart" in capsys.readouterr().out
    assert plugins_of(project) == {"disable": ["unit-a"]}
    assert run(["config", "check"]) == 0
    assert run(["plugins", "enable", "unit-a"]) == 0

    assert plugins_of(project) == {"disable": []}


def test_switching_to_the_same_state_writes_nothing(install: Install, project: Path, capsys: Out) -> None:
    install("unit-a")

    assert run(["plugins", "enable", "unit-a"]) == 0
    assert "already enabled" in capsys.readouterr().out
    assert not (project / "ggui.json").exists()


def test_an_allow_list_is_edited_in_place_of_the_deny_list(install: Install, project: Path) -> None:
    install("unit-a")
    install("unit-b")
    write(project, enable=["unit-a"])

    assert run(["plugins", "enable", "unit-b"]) == 0
    assert plugins_of(project) == {"enable": ["unit-a", "unit-b"]}
    assert run(["plugins", "disable", "unit-a"]) == 0
    assert plugins_of(project) == {"enable": ["unit-b"]}


@pytest.mark.parametrize("allow", [None, ["unit-a"], ["unit-a", "unit-b"]])
def test_a_plugin_that_another_requires_cannot_be_disabled(
    install: Install, project: Path, capsys: Out, allow: list[str] | None
) -> None:
    install("unit-a", "REQUIRES = ('unit-b',)")
    install("unit-b")
    manifest = write(project, **({} if allow is None else {"enable": allow}))
    before = manifest.read_text()

    assert run(["plugins", "disable", "unit-b"]) == 1

    err = capsys.readouterr().err
    assert '"unit-a" requires plugin "unit-b"' in err
    assert manifest.read_text() == before


def test_a_broken_plugin_can_be_disabled(install: Install, project: Path) -> None:
    install("unit-broken", "raise ValueError('no')")
    write(project, enable=["unit-broken"])

    assert run(["plugins", "disable", "unit-broken"]) == 0
    assert plugins_of(project) == {"enable": []}


def test_a_broken_plugin_is_not_enabled(install: Install, project: Path, capsys: Out) -> None:
    install("unit-broken", "raise ValueError('no')")
    write(project, disable=["unit-broken"])

    assert run(["plugins", "enable", "unit-broken"]) == 1
    assert "ValueError: no" in capsys.readouterr().err
    assert plugins_of(project) == {"disable": ["unit-broken"]}


def test_a_plugin_that_was_uninstalled_can_be_removed_from_the_lists(project: Path) -> None:
    write(project, enable=["unit-gone"], disable=["unit-gone-too"])

    assert run(["plugins", "disable", "unit-gone"]) == 0
    assert plugins_of(project)["enable"] == []


def test_a_file_that_cannot_be_read_is_not_touched(install: Install, project: Path, capsys: Out) -> None:
    install("unit-a")
    (project / "ggui.json").write_text('{"a": }')

    assert run(["plugins", "disable", "unit-a"]) == 1
    assert (project / "ggui.json").read_text() == '{"a": }'
    assert "is not valid JSON: line 1, column 7" in capsys.readouterr().err


# ggui plugins new


def test_new_writes_a_distribution_without_placeholders(project: Path, capsys: Out) -> None:
    assert run(["plugins", "new", "my-thing"]) == 0

    root = project / "ggui-my-thing"
    written = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    assert written == {
        "pyproject.toml",
        "README.md",
        "ggui_my_thing/__init__.py",
        "ggui_my_thing/plugin.py",
        "ggui_my_thing/py.typed",
        "tests/test_plugin.py",
    }
    for path in written:
        text = (root / path).read_text()
        assert not any(word in text for word in ("@name@", "@module@", "@class@", "@core@"))
        if path.endswith(".py"):
            compile(text, path, "exec")


@pytest.mark.parametrize(
    "name", ["", "My", "a_b", "1a", "a--b", "-a", "a-", "class", "a" * 41, "pairing", "core", "../x"]
)
def test_new_refuses_a_name_that_is_not_valid_or_taken(project: Path, name: str) -> None:
    with pytest.raises(BootError):
        scaffold(name, project / "target")
    assert not (project / "target").exists()


def test_new_refuses_a_directory_that_is_not_empty(project: Path, capsys: Out) -> None:
    (project / "target").mkdir()
    (project / "target" / "mine").write_text("keep")

    assert run(["plugins", "new", "my-thing", "--dir", "target"]) == 1
    assert "is not empty" in capsys.readouterr().err
    assert [path.name for path in (project / "target").iterdir()] == ["mine"]
