"""Compiling, whatever happens to the process that does it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Final

import orjson

from ggui_compiler.diagnostics import IMPORT_PLUGIN, NO_FILES, NO_REQUIRE, NOT_ALLOWED, RAISED, diagnostic
from ggui_compiler.errors import CompilerUnavailable, ServiceDied
from ggui_compiler.executable import Executable, shipped
from ggui_compiler.imports import is_allowed, refusal
from ggui_compiler.packets import Value
from ggui_compiler.service import Service
from ggui_compiler.settings import CompilerSettings
from ggui_core.seams import Compiled, CompileFailed, Diagnostic

MOST_DIAGNOSTICS: Final = 20

_FLAGS: Final = (
    "--bundle",  # or there would be no import records; nothing is ever put in
    "--format=esm",
    "--platform=browser",
    "--target=es2020",
    "--loader=tsx",
    "--jsx=automatic",
    "--jsx-import-source=react",
    "--minify",
    "--keep-names",
    "--charset=utf8",
    "--legal-comments=none",
    "--metafile",
    # imports that nothing uses are checked like the others, and dropped afterwards
    '--tsconfig-raw={"compilerOptions":{"verbatimModuleSyntax":true}}',
    "--sourcefile=component.tsx",
    "--outfile=component.js",
    "--log-level=silent",
    f"--log-limit={MOST_DIAGNOSTICS}",
    *RAISED,
)
_ASKS_FOR_EVERY_IMPORT: Final[Value] = [
    {
        "name": IMPORT_PLUGIN,
        "onStart": False,
        "onEnd": False,
        "onResolve": [{"id": 1, "filter": ".*", "namespace": ""}],
        # A computed path is looked for on the disk without asking; nothing that is found there is read.
        "onLoad": [{"id": 1, "filter": ".*", "namespace": ""}],
    }
]


class EsbuildCompiler:
    """The :class:`~ggui_core.seams.Compiler` of this plugin.

    One process serves everybody. It starts with the first compile. A source can be the end of it (deep nesting
    takes more memory than it may have); every compile that was under way then is tried once more in a process of
    its own, so that the one to blame fails alone.
    """

    def __init__(self, settings: CompilerSettings, executable: Executable | None = None) -> None:
        self._settings = settings
        self._executable = executable
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._starting = asyncio.Lock()
        self._alone = asyncio.Lock()
        self._service: Service | None = None
        self._running: set[Service] = set()
        self._under_way: set[asyncio.Task[Mapping[str, Value]]] = set()
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The process that serves now, if one does."""
        return self._service.pid if self._service is not None and self._service.alive else None

    async def compile(self, source: str, *, packages: Collection[str] = ()) -> Compiled:
        """See :meth:`ggui_core.seams.Compiler.compile`."""
        build = asyncio.create_task(self._build(self._octets(source), frozenset(packages)))
        self._under_way.add(build)
        build.add_done_callback(self._settled)
        # a caller that leaves does not take the time limit with it
        return self._compiled(await asyncio.shield(build))

    async def works(self) -> bool:
        """Whether a small component compiles now."""
        return bool((await self.compile("export default () => <p />")).code)

    async def close(self) -> None:
        """End the process; nothing compiles any more."""
        self._closed = True
        for service in self._running:
            service.kill()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        for service in tuple(self._running):
            await self._stop(service)

    def _settled(self, build: asyncio.Task[Mapping[str, Value]]) -> None:
        self._under_way.discard(build)
        if not build.cancelled():
            build.exception()  # asked for, so that nobody logs it when the caller has left

    def _octets(self, source: str) -> bytes:
        try:
            octets = source.encode()
        except UnicodeEncodeError as fault:
            raise _failed("The source holds text that has no UTF-8", "INVALID_TEXT") from fault
        if len(octets) > self._settings.source_bytes:
            message = f"The source has {len(octets):,} bytes; the limit is {self._settings.source_bytes:,}"
            raise _failed(message, "SOURCE_TOO_LARGE")
        return octets

    async def _build(self, source: bytes, packages: frozenset[str]) -> Mapping[str, Value]:
        async with self._slots:
            try:
                return await self._within_time(await self._shared(), source, packages)
            except ServiceDied:
                pass
            async with self._alone:
                service = await self._started()
                try:
                    return await self._within_time(service, source, packages)
                except ServiceDied as fault:
                    self._refuse_when_closed()
                    message = "The source takes more memory to compile than is allowed; nest it less deeply"
                    raise _failed(message, "TOO_COMPLEX") from fault
                finally:
                    await self._stop(service)

    async def _within_time(
        self, service: Service, source: bytes, packages: frozenset[str]
    ) -> Mapping[str, Value]:
        request: dict[str, Value] = {
            "entries": [],
            "flags": [*_FLAGS],
            "write": False,
            "stdinContents": source,
            "stdinResolveDir": None,
            "absWorkingDir": service.folder,
            "nodePaths": [],
            "context": False,
            "plugins": _ASKS_FOR_EVERY_IMPORT,
        }
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                return await service.build(request, _Verdicts(packages))
        except TimeoutError as fault:
            service.kill()  # a build that has started cannot be called off
            message = f"The source takes longer than {self._settings.timeout_s:g} s to compile"
            raise _failed(message, "TOO_COMPLEX") from fault

    async def _shared(self) -> Service:
        async with self._starting:
            if self._service is not None and not self._service.alive:
                await self._stop(self._service)
                self._service = None
            if self._service is None:
                self._service = await self._started()
            return self._service

    async def _started(self) -> Service:
        self._refuse_when_closed()
        if self._executable is None:
            self._executable = shipped()
        service = await Service.start(self._executable, memory_bytes=self._settings.memory_bytes)
        self._running.add(service)
        if self._closed:
            service.kill()
        return service

    async def _stop(self, service: Service) -> None:
        self._running.discard(service)
        await service.stop()

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise CompilerUnavailable("The compiler is closed, because the server is stopping.")

    def _compiled(self, response: Mapping[str, Value]) -> Compiled:
        errors = response.get("errors")
        if errors and isinstance(errors, list):
            raise CompileFailed(tuple(diagnostic(error) for error in errors[:MOST_DIAGNOSTICS]))
        code, metafile = _output(response)
        if not code.strip():
            raise _failed("The source compiles to nothing; export a component as default", "EMPTY_OUTPUT")
        if len(code) > self._settings.output_bytes:
            message = f"The module has {len(code):,} bytes; the limit is {self._settings.output_bytes:,}"
            raise _failed(message, "OUTPUT_TOO_LARGE")
        facts = orjson.loads(metafile)
        if len(facts["inputs"]) != 1:
            raise _failed(NO_FILES, NOT_ALLOWED)
        (output,) = facts["outputs"].values()
        if not output["exports"]:
            raise _failed("The source exports nothing; export a component as default", "NO_EXPORT")
        return Compiled(code.decode(), tuple(sorted({record["path"] for record in output["imports"]})))


class _Verdicts:
    """What esbuild is told about the imports of one source: each stays as it is, or is refused where it stands."""

    def __init__(self, packages: Collection[str]) -> None:
        self._packages = packages
        self._refused = 0

    def __call__(self, question: Mapping[str, Value]) -> Mapping[str, Value]:
        if question.get("command") == "on-load":
            return self._refusal(NO_FILES)
        if question.get("command") != "on-resolve":  # "on-start"
            return {"errors": [], "warnings": []}
        specifier = str(question.get("path"))
        fault = self._fault(specifier, question.get("kind"))
        # Each error quotes its line; once there are enough of them the source has failed anyway.
        if fault is None or self._refused == MOST_DIAGNOSTICS:
            return {"id": 1, "path": specifier, "external": True, "sideEffects": False}
        self._refused += 1
        return self._refusal(fault)

    def _refusal(self, fault: str) -> Mapping[str, Value]:
        message: Value = {
            "id": "",
            "pluginName": IMPORT_PLUGIN,
            "text": fault,
            "location": None,  # esbuild puts the import's own
            "notes": [],
            "detail": -1,
        }
        return {"id": 1, "errors": [message]}

    def _fault(self, specifier: str, kind: Value) -> str | None:
        if kind not in ("import-statement", "dynamic-import"):
            return NO_REQUIRE
        return None if is_allowed(specifier, self._packages) else refusal(specifier)


def _output(response: Mapping[str, Value]) -> tuple[bytes, bytes]:
    files, metafile = response.get("outputFiles"), response.get("metafile")
    if isinstance(metafile, str):
        metafile = metafile.encode()
    if isinstance(files, list) and len(files) == 1 and isinstance(files[0], dict):
        code = files[0].get("contents")
        if isinstance(code, bytes) and isinstance(metafile, bytes):
            return code, metafile
    raise CompilerUnavailable("The compiler's esbuild process answered without a module.")


def _failed(message: str, code: str) -> CompileFailed:
    return CompileFailed((Diagnostic(message, code=code),))
