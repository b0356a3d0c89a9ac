"""Pages: how Markdown is cut into sections, and that a path never reaches the file system."""

from __future__ import annotations

from pathlib import Path

import pytest

from ggui_docs.pages import load, pages_folder, parse, slug

MARKDOWN = """# The `title`

First paragraph, with a [link](other.md)
on two lines.

## Setup

```sh
# not a heading
```

### Detail

Inner text.

## Setup

Again.
"""


def test_sections_carry_heading_anchor_and_text() -> None:
    page = parse("page", MARKDOWN)
    assert page.title == "The title"
    assert page.summary == "First paragraph, with a link on two lines."
    assert [(s.level, s.heading, s.anchor) for s in page.sections] == [
        (1, "The title", "the-title"),
        (2, "Setup", "setup"),
        (3, "Detail", "detail"),
        (2, "Setup", "setup-1"),
    ]


def test_a_section_is_read_with_its_subsections() -> None:
    page = parse("page", MARKDOWN)
    section = page.section("setup")
    assert section is not None
    extract = page.extract(section)
    assert extract.startswith("## Setup\n")
    assert "# not a heading" in extract
    assert extract.endswith("Inner text.\n")


@pytest.mark.parametrize("wanted", ["detail", "Detail", "#detail", "  DETAIL "])
def test_a_section_is_found_by_heading_or_anchor(wanted: str) -> None:
    section = parse("page", MARKDOWN).section(wanted)
    assert section is not None
    assert section.heading == "Detail"


def test_a_fence_is_closed_only_by_one_as_long() -> None:
    page = parse("page", "# A\n\n````md\n```\n# inside\n```\n````\n\n## B\n")
    assert [section.heading for section in page.sections] == ["A", "B"]


def test_a_page_without_heading_is_named_by_its_path() -> None:
    assert parse("notes", "Just text.").title == "notes"


def test_anchors_are_those_of_github() -> None:
    assert slug("`ggui_mcp_tools`") == "ggui_mcp_tools"
    assert slug("Flags, environment & files") == "flags-environment--files"
    assert slug("What is it?") == "what-is-it"


def test_the_index_comes_first_and_other_files_are_left_out(tmp_path: Path) -> None:
    for name in ("b.md", "index.md", "A.md", "notes.txt"):
        (tmp_path / name).write_text(f"# {name}\n", encoding="utf-8")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "c.md").write_text("# c\n", encoding="utf-8")
    assert list(load(tmp_path).pages) == ["index", "a", "b"]


@pytest.mark.parametrize(
    "path",
    [
        "../secret",
        "../../etc/passwd",
        "/etc/passwd",
        "..%2fsecret",
        "a/../secret",
        "secret\x00",
        "~/secret",
        "",
        ".",
    ],
)
def test_a_path_cannot_leave_the_library(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.md").write_text("# A\n", encoding="utf-8")
    (tmp_path / "secret.md").write_text("# Secret\n", encoding="utf-8")
    assert load(folder).page(path) is None


def test_a_page_is_found_whatever_its_case_and_with_its_ending(tmp_path: Path) -> None:
    (tmp_path / "quickstart.md").write_text("# Q\n", encoding="utf-8")
    library = load(tmp_path)
    assert library.page("Quickstart.md") is library.page("quickstart") is not None


def test_the_nearest_pages_are_offered(tmp_path: Path) -> None:
    for name in ("quickstart", "operator", "plugins"):
        (tmp_path / f"{name}.md").write_text("# x\n", encoding="utf-8")
    assert load(tmp_path).nearest("quick-start") == ["quickstart"]


def test_the_pages_of_the_project_are_there() -> None:
    library = load(pages_folder())
    assert {"index", "quickstart", "operator", "plugins", "mcp", "auth"} <= set(library.pages)
