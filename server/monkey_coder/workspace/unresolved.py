"""Where a name that a file uses but does not define comes from: the project, then the library."""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePath

from ..core.documents import Document
from .nearby import entries_of, project_files, read_source
from .symbols import symbols
from .syntax import SyntaxTree, walk

ECMA = ("javascript", "javascriptreact", "typescript", "typescriptreact")
_ECMA_FILES = (".ts", ".tsx", ".mts", ".js", ".jsx", ".mjs", ".cjs")
_SECONDS = 2.0


def _words(text: str) -> list[str]:
    return text.split()


# Modules whose public names are worth offering; where two have a name, both are candidates.
_LIBRARY = _words(
    """
    abc argparse ast asyncio base64 bisect collections collections.abc concurrent.futures contextlib
    contextvars copy csv dataclasses datetime decimal difflib enum fnmatch fractions functools glob
    hashlib heapq html.parser http.server importlib.metadata inspect io ipaddress itertools json logging
    math multiprocessing operator pathlib pprint queue random re shutil signal socket sqlite3 statistics
    string struct subprocess tempfile textwrap threading time timeit tokenize traceback types typing
    unittest unittest.mock urllib.parse urllib.request uuid warnings weakref zipfile
    """
)
# Names too plain to be guessed from the library alone.
_PLAIN = frozenset(
    _words(
        """
        open close run call copy search match compile split join get set dump dumps load loads parse
        Error error name path time sleep log exp e pi choice sample sub add mul date test main Event
        Lock Queue sum count repeat chain product reduce cast overload final field fields replace pprint
        indent shuffle Array Value Process Pool Manager Connection connect Row info debug warning warn
        exception critical config listen accept send recv signal Signals filter pipe which move tee
        cycle islice mode mean median stat digest new register handle dis code encode decode format wrap
        fill dedent shorten Template capwords quote unquote lookup walk dir_fd Union
        """
    )
)


@dataclass(frozen=True, slots=True)
class Source:
    """A place that a name can be imported from; `why` says how that is known."""

    module: str
    name: str = ""
    alias: str = ""
    why: str = ""


def sources_of(name: str, document: Document) -> tuple[Source, ...]:
    """Return where `name` can come from, the likeliest first; more than one means undecided.

    How the project's other files import it settles the question; then its one definition in the
    project; then the standard library.
    """
    if document.language in ECMA:
        return _ecma_sources(name, document)
    used, defined = _python_project(name, document)
    if used:
        most = used.most_common(2)
        if len(most) == 1 or most[0][1] > most[1][1]:
            return (most[0][0],)
        return tuple(source for source, _ in most)
    if defined:
        return defined
    return _library(name, document.text)


def first_party(document: Document) -> frozenset[str]:
    """Return the top-level Python packages and modules of the document's folder."""
    found: set[str] = set()
    for base in _bases(document):
        for entry in entries_of(str(base)):
            if entry.name.endswith(".py"):
                found.add(entry.name.removesuffix(".py"))
            elif (Path(entry.path) / "__init__.py").is_file():
                found.add(entry.name)
    return frozenset(found)


def module_name(path: str, folder: str | None) -> str:
    """Return the dotted module of a Python file: from the outermost package, else from `folder`."""
    file = Path(path)
    parts = [file.stem] if file.stem != "__init__" else []
    parent = file.parent
    while (parent / "__init__.py").is_file() and parent.name.isidentifier():
        parts.insert(0, parent.name)
        parent = parent.parent
    if folder is not None and parent != Path(folder):
        try:
            rest = parent.relative_to(folder).parts
        except ValueError:
            rest = ()
        if rest and rest[0] in ("src", "lib", "server", "python"):
            rest = rest[1:]
        if all(part.isidentifier() for part in rest):
            parts = [*rest, *parts]
    return ".".join(parts) or file.parent.name


def _bases(document: Document) -> list[Path]:
    if document.folder is None:
        return []
    folder = Path(document.folder)
    return [folder, *(folder / name for name in ("src", "lib", "server", "python"))]


def _python_project(name: str, document: Document) -> tuple[Counter[Source], tuple[Source, ...]]:
    used: Counter[Source] = Counter()
    defined: list[Source] = []
    if document.folder is None:
        return used, ()
    word = re.compile(rf"\b{re.escape(name)}\b")
    define = re.compile(
        rf"^(?:async def|def|class) {re.escape(name)}\b|^{re.escape(name)}(?: *:[^=\n]+)? *=[^=]",
        re.MULTILINE,
    )
    for path in project_files(document.folder, (".py",), near=document.path, seconds=_SECONDS):
        text = read_source(path)
        if text is None or str(path) == document.path or not word.search(text):
            continue
        for source in _imports_of(name, text):
            if not source.module.startswith("."):
                used[source] += 1
        if define.search(text):
            tree = SyntaxTree(text, "python")
            if any(symbol.name == name and symbol.depth == 0 for symbol in symbols(tree)):
                module = module_name(str(path), document.folder)
                is_test = PurePath(path).name.startswith("test") or "tests" in path.parts
                if not is_test:
                    defined.append(Source(module, name, why=f"{module} defines it"))
    return used, tuple(dict.fromkeys(defined))


def _imports_of(name: str, text: str) -> list[Source]:
    """Return the imports that bind `name` in a Python text."""
    found: list[Source] = []
    why = "the project imports it so elsewhere"
    escaped = re.escape(name)
    for match in re.finditer(r"^from ([\w.]+) import (\([^)]*\)|[^\n#]+)", text, re.MULTILINE):
        for entry in match[2].strip("()").split(","):
            parts = entry.split()
            if parts and parts[-1] == name and len(parts) in (1, 3):
                found.append(Source(match[1], parts[0], name if len(parts) == 3 else "", why))
    aliased = re.findall(rf"^import ([\w.]+) as {escaped}\s*$", text, re.MULTILINE)
    found += [Source(module, alias=name, why=why) for module in aliased]
    if re.search(rf"^import {escaped}\s*$", text, re.MULTILINE):
        found.append(Source(name, why=why))
    return found


@cache
def _library_names() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for module in _LIBRARY:
        try:
            loaded = importlib.import_module(module)
        except ImportError:
            continue
        names = getattr(loaded, "__all__", None) or [
            name for name in vars(loaded) if not name.startswith("_")
        ]
        for name in names:
            value = getattr(loaded, name, None)
            if getattr(value, "__module__", module) == "typing" and module != "typing":
                continue
            if not hasattr(value, "__path__") and type(value).__name__ != "module":
                found.setdefault(name, []).append(module)
    return {name: tuple(modules) for name, modules in found.items()}


# Where two modules have a name that nearly always means one of them.
_PREFERRED = {"Path": "pathlib", "Future": "concurrent.futures", "Any": "typing", "ANY": "unittest.mock"}


def _library(name: str, text: str) -> tuple[Source, ...]:
    why = "the standard library has it"
    if name in sys.stdlib_module_names and not name.startswith("_"):
        return (Source(name, name if _means_member(name, text) else "", why=why),)
    if name in _PLAIN or name.startswith("_"):
        return ()
    modules = _library_names().get(name, ())
    if "typing" in modules and len(modules) > 1:
        # The same thing twice: typing's old name for what collections.abc and others hold.
        modules = tuple(module for module in modules if module != "typing")
    if _PREFERRED.get(name) in modules:
        modules = (_PREFERRED[name],)
    return tuple(Source(module, name, why=why) for module in modules)


def _means_member(name: str, text: str) -> bool:
    """Return whether a text uses a module's name for the member of that name, as in `datetime.now()`."""
    if name not in ("datetime", "time", "copy", "pprint", "glob", "array"):
        return False
    if re.search(rf"(?<![\w.]){name}\(", text):
        return True
    attributes = re.findall(rf"(?<![\w.]){name}\.(\w+)", text)
    module = importlib.import_module(name)
    return bool(attributes) and not any(hasattr(module, attribute) for attribute in attributes)


# JavaScript and TypeScript

_GLOBALS = frozenset(
    _words(
        """
        undefined NaN Infinity globalThis window document navigator location console process require
        module exports Array Object String Number Boolean Symbol BigInt Map Set WeakMap WeakSet WeakRef
        Promise Proxy Reflect Date RegExp Error TypeError RangeError SyntaxError EvalError
        ReferenceError URIError AggregateError JSON Math Intl Function Buffer URL URLSearchParams fetch
        Request Response Headers FormData Blob File AbortController setTimeout setInterval setImmediate
        clearTimeout clearInterval queueMicrotask structuredClone parseInt parseFloat isNaN isFinite
        encodeURIComponent decodeURIComponent alert confirm describe it test expect beforeEach afterEach
        beforeAll afterAll vi jest arguments super this Event HTMLElement Element Node React JSX
        """
    )
)


def undefined_names(tree: SyntaxTree) -> list[str]:
    """Return capital or called names of a JavaScript or TypeScript text that nothing in it binds.

    Careful rather than complete: a name bound anywhere in the file counts as defined.
    """
    bound: set[str] = set()
    used: dict[str, None] = {}
    for node in walk(tree.root):
        if node.type not in ("identifier", "type_identifier", "shorthand_property_identifier_pattern"):
            continue
        name = tree.text_of(node)
        parent = node.parent
        assert parent is not None
        is_call = parent.type in ("call_expression", "new_expression") and node in (
            parent.child_by_field_name("function"),
            parent.child_by_field_name("constructor"),
        )
        is_tag = parent.type in ("jsx_opening_element", "jsx_self_closing_element") and name[:1].isupper()
        is_type = node.type == "type_identifier" and parent.child_by_field_name("name") != node
        is_value = node.type == "identifier" and parent.type in (
            "arguments",
            "member_expression",
            "binary_expression",
            "return_statement",
            "class_heritage",
            "array",
            "extends_clause",
            "template_substitution",
            "jsx_expression",
            "pair",
            "ternary_expression",
        )
        if parent.type == "pair" and parent.child_by_field_name("value") != node:
            is_value = False
        if is_call or is_tag or is_type or is_value:
            used.setdefault(name)
        elif parent.type not in ("jsx_closing_element",):
            bound.add(name)
    return [name for name in used if name not in bound and name not in _GLOBALS]


def _ecma_sources(name: str, document: Document) -> tuple[Source, ...]:
    if document.folder is None or document.path is None:
        return ()
    pattern = re.compile(
        rf"^export\s+(?:declare\s+)?(default\s+)?(?:async\s+)?(?:abstract\s+)?"
        rf"(?:function\*?|class|const|let|var|type|interface|enum)\s+{re.escape(name)}\b",
        re.MULTILINE,
    )
    listed = re.compile(rf"^export\s*\{{[^}}]*\b{re.escape(name)}\b\s*[,}}][^\n]*$", re.MULTILINE)
    imported = re.compile(
        rf"^import\s*\{{[^}}]*\b{re.escape(name)}\b[^}}]*\}}\s*from\s*['\"]([^.'\"][^'\"]*)['\"]",
        re.MULTILINE,
    )
    elsewhere: Counter[str] = Counter()
    found: list[Source] = []
    for path in project_files(document.folder, _ECMA_FILES, near=document.path, seconds=_SECONDS):
        text = read_source(path)
        if text is None or str(path) == document.path or name not in text:
            continue
        elsewhere.update(match[1] for match in imported.finditer(text))
        declared, exported = pattern.search(text), listed.search(text)
        if declared or (exported and " from " not in exported[0]):
            specifier = _specifier(str(path), document.path)
            is_default = bool(declared and declared[1])
            bound = ("default", name) if is_default else (name, "")
            found.append(Source(specifier, *bound, f"{specifier} exports it"))
    if found:
        return tuple(dict.fromkeys(found))
    return tuple(
        Source(module, name, why="the project imports it so elsewhere")
        for module, _ in elsewhere.most_common(2)
    )


def _specifier(target: str, origin: str) -> str:
    relative = os.path.relpath(target, PurePath(origin).parent).replace(os.sep, "/")
    stem = (
        relative
        if relative.endswith((".mjs", ".cjs"))
        else str(PurePath(relative).with_suffix("")).replace(os.sep, "/")
    )
    stem = stem.removesuffix("/index") if stem.endswith("/index") else stem
    return stem if stem.startswith(".") else f"./{stem}"
