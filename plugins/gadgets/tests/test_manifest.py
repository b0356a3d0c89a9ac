"""``ggui.gadget.json`` (spec 05 section 12.3, spec 07 sections 2 and 3)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ggui_gadgets.manifest import BadManifest, read_manifest

from .serving import EXPORT, MANIFEST

WHOLE: dict[str, Any] = MANIFEST | {
    "style": "src/style.css",
    "requires": ["GGUI_PUBLIC_APP_KEY"],
    "peerDeps": {"d3": "^7"},
    "bundleHost": "cdn.example:8443",
    "connect": ["https://tides.example/"],
    "tags": ["water", "sea-2"],
    "author": {"name": "Ann", "url": "https://ann.example"},
    "license": "MIT",
    "homepage": "https://tides.example",
    "mcpTools": [{"tool": "tide_now"}, {"server": "harbour", "tool": "tide_now"}],
}


def written(tmp_path: Path, value: Any) -> Path:
    path = tmp_path / "ggui.gadget.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


@pytest.mark.parametrize("manifest", [MANIFEST, WHOLE])
def test_a_sound_manifest_becomes_a_row_of_the_catalog(tmp_path: Path, manifest: dict[str, Any]) -> None:
    row = read_manifest(written(tmp_path, manifest)).row(bundle_url="https://cdn.example/b.js")
    assert (row.package, row.version) == ("@acme/tide-gauge", "1.0.0")
    assert [export.name for export in row.exports] == ["TideGauge", "useTide"]
    assert row.exports[0].example == {"city": "Bremen"}
    assert row.bundle_location == "https://cdn.example/b.js"
    assert row.bundle_host is None, "where the author publishes is not where an operator takes it from"
    assert list(row.connect) == manifest.get("connect", [])
    assert list(row.requires) == manifest.get("requires", [])


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"kind": "blueprint"}, "$.kind"),
        ({"scope": "acme"}, "$.scope"),
        ({"scope": "@a"}, "$.scope"),
        ({"name": "Tide"}, "$.name"),
        ({"name": "tide_gauge"}, "$.name"),
        ({"version": "1.0"}, "$.version"),
        ({"version": "v1.0.0"}, "$.version"),
        ({"version": "01.0.0"}, "$.version"),
        ({"visibility": "secret"}, "$.visibility"),
        ({"description": ""}, "$.description"),
        ({"description": "x" * 281}, "$.description"),
        ({"exports": []}, "$.exports"),
        ({"exports": [EXPORT]}, "$.exports.0"),
        ({"exports": [{"hook": "useA", "component": "A", **EXPORT}]}, "$.exports.0"),
        ({"exports": [{"hook": "tide", **EXPORT}]}, "$.exports.0"),
        ({"exports": [{"component": "tide", **EXPORT}]}, "$.exports.0"),
        ({"exports": [{"hook": "useA", **EXPORT, "usage": ""}]}, "$.exports.0.usage"),
        ({"exports": [{"hook": "useA", "description": "d", "usage": "u"}]}, "$.exports.0.example"),
        ({"exports": [{"hook": "useA", **EXPORT, "permission": "camera"}]}, "$.exports.0.permission"),
        ({"exports": [{"hook": "useA", **EXPORT}] * 2}, "$"),
        ({"bundle": ""}, "$.bundle"),
        ({"requires": ["GGUI_PUBLIC_USER_KEY"]}, "$.requires.0"),
        ({"peerDeps": {"": "1"}}, "$.peerDeps"),
        ({"bundleHost": "https://cdn.example"}, "$.bundleHost"),
        ({"connect": ["tides.example"]}, "$.connect.0"),
        ({"tags": ["Water"]}, "$.tags.0"),
        ({"tags": ["a"] * 21}, "$.tags"),
        ({"author": {"email": "ann@example.org"}}, "$.author.name"),
        ({"author": {"name": "Ann", "age": 7}}, "$.author.age"),
        ({"homepage": "tides"}, "$.homepage"),
        ({"mcpTools": []}, "$.mcpTools"),
        ({"mcpTools": [{"tool": "a b"}]}, "$.mcpTools.0.tool"),
        ({"mcpTools": [{"tool": "a"}] * 2}, "$"),
        ({"mcpTools": [{"tool": str(n)} for n in range(17)]}, "$.mcpTools"),
        ({"colour": "blue"}, "$.colour"),
    ],
)
def test_a_fault_is_named_with_its_path(tmp_path: Path, changes: dict[str, Any], path: str) -> None:
    with pytest.raises(BadManifest) as bad:
        read_manifest(written(tmp_path, MANIFEST | changes))
    (fault,) = bad.value.faults
    assert fault.startswith(path)


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadManifest) as bad:
        read_manifest(written(tmp_path, MANIFEST | {"scope": "acme", "version": "1", "colour": "blue"}))
    assert len(bad.value.faults) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "not valid JSON"), ("[]", "$"), ("[" * 100_000, "nested too deeply"), (" " * 1_048_577, "bytes")],
    ids=["cut off", "a list", "deep", "large"],
)
def test_what_is_no_manifest_says_so(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadManifest, match=said.replace("$", r"\$")):
        read_manifest(written(tmp_path, text))


def test_a_missing_file_is_named_without_a_trace(tmp_path: Path) -> None:
    with pytest.raises(BadManifest, match="No such file"):
        read_manifest(tmp_path / "none.json")
