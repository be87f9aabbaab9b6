"""What one file defines, refers to, imports and comments on: `tags(text, language)`.

Places are lines, from 1, so that they stay true however a file's line ends are written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from .import_statements import Import, Lines, imports_of
from .query import query_of

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["Comment", "Definition", "FileTags", "Import", "Lines", "Reference", "extract", "finish", "tags"]

# Where several patterns match one name, the kind that says most stays.
_VAGUE = frozenset({"variable", "type", "declaration"})
_HOLDERS = frozenset({"class", "interface", "enum", "implementation"})
# Keys of data and elements of markup are names that no code refers to.
_DATA = frozenset({"object", "array", "key", "element"})
_WRAPPERS = frozenset(
    {"decorated_definition", "export_statement", "template_declaration", "ambient_declaration"}
)
# What stands between a definition and its name: its lines belong to the definition.
_DECLARATIONS = frozenset({"lexical_declaration", "variable_declaration", "type_declaration"})
# Values: outside the scripts, whose values can be functions, they have no body and nothing around them.
_VALUES = frozenset({"field", "variable", "constant", "property"})
_SCRIPTS = frozenset({"javascript", "javascriptreact", "typescript", "typescriptreact"})
_DOCUMENTED = frozenset({"function_definition", "class_definition"})
_STRING_STARTS = frozenset(letter.encode() for letter in "\"'rRbBuUfF")
_MOST_HEADER_LINES = 12
_MOST_CHARS = 600


# As the class itself does, without the call of its Python function.
_new = tuple.__new__


class Definition(NamedTuple):
    """A named thing. `container` is the dotted name of what holds it, "" at the top level.

    `kind` is as in `symbols.Symbol`. `header` are the lines of the signature, decorators apart;
    `whole` begins with decorators, export or template lines. `signature` is the text of the header,
    `doc` the first line of its documentation.
    """

    name: str
    kind: str
    container: str
    header: Lines
    whole: Lines
    signature: str
    doc: str = ""

    @property
    def qualified_name(self) -> str:
        return f"{self.container}.{self.name}" if self.container else self.name


class Reference(NamedTuple):
    """A use of a name. `role` is call, class (as a base), type or import."""

    name: str
    line: int
    role: str


class Comment(NamedTuple):
    """A comment, or line comments that follow one another, as written up to 600 characters."""

    lines: Lines
    text: str


@dataclass(frozen=True, slots=True)
class FileTags:
    """All of one file, each in the order of the text."""

    language: str
    definitions: tuple[Definition, ...] = ()
    references: tuple[Reference, ...] = ()
    imports: tuple[Import, ...] = ()
    comments: tuple[Comment, ...] = ()


class Found(NamedTuple):
    """What a query found, before what lies around it is known: see `finish`."""

    definitions: list[Definition]
    references: list[Reference]
    imports: list[Import]
    comments: list[Comment]


def tags(text: str, language: str) -> FileTags:
    """Return what stands in a text; nothing for a language without a grammar.

    Holds the GIL for about 0.2 s a megabyte: large texts belong in a process of their own.
    """
    from .parse import parse

    query = query_of(language)
    source = source_of(text)
    tree = parse(source, language) if query is not None else None
    if tree is None:
        return FileTags(language)
    return finish(language, extract(source, tree.root_node, language))


def source_of(text: str) -> bytes:
    """Return the bytes that are parsed, with plain line ends: the same lines as in the text."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.encode("utf-8", "surrogatepass")


def extract(source: bytes, root: Node, language: str, rows: tuple[int, int] | None = None) -> Found:
    """Return what the language's query finds below `root`; with `rows`, where it touches these (from 0)."""
    from tree_sitter import QueryCursor

    query = query_of(language)
    assert query is not None
    cursor = QueryCursor(query)
    if rows is not None:
        cursor.set_point_range((rows[0], 0), (rows[1] + 1, 0))
    defined: dict[int, tuple[str, Node, Node]] = {}
    referred: dict[int, Reference] = {}
    wrapped: set[int] = set()
    imports: list[Import] = []
    comments: list[Comment] = []
    # Each pattern has one capture besides the name: worked out when it first matches.
    plans: dict[int, tuple[str, str, str]] = {}
    for pattern, captures in cursor.matches(root):
        plan = plans.get(pattern)
        if plan is None:
            plan = plans[pattern] = _plan(captures)
        capture, group, kind = plan
        if group == "reference":
            name = captures[capture][0]
            start = name.start_byte
            if start not in referred or referred[start].role == "type":
                text = source[start : name.end_byte].decode("utf-8", "replace")
                referred[start] = _new(Reference, (text, name.start_point[0] + 1, kind))
        elif group == "comment":
            node = captures[capture][0]
            comments.append(Comment(_lines(node), _text(source, node)[:_MOST_CHARS].rstrip()))
        elif group == "definition":
            name = captures["name"][0]
            start = name.start_byte
            known = defined.get(start)
            if known is None or (known[0] in _VAGUE and kind not in _VAGUE):
                defined[start] = (kind, captures[capture][0], name)
        elif group == "import":
            node = captures[capture][0]
            imports += imports_of(_text(source, node), language, node.type, _lines(node))
        elif group == "wrapped":
            wrapped.add(captures[capture][0].start_byte)
    plain_kinds = frozenset() if language in _SCRIPTS else _VALUES
    definitions = _nested(source, defined.values(), plain_kinds, wrapped if language == "python" else None)
    for start in referred.keys() & defined.keys():
        del referred[start]
    return Found(definitions, [*referred.values()], imports, comments)


def _plan(captures: Mapping[str, object]) -> tuple[str, str, str]:
    """Return the capture that says what a pattern finds, and its two parts; nothing where we need it not."""
    for capture in captures:
        group, _, kind = capture.partition(".")
        if group == "definition" and kind in _DATA:
            break
        if group == "reference":
            # Either the name itself, or what holds it.
            return "name" if "name" in captures else capture, group, kind
        if group in ("import", "comment", "wrapped") or (kind and "name" in captures):
            return capture, group, kind
    return "", "", ""


def finish(language: str, found: Found) -> FileTags:
    """Return what was found in order, each definition with what holds it and what documents it."""
    comments = sorted(found.comments, key=lambda comment: comment.lines)
    ordered = sorted(found.definitions, key=lambda one: (one.whole.first, -one.whole.last, one.header))
    definitions = _documented(ordered, comments)
    return FileTags(
        language,
        tuple(definitions),
        tuple(sorted(found.references, key=lambda reference: reference.line)),
        tuple(_unrepeated(found.imports)),
        tuple(_blocks(comments)),
    )


def _definition(
    source: bytes, kind: str, node: Node, name: Node, container: str, is_wrapped: bool
) -> Definition:
    label = _text(source, name)
    type_ = node.type
    if type_ == "method_declaration":
        container = _receiver(source, node) or container
    if not label.isidentifier():
        label = " ".join(label.split())
        if "::" in label:
            owner, _, label = label.rpartition("::")
            container = ".".join(filter(None, (container, owner.replace("::", "."))))
    outer = first = node
    parent = node.parent if is_wrapped else None
    while parent is not None:
        if parent.type in _DECLARATIONS and parent.start_point.row == node.start_point.row:
            first = parent
        elif parent.type not in _WRAPPERS:
            break
        outer, parent = parent, parent.parent
    body = _body(node)
    header = _header(source, first, node, body)
    start = source.rfind(b"\n", 0, first.start_byte) + 1
    end = _line_end(source, start, header.last - header.first)
    # A node such as a heading or a macro may end with the line break that follows it.
    row, column = outer.end_point
    last = row + (1 if column else 0)
    return Definition(
        label,
        kind,
        container,
        header,
        Lines(_with_attributes(outer), max(last, header.last)),
        source[start:end].decode("utf-8", "replace")[:_MOST_CHARS],
        _docstring(source, body) if type_ in _DOCUMENTED else "",
    )


def _value(source: bytes, kind: str, node: Node, name: Node, container: str) -> Definition:
    """Return a definition that is a line, and what follows it, with nothing around it."""
    first = node.start_point.row + 1
    begin = node.start_byte
    start, end = source.rfind(b"\n", 0, begin) + 1, source.find(b"\n", begin)
    signature = source[start : end if end >= 0 else None].decode("utf-8", "replace")[:_MOST_CHARS]
    last = node.end_point
    whole = Lines(first, max(first, last.row + 1 if last.column else last.row))
    return Definition(_text(source, name).strip(), kind, container, Lines(first, first), whole, signature)


def _header(source: bytes, first: Node, node: Node, body: Node | None) -> Lines:
    """Return the lines from the beginning of a definition to the one its body begins on or after."""
    top = first.start_point.row
    if body is None:
        last = node.end_point.row if node.type.endswith(("signature", "signature_item")) else top
    elif source[body.start_byte : body.start_byte + 1] in (b"{", b"("):
        last = body.start_point.row
    elif body.start_point[0] == top + 1 and _begins_line(source, body):
        last = top
    else:
        before = body.prev_sibling
        while before is not None and before.type == "comment":
            before = before.prev_sibling
        last = before.end_point.row if before is not None else body.start_point.row
    return Lines(top + 1, min(max(top, last), top + _MOST_HEADER_LINES - 1) + 1)


def _begins_line(source: bytes, node: Node) -> bool:
    start = node.start_byte
    return not source[start - node.start_point.column : start].strip()


def _body(node: Node) -> Node | None:
    """Return the body of a definition, or of the function that it names."""
    for field in ("body", "value", "right"):
        child = node.child_by_field_name(field)
        if child is not None:
            return child if field == "body" else child.child_by_field_name("body")
    return None


def _with_attributes(outer: Node) -> int:
    """Return the first line of a definition with Rust's attributes above it."""
    first = outer
    if outer.type.endswith("_item"):
        before = first.prev_sibling
        while before is not None and before.type == "attribute_item":
            first, before = before, before.prev_sibling
    return first.start_point.row + 1


def _receiver(source: bytes, node: Node) -> str:
    """Return the type that a Go method belongs to."""
    receiver = node.child_by_field_name("receiver")
    if receiver is None:
        return ""
    words = _text(source, receiver).strip("()").split("[")[0].split()
    return words[-1].lstrip("*") if words else ""


def _docstring(source: bytes, body: Node | None) -> str:
    # Most functions have none: their first letter tells, sooner than the nodes do.
    if body is None or source[body.start_byte : body.start_byte + 1] not in _STRING_STARTS:
        return ""
    first = _first_named(body) if body.type == "block" else None
    if first is not None and first.type == "expression_statement":
        first = _first_named(first)
    if first is None or first.type != "string":
        return ""
    return _first_line(_text(source, first).lstrip("rRbBuUfF").strip("\"'"))


def _first_named(node: Node) -> Node | None:
    # While something is being typed a block can be empty, and `named_child(0)` raises there.
    return node.named_child(0) if node.named_child_count else None


def _documented(definitions: Iterable[Definition], comments: Sequence[Comment]) -> list[Definition]:
    """Return the definitions, those without a docstring with the comment right above them."""
    ends = {comment.lines.last: comment for comment in comments}
    result = []
    for one in definitions:
        above = ends.get(one.whole.first - 1)
        if above is not None and (not one.doc or not one.signature.lstrip().startswith(("def", "class"))):
            while (higher := ends.get(above.lines.first - 1)) is not None:
                above = higher
            doc = _first_line(above.text)
            one = one if one.doc == doc else one._replace(doc=doc)
        result.append(one)
    return result


def _nested(
    source: bytes,
    defined: Iterable[tuple[str, Node, Node]],
    plain_kinds: frozenset[str],
    wrapped: Collection[int] | None,
) -> list[Definition]:
    """Return the definitions in order, each with the name of what holds it.

    `wrapped` are the starts of those that a wrapper holds; None where any may be.
    """
    result: list[Definition] = []
    open_: list[tuple[int, Definition]] = []
    for kind, node, name in sorted(defined, key=lambda one: (one[1].start_byte, -one[1].end_byte)):
        end = node.end_byte
        while open_ and open_[-1][0] < end:
            open_.pop()
        holder = open_[-1][1] if open_ else None
        if kind == "function" and holder is not None and holder.kind in _HOLDERS:
            kind = "method"
        container = holder.qualified_name.split("<")[0] if holder else ""
        if kind in plain_kinds:
            one = _value(source, kind, node, name, container)
        else:
            is_wrapped = wrapped is None or node.start_byte in wrapped
            one = _definition(source, kind, node, name, container, is_wrapped)
        if one.name:
            result.append(one)
            open_.append((end, one))
    return result


def _blocks(comments: Sequence[Comment]) -> list[Comment]:
    """Return the comments with those that follow one another line by line as one."""
    result: list[Comment] = []
    for comment in comments:
        last = result[-1] if result else None
        if last is not None and last.lines.last + 1 == comment.lines.first and len(last.text) < _MOST_CHARS:
            text = f"{last.text}\n{comment.text}"[:_MOST_CHARS]
            result[-1] = Comment(Lines(last.lines.first, comment.lines.last), text)
        else:
            result.append(comment)
    return result


def _unrepeated(imports: Iterable[Import]) -> list[Import]:
    """Return the imports in order, without those of which another says more."""
    ordered = sorted(dict.fromkeys(imports), key=lambda one: one.lines)
    telling = {(one.module, one.lines) for one in ordered if one.names or one.alias}
    return [one for one in ordered if one.names or one.alias or (one.module, one.lines) not in telling]


def _first_line(text: str) -> str:
    lines = (line.strip().strip("/*#!-<>;").strip() for line in text.splitlines())
    return next((line for line in lines if line), "")[:200]


def _line_end(source: bytes, at: int, more_lines: int) -> int:
    end = at
    for _ in range(more_lines + 1):
        end = source.find(b"\n", at)
        if end < 0:
            return len(source)
        at = end + 1
    return end


def _lines(node: Node) -> Lines:
    first = node.start_point[0] + 1
    row, column = node.end_point
    return Lines(first, max(row + 1 if column else row, first))


def _text(source: bytes, node: Node) -> str:
    return source[node.start_byte : node.end_byte].decode("utf-8", "replace")
