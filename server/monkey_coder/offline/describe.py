"""What can be truly said of a definition in words: the content of its documentation."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..workspace.functions import Definition, Parameter, Raise
from . import words as w


@dataclass(frozen=True, slots=True)
class Entry:
    """One documented thing: a parameter, an error, an attribute."""

    name: str
    type: str
    text: str
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class DocContent:
    """The content of a doc comment, before any convention gives it form."""

    summary: str
    parameters: tuple[Entry, ...] = ()
    attributes: tuple[Entry, ...] = ()
    returns: Entry | None = None
    yields: Entry | None = None
    raises: tuple[Entry, ...] = ()


def describe(
    definition: Definition, *, calls: tuple[str, ...] = (), attributes: tuple[Entry, ...] = ()
) -> DocContent:
    """Return what the documentation of `definition` says; `calls` are the names that its body calls."""
    if definition.is_class:
        return DocContent(_class_summary(definition), attributes=attributes)
    summary = _summary(definition, calls)
    is_property = _is_property(definition)
    is_python = definition.language == "python"
    return DocContent(
        summary,
        ()
        if is_property
        else tuple(_parameter(parameter, calls, is_python=is_python) for parameter in definition.parameters),
        returns=None if definition.yielded or is_property else _returns(definition),
        yields=_yields(definition),
        raises=_raises(definition.raises),
    )


def _is_property(definition: Definition) -> bool:
    return any(re.search(r"(^|\.|_)property$", decorator) for decorator in definition.decorators)


def _class_summary(definition: Definition) -> str:
    words = w.split_words(definition.name)
    noun = w.phrase(words) or definition.name
    bases = [re.sub(r"^(public|private|protected)\s+", "", base) for base in definition.bases]
    bases = [
        base for base in bases if base not in ("object", "ABC", "abc.ABC") and not base.startswith("Generic")
    ]
    is_error = (words[-1:] and words[-1] in ("error", "exception", "warning")) or any(
        base.endswith(("Error", "Exception", "Warning")) for base in bases
    )
    if is_error:
        kind = words[:-1] if words[-1] in ("error", "exception", "warning") else words
        if any(word in ("not", "does", "is", "already", "too", "cannot") for word in kind):
            return (
                f"Raised when something {w.phrase(kind)}."
                if kind[0] in ("is", "does", "not")
                else f"Raised for: {w.phrase(kind)}."
            )
        return (
            f"Raised on {w.article(w.phrase(kind))} {w.phrase(kind)} error."
            if kind
            else "Base class of errors."
        )
    if definition.name in ("Meta", "Config") and definition.owner:
        return f"Options of `{definition.owner}`."
    if words[:1] == ["base"] and len(words) > 1:
        return f"Base class of {_plural(w.phrase(words[1:]))}."
    if words[-1:] == ["mixin"] and len(words) > 1:
        return f"Mixin for {w.phrase(words[:-1])}."
    if words[:1] == ["test"] and len(words) > 1:
        return f"Tests of the {w.phrase(words[1:])}."
    if words[-1:] in (["tests"], ["test"]) and len(words) > 1:
        return f"Tests of the {w.phrase(words[:-1])}."
    is_plural = noun.endswith("s") and not noun.endswith(("ss", "us", "is", "as"))
    sentence = f"The {noun}" if is_plural else f"{w.article(noun).capitalize()} {noun}"
    last = re.split(r"[.:]", bases[0].split("[")[0].split("<")[0])[-1] if bases else ""
    if last and w.split_words(last)[-1:] != words[-1:] and last not in ("Enum", "Protocol"):
        sentence += f" that extends `{last}`"
    return sentence + "."


def _plural(noun: str) -> str:
    if noun.endswith("s"):
        return noun
    return noun[:-1] + "ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else noun + "s"


def _summary(definition: Definition, calls: tuple[str, ...]) -> str:
    name = definition.name
    if definition.kind == "constructor":
        owner = w.spoken(definition.owner.split(".")[-1]) if definition.owner else "object"
        return f"Initialize the {owner}."
    first = definition.parameters[0].name if definition.parameters else ""
    if known := w.dunder(name, first):
        return known
    words = w.split_words(name)
    setter = next((deco for deco in definition.decorators if deco.endswith((".setter", ".deleter"))), "")
    if setter:
        return f"{'Set' if setter.endswith('.setter') else 'Delete'} the {w.phrase(words)}."
    if any(deco.endswith(("fixture", "fixture()")) for deco in definition.decorators):
        return f"Provide the {w.phrase(words)}."
    if words[:1] == ["test"] and len(words) > 1:
        return f"Test {w.phrase(words[1:])}."
    whether = w.question(words)
    if whether and (_is_boolean(definition) or definition.returned or not definition.body):
        return f"Return whether {whether}."
    if words[:1] in (["on"], ["handle"]) and len(words) > 1:
        return (
            f"Handle the {w.phrase(words[1:])} event."
            if words[0] == "on"
            else f"Handle the {w.phrase(words[1:])}."
        )
    if words[:1] == ["to"] and len(words) > 1:
        return (
            f"Convert to {w.phrase(words[1:])}."
            if definition.parameters
            else f"Return this as {w.phrase(words[1:])}."
        )
    if words[:1] in (["from"], ["with"]) and len(words) > 1 and definition.owner:
        joined = f"{words[0]} the {w.phrase(words[1:])}"
        return f"Create {w.article(definition.owner)} `{definition.owner.split('.')[-1]}` {joined}."
    is_noun = (
        _is_property(definition)
        or not words
        or (len(words) == 1 and w.is_nounish(words[0]) and _gives(definition))
    )
    clause = "" if is_noun else w.action(words)
    if clause == "Return":
        return f"Return {_value_phrase(definition) or 'the value'}."
    if clause and " " not in clause:
        return f"{clause}{_lone_object(definition)}."
    if clause:
        return f"{clause}."
    if definition.yielded:
        return f"Yield the {w.phrase(words)}."
    if _gives(definition):
        if _is_boolean(definition) and _is_property(definition):
            return f"Whether {w.question(words) or 'this is ' + w.phrase(words)}."
        value = "" if _is_property(definition) else _only_literal(definition)
        return (
            f"Return {value}."
            if value and len(definition.returned) == 1
            else f"Return the {w.outcome(words, first)}."
        )
    return _by_calls(definition, calls)


def _lone_object(definition: Definition) -> str:
    if definition.owner:
        return f" the {w.spoken(definition.owner.split('.')[-1])}"
    first = definition.parameters[0] if definition.parameters else None
    return f" `{first.name}`" if first and first.kind == "plain" else ""


def _only_literal(definition: Definition) -> str:
    text = definition.returned[0] if definition.returned else ""
    return f"`{text}`" if text in ("True", "False", "true", "false", "[]", "{}", "()") else ""


def _by_calls(definition: Definition, calls: tuple[str, ...]) -> str:
    spoken = w.phrase(w.split_words(definition.name)) or definition.name
    if any(
        found.type.split(".")[-1] in ("NotImplementedError", "NotImplementedException")
        for found in definition.raises
    ):
        return f"Take care of the {spoken}; for subclasses to implement."
    shown = [f"`{call}`" for call in dict.fromkeys(calls) if call.split(".")[-1] != definition.name][:3]
    if shown:
        listed = shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
        return f"Carry out {spoken}: call {listed}."
    return f"Carry out {spoken}."


def _gives(definition: Definition) -> bool:
    if definition.returns and definition.returns not in ("None", "void", "()", "undefined"):
        return True
    return any(text not in ("", "None", "undefined", "null") for text in definition.returned)


def _is_boolean(definition: Definition) -> bool:
    if definition.returns.strip("'\"") in ("bool", "boolean", "Boolean", "_Bool"):
        return True
    tests = re.compile(r"^(True|False|true|false|not .*|!.*|isinstance\(.*|bool\(.*)$", re.DOTALL)
    values = [text for text in definition.returned if text]
    return bool(values) and all(tests.match(text) or _is_comparison(text) for text in values)


def _is_comparison(text: str) -> bool:
    return bool(re.search(r"\s(==|!=|in|not in|is|is not|<|>|<=|>=|===|!==)\s", text)) and not re.search(
        r"[\[({]|\bif\b|\bfor\b|\?", text
    )


def _parameter(parameter: Parameter, calls: tuple[str, ...], *, is_python: bool) -> Entry:
    stars = {"rest": "*", "keywords": "**"}.get(parameter.kind, "") if is_python else ""
    return Entry(
        stars + parameter.name,
        parameter.type.strip("'\""),
        _parameter_text(parameter, calls),
        parameter.is_optional,
    )


def _parameter_text(parameter: Parameter, calls: tuple[str, ...]) -> str:
    default = parameter.default
    tail = ""
    if (
        default
        and default not in ("None", "undefined", "null", "nil")
        and len(default) <= 40
        and "\n" not in default
    ):
        tail = f" Defaults to `{default}`."
    if parameter.kind == "keywords":
        return "Further keyword arguments."
    if parameter.kind == "rest":
        return (
            "Further positional arguments."
            if parameter.name in ("args", "...")
            else f"The {w.spoken(parameter.name)}."
        )
    words = w.split_words(parameter.name)
    is_flag = default in ("True", "False", "true", "false") or parameter.type in (
        "bool",
        "boolean",
        "Boolean",
    )
    if is_flag and words:
        if ask := w.question(words):
            return f"Whether {ask}.{tail}"
        clause = w.action(words)
        if clause and not (len(words) == 1 and w.is_nounish(words[0])):
            return (
                f"Whether to {clause[0].lower()}{clause[1:]}.{tail}"
                if " " in clause
                else f"Whether to {w.phrase(words)}.{tail}"
            )
        return (
            f"Whether {w.phrase(words)} applies.{tail}"
            if len(words) < 3
            else f"Whether {w.phrase(words)}.{tail}"
        )
    if parameter.name in calls:
        return f"Called as `{parameter.name}(...)`.{tail}"
    if len(words) > 1 and words[0] in ("n", "num", "nb"):
        return f"The number of {w.phrase(words[1:])}.{tail}"
    if len(words) > 1 and words[-1] == "count":
        return f"The number of {_plural(w.phrase(words[:-1]))}.{tail}"
    if len(words) > 1 and words[-1] in ("id", "ids"):
        return f"The ID{'s' if words[-1] == 'ids' else ''} of the {w.phrase(words[:-1])}.{tail}"
    if len(words) > 1 and words[-1] in ("name", "type", "size", "length", "path", "format", "class"):
        return f"The {words[-1]} of the {w.phrase(words[:-1])}.{tail}"
    if len(parameter.name.lstrip("_")) <= 2 or not words:
        return f"The value of `{parameter.name}`.{tail}"
    if words[-1].endswith("ed") and len(words[-1]) > 4:
        return f"The {w.phrase(words)} value.{tail}"
    return f"The {w.phrase(words)}.{tail}"


def _returns(definition: Definition) -> Entry | None:
    declared = definition.returns.strip("'\"")
    if not _gives(definition) or definition.kind == "constructor":
        return None
    return Entry("", declared, _value_sentence(definition))


def _value_sentence(definition: Definition) -> str:
    only = definition.returned[0] if len(definition.returned) == 1 else ""
    if re.fullmatch(r"-?\d+|True|False|true|false|''|\"\"|\[\]|\{\}|\(\)", only):
        return f"`{only}`, or None." if _may_fall_through(definition) else f"Always `{only}`."
    value = _value_phrase(definition)
    return value[0].upper() + value[1:] + "." if value else "The result."


def _value_phrase(definition: Definition) -> str:
    """Return a noun phrase for what is returned: by the expressions, else by the name or type."""
    words = w.split_words(definition.name)
    if _is_boolean(definition) or (w.question(words) and not definition.returns):
        if ask := w.question(words):
            return f"True if {ask}, else false" if definition.language == "python" else f"true if {ask}"
        return "true or false" if definition.language != "python" else "True or False"
    texts = [text for text in definition.returned if text not in ("", "None", "null", "undefined", "nil")]
    phrases = list(dict.fromkeys(found for text in texts if (found := _expression(text, definition))))
    has_none = len(texts) < len(definition.returned) or _may_fall_through(definition)
    if not phrases or len(phrases) > 2 or (len(phrases) < len(set(texts)) and len(texts) > 2):
        rest = words[1:] if words and w.is_verb(words[0]) and len(words) > 1 else words
        first = definition.parameters[0].name if definition.parameters else ""
        phrases = [f"the {w.outcome(rest, first)}"] if rest and not w.is_verb(rest[0]) else ["the result"]
    none = {"python": "None", "go": "nil", "ruby": "nil", "lua": "nil"}.get(definition.language, "null")
    return " or ".join(phrases) + (f", or {none}" if has_none and definition.returned else "")


def _expression(text: str, definition: Definition) -> str:
    text = text.removeprefix("await ").strip()
    if text in ("self", "this"):
        return "this object"
    if re.fullmatch(r"(self|this|cls)\.\w+", text):
        return f"the {w.spoken(text.split('.')[1])}"
    if re.fullmatch(r"[a-zA-Z_]\w*", text):
        if len(text) <= 2 or text in ("result", "res", "ret", "retval", "value", "output", "rv", "out"):
            return ""
        if re.search(rf"\b(def|function|fn) {re.escape(text)}\b", _source(definition)):
            return f"the function `{text}`"
        return f"the {w.spoken(text)}"
    if match := re.match(r"(?:new )?((?:\w+\.)*([A-Z][a-z]\w*))\(", text):
        return f"a new `{match[2]}`" if _whole_call(text, match.end() - 1) else ""
    if (match := re.match(r"([\w.]*?(\w+))\(", text)) and _whole_call(text, match.end() - 1):
        known = {
            "list": "a list",
            "dict": "a dictionary",
            "set": "a set",
            "tuple": "a tuple",
            "str": "a string",
            "int": "an integer",
            "len": "the length",
            "sorted": "a sorted list",
            "sum": "the sum",
            "join": "",
        }
        return known.get(match[2], f"the result of `{match[1]}`" if len(match[1]) < 40 else "")
    if text.startswith(("lambda ", "lambda:", "function")) or re.match(r"(async )?(\([^()]*\)|\w+) =>", text):
        return "a function"
    if text.startswith("[") and text.endswith("]"):
        return "a list"
    if text.startswith("{") and text.endswith("}") and definition.language == "python":
        return "a dictionary" if ":" in text or text == "{}" else "a set"
    if re.fullmatch(r"""f?(['"`]).*\1""", text):
        return "a string" if len(text) > 30 or text[0] == "f" or "`" in text else f"`{text}`"
    if re.fullmatch(r"-?\d+(\.\d+)?|True|False|true|false", text):
        return f"`{text}`"
    return ""


def _source(definition: Definition) -> str:
    return (definition.node.text or b"").decode("utf-8", "replace")


def _may_fall_through(definition: Definition) -> bool:
    """Return whether a Python body can end without a `return`, which gives None."""
    if definition.language != "python" or definition.body is None:
        return False
    last = [child.type for child in definition.body.named_children if child.type != "comment"][-1:]
    if last == ["if_statement"]:
        return "else_clause" not in [child.type for child in definition.body.named_children[-1].children]
    return last in (["expression_statement"], ["for_statement"], ["pass_statement"], ["delete_statement"])


def _whole_call(text: str, at: int) -> bool:
    depth = 0
    for index in range(at, len(text)):
        depth += (text[index] in "([{") - (text[index] in ")]}")
        if depth == 0:
            return index == len(text) - 1
    return False


def _yields(definition: Definition) -> Entry | None:
    if not definition.yielded:
        return None
    declared = re.match(
        r"(?:[\w.]*\.)?(?:Async)?(?:Iterator|Iterable|Generator)\[(.*)\]$", definition.returns, re.DOTALL
    )
    inner = declared[1] if declared else ""
    if "Generator" in definition.returns and "," in inner and "[" not in inner:
        inner = inner.split(",")[0]
    values = [text for text in definition.yielded if text]
    found = ""
    if len(values) == 1:
        text = values[0]
        if text.startswith("from "):
            found = f"what `{text[5:]}` yields" if len(text) < 40 and "\n" not in text else ""
        elif re.fullmatch(r"[a-zA-Z_]\w{2,}", text):
            found = f"each {w.spoken(text)}" if not text.endswith("s") else f"the {w.spoken(text)}"
        else:
            found = _expression(text, definition)
    text = found or "the next item"
    return Entry("", inner, text[0].upper() + text[1:] + ".")


def _raises(raises: tuple[Raise, ...]) -> tuple[Entry, ...]:
    grouped: dict[str, list[Raise]] = {}
    for found in raises:
        grouped.setdefault(found.type, []).append(found)
    return tuple(Entry(kind, kind, _raise_text(group)) for kind, group in grouped.items())


def _raise_text(group: list[Raise]) -> str:
    parts: list[str] = []
    for found in group:
        if found.handled and found.handled == found.type:
            parts.append("passed on from a call")
        elif found.condition and len(found.condition) <= 70 and "\n" not in found.condition:
            parts.append(f"if `{found.condition}`")
        elif found.handled:
            parts.append(f"on `{found.handled}`")
        elif found.type.split(".")[-1] == "NotImplementedError":
            parts.append("unless a subclass implements this")
        elif found.message and "%" not in found.message and "{" not in found.message:
            parts.append(f'with "{found.message.rstrip(".")}"')
    unique = list(dict.fromkeys(parts))
    if not unique or len(unique) > 3:
        return (
            "Under conditions that the body tests."
            if not unique
            else f"{unique[0][0].upper()}{unique[0][1:]}, and in {len(unique) - 1} other cases."
        )
    text = ", or ".join(unique)
    return text[0].upper() + text[1:] + "."
