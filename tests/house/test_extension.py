"""The VS Code extension declares the server's settings as they are, and takes no key as a setting."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any, is_typeddict

from monkey_coder import __version__
from monkey_coder.config.schema import KEYS
from monkey_coder.lsp import ext

CLIENTS = Path(__file__).parents[2] / "clients"
MANIFEST = CLIENTS / "vscode" / "package.json"


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("settings", CLIENTS / "vscode" / "scripts" / "settings.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _manifest() -> dict[str, Any]:
    return dict(json.loads(MANIFEST.read_text(encoding="utf-8")))


def test_the_extension_declares_the_settings_of_the_server() -> None:
    text = MANIFEST.read_text(encoding="utf-8")
    assert _script().with_settings(text) == text, "run python clients/vscode/scripts/settings.py"


def test_every_setting_of_the_server_is_there_but_keys() -> None:
    sections = _manifest()["contributes"]["configuration"]
    names = {name for section in sections for name in section["properties"]}
    providers = sections[0]["properties"]["monkeyCoder.providers"]["additionalProperties"]["properties"]
    for key in KEYS:
        name = re.sub(r"_([a-z])", lambda match: match[1].upper(), key.name)
        is_there = f"monkeyCoder.{name}" in names or name.removeprefix("providers.*.") in providers
        assert is_there == (key.name != "providers.*.api_key"), key.name


def test_every_setting_has_a_description_and_an_untrusted_workspace_sets_none() -> None:
    manifest = _manifest()
    sections = manifest["contributes"]["configuration"]
    properties = {name: value for section in sections for name, value in section["properties"].items()}
    assert all(len(value["markdownDescription"]) > 15 for value in properties.values())
    restricted = manifest["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"]
    assert set(restricted) == set(properties)


def test_the_extension_has_the_server_s_version_and_no_run_time_dependency() -> None:
    manifest = _manifest()
    assert manifest["version"] == __version__
    assert "dependencies" not in manifest and "extensionDependencies" not in manifest


def test_lock_files_name_no_registry() -> None:
    for lock in CLIENTS.glob("*/package-lock.json"):
        assert '"resolved"' not in lock.read_text(encoding="utf-8"), lock


def test_the_typescript_types_name_every_method_and_member_of_ours() -> None:
    source = (CLIENTS / "typescript" / "src" / "index.ts").read_text(encoding="utf-8")
    methods = [
        value
        for value in vars(ext).values()
        if isinstance(value, str) and value.startswith("monkeyCoder") and value != ext.DOCUMENT_TEXT
    ]
    assert len(methods) > 10
    assert [method for method in methods if f'"{method}"' not in source] == []
    shapes = [value for value in vars(ext).values() if is_typeddict(value) and value is not ext.DocumentText]
    members = {member for shape in shapes for member in shape.__annotations__}
    assert [member for member in sorted(members) if not re.search(rf"\b{member}\b", source)] == []
