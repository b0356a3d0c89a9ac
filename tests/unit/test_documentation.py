"""The documentation is complete and true: every hook and seam is explained, and every example runs."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import click
import pytest

import ggui_core
from ggui_core import hookspecs, testing
from ggui_core.bus import TOPICS, AnnouncementsMissed
from ggui_core.stores import KeyValueStore
from ggui_core.testing import booted

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
HOOKS = [name for name in vars(hookspecs) if name.startswith("ggui_")]
NOT_SEAMS = {"Progress", "Transaction"}
"""Protocols that a plugin is handed and never asks for; the kit of who hands them out has their tests."""

WITHOUT_KIT = {"Clock"}
"""One method that may do anything with its event, and the machine's time: nothing to hold them against."""

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Entry:
    """A heading of ``docs/plugins.md`` and what stands below it."""

    heading: str
    text: str

    @property
    def examples(self) -> list[str]:
        return [code for language, code in _FENCE.findall(self.text) if language == "python"]


def entries() -> list[Entry]:
    text = (DOCS / "plugins.md").read_text(encoding="utf-8")
    masked = _FENCE.sub(lambda fence: re.sub(r"[^\n]", "x", fence[0]), text)
    marks = [(found.start(), found[1]) for found in re.finditer(r"^#{1,3} (.+)$", masked, re.MULTILINE)]
    ends = [start for start, _ in marks[1:]] + [len(text)]
    return [Entry(heading, text[start:end]) for (start, heading), end in zip(marks, ends, strict=True)]


ENTRIES = {entry.heading: entry for entry in entries()}
EXAMPLES = [
    pytest.param(entry.heading, code, id=f"{entry.heading.strip('`')}-{number}")
    for entry in ENTRIES.values()
    for number, code in enumerate(entry.examples)
]


def seam_protocols() -> list[str]:
    """Every Protocol that the kernel defines."""
    found: set[str] = set()
    for info in pkgutil.walk_packages(ggui_core.__path__, "ggui_core."):
        if info.name.startswith(("ggui_core.testing", "ggui_core.__main__")):
            continue
        module = importlib.import_module(info.name)
        found.update(
            name
            for name, member in vars(module).items()
            if inspect.isclass(member)
            and getattr(member, "_is_protocol", False)
            and member.__module__ == module.__name__
        )
    return sorted(found - NOT_SEAMS)


def loaded(name: str, code: str) -> ModuleType:
    """The example as a module, as if it were a file."""
    module = ModuleType(name)
    sys.modules[name] = module
    exec(compile(code, f"<{name}>", "exec"), module.__dict__)  # noqa: S102  # our own documentation
    return module


@pytest.fixture
def example(request: pytest.FixtureRequest) -> Iterator[ModuleType]:
    name = "ggui_" + re.sub(r"\W", "_", request.node.callspec.id)
    try:
        yield loaded(name, request.getfixturevalue("code"))
    finally:
        sys.modules.pop(name, None)


@pytest.mark.parametrize("name", [*HOOKS, *seam_protocols()])
def test_every_hook_and_seam_is_explained_with_an_example(name: str) -> None:
    entry = ENTRIES.get(f"`{name}`")
    assert entry is not None, f"docs/plugins.md needs the heading: ### `{name}`"
    assert entry.text.startswith(f"### `{name}`\n")
    prose = _FENCE.sub("", entry.text)
    assert len(prose.split()) > 20, "say when it is used, what it gets and what it returns"
    assert entry.examples, f"the entry of {name} needs a python example"
    assert any(name in code for code in entry.examples), f"no example of {name} uses it"


def test_no_entry_is_left_of_something_that_is_gone() -> None:
    named = {heading.strip("`") for heading in ENTRIES if heading.startswith("`")}
    assert named == {*HOOKS, *seam_protocols()}


@pytest.mark.parametrize(("heading", "code"), EXAMPLES)
async def test_every_example_is_a_plugin_that_boots(heading: str, code: str, example: ModuleType) -> None:
    async with booted([example], args=["--dev-allow-all"]) as server:
        (name,) = server.assembly.plugins.enabled
        implemented = server.assembly.plugins.info[name].hooks
        async with server.client.get(f"{server.base_url}/ggui/health") as response:
            assert response.status == 200
    assert not server.warnings
    if heading.strip("`") in HOOKS:
        assert heading.strip("`") in implemented


@pytest.mark.parametrize(
    ("heading", "code"), [example for example in EXAMPLES if "ggui_commands" in str(example.id)]
)
def test_the_example_of_a_verb_can_be_run(heading: str, code: str, example: ModuleType) -> None:
    from click.testing import CliRunner

    cli = click.Group("ggui")
    example.ggui_commands(cli)
    (verb,) = cli.commands
    result = CliRunner().invoke(cli, [verb, "north-pier"])
    assert result.exit_code == 0, result.output
    assert result.output


async def test_the_example_of_a_mount_adds_its_tool() -> None:
    text = (DOCS / "mcp.md").read_text(encoding="utf-8")
    (code,) = (code for language, code in _FENCE.findall(text) if language == "python")
    loaded("stations", code)
    try:
        config = {"mcpMounts": ["stations:mount"]}
        async with booted(config=config, args=["--dev-allow-all"]) as server:
            result = await server.call_tool("list_stations")
    finally:
        del sys.modules["stations"]
    assert result["structuredContent"] == {"names": ["north-pier"]}


def test_what_a_lost_announcement_means_is_told_of_every_topic() -> None:
    told = re.findall(r"^\| `(\w+)` \|", ENTRIES["`Bus`"].text, re.MULTILINE)
    assert told == [topic.__name__ for topic in TOPICS]


@pytest.mark.parametrize(
    ("heading", "code"), [example for example in EXAMPLES if "class WarningIssued" in str(example.values[1])]
)
async def test_the_example_of_a_gap_looks_at_the_store(heading: str, code: str, example: ModuleType) -> None:
    async with booted([example], args=["--dev-allow-all"]) as server:
        weather = server.setup.get(example.Weather)
        await weather.warn("storm")
        assert weather.warning == "storm"
        await server.setup.get(KeyValueStore).set(
            example.KEY, b"hail"
        )  # by another process, of which nothing came
        await server.setup.bus.publish(AnnouncementsMissed())
        assert weather.warning == "hail"
        await server.setup.bus.publish(example.GaugeRead(12.5))
        assert weather.wettest == 12.5


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    for target in _LINK.findall(text):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.is_file(), f"{page.name} links to {target}, which is not there"
        if anchor:
            assert anchor in anchors(file), f"{page.name} links to {target}, but there is no such heading"


def anchors(page: Path) -> set[str]:
    """The fragments GitHub gives the headings of a page."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#{1,6} (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_page_has_one_title_and_no_skipped_level(page: Path) -> None:
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    levels = [len(marks) for marks in re.findall(r"^(#{1,6}) ", text, re.MULTILINE)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(level <= before + 1 for before, level in pairwise(levels))


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_a_test(hook: str) -> None:
    """Some test of the repository implements the hook, or calls it by name."""
    assert any(hook in used for used in _hooks_in_tests().values()), (
        f"no test implements or calls {hook}; a plugin in a test file is enough"
    )


@pytest.mark.parametrize("seam", seam_protocols())
def test_every_seam_has_a_contract_kit_that_some_test_uses(seam: str) -> None:
    if seam in WITHOUT_KIT:
        return
    kit = f"{seam}Contract"
    assert hasattr(testing, kit), f"ggui_core.testing needs a {kit}"
    assert any(f"({kit})" in file.read_text(encoding="utf-8") for file in _test_files()), f"nobody uses {kit}"


def _test_files() -> list[Path]:
    patterns = ("tests/**/*.py", "plugins/*/tests/**/*.py", "contrib/*/tests/**/*.py")
    files = (file for pattern in patterns for file in ROOT.glob(pattern))
    return [file for file in files if "node_modules" not in file.parts and file != Path(__file__)]


def _hooks_in_tests() -> dict[Path, set[str]]:
    if not _FOUND:
        for file in _test_files():
            _FOUND[file] = set(_hooks_used(ast.parse(file.read_text(encoding="utf-8"))))
    return _FOUND


_FOUND: dict[Path, set[str]] = {}


def _hooks_used(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.decorator_list:
            yield node.name
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.findall(
                r"def (ggui_\w+)\(", node.value
            )  # the source of a plugin, written to a file
        elif isinstance(node, ast.Call):
            named = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
            yield from (name for name in named if isinstance(name, str))
            yield from (keyword.arg for keyword in node.keywords if keyword.arg is not None)
