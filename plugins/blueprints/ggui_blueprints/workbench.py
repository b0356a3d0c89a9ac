"""From what people hand in, text or file, to the module that views load (spec 06 sections 2.5 and 11.3)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import structlog

from ggui_blueprints.errors import ModuleRefused
from ggui_blueprints.module_syntax import ModuleSyntax, module_syntax
from ggui_core.clock import Clock, within
from ggui_core.errors import GguiError
from ggui_core.offloading import weighed
from ggui_core.seams import CompileFailed, Compiler
from ggui_core.setup import Setup
from ggui_core.stores import CodeStore

log = structlog.get_logger("ggui.blueprints")

MOST_BYTES: Final = 2 * 1024 * 1024
"""What a module may weigh (spec 06 section 11.2)."""


@dataclass(frozen=True, slots=True)
class Module:
    """What views load.

    Attributes:
        code_hash: 64 hex digits of the SHA-256 of ``code``.
        authored: The TSX that it was compiled from, where it was.
    """

    code: str
    code_hash: str
    authored: str | None = None


class Workbench:
    """Tells modules from TSX, compiles what has to be, and puts modules into the code store."""

    def __init__(self, setup: Setup, compile_timeout_s: float) -> None:
        self._setup = setup
        self._timeout_s = compile_timeout_s
        self._passes: set[asyncio.Task[Module]] = set()

    @property
    def compiler(self) -> Compiler | None:
        """Who compiles on this server, if anybody does."""
        return self._setup.find(Compiler)

    async def judged(self, text: str, packages: Collection[str] = ()) -> Module:
        """A module from a stranger's text, with its syntax and imports checked where a compiler can.

        An ES module stays as it is, to the byte. One that is too large for the compiler, a bundle, is taken unseen.

        Raises:
            ModuleRefused: it is no component.
        """
        module = await self.ready(text, packages)
        if module.authored is None and self.compiler is not None:
            try:
                await self._compiled(text, packages)  # for its verdict alone
            except ModuleRefused as refusal:
                if not _is_beyond_compiling(refusal):
                    raise
        return module

    async def ready(self, text: str, packages: Collection[str] = ()) -> Module:
        """A module from a text that is trusted to be sound: as it is, or compiled.

        Raises:
            ModuleRefused: it is no component.
        """
        weigh(len(_octets(text)))
        syntax = await _syntax(text)
        if not syntax.is_tsx:
            _check_export(syntax)
            return Module(text, sha256(_octets(text)).hexdigest())
        code = await self._compiled(text, packages)
        _check_export(await _syntax(code))
        return Module(code, sha256(code.encode()).hexdigest(), text)

    async def keep(self, module: Module) -> None:
        """See to it that the code store has a module."""
        code = self._setup.get(CodeStore)
        if await code.get(module.code_hash) is None:
            await code.put(module.code)

    def shared(self, file: ModuleFile) -> asyncio.Task[Module]:
        """One pass over a file, for everybody who waits; it goes on when they leave."""
        task = asyncio.create_task(self._pass(file), name="blueprint entry")
        self._passes.add(task)
        task.add_done_callback(self._settled)
        return task

    async def close(self) -> None:
        """Give up what is under way."""
        passes = tuple(self._passes)
        for task in passes:
            task.cancel()
        await asyncio.gather(*passes, return_exceptions=True)

    def _settled(self, task: asyncio.Task[Module]) -> None:
        self._passes.discard(task)
        if not task.cancelled():
            task.exception()  # asked for, so that nobody logs it when all who waited have left

    async def _pass(self, file: ModuleFile) -> Module:
        try:
            module = await within(self._setup.get(Clock), self._timeout_s, self._read(file))
        except TimeoutError as late:
            raise ModuleRefused(
                f"It did not compile within {self._timeout_s:g} seconds.", code="compilation_error"
            ) from late
        await self.keep(module)
        return module

    async def _read(self, file: ModuleFile) -> Module:
        return await self.ready(await file.text(), file.packages)

    async def _compiled(self, text: str, packages: Collection[str]) -> str:
        compiler = self.compiler
        if compiler is None:
            raise ModuleRefused(
                "It is TSX, and no enabled plugin of this server compiles.",
                code="compiler_unavailable",
                hint="Install ggui-compiler or enable it (ggui plugins enable compiler) and restart the server, "
                "or give the compiled module.",
            )
        try:
            return (await compiler.compile(text, packages=packages)).code
        except CompileFailed as refusal:
            raise ModuleRefused(refusal.message, code="compilation_error", hint=refusal.hint) from refusal
        except GguiError as fault:
            raise ModuleRefused(fault.message, code="compiler_unavailable", hint=fault.hint) from fault


class ModuleFile:
    """A file that holds a component; looked at when it is first needed, once.

    Args:
        name: What the log calls it.
        digest: SHA-256 that its bytes must have, in 64 hex digits.
    """

    def __init__(
        self,
        bench: Workbench,
        path: Path,
        name: str,
        packages: Collection[str] = (),
        digest: str | None = None,
    ) -> None:
        self._bench = bench
        self._path = path
        self.name = name
        self._digest = digest
        self._task: asyncio.Task[Module] | None = None
        self._module: Module | None = None
        self._is_bad = False
        self.packages = packages

    @property
    def at_hand(self) -> Module | None:
        """Its module, if it was needed before."""
        return self._module

    async def module(self) -> Module | None:
        """Its module, in the code store; ``None``, after a line in the log, when nothing can be made of it."""
        if self._module is not None:
            await self._bench.keep(self._module)
            return self._module
        if self._is_bad:
            return None
        if self._task is None:
            self._task = self._bench.shared(self)
        task = self._task
        try:
            # A caller that is called off leaves alone; the pass is everybody's.
            module = await asyncio.shield(task)
        except asyncio.CancelledError:
            raise
        except Exception as fault:
            if self._task is task:
                self._task = None
                self._note(fault)
            return None
        self._module = module
        return module

    async def text(self) -> str:
        """What stands in the file.

        Raises:
            ModuleRefused: it cannot be read, or is another file than the one that was announced.
        """
        return await asyncio.to_thread(read_text, self._path, self._digest)

    def _note(self, fault: Exception) -> None:
        passing = isinstance(fault, ModuleRefused) and fault.code == "compiler_unavailable"
        self._is_bad = not passing
        if isinstance(fault, GguiError):
            log.warning(
                "blueprint_issue", kind=fault.code, entry=self.name, cause=fault.message, fix=fault.hint
            )
        else:
            log.error("blueprint_issue", kind="compile-threw", entry=self.name, exc_info=fault)


def read_text(path: Path, digest: str | None = None) -> str:
    """A component's file, never through a symbolic link.

    Raises:
        ModuleRefused: see :meth:`ModuleFile.text`.
    """
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb") as file:
            octets = file.read(MOST_BYTES + 1)
    except OSError as fault:
        raise ModuleRefused(f"It cannot be read: {fault.strerror or fault}.") from fault
    weigh(len(octets))
    if digest is not None and sha256(octets).hexdigest() != digest:
        raise ModuleRefused("It is not the file that was announced: its SHA-256 is another one.")
    try:
        return octets.decode()
    except UnicodeDecodeError as fault:
        raise ModuleRefused("It is not UTF-8.") from fault


def weigh(size: int) -> None:
    """Refuse what is too large.

    Raises:
        ModuleRefused: it is.
    """
    if size > MOST_BYTES:
        raise ModuleRefused(
            f"The component has more than {MOST_BYTES:,} bytes.",
            code="component_too_large",
            hint="Move what it does not need out of it.",
        )


def _is_beyond_compiling(refusal: ModuleRefused) -> bool:
    cause = refusal.__cause__
    return isinstance(cause, CompileFailed) and cause.diagnostics[0].code == "SOURCE_TOO_LARGE"


async def _syntax(text: str) -> ModuleSyntax:
    return await weighed(len(text), module_syntax, text)


def _octets(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as fault:
        raise ModuleRefused("It holds text that has no UTF-8.") from fault


def _check_export(syntax: ModuleSyntax) -> None:
    if not syntax.has_default_export:
        raise ModuleRefused(
            "It is no ES module with a default export.",
            hint="Export the component: export default function Card(…)",
        )
