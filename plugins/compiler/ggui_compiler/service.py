"""One esbuild process that serves builds over its standard streams."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final, Self

from ggui_compiler.errors import CompilerUnavailable, ServiceDied
from ggui_compiler.executable import Executable
from ggui_compiler.packets import BadPacket, Packet, Value, decoded, encoded

Answer = Callable[[Mapping[str, Value]], Mapping[str, Value]]
"""What we say when esbuild asks something in the course of a build."""

START_TIMEOUT_S: Final = 10
_MOST_BYTES: Final = 64 * 1024 * 1024
"""Of one packet; twenty errors that each quote a source of one line fit."""

_CHUNK_BYTES: Final = 64 * 1024
_PACKETS_AT_ONCE: Final = 32
"""Handled before others get the loop: a source may hold tens of thousands of imports, each of which asks."""


class Service:
    """A running process."""

    def __init__(self, process: asyncio.subprocess.Process, folder: tempfile.TemporaryDirectory[str]) -> None:
        assert process.stdin is not None, "started with pipes"
        assert process.stdout is not None, "started with pipes"
        self._process = process
        self._stdin = process.stdin
        self._stdout = process.stdout
        self._folder = folder
        self._awaited: dict[int, asyncio.Future[Mapping[str, Value]]] = {}
        self._answers: dict[int, Answer] = {}
        self._last_id = 0
        self._alive = True
        self._reading: asyncio.Task[None] | None = None

    @classmethod
    async def start(cls, executable: Executable, *, memory_bytes: int) -> Self:
        """Start a process with an empty folder of its own, no environment but ``PATH``, and a bound on its memory.

        Raises:
            CompilerUnavailable: it does not start, or is not the version it should be.
        """
        folder = tempfile.TemporaryDirectory(prefix="ggui-compiler-")
        try:
            # --ping: esbuild asks now and then whether we are there, and leaves when nobody answers
            process = await asyncio.create_subprocess_exec(
                executable.path,
                f"--service={executable.version}",
                "--ping",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={"PATH": os.environ.get("PATH", os.defpath)},
                cwd=folder.name,
                start_new_session=True,  # Ctrl+C in the server's terminal is the server's to handle
            )
        except OSError as fault:
            folder.cleanup()
            raise CompilerUnavailable(
                "The compiler's esbuild process does not start.",
                hint="See that ggui-compiler was installed for this platform and may be executed.",
            ) from fault
        service = cls(process, folder)
        try:
            _bound_memory(process.pid, memory_bytes)
            async with asyncio.timeout(START_TIMEOUT_S):
                spoken = (await service._packet()).decode(errors="replace")
        except (TimeoutError, asyncio.IncompleteReadError, BadPacket, OSError) as fault:
            await service.stop()
            raise CompilerUnavailable("The compiler's esbuild process ended at once.") from fault
        except BaseException:
            await service.stop()
            raise
        if spoken != executable.version:
            await service.stop()
            raise CompilerUnavailable("The compiler's esbuild executable has an unexpected version.")
        service._reading = asyncio.create_task(service._read())
        return service

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def folder(self) -> str:
        """Its working directory, which stays empty."""
        return self._folder.name

    @property
    def alive(self) -> bool:
        """False as soon as it cannot be asked any more."""
        return self._alive and self._process.returncode is None

    async def build(self, request: Mapping[str, Value], answer: Answer) -> Mapping[str, Value]:
        """Run one build; ``answer`` is asked for every import.

        Raises:
            ServiceDied: no answer will come.
        """
        self._last_id += 1
        key = self._last_id
        response: asyncio.Future[Mapping[str, Value]] = asyncio.get_running_loop().create_future()
        if not self.alive:
            raise ServiceDied
        # kept until the response comes, even if the caller leaves: esbuild would look for files by itself
        self._awaited[key] = response
        self._answers[key] = answer
        try:
            await self._send(Packet(key, False, {"command": "build", "key": key, **request}))
        except ServiceDied:
            response.cancel()
            raise
        return await response

    def kill(self) -> None:
        """End the process at once; whoever waits for it gets :class:`ServiceDied`."""
        self._alive = False
        with suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()

    async def stop(self) -> None:
        """End the process and remove what it had; nothing of it is left when this returns."""
        self.kill()
        self._stdin.close()
        if self._reading is not None:
            await self._reading
        # until the pipe says that it is closed, its transport is not
        with suppress(OSError):
            while await self._stdout.read(_CHUNK_BYTES):
                pass
        await self._process.wait()
        self._folder.cleanup()

    async def _send(self, packet: Packet) -> None:
        try:
            self._stdin.write(encoded(packet))
            await self._stdin.drain()
        except (OSError, RuntimeError) as fault:  # uvloop raises the latter for a pipe that is closed
            raise ServiceDied from fault

    async def _packet(self) -> bytes:
        length = int.from_bytes(await self._stdout.readexactly(4), "little")
        if length > _MOST_BYTES:
            raise BadPacket("too long")
        return await self._stdout.readexactly(length)

    async def _read(self) -> None:
        """Hand out what the process says until it ends."""
        handled = 0
        try:
            while True:
                packet = decoded(await self._packet())
                if packet.is_response:
                    self._hand_out(packet)
                else:
                    await self._send(Packet(packet.id, True, dict(self._answer(packet.value))))
                handled += 1
                if handled % _PACKETS_AT_ONCE == 0:
                    await asyncio.sleep(0)
        except (asyncio.IncompleteReadError, BadPacket, ServiceDied, OSError):
            self.kill()
        finally:
            self._alive = False
            for response in self._awaited.values():
                if not response.done():
                    response.set_exception(ServiceDied())

    def _hand_out(self, packet: Packet) -> None:
        response = self._awaited.get(packet.id)
        if response is None or not isinstance(packet.value, dict):
            raise BadPacket("an answer to nothing, or one that is no map")
        del self._awaited[packet.id], self._answers[packet.id]
        if not response.done():  # else whoever asked has left
            response.set_result(packet.value)

    def _answer(self, request: Value) -> Mapping[str, Value]:
        if not isinstance(request, dict):
            raise BadPacket("a request that is no map")
        key = request.get("key")
        answer = self._answers.get(key) if isinstance(key, int) else None
        if request.get("command") == "ping" or answer is None:
            return {}
        return answer(request)


def _bound_memory(pid: int, most_bytes: int) -> None:
    """Bound what a process may allocate, where the system can: a deeply nested source takes a gigabyte."""
    if sys.platform == "linux":
        import resource

        resource.prlimit(pid, resource.RLIMIT_DATA, (most_bytes, most_bytes))
