"""The process: started when it is needed, replaced when it ends, gone with the server."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

import ggui_compiler.executable as executable
import ggui_compiler.plugin as plugin
from ggui_compiler.compiler import EsbuildCompiler
from ggui_compiler.errors import CompilerUnavailable
from ggui_compiler.executable import Executable, shipped
from ggui_compiler.settings import CompilerSettings
from ggui_core.seams import CompileFailed, Compiler
from ggui_core.testing import booted

from .esbuild import COMPONENT, LARGE, is_over, processes, running, until


def pid_of(compiler: EsbuildCompiler) -> int:
    assert compiler.pid is not None
    return compiler.pid


async def test_it_starts_with_the_first_compile_and_then_stays(compiler: EsbuildCompiler) -> None:
    assert compiler.pid is None
    await compiler.compile(COMPONENT)
    first = pid_of(compiler)
    await compiler.compile(COMPONENT)
    assert pid_of(compiler) == first


async def test_a_first_rush_starts_one_process(compiler: EsbuildCompiler) -> None:
    await asyncio.gather(*(compiler.compile(COMPONENT) for _ in range(20)))
    assert [process.pid for process in processes()] == [pid_of(compiler)]


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
async def test_it_knows_nothing_of_us_and_is_bounded(
    compiler: EsbuildCompiler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GGUI_SECRET", "hush")
    await compiler.compile(COMPONENT)
    process = psutil.Process(pid_of(compiler))
    assert set(process.environ()) == {"PATH"}
    assert list(Path(process.cwd()).iterdir()) == []
    assert process.rlimit(psutil.RLIMIT_DATA)[0] == CompilerSettings().memory_bytes


async def test_a_process_that_ended_is_replaced(compiler: EsbuildCompiler) -> None:
    await compiler.compile(COMPONENT)
    first = pid_of(compiler)
    os.kill(first, signal.SIGKILL)
    await until(lambda: compiler.pid is None)
    assert (await compiler.compile(COMPONENT)).code
    assert pid_of(compiler) != first


async def test_a_compile_survives_the_end_of_its_process(compiler: EsbuildCompiler) -> None:
    await compiler.compile(COMPONENT)
    first = psutil.Process(pid_of(compiler))
    first.suspend()
    compiles = [asyncio.create_task(compiler.compile(LARGE if n == 0 else COMPONENT)) for n in range(5)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in compiles)
    first.kill()
    compiled = await asyncio.gather(*compiles)
    assert "children:14999" in compiled[0].code
    assert (await compiler.compile(COMPONENT)).code
    assert pid_of(compiler) != first.pid


async def test_a_compile_that_takes_too_long_ends_with_its_process() -> None:
    async with running(timeoutS=2) as compiler:
        await compiler.compile(COMPONENT)
        stuck = psutil.Process(pid_of(compiler))
        stuck.suspend()
        with pytest.raises(CompileFailed) as caught:
            await compiler.compile(COMPONENT)
        assert caught.value.diagnostics[0].code == "TOO_COMPLEX"
        await until(lambda: is_over(stuck))


async def test_the_time_limit_holds_when_the_caller_has_left() -> None:
    async with running(timeoutS=2) as compiler:
        await compiler.compile(COMPONENT)
        stuck = psutil.Process(pid_of(compiler))
        stuck.suspend()
        left = asyncio.create_task(compiler.compile(COMPONENT))
        await asyncio.sleep(0.05)
        left.cancel()
        with pytest.raises(asyncio.CancelledError):
            await left
        await until(lambda: is_over(stuck))


async def test_a_caller_that_leaves_disturbs_nobody(compiler: EsbuildCompiler) -> None:
    tasks = [asyncio.create_task(compiler.compile(f'export default "answer {n};"')) for n in range(30)]
    await until(lambda: compiler.pid)
    for task in tasks[::2]:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    for n, outcome in list(enumerate(outcomes))[1::2]:
        assert not isinstance(outcome, BaseException)
        assert f"answer {n};" in outcome.code


async def test_closing_leaves_nothing_and_says_so() -> None:
    async with running() as compiler:
        await compiler.compile(COMPONENT)
        process = psutil.Process(pid_of(compiler))
        folder = Path(process.cwd())
        waiting = asyncio.create_task(compiler.compile(LARGE))
        await asyncio.sleep(0)
    with pytest.raises(CompilerUnavailable):
        await waiting
    with pytest.raises(CompilerUnavailable):
        await compiler.compile(COMPONENT)
    assert not psutil.pid_exists(process.pid)
    assert not folder.exists()
    assert processes() == []


def test_a_missing_executable_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executable, "FOLDER", tmp_path)
    with pytest.raises(CompilerUnavailable) as caught:
        shipped()
    assert caught.value.code == "compiler_unavailable"
    assert str(tmp_path) not in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a shell script")
@pytest.mark.parametrize("script", ["exit 0", "printf '\\005\\000\\000\\0009.9.9'; cat", "yes"])
async def test_a_program_that_is_not_the_one_is_refused(script: str, tmp_path: Path) -> None:
    program = tmp_path / "esbuild"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    compiler = EsbuildCompiler(CompilerSettings(), Executable(program, "0.0.1"))
    with pytest.raises(CompilerUnavailable):
        await compiler.compile(COMPONENT)
    await compiler.close()
    program.chmod(0o644)
    with pytest.raises(CompilerUnavailable):
        await EsbuildCompiler(CompilerSettings(), Executable(program, "0.0.1")).compile(COMPONENT)


async def test_the_server_has_it_and_takes_it_along() -> None:
    async with booted([plugin], args=["--dev-allow-all"]) as server:
        compiler = server.setup.get(Compiler)
        assert processes() == []
        assert "hello" in (await compiler.compile(COMPONENT)).code
        assert len(processes()) == 1
        async with server.client.get(f"{server.base_url}/ggui/health") as response:
            assert (response.status, (await response.json())["checks"]["compiler"]) == (200, True)
    assert processes() == []


async def test_health_says_when_it_does_not_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executable, "FOLDER", tmp_path)
    async with (
        booted([plugin], args=["--dev-allow-all"]) as server,
        server.client.get(f"{server.base_url}/ggui/health") as response,
    ):
        assert (response.status, (await response.json())["checks"]["compiler"]) == (503, False)


async def test_settings_reach_it() -> None:
    config = {"plugins": {"settings": {"compiler": {"sourceBytes": 10}}}}
    async with booted([plugin], config=config, args=["--dev-allow-all"]) as server:
        with pytest.raises(CompileFailed):
            await server.setup.get(Compiler).compile(COMPONENT)
