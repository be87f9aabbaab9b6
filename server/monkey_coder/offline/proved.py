"""What a function must give, found by carrying out its body on small values. No code of the user's runs.

Only bodies of branches, returns, throws, local names, operators and a few well-known functions are
followed; anything else ends the search, so what is found is certain. Python has its own (`values.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, product

from ..workspace.functions import Definition, Parameter
from ..workspace.syntax import Node, SyntaxTree, walk
from .proved_values import ERROR, NotKnown, Value, binary, call, is_true, member, unary

_MOST_TRIED, _MOST_FOUND, _MOST_STEPS = 600, 6, 300
_BLOCKS = frozenset(
    {
        "statement_block", "block", "compound_statement", "body_statement", "statement_list", "then", "else",
        "else_clause", "else_statement", "expression_statement", "arrow_expression_clause",
    }
)  # fmt: skip
_IFS = frozenset(
    {
        "if_statement", "if_expression", "if", "unless", "if_modifier", "unless_modifier", "elsif",
        "elseif_statement", "else_if_clause",
    }
)  # fmt: skip
# What stands for a default that is not known; no value equals it.
_UNSAID = ("unsaid", None)
_TAILED = ("rust", "ruby")
_INT = re.compile(
    r"u?int(8|16|32|64)?(_t)?|[iu](8|16|32|64|size)|long( long)?|short|Integer|Long|number|unsigned( int)?"
    r"|size_t|uint"
)
_FLOAT = re.compile(r"(float(32|64)?|double|f32|f64|Double|Float)")
_TEXT = re.compile(r"(string|String|&(?:'\w+ )?str|(const )?std::string ?&?|string\?)")
_FLAG = re.compile(r"(bool|boolean|Boolean)")


@dataclass(frozen=True, slots=True)
class Known:
    """One call: its arguments, and what it `returns`, or the name of what it `raises` (else "")."""

    arguments: tuple[Value, ...]
    returns: Value = None
    raises: str = ""


class _Exit(Exception):  # noqa: N818
    """The body was left at `node`."""

    def __init__(self, node: Node, value: Value, raises: str = "") -> None:
        super().__init__()
        self.node, self.value, self.raises = node, value, raises


def known_calls(tree: SyntaxTree, definition: Definition) -> list[Known]:
    """Return calls with certain outcomes, one for each way out of the body that was reached."""
    body = definition.body
    if body is None or definition.is_async or definition.yielded or definition.kind == "constructor":
        return []
    parameters = [parameter for parameter in definition.parameters if not parameter.is_optional]
    if len(parameters) > 4 or any(parameter.kind != "plain" for parameter in definition.parameters):
        return []
    defaults = {one.name: _default(one.default) for one in definition.parameters if one.default}
    literals = _literals(tree, body)
    best: list[Known] = []
    for choices in _choices(parameters, literals, tree.language):
        found: dict[tuple[object, ...], Known] = {}
        for values in islice(product(*choices), _MOST_TRIED):
            given = {one.name: value for one, value in zip(parameters, values, strict=True)}
            runner = _Runner(
                tree, {name: value for name, value in (defaults | given).items() if value != _UNSAID}
            )
            try:
                runner.body(body, definition)
            except _Exit as end:
                flag = end.value if isinstance(end.value, bool) else None
                way_out = (end.node.start_byte, flag, *runner.path)
                found.setdefault(way_out, Known(values, end.value, end.raises))
            except NotKnown:
                continue
            if len(found) >= _MOST_FOUND:
                break
        if _worth(found.values()) > _worth(best):
            best = list(found.values())
    return sorted(best, key=lambda one: bool(one.raises))


def _worth(found: Iterable[Known]) -> int:
    """Rate ways of choosing arguments: what returns tells more than what throws."""
    return sum(1 if one.raises else 10 for one in found)


def _default(written: str) -> Value:
    """Return the value of a parameter's default; `_UNSAID` for what is no plain literal."""
    if written in _WORDS:
        return _WORDS[written]
    if re.fullmatch(r"-?\d{1,9}", written):
        return int(written)
    if re.fullmatch(r"\"[ !#-\[\]-~]{0,40}\"|'[ -&(-\[\]-~]{0,40}'", written):
        return written[1:-1]
    return _UNSAID


def _literals(tree: SyntaxTree, body: Node) -> tuple[list[Value], list[Value]]:
    """Return the numbers, with their neighbours, and the texts that a body compares with."""
    numbers: list[Value] = []
    texts: list[Value] = []
    for node in walk(body):
        text = tree.text_of(node)
        if node.is_named and re.fullmatch(r"\d{1,6}", text):
            numbers += [int(text), int(text) - 1, int(text) + 1]
        elif node.is_named and re.fullmatch(r"\"[ -!#-\[\]-~]{0,20}\"|'[ -&(-\[\]-~]{0,20}'", text):
            texts.append(text[1:-1])
    return list(dict.fromkeys(numbers))[:9], list(dict.fromkeys(texts))[:4]


def _choices(
    parameters: Sequence[Parameter], literals: tuple[list[Value], list[Value]], language: str
) -> list[list[list[Value]]]:
    """Return ways of choosing values: for each parameter those to try. Untyped ones are of one kind each."""
    kinds = [_kind(parameter.type, language) for parameter in parameters]
    if "" in kinds:
        return []
    ways: list[list[list[Value]]] = []
    n_open = kinds.count("any")
    for chosen in product(("int", "text"), repeat=min(n_open, 3)):
        given = iter((*chosen, *("int",) * n_open))
        mine = [next(given) if found == "any" else found for found in kinds]
        ways.append([_values(found, mine[:index].count(found), literals) for index, found in enumerate(mine)])
    return ways


def _kind(written: str, language: str) -> str:
    text = re.sub(r"^(const|final|readonly) (?!std)", "", written.strip())
    if not text:
        return "any" if language in ("javascript", "javascriptreact", "ruby", "lua", "php") else ""
    if text in (
        "byte",
        "u8",
        "u16",
        "u32",
        "u64",
        "usize",
        "uint",
        "size_t",
        "unsigned",
        "unsigned int",
    ) or re.fullmatch(r"uint\d*(_t)?", text):
        return "natural"
    for pattern, kind in ((_INT, "int"), (_FLOAT, "float"), (_TEXT, "text"), (_FLAG, "flag")):
        if pattern.fullmatch(text):
            return kind
    return ""


def _values(kind: str, index: int, literals: tuple[list[Value], list[Value]]) -> list[Value]:
    first: list[Value]
    match kind:
        case "flag":
            return [True, False]
        case "float":
            first = [
                [1.5, 2.5, 0.5, 4.5][index],
                -1.5,
                0.0,
                *(float(n) for n in literals[0] if isinstance(n, int)),
            ]
        case "text":
            first = [["text", "more", "rest", "last"][index], "", *literals[1]]
        case _:
            first = [[2, 3, 5, 7][index], *literals[0], 0, -1, 1, 10, 100]
    if kind == "natural":
        first = [value for value in first if isinstance(value, int) and 0 <= value < 256]
    return list(dict.fromkeys(first))


class _Runner:
    """Carries out one body on one choice of arguments."""

    def __init__(self, tree: SyntaxTree, names: dict[str, Value]) -> None:
        self.tree, self.names, self.language = tree, names, tree.language
        self._steps = 0
        self.path: list[bool] = []

    def body(self, node: Node, definition: Definition) -> None:
        """Always raises: _Exit where the body is left, NotKnown where it cannot be followed."""
        is_expression = node.type not in _BLOCKS
        if is_expression or node.type == "arrow_expression_clause":
            inner = node if is_expression else node.named_children[-1]
            raise _Exit(inner, self.value(inner))
        self.block(node, is_tail=self.language in _TAILED)
        if definition.returns in ("", "void") and self.language not in _TAILED:
            raise NotKnown  # Nothing to compare with.
        raise NotKnown

    def block(self, node: Node, *, is_tail: bool) -> None:
        inner = [child for child in node.named_children if "comment" not in child.type]
        for child in inner:
            is_last = is_tail and child == inner[-1] and not self.tree.text_of(child).rstrip().endswith(";")
            self.statement(child, is_tail=is_last)

    def statement(self, node: Node, *, is_tail: bool) -> None:
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise NotKnown
        kind = node.type
        if kind in _BLOCKS:
            self.block(node, is_tail=is_tail)
        elif kind in _IFS:
            self.branch(node, is_tail=is_tail)
        elif kind in ("return_statement", "return_expression", "return"):
            raise _Exit(node, self.returned(node))
        elif (raised := _raised(self.tree, node)) is not None:
            raise _Exit(node, None, raised)
        elif not self.binds(node):
            if not is_tail:
                raise NotKnown
            raise _Exit(node, self.value(node))

    def branch(self, node: Node, *, is_tail: bool) -> None:
        condition = node.child_by_field_name("condition")
        if condition is None or node.child_by_field_name("initializer") is not None:
            raise NotKnown
        is_taken = is_true(self.value(condition), self.language) != node.type.startswith("unless")
        self.path.append(is_taken)
        inside = node.child_by_field_name("consequence") or node.child_by_field_name("body")
        if is_taken:
            if inside is not None:
                self.statement(inside, is_tail=is_tail)
            return
        for other in node.children_by_field_name("alternative"):
            if other.type in ("elseif_statement", "else_if_clause"):
                test = other.child_by_field_name("condition")
                if test is None or not is_true(self.value(test), self.language):
                    continue
                inner = other.child_by_field_name("consequence") or other.child_by_field_name("body")
                if inner is not None:
                    self.statement(inner, is_tail=is_tail)
                return
            self.statement(other, is_tail=is_tail)
            return

    def returned(self, node: Node) -> Value:
        inner = [child for child in node.named_children if "comment" not in child.type]
        if not inner:
            raise NotKnown
        if inner[0].type in ("expression_list", "argument_list"):
            inner = inner[0].named_children
        values = tuple(self.value(child) for child in inner)
        return values[0] if len(values) == 1 else values

    def binds(self, node: Node) -> bool:
        """Carry out a declaration or assignment of one local name; False if it is none."""
        text, pairs = self.tree.text_of, []
        match node.type:
            case (
                "lexical_declaration" | "local_variable_declaration" | "declaration" | "variable_declaration"
            ):
                for part in node.named_children:
                    value = part.child_by_field_name("value")
                    if part.type in ("variable_declarator", "init_declarator") and value is not None:
                        named = part.child_by_field_name("name") or part.child_by_field_name("declarator")
                        pairs.append((text(named), value))
                    elif part.type == "variable_declarator" and len(part.named_children) == 2:
                        pairs.append((text(part.named_children[0]), part.named_children[1]))
                    elif part.type == "assignment_statement":
                        return self.binds(part)
            case "local_declaration_statement":
                return self.binds(node.named_children[-1])
            case "let_declaration":
                value = node.child_by_field_name("value")
                if value is not None:
                    pairs.append((text(node.child_by_field_name("pattern")), value))
            case "short_var_declaration" | "assignment_expression" | "assignment" | "assignment_statement":
                left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
                if left is None and node.type == "assignment_statement" and len(node.named_children) == 2:
                    left, right = node.named_children
                sign = next((text(child) for child in node.children if not child.is_named), "=")
                if right is not None and sign in ("=", ":="):
                    pairs.append((text(left), right))
        for name, value in pairs:
            if not re.fullmatch(r"\$?\w+", name):
                raise NotKnown
            self.names[name.lstrip("$")] = self.value(value)
        return bool(pairs)

    def value(self, node: Node) -> Value:
        """Return the value of an expression. Raises: NotKnown."""
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise NotKnown
        text, kind = self.tree.text_of(node), node.type
        named = [child for child in node.named_children if "comment" not in child.type]
        if kind in (
            "parenthesized_expression",
            "condition_clause",
            "parenthesized_statements",
            "expression_list",
            "variable_list",
            "argument",
        ):
            if len(named) != 1:
                raise NotKnown
            return self.value(named[0])
        if kind in ("identifier", "variable_name", "constant") and text.lstrip("$") in self.names:
            return self.names[text.lstrip("$")]
        if self.language == "go" and re.fullmatch(r"Err[A-Z]\w*|err[A-Z]\w*", text) and kind == "identifier":
            return ERROR
        if text in _WORDS:
            return _WORDS[text]
        if match := re.fullmatch(r"(-?\d{1,9})(_?[iu](8|16|32|64|size))?", text):
            return int(match[1])
        if re.fullmatch(r"-?\d{1,9}\.\d{1,6}", text):
            return float(text)
        if "string" in kind or kind == "raw_string":
            return self.string(node)
        if kind in ("binary_expression", "binary"):
            return self.operator(node)
        if kind in (
            "unary_expression",
            "unary",
            "prefix_unary_expression",
            "unary_op_expression",
            "not_operator",
        ):
            sign = next((self.tree.text_of(child) for child in node.children if not child.is_named), "")
            return unary(sign, self.value(named[-1]), self.language)
        if kind in ("ternary_expression", "conditional_expression", "conditional", "if_expression"):
            return self.chosen(node)
        if kind == "block" and self.language == "rust" and len(named) == 1:
            return self.value(named[0])
        return self.called(node)

    def string(self, node: Node) -> Value:
        parts: list[str] = []
        text = self.tree.text_of(node)
        if "\\" in text or text[:1] not in "\"'`$" or text[:3] in ('"""', "'''"):
            raise NotKnown
        has_parts = False
        for child in node.named_children:
            if child.type in ("template_substitution", "interpolation"):
                inner = [part for part in child.named_children if not part.type.startswith("interpolation_")]
                if len(inner) != 1:
                    raise NotKnown
                value = self.value(inner[0])
                if isinstance(value, bool) or not isinstance(value, int | str):
                    raise NotKnown
                parts.append(str(value))
                has_parts = True
            elif child.type in ("variable_name",) or "escape" in child.type:
                raise NotKnown
            elif child.type not in ("interpolation_start", "interpolation_quote"):
                parts.append(self.tree.text_of(child))
                has_parts = True
        if not has_parts and len(text) > 2:
            raise NotKnown
        return "".join(parts)

    def operator(self, node: Node) -> Value:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            raise NotKnown
        sign = next(
            (
                self.tree.text_of(child)
                for child in node.children
                if not child.is_named and child.type not in "()"
            ),
            "",
        )
        first = self.value(left)
        if sign in ("&&", "and", "||", "or", "??"):
            is_enough = (
                first is not None if sign == "??" else is_true(first, self.language) == (sign in ("||", "or"))
            )
            result = first if is_enough else self.value(right)
            if self.language == "php" and sign != "??":
                return is_true(result, self.language)
            return result
        return binary(sign, first, self.value(right), self.language)

    def chosen(self, node: Node) -> Value:
        test = node.child_by_field_name("condition")
        first, second = node.child_by_field_name("consequence"), node.child_by_field_name("alternative")
        if self.language == "php" and first is None:
            first = node.child_by_field_name("body")
        if test is None or first is None or second is None:
            raise NotKnown
        is_first = is_true(self.value(test), self.language)
        self.path.append(is_first)
        taken = first if is_first else second
        if taken.type == "else_clause":
            taken = taken.named_children[-1]
        return self.value(taken)

    def called(self, node: Node) -> Value:
        """Return what a call of a well-known function, or a property of a text, gives."""
        text = self.tree.text_of
        arguments = node.child_by_field_name("arguments")
        given = list(arguments.named_children) if arguments is not None else []
        made = node.child_by_field_name("function") or node.child_by_field_name("name")
        holder = node.child_by_field_name("object") or node.child_by_field_name("receiver")
        if node.type in ("member_expression", "member_access_expression") and made is None:
            made = node.child_by_field_name("property")
        if node.type == "call" and made is None:
            made = node.child_by_field_name("method")
        if node.type == "member_access_expression":
            holder = node.child_by_field_name("expression")
        if made is None:
            raise NotKnown
        fields = ("object", "value", "table", "operand", "expression")
        inner = next((one for field in fields if (one := made.child_by_field_name(field)) is not None), None)
        name = made
        if inner is not None:
            holder = inner
            parts = ("property", "field", "method", "name")
            name = next((one for part in parts if (one := made.child_by_field_name(part)) is not None), made)
        whole = f"{text(holder)}.{text(name)}" if holder is not None else text(name)
        if self.language == "go" and whole in ("errors.New", "fmt.Errorf"):
            return ERROR
        if self.language == "rust" and whole in ("Err",):
            return ("Err", None)
        values = [self.value(child) for child in given]
        if holder is not None and not re.fullmatch(
            r"(Math|math|strings|string|String|Number|std)", text(holder)
        ):
            return member(text(name), self.value(holder), values, self.language)
        return call(whole, values, self.language)


_WORDS: dict[str, Value] = {
    "true": True, "false": False, "null": None, "nil": None, "None": ("None", None), "TRUE": True,
    "FALSE": False, "NULL": None, "nullptr": None, "True": True, "False": False,
}  # fmt: skip


def _raised(tree: SyntaxTree, node: Node) -> str | None:
    """Return the name of what a statement throws; None if it throws nothing."""
    text = tree.text_of(node)
    if node.type in ("throw_statement", "throw_expression"):
        match = re.match(r"throw\s+(?:new\s+)?\\?([\w:.\\]+)\s*\(", text)
        if match is None:
            raise NotKnown
        return match[1]
    if tree.language == "ruby" and node.type == "call" and re.match(r"raise\b", text):
        match = re.match(r"raise[ (]\s*([A-Z][\w:]*)", text)
        return match[1] if match else "RuntimeError"
    if tree.language == "lua" and node.type == "function_call" and text.startswith("error("):
        return "error"
    if tree.language == "rust" and node.type == "macro_invocation" and text.startswith("panic!"):
        return "panic"
    if tree.language == "go" and text.startswith("panic("):
        return "panic"
    return None
