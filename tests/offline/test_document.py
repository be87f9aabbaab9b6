# ruff: noqa: E501
"""Docstrings and doc comments: true, placed right, never doubled."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from monkey_coder.codegen.syntax import syntax_problems
from monkey_coder.core.documents import Span, apply_edits
from monkey_coder.core.errors import InputError
from monkey_coder.offline.answer import answer_text
from monkey_coder.offline.document import document_edits

from .support import applied, document, marked


def check(snippet: str, expect: str, language: str = "python", folder: Path | None = None) -> tuple[str, ...]:
    text, span = marked(snippet)
    given = document(text, language, folder / "a.py" if folder else None, folder)
    found = document_edits(given, span)
    result = apply_edits(text, found.edits)
    assert result == expect
    assert syntax_problems(text, result, language) == ()
    if found.edits:
        assert applied(text, span, answer_text(given, span, found.edits)) == expect
    return found.notes


GOOGLE = '''\
def parse_date(text: str, strict=False, *parts, **options) -> date:
    """Parse the date.

    Args:
        text (str): The text.
        strict (optional): Whether strict applies. Defaults to `False`.
        *parts: The parts.
        **options: Further keyword arguments.

    Returns:
        date: A new `Date`.

    Raises:
        ValueError: If `not text`.
    """
    if not text:
        raise ValueError("empty")
    return Date(text)
'''


def test_google_is_what_a_project_without_a_sign_gets() -> None:
    check(
        "def parse_date(text: str, <|>strict=False, *parts, **options) -> date:\n    if not text:\n"
        '        raise ValueError("empty")\n    return Date(text)\n',
        GOOGLE.replace("strict (optional)", "strict"),
    )


def test_numpy_by_the_linter_setting(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.ruff.lint.pydocstyle]\nconvention = "numpy"\n')
    check(
        "async def load<|>(url, timeout_s: float = 3):\n\tyield url\n",
        'async def load(url, timeout_s: float = 3):\n\t"""Load `url`.\n\n\tParameters\n\t----------\n\turl\n'
        "\t    The URL.\n\ttimeout_s : float, optional\n\t    The timeout s. Defaults to `3`.\n\n\tYields\n"
        '\t------\n\tobject\n\t    Each URL.\n\t"""\n\tyield url\n',
        folder=tmp_path,
    )


def test_sphinx_by_the_other_files(tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text('def f(x):\n    """F.\n\n    :param x: X.\n    :returns: Y.\n    """\n')
    check(
        "class Shop:\n    def total_price(self, n_items: int):\n        re<|>turn self.price\n",
        'class Shop:\n    def total_price(self, n_items: int):\n        """Return the total price.\n\n'
        "        :param n_items: The number of items.\n        :type n_items: int\n        :returns: The price.\n"
        '        """\n        return self.price\n',
        folder=tmp_path,
    )


def test_a_selected_class_gets_its_methods_documented_too() -> None:
    check(
        "<|>class Shop(Base):\n    @property\n    def is_open(self):\n        return self._open is True\n\n"
        "    def __len__(self): return 3\n<|>",
        'class Shop(Base):\n    """A shop that extends `Base`."""\n\n    @property\n    def is_open(self):\n'
        '        """Return whether this is open."""\n        return self._open is True\n\n    def __len__(self):\n'
        '        """Return the number of items.\n\n        Returns:\n            Always `3`.\n        """\n'
        "        return 3\n",
    )


def test_a_selected_inner_function_is_meant_and_not_the_outer_one() -> None:
    check(
        "def f():\n<|>    def load():\n        return [1]\n<|>    return load\n",
        'def f():\n    def load():\n        """Load.\n\n        Returns:\n            A list.\n        """\n'
        "        return [1]\n    return load\n",
    )


def test_what_is_documented_already_stays_and_only_gaps_are_filled() -> None:
    before = 'def f(a, b<|>):\n    """Do it.\n\n    Args:\n        a: First, my own words.\n    """\n'
    check(
        before,
        'def f(a, b):\n    """Do it.\n\n    Args:\n        a: First, my own words.\n        b: The value of `b`.\n    """\n',
    )
    complete = 'def f(a):\n    """Do it with a<|>."""\n'
    notes = check(complete, complete.replace("<|>", ""))
    assert "documented already" in notes[0]


def test_a_name_that_is_gone_is_reported() -> None:
    notes = check(
        'def f(a<|>):\n    """Do.\n\n    :param a: A.\n    :param old: O.\n    """\n',
        'def f(a):\n    """Do.\n\n    :param a: A.\n    :param old: O.\n    """\n',
    )
    assert "old" in notes[0]


@pytest.mark.parametrize("default", [r"'\n'", "'''x\"\"\"y'''", '"é𝄞"', r"b'\x00'"])
def test_defaults_cannot_break_the_docstring(default: str) -> None:
    text, span = marked(f"def f(sep<|>={default}):\n    return 1\n")
    result = apply_edits(text, document_edits(document(text), span).edits)
    assert "sep" in (ast.get_docstring(ast.parse(result).body[0]) or "")  # type: ignore[arg-type]


def test_line_ends_stay_as_they_are() -> None:
    check("def f<|>():\r\n    pass\r\n", 'def f():\r\n    """Carry out f."""\r\n    pass\r\n')


LANGUAGES = [
    (
        "typescript",
        ("class A {\n  async loadUser<|>(userId: number, force = false): Promise<User> {\n"
        "    if (!userId) throw new RangeError('x');\n    return new User(userId);\n  }\n}\n"),
        ("class A {\n  /**\n   * Loads the user.\n   *\n   * @param userId - The ID of the user.\n"
        "   * @param force - Whether to force. Defaults to `false`.\n   * @returns A new `User`.\n"
        "   * @throws {RangeError} If `!userId`.\n   */\n  async loadUser("),
    ),
    (
        "javascript",
        "export const addItem<|> = (item, count = 1) => item;\n",
        ("/**\n * Adds the item.\n *\n * @param {*} item - The item.\n"
        " * @param {*} [count] - The count. Defaults to `1`.\n * @returns {*} The item.\n */\nexport const"),
    ),
    (
        "go",
        "package a\n\nfunc (s *Shop) LoadItem<|>(id int) (*Item, error) {\n\treturn nil, nil\n}\n",
        "package a\n\n// LoadItem loads the item.\n// It returns an error if that fails.\nfunc (s",
    ),
    ("rust", "#[inline]\npub fn parse_int<|>(text: &str) -> i32 { 1 }\n", "/// Parses the int.\n///\n/// # Arguments\n///\n/// * `text` - The text.\n#[inline]\n"),
    (
        "java",
        "class A {\n    @Override\n    public int getSize<|>(int depth) { return size; }\n}\n",
        "class A {\n    /**\n     * Returns the size.\n     *\n     * @param depth The depth.\n     * @return The size.\n     */\n    @Override\n",
    ),
    ("c", "static int open_file<|>(char *path) { return 0; }\n", "/**\n * @brief Opens the file.\n *\n * @param path The path.\n"),
    ("cpp", "template <class T>\nT pick<|>(T x) { throw std::Bad(1); }\n", "/**\n * @brief Picks `x`.\n *\n * @param x The value of `x`.\n * @return The result.\n * @throws std::Bad"),
    ("csharp", "class A {\n  int GetSize<|>(int depth) => 1;\n}\n", "class A {\n  /// <summary>\n  /// Returns the size.\n  /// </summary>\n"),
    ("php", "<?php\nfunction sendMail<|>(string $to): bool { return true; }\n", "<?php\n/**\n * Send the mail.\n *\n * @param string $to The value of `to`.\n"),
    ("ruby", "def send_mail<|>(to, body = 1)\n  body\nend\n", "# Sends the mail.\n#\n# @param to [Object]"),
    ("lua", "function M.send_mail<|>(to) return to end\n", "--- Sends the mail.\n---@param to any"),
    ("shellscript", 'send_mail<|>() {\n  local to="$1"\n}\n', "# Sends the mail.\n# Arguments:\n#   $1: The value of `to`.\nsend_mail"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "snippet", "start"), LANGUAGES, ids=[case[0] for case in LANGUAGES])
def test_doc_comment_of(language: str, snippet: str, start: str) -> None:
    text, span = marked(snippet)
    result = apply_edits(text, document_edits(document(text, language), span).edits)
    assert result[: len(start)] == start
    assert syntax_problems(text, result, language) == ()


def test_jsdoc_gets_the_missing_tag() -> None:
    check(
        "/**\n * Mine.\n * @param a - my words\n */\nfunction f(a, rest<|>) {}\n",
        "/**\n * Mine.\n * @param a - my words\n * @param rest - The rest.\n */\nfunction f(a, rest) {}\n",
        "typescript",
    )


def test_nothing_to_document_says_where_something_is() -> None:
    with pytest.raises(InputError, match="such as `f`"):
        document_edits(document("x = 1\n\ndef f(): pass\n"), marked("<|>")[1])
    with pytest.raises(InputError, match="configure a model"):
        document_edits(document("x: 1", "yaml"), marked("<|>")[1])


def test_a_participle_takes_what_it_was_done_to() -> None:
    text = "def discounted(price, percent):\n    return price - price * percent / 100\n"
    edits = document_edits(document(text), Span(0, len(text))).edits
    assert '"""Return the discounted price.' in "".join(edit.text for edit in edits)
