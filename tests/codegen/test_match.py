"""A quoted block is changed where it stands, with what the file really holds, or refused."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from monkey_coder.codegen.apply import apply_blocks, replaced
from monkey_coder.codegen.match import Block
from monkey_coder.core.documents import Span
from monkey_coder.core.errors import EditError

CODE = """\
class Shop:
    def total(self, items):
        price = 0

        for item in items:
            price += item.price
        return price

    def clear(self):
        self.items = []
        self.log("cleared")
        return None
"""


def apply(search: str, replace: str, text: str = CODE, language: str = "python", **hints: object) -> str:
    block = Block(tuple(search.split("\n")), tuple(replace.split("\n")) if replace else ())
    return replaced(text, apply_blocks(text, [block], language, **hints))  # type: ignore[arg-type]


CASES = {
    "exact": ("            price += item.price", "            price += item.cost", "exact"),
    "de-indented": (
        "for item in items:\n    price += item.price",
        "for item in items:\n    price += item.cost",
        "",
    ),
    "only the first line de-indented": (
        "for item in items:\n            price += item.price",
        "for item in items:\n            price += item.cost",
        "",
    ),
    "trailing blanks": (
        "        for item in items:  \n            price += item.price  ",
        "        for item in items:\n            price += item.cost",
        "",
    ),
    "blank line left out": (
        "        price = 0\n        for item in items:\n            price += item.price",
        "        price = 0\n        for item in items:\n            price += item.cost",
        "",
    ),
    "tabs": (
        "\t\tfor item in items:\n\t\t\tprice += item.price",
        "\t\tfor item in items:\n\t\t\tprice += item.cost",
        "",
    ),
    "a slip in a kept line": (
        "        for itm in items:\n            price += item.price\n        return price",
        "        for itm in items:\n            price += item.cost\n        return price",
        "",
    ),
    "a slip in the changed line": (
        "        for item in items:\n            pirce += item.price\n        return price",
        "        for item in items:\n            pirce += item.cost\n        return price",
        "",
    ),
    "elision": (
        "    def total(self, items):\n        ...\n            price += item.price",
        "    def total(self, items):\n        ...\n            price += item.cost",
        "",
    ),
    "elision in a comment": (
        "class Shop:\n    # ... existing code ...\n            price += item.price\n        return price",
        "class Shop:\n    # ... existing code ...\n            price += item.cost\n        return price",
        "",
    ),
    "escaped for a page": (
        "        self.log(&quot;cleared&quot;)\n        return None",
        "        self.log(&quot;wiped&quot;)\n        return None",
        "wiped",
    ),
    "quotes curled": (
        "        self.log(\u201ccleared\u201d)\n        return None",
        "        self.log(\u201cwiped\u201d)\n        return None",
        "wiped",
    ),
    "lines numbered": (
        '10 |         self.items = []\n11 |         self.log("cleared")',
        '10 |         self.items = []\n11 |         self.log("wiped")',
        "wiped",
    ),
    "blanks that do not break": (
        '\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0self.log("cleared")',
        '\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0self.log("wiped")',
        "wiped",
    ),
}


@pytest.mark.parametrize(("search", "replace", "word"), CASES.values(), ids=CASES)
def test_what_the_model_meant_is_changed_and_nothing_else(search: str, replace: str, word: str) -> None:
    expected = CODE.replace('"cleared"', '"wiped"') if word == "wiped" else CODE.replace(".price", ".cost")
    assert apply(search, replace) == expected


@pytest.mark.parametrize(
    ("search", "replace", "new"),
    [
        ("if a &lt; b:", 'url = "?a=1&section=2&copy=3"', 'url = "?a=1&section=2&copy=3"'),
        ("10: if a < b:\n11:     go()", '12: "twelve",\nend', '12: "twelve",\nend'),
        ("10| if a < b:\n11|     go()", "3: 4,\n12| end", "3: 4,\nend"),
    ],
)
def test_what_only_looks_like_a_mark_of_a_page_or_a_listing_is_kept(
    search: str, replace: str, new: str
) -> None:
    text = "if a < b:\n    go()\n"
    rest = "" if "go" in search else "    go()\n"
    assert apply(search, replace, text, "") == new + "\n" + rest


def test_an_escape_beside_what_a_page_would_have_escaped_is_meant() -> None:
    with pytest.raises(EditError):
        apply("if a &lt; b:", 'if a < b and s != "&lt;":', "if a < b:\n", "")


def test_blank_lines_between_changed_lines_stay_where_they_are_not_quoted() -> None:
    new = "        cost = 0\n        for one in items:"
    assert apply("        price = 0\n        for item in items:", new, language="") == CODE.replace(
        "        price = 0\n\n        for item in items:", new.replace("\n", "\n\n")
    )


def test_lines_that_end_a_block_stay_above_all_the_blank_lines_below_it() -> None:
    text = "def first():\n    return 1\n\n\ndef second():\n    return 2\n"
    search = "    return 1\n\ndef second():"
    new = "    return 1\n\n    # The end.\n\ndef second():"
    assert apply(search, new, text) == text.replace("1\n\n\n", "1\n\n    # The end.\n\n\n")


# Quoted lines, what the model writes in their place, and how that is to stand.
ADDED = {
    "deeper, below a line that alone lost its indentation": (
        "price += item.price\n        return price",
        "price += item.price\n                self.log(price)\n        return price",
        "            price += item.price\n                self.log(price)\n        return price",
    ),
    "in place of a line that alone lost its indentation": (
        "price += item.price\n        return price",
        "return price",
        "        return price",
    ),
    "without the blanks that the quoted lines end with": (
        "            price += item.price  \n        return price  ",
        "            price += item.price  \n        self.log(price)  \n        return price  ",
        "            price += item.price\n        self.log(price)\n        return price",
    ),
}


@pytest.mark.parametrize(("search", "replace", "expected"), ADDED.values(), ids=ADDED)
def test_new_lines_stand_as_the_file_would_have_them(search: str, replace: str, expected: str) -> None:
    old = "            price += item.price\n        return price"
    assert apply(search, replace, language="") == CODE.replace(old, expected)


ELIDED = {
    "above the blank line quoted below the dots": (
        "    def total(self, items):\n        ...\n\n    def clear(self):",
        "    def total(self, items):\n        ...\n        self.done()\n\n    def clear(self):",
    ),
    "above the blank line quoted below dots at the start": (
        "        ...\n\n    def clear(self):",
        "        ...\n        self.done()\n\n    def clear(self):",
    ),
    "above the blank line quoted above dots at the end": (
        "        return price\n\n    ...",
        "        return price\n        self.done()\n\n    ...",
    ),
    "below dots at the start of a quote without indentation": (
        "    ...\n\ndef clear(self):\n    self.items = []",
        "    ...\n    self.done()\n\ndef clear(self):\n    self.items = []",
    ),
}


@pytest.mark.parametrize(("search", "replace"), ELIDED.values(), ids=ELIDED)
def test_lines_beside_an_elision_stand_on_their_side_of_a_blank_line(search: str, replace: str) -> None:
    expected = CODE.replace("return price\n", "return price\n        self.done()\n")
    assert apply(search, replace) == expected


def test_lines_left_out_of_a_quote_do_not_move_it_to_a_sibling() -> None:
    """The pattern fits one place further on, but for its numbers, with fewer letters amiss."""
    case = (
        "    @setup({{'basic-{0}': 'a'}})\n    def test_basic_{0}(self):\n"
        "        with self.assertRaises(TemplateSyntaxError):\n            self.engine.get('basic-{0}')\n\n"
    )
    note = "    # An error is raised for a variable\n    # whose name holds a character that no name holds.\n"
    text = "class T:\n    def test_first(self):\n        self.engine.get('first')\n\n" + note
    text += "".join(case.format(n) for n in range(11, 18))
    search = [line for line in text.split("\n")[2:25] if "#" not in line]
    with pytest.raises(EditError):
        apply("\n".join(search), "\n".join([*search[:-2], *search[-1:]]), text, "")


def test_a_quoted_line_is_not_taken_for_one_beside_the_line_it_is_most_like() -> None:
    text = (
        "def reset(self):\n    self.index = 0\n    self.line = 0\n    self.column = 0\n    if self.stream:\n"
    )
    search = "    self.inde = 0\n    self.column = 0\n    if self.stream:"
    with pytest.raises(EditError):
        apply(search, search.replace("inde =", "index ="), text, "")


def test_a_rival_is_seen_among_many_places_of_a_frequent_line() -> None:
    text = "def f():\n    pass\n    end()\n\n" + "    end()\n    # Field flags\n" + "    end()\n    x()\n" * 9
    text += "    end()\n    # Field flags\n"
    with pytest.raises(EditError, match="nearly fits at line 5 and at line 25"):
        apply("    end()\n    # Field flag", "    end()\n    # Flags", text, "")


def test_a_slip_half_taken_back_is_no_change() -> None:
    text = "def outside_relation():\n    first = run(1)\n    second = walk(2)\n"
    search = "def outsike_relatio():\n    first = run(1)\n    second = walk(2)"
    with pytest.raises(EditError, match="words that are to be changed"):
        apply(search, search.replace("outsike", "outside"), text)


def test_dots_over_nothing_do_not_hide_that_a_block_stands_twice() -> None:
    once = "first = 1\nsecond = 2\n\nthird = 3\n"
    with pytest.raises(EditError, match="line 2 and at line 7"):
        apply("second = 2\n...\nthird = 3", "second = 9\n...\nthird = 3", once + "\n" + once, "")


REFUSED = {
    "two places": ("a = 1\n", "a = 2\n", "a = 1\nb = 1\na = 1\n", "line 1 and at line 3"),
    "two nearly fitting places": (
        "self.assertEqal(total, 10)",
        "self.assertEqual(total, 11)",
        "self.assertEqual(total, 10)\nx()\nself.assertEqual(total, 10)\n",
        "nearly fits at line 1 and at line 3",
    ),
    "nowhere": ("import flask", "import django", CODE, "does not hold"),
    "the file has more in the changed line": (
        "    def clear(self):\n        self.items = []\n        self.log('cleared')",
        "    def clear(self):\n        self.items = {}\n        self.log('wiped')",
        CODE.replace('"cleared"', '"cleared", loud=True'),
        "differs|does not hold",
    ),
    "the line beside the new one is not there": (
        "        self.items = []\n        self.count = 0\n        self.log('cleared')\n        return None",
        (
            "        self.items = []\n        self.count = 0\n        self.size = 0\n"
            "        self.log('cleared')\n        return None"
        ),
        CODE,
        "beside the new ones|does not hold",
    ),
    "code left out of the new lines": (
        "    def clear(self):\n        self.items = []",
        "    def clear(self):\n        # ... existing code ...\n        self.items = {}",
        CODE,
        "leaves code out",
    ),
    "other elisions": ("a = 1\n...\nb = 2", "a = 1", "a = 1\nx\nb = 2\n", "another number of places"),
    "elision with two ends in one block": (
        "a = 1\n...\nreturn",
        "a = 1\n...\nyield",
        "a = 1\nb\nreturn\nc\nreturn\n",
        "line 1 and at line 1",
    ),
}


@pytest.mark.parametrize(("search", "replace", "text", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_certain_is_refused(search: str, replace: str, text: str, says: str) -> None:
    with pytest.raises(EditError, match=says):
        apply(search.removesuffix("\n"), replace.removesuffix("\n"), text)


def test_a_refusal_shows_what_stands_in_the_nearest_place() -> None:
    with pytest.raises(EditError, match=r"nearest is line 9(.|\n)*def clear\(self\)"):
        apply("    def clear(self):\n        self.items.pop()\n        self.audit()", "    pass")


def test_a_result_that_does_not_parse_is_refused_where_the_quote_had_slips() -> None:
    with pytest.raises(EditError, match="does not parse"):
        apply(
            "        for itm in items:\n            price += item.price",
            "        for itm in (:\n            pass",
        )


def test_of_two_places_the_selected_one_is_meant() -> None:
    text = "a = 1\nb = 1\na = 1\n"
    assert apply("a = 1", "a = 2", text, within=Span(12, 18)) == "a = 1\nb = 1\na = 2\n"


def test_line_ends_byte_for_byte_stay_outside_and_follow_inside() -> None:
    text = "a\r\nb\r\nc\nd"
    assert apply("b\nc", "b\nx\nc", text) == "a\r\nb\r\nx\r\nc\nd"
    assert apply("d", "d\ne", text) == "a\r\nb\r\nc\nd\ne"


def test_blocks_are_found_in_the_text_as_it_was_and_then_in_what_others_wrote() -> None:
    blocks = [Block(("a",), ("b",)), Block(("b",), ("c",))]
    assert replaced("a\nb\n", apply_blocks("a\nb\n", blocks)) == "b\nc\n"
    later = [Block(("a",), ("new",)), Block(("new",), ("newer",))]
    assert replaced("a\n", apply_blocks("a\n", later)) == "newer\n"


def test_blocks_that_change_the_same_lines_are_refused() -> None:
    with pytest.raises(EditError, match="same lines"):
        apply_blocks("a\nb\nc\n", [Block(("a", "b"), ("x",)), Block(("b", "c"), ("y",))])


def test_an_empty_quote_adds_lines_at_the_end() -> None:
    assert replaced("a\n", apply_blocks("a\n", [Block((), ("b",))])) == "a\nb\n"
    assert replaced("", apply_blocks("", [Block((), ("b",))])) == "b\n"


LOG = """\
def first(log):
    log.open()
    log.write("first")
    log.flush()
    check(log)
    log.close()
    return log


def second(log):
    log.open()
    log.write("second")
    log.flush()

    note(log)
    log.close()
    return log


def third(log):
    log.open()
    note(log)
    note(log)
    note(log)
    check(log)

    if log.failed:
        log.flush()
        note(log)
    log.close()
    return log
"""

ELIDED = {
    "the nearer of two ends, far apart": (
        "def first(log):\n    log.open()\n    # ...\n    log.close()\n    return log",
        ("first", "    return log", "    return None"),
    ),
    "as deep as the dots stand": (
        "    log.open()\n    # ...\n        log.flush()\n        note(log)\n    log.close()",
        ("third", "        log.flush()", "        log.sync()"),
    ),
}


@pytest.mark.parametrize(("search", "change"), ELIDED.values(), ids=ELIDED)
def test_an_elision_hides_what_lies_nearest(search: str, change: tuple[str, str, str]) -> None:
    function, old, new = change
    assert search.count(old) == 1
    head, tail = LOG.split(f"def {function}", 1)
    assert apply(search, search.replace(old, new), LOG) == f"{head}def {function}{tail.replace(old, new, 1)}"


UNSURE_ELISIONS = {
    "two ends near each other": (
        "a = 1\nb = 1\n...\nnote(log)\nclose(log)",
        "a = 1\nb = 1\nc()\nd()\nnote(log)\nclose(log)\ne()\nnote(log)\nclose(log)\n",
    ),
    "dots for a single line, and a farther end": (
        "a = 1\nb = 1\n...\nnote(log)\nclose(log)",
        "a = 1\nb = 1\nc()\nnote(log)\nclose(log)\n" + "e()\n" * 20 + "note(log)\nclose(log)\n",
    ),
    "the same lines around both": (
        "a = 1\nb = 1\n...\nnote(log)\nclose(log)",
        "a = 1\nb = 1\nc()\nc()\nc()\nnote(log)\nclose(log)\n" * 2,
    ),
}


@pytest.mark.parametrize(("search", "text"), UNSURE_ELISIONS.values(), ids=UNSURE_ELISIONS)
def test_an_elision_that_may_hide_more_is_refused(search: str, text: str) -> None:
    with pytest.raises(EditError, match="fits at line"):
        apply(search, search.replace("note(log)", "note(log, 2)"), text)


SESSION = """\
def buffer_size():
    \"\"\"Say the size.

    >>> with limits(4096):
    ...
    ...     buffer_size()
    4096
    \"\"\"
    return _limits().size
"""


def test_dots_that_stand_in_the_file_are_a_line_like_any_other() -> None:
    quoted = SESSION.replace("_limits().size", "_limits().sise")
    meant = SESSION.replace("return", "x = 1\n    return")
    assert apply(quoted.rstrip(), meant.rstrip(), SESSION) == meant


SLIPS = {
    "a word of two letters that goes": ("    count: it | None\n", "", "    count: int | None\n", ""),
    "mended in the new lines": (
        "    of = size * count / total\n",
        "    check()\n    off = size * count / total\n",
        "    off = size * count / total\n",
        "    check()\n    off = size * count / total\n",
    ),
    "mended where the same line stands deeper": (
        "    if got:\n        return idnex\n    index = new(self)\n    got.append(index)\n    return index\n",
        "    if got:\n        return index\n    index = new(self)\n    all.append(index)\n    return index\n",
        "    if got:\n        return index\n    index = new(self)\n    got.append(index)\n    return index\n",
        "    if got:\n        return index\n    index = new(self)\n    all.append(index)\n    return index\n",
    ),
}


@pytest.mark.parametrize(("search", "replace", "held", "expect"), SLIPS.values(), ids=SLIPS)
def test_a_slip_of_the_quote_does_not_reach_the_file(
    search: str, replace: str, held: str, expect: str
) -> None:
    head, tail = "class Sizes:\n    total: float = 1.5\n", "    rest: float = 0.25\n"
    found = apply(head + search + tail.rstrip(), head + replace + tail.rstrip(), head + held + tail, "")
    assert found == head + expect + tail


LINES = st.lists(st.sampled_from(["a", "b", "  c", "    d", "", "\tx", "return y", "..."]), max_size=8)


@given(LINES, LINES, LINES)
def test_any_block_is_applied_or_refused(file: list[str], search: list[str], replace: list[str]) -> None:
    text = "".join(line + "\n" for line in file)
    try:
        found = apply_blocks(text, [Block(tuple(search), tuple(replace))])
    except EditError as error:
        assert str(error)
        return
    assert isinstance(replaced(text, found), str)


@given(st.lists(st.text("abc =", min_size=1, max_size=6), min_size=3, max_size=12), st.data())
def test_an_exact_quote_changes_those_lines_alone(file: list[str], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(file) - 1))
    end = data.draw(st.integers(start + 1, len(file)))
    quoted = tuple(file[start:end])
    assume(any(line.strip() for line in quoted))
    text = "".join(line + "\n" for line in file)
    places = sum(tuple(file[at : at + len(quoted)]) == quoted for at in range(len(file)))
    block = Block(quoted, ("new line",))
    if places > 1:
        with pytest.raises(EditError, match="fits at line"):
            apply_blocks(text, [block])
    else:
        new = replaced(text, apply_blocks(text, [block]))
        assert new.split("\n")[:-1] == [*file[:start], "new line", *file[end:]]
