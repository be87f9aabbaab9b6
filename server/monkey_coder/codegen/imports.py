"""Where an import goes, and the edit that puts it there in the file's own style."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass

from ..core.documents import TextEdit
from ..workspace.syntax import Node, SyntaxTree

_FUTURE, _STDLIB, _THIRD, _FIRST, _LOCAL = range(5)


@dataclass(frozen=True, slots=True)
class Import:
    """`import module as alias` where `name` is empty, else `from module import name as alias`.

    For JavaScript and TypeScript `module` is the specifier; `name` "default" is the default export.
    """

    module: str
    name: str = ""
    alias: str = ""

    @property
    def binds(self) -> str:
        return self.alias or self.name or self.module.split(".")[0]


def import_edit(
    text: str, wanted: Import, language: str, *, first_party: frozenset[str] = frozenset()
) -> TextEdit | None:
    """Return the edit that adds an import; None if the text has it already.

    `first_party` are the project's own top-level Python packages. Raises: ValueError for a
    language other than Python, JavaScript and TypeScript.
    """
    tree = SyntaxTree(text, language)
    if language == "python":
        return _python(tree, wanted, first_party)
    if language in ("javascript", "javascriptreact", "typescript", "typescriptreact"):
        return _ecma(tree, wanted)
    raise ValueError(f"imports of {language!r} are not known")


# Python


def _python(tree: SyntaxTree, wanted: Import, first_party: frozenset[str]) -> TextEdit | None:
    text, root = tree.text, tree.root
    newline = "\r\n" if "\r\n" in text else "\n"
    imports = [node for node in root.named_children if node.type in _IMPORTS]
    same = [
        node
        for node in imports
        if _module(tree, node) == wanted.module and node.type == "import_from_statement"
    ]
    for node in same if wanted.name else []:
        if wanted.name in _names(tree, node):
            return None
        if (edit := _extended(tree, node, wanted)) is not None:
            return edit
    if not wanted.name and any(_python_line(wanted) == tree.text_of(node).strip() for node in imports):
        return None
    line = _python_line(wanted)
    group = _group(wanted.module, first_party)
    leading = _leading(imports)
    return _placed(tree, line, group, leading, first_party, newline)


_IMPORTS = ("import_statement", "import_from_statement", "future_import_statement")


def _python_line(wanted: Import) -> str:
    tail = f" as {wanted.alias}" if wanted.alias else ""
    return (
        f"from {wanted.module} import {wanted.name}{tail}" if wanted.name else f"import {wanted.module}{tail}"
    )


def _module(tree: SyntaxTree, node: Node) -> str:
    if node.type == "future_import_statement":
        return "__future__"
    if node.type == "import_from_statement":
        return tree.text_of(node.child_by_field_name("module_name"))
    first = node.named_children[0]
    return tree.text_of(first.child_by_field_name("name") or first)


def _names(tree: SyntaxTree, node: Node) -> list[str]:
    return [tree.text_of(child) for child in node.children_by_field_name("name")]


def _extended(tree: SyntaxTree, node: Node, wanted: Import) -> TextEdit | None:
    """Return the edit that adds a name to `from module import ...`, sorted in if the names are sorted."""
    if any(child.type in ("wildcard_import", "comment") for child in node.named_children):
        return None
    entries = node.children_by_field_name("name")
    new = wanted.name + (f" as {wanted.alias}" if wanted.alias else "")
    names = [tree.text_of(entry) for entry in entries]
    is_sorted = names == sorted(names, key=_sort_key)
    after = [entry for entry, name in zip(entries, names, strict=True) if _sort_key(name) < _sort_key(new)]
    own_lines = node.start_point[0] != entries[0].start_point[0]
    if not is_sorted or len(after) == len(entries):
        at = tree.end(entries[-1])
        gap = tree.text[tree.text.rfind("\n", 0, tree.start(entries[-1])) + 1 : tree.start(entries[-1])]
        return TextEdit(at, at, f",\n{gap}{new}" if own_lines and not gap.strip() else f", {new}")
    follower = entries[len(after)]
    at = tree.start(follower)
    gap = tree.text[tree.text.rfind("\n", 0, at) + 1 : at]
    return TextEdit(at, at, f"{new},\n{gap}" if own_lines and not gap.strip() else f"{new}, ")


def _sort_key(name: str) -> tuple[int, str]:
    """Order as isort does by default: CONSTANTS, Classes, then the rest."""
    bare = name.split(" ")[0]
    rank = 0 if bare.isupper() and len(bare) > 1 else 1 if bare[:1].isupper() else 2
    return rank, bare.lower() if rank == 2 else bare


def _group(module: str, first_party: frozenset[str]) -> int:
    if module == "__future__":
        return _FUTURE
    if module.startswith("."):
        return _LOCAL
    top = module.split(".")[0]
    if top in sys.stdlib_module_names:
        return _STDLIB
    return _FIRST if top in first_party else _THIRD


def _leading(imports: list[Node]) -> list[Node]:
    """Return the imports of the head of the file: up to the first other statement."""
    kept: list[Node] = []
    for node in imports:
        if kept:
            between = kept[-1].next_named_sibling
            while between is not None and between != node and between.type == "comment":
                between = between.next_named_sibling
            if between != node:
                break
        kept.append(node)
    return kept


def _placed(
    tree: SyntaxTree, line: str, group: int, imports: list[Node], first_party: frozenset[str], newline: str
) -> TextEdit:
    groups = [_group(_module(tree, node), first_party) for node in imports]
    own = [node for node, kind in zip(imports, groups, strict=True) if kind == group]
    if own:
        is_from = line.startswith("from")
        before = [
            node
            for node in own
            if (tree.text_of(node).startswith("from"), _module(tree, node).lower())
            < (is_from, line.split()[1].lower())
        ]
        if not before:
            at = tree.start(own[0])
            return TextEdit(at, at, line + newline)
        at = _line_end(tree.text, tree.end(before[-1]))
        return TextEdit(at, at, newline + line)
    earlier = [node for node, kind in zip(imports, groups, strict=True) if kind < group]
    later = [node for node, kind in zip(imports, groups, strict=True) if kind > group]
    if earlier:
        at = _line_end(tree.text, tree.end(earlier[-1]))
        return TextEdit(at, at, newline * 2 + line)
    if later:
        at = tree.start(later[0])
        return TextEdit(at, at, line + newline * 2)
    return _first_import(tree, line, newline)


def _first_import(tree: SyntaxTree, line: str, newline: str) -> TextEdit:
    """Return the edit for a file without imports: below its docstring or head comment."""
    children = tree.root.named_children
    at = 0
    for node in children:
        is_head = node.type == "comment" and (node.start_point[0] == 0 or tree.text_of(node).startswith("#!"))
        is_doc = (
            node.type == "expression_statement"
            and node.named_children
            and node.named_children[0].type == "string"
        )
        if is_head or (node.type == "comment" and at and _only_space(tree.text[at : tree.start(node)])):
            at = _line_end(tree.text, tree.end(node))
            continue
        if is_doc:
            at = _line_end(tree.text, tree.end(node))
        break
    if at == 0:
        bom = 1 if tree.text.startswith("\ufeff") else 0
        return TextEdit(bom, bom, line + newline * max(1, _gap_below(tree, bom)))
    gap = _gap_below(tree, _line_end(tree.text, at) + len(newline)) - 1
    return TextEdit(at, at, newline * 2 + line + newline * max(0, gap))


def _gap_below(tree: SyntaxTree, at: int) -> int:
    """Return how many line ends must follow an import put before offset `at` (PEP 8, blank lines).

    Two blank lines stand above a function or a class, one above anything else; what is there counts.
    """
    rest = tree.text[at:]
    below = next((node for node in tree.root.named_children if tree.end(node) > at), None)
    if below is None or not rest.strip():
        return 1
    while below.type == "comment" and below.next_named_sibling is not None:
        below = below.next_named_sibling
    is_definition = below.type in ("function_definition", "class_definition", "decorated_definition")
    lead = rest[: len(rest) - len(rest.lstrip("\r\n"))]
    return max(1, (3 if is_definition else 2) - lead.count("\n"))


def _only_space(text: str) -> bool:
    return not text.strip() and text.count("\n") <= 1


def _line_end(text: str, offset: int) -> int:
    end = text.find("\n", offset)
    if end < 0:
        return len(text)
    return end - 1 if text[end - 1 : end] == "\r" else end


# JavaScript and TypeScript


def _ecma(tree: SyntaxTree, wanted: Import) -> TextEdit | None:
    text = tree.text
    newline = "\r\n" if "\r\n" in text else "\n"
    imports = [node for node in tree.root.named_children if node.type == "import_statement"]
    requires = [
        node
        for node in tree.root.named_children
        if re.match(r"(const|let|var) .*\brequire\(", tree.text_of(node))
    ]
    for node in imports:
        source = tree.text_of(node.child_by_field_name("source")).strip("'\"`")
        named = next((n for n in _below(node) if n.type == "named_imports"), None)
        if (
            source != wanted.module
            or named is None
            or wanted.name in ("", "default")
            or _is_type_only(tree, node)
        ):
            continue
        names = [tree.text_of(child.child_by_field_name("name") or child) for child in named.named_children]
        if wanted.name in names:
            return None
        if named.named_children:
            at = tree.end(named.named_children[-1])
            return TextEdit(at, at, f", {_specifier(wanted)}")
    quote = (
        "'"
        if len(re.findall(r"from '", text)) + len(re.findall(r"require\('", text))
        > len(re.findall(r'from "|require\("', text))
        else '"'
    )
    statements = [
        tree.text_of(node).rstrip() for node in tree.root.named_children[:10] if node.type != "comment"
    ]
    semicolon = "" if statements and not any(text.endswith(";") for text in statements) else ";"
    if requires and not imports:
        line = _require_line(wanted, quote) + semicolon
        at = _line_end(text, tree.end(requires[-1]))
        return TextEdit(at, at, newline + line)
    line = _import_line(wanted, quote) + semicolon
    if imports:
        at = _line_end(text, tree.end(imports[-1]))
        return TextEdit(at, at, newline + line)
    at = _ecma_head(tree)
    return TextEdit(at, at, (newline + line) if at else line + newline * 2)


def _ecma_head(tree: SyntaxTree) -> int:
    """Return the end of a hashbang, a licence comment or a directive such as "use client"; 0 if none."""
    at = 0
    for node in tree.root.named_children:
        is_directive = node.type == "expression_statement" and re.fullmatch(
            r"(['\"])use [\w ]+\1;?", tree.text_of(node)
        )
        if not (
            node.type == "hash_bang_line" or is_directive or (node.type == "comment" and node.start_byte == 0)
        ):
            break
        at = _line_end(tree.text, tree.end(node))
    return at


def _below(node: Node) -> list[Node]:
    return [inner for child in node.named_children for inner in (child, *child.named_children)]


def _is_type_only(tree: SyntaxTree, node: Node) -> bool:
    return tree.text_of(node).startswith("import type")


def _specifier(wanted: Import) -> str:
    return wanted.name + (f" as {wanted.alias}" if wanted.alias else "")


def _import_line(wanted: Import, quote: str) -> str:
    if wanted.name == "default":
        return f"import {wanted.alias or 'module'} from {quote}{wanted.module}{quote}"
    if not wanted.name:
        return f"import * as {wanted.alias} from {quote}{wanted.module}{quote}"
    return f"import {{ {_specifier(wanted)} }} from {quote}{wanted.module}{quote}"


def _require_line(wanted: Import, quote: str) -> str:
    source = f"require({quote}{wanted.module}{quote})"
    if wanted.name in ("", "default"):
        return f"const {wanted.alias or 'module'} = {source}"
    return f"const {{ {wanted.name}{f': {wanted.alias}' if wanted.alias else ''} }} = {source}"
