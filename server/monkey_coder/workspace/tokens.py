"""Cut a source text into tokens: the leaves of its syntax tree, line breaks, and indentation.

White space inside a line is no token; how much of it stands before a token is kept beside it. A
line break is one token whatever the number of blank lines after it, and says whether the next
line is indented as the one before it, more, or less (nothing follows the last line, as if
unindented). A leaf with white space in it (a comment, a longer string) is cut into words. A text
in a language without a grammar goes through a plain lexer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from .languages import LANGUAGES, grammar
from .parse import parse

# Line breaks: the next line is as deep as this one, deeper, shallower, or there is none.
SAME, DEEPER, SHALLOWER = "\n", "\n>", "\n<"
LINE_BREAKS = (SAME, DEEPER, SHALLOWER)
# Stands for what must never be suggested: long unbroken text, and what looks like a key.
OPAQUE = "\x00"
_LONGEST = 60
_WORD = re.compile(r"\w+|[^\w\s]")
_SPACE = re.compile(r"\s")
_GAP = re.compile(r"\S+")
_KEY = re.compile(r"(?=[^\W_]*\d)(?=[^\W_]*[^\W\d_])[A-Za-z0-9+/=_-]{24,}")
_STRIPPED_LINE = re.compile(r"\S(?:[^\n]*\S)?")
_PLAIN = r"[^\W\d]\w*|\d(?:[\w.]*\w)?"


@dataclass(slots=True)
class Tokens:
    """Tokens of one text: what each says, where it starts, and the spaces before it (0 to 3)."""

    texts: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    spaces: list[int] = field(default_factory=list)

    def add(self, text: str, start: int, spaces: int) -> None:
        self.texts.append(text)
        self.starts.append(start)
        self.spaces.append(spaces if spaces < 3 else 3)


def tokenise(text: str, language: str) -> Tokens:
    """Return the tokens of a whole text, or of a run of whole lines of one."""
    leaves = _leaves(text, language)
    if leaves is None:
        leaves = [match.span() for match in _plain_lexer().finditer(text)]
    return _tokens(text, leaves)


def tokenise_line(line: str, language: str, *, inside_text: bool = False) -> Tokens:
    """Return the tokens of a line that is still being written; never a line break.

    A tree has little to say about half a line, so this lexer imitates its leaves, with the
    operators and keywords of the grammar. `inside_text` says that a string or comment of an
    earlier line goes on here.
    """
    tokens = Tokens()
    end = 0
    for start, stop in (
        [match.span() for match in _WORD.finditer(line)] if inside_text else _lex(line, language)
    ):
        _add_leaf(tokens, line[start:stop], start, start - end)
        end = stop
    return tokens


def leaf_starts(text: str, language: str) -> frozenset[int]:
    """Return where the leaves of the syntax tree start; of a text without a grammar, its tokens."""
    leaves = _leaves(text, language)
    return frozenset(tokenise(text, language).starts if leaves is None else [start for start, _ in leaves])


@cache
def keywords(language: str) -> frozenset[str]:
    """Return the words that the grammar of a language reserves."""
    return frozenset(kind for kind in _anonymous_kinds(language) if kind.isidentifier())


def _leaves(text: str, language: str) -> list[tuple[int, int]] | None:
    """Return the spans of the leaves in characters; text that the parser skipped counts as a leaf."""
    source = text.encode("utf-8", "surrogatepass")
    tree = parse(source, language)
    if tree is None:
        return None
    spans: list[tuple[int, int]] = []
    cursor = tree.walk()
    down, across, up = cursor.goto_first_child, cursor.goto_next_sibling, cursor.goto_parent
    while True:
        if down():
            continue
        node = cursor.node
        assert node is not None
        if node.end_byte > node.start_byte:
            spans.append((node.start_byte, node.end_byte))
        while not across():
            if not up():
                return spans if len(source) == len(text) else _in_characters(source, spans)


def _in_characters(source: bytes, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    result: list[tuple[int, int]] = []
    at_byte = at = 0
    for start, end in spans:
        if start < at_byte:
            continue
        first = at + len(source[at_byte:start].decode("utf-8", "surrogatepass"))
        at = first + len(source[start:end].decode("utf-8", "surrogatepass"))
        at_byte = end
        result.append((first, at))
    return result


def _tokens(text: str, leaves: list[tuple[int, int]]) -> Tokens:
    tokens = Tokens()
    end = depth = 0
    for start, stop in _pieces(text, leaves):
        spaces = start - end
        if spaces or not end:
            line = text.rfind("\n", end, start) + 1
            if line:
                if tokens.texts:
                    indent = start - line
                    tokens.add(SAME if indent == depth else DEEPER if indent > depth else SHALLOWER, end, 0)
                depth = start - line
                spaces = 0
            elif not tokens.texts:
                depth, spaces = start, 0
        _add_leaf(tokens, text[start:stop], start, spaces)
        end = stop
    if "\n" in text[end:] and tokens.texts:
        tokens.add(SHALLOWER if depth else SAME, end, 0)
    return tokens


def _pieces(text: str, leaves: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the leaves, those of several lines line by line, and what lies between them."""
    end = 0
    for start, stop in leaves:
        if start < end:
            continue
        if start - end > 1 or not text[end:start].isspace():
            yield from (match.span() for match in _GAP.finditer(text, end, start))
        leaf = text[start:stop]
        if "\n" in leaf or leaf[0].isspace() or leaf[-1].isspace():
            yield from (match.span() for match in _STRIPPED_LINE.finditer(text, start, stop))
        else:
            yield start, stop
        end = stop
    yield from (match.span() for match in _GAP.finditer(text, end))


def _add_leaf(tokens: Tokens, leaf: str, start: int, spaces: int) -> None:
    if len(leaf) < 24 and (leaf.isidentifier() or len(leaf) < 3):
        tokens.add(leaf, start, spaces)
    elif not _SPACE.search(leaf):
        tokens.add(OPAQUE if len(leaf) > _LONGEST or _KEY.search(leaf) else leaf, start, spaces)
    else:
        end = 0
        for match in _WORD.finditer(leaf):
            at = match.start()
            word = match.group()
            tokens.add(
                OPAQUE if len(word) > _LONGEST or _KEY.search(word) else word,
                start + at,
                at - end if end else spaces + at,
            )
            end = match.end()


@cache
def _anonymous_kinds(language: str) -> frozenset[str]:
    loaded = grammar(language)
    if loaded is None:
        return frozenset()
    ids = range(loaded.node_kind_count)
    kinds = {loaded.node_kind_for_id(number) for number in ids if not loaded.node_kind_is_named(number)}
    return frozenset(kind for kind in kinds if kind)


@cache
def _plain_lexer() -> re.Pattern[str]:
    return re.compile(rf"{_PLAIN}|[^\w\s]|\w")


@cache
def _operators(language: str) -> str:
    """Return a pattern for the operators of a language, the longest first."""
    kinds = [kind for kind in _anonymous_kinds(language) if not re.search(r"[\w\s\"'`]", kind)]
    # The grammars of JavaScript give this one a name of its own.
    kinds.append("?.")
    kinds.sort(key=lambda kind: (-len(kind), kind))
    return "|".join([*map(re.escape, kinds), r"[^\w\s]"])


@dataclass(frozen=True, slots=True)
class _Lexicon:
    code: re.Pattern[str]
    quotes: frozenset[str]
    comment: str


@cache
def _lexicon(language: str) -> _Lexicon:
    entry = LANGUAGES.get(language)
    quotes = {"python": ['"""', "'''", '"', "'"], "go": ['"', "`"], "rust": ['"'], "json": ['"']}.get(
        language, ['"', "'", "`"] if language.startswith(("javascript", "typescript")) else ['"', "'"]
    )
    if language in ("html", "markdown", "plaintext", "yaml", "toml") or entry is None:
        quotes = ['"']
    opening = rf"(?P<quote>{'(?:[rbfutRBFUT]{0,2})' if language == 'python' else ''}(?:{'|'.join(quotes)}))"
    comment = re.escape(entry.line_comment) if entry is not None and entry.line_comment else r"(?!)"
    code = rf"(?P<comment>{comment}|/\*)|{opening}|{_PLAIN}|{_operators(language)}|\w"
    return _Lexicon(re.compile(code), frozenset(quotes), comment)


def _lex(line: str, language: str) -> list[tuple[int, int]]:
    """Return the spans of what would be leaves, were the line complete."""
    lexicon = _lexicon(language)
    spans: list[tuple[int, int]] = []
    at = 0
    while match := lexicon.code.search(line, at):
        if match.lastgroup == "comment" and match.group() != "/*":
            spans.append((match.start(), len(line)))
            break
        spans.append(match.span())
        at = match.end()
        if match.lastgroup == "quote":
            at = _lex_string(line, at, match.group(), spans)
    return spans


def _lex_string(line: str, at: int, opening: str, spans: list[tuple[int, int]]) -> int:
    """Add the content and the end of a string that begins at `at`; return where code goes on."""
    quote = opening.lstrip("rbfutRBFUT")
    holes = {"`": r"\$\{"}.get(quote, r"\{(?!\{)" if "f" in opening.lower() else r"(?!)")
    escapes = r"(?!)" if "r" in opening.lower() else r"\\."
    part = re.compile(rf"(?P<end>{re.escape(quote)})|(?P<escape>{escapes})|(?P<hole>{holes})")
    begin = at
    while match := part.search(line, at):
        if match.start() > begin:
            spans.append((begin, match.start()))
        spans.append(match.span())
        begin = at = match.end()
        if match.lastgroup == "end":
            return at
        if match.lastgroup == "hole":
            close = line.find("}", at)
            inner = line[at:] if close < 0 else line[at:close]
            spans.extend((at + start, at + stop) for start, stop in _lex(inner, "plaintext"))
            if close < 0:
                return len(line)
            spans.append((close, close + 1))
            begin = at = close + 1
    if begin < len(line):
        spans.append((begin, len(line)))
    return len(line)
