"""Other ways to write a function, side by side with what each gives and takes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from ..codegen.streaming_diff import diff
from ..core.documents import Document, Hunk, Span
from ..core.errors import EditError, InputError, MonkeyCoderError
from ..core.kit import Kit
from ..core.model import Model, Task, TaskKind
from ..creative.variation import Measures, Part, Variation, chosen, harmony_bits, rhythm, trade_off
from ..workspace.complexity import complexity
from ..workspace.functions import Definition, definitions, enclosing
from ..workspace.syntax import SyntaxTree
from ..workspace.tokens import tokenise
from .edit import EditReady, propose
from .proof import Proof, Verified, proof_of
from .rewrites import rewrites

_PLANS = {
    Part.VERSE: "Rewrite this in the most straightforward way: plain steps, no cleverness.",
    Part.CHORUS: "Rewrite this in the language's own idiom, as its experts would write it.",
    Part.BRIDGE: "Rewrite this with another algorithm or data structure than it uses now.",
}
_KEEP = (
    " Keep the signature, the behaviour for every input, the errors that it raises, the documentation with "
    "its examples, and the comments that still hold."
)
_PATIENCE, _LEAST_S = 2.0, 5.0
_EXAMPLE = re.compile(r"^\s*(>>> .*|\.\.\. .*)$", re.M)


@dataclass(frozen=True, slots=True)
class Alternative:
    """One other way: `hunks` lead to it from the document, `trade_off` says what it gives and takes.

    `verified` says what was run to see that it does the same, such as "3 examples pass".
    """

    part: str
    producer: str
    hunks: tuple[Hunk, ...]
    new_text: str
    trade_off: str
    verified: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alternatives:
    """What was found for the function `name`, and what was refused, with why."""

    name: str
    found: tuple[Alternative, ...]
    refused: tuple[str, ...] = ()


async def alternatives(kit: Kit, document: Document, span: Span) -> Alternatives:
    """Return other ways to write the function at `span`: from structure, and from the models of the kit.

    What must be kept is checked, not only asked for: the signature, the errors raised, the examples in
    the documentation. In a folder that the user trusts, what is shown was run as well: the examples and
    the tests that pass now still do. Raises: InputError if there is no function.
    """
    theme = await asyncio.to_thread(_theme, document, span)
    by_rule = await asyncio.to_thread(rewrites, document, theme.body)
    written = [("structure", part, text) for part, text in by_rule]
    models = kit.alternative_models or ((kit.model,) if kit.model.name != kit.offline_model.name else ())
    refused: list[str] = []
    for answer in await _all_asked(kit, models, document, theme.span) if models else ():
        if isinstance(answer, str):
            refused.append(answer)
        else:
            written.append(answer)
    variations = await asyncio.to_thread(_variations, document, theme, written, refused)
    proof = await proof_of(kit, document, theme.name) if variations else None
    verified = await _returned(variations, proof, refused)
    found = tuple(
        Alternative(
            one.part,
            one.producer,
            diff(document.text, one.text),
            one.text,
            trade_off(theme.before, one.measures),
            words,
        )
        for one, words in verified
    )
    return Alternatives(theme.name, found, tuple(refused))


async def _returned(
    variations: Sequence[Variation], proof: Proof | None, refused: list[str]
) -> list[tuple[Variation, tuple[str, ...]]]:
    """Return what is worth showing and has returned to the theme, with how that was verified.

    Only what would be shown is run; where one is refused, those that it stood before come back.
    """
    left, words = list(variations), dict[Variation, tuple[str, ...]]()
    while True:
        shown = chosen(left)
        unseen = next((one for one in shown if one not in words), None)
        if unseen is None:
            return [(one, words[one]) for one in shown]
        result = await proof.verify(unseen.text) if proof is not None else Verified()
        words[unseen] = result.words
        if result.problem:
            refused.append(f"{unseen.producer}, {unseen.part}: {result.problem}")
            left.remove(unseen)


@dataclass(frozen=True, slots=True)
class _Theme:
    """What every variation must keep, and what it is measured against."""

    name: str
    span: Span
    body: Span
    signature: str
    raises: frozenset[str]
    examples: tuple[str, ...]
    around: str
    tokens: tuple[str, ...]
    before: Measures


async def _all_asked(
    kit: Kit, models: Sequence[Model], document: Document, span: Span
) -> list[tuple[str, Part, str] | str]:
    """Have each part written by another model, as far as there are so many; return what came of each.

    Who has not answered `_PATIENCE` times as long after the first, at least `_LEAST_S`, is not waited for.
    """
    began = kit.monotonic()
    async with asyncio.TaskGroup() as group:
        asked = {
            group.create_task(_asked(kit, models[i % len(models)], document, span, part)): (i, part)
            for i, part in enumerate(Part)
        }
        waiting = set(asked)
        while waiting and not any(isinstance(one.result(), tuple) for one in asked.keys() - waiting):
            _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if waiting:
            _, waiting = await asyncio.wait(
                waiting, timeout=max(_LEAST_S, (kit.monotonic() - began) * _PATIENCE)
            )
        for one in waiting:
            one.cancel()
    return [
        f"{models[i % len(models)].name}, {part}: it took too long" if one in waiting else one.result()
        for one, (i, part) in asked.items()
    ]


async def _asked(
    kit: Kit, model: Model, document: Document, span: Span, part: Part
) -> tuple[str, Part, str] | str:
    """Return who wrote a variation and the new document, or why there is none."""
    task = Task(TaskKind.EDIT, document, span, _PLANS[part] + _KEEP)
    ready: EditReady | None = None
    try:
        async with aclosing(propose(replace(kit, model=model, outcomes=None), task)) as updates:
            async for update in updates:
                ready = update if isinstance(update, EditReady) else ready
        assert ready is not None, "a proposal ends by being ready or by an error"
        if ready.others:
            raise EditError("it changes other files")
    except MonkeyCoderError as error:
        return f"{model.name}, {part}: {error}"
    return ready.model, part, ready.new_text


def _variations(
    document: Document, theme: _Theme, written: Sequence[tuple[str, Part, str]], refused: list[str]
) -> list[Variation]:
    variations: list[Variation] = []
    for producer, part, text in written:
        definition, why = _kept(document, theme, text)
        if definition is None:
            refused.append(f"{producer}, {part}: {why}")
        elif text != document.text:
            variations.append(Variation(part, producer, text, _measured(document, theme, text, definition)))
    return variations


def _theme(document: Document, span: Span) -> _Theme:
    """Raises: InputError."""
    tree = SyntaxTree(document.text, document.language)
    definition = enclosing(tree, span)
    if definition is None or definition.is_class:
        raise InputError("there is no function here; put the cursor into one, or name a line of one")
    text, place = document.text, tree.span(definition.whole)
    around = text[: place.start] + text[place.end :]
    theme = _Theme(
        definition.qualified_name,
        place,
        tree.span(definition.body) if definition.body is not None else place,
        _signature(tree, definition),
        frozenset(one.type for one in definition.raises),
        _examples(text[place.start : place.end]),
        around,
        tuple(tokenise(around, document.language).texts),
        Measures(0.0, 0.0, 0.0, 0),
    )
    return replace(theme, before=_measured(document, theme, text, (tree, definition)))


def _kept(document: Document, theme: _Theme, text: str) -> tuple[tuple[SyntaxTree, Definition] | None, str]:
    """Return the function as it is now if it keeps the theme; else None, and what it lost."""
    tree = SyntaxTree(text, document.language)
    if tree.problems():
        return None, "it does not parse"
    now = next((one for one in definitions(tree) if one.qualified_name == theme.name), None)
    if now is None or _signature(tree, now) != theme.signature:
        return None, "it changes the signature"
    whole = tree.span(now.whole)
    if not {one.type for one in now.raises} >= theme.raises:
        return None, f"it does not raise {', '.join(sorted(theme.raises - {one.type for one in now.raises}))}"
    if _examples(text[whole.start : whole.end]) != theme.examples:
        return None, "it changes the examples in the documentation"
    return (tree, now), ""


def _measured(document: Document, theme: _Theme, text: str, at: tuple[SyntaxTree, Definition]) -> Measures:
    tree, definition = at
    span = tree.span(definition.whole)
    own = text[span.start : span.end]
    counts = complexity(tree, definition)
    hunks = diff(document.text, text)
    n_changed = sum(
        max(document.text.count("\n", hunk.start, hunk.end), hunk.text.count("\n")) for hunk in hunks
    )
    return Measures(
        harmony_bits(theme.tokens, tokenise(own, document.language).texts),
        rhythm(theme.around, own),
        counts.cyclomatic + counts.block_depth,
        n_changed,
    )


def _signature(tree: SyntaxTree, definition: Definition) -> str:
    """Return all of a definition before its body, without layout."""
    start = tree.start(definition.whole)
    end = tree.start(definition.body) if definition.body is not None else tree.end(definition.node)
    return re.sub(r"\s+|,(?=\s*\))", "", re.sub(r"#.*", "", tree.text[start:end]))


def _examples(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in _EXAMPLE.findall(text))
