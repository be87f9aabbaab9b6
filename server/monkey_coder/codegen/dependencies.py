"""Packages that new imports need and the project does not declare: named, never installed."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from ..core.documents import Document
from ..workspace.declared import Declared, declared, normalised
from ..workspace.nearby import read_source
from ..workspace.syntax import SyntaxTree, walk
from ..workspace.unresolved import ECMA, first_party

# Where what is imported and what is installed have different names.
_DISTRIBUTIONS = {
    "yaml": "pyyaml", "bs4": "beautifulsoup4", "cv2": "opencv-python", "PIL": "pillow",
    "sklearn": "scikit-learn", "dateutil": "python-dateutil", "dotenv": "python-dotenv", "jwt": "pyjwt",
    "attr": "attrs", "skimage": "scikit-image", "serial": "pyserial", "OpenSSL": "pyopenssl",
    "git": "gitpython", "docx": "python-docx", "pptx": "python-pptx", "magic": "python-magic",
    "Crypto": "pycryptodome", "MySQLdb": "mysqlclient", "psycopg2": "psycopg2-binary", "zmq": "pyzmq",
    "jose": "python-jose", "slugify": "python-slugify", "usb": "pyusb", "wx": "wxpython", "gi": "pygobject",
    "google.protobuf": "protobuf", "rest_framework": "djangorestframework", "pkg_resources": "setuptools",
    "_pytest": "pytest", "discord": "discord-py", "telegram": "python-telegram-bot", "fitz": "pymupdf",
    "ruamel": "ruamel-yaml", "win32api": "pywin32", "environ": "django-environ", "markdown": "markdown",
}  # fmt: skip


def _words(text: str) -> list[str]:
    return text.split()


_NODE = frozenset(
    _words(
        """
        assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns
        domain events fs http http2 https inspector module net os path perf_hooks process punycode querystring
        readline repl stream string_decoder sys timers tls trace_events tty url util v8 vm wasi worker_threads
        zlib
        """
    )
)
_ALIASES = (
    "@/",
    "~/",
    "~",
    "#",
    "virtual:",
    "$",
    "/",
    ".",
    "http:",
    "https:",
    "data:",
    "bun:",
    "jsr:",
    "npm:",
)
_RUST = frozenset({"std", "core", "alloc", "crate", "self", "super", "proc_macro", "test"})


def missing_dependencies(document: Document, after: str, created: Sequence[str] = ()) -> tuple[str, ...]:
    """Return a sentence for each package that `after` imports anew and the project does not declare.

    `created` are the paths of files that are to come into being with it.
    """
    before = set(_imported(document.text, document.language))
    new = [name for name in dict.fromkeys(_imported(after, document.language)) if name not in before]
    known = declared(document) if new else None
    if known is None:
        return ()
    parts = {part for path in created for part in Path(path).with_suffix("").parts[-4:]}
    known = replace(known, own=known.own | parts)
    match document.language:
        case "python":
            needed = _python(new, document, known)
        case "go":
            needed = _go(new, known)
        case "rust":
            needed = _rust(new, after, document, known)
        case _:
            needed = _node(new, document, known)
    return tuple(
        f"needs the package {name} (not in {known.source}); install it yourself"
        for name in dict.fromkeys(needed)
    )


def _imported(text: str, language: str) -> Iterable[str]:
    if language not in ("python", "go", "rust", *ECMA):
        return
    tree = SyntaxTree(text, language)
    for node in walk(tree.root):
        match node.type:
            case "import_statement" if language == "python":
                for name in node.children_by_field_name("name"):
                    yield tree.text_of(name.child_by_field_name("name") or name)
            case "import_from_statement":
                yield tree.text_of(node.child_by_field_name("module_name"))
            case "import_statement" | "export_statement" if language in ECMA:
                if not re.match(r"import type\b", tree.text_of(node)):
                    yield tree.text_of(node.child_by_field_name("source")).strip("'\"`")
            case "call_expression" if language in ECMA:
                match = re.match(r"(?:require|import)\(\s*['\"]([^'\"]+)['\"]\s*\)", tree.text_of(node)[:300])
                if match:
                    yield match[1]
            case "import_spec":
                yield tree.text_of(node.child_by_field_name("path")).strip('"`')
            case "use_declaration":
                match = re.match(r"(?:::)?(\w+)", tree.text_of(node.child_by_field_name("argument")))
                if match:
                    yield match[1]
            case _:
                pass


def _python(new: list[str], document: Document, known: Declared) -> Iterable[str]:
    assert document.path is not None
    own = first_party(document) | known.own | {Path(document.path).parent.name}
    beside = Path(document.path).parent
    for module in new:
        top = module.split(".")[0]
        if not top or top in sys.stdlib_module_names or top in own or normalised(top) in own:
            continue
        if (beside / f"{top}.py").is_file() or (beside / top).is_dir():
            continue
        names = {normalised(_DISTRIBUTIONS.get(top, top)), normalised(top)}
        if top in ("google", "azure", "zope"):
            # Namespaces that many packages share: it is enough that one of them is declared.
            if any(name.startswith(f"{top}-") or name == "protobuf" for name in known.names):
                continue
            names.add(normalised(_DISTRIBUTIONS.get(module, "-".join(module.split(".")[:3]))))
        stems = {name.removesuffix("-binary") for name in names} | {f"python-{name}" for name in names}
        if not (names | stems) & known.names:
            yield _DISTRIBUTIONS.get(top, top)


def _node(new: list[str], document: Document, known: Declared) -> Iterable[str]:
    paths = _path_aliases(document)
    for specifier in new:
        if not specifier or specifier.startswith((*_ALIASES, "node:", *paths)):
            continue
        parts = specifier.split("/")
        package = "/".join(parts[:2]) if specifier.startswith("@") else parts[0]
        if package in _NODE or package in known.names | known.own or f"@types/{package}" in known.names:
            continue
        yield package


def _path_aliases(document: Document) -> list[str]:
    """Return the beginnings of specifiers that tsconfig maps to the project's own files."""
    assert document.path is not None
    assert document.folder is not None
    found: list[str] = []
    for folder in Path(document.path).parents:
        for name in ("tsconfig.json", "jsconfig.json"):
            text = re.sub(
                r"^\s*//[^\n]*|,(?=\s*[}\]])", "", read_source(folder / name) or "{}", flags=re.MULTILINE
            )
            try:
                options = json.loads(text).get("compilerOptions", {})
                found += [key.split("*")[0] for key in options.get("paths", {})]
            except (ValueError, AttributeError, RecursionError):
                continue
        if folder == Path(document.folder):
            break
    return [alias for alias in found if alias]


def _go(new: list[str], known: Declared) -> Iterable[str]:
    for path in new:
        if "." not in path.split("/")[0]:
            continue
        if not any(path == name or path.startswith(f"{name}/") for name in known.names | known.own):
            yield path


def _rust(new: list[str], after: str, document: Document, known: Declared) -> Iterable[str]:
    assert document.path is not None
    folder = Path(document.path).parent
    for name in new:
        if name in _RUST | known.names | known.own or not name[:1].islower():
            continue
        is_local = re.search(rf"\b(?:mod|extern crate|use [\w:]+::)\s*{name}\b|\bas {name}\b", after)
        if is_local or (folder / f"{name}.rs").is_file() or (folder / name).is_dir():
            continue
        yield name
