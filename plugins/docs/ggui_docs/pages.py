"""The pages: where they are, and how Markdown is cut into sections."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ggui_core.errors import BootError

_HEADING = re.compile(r"(#{1,6})[ \t]+(.+?)[ \t]*#*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_SLUG_DROPPED = re.compile(r"[^\w\- ]")
_MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|[`*]")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it, up to the next heading of any level.

    Attributes:
        heading: Its text without markup.
        anchor: The fragment that links to it, made as GitHub makes it.
        level: 1 for the page's title.
        start, end: The lines of the page that are this section with its subsections.
        text: The lines up to the next heading, without the heading itself.
    """

    heading: str
    anchor: str
    level: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """One Markdown file.

    Attributes:
        path: Its name without ``.md``; the key by which it is asked for.
        title: Its first heading, or ``path``.
        summary: Its first paragraph on one line.
    """

    path: str
    title: str
    summary: str
    markdown: str
    sections: Sequence[Section]

    def section(self, wanted: str) -> Section | None:
        """The section with this anchor or heading, whatever its case."""
        key = wanted.strip().lstrip("#").strip()
        by_anchor = slug(key)
        return next((s for s in self.sections if s.anchor in (key.lower(), by_anchor)), None)

    def extract(self, section: Section) -> str:
        """The Markdown of a section with its heading and subsections."""
        return "\n".join(self.markdown.split("\n")[section.start : section.end]).strip() + "\n"


@dataclass(frozen=True, slots=True)
class Library:
    """Every page by path. Nothing a caller sends is ever used as a file name."""

    pages: Mapping[str, Page]

    def page(self, path: str) -> Page | None:
        """The page called ``path``; a ``.md`` at its end and its case do not matter."""
        return self.pages.get(_key(path))

    def nearest(self, path: str) -> list[str]:
        """At most three paths that a person may have meant, best first."""
        return difflib.get_close_matches(_key(path), self.pages, n=3, cutoff=0.4)


def _key(path: str) -> str:
    return path.strip().lower().removesuffix(".md")


def pages_folder() -> Path:
    """Where the pages are: in the installed package, else in the repository this package is edited in.

    Raises:
        BootError: neither exists.
    """
    package = Path(__file__).resolve().parent
    if (package / "pages").is_dir():
        return package / "pages"
    edited_in = package.parents[2]
    if (edited_in / "plugins" / "docs" / package.name).is_dir() and (edited_in / "docs").is_dir():
        return edited_in / "docs"
    raise BootError(
        "the docs plugin was installed without its pages; reinstall it "
        "(pip install --force-reinstall ggui-docs) or switch it off: ggui plugins disable docs"
    )


def load(folder: Path) -> Library:
    """Read every ``*.md`` directly in ``folder``: ``index`` first, then by name."""
    files = sorted(folder.glob("*.md"), key=lambda file: (file.stem.lower() != "index", file.stem.lower()))
    pages = [parse(file.stem.lower(), file.read_text(encoding="utf-8")) for file in files]
    return Library({page.path: page for page in pages})


def parse(path: str, markdown: str) -> Page:
    """Cut a page at its headings. A ``#`` inside a fenced code block is no heading."""
    lines = markdown.split("\n")
    headings = list(_headings(lines))
    sections: list[Section] = []
    taken: dict[str, int] = {}
    for index, (line, level, heading) in enumerate(headings):
        following = headings[index + 1 :]
        text_end = following[0][0] if following else len(lines)
        end = next((at for at, other, _ in following if other <= level), len(lines))
        anchor = slug(heading)
        seen = taken.get(anchor, 0)
        taken[anchor] = seen + 1
        if seen:
            anchor = f"{anchor}-{seen}"
        text = "\n".join(lines[line + 1 : text_end]).strip()
        sections.append(Section(_plain(heading), anchor, level, line, end, text))
    title = sections[0].heading if sections else path
    body = sections[0].text if sections else markdown
    return Page(path, title, _summary(body), markdown, tuple(sections))


def _headings(lines: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    fence: str | None = None
    for number, line in enumerate(lines):
        mark = _FENCE.match(line)
        if fence is not None:
            closes = mark is not None and mark[1].startswith(fence) and not line.strip(" `~")
            fence = None if closes else fence
        elif mark is not None:
            fence = mark[1]
        elif heading := _HEADING.match(line):
            yield number, len(heading[1]), heading[2]


def slug(heading: str) -> str:
    """The anchor GitHub gives a heading: lower case, punctuation dropped, spaces to hyphens."""
    return _SLUG_DROPPED.sub("", _plain(heading).lower()).replace(" ", "-")


def _plain(text: str) -> str:
    return _MARKUP.sub(lambda found: found[1] or "", text).strip()


def _summary(text: str) -> str:
    paragraphs = (part.strip() for part in re.split(r"\n\s*\n", text))
    prose = next((part for part in paragraphs if part and not part.startswith(("```", "|", "#", "- "))), "")
    return " ".join(_plain(prose).split())[:200]
