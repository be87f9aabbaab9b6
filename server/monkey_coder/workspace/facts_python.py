"""What Python's project files say. setup.py is read as data and never run."""

from __future__ import annotations

import ast
import configparser
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from .facts_shell import commands_in, kind_of_name
from .facts_types import Command, CommandKind, Dependency, Entry, Manifest, Setting

_REQUIREMENT = re.compile(r"([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(.*)", re.DOTALL)
_DEV = re.compile(r"dev|test|lint|doc|ci|check|typ|format|bench|debug|local|build", re.IGNORECASE)
_BACKENDS = {
    "poetry": "poetry", "pdm": "pdm", "hatchling": "hatch", "flit": "flit", "setuptools": "setuptools",
    "maturin": "maturin", "uv_build": "uv", "mesonpy": "meson-python",
    "scikit_build_core": "scikit-build-core",
}  # fmt: skip
_RUNNERS = {
    "pytest": (CommandKind.TEST, "pytest"),
    "ruff": (CommandKind.LINT, "ruff check"),
    "black": (CommandKind.FORMAT, "black ."),
    "mypy": (CommandKind.TYPES, "mypy"),
    "pyright": (CommandKind.TYPES, "pyright"),
    "pylint": (CommandKind.LINT, "pylint"),
}
_SETTINGS = {
    "ruff": ("line-length", "target-version", "indent-width", "preview"),
    "black": ("line-length", "target-version", "skip-string-normalization"),
    "isort": ("profile", "line_length"),
    "mypy": ("strict", "python_version"),
    "pyright": ("typeCheckingMode", "pythonVersion"),
    "yapf": ("based_on_style", "column_limit"),
    "pylint": ("max-line-length",),
    "flake8": ("max-line-length", "max_line_length", "ignore", "extend-ignore"),
    "pytest": ("testpaths", "addopts", "asyncio_mode"),
}
Table = Mapping[str, Any]


def requirement(text: str, scope: str = "main") -> Dependency | None:
    """Return what one requirement (PEP 508) asks for, None if it is none."""
    text = re.split(r"\s#|\s--hash|\s;|;", text, maxsplit=1)[0].strip().rstrip("\\").strip()
    match = _REQUIREMENT.fullmatch(text)
    if match is None:
        return None
    version = match[2].strip()
    if version and version[0] not in "<>=!~@(":
        return None
    version = re.sub(r"\s*,\s*", ",", version.strip("()").strip())
    return Dependency(match[1], re.sub(r"([<>=!~])\s+", r"\1", version), scope)


def pyproject(path: str, text: str) -> Manifest:
    """Return what a pyproject.toml says: PEP 621 and 735, Poetry, PDM, Hatch, uv, and its tools."""
    try:
        table: Table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Manifest(path, "pyproject", problem=f"it is not TOML: {error}")
    project, tool = _table(table, "project"), _table(table, "tool")
    poetry = _table(tool, "poetry")
    runtime = _text(project.get("requires-python")) or _constraint(
        _table(poetry, "dependencies").get("python")
    )
    return Manifest(
        path,
        "pyproject",
        name=_text(project.get("name")) or _text(poetry.get("name")),
        version=_text(project.get("version")) or _text(poetry.get("version")),
        runtime=f"python {runtime}" if runtime else "",
        manager=_manager(table, tool),
        dependencies=(*_project_dependencies(table, project), *_tool_dependencies(tool, poetry)),
        commands=tuple(_tool_commands(tool)),
        settings=tuple(_tool_settings(tool)),
        entries=tuple(_entries(project, poetry)),
        members=tuple(_texts(_table(tool, "uv", "workspace").get("members"))),
    )


def _project_dependencies(table: Table, project: Table) -> Iterator[Dependency]:
    groups = {"main": project.get("dependencies")}
    groups |= _table(project, "optional-dependencies")
    groups |= _table(table, "dependency-groups")
    groups |= {"build": _table(table, "build-system").get("requires")}
    for scope, entries in groups.items():
        yield from filter(None, (requirement(entry, scope) for entry in _texts(entries)))


def _tool_dependencies(tool: Table, poetry: Table) -> Iterator[Dependency]:
    groups = {"main": _table(poetry, "dependencies"), "dev": _table(poetry, "dev-dependencies")}
    groups |= {name: _table(group, "dependencies") for name, group in _table(poetry, "group").items()}
    for scope, entries in groups.items():
        for name, value in entries.items():
            if name != "python":
                yield Dependency(name, _constraint(value), scope)
    for scope, listed in _table(tool, "pdm", "dev-dependencies").items():
        yield from filter(None, (requirement(entry, scope) for entry in _texts(listed)))
    for entry in _texts(_table(tool, "uv").get("dev-dependencies")):
        yield from filter(None, (requirement(entry, "dev"),))
    for name, environment in _table(tool, "hatch", "envs").items():
        for key in ("dependencies", "extra-dependencies"):
            for entry in _texts(environment.get(key) if isinstance(environment, dict) else None):
                yield from filter(None, (requirement(entry, "dev" if name == "default" else name),))


def _constraint(value: object) -> str:
    """Return Poetry's and Pipenv's version: a text, or a table that says where it is from."""
    if isinstance(value, dict):
        for key in ("version", "git", "url", "path"):
            if isinstance(value.get(key), str):
                return str(value[key])
        return ""
    if isinstance(value, list) and value:
        return _constraint(value[0])
    return value if isinstance(value, str) else ""


def _tool_commands(tool: Table) -> Iterator[Command]:
    for name, runner in _RUNNERS.items():
        if name in tool:
            yield Command(*runner)
    if "format" in _table(tool, "ruff"):
        yield Command(CommandKind.FORMAT, "ruff format")
    if "tox" in tool:
        yield Command(CommandKind.TEST, "tox")
    environments = _table(tool, "hatch", "envs")
    for environment, table in environments.items():
        prefix = "hatch run" if environment == "default" else f"hatch run {environment}:"
        for name in _table(table if isinstance(table, dict) else {}, "scripts"):
            if (kind := kind_of_name(name)) is not None:
                yield Command(kind, f"{prefix} {name}".replace(": ", ":"))
    for start, tasks in (("pdm run", _table(tool, "pdm", "scripts")), ("poe", _table(tool, "poe", "tasks"))):
        for name in tasks:
            if (kind := kind_of_name(name)) is not None:
                yield Command(kind, f"{start} {name}")


def _tool_settings(tool: Table) -> Iterator[Setting]:
    for name, keys in _SETTINGS.items():
        table = _table(tool, "pytest", "ini_options") if name == "pytest" else _table(tool, name)
        for key in keys:
            if key in table:
                yield Setting(name, key, _shown(table[key]))
    ruff = _table(tool, "ruff")
    lint, formatting = _table(ruff, "lint"), _table(ruff, "format")
    for key in ("select", "extend-select", "ignore"):
        value = lint.get(key, ruff.get(key))
        if value is not None:
            yield Setting("ruff", key, _shown(value))
    for key in ("quote-style", "indent-style", "docstring-code-format"):
        if key in formatting:
            yield Setting("ruff", key, _shown(formatting[key]))


def _entries(project: Table, poetry: Table) -> Iterator[Entry]:
    for table in (_table(project, "scripts"), _table(project, "gui-scripts"), _table(poetry, "scripts")):
        for name, target in table.items():
            yield Entry(name, _constraint(target) or _text(_table(table, name).get("reference")))
    for group, table in _table(project, "entry-points").items():
        for name in table if isinstance(table, dict) else ():
            yield Entry(f"{group}:{name}", _text(table[name]))


def _manager(table: Table, tool: Table) -> str:
    for name in ("poetry", "pdm", "uv"):
        if name in tool:
            return name
    backend = _text(_table(table, "build-system").get("build-backend"))
    return next((manager for mark, manager in _BACKENDS.items() if mark in backend), "")


def requirements(path: str, text: str) -> Manifest:
    """Return what a requirements file asks for; its name says whether it is for development."""
    stem = path.rpartition("/")[2].removesuffix(".txt").removesuffix(".in")
    group = re.sub(r"^requirements[-_.]?|[-_.]?requirements$", "", stem)
    scope = group if _DEV.search(group) else "main"
    found: list[Dependency] = []
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        line = line.strip()
        if egg := re.search(r"#egg=([\w.-]+)", line):
            address = re.sub(r"^-e\s+|^--editable[ =]", "", line).partition("#egg")[0]
            found.append(Dependency(egg[1], f"@ {address}", scope))
        elif line and line[0] not in "#-./" and "://" not in line.split("@")[0]:
            found += filter(None, (requirement(line, scope),))
    return Manifest(path, "requirements", manager="pip", dependencies=tuple(found))


def pipfile(path: str, text: str) -> Manifest:
    """Return what a Pipfile says."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Manifest(path, "pipfile", problem=f"it is not TOML: {error}")
    found = [
        Dependency(name, "" if _constraint(value) == "*" else _constraint(value), scope)
        for key, scope in (("packages", "main"), ("dev-packages", "dev"))
        for name, value in _table(table, key).items()
    ]
    scripts = _table(table, "scripts")
    commands = [Command(kind, f"pipenv run {name}") for name in scripts if (kind := kind_of_name(name))]
    version = _text(_table(table, "requires").get("python_version"))
    return Manifest(
        path,
        "pipfile",
        manager="pipenv",
        runtime=f"python {version}" if version else "",
        dependencies=tuple(found),
        commands=tuple(commands),
    )


def setup_cfg(path: str, text: str) -> Manifest:
    """Return what a setup.cfg, tox.ini, pytest.ini, mypy.ini or .flake8 says."""
    name = path.rpartition("/")[2]
    parser = configparser.ConfigParser(interpolation=None, strict=False, allow_no_value=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(text)
    except configparser.Error as error:
        return Manifest(path, name, problem=f"it cannot be read: {error.message.splitlines()[0]}")
    ini = {section: dict(parser.items(section)) for section in parser.sections()}
    options = ini.get("options", {})
    groups = {"main": options.get("install_requires"), "test": options.get("tests_require")}
    groups |= ini.get("options.extras_require", {})
    dependencies = [
        found
        for scope, lines in groups.items()
        for line in (lines or "").splitlines()
        if (found := requirement(line, scope)) is not None and line.strip()
    ]
    metadata, runtime = ini.get("metadata", {}), options.get("python_requires") or ""
    return Manifest(
        path,
        name,
        name=metadata.get("name") or "",
        version=metadata.get("version") or "",
        runtime=f"python {runtime}" if runtime else "",
        manager="setuptools" if "metadata" in ini or "options" in ini else "",
        dependencies=tuple(dependencies),
        commands=tuple(_ini_commands(name, ini)),
        settings=tuple(_ini_settings(ini)),
        entries=tuple(_ini_entries(ini.get("options.entry_points", {}))),
    )


def _ini_commands(name: str, ini: Mapping[str, Mapping[str, str | None]]) -> Iterator[Command]:
    if name == "tox.ini" and any(section == "tox" or section.startswith("testenv") for section in ini):
        yield Command(CommandKind.TEST, "tox")
        lines = (ini[one].get("commands") or "" for one in ini if one.startswith(("testenv", "testenv:")))
        for text in lines:
            yield from commands_in(re.sub(r"\{posargs[^}]*\}", "", text).splitlines())
    if any(section in ini for section in ("tool:pytest", "pytest")):
        yield Command(CommandKind.TEST, "pytest")
    if "flake8" in ini:
        yield Command(CommandKind.LINT, "flake8")
    if "mypy" in ini:
        yield Command(CommandKind.TYPES, "mypy")


def _ini_settings(ini: Mapping[str, Mapping[str, str | None]]) -> Iterator[Setting]:
    for tool, keys in _SETTINGS.items():
        for section in (tool, f"tool:{tool}", "pycodestyle" if tool == "flake8" else tool):
            for key in keys:
                if value := ini.get(section, {}).get(key):
                    yield Setting(
                        tool, key, _shown([one.strip() for one in value.splitlines() if one.strip()])
                    )


def _ini_entries(groups: Mapping[str, str | None]) -> Iterator[Entry]:
    for group, lines in groups.items():
        for line in (lines or "").splitlines():
            name, found, target = line.partition("=")
            if found:
                label = name.strip() if "scripts" in group else f"{group}:{name.strip()}"
                yield Entry(label, target.strip())


def setup_py(path: str, text: str) -> Manifest:
    """Return what a setup.py hands to `setup`, as far as it stands there in literals."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return Manifest(path, "setup.py", problem=f"it cannot be parsed: {error}")
    names: dict[str, Any] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            names.setdefault(node.targets[0].id, _literal(node.value, names))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    given: dict[str, Any] = {}
    for call in calls:
        called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if called == "setup":
            for keyword in call.keywords:
                value = _literal(keyword.value, names)
                given |= {keyword.arg: value} if keyword.arg else value if isinstance(value, dict) else {}
    groups: dict[str, Any] = {"main": given.get("install_requires"), "test": given.get("tests_require")}
    extras = given.get("extras_require")
    groups |= extras if isinstance(extras, dict) else {}
    groups["build"] = given.get("setup_requires")
    dependencies = [
        found
        for scope, entries in groups.items()
        for entry in ([entries] if isinstance(entries, str) else _texts(entries))
        if (found := requirement(entry, str(scope))) is not None
    ]
    points = given.get("entry_points")
    entries = points if isinstance(points, dict) else {}
    lines = {
        str(group): "\n".join(_texts(listed)) if not isinstance(listed, str) else listed
        for group, listed in entries.items()
    }
    runtime = _text(given.get("python_requires"))
    return Manifest(
        path,
        "setup.py",
        name=_text(given.get("name")),
        version=_text(given.get("version")),
        runtime=f"python {runtime}" if runtime else "",
        manager="setuptools" if given else "",
        dependencies=tuple(dependencies),
        entries=tuple(_ini_entries(lines)),
    )


def _literal(node: ast.expr, names: Mapping[str, Any]) -> Any:
    """Return the value of an expression of literals and names of such; None for all else."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return names.get(name)
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return [_literal(element, names) for element in elements]
        case ast.Dict(keys=keys, values=values):
            return {
                _literal(key, names): _literal(value, names)
                for key, value in zip(keys, values, strict=True)
                if isinstance(key, ast.Constant | ast.Name)
            }
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            one, other = _literal(left, names), _literal(right, names)
            if isinstance(one, str) and isinstance(other, str) and len(one) + len(other) < 10_000:
                return one + other
            if isinstance(one, list) and isinstance(other, list) and len(one) + len(other) < 10_000:
                return one + other
            return one if isinstance(one, list) else other if isinstance(other, list) else None
        case ast.Call(func=ast.Name(id="dict"), keywords=keywords):
            return {one.arg: _literal(one.value, names) for one in keywords if one.arg}
    return None


def _table(table: Table, *keys: str) -> dict[str, Any]:
    found: Any = table
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list | tuple) else []


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(map(str, value[:20]))
    return str(value)
