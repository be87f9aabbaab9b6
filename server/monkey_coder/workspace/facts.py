"""The facts of a project from its own files: what it is made of, how it is tested, formatted, started."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic

from .facts_compiled import cargo, cmake, go_mod, go_work, gradle, gradle_settings, pom, version_catalog
from .facts_frameworks import FRAMEWORKS, TEST_FRAMEWORKS
from .facts_layout import languages_of, layout_of
from .facts_node import biome, package_json, pnpm_workspace, prettierrc, tsconfig
from .facts_python import pipfile, pyproject, requirements, setup_cfg, setup_py
from .facts_scripted import (
    composer,
    dockerfile,
    editorconfig,
    gemfile,
    gemspec,
    pre_commit,
    settings_file,
)
from .facts_shell import ci_file, justfile, makefile, taskfile
from .facts_types import Manifest, Package, ProjectFacts
from .nearby import read_source
from .walk import SourceFile, is_ignored, walk

Reader = Callable[[str, str], Manifest]
_MOST_FILES = 50_000
_MOST_MANIFESTS = 2_000
_LARGEST_MANIFEST = 2_000_000

# A path relative to the project, and what reads it; the first that fits. What stands first says most.
_READERS: tuple[tuple[str, Reader], ...] = (
    (r"(?:.*/)?pyproject\.toml", pyproject),
    (r"(?:.*/)?package\.json", package_json),
    (r"(?:.*/)?Cargo\.toml", cargo),
    (r"(?:.*/)?go\.mod", go_mod),
    (r"(?:.*/)?pom\.xml", pom),
    (r"(?:.*/)?(?!settings)[\w.-]+\.gradle(?:\.kts)?", gradle),
    (r"(?:.*/)?settings\.gradle(?:\.kts)?", gradle_settings),
    (r"(?:.*/)?gradle/[\w.-]+\.versions\.toml", version_catalog),
    (r"(?:.*/)?composer\.json", composer),
    (r"(?:.*/)?Gemfile", gemfile),
    (r"(?:.*/)?[\w.-]+\.gemspec", gemspec),
    (r"(?:.*/)?setup\.cfg", setup_cfg),
    (r"(?:.*/)?setup\.py", setup_py),
    (r"(?:.*/)?Pipfile", pipfile),
    (r"(?:.*/)?(?:[\w.-]*requirements[\w.-]*\.(?:txt|in)|requirements/[\w.-]+\.(?:txt|in))", requirements),
    (r"(?:.*/)?CMakeLists\.txt", cmake),
    (r"(?:.*/)?(?:GNUm|M|m)akefile", makefile),
    (r"(?:.*/)?\.?[jJ]ustfile", justfile),
    (r"(?:.*/)?[Tt]askfile\.ya?ml", taskfile),
    (r"(?:.*/)?(?:tox|pytest|mypy)\.ini|(?:.*/)?\.flake8|(?:.*/)?\.?pylintrc", setup_cfg),
    (r"(?:.*/)?go\.work", go_work),
    (r"(?:.*/)?pnpm-workspace\.yaml", pnpm_workspace),
    (r"(?:.*/)?tsconfig\.json", tsconfig),
    (
        r"(?:.*/)?\.prettierrc(?:\.(?:json5?|ya?ml|toml|[cm]?js))?|(?:.*/)?prettier\.config\.[cm]?[jt]s",
        prettierrc,
    ),
    (r"(?:.*/)?biome\.jsonc?", biome),
    (r"(?:.*/)?\.editorconfig", editorconfig),
    (
        r"(?:.*/)?(?:\.?rustfmt\.toml|\.clang-format|\.?ruff\.toml|\.rubocop\.yml|\.golangci\.(?:ya?ml|toml))",
        settings_file,
    ),
    (r"\.pre-commit-config\.ya?ml", pre_commit),
    (r"(?:.*/)?(?:Dockerfile|Containerfile)(?:\.[\w-]+)?|(?:.*/)?[\w-]+\.[Dd]ockerfile", dockerfile),
    (r"\.github/workflows/[\w.-]+\.ya?ml|\.gitlab-ci\.ya?ml|\.circleci/config\.ya?ml|\.travis\.yml", ci_file),
    (r"azure-pipelines\.ya?ml|bitbucket-pipelines\.yml|appveyor\.yml|\.cirrus\.yml|Jenkinsfile", ci_file),
    (r"\.woodpecker(?:/[\w-]+)?\.ya?ml|\.drone\.yml", ci_file),
)
_PATTERNS = tuple((re.compile(pattern), reader) for pattern, reader in _READERS)
_ALL = re.compile("|".join(f"(?:{pattern})" for pattern, _ in _READERS))
# Files of other people's code in tests and examples say nothing of the project.
_FOREIGN = re.compile(
    r"(?:^|/)(?:tests?|fixtures?|testdata|__fixtures__|vendor|third[_-]party|test-data)/", re.I
)

_LOCKS = {
    "uv.lock": "uv", "poetry.lock": "poetry", "pdm.lock": "pdm", "Pipfile.lock": "pipenv",
    "pnpm-lock.yaml": "pnpm", "yarn.lock": "yarn", "bun.lock": "bun", "bun.lockb": "bun",
    "package-lock.json": "npm", "npm-shrinkwrap.json": "npm", "deno.lock": "deno",
    "Cargo.lock": "cargo", "composer.lock": "composer", "Gemfile.lock": "bundler", "go.sum": "go",
}  # fmt: skip


def project_facts(folder: str, *, seconds: float = 5.0) -> ProjectFacts:
    """Return what the files under `folder` say of the project. Runs nothing of it.

    Ignored files are left out. What takes longer than `seconds` to list is looked at in part.
    """
    until = monotonic() + seconds
    top = Path(folder).absolute()
    files: list[SourceFile] = []
    is_partial = False
    for file in walk(str(top), plaintext=True):
        files.append(file)
        if len(files) >= _MOST_FILES or monotonic() > until:
            is_partial = True
            break
    paths = [Path(file.path).relative_to(top).as_posix() for file in files]
    wanted = [path for path in paths if _ALL.fullmatch(path) and not _FOREIGN.search(path)]
    if is_partial:  # The walk goes depth first: at the top nothing must be missing.
        wanted = list(dict.fromkeys((*_at_top(top), *wanted)))
    manifests = [
        found for path in wanted[:_MOST_MANIFESTS] if (found := read_manifest(top, path)) is not None
    ]
    return ProjectFacts(
        str(top),
        languages=languages_of(files, paths),
        packages=_packages(top, manifests),
        layout=layout_of(paths),
        is_partial=is_partial or len(wanted) > _MOST_MANIFESTS,
    )


def read_manifest(top: Path, path: str) -> Manifest | None:
    """Return what the file at `path` under `top` says, None if it is no manifest or cannot be read."""
    reader = next((reader for pattern, reader in _PATTERNS if pattern.fullmatch(path)), None)
    text = read_source(top / path, max_bytes=_LARGEST_MANIFEST) if reader is not None else None
    return reader(path, text) if reader is not None and text is not None else None


def _at_top(top: Path) -> list[str]:
    names = sorted(entry.name for entry in top.iterdir() if entry.is_file() and not entry.is_symlink())
    return [name for name in names if _ALL.fullmatch(name) and not is_ignored(str(top / name), str(top))]


def _packages(top: Path, manifests: Sequence[Manifest]) -> tuple[Package, ...]:
    folders: dict[str, list[Manifest]] = defaultdict(list)
    for manifest in manifests:
        folders[_home(manifest)].append(manifest)
    return tuple(_package(top, folder, folders[folder]) for folder in sorted(folders))


def _home(manifest: Manifest) -> str:
    """Return the folder that a file speaks of: CI and lists of requirements speak of the one above."""
    folder = manifest.folder
    if manifest.kind == "ci":
        return ""
    if manifest.kind == "requirements" and folder.rpartition("/")[2] == "requirements":
        return folder.rpartition("/")[0]
    if manifest.kind == "version-catalog":
        return folder.rpartition("/")[0]
    return folder


def _package(top: Path, folder: str, manifests: list[Manifest]) -> Package:
    rank = {path: _rank(path) for path in (one.path for one in manifests)}
    ordered = tuple(sorted(manifests, key=lambda one: (rank[one.path], one.path)))
    locks = [manager for name, manager in _LOCKS.items() if (top / folder / name).is_file()]
    managers: dict[str, None] = dict.fromkeys(
        (*locks, *(one.manager for one in ordered if one.manager and one.kind != "ci"))
    )
    if any(one.kind == "package.json" for one in ordered) and not _ECMA & set(managers):
        managers["npm"] = None
    names = [one.name for dependency in ordered for one in dependency.dependencies]
    named = next((one for one in ordered if one.name), None)
    return Package(
        folder,
        name=named.name if named else "",
        version=next((one.version for one in ordered if one.version), ""),
        runtimes=tuple(dict.fromkeys(one.runtime for one in ordered if one.runtime and one.kind != "ci")),
        managers=_without_doubles(managers),
        frameworks=_known(FRAMEWORKS, names),
        test_frameworks=_known(TEST_FRAMEWORKS, names, _commands(ordered)),
        manifests=tuple(_with_manager(one, managers) for one in ordered),
    )


_ECMA = frozenset(("npm", "pnpm", "yarn", "bun", "deno"))


def _without_doubles(managers: Iterable[str]) -> tuple[str, ...]:
    found = list(managers)
    other = {"npm": ("pnpm", "yarn", "bun"), "pip": ("uv", "poetry", "pdm", "pipenv")}
    return tuple(one for one in found if not set(other.get(one, ())) & set(found))


def _with_manager(manifest: Manifest, managers: Mapping[str, object]) -> Manifest:
    """Return a package.json whose scripts are run by the manager whose lock file lies beside it."""
    manager = next((one for one in ("pnpm", "yarn", "bun") if one in managers), None)
    if manifest.kind != "package.json" or manifest.manager or manager is None:
        return manifest

    commands = tuple(replace(one, line=re.sub(r"^npm\b", manager, one.line)) for one in manifest.commands)
    return replace(manifest, manager=manager, commands=commands)


def _rank(path: str) -> int:
    return next(place for place, (pattern, _) in enumerate(_PATTERNS) if pattern.fullmatch(path))


def _commands(manifests: Iterable[Manifest]) -> str:
    return "\n".join(one.line for manifest in manifests for one in manifest.commands)


def _known(table: Mapping[str, str], names: Iterable[str], commands: str = "") -> tuple[str, ...]:
    """Return the frameworks among dependencies, in the order of the table."""
    lowered = {name.lower().replace("_", "-") for name in names}
    tails = {re.split(r"[:/]", name)[-1] for name in lowered} | lowered
    found = dict.fromkeys(label for name, label in table.items() if name in tails or _is_run(name, commands))
    return tuple(found)


def _is_run(name: str, commands: str) -> bool:
    return (
        bool(commands)
        and re.search(rf"(?:^|[\s/]){re.escape(name)}(?:\s|$)", commands, re.MULTILINE) is not None
    )
