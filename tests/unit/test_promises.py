"""Each line of the wire specification about what users would miss, and about faults not to inherit, is kept by a test.

A test says which lines it keeps with ``@pytest.mark.spec("02 19.9")``; a test of the browser code with a comment
``// spec 02 19.9`` above it. ``docs/promises.md`` says what is promised, by which tests, and what is left for later.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECTIONS = {"01 22": 15, "01 23": 26, "02 18": 15, "02 19": 32}
"""How many lines each section has, counted as they appear."""

LINES = [f"{section}.{number}" for section, count in SECTIONS.items() for number in range(1, count + 1)]
PYTHON = [*ROOT.glob("tests/**/test_*.py"), *ROOT.glob("plugins/*/tests/**/test_*.py")]
TYPESCRIPT = [*ROOT.glob("plugins/*/web/packages/*/tests/*.test.ts*")]

_ROW = re.compile(r"^\| (\d\d \d+\.\d+) \| (.+?) \| (.*?) ?\| (.*?) ?\|$", re.MULTILINE)
_TYPESCRIPT = re.compile(r'^// spec (.+)\ntest\("([^"]+)"', re.MULTILINE)


@dataclass(frozen=True)
class Row:
    """A line of ``docs/promises.md``: ``later`` names who will keep it, or the part of it that is not kept yet."""

    promise: str
    tests: frozenset[str]
    later: str


def rows() -> dict[str, Row]:
    text = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
    found = {
        line: Row(promise, frozenset(re.findall(r"`([^`]+)`", tests)), later)
        for line, promise, tests, later in _ROW.findall(text)
    }
    assert len(found) == len(_ROW.findall(text)) == text.count("\n| 0"), "every line has one well-formed row"
    return found


def lines_of(decorator: ast.expr, where: str) -> Iterator[str]:
    """The lines that a decorator names; nothing for decorators of another kind."""
    if not isinstance(decorator, ast.Call) or ast.unparse(decorator.func) != "pytest.mark.spec":
        return
    assert decorator.args, f"{where}: a mark names its lines"
    for argument in decorator.args:
        assert isinstance(argument, ast.Constant), f"{where}: a line is written out"
        assert isinstance(argument.value, str), f"{where}: a line is text"
        yield argument.value


def marked() -> dict[str, set[str]]:
    """Names of tests by the lines they keep."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path in PYTHON:
        source = path.read_text(encoding="utf-8")
        if "mark.spec" not in source:
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for decorator in node.decorator_list:
                    for line in lines_of(decorator, f"{path.name}::{node.name}"):
                        assert node.name.startswith("test_"), f"{node.name} is no test"
                        found[line].add(node.name)
    for path in TYPESCRIPT:
        for lines, name in _TYPESCRIPT.findall(path.read_text(encoding="utf-8")):
            for line in lines.split(", "):
                found[line].add(name)
    return dict(found)


ROWS = rows()
MARKED = marked()


@pytest.mark.parametrize("line", LINES)
def test_every_line_is_kept_by_a_test_or_belongs_to_somebody_later(line: str) -> None:
    assert line in ROWS, "docs/promises.md has no row for it"
    assert ROWS[line].promise.endswith("."), "a promise is a sentence"
    assert MARKED.get(line) or ROWS[line].later, "no test is marked with it, and nobody keeps it later"


def test_no_test_and_no_row_names_a_line_that_does_not_exist() -> None:
    assert MARKED.keys() - LINES == set()
    assert ROWS.keys() - LINES == set()


@pytest.mark.parametrize("line", LINES)
def test_the_document_names_exactly_the_tests_that_are_marked(line: str) -> None:
    assert ROWS[line].tests == MARKED.get(line, set())


def test_what_is_left_for_later_is_listed_with_its_owner_among_the_decisions() -> None:
    text = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    _, _, entry = text.partition("Promises of later issues")
    listed = dict(re.findall(r"^\| (\d\d \d+\.\d+) \| (.+?) \|", entry, re.MULTILINE))
    assert listed == {line: row.later for line, row in ROWS.items() if row.later}
