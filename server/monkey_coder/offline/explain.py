"""Explain: what a piece of code takes, gives, calls, touches and costs, as Markdown."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from ..core.documents import Document, Span
from ..core.errors import InputError
from ..workspace.callers import callers
from ..workspace.complexity import complexity
from ..workspace.effects import Effect, effects
from ..workspace.functions import Definition, definitions, selected
from ..workspace.shapes import SHAPES
from ..workspace.symbols import Reference, Symbol, references, symbols
from ..workspace.syntax import SyntaxTree
from .describe import DocContent, describe

_MAX_LISTED = 12


def explain(document: Document, span: Span) -> Iterator[str]:
    """Yield lines of Markdown about what `span` selects: a function, a class, or the whole file.

    Raises: InputError for a language without a grammar, or an empty text.
    """
    tree = SyntaxTree(document.text, document.language)
    if not tree.is_parsed:
        raise InputError(
            f"the offline engine cannot read {document.language!r}; configure a model to have it explained"
        )
    if not document.text.strip():
        raise InputError("there is nothing here to explain; the file is empty")
    found = symbols(tree)
    chosen = selected(tree, span) if document.language in SHAPES else []
    if not chosen:
        yield from _file(document, tree, found)
        return
    for index, definition in enumerate(chosen[:8]):
        if index:
            yield "\n"
        yield from (_class if definition.is_class else _function)(document, tree, definition, found)


def _function(
    document: Document, tree: SyntaxTree, definition: Definition, found: Sequence[Symbol]
) -> Iterator[str]:
    uses = [use for use in references(tree) if _inside(use.span, tree, definition) and use.kind == "call"]
    content = describe(definition, calls=tuple(dict.fromkeys(use.name for use in uses)))
    yield f"### `{definition.qualified_name}`\n\n"
    yield f"{_kind(definition)} of {complexity(tree, definition).lines} lines"
    yield f" ({_place(document, tree.line(definition.node))}). By its name and shape: {content.summary}\n\n"
    yield from _parameters(content)
    yield from _outcome(definition, content)
    yield from _called(uses, definition, found)
    yield from _callers(document, definition)
    yield from _effects(effects(tree, definition), definition)
    cost = complexity(tree, definition)
    yield "**Complexity.** "
    yield f"Cyclomatic {cost.cyclomatic} ({cost.verdict})"
    if cost.loop_depth:
        yield f", loops nested {cost.loop_depth} deep" if cost.loop_depth > 1 else ", one level of loops"
    yield f", blocks nested {cost.block_depth} deep.\n" if cost.block_depth > 1 else ".\n"


def _kind(definition: Definition) -> str:
    parts = ["An asynchronous" if definition.is_async else "A"]
    decorators = {decorator.split("(")[0].split(".")[-1] for decorator in definition.decorators}
    if "property" in decorators or "cached_property" in decorators:
        noun = "property"
    elif "classmethod" in decorators or "staticmethod" in decorators:
        noun = "class method" if "classmethod" in decorators else "static method"
    else:
        noun = definition.kind
    parts.append(f"generator {noun}" if definition.yielded else noun)
    return " ".join(parts)


def _parameters(content: DocContent) -> Iterator[str]:
    if not content.parameters:
        return
    yield "**Takes**\n\n"
    for entry in content.parameters:
        kind = f" (`{entry.type}`)" if entry.type else ""
        yield f"- `{entry.name}`{kind}: {entry.text}\n"
    yield "\n"


def _outcome(definition: Definition, content: DocContent) -> Iterator[str]:
    if content.returns:
        kind = f"`{content.returns.type}`: " if content.returns.type else ""
        yield f"**Returns** {kind}{content.returns.text}"
        shown = [text for text in definition.returned if text and "\n" not in text and len(text) <= 60][:4]
        yield f" In the code: {', '.join(f'`{text}`' for text in shown)}.\n\n" if shown else "\n\n"
    elif content.yields:
        yield f"**Yields** {content.yields.text}\n\n"
    else:
        yield "**Returns** nothing.\n\n"
    if content.raises:
        yield "**Raises**\n\n"
        for entry in content.raises:
            yield f"- `{entry.name}`: {entry.text}\n"
        yield "\n"


def _called(uses: Sequence[Reference], definition: Definition, found: Sequence[Symbol]) -> Iterator[str]:
    counted: dict[str, int] = {}
    for use in uses:
        counted[use.name] = counted.get(use.name, 0) + 1
    if not counted:
        yield "**Calls** nothing.\n\n"
        return
    yield "**Calls**\n\n"
    lines = {
        symbol.name: symbol.line
        for symbol in reversed(found)
        if symbol.kind in ("function", "method", "class")
    }
    own = [name for name in counted if name in lines and name != definition.name]
    for name in own[:_MAX_LISTED]:
        yield f"- `{name}`, defined in this file on line {lines[name]}{_times(counted[name])}\n"
    if definition.name in counted:
        yield f"- `{definition.name}`: the same name, so it is recursive or calls its base class's\n"
    rest = [f"`{name}`" for name in counted if name not in lines]
    if rest:
        more = f" and {len(rest) - _MAX_LISTED} more" if len(rest) > _MAX_LISTED else ""
        yield f"- {'from elsewhere: ' if own else ''}{', '.join(rest[:_MAX_LISTED])}{more}\n"
    yield "\n"


def _times(count: int) -> str:
    return f", {count} times" if count > 1 else ""


def _callers(document: Document, definition: Definition) -> Iterator[str]:
    if definition.name.startswith("__") and definition.name.endswith("__"):
        yield "**Called by** the language itself.\n\n"
        return
    is_method = bool(definition.owner) and not definition.is_class
    calls = callers(definition.name, document, is_method=is_method)
    others = [call for call in calls.found if call.caller != definition.qualified_name]
    limits = "" if calls.is_complete else " (the search was cut short)"
    if not others:
        yield f"**Called by** no code found in {calls.n_files} files{limits}.\n\n"
        return
    sure = "" if not is_method else " Methods of that name on other classes cannot be told apart."
    yield f"**Called by**{limits}{sure}\n\n"
    for call in others[:_MAX_LISTED]:
        who = f"`{call.caller}`" if call.caller else "the top level"
        yield f"- {who} ({_relative(document, call.path)}:{call.line})\n"
    if len(others) > _MAX_LISTED:
        yield f"- and {len(others) - _MAX_LISTED} more\n"
    yield "\n"


def _effects(found: Sequence[Effect], definition: Definition) -> Iterator[str]:
    if not found:
        yield "**Side effects.** None seen in its own body; what it calls may have some.\n\n"
        return
    yield "**Side effects**\n\n"
    grouped: dict[str, list[Effect]] = {}
    for effect in found:
        grouped.setdefault(effect.what, []).append(effect)
    for what, group in grouped.items():
        shown = ", ".join(f"`{effect.how}` (line {effect.line})" for effect in group[:4])
        more = f" and {len(group) - 4} more" if len(group) > 4 else ""
        yield f"- {what}: {shown}{more}\n"
    yield "\n"


def _class(
    document: Document, tree: SyntaxTree, definition: Definition, found: Sequence[Symbol]
) -> Iterator[str]:
    content = describe(definition)
    yield f"### `{definition.qualified_name}`\n\n"
    yield f"A class ({_place(document, tree.line(definition.node))})"
    yield f", derived from {', '.join(f'`{base}`' for base in definition.bases)}" if definition.bases else ""
    yield f". By its name: {content.summary}\n\n"
    members = [
        d
        for d in definitions(tree, definition.node)
        if d.owner == definition.qualified_name and not d.is_class
    ]
    fields = [
        s.name for s in found if s.container.endswith(definition.name) and s.kind in ("field", "property")
    ]
    if fields:
        yield f"**Fields.** {', '.join(f'`{name}`' for name in fields[:20])}\n\n"
    every = [use for use in references(tree) if use.kind == "call"] if members else []
    if members:
        yield "**Methods**\n\n"
    for member in members[:30]:
        uses = tuple(use.name for use in every if _inside(use.span, tree, member))
        cost = complexity(tree, member)
        note = f" (complexity {cost.cyclomatic})" if cost.cyclomatic > 10 else ""
        summary = describe(member, calls=uses).summary
        yield f"- `{member.name}`, line {tree.line(member.node)}: {summary}{note}\n"
    if members:
        yield "\n"
    yield from _callers(document, definition)


def _file(document: Document, tree: SyntaxTree, found: Sequence[Symbol]) -> Iterator[str]:
    name = os.path.basename(document.path) if document.path else "This text"  # noqa: PTH119
    lines = document.text.count("\n") + (not document.text.endswith("\n"))
    yield f"### `{name}`\n\n"
    yield f"{lines} lines of {document.language}"
    problems = tree.problems()
    yield f"; line {tree.line(problems[0])} cannot be parsed.\n\n" if problems else ".\n\n"
    imports = list(dict.fromkeys(use.name for use in references(tree) if use.kind == "import"))
    if imports:
        yield f"**Imports** {', '.join(f'`{name}`' for name in imports[:20])}\n\n"
    top = [symbol for symbol in found if symbol.depth <= 1 and symbol.kind not in ("variable", "field")]
    if top:
        yield "**Defines**\n\n"
    for symbol in top[:40]:
        yield f"{'  ' * symbol.depth}- {symbol.kind} `{symbol.name}`, line {symbol.line}\n"
    if len(top) > 40:
        yield f"- and {len(top) - 40} more\n"
    if document.language in SHAPES:
        worst = sorted(
            ((complexity(tree, d).cyclomatic, d.qualified_name) for d in definitions(tree) if not d.is_class),
            reverse=True,
        )
        hardest = [f"`{name}` ({count})" for count, name in worst[:3] if count > 5]
        if hardest:
            yield f"\n**Hardest to follow:** {', '.join(hardest)}\n"


def _inside(span: Span, tree: SyntaxTree, definition: Definition) -> bool:
    body = definition.body or definition.node
    return tree.start(body) <= span.start and span.end <= tree.end(body)


def _place(document: Document, line: int) -> str:
    return f"{_relative(document, document.path)}:{line}" if document.path else f"line {line}"


def _relative(document: Document, path: str) -> str:
    if document.folder and path.startswith(document.folder):
        return os.path.relpath(path, document.folder).replace(os.sep, "/")
    return path
