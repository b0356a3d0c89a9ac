"""The MCP service at ``/docs``: three tools and one resource for each page."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from ggui_core.errors import ToolError
from ggui_core.mcp import McpService, Resource, ResourceContents, ResourceTemplate, Tool, ToolContext
from ggui_core.mcp.tools import NoArguments
from ggui_docs.pages import Library, Page
from ggui_docs.search import Index

PATH = "/docs"
URI = "docs://ggui/"
MIME_TYPE = "text/markdown"
INSTRUCTIONS = (
    "The documentation of this ggui server, read-only and open to everybody. search_docs finds sections by "
    "words, read_doc returns a page or one section as Markdown, list_docs names every page."
)


class _Output(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SearchInput(BaseModel):
    query: Annotated[str, Field(min_length=1, max_length=200, description="Words to look for")]
    limit: Annotated[int, Field(ge=1, le=20, description="Most results to return")] = 5


class SearchResult(_Output):
    path: Annotated[str, Field(description="Page to give to read_doc")]
    title: Annotated[str, Field(description="Title of the page")]
    heading: Annotated[str, Field(description="Heading of the section that matches")]
    section: Annotated[str, Field(description="Section to give to read_doc")]
    snippet: Annotated[str, Field(description="Where it matches")]
    score: Annotated[float, Field(description="Higher is better; comparable within one answer only")]


class SearchOutput(_Output):
    results: list[SearchResult]


class ReadInput(BaseModel):
    path: Annotated[str, Field(min_length=1, max_length=200, description="Page, such as quickstart")]
    section: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        None, description="Heading or anchor of one section; the whole page without it"
    )


class ReadOutput(_Output):
    path: str
    title: str
    markdown: str


class PageEntry(_Output):
    path: str
    title: str
    summary: str
    sections: Annotated[list[str], Field(description="Its second-level headings, in order")]


class ListOutput(_Output):
    pages: list[PageEntry]


class DocsService:
    """Answers from one library of pages; the search index is built by the first search, off the loop."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._index: asyncio.Task[Index] | None = None

    def declare(self) -> McpService:
        """The service as the kernel mounts it."""
        return McpService(
            name="docs",
            path=PATH,
            tools=self._tools(),
            resources=[self._resource(page) for page in self._library.pages.values()],
            templates=[
                ResourceTemplate(
                    URI + "{page}",
                    "documentation-page",
                    self._read_template,
                    mime_type=MIME_TYPE,
                    title="Documentation page",
                    description="A page by its path, as search_docs and list_docs name it.",
                )
            ],
            anonymous=True,
            instructions=INSTRUCTIONS,
        )

    def _tools(self) -> tuple[Tool[Any, Any], ...]:
        return (
            Tool(
                "search_docs",
                "Search the documentation of ggui. Returns the best sections; read one with read_doc.",
                SearchInput,
                SearchOutput,
                self._search,
                title="Search the documentation",
                read_only=True,
                idempotent=True,
            ),
            Tool(
                "read_doc",
                "Read one page of the documentation, or one section of it, as Markdown.",
                ReadInput,
                ReadOutput,
                self._read,
                title="Read a page",
                read_only=True,
                idempotent=True,
            ),
            Tool(
                "list_docs",
                "List the pages of the documentation with their sections.",
                NoArguments,
                ListOutput,
                self._list,
                title="List the pages",
                read_only=True,
                idempotent=True,
            ),
        )

    def _resource(self, page: Page) -> Resource:
        return Resource(
            URI + page.path,
            page.path,
            self._read_resource,
            mime_type=MIME_TYPE,
            title=page.title,
            description=page.summary or None,
        )

    async def _search(self, given: SearchInput, context: ToolContext) -> SearchOutput:
        index = await self._built()
        hits = await asyncio.to_thread(index.search, given.query, given.limit)
        return SearchOutput(
            results=[
                SearchResult(
                    path=hit.page.path,
                    title=hit.page.title,
                    heading=hit.section.heading,
                    section=hit.section.anchor,
                    snippet=hit.snippet,
                    score=hit.score,
                )
                for hit in hits
            ]
        )

    async def _built(self) -> Index:
        if self._index is None:
            self._index = asyncio.create_task(asyncio.to_thread(Index, self._library.pages.values()))
        # Shielded: a caller that gives up must not take the index away from the others.
        return await asyncio.shield(self._index)

    async def _read(self, given: ReadInput, context: ToolContext) -> ReadOutput:
        page = self._library.page(given.path)
        if page is None:
            near = self._library.nearest(given.path)
            raise ToolError(
                "There is no such page in the documentation.",
                code="doc_not_found",
                hint=f"Did you mean {' or '.join(near)}?" if near else "list_docs names every page.",
                details={"nearest": near},
            )
        if given.section is None:
            return ReadOutput(path=page.path, title=page.title, markdown=page.markdown)
        section = page.section(given.section)
        if section is None:
            anchors = [section.anchor for section in page.sections]
            raise ToolError(
                f"The page {page.path} has no such section.",
                code="doc_section_not_found",
                hint="Leave section out to read the whole page; list_docs names its sections.",
                details={"sections": anchors},
            )
        return ReadOutput(path=page.path, title=page.title, markdown=page.extract(section))

    async def _list(self, given: NoArguments, context: ToolContext) -> ListOutput:
        return ListOutput(
            pages=[
                PageEntry(
                    path=page.path,
                    title=page.title,
                    summary=page.summary,
                    sections=[section.heading for section in page.sections if section.level == 2],
                )
                for page in self._library.pages.values()
            ]
        )

    async def _read_resource(self, uri: str, context: ToolContext) -> ResourceContents:
        contents = await self._read_template(uri, context)
        if contents is None:
            raise LookupError(f"the resource {uri} was declared but its page is gone")
        return contents

    async def _read_template(self, uri: str, context: ToolContext) -> ResourceContents | None:
        page = self._library.page(uri.removeprefix(URI))
        return None if page is None else ResourceContents(MIME_TYPE, text=page.markdown)
