"""`python clients/vscode/scripts/settings.py`: write the server's settings into the extension's manifest.

Every setting of `config/schema.py` becomes one of VS Code's, with its description, default and limits;
those of the extension itself are written here. Keys are left out: they belong in the secret storage.
`--check` changes nothing and fails where the manifest does not agree.
"""

from __future__ import annotations

import json
import math
import re
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
MANIFEST = HERE.parent / "package.json"
sys.path.insert(0, str(HERE.parents[2] / "server"))

from monkey_coder.config.schema import KEYS, Key, Kind  # noqa: E402
from monkey_coder.core.endpoint import WIRES  # noqa: E402

SECTION = "monkeyCoder"
_PROVIDERS = "providers.*."
_TYPES = {
    Kind.TEXT: {"type": "string"},
    Kind.URL: {"type": "string", "pattern": "^https?://"},
    Kind.SWITCH: {"type": "boolean"},
    Kind.WHOLE: {"type": "integer"},
    Kind.NUMBER: {"type": "number"},
    Kind.TEXTS: {"type": "array", "items": {"type": "string"}},
    Kind.COMMAND: {"type": "array", "items": {"type": "string"}},
}
_OWN: dict[str, dict[str, Any]] = {
    "server.command": {
        "type": "array",
        "items": {"type": "string"},
        "default": [],
        "scope": "machine-overridable",
        "markdownDescription": "The program that is the server, with its arguments, such as "
        '`["/home/me/.venv/bin/monkey-coder"]`. Empty: the one that this extension installed, else '
        "`monkey-coder` on the PATH.",
    },
    "server.python": {
        "type": "string",
        "default": "",
        "scope": "machine",
        "markdownDescription": "The Python (3.11 or later) to make the server's environment with, where the "
        "extension installs it. Empty: the first one on the PATH that is new enough.",
    },
    "editor.ghostTextDelay": {
        "type": "integer",
        "default": 0,
        "minimum": 0,
        "maximum": 10_000,
        "scope": "window",
        "markdownDescription": "Milliseconds that typing must pause before ghost text is asked for. "
        "Suggestions asked for by hand never wait.",
    },
    "editor.previewColumns": {
        "type": "integer",
        "default": 110,
        "minimum": 40,
        "maximum": 500,
        "scope": "window",
        "markdownDescription": "How many columns of code fit into your editor. Added lines of a proposed "
        "change are drawn beside the lines they replace where they fit, else below them.",
    },
}


def main(arguments: list[str]) -> int:
    """Write the manifest, or say whether it is as it should be."""
    text = MANIFEST.read_text(encoding="utf-8")
    fresh = with_settings(text)
    if "--check" in arguments:
        return 0 if fresh == text else 1
    MANIFEST.write_text(fresh, encoding="utf-8")
    return 0


def with_settings(text: str) -> str:
    """Return a manifest with the settings as they are now."""
    manifest = json.loads(text)
    manifest["contributes"]["configuration"] = sections()
    restricted = [name for section in sections() for name in section["properties"]]
    manifest["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"] = restricted
    return json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"


def sections() -> list[dict[str, Any]]:
    """Return the settings as VS Code's manifest declares them."""
    plain = {_camel(key.name): _property(key) for key in KEYS if "*" not in key.name}
    own = {name: dict(value) for name, value in _OWN.items()}
    return [
        {"title": "Models", "properties": _named({**plain, "providers": _providers()})},
        {"title": "Editor and Server", "properties": _named(own)},
    ]


def _named(properties: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        f"{SECTION}.{name}": {**value, "order": order}
        for order, (name, value) in enumerate(properties.items())
    }


def _property(key: Key) -> dict[str, Any]:
    found: dict[str, Any] = {**_TYPES[key.kind], "scope": "window", "markdownDescription": key.description}
    if key.name.endswith(".wire"):
        found["enum"] = list(WIRES)
    if key.minimum > -math.inf:
        found["minimum"] = key.minimum
    if key.maximum < math.inf:
        found["maximum"] = key.maximum
    default = list(key.default) if isinstance(key.default, tuple) else key.default
    if default is None:
        found["type"] = [found["type"], "null"]
    found["default"] = default
    return found


def _providers() -> dict[str, Any]:
    """Return the table of providers, without its keys."""
    known: dict[str, Any] = {}
    for key in KEYS:
        if key.name.startswith(_PROVIDERS) and key.kind is not Kind.SECRET:
            value = _property(key)
            value.pop("scope")
            value.pop("default")
            known[_camel(key.name.removeprefix(_PROVIDERS))] = value
    return {
        "type": "object",
        "default": {},
        "scope": "window",
        "markdownDescription": "Where providers are and how they are asked, by their names. A key is not "
        "given here but by *Monkey Coder: Set an API Key*.",
        "additionalProperties": {"type": "object", "properties": known, "additionalProperties": False},
    }


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
