"""Where the lines that a model quotes stand in a document, and the change of them that it means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from ..core.documents import Span
from ..core.errors import EditError
from .copied import unmarked
from .elision import elided_quotes, is_elision, leftovers
from .lines import Lines, eol_of, runs
from .merge import MergeConflictError, Quote, align_blanks, merged, squeezed
from .similar import fits


@dataclass(frozen=True, slots=True)
class Block:
    """Quoted lines and the lines that take their place.

    `line` is where the answer says they stand, from 0, and `heading` a line above them; both only
    ever tell apart places that fit alike.
    """

    search: tuple[str, ...]
    replace: tuple[str, ...]
    line: int | None = None
    heading: str = ""


class NowhereError(EditError):
    """A block whose quoted lines stand nowhere; the message names the nearest."""


@dataclass(frozen=True, slots=True)
class Change:
    """The text that takes the place of `span`. `how` is "exact", "whitespace", "elision" or "similar"."""

    span: Span
    text: str
    how: str


@dataclass(frozen=True, slots=True)
class _Fit:
    start: int
    quote: Quote
    how: str

    @property
    def end(self) -> int:
        return self.start + len(self.quote.actual)


def change_of(lines: Lines, block: Block, *, within: Span | None = None) -> Change:
    """Return the one change that a block means: exactly, else but for white space, elisions or slips.

    `within` are the characters that the user selected: of several places, the one in there is meant.
    Raises: EditError naming both places if the block fits twice, or the nearest lines if nowhere.
    """
    if not any(line.strip() for line in block.search):
        return _appended(lines, block)
    left_out = leftovers(block.replace, [*block.search, *lines.bare])
    if left_out and not any(is_elision(line) for line in block.search):
        raise EditError(
            f"a block leaves code out ({left_out[0].strip()[:60]!r}); nothing was changed. "
            "Ask for all of the lines"
        )
    if found := _exact(lines, block):
        return _one_change(lines, _chosen(lines, block, found, within))
    search, new = unmarked(lines, block.search, block.replace)
    block = replace(block, search=tuple(search), replace=tuple(new))
    if found := _exact(lines, block) or _loose(lines, block):
        return _one_change(lines, _chosen(lines, block, found, within))
    if any(is_elision(line) for line in block.search):
        found = [_Fit(start, quote, "elision") for start, quote in _elided(lines, block)]
        if found:
            return _one_change(lines, _chosen(lines, block, found, within))
        if not _holds_dots(lines, block):
            raise NowhereError(_nowhere(lines, block))
    return _one_change(lines, _similar(lines, block))


def place_of(lines: Lines, search: Sequence[str], within: Span | None = None) -> Span | None:
    """Return the one place where lines stand exactly or but for white space; None if that is not sure."""
    block = Block(tuple(search), ())
    for find in (_exact, _loose):
        found = find(lines, block)
        if found:
            try:
                fit = _chosen(lines, block, found, within)
            except EditError:
                return None
            return lines.span(fit.start, fit.end)
    return None


def _exact(lines: Lines, block: Block) -> list[_Fit]:
    search = list(block.search)
    return [
        _Fit(start, Quote(search, block.replace, search, range(len(search))), "exact")
        for start in runs(lines.bare, lines.bare_places, search)
    ]


def _loose(lines: Lines, block: Block) -> list[_Fit]:
    """Find the quote without regard to indentation, blank lines and blanks; prefer what is nearer."""
    wanted = [squeezed(line) for line in block.search if line.strip()]
    found = [
        _fit(lines, block, range(at, at + len(wanted)), "whitespace")
        for at in runs(lines.squeezed, lines.places, wanted)
    ]
    if len(found) > 1:
        for same in (str.rstrip, squeezed):
            nearer = [fit for fit in found if _is_same(fit.quote, same)]
            if nearer:
                return nearer
    return found


def _is_same(quote: Quote, same: Callable[[str], str]) -> bool:
    if same is squeezed:
        return [line.strip() for line in quote.search] == [line.strip() for line in quote.actual]
    search = [same(line) for line in quote.search if line.strip()]
    return search == [same(line) for line in quote.actual if line.strip()]


def _fit(lines: Lines, block: Block, telling: Sequence[int | None], how: str) -> _Fit:
    """Lay the quoted lines beside the file's; `telling` has a place for each that is not blank."""
    known = [lines.telling[at] for at in telling if at is not None]
    start, end = lines.with_blanks(known[0], known[-1] + 1, block.search)
    places = iter(telling)
    aligned: list[int | None] = []
    for line in block.search:
        at = next(places) if line.strip() else None
        aligned.append(None if at is None else lines.telling[at] - start)
    actual = lines.bare[start:end]
    align_blanks(block.search, actual, aligned)
    return _Fit(start, Quote(block.search, block.replace, actual, aligned), how)


def _elided(lines: Lines, block: Block) -> list[tuple[int, Quote]]:
    found = elided_quotes(lines, block.search, block.replace)
    distinct: dict[tuple[int, tuple[str, ...]], tuple[int, Quote]] = {}
    for start, quote in found:
        try:
            new = tuple(line for line, _ in merged(quote, lines.bare))
        except MergeConflictError:
            new = ()
        text = (*lines.bare[:start], *new, *lines.bare[start + len(quote.actual) :])
        distinct.setdefault((0, text), (start, quote))
    return list(distinct.values())


def _holds_dots(lines: Lines, block: Block) -> bool:
    """Tell whether the quoted dots may be lines of the file itself, as in an example of a session."""
    return all(squeezed(line) in lines.places for line in block.search if is_elision(line))


def _similar(lines: Lines, block: Block) -> _Fit:
    found = fits(lines, block.search)
    if not found or not found[0].is_near:
        raise NowhereError(_nowhere(lines, block))
    best = found[0]
    if len(found) > 1 and not best.is_clearly_better_than(found[1]):
        first, second = (lines.telling[fit.start] + 1 for fit in found[:2])
        raise EditError(
            f"a block nearly fits at line {first} and at line {second}; nothing was changed. "
            "Quote the lines exactly as they stand"
        )
    fit = _fit(lines, block, best.aligned, "similar")
    for line, at in zip(fit.quote.search, fit.quote.aligned, strict=True):
        if is_elision(line) and (at is None or squeezed(fit.quote.actual[at]) != squeezed(line)):
            raise NowhereError(_nowhere(lines, block))
    return fit


def _chosen(lines: Lines, block: Block, found: list[_Fit], within: Span | None) -> _Fit:
    """Return the one fit that is meant. Raises: EditError naming two places."""
    if len(found) == 1:
        return found[0]
    told: list[Callable[[_Fit], bool]] = []
    if block.line is not None:
        told.append(lambda fit: fit.start == block.line)
    if block.heading.strip():
        above = lines.places.get(squeezed(block.heading), ())
        if len(above) == 1:
            told.append(lambda fit: fit.start > lines.telling[above[0]])
    if within is not None and not within.is_empty:
        told.append(
            lambda fit: within.start <= lines.starts[fit.start] and lines.starts[fit.end] <= within.end
        )
    for is_meant in told:
        meant = [fit for fit in found if is_meant(fit)]
        if len(meant) == 1:
            return meant[0]
    first, second = found[0].start + 1, found[1].start + 1
    raise EditError(
        f"a block fits at line {first} and at line {second}; nothing was changed. "
        "Select the lines to change, so that they are told apart"
    )


def _one_change(lines: Lines, fit: _Fit) -> Change:
    try:
        new = merged(fit.quote, lines.bare)
    except MergeConflictError as error:
        raise EditError(
            f"a block fits at line {fit.start + 1}, but {error}; nothing was changed. "
            "Quote the lines exactly as they stand"
        ) from error
    ending = lines.ending(fit.start)
    pieces: list[str] = []
    for line, at in new:
        if at is not None:
            pieces.append(lines.whole[fit.start + at])
            ending = lines.ending(fit.start + at)
        else:
            pieces.append(line + ending)
    for index in range(len(pieces) - 1):
        if not pieces[index].endswith(("\n", "\r")):
            pieces[index] += ending
    span = lines.span(fit.start, fit.end)
    text = "".join(pieces)
    if span.end == len(lines.text) and not lines.text.endswith(("\n", "\r")):
        text = text.removesuffix(ending)
    return Change(span, text, fit.how)


def _appended(lines: Lines, block: Block) -> Change:
    """Take a block that quotes nothing: the text of an empty document, else lines to add at the end."""
    text = lines.text
    ending = eol_of(text)
    new = "".join(line + ending for line in block.replace)
    if not text.strip():
        return Change(Span(0, len(text)), new, "exact")
    telling = {squeezed(line) for line in block.replace if line.strip()}
    known = [line for line in telling if line in lines.places]
    if block.search or not telling or len(known) * 2 > len(telling):
        raise EditError(
            "a block quotes no line of the document; nothing was changed. Say which lines it replaces"
        )
    if not text.endswith(("\n", "\r")):
        return Change(Span(len(text), len(text)), ending + new.removesuffix(ending), "exact")
    return Change(Span(len(text), len(text)), new, "exact")


def _nowhere(lines: Lines, block: Block) -> str:
    quoted = [line.strip() for line in block.search if line.strip() and not is_elision(line)] or [""]
    near = fits(lines, block.search)
    first = next((line for line in quoted if squeezed(line) not in lines.places), quoted[0])
    says = f"a block quotes lines that the document does not hold ({first[:60]!r})"
    if near:
        at, end = lines.telling[near[0].start], lines.telling[near[0].end - 1]
        shown = "\n".join(lines.bare[at : min(end + 1, at + 12)])
        return f"{says}; the nearest is line {at + 1}; nothing was changed. There stands:\n{shown}"
    best = _nearest(lines, first)
    if best is None:
        return f"{says}; nothing was changed"
    return f"{says}; the nearest is line {best + 1}: {lines.bare[best].strip()[:60]!r}; nothing was changed"


def _nearest(lines: Lines, wanted: str) -> int | None:
    matcher = SequenceMatcher(None, "", wanted, autojunk=False)
    best, found = 0.6, None
    for at, line in zip(lines.telling, lines.squeezed, strict=True):
        matcher.set_seq1(line)
        if matcher.real_quick_ratio() > best and matcher.quick_ratio() > best:
            best, found = matcher.quick_ratio(), at
    return found
