"""What of a project goes along with a task: the right passages, within the budget and the time."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from tests.context.project import Project, project

from monkey_coder.context import atlas_keeper, gather, sources
from monkey_coder.core.documents import Diagnostic, Document, Span
from monkey_coder.core.model import Task, TaskKind
from monkey_coder.workspace.atlas import FileRows
from monkey_coder.workspace.atlas_kept import file_rows, laying_out
from monkey_coder.workspace.index import Index
from monkey_coder.workspace.index_builder import IndexBuilder

PRICES = (
    "class Basket:\n    def add(self, item):\n        self.items.append(item)\n\n\n"
    "def total(basket, rate):\n    return sum(basket.items) * rate\n\n\n"
    "def unused_one(x):\n    return x\n"
)
FILES = {
    "shop/__init__.py": "",
    "shop/prices.py": PRICES,
    "shop/cart.py": "from .prices import total\n\n\ndef pay(basket):\n    return total(basket, 2)\n",
    "tests/test_cart.py": "from shop.cart import pay\n\n\ndef test_pay():\n    assert pay(None) == 4\n",
    "web/views.py": (
        "from shop.cart import pay\n\n\ndef view(request):\n    done = pay(request.basket)\n    return done\n"
    ),
}
CART = "from .prices import total\n\n\ndef pay(basket):\n    return <|>\n"


async def passages(made: Project, task: Task, tokens: int = 1_000) -> list[tuple[str, str]]:
    gathered = await made.gatherer.gather(task, tokens, 20.0)
    assert gathered.late == ()
    assert gathered.tokens <= tokens
    return [(fact.path, fact.text) for fact in gathered.facts]


async def test_what_the_file_imports_is_sent_whole(tmp_path: Path) -> None:
    with project(tmp_path, FILES) as made:
        found = await passages(made, made.task("shop/cart.py", CART))
        assert any(
            path == "shop/prices.py" and "return sum(basket.items) * rate" in text for path, text in found
        )
        assert all(path != "shop/cart.py" for path, _ in found)


@pytest.mark.parametrize("tokens", [1, 7, 20, 60, 200])
async def test_no_budget_is_ever_overrun(tmp_path: Path, tokens: int) -> None:
    with project(tmp_path, FILES) as made:
        for kind in (TaskKind.COMPLETE, TaskKind.EDIT):
            await passages(made, made.task("shop/cart.py", CART, kind), tokens)


async def test_callers_tests_and_names_in_the_instruction_go_with_an_edit(tmp_path: Path) -> None:
    with project(tmp_path, FILES) as made:
        task = made.task("shop/cart.py", CART, TaskKind.EDIT, instruction="use unused_one here")
        gathered = await made.gatherer.gather(task, 2_000, 20.0)
        reasons = {(fact.path, fact.reason) for fact in gathered.facts}
        assert ("web/views.py", "calls pay") in reasons
        assert ("tests/test_cart.py", "tests pay") in reasons
        assert ("shop/prices.py", "unused_one is spoken of") in reasons or any(
            "def unused_one" in fact.text for fact in gathered.facts
        )


async def test_each_passage_names_the_lines_it_has(tmp_path: Path) -> None:
    with project(tmp_path, FILES) as made:
        task = made.task("shop/cart.py", CART, TaskKind.EDIT)
        for fact in (await made.gatherer.gather(task, 2_000, 20.0)).facts:
            lines = (made.root / fact.path).read_text().splitlines()
            if fact.reason != "signatures":
                assert fact.text.splitlines() == lines[fact.line - 1 : fact.last]
            assert 1 <= fact.line <= fact.last <= len(lines)


async def test_files_of_secrets_are_never_sent(tmp_path: Path) -> None:
    secret = "def total_secret():\n    return 'do not send'\n"
    files = {**FILES, ".aws/total.py": secret, "shop/.ssh/total.py": secret}
    with project(tmp_path, files) as made:
        task = made.task("shop/cart.py", CART, TaskKind.EDIT, instruction="call total_secret")
        hidden, _ = made.document(".aws/total.py", secret + "<|>")
        made.gatherer.observe(hidden)
        assert all("secret" not in text for _, text in await passages(made, task, 4_000))


async def test_recent_edits_and_similar_open_files_go_along(tmp_path: Path) -> None:
    with project(tmp_path, FILES) as made:
        text = FILES["web/views.py"]
        before, _ = made.document("web/views.py", text + "<|>")
        after, _ = made.document("web/views.py", text.replace("done = pay", "finished = pay") + "<|>")
        made.gatherer.observe(before)
        made.gatherer.observe(after)
        task = made.task("shop/cart.py", CART.replace("return", "done = pay(request.basket)\n    return"))
        gathered = await made.gatherer.gather(task, 1_000, 20.0)
        reasons = {fact.reason: fact.text for fact in gathered.facts}
        assert "finished = pay" in reasons["edited lately"]


async def test_a_late_source_is_left_out_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    def slow(_: object) -> list[object]:
        release.wait(20)
        return []

    monkeypatch.setattr(gather, "sources_for", lambda _: {"callers": sources.callers, "slow": slow})
    with project(tmp_path, FILES) as made:
        try:
            began = time.monotonic()
            gathered = await made.gatherer.gather(made.task("shop/cart.py", CART, TaskKind.EDIT), 2_000, 3.0)
            assert "slow" in gathered.late
            assert time.monotonic() - began < 15
            assert "definitions" not in gathered.late
            assert gathered.facts
        finally:
            release.set()


async def test_a_source_that_fails_ends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> list[object]:
        raise ValueError("odd")

    monkeypatch.setattr(gather, "sources_for", lambda _: {"broken": broken})
    with project(tmp_path, FILES) as made:
        assert await passages(made, made.task("shop/cart.py", CART, TaskKind.EDIT))


async def test_nothing_is_known_before_the_index_is(tmp_path: Path) -> None:
    gatherer = gather.Gatherer(gather.Index())
    gatherer.open_folders([str(tmp_path)])
    try:
        with project(tmp_path, FILES) as made:
            task = made.task("shop/cart.py", CART)
            assert (await gatherer.gather(task, 1_000, 1.0)).facts == ()
            assert not await gatherer.ready(0.0)
            assert await made.gatherer.ready(0.0)
    finally:
        gatherer.close()
    assert (await gatherer.gather(task, 1_000, 1.0)).facts == ()


async def test_a_document_without_a_file_gets_nothing(tmp_path: Path) -> None:
    with project(tmp_path, FILES) as made:
        document, offset = made.document("shop/cart.py", CART)
        bare = gather.Document("untitled:1", "python", 1, document.text)
        assert await passages(made, Task(TaskKind.COMPLETE, bare, Span(offset, offset))) == []


async def test_changed_and_deleted_files_are_followed(tmp_path: Path) -> None:
    with project(tmp_path, FILES) as made:
        (made.root / "shop/prices.py").unlink()
        made.write({"shop/prices.py": "def total(basket, rate):\n    return 'changed'\n"})
        found = await passages(made, made.task("shop/cart.py", CART))
        assert any("return 'changed'" in text for _, text in found)
        assert all("sum(basket.items)" not in text for _, text in found)


async def test_a_problem_brings_the_definition_it_names(tmp_path: Path) -> None:
    with project(tmp_path, FILES) as made:
        problem = Diagnostic(Span(0, 1), 'Cannot access attribute "add" of Basket')
        task = made.task("web/views.py", "def f(x):\n    <|>\n", TaskKind.FIX, diagnostics=(problem,))
        assert any("class Basket" in text for _, text in await passages(made, task, 2_000))


def git(folder: Path, *commands: Sequence[str]) -> None:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    for arguments in commands:
        subprocess.run(["git", *arguments], cwd=folder, check=True, env=environment, capture_output=True)


FIRST_COMMIT = (
    ["init", "-q"],
    ["add", "."],
    ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"],
)


def scene_of(made: Project, *, is_trusted: bool) -> sources.Scene:
    return sources.Scene(
        made.task("shop/cart.py", CART, TaskKind.EDIT),
        (1, 5),
        made.index,
        made.gatherer.keeper,
        gather.RecentEdits(),
        is_trusted,
    )


@pytest.mark.skipif(os.name == "nt", reason="plants a shell script")
def test_a_repository_starts_no_program_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = tmp_path / "ran"
    with project(tmp_path, FILES, is_trusted=True) as made:
        git(made.root, *FIRST_COMMIT)
        for name in ("git", "planted"):
            program = made.root / name
            program.write_text(f"#!/bin/sh\necho $0 $* >> {ran}\n")
            program.chmod(0o755)
        planted = str(made.root / "planted")
        (made.root / ".gitattributes").write_text("*.py diff=planted\n")
        git(
            made.root,
            ["config", "core.fsmonitor", planted],
            ["config", "core.pager", planted],
            ["config", "diff.external", planted],
            ["config", "diff.planted.command", planted],
            ["config", "diff.planted.textconv", planted],
        )
        (made.root / "web/views.py").write_text("def view(request):\n    return 'uncommitted'\n")
        ran.unlink(missing_ok=True)
        monkeypatch.setattr(sources, "_GIT_S", 60)
        monkeypatch.setenv("PATH", f".:{made.root}:{os.environ['PATH']}")
        found = sources.uncommitted(scene_of(made, is_trusted=True))
        assert any("uncommitted" in fact.text for fact in found)
    assert not ran.exists(), ran.read_text()


@pytest.mark.parametrize("is_trusted", [True, False])
def test_git_is_asked_in_trusted_folders_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_trusted: bool
) -> None:
    monkeypatch.setattr(sources, "_GIT_S", 60)
    with project(tmp_path, FILES, is_trusted=is_trusted) as made:
        git(made.root, *FIRST_COMMIT)
        (made.root / "web/views.py").write_text("def view(request):\n    return 'uncommitted'\n")
        found = sources.uncommitted(scene_of(made, is_trusted=is_trusted))
        assert any("uncommitted" in fact.text for fact in found) is is_trusted


async def test_two_folders_show_which_is_which(tmp_path: Path) -> None:
    with project(tmp_path, FILES) as made:
        other = tmp_path / "other"
        made.gatherer.open_folders([str(made.root), str(other)])
        made.gatherer.keeper.refresh()
        found = await passages(made, made.task("shop/cart.py", CART))
        assert any(path == "project/shop/prices.py" for path, _ in found)


async def test_a_question_without_a_file_finds_the_code_it_is_about(tmp_path: Path) -> None:
    with project(tmp_path, FILES) as made:
        document = Document("untitled:chat", "markdown", 0, "")
        for question, path, text in (
            ("How does the total of baskets work?", "shop/prices.py", "return sum(basket.items) * rate"),
            ("where do we pay?", "shop/cart.py", "return total(basket, 2)"),
        ):
            task = Task(TaskKind.CHAT, document, Span(0, 0), question)
            gathered = await made.gatherer.gather(task, 1_000, 20.0)
            assert gathered.facts[0].path == path
            assert text in gathered.facts[0].text
        task = Task(TaskKind.CHAT, document, Span(0, 0), "How does it work?")
        assert (await made.gatherer.gather(task, 1_000, 20.0)).facts == ()


@pytest.mark.parametrize("is_damaged", [False, True])
async def test_what_is_kept_of_a_project_is_read_and_brought_up_to_date(
    tmp_path: Path, is_damaged: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with project(tmp_path, FILES) as made:
        folder = str(made.root)
        parts = next(one for one in laying_out(made.index, folder) if one is not None)
        parts |= {"files": b"[["} if is_damaged else {}
        builder = IndexBuilder(tmp_path / "index.sqlite", folder, lambda _: None)
        builder.keep_atlas(parts)
        builder.close()
        read: list[str] = []

        def rows(index: Index, path: str, shown: Callable[[str], str]) -> FileRows:
            read.append(shown(path))
            return file_rows(index, path, shown)

        monkeypatch.setattr(atlas_keeper, "file_rows", rows)
        made.gatherer.open_folders([folder])
        made.write({"shop/prices.py": f"{PRICES}\n\ndef newest(basket):\n    return basket\n"})
        assert set(read) == ({*FILES} if is_damaged else {"shop/prices.py"})
        found = await passages(made, made.task("shop/cart.py", "from .prices import newest\n\nnewest(<|>\n"))
        assert any("def newest(basket)" in text for _, text in found)
