"""Tests: a scaffold in the project's own framework, added to what the target holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ..codegen.scaffolds import add_python
from ..core.documents import Document, Span
from ..core.errors import InputError
from ..workspace.functions import Definition, definitions, selected
from ..workspace.syntax import SyntaxTree
from ..workspace.test_layout import is_test, test_framework, test_path
from ..workspace.unresolved import first_party, module_name
from .scaffold_more import write_more
from .scaffold_others import write_other
from .scaffold_python import Case, Context, cases, render
from .words import split_words

_MAX_DEFINITIONS = 30


@dataclass(frozen=True, slots=True)
class Scaffold:
    """The whole text of the test file, and what the user should know about it."""

    text: str
    notes: tuple[str, ...] = ()


def scaffold(document: Document, span: Span, target: Document | None) -> Scaffold:
    """Return the text of `target` with tests of what `span` selects; of the whole file if it selects nothing.

    Raises: InputError for a language without a scaffold, or where there is nothing to test.
    """
    framework = test_framework(document)
    if document.path is None:
        raise InputError("save the file first, so that its tests can import it")
    if document.path.endswith((".d.ts", ".d.mts", ".d.cts", ".pyi")):
        raise InputError("this file only declares types; ask for tests in the file that holds the code")
    if is_test(Path(document.path)) and document.language != "rust":
        raise InputError("this file is a test itself; ask for tests in the file that it tests")
    tree = SyntaxTree(document.text, document.language)
    chosen = _testable(tree, span)
    if not chosen:
        classes = [found.name for found in selected(tree, span) if found.is_class]
        if classes:
            raise InputError(
                f"`{classes[0]}` has no methods of its own to test; choose a function or another class"
            )
        raise InputError("there is no function or class here to test; put the cursor into one")
    existing = target.text if target is not None else ""
    if document.language in ("ruby", "php", "csharp", "c", "cpp", "lua", "shellscript"):
        target_path = _target_path(document, target)
        return Scaffold(*write_more(document, tree, chosen, framework, existing, target_path))
    if document.language != "python":
        text, notes = write_other(document, tree, chosen, framework, existing, _target_path(document, target))
        return Scaffold(text, notes)
    context = Context(
        module_name(document.path, document.folder), document.text, tuple(definitions(tree)), framework
    )
    found = [case for definition in chosen for case in cases(definition, context)]
    fresh = _fresh(found, existing)
    if not fresh:
        return Scaffold(existing, ("the tests are there already; nothing was added",))
    name = "".join(word.capitalize() for word in split_words(Path(document.path).stem)) + "Tests"
    while re.search(rf"^class {name}\b", existing, re.MULTILINE):
        name += "Too"
    blocks, imports = render(fresh, context, name)
    text = add_python(existing, imports, blocks, first_party=first_party(document))
    open_cases = [case.name for case in fresh if not case.is_filled]
    notes = (f"{len(open_cases)} of {len(fresh)} tests need your expectation: look for `To fill in`",)
    return Scaffold(text, notes if open_cases else ())


def _target_path(document: Document, target: Document | None) -> str:
    return target.path if target is not None and target.path else test_path(document)


def _testable(tree: SyntaxTree, span: Span) -> list[Definition]:
    """Return the functions and methods to test: those selected, a class by its public methods."""
    every = list(definitions(tree))
    chosen = selected(tree, span)
    if not chosen and (span.is_empty or not tree.text[span.start : span.end].strip()):
        chosen = [found for found in every if not found.owner]
    result: list[Definition] = []
    for definition in chosen:
        if definition.is_class:
            result += [
                found for found in every if found.owner == definition.qualified_name and _is_public(found)
            ]
            continue
        outer = definition
        while not _is_reachable(outer, every):
            wider = [f for f in every if f.span.start < outer.span.start and outer.span.end <= f.span.end]
            if not wider:
                break
            outer = wider[-1]
        result.append(outer)
    unique = {found.node.id: found for found in result if not found.is_class}
    return list(unique.values())[:_MAX_DEFINITIONS]


def _is_reachable(definition: Definition, every: list[Definition]) -> bool:
    """Return whether a test can name a definition: it is not local to a function."""
    return not any(
        not outer.is_class
        and outer.node.id != definition.node.id
        and outer.span.start <= definition.span.start
        and definition.span.end <= outer.span.end
        for outer in every
    )


def _is_public(definition: Definition) -> bool:
    name = definition.name
    return not definition.is_class and (
        not name.startswith(("_", "#")) or (name == "__init__" and bool(definition.raises))
    )


def _fresh(found: list[Case], existing: str) -> list[Case]:
    """Return the cases whose names the target does not have yet, and each name once."""
    taken = set(re.findall(r"\bdef (test_\w+)", existing))
    fresh: list[Case] = []
    for case in found:
        if case.name in taken:
            continue
        taken.add(case.name)
        fresh.append(case)
    return fresh
