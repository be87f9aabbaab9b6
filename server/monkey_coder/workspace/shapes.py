"""Which tree-sitter node types mean a function, a class, a throw or a loop, language by language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """The node types of one grammar that matter to whoever asks what a definition does."""

    functions: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    wrappers: frozenset[str] = frozenset()
    lambdas: frozenset[str] = frozenset()
    throws: frozenset[str] = frozenset()
    returns: frozenset[str] = frozenset({"return_statement"})
    yields: frozenset[str] = frozenset()
    branches: frozenset[str] = frozenset()
    loops: frozenset[str] = frozenset()
    comments: frozenset[str] = frozenset({"comment"})
    strings: frozenset[str] = frozenset({"string", "string_literal"})

    @property
    def nested(self) -> frozenset[str]:
        """What a walk over one body does not enter."""
        return self.functions | self.classes | self.lambdas


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ECMA = Shape(
    functions=_set(
        "function_declaration generator_function_declaration method_definition function_signature"
        " method_signature abstract_method_signature"
    ),
    classes=_set(
        "class_declaration abstract_class_declaration class interface_declaration enum_declaration"
        " type_alias_declaration"
    ),
    wrappers=_set("export_statement"),
    lambdas=_set("arrow_function function_expression generator_function"),
    throws=_set("throw_statement"),
    yields=_set("yield_expression"),
    branches=_set("if_statement switch_case catch_clause ternary_expression && || ??"),
    loops=_set("for_statement for_in_statement while_statement do_statement"),
    strings=_set("string template_string"),
)

_C = Shape(
    functions=_set("function_definition"),
    classes=_set("struct_specifier union_specifier enum_specifier class_specifier"),
    wrappers=_set("template_declaration type_definition"),
    lambdas=_set("lambda_expression"),
    throws=_set("throw_statement"),
    yields=_set("co_yield_statement"),
    branches=_set("if_statement case_statement catch_clause conditional_expression && ||"),
    loops=_set("for_statement for_range_loop while_statement do_statement"),
    strings=_set("string_literal raw_string_literal char_literal"),
)

SHAPES: dict[str, Shape] = {
    "python": Shape(
        functions=_set("function_definition"),
        classes=_set("class_definition"),
        wrappers=_set("decorated_definition"),
        lambdas=_set("lambda"),
        throws=_set("raise_statement"),
        yields=_set("yield"),
        branches=_set(
            "if_statement elif_clause except_clause conditional_expression and or case_clause if_clause"
        ),
        loops=_set("for_statement while_statement for_in_clause"),
        strings=_set("string"),
    ),
    "javascript": _ECMA,
    "javascriptreact": _ECMA,
    "typescript": _ECMA,
    "typescriptreact": _ECMA,
    "go": Shape(
        functions=_set("function_declaration method_declaration"),
        classes=_set("type_spec"),
        wrappers=_set("type_declaration"),
        lambdas=_set("func_literal"),
        branches=_set("if_statement expression_case type_case communication_case && ||"),
        loops=_set("for_statement"),
        strings=_set("interpreted_string_literal raw_string_literal rune_literal"),
    ),
    "rust": Shape(
        functions=_set("function_item function_signature_item"),
        classes=_set("struct_item enum_item trait_item union_item type_item"),
        lambdas=_set("closure_expression"),
        returns=_set("return_expression"),
        branches=_set("if_expression match_arm && || try_expression"),
        loops=_set("for_expression while_expression loop_expression"),
        comments=_set("line_comment block_comment"),
        strings=_set("string_literal raw_string_literal char_literal"),
    ),
    "java": Shape(
        functions=_set("method_declaration constructor_declaration"),
        classes=_set("class_declaration interface_declaration enum_declaration record_declaration"),
        lambdas=_set("lambda_expression"),
        throws=_set("throw_statement"),
        yields=frozenset(),
        branches=_set("if_statement switch_label catch_clause ternary_expression && ||"),
        loops=_set("for_statement enhanced_for_statement while_statement do_statement"),
        comments=_set("line_comment block_comment"),
        strings=_set("string_literal character_literal"),
    ),
    "c": _C,
    "cpp": _C,
    "csharp": Shape(
        functions=_set("method_declaration constructor_declaration local_function_statement"),
        classes=_set(
            "class_declaration struct_declaration record_declaration interface_declaration enum_declaration"
        ),
        lambdas=_set("lambda_expression anonymous_method_expression"),
        throws=_set("throw_statement throw_expression"),
        yields=_set("yield_statement"),
        branches=_set("if_statement switch_section catch_clause conditional_expression && || ??"),
        loops=_set("for_statement foreach_statement while_statement do_statement"),
        strings=_set(
            "string_literal verbatim_string_literal interpolated_string_expression character_literal"
        ),
    ),
    "ruby": Shape(
        functions=_set("method singleton_method"),
        classes=_set("class module"),
        lambdas=_set("lambda"),
        returns=_set("return"),
        yields=_set("yield"),
        branches=_set("if elsif unless when rescue conditional && || and or if_modifier unless_modifier"),
        loops=_set("while until for while_modifier until_modifier"),
        strings=_set("string heredoc_body"),
    ),
    "php": Shape(
        functions=_set("function_definition method_declaration"),
        classes=_set("class_declaration interface_declaration trait_declaration enum_declaration"),
        lambdas=_set("anonymous_function arrow_function"),
        throws=_set("throw_expression"),
        yields=_set("yield_expression"),
        branches=_set("if_statement else_if_clause case_statement catch_clause conditional_expression && ||"),
        loops=_set("for_statement foreach_statement while_statement do_statement"),
        strings=_set("string encapsed_string heredoc nowdoc"),
    ),
    "shellscript": Shape(
        functions=_set("function_definition"),
        branches=_set("if_statement elif_clause case_item && ||"),
        loops=_set("for_statement c_style_for_statement while_statement"),
        strings=_set("string raw_string heredoc_body"),
    ),
    "lua": Shape(
        functions=_set("function_declaration"),
        lambdas=_set("function_definition"),
        branches=_set("if_statement elseif_statement and or"),
        loops=_set("for_statement while_statement repeat_statement"),
        strings=_set("string"),
    ),
}
