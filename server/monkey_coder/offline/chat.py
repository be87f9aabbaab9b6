"""Chat without a language model: what the code itself answers, found and shown, and said to be no more."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..core.documents import Document, Span
from ..core.model import Fact, Task
from ..workspace.languages import language_of
from ..workspace.symbols import symbols
from ..workspace.syntax import SyntaxTree
from .answer import code_block
from .explain import explain

_WORD = re.compile(r"[^\W\d]\w*")
_MOST_EXPLAINED = 3
_MOST_PASSAGES = 4
_EXPLAINABLE = frozenset({"class", "interface", "function", "method", "constructor"})
_WHAT_ELSE = (
    "*No language model is configured, so this was found in the code, not thought up. Offline I can also "
    "explain, document, fix, review and scaffold tests for a selection. For a conversation set a key, such "
    "as `OPENAI_API_KEY`, or the setting `model`.*\n"
)


def chat(task: Task) -> Iterator[str]:
    """Yield lines of Markdown: the selection or the definitions that the question names, explained;
    then the passages of the project that were found for it; then what else can be done offline."""
    explained = 0
    for span in _asked_about(task)[:_MOST_EXPLAINED]:
        if explained:
            yield "\n"
        yield from explain(task.document, span)
        explained += 1
    passages = task.facts[:_MOST_PASSAGES]
    if passages:
        yield "\n### In the project\n\n" if explained else "### In the project\n\n"
        for passage in passages:
            yield from _shown(passage)
    if not explained and not passages:
        yield "Nothing in the open file or the project answers to the words of this question.\n\n"
    yield f"\n{_WHAT_ELSE}" if explained else _WHAT_ELSE


def _asked_about(task: Task) -> list[Span]:
    """Return the places in the open text to explain: what is selected, else what the question names."""
    document = task.document
    if not document.text.strip():
        return []
    tree = SyntaxTree(document.text, document.language)
    if not tree.is_parsed:
        return []
    if not task.span.is_empty:
        return [task.span]
    words = set(_WORD.findall(task.instruction))
    named = [symbol for symbol in symbols(tree) if symbol.name in words and symbol.kind in _EXPLAINABLE]
    if named:
        return [symbol.span for symbol in named]
    return [Span(0, len(document.text))] if _speaks_of_file(task.instruction, document) else []


def _speaks_of_file(question: str, document: Document) -> bool:
    name = (document.path or document.uri).replace("\\", "/").rsplit("/", 1)[-1]
    return name in question or bool(re.search(r"\bthis (file|module)\b", question, re.IGNORECASE))


def _shown(passage: Fact) -> Iterator[str]:
    yield f"`{passage.path}`, line {passage.line}:\n\n"
    yield code_block(passage.text, language_of(passage.path))
    yield "\n"
