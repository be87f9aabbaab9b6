"""How much of what projects' own files say is found: asked and found, by kind of file.

Usage: python -m benchmarks.facts DIR. Each folder in DIR is a project with an `expected.json` that says
what a person reads in its files: a path of a file ("" for the project as a whole) to lists of texts.

    {"pyproject.toml": {"name": ["flask"], "version": ["3.2"], "runtime": ["python >=3.10"],
                        "dependencies": ["click >=8.1.3", "pytest"], "commands": ["test: pytest"],
                        "settings": ["ruff line-length 100"], "entries": ["flask flask.cli:main"],
                        "members": ["packages/*"]},
     "": {"languages": ["python"], "managers": ["uv"], "frameworks": ["Flask"],
          "test_frameworks": ["pytest"], "rules": ["AGENTS.md"]}}

Only what is listed is asked. `dependencies` of a file are taken as all that it has, so that one found
beyond them counts as extra; `some_dependencies` are not. The last line is {"kinds": {kind: [asked, found]},
"facts": {fact: [asked, found]}, "asked", "found", "extra", "projects", "ms_median", "missed": a hundred}.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from monkey_coder.workspace.facts import project_facts
from monkey_coder.workspace.facts_types import Manifest, ProjectFacts
from monkey_coder.workspace.rules import rule_files

_PROJECT = "project"


def main() -> int:
    """Print the table, and the figures as the last line."""
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        print(__doc__, file=sys.stderr)
        return 2
    kinds: Counter[str] = Counter()
    facts: Counter[str] = Counter()
    found_kinds: Counter[str] = Counter()
    found_facts: Counter[str] = Counter()
    missed: list[str] = []
    seconds: list[float] = []
    n_extra = n_projects = 0
    for expected in sorted(Path(sys.argv[1]).glob("*/expected.json")):
        asked = json.loads(expected.read_text(encoding="utf-8"))
        began = time.perf_counter()
        found = project_facts(str(expected.parent))
        seconds.append(time.perf_counter() - began)
        n_projects += 1
        manifests = {one.path: one for package in found.packages for one in package.manifests}
        for path, table in asked.items():
            manifest = manifests.get(path)
            told = _of_manifest(manifest) if path else _of_project(found)
            kind = (manifest.kind if manifest else path.rpartition("/")[2]) if path else _PROJECT
            for fact, texts in table.items():
                for text in texts:
                    kinds[kind] += 1
                    facts[fact] += 1
                    is_found = text in told.get(fact, ())
                    found_kinds[kind] += is_found
                    found_facts[fact] += is_found
                    if not is_found:
                        missed.append(f"{expected.parent.name}: {path or _PROJECT}: {fact}: {text}")
                if fact == "dependencies" and path:
                    n_extra += len(set(told.get(fact, ())) - set(texts))
        print(f"{expected.parent.name}: {len(manifests)} files", file=sys.stderr)
    print(f"{'kind of file':24} asked found")
    for kind, n_asked in sorted(kinds.items()):
        print(f"{kind:24} {n_asked:5} {found_kinds[kind]:5}")
    print(f"{'all':24} {kinds.total():5} {found_kinds.total():5}, {n_extra} dependencies beyond those asked")
    for line in missed[:30]:
        print(f"missed  {line}", file=sys.stderr)
    last: dict[str, Any] = {
        "kinds": {kind: [kinds[kind], found_kinds[kind]] for kind in sorted(kinds)},
        "facts": {fact: [facts[fact], found_facts[fact]] for fact in sorted(facts)},
        "asked": kinds.total(),
        "found": found_kinds.total(),
        "extra": n_extra,
        "projects": n_projects,
        "ms_median": round(1000 * statistics.median(seconds), 1) if seconds else None,
        "missed": missed[:100],
    }
    print(json.dumps(last))
    return 0


def _of_manifest(manifest: Manifest | None) -> dict[str, list[str]]:
    if manifest is None:
        return {}
    return {
        "name": [manifest.name],
        "version": [manifest.version],
        "runtime": [manifest.runtime, *manifest.runtime.split(", ")],
        "manager": [manifest.manager],
        "dependencies": [f"{one.name} {one.version}".strip() for one in manifest.dependencies],
        "some_dependencies": [f"{one.name} {one.version}".strip() for one in manifest.dependencies]
        + [one.name for one in manifest.dependencies],
        "commands": [f"{one.kind}: {one.line}" for one in manifest.commands],
        "settings": [f"{one.tool} {one.name} {one.value}" for one in manifest.settings],
        "entries": [f"{one.name} {one.target}".strip() for one in manifest.entries],
        "members": list(manifest.members),
    }


def _of_project(found: ProjectFacts) -> dict[str, list[str]]:
    packages = found.packages
    return {
        "languages": [one.name for one in found.languages],
        "managers": [name for package in packages for name in package.managers],
        "frameworks": [name for package in packages for name in package.frameworks],
        "test_frameworks": [name for package in packages for name in package.test_frameworks],
        "rules": [rule.path for rule in rule_files(found.folder)],
    }


if __name__ == "__main__":
    raise SystemExit(main())
