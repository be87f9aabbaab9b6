"""Chat offline shows what the code itself answers, and says that it is no conversation."""

from __future__ import annotations

from monkey_coder.core.documents import Document, Span
from monkey_coder.core.model import Fact, Task, TaskKind
from monkey_coder.offline.chat import chat

TEXT = """def total(prices, rate):
    return sum(prices) * rate


def other():
    pass
"""


NOWHERE = Span(0, 0)


def ask(question: str, *, span: Span = NOWHERE, facts: tuple[Fact, ...] = (), text: str = TEXT) -> str:
    document = Document("file:///work/shop.py", "python", 1, text, "/work/shop.py", "/work")
    return "".join(chat(Task(TaskKind.CHAT, document, span, question, facts=facts)))


def test_a_definition_that_the_question_names_is_explained() -> None:
    answer = ask("What does total do?")
    assert "### `total`" in answer
    assert "other" not in answer
    assert "No language model is configured" in answer


def test_a_selection_is_explained_whatever_the_words() -> None:
    start = TEXT.index("def other")
    assert "### `other`" in ask("why?", span=Span(start, len(TEXT)))


def test_passages_of_the_project_are_shown_as_code() -> None:
    answer = ask("where are the rates?", facts=(Fact("rates.go", 12, "var Rates = 3 // ```\n"),))
    assert "`rates.go`, line 12:\n\n```go\n" in answer
    assert answer.startswith("### In the project")


def test_a_fence_inside_a_passage_does_not_end_its_block() -> None:
    answer = ask("readme", facts=(Fact("README.md", 1, "```\ncode\n```\n"),))
    assert "````markdown\n```\ncode\n```\n````\n" in answer


def test_this_file_means_the_open_one() -> None:
    answer = ask("Explain this file")
    assert "### `total`" in answer
    assert "### `other`" in answer


def test_nothing_found_is_said() -> None:
    assert ask("how is the weather").startswith("Nothing in the open file")
    assert ask("hello", text="").startswith("Nothing in the open file")
