"""Search over code: a description finds the function, a subject the file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from monkey_coder.context.code_search import CodeSearch, CodeText, Ranking, cleaned, defined_names, parts_of
from monkey_coder.context.kinship import Kinship
from monkey_coder.context.postings import Postings, Weighing
from monkey_coder.context.stem import stem
from monkey_coder.context.vectors import CODE_BITS, code_of, exact_of, nearest, similarities
from monkey_coder.context.words import query_words, split_text
from monkey_coder.core.embedder import Embeddings, EmbedKind

SHOP = [
    CodeText("cart", "shop/cart.py", "def add_item(self, item):\n    self.items.append(item)"),
    CodeText("pay", "shop/payment/charge.py", "def charge(card, amount):\n    return gateway.post(card)"),
    CodeText("http", "net/retry.py", "def with_retries(call, attempts):\n    for n in attempts: call()"),
    CodeText("parse", "util/dates.py", "def parseIsoDate(text):\n    return datetime.fromisoformat(text)"),
    CodeText("log", "util/log.py", "def setup_logging(level):\n    logging.basicConfig(level=level)"),
]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("appends an item to the cart", "cart"),
        ("retried calls", "http"),
        ("iso dates", "parse"),
        ("fix(payment): amount is wrong (#123)", "pay"),
        ("loging levels", "log"),  # Misspelt: its pieces find it.
    ],
)
def test_a_description_finds_the_function(query: str, found: str) -> None:
    assert CodeSearch(SHOP).search(query, 1) == [found]


def test_a_text_is_found_by_words_that_it_does_not_hold() -> None:
    texts = [
        CodeText(f"{topic}{i}", f"{topic}{i}.py", f"{a} {b} {c}\n" * 3)
        for i in range(6)
        for topic, a, b, c in (("net", "socket", "packet", "router"), ("art", "canvas", "brush", "paint"))
    ]
    texts.append(CodeText("odd", "x.py", "packet router router packet"))
    texts.append(CodeText("other", "y.py", "brush paint paint brush"))
    with_kinship = CodeSearch(texts).search("socket", 20)
    assert "odd" in with_kinship
    assert "other" not in with_kinship or with_kinship.index("odd") < with_kinship.index("other")
    assert "odd" not in CodeSearch(texts, Ranking(kinship=0.0, pieces=0.0)).search("socket", 20)


@pytest.mark.parametrize("texts", [[], SHOP[:1], [CodeText("e", "", "")], [CodeText("e", "", "")] * 3])
def test_few_and_empty_texts_are_no_problem(texts: list[CodeText]) -> None:
    search = CodeSearch(texts)
    assert len(search.search("append item")) <= len(texts)
    assert search.search("") == []
    assert search.search("†‡ \x00") == []


async def test_vectors_are_one_more_order_beside_the_words() -> None:
    class Meaning:
        name = "meaning"

        async def embed(self, texts: Sequence[str], kind: EmbedKind = EmbedKind.DOCUMENT) -> Embeddings:
            near = [(1.0, 0.0) if "gateway" in text or "money" in text else (0.0, 1.0) for text in texts]
            return Embeddings(tuple(near), self.name)

        async def close(self) -> None:
            pass

    search = CodeSearch(SHOP)
    await search.embed(SHOP, Meaning())
    assert (await search.search_near("money", Meaning()))[0] == "pay"
    assert (await search.search_near("appends an item to the cart", Meaning()))[0] == "cart"


def test_a_query_loses_what_speaks_of_the_tracker() -> None:
    assert cleaned("Fix crash (#42)").split() == ["Fix", "crash"]
    assert cleaned("feat(parser)!: nested lists, closes #7").split() == ["parser", "nested", "lists,"]
    assert cleaned("see https://example.org/x for more").split() == ["see", "for", "more"]
    assert cleaned("#42") == "#42"
    assert cleaned("fix the parser: it loops") == "fix the parser: it loops"


def test_parts_end_at_blank_lines_and_lose_nothing() -> None:
    text = "\n".join("" if i % 15 == 14 else f"line {i}" for i in range(200))
    parts = parts_of(text)
    assert "\n".join(parts) == text
    assert all(len(part.splitlines()) <= 41 for part in parts)
    assert len(parts) > 8
    assert parts_of("") == [""]


def test_names_are_found_in_many_languages() -> None:
    text = "func (c *Context) Bind(x int) {}\nclass A: pass\nfn run() {}\ninterface Named {}\nconst limit = 3"
    assert defined_names(text) == ("Bind", "A", "run", "Named", "limit")


@pytest.mark.parametrize(
    "forms",
    [
        ("index", "indexes", "indexing", "indexed", "indexer"),
        ("parse", "parses", "parsing", "parsed", "parser"),
        ("retry", "retries"),
        ("tokenization", "tokenize", "tokenizer", "tokenisation"),
        ("running", "run"),
    ],
)
def test_forms_of_a_word_have_one_stem(forms: tuple[str, ...]) -> None:
    assert len({stem(form) for form in forms}) == 1


def test_names_are_split_and_common_words_left_out() -> None:
    assert split_text("getUserName HTTPServer2 snake_case") == (
        "getusername get user name httpserver2 http server 2 snake case"
    )
    assert query_words("how do we parse the userName") == ["parse", "username", "user", "name"]
    assert query_words("what is it") == ["what", "is", "it"]


def test_a_rare_word_tells_more_than_a_usual_one() -> None:
    bags = [[{"the": 1.0, "rare": 1.0}], [{"the": 5.0}], [{"the": 1.0}]]
    scores = Postings(bags, [Weighing(1.0, 0.75)], 1.2).scores({"the": 1.0, "rare": 1.0, "unknown": 1.0})
    assert scores.argmax() == 0
    assert Postings([], [Weighing(1.0, 0.75)], 1.2).scores({"x": 1.0}).tolist() == []


def test_kinship_is_the_same_every_time() -> None:
    bags = [{"a": 1.0, "b": 2.0}, {"b": 1.0, "c": 1.0}, {"c": 3.0, "d": 1.0}, {"d": 1.0, "a": 1.0}] * 3
    idf = dict.fromkeys("abcd", 1.0)
    one, other = Kinship(bags, idf, 2), Kinship(bags, idf, 2)
    assert np.array_equal(one.near({"a": 1.0}), other.near({"a": 1.0}))
    assert not Kinship(bags, idf, 2).near({"unknown": 1.0}).any()


@pytest.mark.parametrize("dimension", [16, 64, 384, 1536, 2048])
def test_codes_find_what_is_near(dimension: int) -> None:
    rng = np.random.default_rng(1)
    vectors = rng.standard_normal((400, dimension)).astype(np.float32)
    codes = [code_of(vector) for vector in vectors]
    assert all(len(code) * 8 == CODE_BITS for code in codes)
    matrix = np.frombuffer(b"".join(codes), np.uint64).reshape(400, -1)
    query = vectors[7] + 0.1 * rng.standard_normal(dimension).astype(np.float32)
    assert 7 in [row for row, _ in nearest(code_of(query), matrix, 40)]
    kept = [exact_of(vector) for vector in vectors[:20]]
    true = [float(v @ query / np.linalg.norm(v) / np.linalg.norm(query)) for v in vectors[:20]]
    assert np.allclose(similarities(query.tolist(), kept), true, atol=0.02)


def test_vectors_of_zeros_and_of_other_lengths_are_like_nothing() -> None:
    assert similarities([1.0, 0.0], [exact_of([0.0, 0.0]), exact_of([1.0, 0.0, 0.0])]) == [0.0, 0.0]
    sparse = exact_of([0.0] * 2000 + [1.0])
    assert len(sparse) == 4
    assert similarities([1.0] * 5, [sparse]) == [0.0]
