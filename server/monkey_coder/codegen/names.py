"""Imports that an edit needs and those that it has left without a use."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic

from ..core.documents import Document, TextEdit, apply_edits
from ..core.errors import InputError
from ..workspace.syntax import Node, SyntaxTree, walk
from ..workspace.unresolved import ECMA, Source, first_party, sources_of, undefined_names
from .c_includes import c_includes
from .imports import Import, import_edit
from .plain_imports import Mended, go_imports, java_imports, php_imports
from .ruff import Finding, check
from .rust_imports import rust_imports

_MOST_NAMES = 8
# A name is looked for in all files of the project; on a large one that takes up to two seconds each.
_MOST_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Resolved:
    """The text with its imports in order, what was done in words, and what is left to the user."""

    text: str
    done: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def resolve_imports(document: Document, after: str) -> Resolved | None:
    """Return `after` with imports added that it needs and those removed that the edit made useless.

    Only names that the edit has brought or orphaned count; where one could come from several places,
    none is picked. None for a language whose imports are not known here.
    """
    if document.language == "python":
        return _python(document, after)
    if document.language in ECMA:
        return _ecma(document, after)
    plain: dict[str, Callable[[Document, str], Mended]] = {
        "c": c_includes,
        "cpp": c_includes,
        "go": go_imports,
        "java": java_imports,
        "php": php_imports,
        "rust": rust_imports,
    }
    if document.language not in plain:
        return None
    text, done, warnings = plain[document.language](document, after)
    return Resolved(text, tuple(done), tuple(warnings))


def _added(document: Document, after: str, names: list[str]) -> Resolved:
    """Return `after` with an import for each name whose source is certain."""
    current = replace(document, text=after)
    done: list[str] = []
    warnings: list[str] = []
    party = first_party(document) if names and document.language == "python" else frozenset()
    until = monotonic() + _MOST_SECONDS
    looked_for = 0
    for name in names[:_MOST_NAMES]:
        if monotonic() > until:
            break
        looked_for += 1
        sources = sources_of(name, current)
        if len(sources) != 1:
            warnings.append(_unsettled(name, sources))
            continue
        source = sources[0]
        if source.name and source.module == ".":
            continue
        edit = import_edit(
            after, Import(source.module, source.name, source.alias), document.language, first_party=party
        )
        if edit is not None:
            after = apply_edits(after, [edit])
            done.append(f"import of `{name}` added ({source.why})")
    more = names[looked_for:]
    if more:
        warnings.append(f"not defined either: {', '.join(f'`{name}`' for name in more[:10])}")
    return Resolved(after, tuple(done), tuple(warnings))


def _unsettled(name: str, sources: tuple[Source, ...]) -> str:
    if not sources:
        return f"`{name}` is neither defined nor imported, and nothing in the project says where it is from"
    listed = ", ".join(f"{one.module}.{one.name}" if one.name else one.module for one in sources[:4])
    return f"`{name}` is not imported; it could come from {listed}"


# Python


def _python(document: Document, after: str) -> Resolved | None:
    name = document.path or "text.py"
    try:
        old = check(document.text, ("F821", "F401"), file_name=name) if document.text.strip() else ()
        new = check(after, ("F821", "F401"), file_name=name)
    except InputError:
        return None  # Ruff is not here or cannot read the text: nothing is known, and nothing claimed.
    known = {_named(finding) for finding in old if finding.code == "F821"}
    fresh = [_named(finding) for finding in new if finding.code == "F821"]
    missing = [word for word in dict.fromkeys(fresh) if word and word not in known]
    after, dropped, warnings = _orphans_dropped(document.text, after, old, new)
    added = _added(document, after, missing)
    return replace(added, done=(*dropped, *added.done), warnings=(*warnings, *added.warnings))


def _named(finding: Finding) -> str:
    match = re.search(r"`([^`]+)`", finding.message)
    return match[1] if match else ""


def _orphans_dropped(
    before: str, after: str, old: tuple[Finding, ...], new: tuple[Finding, ...]
) -> tuple[str, list[str], list[str]]:
    """Take out the imports that stood in `before` and were used there, and now are not."""
    was_unused = {_named(finding) for finding in old if finding.code == "F401"}
    was_there = set(_bound(before))
    unused = [finding for finding in new if finding.code == "F401" and _named(finding) not in was_unused]
    orphans = [finding for finding in unused if _named(finding) in was_there]
    warnings = [
        f"the new import of `{_named(finding)}` is not used" for finding in unused if finding not in orphans
    ]
    allowed = {_named(finding) for finding in orphans}
    edits: list[TextEdit] = []
    done: list[str] = []
    for finding in orphans:
        # One edit mends a whole statement: it must not take what was unused before, which is not ours.
        together = {_named(one) for one in new if one.code == "F401" and one.edits == finding.edits}
        if not finding.edits or not together <= allowed:
            warnings.append(f"`{_named(finding)}` is imported and no longer used")
            continue
        edits += [edit for edit in finding.edits if edit not in edits]
        done.append(f"import of `{_named(finding)}` removed")
    try:
        text = apply_edits(after, edits)
        if text[:1] in ("\n", "\r") and before[:1] not in ("\n", "\r"):
            text = text.lstrip("\r\n")
        return text, done, warnings
    except ValueError:
        return after, [], [f"imported and no longer used: {', '.join(sorted(allowed))}"]


def _bound(text: str) -> list[str]:
    """Return what the imports of a text bring, spelled as ruff spells it."""
    tree = SyntaxTree(text, "python")
    found: list[str] = []
    for node in walk(tree.root):
        if node.type not in ("import_statement", "import_from_statement"):
            continue
        module = tree.text_of(node.child_by_field_name("module_name"))
        for name in node.children_by_field_name("name"):
            plain = tree.text_of(name.child_by_field_name("name") or name)
            alias = tree.text_of(name.child_by_field_name("alias"))
            dot = "" if module.endswith(".") or not module else "."
            whole = f"{module}{dot}{plain}"
            found += [whole, f"{whole} as {alias}"] if alias else [whole]
    return found


# JavaScript and TypeScript


def _ecma(document: Document, after: str) -> Resolved:
    old, new = SyntaxTree(document.text, document.language), SyntaxTree(after, document.language)
    known = set(undefined_names(old))
    missing = [name for name in undefined_names(new) if name not in known]
    after, dropped = _ecma_orphans(old, new)
    added = _added(document, after, missing)
    return replace(added, done=(*dropped, *added.done))


def _ecma_orphans(old: SyntaxTree, new: SyntaxTree) -> tuple[str, list[str]]:
    before = {tree_name for node in _statements(old) for tree_name in _names_of(old, node)}
    was, now = _outside(old), _outside(new)
    gone = {name for name in before if name != "React" and _has_word(was, name) and not _has_word(now, name)}
    edits: list[TextEdit] = []
    done: list[str] = []
    for node in _statements(new):
        names = _names_of(new, node)
        dead = [name for name in names if name in gone]
        if not dead:
            continue
        edit = _statement_gone(new, node) if len(dead) == len(names) else _names_gone(new, node, set(dead))
        if edit is not None:
            edits.append(edit)
            done += [f"import of `{name}` removed" for name in dead]
    return apply_edits(new.text, edits), done


def _statements(tree: SyntaxTree) -> list[Node]:
    return [node for node in tree.root.named_children if node.type == "import_statement"]


def _names_of(tree: SyntaxTree, node: Node) -> list[str]:
    """Return the local names that an import statement binds."""
    clause = next((child for child in node.named_children if child.type == "import_clause"), None)
    found: list[str] = []
    for child in clause.named_children if clause is not None else []:
        if child.type == "identifier":
            found.append(tree.text_of(child))
        elif child.type == "namespace_import":
            found.append(tree.text_of(child.named_children[-1]))
        elif child.type == "named_imports":
            found += [
                tree.text_of(one.child_by_field_name("alias") or one.child_by_field_name("name"))
                for one in child.named_children
                if one.type == "import_specifier"
            ]
    return found


def _outside(tree: SyntaxTree) -> str:
    spans = [tree.span(node) for node in _statements(tree)]
    return apply_edits(tree.text, [TextEdit(span.start, span.end, "") for span in spans])


def _has_word(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", text) is not None


def _statement_gone(tree: SyntaxTree, node: Node) -> TextEdit:
    span = tree.span(node)
    text, end = tree.text, span.end
    end += len(re.match(r"[ \t]*;?[ \t]*(\r\n|\n|\r)?", text[end:])[0])  # type: ignore[index]
    return TextEdit(span.start, end, "")


def _names_gone(tree: SyntaxTree, node: Node, dead: set[str]) -> TextEdit | None:
    """Return the edit that leaves out some of the names in braces; None where that is not all of it."""
    named = next((part for part in walk(node) if part.type == "named_imports"), None)
    if named is None:
        return None
    kept = [
        tree.text_of(one)
        for one in named.named_children
        if one.type == "import_specifier"
        and tree.text_of(one.child_by_field_name("alias") or one.child_by_field_name("name")) not in dead
    ]
    inside = [one for one in named.named_children if one.type == "import_specifier"]
    if not kept or len(inside) - len(kept) != len(dead) or len(inside) != len(named.named_children):
        return None
    span = tree.span(named)
    old = tree.text_of(named)
    if "\n" in old:
        lines = [line for line in old.split("\n") if not _is_only(line, dead)]
        new = "\n".join(lines)
        return TextEdit(span.start, span.end, new) if len(old.split("\n")) - len(lines) == len(dead) else None
    gap = " " if old.startswith("{ ") else ""
    return TextEdit(span.start, span.end, f"{{{gap}{', '.join(kept)}{gap}}}")


def _is_only(line: str, dead: set[str]) -> bool:
    return line.strip().rstrip(",").removeprefix("type ").split(" as ")[-1].strip() in dead
