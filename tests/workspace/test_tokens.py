"""Source becomes tokens: leaves of the tree, line breaks with their indentation, spaces beside."""

from __future__ import annotations

import pytest

from monkey_coder.workspace.languages import LANGUAGES
from monkey_coder.workspace.tokens import (
    DEEPER,
    LINE_BREAKS,
    OPAQUE,
    SAME,
    SHALLOWER,
    keywords,
    tokenise,
    tokenise_line,
)

SAMPLES = {
    "python": "def f(a, b=1):\n    return f'{a}!' % b  # done\n",
    "javascript": "const f = (a) => `x ${a} y`; // done\n",
    "typescriptreact": "const a: Foo<Bar> = <div className='x'>text</div>;\n",
    "go": "func (s *T) F(a int) error {\n\treturn nil\n}\n",
    "rust": "fn f<'a>(x: &'a str) -> Option<u8> {\n    None\n}\n",
    "c": '#include <stdio.h>\nint main(void) {\n    printf("%d", 1);\n}\n',
    "shellscript": 'for f in *.txt; do echo "$f"; done\n',
    "json": '{"a": [1, 2.5, null]}\n',
    "yaml": "a:\n  - b: c\n",
    "markdown": "# Head\n\nSome *text* here.\n",
    "plaintext": "nothing of a kind = 12\n",
}


def texts(source: str, language: str = "python") -> list[str]:
    return tokenise(source, language).texts


def test_a_leaf_is_a_token_and_a_comment_is_cut_into_words() -> None:
    assert texts("x = foo('a b')  # why not\n") == [
        "x", "=", "foo", "(", "'", "a", "b", "'", ")", "#", "why", "not", SAME,
    ]  # fmt: skip


def test_a_line_break_says_where_the_next_line_stands() -> None:
    assert texts("if a:\n    b\n\n    c\nd") == ["if", "a", ":", DEEPER, "b", SAME, "c", SHALLOWER, "d"]


def test_the_last_line_ends_as_if_unindented_text_followed() -> None:
    assert texts("if a:\n    b\n")[-1] == SHALLOWER


def test_spaces_before_a_token_are_kept_beside_it() -> None:
    tokens = tokenise("a = b  # c\n", "python")
    assert list(zip(tokens.texts, tokens.spaces, strict=True))[:5] == [
        ("a", 0), ("=", 1), ("b", 1), ("#", 2), ("c", 1),
    ]  # fmt: skip


def test_starts_are_characters_whatever_the_bytes() -> None:
    source = "é = 'ü𝒳'\nb = é\n"
    tokens = tokenise(source, "python")
    for text, start in zip(tokens.texts, tokens.starts, strict=True):
        if text not in LINE_BREAKS:
            assert source.startswith(text, start)


@pytest.mark.parametrize("secret", ["sk_live_4eC39HqLyjWDarjtT1zdp7dcABCD", "x" * 61])
def test_what_looks_like_a_key_is_hidden(secret: str) -> None:
    found = texts(f'key = "{secret}"\n')
    assert OPAQUE in found
    assert secret not in found


@pytest.mark.parametrize("language", [*SAMPLES])
def test_nothing_but_white_space_is_left_out(language: str) -> None:
    source = SAMPLES[language]
    found = "".join(text for text in texts(source, language) if text not in LINE_BREAKS)
    assert found == "".join(source.split())


@pytest.mark.parametrize("language", [*LANGUAGES])
def test_every_language_survives_text_that_is_not_code(language: str) -> None:
    source = "}{ \x0c ((\"' `\n\té \u2028 ]] <a\n \n"
    tokens = tokenise(source, language)
    assert tokens.starts == sorted(tokens.starts)
    assert all(0 <= start < len(source) for start in tokens.starts)


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("python", "        self.x = f(a, *b, c='d e')  # no"),
        ("python", "    return x not in y and z >= 1.5e3"),
        ("javascript", "const {a, b} = await f(`x`, 'y') || c?.d;"),
        ("go", 'x := []string{`a`, "b"}'),
        ("c", "a->b += *c << 2;"),
        ("rust", "let mut x = Vec::new();"),
    ],
)
def test_a_line_alone_has_the_tokens_that_it_has_in_a_file(language: str, line: str) -> None:
    whole = [text for text in texts(line + "\n", language) if text not in LINE_BREAKS]
    assert tokenise_line(line, language).texts == whole


def test_an_unfinished_string_is_still_a_string() -> None:
    assert tokenise_line("open('some/path", "python").texts == ["open", "(", "'", "some/path"]


def test_keywords_come_from_the_grammar() -> None:
    assert {"def", "return", "lambda"} <= keywords("python")
    assert "print_it" not in keywords("python")
    assert keywords("plaintext") == frozenset()
