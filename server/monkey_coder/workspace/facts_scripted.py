"""What the project files of PHP and Ruby say, and Dockerfiles, .editorconfig and pre-commit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from .facts_shell import commands_in, kind_of, kind_of_name
from .facts_types import Command, CommandKind, Dependency, Entry, Manifest, Setting


def composer(path: str, text: str) -> Manifest:
    """Return what a composer.json says."""
    try:
        table = json.loads(text)
    except (ValueError, RecursionError):
        return Manifest(path, "composer", problem="it is no JSON")
    if not isinstance(table, dict):
        return Manifest(path, "composer", problem="it is no JSON object")
    dependencies: list[Dependency] = []
    runtime = ""
    for key, scope in (("require", "main"), ("require-dev", "dev")):
        entries = table.get(key)
        for name, version in entries.items() if isinstance(entries, dict) else ():
            if name == "php":
                runtime = f"php {version}"
            else:
                dependencies.append(Dependency(name, str(version), scope))
    scripts = table.get("scripts")
    commands = [
        Command(kind, f"composer {name}")
        for name, line in (scripts.items() if isinstance(scripts, dict) else ())
        if (kind := kind_of_name(name) or (kind_of(line) if isinstance(line, str) else None)) is not None
    ]
    binaries = table.get("bin")
    autoload = table.get("autoload")
    spaces = autoload.get("psr-4") if isinstance(autoload, dict) else None
    entries_found = [Entry(str(one).rpartition("/")[2], str(one)) for one in _listed(binaries)]
    entries_found += [
        Entry(f"psr-4 {space}", str(where))
        for space, where in (spaces if isinstance(spaces, dict) else {}).items()
    ]
    return Manifest(
        path,
        "composer",
        name=str(table.get("name") or ""),
        version=str(table.get("version") or ""),
        runtime=runtime,
        manager="composer",
        dependencies=tuple(dependencies),
        commands=tuple(commands),
        entries=tuple(entries_found),
    )


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value] if isinstance(value, str) else []


_GEM = re.compile(
    r"^[ \t]*gem[\s(]+[\"']([\w.-]+)[\"']((?:\s*,\s*[\"'][^\"'\n]*[\"'])*)([^\n]*)", re.MULTILINE
)


def gemfile(path: str, text: str) -> Manifest:
    """Return what a Gemfile says: its gems with their groups."""
    bare = re.sub(r"^[ \t]*#.*$", "", text, flags=re.MULTILINE)
    found: list[Dependency] = []
    group, depth = "main", 0
    for line in bare.splitlines():
        if opened := re.match(r"\s*group[\s(]+([^)\n]+?)\)?\s+do\b", line):
            group = ",".join(re.findall(r":(\w+)|[\"'](\w+)[\"']", opened[1])[0]).strip(",")
            depth = 1
        elif depth and re.search(r"\bdo\b|^\s*(?:if|unless|case)\b", line):
            depth += 1
        elif depth and re.match(r"\s*end\b", line):
            depth -= 1
            group = group if depth else "main"
        if gem := _GEM.match(line):
            own = re.search(r"groups?(?::\s*|\s*=>\s*)\[?\s*:(\w+)", gem[3])
            versions = re.findall(r"[\"']([^\"']+)[\"']", gem[2])
            found.append(Dependency(gem[1], ", ".join(versions), own[1] if own else group))
    ruby = re.search(r"^[ \t]*ruby[\s(]+[\"']([^\"']+)", bare, re.MULTILINE)
    return Manifest(
        path,
        "gemfile",
        runtime=f"ruby {ruby[1]}" if ruby else "",
        manager="bundler",
        dependencies=tuple(dict.fromkeys(found)),
    )


def gemspec(path: str, text: str) -> Manifest:
    """Return what a gemspec says in literals."""
    dependency = (
        r"^[ \t]*\w+\.add_(\w+_)?dependency[\s(]+[\"']([\w.-]+)[\"']((?:\s*,\s*[\"'][^\"'\n]*[\"'])*)"
    )
    found = [
        Dependency(
            match[2],
            ", ".join(re.findall(r"[\"']([^\"']+)[\"']", match[3])),
            "dev" if match[1] == "development_" else "main",
        )
        for match in re.finditer(dependency, text, re.MULTILINE)
    ]

    def told(key: str) -> str:
        match = re.search(rf"^[ \t]*\w+\.{key}\s*=\s*\[?\s*[\"']([^\"']+)", text, re.MULTILINE)
        return match[1] if match else ""

    ruby = told("required_ruby_version")
    return Manifest(
        path,
        "gemspec",
        name=told("name"),
        version=told("version"),
        runtime=f"ruby {ruby}" if ruby else "",
        manager="bundler",
        dependencies=tuple(found),
        entries=tuple(Entry(name) for name in filter(None, (told("executables"),))),
    )


def dockerfile(path: str, text: str) -> Manifest:
    """Return the images a Dockerfile is built from, and what it starts."""
    joined = re.sub(r"\\\s*\r?\n(?:\s*#[^\n]*\n)*", " ", text)
    defaults = dict(re.findall(r"^[ \t]*ARG\s+(\w+)=[\"']?([^\s\"']+)", joined, re.MULTILINE))
    stages: set[str] = set()
    found: list[Dependency] = []
    for match in re.finditer(
        r"^[ \t]*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", joined, re.MULTILINE | re.I
    ):
        image = re.sub(
            r"\$\{?(\w+)(?::-([^}]*))?\}?", lambda one: defaults.get(one[1], one[2] or one[0]), match[1]
        )
        if image.lower() not in stages:
            name, _, version = image.partition("@") if "@" in image else image.rpartition(":")
            if not name or "/" in version:
                name, version = image, ""
            found.append(Dependency(name, version, "image"))
        stages.add((match[2] or "").lower())
    starts = re.findall(r"^[ \t]*(CMD|ENTRYPOINT)\s+(.+)$", joined, re.MULTILINE | re.IGNORECASE)
    ports = re.findall(r"^[ \t]*EXPOSE\s+(.+)$", joined, re.MULTILINE | re.IGNORECASE)
    runs = re.findall(r"^[ \t]*RUN\s+(?:--\S+\s+)*(.+)$", joined, re.MULTILINE | re.IGNORECASE)
    return Manifest(
        path,
        "dockerfile",
        manager="docker",
        dependencies=tuple(dict.fromkeys(found)),
        commands=tuple(one for one in commands_in(runs) if one.kind is not CommandKind.RUN),
        settings=tuple(Setting("docker", "port", port.strip()) for port in ports),
        entries=tuple(Entry(kind.upper(), _argv(line.strip())) for kind, line in starts),
    )


def _argv(line: str) -> str:
    if line.startswith("["):
        try:
            found = json.loads(line)
        except ValueError:
            return line
        return " ".join(map(str, found)) if isinstance(found, list) else line
    return line


_EDITOR_KEYS = ("indent_style", "indent_size", "max_line_length", "end_of_line", "insert_final_newline")


def editorconfig(path: str, text: str) -> Manifest:
    """Return what an .editorconfig says; a setting of some files alone has their pattern in its name."""
    section = "*"
    found: list[Setting] = []
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
        elif (match := re.match(r"(\w+)\s*=\s*(\S+)", line)) and match[1].lower() in _EDITOR_KEYS:
            name = match[1].lower() if section == "*" else f"{match[1].lower()} [{section}]"
            found.append(Setting("editorconfig", name, match[2].lower()))
    return Manifest(path, "editorconfig", settings=tuple(found[:60]))


def pre_commit(path: str, text: str) -> Manifest:
    """Return the hooks of a .pre-commit-config.yaml, with the versions of where they are from."""
    found: list[Dependency] = []
    for repo in re.split(r"^[ \t]*-\s*repo:\s*", text, flags=re.MULTILINE)[1:]:
        name = repo.split(maxsplit=1)[0].strip("\"'") if repo.split() else ""
        version = re.search(r"^[ \t]*rev:\s*[\"']?([^\s\"'#]+)", repo, re.MULTILINE)
        if "/" in name:
            found.append(
                Dependency(
                    name.rpartition("/")[2].removesuffix(".git"), version[1] if version else "", "hook"
                )
            )
    return Manifest(
        path,
        "pre-commit",
        dependencies=tuple(found),
        commands=(Command(CommandKind.LINT, "pre-commit run --all-files"),),
    )


_PLAIN = {
    "rustfmt": ("max_width", "edition", "tab_spaces", "hard_tabs", "imports_granularity"),
    "clang-format": ("BasedOnStyle", "IndentWidth", "ColumnLimit", "UseTab"),
    "ruff": ("line-length", "target-version", "select", "extend-select", "quote-style"),
    "rubocop": ("TargetRubyVersion", "NewCops"),
    "golangci": ("default",),
}


def _plain(tool: str, path: str, text: str) -> Iterator[Setting]:
    for key in _PLAIN[tool]:
        match = re.search(rf"^[ \t]*{key}\s*[:=]\s*(\[[^\]]*\]|[\"']?[^\s\"'#]+)", text, re.MULTILINE)
        if match:
            yield Setting(tool, key, re.sub(r"[\[\]\"'\s]+", " ", match[1]).strip().replace(" ,", ","))


def settings_file(path: str, text: str) -> Manifest:
    """Return what rustfmt.toml, .clang-format, ruff.toml, .rubocop.yml or .golangci.yml says."""
    name = path.rpartition("/")[2]
    tool = next((tool for tool in _PLAIN if tool in name), "ruff")
    lines = {"ruff": "ruff check", "rubocop": "rubocop", "golangci": "golangci-lint run"}
    commands = (Command(CommandKind.LINT, lines[tool]),) if tool in lines else ()
    return Manifest(path, tool, commands=commands, settings=tuple(_plain(tool, path, text)))
