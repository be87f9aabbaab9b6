"""Documentation in the form that each language and convention expects, as lines without indentation."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..workspace.conventions import DocStyle
from .describe import DocContent, Entry
from .words import third_person


def python_docstring(content: DocContent, style: DocStyle, *, quote: str = '"""') -> list[str]:
    """Return a docstring's lines, quotes included."""
    sections = python_sections(content, style)
    if not sections:
        return [f"{quote}{content.summary}{quote}"]
    return [f"{quote}{content.summary}", "", *sections, quote]


def python_sections(content: DocContent, style: DocStyle) -> list[str]:
    """Return the lines of all sections, with an empty line between two."""
    render = {DocStyle.GOOGLE: _google, DocStyle.NUMPY: _numpy, DocStyle.SPHINX: _sphinx}[style]
    blocks = [block for block in render(content) if block]
    if style is DocStyle.SPHINX:
        return [line for block in blocks for line in block]
    return [line for index, block in enumerate(blocks) for line in (([""] if index else []) + block)]


def python_entry(entry: Entry, style: DocStyle) -> list[str]:
    """Return the lines of one parameter, as they stand within its section."""
    if style is DocStyle.GOOGLE:
        kind = f" ({entry.type}{', optional' if entry.is_optional else ''})" if entry.type else ""
        return [f"    {entry.name}{kind}: {entry.text}"]
    if style is DocStyle.NUMPY:
        kind = ", ".join(part for part in (entry.type, "optional" if entry.is_optional else "") if part)
        return [f"{entry.name} : {kind}" if kind else entry.name, f"    {entry.text}"]
    name = entry.name.lstrip("*")
    lines = [f":param {name}: {entry.text}"]
    return [*lines, f":type {name}: {entry.type}"] if entry.type else lines


def _google(content: DocContent) -> list[list[str]]:
    def section(title: str, lines: list[str]) -> list[str]:
        return [f"{title}:", *lines] if lines else []

    def listed(entries: Sequence[Entry]) -> list[str]:
        return [line for entry in entries for line in python_entry(entry, DocStyle.GOOGLE)]

    def single(entry: Entry | None) -> list[str]:
        return [f"    {entry.type}: {entry.text}" if entry.type else f"    {entry.text}"] if entry else []

    return [
        section("Attributes", listed(content.attributes)),
        section("Args", listed(content.parameters)),
        section("Yields", single(content.yields)),
        section("Returns", single(content.returns)),
        section("Raises", [f"    {entry.name}: {entry.text}" for entry in content.raises]),
    ]


def _numpy(content: DocContent) -> list[list[str]]:
    def section(title: str, lines: list[str]) -> list[str]:
        return [title, "-" * len(title), *lines] if lines else []

    def listed(entries: Sequence[Entry]) -> list[str]:
        return [line for entry in entries for line in python_entry(entry, DocStyle.NUMPY)]

    def single(entry: Entry | None) -> list[str]:
        return [entry.type or "object", f"    {entry.text}"] if entry else []

    raised = [line for entry in content.raises for line in (entry.name, f"    {entry.text}")]
    return [
        section("Attributes", listed(content.attributes)),
        section("Parameters", listed(content.parameters)),
        section("Yields", single(content.yields)),
        section("Returns", single(content.returns)),
        section("Raises", raised),
    ]


def _sphinx(content: DocContent) -> list[list[str]]:
    lines = [line for entry in content.parameters for line in python_entry(entry, DocStyle.SPHINX)]
    for entry in content.attributes:
        lines += [
            f":ivar {entry.name}: {entry.text}",
            *([f":vartype {entry.name}: {entry.type}"] if entry.type else []),
        ]
    given = content.returns or content.yields
    if given:
        prefix = "" if content.returns else "Yields "
        text = given.text if not prefix else prefix + given.text[0].lower() + given.text[1:]
        lines += [f":returns: {text}", *([f":rtype: {given.type}"] if given.type else [])]
    lines += [f":raises {entry.name}: {entry.text}" for entry in content.raises]
    return [lines]


def comment(content: DocContent, language: str, name: str, type_parameters: Sequence[str] = ()) -> list[str]:
    """Return a doc comment's lines for a language other than Python."""
    summary = (
        third_person(content.summary)
        if not re.match(r"(An?|The|Whether|Base|Mixin|Raised|Tests) ", content.summary)
        else content.summary
    )
    match language:
        case "go":
            return _go(content, summary, name)
        case "rust":
            return _rust(content, summary)
        case "csharp":
            return _csharp(content, summary)
        case "lua":
            return [f"--- {summary}", *_tags(content, language, "---")]
        case "ruby":
            tags = _tags(content, language, "# ")
            return [f"# {summary}", *(["#", *tags] if tags else [])]
        case "shellscript":
            return _shell(content, summary)
        case "c" | "cpp":
            return _block([f"@brief {summary}"], _tags(content, language, " * "))
        case "javascript" | "javascriptreact" | "typescript" | "typescriptreact" | "php":
            imperative = content.summary if language == "php" else summary
            return _block([imperative], _tags(content, language, " * "))
        case _:
            return _block([summary], _tags(content, language, " * "))


def _block(head: list[str], tags: list[str]) -> list[str]:
    return ["/**", *(f" * {line}" for line in head), *([" *", *tags] if tags else []), " */"]


def tag_of(entry: Entry, language: str) -> str:
    """Return the tag line of one parameter, without the comment's own prefix."""
    text = entry.text
    match language:
        case "typescript" | "typescriptreact":
            return f"@param {entry.name} - {text}"
        case "javascript" | "javascriptreact":
            name = f"[{entry.name}]" if entry.is_optional else entry.name
            return f"@param {{{entry.type or '*'}}} {name} - {text}"
        case "php":
            return f"@param {entry.type or 'mixed'} ${entry.name} {text}"
        case "ruby":
            return f"@param {entry.name} [{entry.type or 'Object'}] {text}"
        case "lua":
            return f"@param {entry.name}{'?' if entry.is_optional else ''} any {text}"
        case "csharp":
            return f'<param name="{entry.name}">{_xml(text)}</param>'
        case _:
            return f"@param {entry.name} {text}"


def _tags(content: DocContent, language: str, prefix: str) -> list[str]:
    lines = [tag_of(entry, language) for entry in content.parameters]
    given = content.returns or content.yields
    if given:
        text, kind = given.text, given.type
        match language:
            case "javascript" | "javascriptreact":
                word = "@yields" if content.yields else "@returns"
                lines.append(f"{word} {{{kind or '*'}}} {text}")
            case "typescript" | "typescriptreact":
                lines.append(f"@returns {text}")
            case "php":
                lines.append(f"@return {kind or 'mixed'} {text}")
            case "ruby":
                lines.append(f"@{'yield' if content.yields else 'return'} [{kind or 'Object'}] {text}")
            case "lua":
                lines.append(f"@return any # {text}")
            case _:
                lines.append(f"@return {text}")
    throws = {
        "ruby": "@raise [{}]",
        "javascript": "@throws {{{}}}",
        "javascriptreact": "@throws {{{}}}",
        "typescript": "@throws {{{}}}",
        "typescriptreact": "@throws {{{}}}",
    }.get(language, "@throws {}")
    lines += [f"{throws.format(entry.name)} {entry.text}" for entry in content.raises]
    return [prefix + line for line in lines]


def _go(content: DocContent, summary: str, name: str) -> list[str]:
    article = re.match(r"(An?|The|Base|Mixin) ", summary)
    text = (
        f"{name} is {summary[0].lower()}{summary[1:]}"
        if article
        else f"{name} {summary[0].lower()}{summary[1:]}"
    )
    lines = [f"// {text}"]
    if content.returns and re.search(r"\berror\b", content.returns.type):
        lines.append("// It returns an error if that fails.")
    return lines


def _rust(content: DocContent, summary: str) -> list[str]:
    lines = [f"/// {summary}"]
    if content.parameters:
        lines += ["///", "/// # Arguments", "///"]
        lines += [f"/// * `{entry.name}` - {entry.text}" for entry in content.parameters]
    for entry in content.raises:
        lines += ["///", f"/// # {entry.name}", "///", f"/// {entry.text}"]
    return lines


def _csharp(content: DocContent, summary: str) -> list[str]:
    lines = ["/// <summary>", f"/// {_xml(summary)}", "/// </summary>"]
    lines += [f"/// {tag_of(entry, 'csharp')}" for entry in content.parameters]
    given = content.returns or content.yields
    if given:
        lines.append(f"/// <returns>{_xml(given.text)}</returns>")
    lines += [
        f'/// <exception cref="{_xml(entry.name)}">{_xml(entry.text)}</exception>' for entry in content.raises
    ]
    return lines


def _xml(text: str) -> str:
    return re.sub(
        r"`([^`]*)`", r"<c>\1</c>", text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    )


def _shell(content: DocContent, summary: str) -> list[str]:
    lines = [f"# {summary}"]
    if content.parameters:
        lines.append("# Arguments:")
        lines += [f"#   ${index}: {entry.text}" for index, entry in enumerate(content.parameters, 1)]
    return lines
