"""Document: docstrings and doc comments, out of signature and body."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass

from ..core.documents import Document, Span, TextEdit
from ..core.errors import InputError
from ..workspace.conventions import DocStyle, docstring_style, line_length
from ..workspace.functions import Definition, definitions, selected
from ..workspace.shapes import SHAPES
from ..workspace.symbols import Reference, references
from ..workspace.syntax import Node, SyntaxTree
from .describe import DocContent, Entry, describe
from .docstrings import comment, python_docstring, python_entry, python_sections, tag_of
from .words import spoken


@dataclass(frozen=True, slots=True)
class Documented:
    """The edits that document a selection, and what the user should know about them."""

    edits: tuple[TextEdit, ...]
    notes: tuple[str, ...] = ()


def document_edits(document: Document, span: Span) -> Documented:
    """Return the edits that add or complete the documentation of what `span` selects.

    Raises: InputError if the language has no doc comments here, or nothing can be documented at `span`.
    """
    if document.language not in SHAPES:
        raise InputError(
            f"the offline engine writes no doc comments for {document.language!r}; configure a model for that"
        )
    tree = SyntaxTree(document.text, document.language)
    chosen = selected(tree, span)
    if not chosen:
        names = ", ".join(
            f"`{found.qualified_name}`" for found, _ in zip(definitions(tree), range(5), strict=False)
        )
        raise InputError(
            "there is no function or class here to document; put the cursor into one"
            + (f", such as {names}" if names else "")
        )
    style = docstring_style(document) if document.language == "python" else DocStyle.GOOGLE
    writer = _Writer(tree, style, line_length(document), references(tree))
    notes: list[str] = []
    edits: list[TextEdit] = []
    for definition in chosen:
        edit, note = writer.write(definition)
        edits += [edit] if edit else []
        notes += [note] if note else []
    return Documented(tuple(edits), tuple(dict.fromkeys(notes)))


@dataclass(frozen=True, slots=True)
class _Writer:
    tree: SyntaxTree
    style: DocStyle
    width: int
    uses: tuple[Reference, ...]

    def write(self, definition: Definition) -> tuple[TextEdit | None, str]:
        content = describe(definition, calls=self._calls(definition), attributes=self._attributes(definition))
        if self.tree.language == "python":
            return self._python(definition, content)
        return self._comment(definition, content)

    def _calls(self, definition: Definition) -> tuple[str, ...]:
        start, end = self.tree.start(definition.body or definition.node), self.tree.end(definition.node)
        return tuple(
            dict.fromkeys(
                use.name for use in self.uses if use.kind == "call" and start <= use.span.start < end
            )
        )

    def _attributes(self, definition: Definition) -> tuple[Entry, ...]:
        """Return the fields of a dataclass or named tuple, whose class body is their signature."""
        is_record = any("dataclass" in deco or deco.endswith("define") for deco in definition.decorators)
        is_record = is_record or any(
            base.split(".")[-1] in ("NamedTuple", "TypedDict") for base in definition.bases
        )
        if not is_record or definition.body is None:
            return ()
        found = []
        for statement in definition.body.named_children:
            inner = statement.named_children[0] if statement.named_children else None
            if statement.type == "expression_statement" and inner is not None and inner.type == "assignment":
                kind = inner.child_by_field_name("type")
                if kind is not None:
                    name = self.tree.text_of(inner.child_by_field_name("left"))
                    found.append(Entry(name, self.tree.text_of(kind), f"The {spoken(name)}."))
        return tuple(found)

    # Python

    def _python(self, definition: Definition, content: DocContent) -> tuple[TextEdit | None, str]:
        body = definition.body
        colon = next((child for child in reversed(definition.node.children) if child.type == ":"), None)
        if body is None or colon is None or colon.is_missing:
            return None, f"`{definition.name}` has no body yet; finish its first line, then document it"
        existing = _docstring(body)
        text = self.tree.text
        newline = "\r\n" if "\r\n" in text else "\n"
        outer = _indent(text, self.tree.start(definition.node))
        first = body.named_children[0] if body.named_children else body
        if existing is not None:
            return self._updated(definition, content, existing, newline)
        on_own_line = first.start_point[0] > colon.end_point[0]
        indent = (
            _indent(text, self.tree.start(first))
            if on_own_line
            else outer + ("\t" if "\t" in outer else "    ")
        )
        lines = self._wrapped(_safe(python_docstring(content, self.style)), len(indent))
        doc = newline.join(indent + line if line else "" for line in lines)
        after_colon = self.tree.end(colon)
        if on_own_line:
            line_end = text.find("\n", after_colon)
            line_end = len(text) if line_end < 0 else line_end - (text[line_end - 1] == "\r")
            gap = newline if definition.is_class and not _blank_after(text, line_end) else ""
            return TextEdit(line_end, line_end, newline + doc + gap), ""
        start = self.tree.start(first)
        return TextEdit(after_colon, start, f"{newline}{doc}{newline}{indent}"), ""

    def _updated(
        self, definition: Definition, content: DocContent, existing: Node, newline: str
    ) -> tuple[TextEdit | None, str]:
        """Complete an existing docstring: nothing of it is rewritten, what it lacks is added."""
        old = self.tree.text_of(existing)
        missing = [
            entry
            for entry in content.parameters
            if not re.search(rf"\b{re.escape(entry.name.lstrip('*'))}\b", old)
        ]
        has = {
            "parameters": re.search(r"^\s*(Args|Arguments|Parameters)\b|:param", old, re.MULTILINE),
            "returns": re.search(
                r"^\s*(Returns?|Yields?)\b|:returns?|:rtype|\breturns?\b", old, re.MULTILINE | re.I
            ),
            "raises": re.search(r"^\s*Raises\b|:raises?", old, re.MULTILINE),
        }
        note = self._stale(definition, old)
        indent = _indent(self.tree.text, self.tree.start(existing))
        if has["parameters"] and missing:
            placed = self._into_section(old, missing, indent, newline)
            if placed is not None:
                return TextEdit(self.tree.start(existing), self.tree.end(existing), placed), note
        rest = DocContent(
            content.summary,
            () if has["parameters"] or not missing else content.parameters,
            returns=None if has["returns"] else content.returns,
            yields=None if has["returns"] else content.yields,
            raises=() if has["raises"] else tuple(e for e in content.raises if e.name not in old),
        )
        sections = self._wrapped(_safe(python_sections(rest, self.style)), len(indent))
        if not sections:
            return None, note or f"`{definition.name}` is documented already; nothing is missing"
        quote = re.search(r"(\"\"\"|'''|\"|')$", old)
        prefix = re.match(r"[a-zA-Z]*", old)
        if quote is None or prefix is None or (len(quote[1]) == 1 and "\\" in old):
            return None, f"the docstring of `{definition.name}` is written in a way that is left alone"
        inner = old[prefix.end() + len(quote[1]) : -len(quote[1])].rstrip()
        marks = '"""' if len(quote[1]) == 1 else quote[1]
        raw = "r" if any("\\" in line for line in sections) and "\\" not in inner else prefix[0]
        block = newline.join(indent + line if line else "" for line in sections)
        text = f"{raw}{marks}{inner}{newline}{newline}{block}{newline}{indent}{marks}"
        return TextEdit(self.tree.start(existing), self.tree.end(existing), text), note

    def _into_section(self, old: str, missing: list[Entry], indent: str, newline: str) -> str | None:
        lines = old.split(newline)
        style = next((s for s in DocStyle if _has_section(old, s)), self.style)
        at = _section_end(lines, style)
        if at is None:
            return None
        new = [
            indent + line
            for entry in missing
            for line in self._wrapped(python_entry(entry, style), len(indent))
        ]
        return newline.join([*lines[:at], *new, *lines[at:]])

    def _stale(self, definition: Definition, old: str) -> str:
        named = set(re.findall(r":param (?:[\w\[\], .]+ )?\*{0,2}(\w+):", old))
        match = re.search(r"^( *)Args:\n((?:\1 +\S.*\n|\s*\n)+)", old, re.MULTILINE)
        if match:
            named |= set(re.findall(rf"^{match[1]}    \*{{0,2}}(\w+)(?: \(.*?\))?:", match[2], re.MULTILINE))
        gone = sorted(named - {parameter.name for parameter in definition.parameters})
        if not gone or any(parameter.kind == "keywords" for parameter in definition.parameters):
            return ""
        return f"the docstring of `{definition.name}` names what it does not take: {', '.join(gone)}"

    def _wrapped(self, lines: list[str], indent: int) -> list[str]:
        width = max(40, self.width - indent)
        wrapped: list[str] = []
        for line in lines:
            lead = line[: len(line) - len(line.lstrip())]
            if len(line) <= width or not line.strip():
                wrapped.append(line)
                continue
            further = lead + ("    " if lead or line.startswith(":") else "")
            wrapped += textwrap.wrap(
                line, width, subsequent_indent=further, break_long_words=False, break_on_hyphens=False
            )
        return wrapped

    # Other languages

    def _comment(self, definition: Definition, content: DocContent) -> tuple[TextEdit | None, str]:
        first = definition.whole
        while (before := first.prev_named_sibling) is not None and before.type in (
            "decorator",
            "attribute_item",
        ):
            first = before
        text = self.tree.text
        start = self.tree.start(first)
        indent = _indent(text, start)
        line_start = text.rfind("\n", 0, start) + 1
        if text[line_start:start].strip():
            return (
                None,
                f"`{definition.name}` shares its line with other code; put it on a line of its own first",
            )
        newline = "\r\n" if "\r\n" in text else "\n"
        existing = self._doc_comment(first)
        if existing is not None:
            return self._added_tags(definition, content, existing, indent, newline)
        lines = comment(content, self.tree.language, definition.name)
        doc = newline.join(indent + line for line in lines)
        return TextEdit(line_start, line_start, doc + newline), ""

    def _doc_comment(self, node: Node) -> Node | None:
        before = node.prev_named_sibling or (node.parent.prev_named_sibling if node.parent else None)
        if before is None or "comment" not in before.type:
            return None
        text = self.tree.text_of(before)
        last_row = before.start_point[0] + text.rstrip("\n").count("\n")
        line_start = self.tree.text.rfind("\n", 0, self.tree.start(before)) + 1
        if self.tree.text[line_start : self.tree.start(before)].strip():
            return None
        return before if last_row + 1 == node.start_point[0] else None

    def _added_tags(
        self, definition: Definition, content: DocContent, existing: Node, indent: str, newline: str
    ) -> tuple[TextEdit | None, str]:
        old = self.tree.text_of(existing)
        missing = [
            entry
            for entry in content.parameters
            if not re.search(rf"\b{re.escape(entry.name.lstrip('*'))}\b", old)
        ]
        if not missing or not old.startswith("/**") or self.tree.language in ("go", "rust", "csharp"):
            return None, f"`{definition.name}` has a comment already; it is kept as it is"
        inner = old.removeprefix("/**").removesuffix("*/")
        body = [re.sub(r"^\s*\* ?", "", line).rstrip() for line in inner.strip().splitlines()]
        tags = [tag_of(entry, self.tree.language) for entry in missing]
        at = max((i + 1 for i, line in enumerate(body) if line.startswith("@param")), default=None)
        if at is None:
            at = next((i for i, line in enumerate(body) if line.startswith("@")), len(body))
            gap = [""] if at == len(body) or (at and body[at - 1]) else []
            tags = [*gap, *tags]
        lines = [*body[:at], *tags, *body[at:]]
        new = newline.join(["/**", *(f"{indent} * {line}".rstrip() for line in lines), f"{indent} */"])
        return TextEdit(self.tree.start(existing), self.tree.end(existing), new), ""


def _docstring(body: Node) -> Node | None:
    first = next((child for child in body.named_children if child.type != "comment"), None)
    if first is None or first.type != "expression_statement" or len(first.named_children) != 1:
        return None
    inner = first.named_children[0]
    return inner if inner.type in ("string", "concatenated_string") else None


def _indent(text: str, offset: int) -> str:
    start = text.rfind("\n", 0, offset) + 1
    match = re.match(r"[ \t\f]*", text[start:offset])
    return match[0] if match else ""


def _blank_after(text: str, offset: int) -> bool:
    return bool(re.match(r"\r?\n[ \t]*\r?\n", text[offset : offset + 200]))


def _safe(lines: list[str]) -> list[str]:
    """Return docstring lines that hold neither an escape nor an end of the docstring by accident."""
    if not lines:
        return lines
    opening, closing = lines[0].startswith('"""'), lines[-1].endswith('"""')
    joined = "\n".join(lines)
    inner = joined[3 if opening else 0 : len(joined) - 3 if closing else len(joined)]
    inner = inner.replace('"""', "'''")
    if closing and inner.endswith('"'):
        inner += " "
    raw = "r" if opening and "\\" in inner else ""
    if not opening:
        inner = inner.replace("\\", "\\\\")
    return (raw + ('"""' if opening else "") + inner + ('"""' if closing else "")).split("\n")


def _has_section(text: str, style: DocStyle) -> bool:
    sign = {
        DocStyle.GOOGLE: r"^\s*(Args|Arguments|Parameters):\s*$",
        DocStyle.NUMPY: r"^\s*Parameters\s*\n\s*-{3,}",
        DocStyle.SPHINX: r"^\s*:param\b",
    }[style]
    return re.search(sign, text, re.MULTILINE) is not None


def _section_end(lines: list[str], style: DocStyle) -> int | None:
    """Return the line index where another parameter goes: after the last one of the section."""
    if style is DocStyle.SPHINX:
        found = [i for i, line in enumerate(lines) if re.match(r"\s*:(param|type)\b", line)]
        at = found[-1] + 1
        while at < len(lines) - 1 and lines[at].strip() and not re.match(r"\s*(:|\"\"\"|''')", lines[at]):
            at += 1
        return at
    title = r"\s*(Args|Arguments|Parameters):?\s*$"
    head = next((i for i, line in enumerate(lines) if re.match(title, line)), None)
    if head is None:
        return None
    base = len(lines[head]) - len(lines[head].lstrip())
    at = head + (2 if style is DocStyle.NUMPY else 1)
    last = at
    while at < len(lines):
        line = lines[at]
        depth = len(line) - len(line.lstrip())
        is_over = (
            depth <= base
            if style is DocStyle.GOOGLE
            else bool(re.match(r"\s*-{3,}", "".join(lines[at + 1 : at + 2])))
        )
        if line.strip() and (is_over or re.match(r"\s*(\"\"\"|''')", line)):
            break
        at += 1
        if line.strip():
            last = at
    return last if last < len(lines) else None
