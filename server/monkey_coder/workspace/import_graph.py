"""Which of the project's files an import means, by each language's own rules."""

from __future__ import annotations

import json
import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from .import_statements import Import

Read = Callable[[str], str | None]

_SCRIPTS = (".ts", ".tsx", ".d.ts", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json")
_WRITTEN_AS = {".js": (".ts", ".tsx", ".d.ts"), ".jsx": (".tsx",), ".mjs": (".mts",), ".cjs": (".cts",)}
_BUILT = re.compile(r"^(?:\./)?(?:dist|lib|build|out|esm|cjs)/(?:esm/|cjs/|src/)?")
_JSON_COMMENT = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/|,(?=\s*[}\]])', re.DOTALL)
_MOST_TARGETS = 200


class Resolver:
    """Resolves imports of a project whose files are `paths`, relative with "/" between the parts.

    `read` returns a file's text or None: it is asked for manifests (tsconfig.json, go.mod ...) alone.
    `namespaces` tells for C# which files declare one.
    """

    def __init__(
        self, paths: Iterable[str], read: Read, namespaces: Mapping[str, list[str]] | None = None
    ) -> None:
        self.paths = frozenset(paths)
        self._read = read
        self._namespaces = namespaces or {}
        self._manifests: dict[str, Any] = {}
        # What files of a folder import is mostly the same.
        self._python_found: dict[tuple[str, str], list[str]] = {}

    def resolve(self, path: str, language: str, one: Import) -> tuple[str, ...]:
        """Return the files that `one`, written in `path`, means; none where it is not the project's."""
        find = _FINDERS.get(language)
        if find is None:
            return ()
        found = dict.fromkeys(target for target in find(self, path, one) if target != path)
        return tuple(found)[:_MOST_TARGETS]

    # What all languages use

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        result: dict[str, list[str]] = defaultdict(list)
        for path in sorted(self.paths):
            result[posixpath.basename(path)].append(path)
        return result

    @cached_property
    def _by_tail(self) -> dict[str, list[str]]:
        """The files by their name with that of their folder."""
        result: dict[str, list[str]] = defaultdict(list)
        for path in sorted(self.paths):
            folder, slash, name = path.rpartition("/")
            result[f"{folder.rpartition('/')[2]}{slash}{name}"].append(path)
        return result

    @cached_property
    def _by_folder(self) -> dict[str, list[str]]:
        result: dict[str, list[str]] = defaultdict(list)
        for path in sorted(self.paths):
            result[posixpath.dirname(path)].append(path)
        return result

    def _ending(self, tail: str, near: str) -> list[str]:
        """Return the file whose path ends with `tail`, the nearest to `near` of several."""
        tail = _normal(tail).lstrip("./")
        folder, _, name = tail.rpartition("/")
        if folder:
            last_two = f"{folder.rpartition('/')[2]}/{name}"
            known = self._by_tail.get(last_two, ())
        else:
            known = self._by_name.get(name, ())
        found = [path for path in known if path == tail or path.endswith("/" + tail)]
        return sorted(found, key=lambda path: (-_shared(path, near), len(path)))[:1]

    def _first(self, *candidates: str) -> list[str]:
        return next(([path] for path in map(_normal, candidates) if path in self.paths), [])

    def _manifest(self, path: str, parse: Callable[[str], Any]) -> Any:
        """Return a manifest's content, {} where there is none or it cannot be read."""
        if path not in self._manifests:
            text = self._read(path)
            try:
                self._manifests[path] = parse(text) if text is not None else {}
            except (ValueError, RecursionError):
                self._manifests[path] = {}
        return self._manifests[path]

    # Python

    @cached_property
    def _modules(self) -> dict[str, list[str]]:
        """The files by their dotted names: from their outermost package, and from the project's folder."""
        result: dict[str, list[str]] = defaultdict(list)
        packages = {
            posixpath.dirname(path)
            for path in self.paths
            if path.endswith(("/__init__.py", "/__init__.pyi")) or path in ("__init__.py", "__init__.pyi")
        }
        for path in sorted(self.paths):
            if not path.endswith((".py", ".pyi")):
                continue
            module = posixpath.splitext(path)[0].removesuffix("/__init__")
            top = posixpath.dirname(path)
            while top in packages and top:
                top = posixpath.dirname(top)
            for name in {module, module[len(top) :].lstrip("/"), module.removeprefix("src/")}:
                result[name.replace("/", ".")].append(path)
        return result

    def _python_module(self, dotted: str, near: str) -> list[str]:
        key = dotted, posixpath.dirname(near)
        found = self._python_found.get(key)
        if found is None:
            found = self._python_found[key] = self._find_python_module(dotted, near)
        return found

    def _find_python_module(self, dotted: str, near: str) -> list[str]:
        found = self._modules.get(dotted) or ()
        beside = posixpath.join(posixpath.dirname(near), dotted.replace(".", "/"))
        if local := self._first(f"{beside}.py", f"{beside}/__init__.py"):
            found = [*found, *local]
        if not found and "." in dotted:
            tail = dotted.replace(".", "/")
            return self._ending(f"{tail}.py", near) or self._ending(f"{tail}/__init__.py", near)
        return sorted(found, key=lambda path: (-_shared(path, near), path.endswith(".pyi")))[:1]

    def python(self, path: str, one: Import) -> Iterator[str]:
        """Yield the module, or the submodules named where the package is imported from."""
        if one.level == 0:
            yield from self._python_module(one.module, path)
            for name, _ in one.names:
                yield from self._modules.get(f"{one.module}.{name}", ())[:1]
            return
        folder = posixpath.dirname(path)
        for _ in range(one.level - 1):
            folder = posixpath.dirname(folder)
        base = posixpath.join(folder, one.module.replace(".", "/"))
        yield from self._first(f"{base}.py", f"{base}.pyi", f"{base}/__init__.py", f"{base}/__init__.pyi")
        for name, _ in one.names:
            yield from self._first(f"{base}/{name}.py", f"{base}/{name}.pyi", f"{base}/{name}/__init__.py")

    # JavaScript and TypeScript

    def script(self, path: str, one: Import) -> Iterator[str]:
        """Yield the file a specifier means: relative, by tsconfig's paths, or of a package in here."""
        module = one.module.split("?")[0]
        if module.startswith("."):
            yield from self._script_at(posixpath.join(posixpath.dirname(path), module))
            return
        for base in self._by_tsconfig(posixpath.dirname(path), module):
            if found := self._script_at(base):
                yield from found
                return
        parts = module.split("/")
        name = "/".join(parts[: 2 if module.startswith("@") else 1])
        folder = self._packages.get(name)
        if folder is not None:
            yield from self._in_package(folder, module[len(name) :].lstrip("/"))

    def _script_at(self, base: str) -> list[str]:
        base = posixpath.normpath(base)
        stem, extension = posixpath.splitext(base)
        return self._first(
            *(base for _ in [0] if extension),
            *(stem + other for other in _WRITTEN_AS.get(extension, ())),
            *(base + other for other in _SCRIPTS),
            *(f"{base}/index{other}" for other in _SCRIPTS),
        )

    @cached_property
    def _packages(self) -> dict[str, str]:
        """The folders of the project's own packages by name."""
        result: dict[str, str] = {}
        for path in self._by_name.get("package.json", ()):
            manifest = self._manifest(path, json.loads)
            if isinstance(manifest, dict) and isinstance(manifest.get("name"), str):
                result.setdefault(manifest["name"], posixpath.dirname(path))
        return result

    def _in_package(self, folder: str, inner: str) -> list[str]:
        manifest = self._manifest(posixpath.join(folder, "package.json"), json.loads)
        entries = [inner] if inner else []
        exports = manifest.get("exports")
        if isinstance(exports, dict):
            entries += _strings(exports.get(f"./{inner}" if inner else "."))
        if not inner:
            entries += [manifest[key] for key in ("source", "types", "module", "main") if key in manifest]
            entries += ["src/index", "index"]
        for entry in entries:
            if isinstance(entry, str):
                plain = _BUILT.sub("", entry)
                for base in (entry, f"src/{plain}", plain):
                    if found := self._script_at(posixpath.join(folder, re.sub(r"\.d\.[mc]?ts$", "", base))):
                        return found
        return []

    def _by_tsconfig(self, folder: str, module: str) -> Iterator[str]:
        while True:
            for name in ("tsconfig.json", "jsconfig.json", "tsconfig.base.json"):
                base, paths = self._tsconfig(posixpath.join(folder, name))
                for pattern, targets in paths:
                    start, star, end = pattern.partition("*")
                    is_meant = (
                        module.startswith(start) and module.endswith(end) if star else module == pattern
                    )
                    if is_meant:
                        middle = module[len(start) : len(module) - len(end)] if star else ""
                        yield from (
                            posixpath.join(where, target.replace("*", middle)) for where, target in targets
                        )
                if base is not None:
                    yield posixpath.join(base, module)
            if not folder:
                return
            folder = posixpath.dirname(folder)

    def _tsconfig(
        self, path: str, depth: int = 0
    ) -> tuple[str | None, list[tuple[str, list[tuple[str, str]]]]]:
        """Return the base folder, and the patterns of `paths` with their targets, longest first."""
        config = self._manifest(path, _jsonc) if path in self.paths else {}
        options = config.get("compilerOptions") if isinstance(config, dict) else None
        options = options if isinstance(options, dict) else {}
        base: str | None = None
        paths: list[tuple[str, list[tuple[str, str]]]] = []
        for parent in _strings(config.get("extends")) if isinstance(config, dict) and depth < 5 else []:
            if parent.startswith("."):
                above = posixpath.normpath(posixpath.join(posixpath.dirname(path), parent))
                above = above if above.endswith(".json") else f"{above}.json"
                base, paths = self._tsconfig(above, depth + 1)
        if isinstance(options.get("baseUrl"), str):
            base = posixpath.normpath(posixpath.join(posixpath.dirname(path), options["baseUrl"]))
        if isinstance(options.get("paths"), dict):
            where = base if base is not None else posixpath.dirname(path)
            found = [
                (pattern, [(where, target) for target in _strings(targets)])
                for pattern, targets in options["paths"].items()
            ]
            paths = sorted(found, key=lambda entry: -len(entry[0]))
        return base, paths

    # Go, Rust, Java and their like

    @cached_property
    def _go_modules(self) -> list[tuple[str, str]]:
        """The module paths with their folders, longest first."""
        folders: set[str] = set()
        for path in self.paths:
            folder = posixpath.dirname(path) if path.endswith(".go") else None
            while folder is not None and folder not in folders:
                folders.add(folder)
                folder = posixpath.dirname(folder) if folder else None
        result = []
        for folder in folders:
            text = self._read(posixpath.join(folder, "go.mod"))
            match = re.search(r"^module\s+\"?([^\s\"]+)", text or "", re.MULTILINE)
            if match is not None:
                result.append((match[1], folder))
        return sorted(result, key=lambda entry: -len(entry[0]))

    def go(self, path: str, one: Import) -> Iterator[str]:
        """Yield the files of the package that is imported."""
        for module, folder in self._go_modules:
            if one.module == module or one.module.startswith(f"{module}/"):
                inner = posixpath.normpath(posixpath.join(folder, one.module[len(module) :].lstrip("/")))
                files = self._by_folder.get("" if inner == "." else inner, ())
                yield from (file for file in files if file.endswith(".go") and not file.endswith("_test.go"))
                return

    @cached_property
    def _crates(self) -> dict[str, str]:
        """The folders of the project's crates by the name that code uses."""
        result: dict[str, str] = {}
        for path in self._by_name.get("Cargo.toml", ()):
            manifest = self._manifest(path, _toml)
            package = manifest.get("package")
            if isinstance(package, dict) and isinstance(package.get("name"), str):
                result[package["name"].replace("-", "_")] = posixpath.dirname(path)
        return result

    def rust(self, path: str, one: Import) -> Iterator[str]:
        """Yield the file of the module that a path leads to, as far as it is a module."""
        segments = one.module.split("::")
        names = [name for name, _ in one.names if name != "*"]
        name = posixpath.basename(path)
        stem = posixpath.splitext(path)[0]
        here = posixpath.dirname(path) if name in ("mod.rs", "lib.rs", "main.rs") else stem
        first = segments[0]
        if first in self._crates and first not in ("self", "super", "crate"):
            yield from self._rust_at(posixpath.join(self._crates[first], "src"), segments[1:] + names)
            return
        if first == "crate":
            here, segments = self._crate_root(path), segments[1:]
        while segments and segments[0] in ("self", "super"):
            here = posixpath.dirname(here) if segments[0] == "super" else here
            segments = segments[1:]
        found = self._rust_at(here, segments + names)
        if first in ("crate", "self", "super") or (found and not _is_root(found[0])):
            yield from found

    def _crate_root(self, path: str) -> str:
        folder = posixpath.dirname(path)
        while folder:
            if self._first(f"{folder}/lib.rs", f"{folder}/main.rs"):
                return folder
            folder = posixpath.dirname(folder)
        return ""

    def _rust_at(self, folder: str, segments: list[str]) -> list[str]:
        for n in range(len(segments), 0, -1):
            base = posixpath.join(folder, *segments[:n])
            if found := self._first(f"{base}.rs", f"{base}/mod.rs"):
                return found
        return self._first(f"{folder}/lib.rs", f"{folder}/mod.rs", f"{folder}/main.rs", f"{folder}.rs")

    def java(self, path: str, one: Import) -> Iterator[str]:
        """Yield the class's file, or all of a package for a wildcard."""
        folder = one.module.replace(".", "/")
        for name, _ in one.names:
            if found := self._ending(f"{folder}.java", path):
                yield from found
            elif name != "*":
                yield from self._ending(f"{folder}/{name}.java", path)
            else:
                for where, files in self._by_folder.items():
                    if where == folder or where.endswith(f"/{folder}"):
                        yield from (file for file in files if file.endswith(".java"))

    def csharp(self, path: str, one: Import) -> Iterator[str]:
        """Yield the files that declare the namespace."""
        yield from self._namespaces.get(one.module, ())

    # By path and name

    def c(self, path: str, one: Import) -> Iterator[str]:
        """Yield the header: beside the file, or wherever a path ends so."""
        beside = self._first(posixpath.join(posixpath.dirname(path), one.module)) if one.level else []
        yield from beside or self._ending(one.module, path)

    def php(self, path: str, one: Import) -> Iterator[str]:
        """Yield the file of a class by its name, with as much of its namespace as folders repeat."""
        if one.level:
            yield from self.c(path, one)
            return
        for name, _ in one.names:
            parts = [*one.module.split("\\"), name]
            for start in range(len(parts)):
                if found := self._ending("/".join(parts[start:]) + ".php", path):
                    yield from found
                    break

    def _named(self, extensions: tuple[str, ...], separator: str) -> Callable[[str, Import], Iterator[str]]:
        def find(path: str, one: Import) -> Iterator[str]:
            inner = one.module.replace(separator, "/") if separator else one.module
            for extension in extensions:
                tail = inner if inner.endswith(extension) else inner + extension
                beside = self._first(posixpath.join(posixpath.dirname(path), tail))
                if found := beside or ([] if one.module.startswith(".") else self._ending(tail, path)):
                    yield from found
                    return

        return find


def _normal(path: str) -> str:
    """Return what `posixpath.normpath` does, at once for what is written plainly."""
    is_plain = path and "/." not in path and "//" not in path and path[0] != "." and path[-1] != "/"
    return path if is_plain else posixpath.normpath(path)


def _strings(value: Any) -> list[str]:
    """Return the strings in a manifest's value, however deep."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inner for text in _strings(one)]


def _toml(text: str) -> Any:
    import tomllib

    return tomllib.loads(text)


def _jsonc(text: str) -> Any:
    return json.loads(_JSON_COMMENT.sub(lambda match: match[1] or "", _JSON_COMMENT.sub(r"\1", text)))


def _shared(path: str, other: str) -> int:
    """Return how many folders two paths share from the top."""
    count = 0
    for mine, theirs in zip(path.split("/")[:-1], other.split("/")[:-1], strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def _is_root(path: str) -> bool:
    return posixpath.basename(path) in ("lib.rs", "main.rs")


_Find = Callable[[Resolver, str, Import], Iterator[str]]


def _by_name_of(extensions: tuple[str, ...], separator: str = "") -> _Find:
    return lambda resolver, path, one: resolver._named(extensions, separator)(path, one)


_FINDERS: dict[str, _Find] = {
    "python": Resolver.python,
    **dict.fromkeys(("javascript", "javascriptreact", "typescript", "typescriptreact"), Resolver.script),
    "go": Resolver.go,
    "rust": Resolver.rust,
    "java": Resolver.java,
    "csharp": Resolver.csharp,
    "c": Resolver.c,
    "cpp": Resolver.c,
    "php": Resolver.php,
    "ruby": _by_name_of((".rb",)),
    "lua": _by_name_of((".lua", "/init.lua"), "."),
    "shellscript": _by_name_of(("", ".sh")),
    "css": _by_name_of((".css",)),
}
