"""Seed pools: what is read of them, what is left out, what stops the boot."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from ggui_blueprints.portable import Packed, PortableBlueprint, write_pool
from ggui_core.errors import BootError
from ggui_core.protocol.blueprint import SHARED_APP, Provenance
from ggui_core.protocol.digests import contract_hash, variant_key
from ggui_core.testing.blueprint_contracts import a_blueprint

from .serving import CONTRACT, MODULE, OTHER_MODULE, TSX, CountingCompiler, compiling, serving

RECORD: dict[str, Any] = {
    "schemaVersion": 2,
    "contract": CONTRACT,
    "variance": {},
    "contractHash": contract_hash(CONTRACT),
    "variantKey": variant_key({}),
    "source": {"kind": "llm", "generator": "ui-gen-default-haiku-4-5", "model": "claude-haiku-4-5-20251001"},
    "generatorProtocolVersion": "draft-2026-08-19",
    "intent": "the tide",
}


def ref(code: str) -> str:
    return f"{sha256(code.encode()).hexdigest()}.tsx"


def pool(folder: Path, *entries: tuple[dict[str, Any], str]) -> Path:
    """A pool as another implementation may have written it."""
    (folder / "codes").mkdir(parents=True)
    listed = []
    for record, code in entries:
        (folder / "codes" / ref(code)).write_text(code, encoding="utf-8", newline="")
        listed.append({"record": record, "codeRef": ref(code)})
    manifest = {"schemaVersion": 2, "blueprints": listed}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return folder


async def test_a_pool_serves_every_app_without_compiler_and_generator(tmp_path: Path) -> None:
    folder = pool(tmp_path / "pool", (RECORD, MODULE))
    async with serving(args=["--seed-pool", str(folder)], compiles=False) as server:
        for app in ("builder", "acme"):
            assert await server.served(app_id=app) == MODULE
        (found,) = await server.candidates()
        assert found.blueprint.app_id == SHARED_APP
        assert found.blueprint.source == Provenance(
            "llm", RECORD["source"]["generator"], RECORD["source"]["model"]
        )
        assert found.tier.name == "seed pool pool"
        assert await server.blueprint(found.blueprint.id, app="acme") == found.blueprint


async def test_only_the_exact_variant_is_offered(tmp_path: Path) -> None:
    variance = {"persona": "skipper"}
    varied = {**RECORD, "variance": variance, "variantKey": variant_key(variance)}
    folder = pool(tmp_path / "pool", (varied, MODULE))
    async with serving(args=["--seed-pool", str(folder)]) as server:
        assert await server.candidates() == []
        assert await server.served(variance=variance) == MODULE
        assert await server.candidates(variance=variance, generator="another") == []


async def test_what_the_app_has_comes_first_then_pools_in_their_order(tmp_path: Path) -> None:
    first = pool(tmp_path / "first", (RECORD, MODULE))
    second = pool(tmp_path / "second", (RECORD, OTHER_MODULE))
    args = ["--seed-pool", str(second), "--seed-pool", str(first)]
    async with serving(args=args) as server:
        assert [one.tier.name for one in await server.candidates()] == ["seed pool second", "seed pool first"]
        assert await server.served() == OTHER_MODULE
        own = MODULE.replace("Tide", "Own")
        await server.register(own)
        assert await server.served() == own


async def test_relative_folders_of_the_file_start_at_the_project(tmp_path: Path) -> None:
    pool(tmp_path / "pools" / "a", (RECORD, MODULE))
    config = {"plugins": {"settings": {"blueprints": {"seedPools": ["pools/a"]}}}}
    async with serving(root=tmp_path, config=config) as server:
        assert await server.served() == MODULE


async def test_wrong_keys_are_logged_and_the_true_ones_count(tmp_path: Path) -> None:
    lying = {**RECORD, "contractHash": "0" * 16, "variantKey": "f" * 16}
    folder = pool(tmp_path / "pool", (lying, MODULE))
    with capture_logs() as logs:
        async with serving(args=["--seed-pool", str(folder)]) as server:
            assert await server.served() == MODULE
    (line,) = (line for line in logs if line["event"] == "seed_pool_key_mismatch")
    assert line["keys"] == "contractHash, variantKey"


async def test_tsx_is_compiled_once_where_there_is_a_compiler(tmp_path: Path) -> None:
    folder = pool(tmp_path / "pool", (RECORD, TSX))
    compiler = CountingCompiler()
    args = ["--seed-pool", str(folder)]
    async with serving(compiling(compiler), args=args, compiles=False) as server:
        assert compiler.sources == []
        assert await server.served() == MODULE
        assert await server.served() == MODULE
        assert compiler.sources == [TSX]
        (found,) = await server.candidates()
        assert found.blueprint.authored == TSX


async def test_tsx_without_a_compiler_is_left_out_with_a_line_in_the_log(tmp_path: Path) -> None:
    folder = pool(tmp_path / "pool", (RECORD, TSX))
    async with serving(args=["--seed-pool", str(folder)], compiles=False) as server:
        with capture_logs() as logs:
            assert await server.candidates() == []
    assert [(line["event"], line["kind"]) for line in logs] == [("blueprint_issue", "compiler_unavailable")]


def _without(key: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda record: {name: value for name, value in record.items() if name != key}


def _with(key: str, value: object) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda record: {**record, key: value}


@pytest.mark.parametrize(
    "change",
    [
        *(
            _without(key)
            for key in ("schemaVersion", "contract", "variance", "source", "generatorProtocolVersion")
        ),
        _with("schemaVersion", 1),
        _with("schemaVersion", "2"),
        _with("generatorProtocolVersion", "draft-2025-01-01"),
        _with("contract", {**CONTRACT, "wiredTools": {}}),
        _with("contract", None),
        _with("variance", {"colour": "blue"}),
        _with("variance", {"persona": 1}),
        _with("variance", None),
        _with("source", {"kind": "llm"}),
        _with("source", {"kind": "user", "generator": "x"}),
        _with("source", "curated"),
        _with("intent", ""),
        _with("intent", 1),
        _with("toolIdentityCatalogHash", "XYZ"),
        _with("anything", 1),
    ],
)
async def test_a_bad_record_is_left_out_with_one_line_and_others_serve(
    tmp_path: Path, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    other = {"propsSpec": {"properties": {"depth": {"schema": {"type": "number"}}}}}
    good = {**RECORD, "contract": other, "contractHash": contract_hash(other)}
    folder = pool(tmp_path / "pool", (change(RECORD), MODULE), (good, OTHER_MODULE))
    with capture_logs() as logs:
        async with serving(args=["--seed-pool", str(folder)]) as server:
            assert await server.served() is None
            assert await server.served(other) == OTHER_MODULE
    assert len([line for line in logs if line["event"] == "seed_pool_entry_skipped"]) == 1


async def test_a_contract_that_fails_the_gate_is_never_offered_and_logged_when_asked_for(
    tmp_path: Path,
) -> None:
    bad = {"propsSpec": 1}
    folder = pool(
        tmp_path / "pool", ({**RECORD, "contract": bad, "contractHash": contract_hash(bad)}, MODULE)
    )
    async with serving(args=["--seed-pool", str(folder)]) as server:
        with capture_logs() as logs:
            for _ in range(3):
                assert await server.candidates(bad) == []
    assert [line["event"] for line in logs] == ["seed_pool_entry_skipped"]


@pytest.mark.parametrize(
    "code_ref",
    [
        "../../secret.tsx",
        "/etc/passwd",
        f"{'a' * 64}.js",
        f"{'A' * 64}.tsx",
        f"{'a' * 63}.tsx",
        f"{'a' * 64}.tsx\n",
        f"{'a' * 64}.tsx",
        "",
        7,
        None,
    ],
)
async def test_a_code_ref_never_leads_out_of_the_pool(tmp_path: Path, code_ref: object) -> None:
    folder = pool(tmp_path / "pool", (RECORD, MODULE))
    (tmp_path / "secret.tsx").write_text(MODULE)
    manifest = {"schemaVersion": 2, "blueprints": [{"record": RECORD, "codeRef": code_ref}]}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    async with serving(args=["--seed-pool", str(folder)]) as server:
        assert await server.candidates() == []


async def test_code_that_was_changed_or_linked_is_not_served(tmp_path: Path) -> None:
    folder = pool(tmp_path / "pool", (RECORD, MODULE))
    (folder / "codes" / ref(MODULE)).write_text(OTHER_MODULE)
    async with serving(args=["--seed-pool", str(folder)]) as server:
        assert await server.served() is None
    (folder / "codes" / ref(MODULE)).unlink()
    (tmp_path / "elsewhere.tsx").write_text(MODULE)
    (folder / "codes" / ref(MODULE)).symlink_to(tmp_path / "elsewhere.tsx")
    async with serving(args=["--seed-pool", str(folder)]) as server:
        assert await server.served() is None


async def test_code_that_is_no_module_or_too_large_is_not_served(tmp_path: Path) -> None:
    other = {"propsSpec": {"properties": {"depth": {"schema": {"type": "number"}}}}}
    large = {**RECORD, "contract": other, "contractHash": contract_hash(other)}
    folder = pool(
        tmp_path / "pool", (RECORD, "module.exports = 1;"), (large, MODULE + "//" + "x" * (2 * 1024 * 1024))
    )
    async with serving(args=["--seed-pool", str(folder)]) as server:
        assert await server.served() is None
        assert await server.served(other) is None


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        (None, "there is no manifest.json"),
        ("{", "is not valid JSON"),
        ("[]", "must hold a JSON object"),
        ('{"schemaVersion": 1, "blueprints": []}', "re-export"),
        ('{"schemaVersion": 3, "blueprints": []}', "$.schemaVersion"),
        ('{"blueprints": []}', "$.schemaVersion"),
        ('{"schemaVersion": 2, "blueprints": {}}', "$.blueprints"),
    ],
)
async def test_an_unreadable_pool_stops_the_boot_and_says_why(
    tmp_path: Path, manifest: str | None, said: str
) -> None:
    folder = tmp_path / "pool"
    folder.mkdir()
    if manifest is not None:
        (folder / "manifest.json").write_text(manifest)
    with pytest.raises(BootError) as caught:
        async with serving(args=["--seed-pool", str(folder)]):
            pass
    (problem,) = caught.value.problems
    assert said in problem
    assert "seed pool" in problem


async def test_every_pool_that_is_not_there_is_named_at_once(tmp_path: Path) -> None:
    args = ["--seed-pool", str(tmp_path / "one"), "--seed-pool", str(tmp_path / "two")]
    with pytest.raises(BootError) as caught:
        async with serving(args=args):
            pass
    assert len(caught.value.problems) == 2


def test_what_is_written_has_the_form_that_others_read(tmp_path: Path) -> None:
    blueprint = a_blueprint("bp_1", contract=CONTRACT, intent="the tide – été")
    assert write_pool(tmp_path / "pool", [Packed(PortableBlueprint.of(blueprint), MODULE)]) == 1
    text = (tmp_path / "pool" / "manifest.json").read_text(encoding="utf-8")
    assert text.endswith("}\n")
    assert json.loads(text) == {
        "schemaVersion": 2,
        "blueprints": [
            {
                "record": {
                    **RECORD,
                    "intent": "the tide – été",
                    "source": {"kind": "llm", "generator": "forms", "model": "none"},
                },
                "codeRef": ref(MODULE),
            }
        ],
    }
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"
    assert (tmp_path / "pool" / "codes" / ref(MODULE)).read_text(encoding="utf-8") == MODULE
