"""Explain and review: Markdown, shown in the best way each editor has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.lsp.editor import URI, Editor, Json, editor
from tests.scripted import ScriptedModel

from monkey_coder.core.model import Finished, FinishReason, TextDelta, Warned
from monkey_coder.features.documents import path_of

MARKDOWN = "# What it does\n\nIt prints.\n"


def model() -> ScriptedModel:
    words = [TextDelta(piece) for piece in MARKDOWN.splitlines(keepends=True)]
    return ScriptedModel(
        [(*words, Warned("a setting was ignored"), Finished(FinishReason.STOP, "scripted/one"))]
    )


async def ask(client: Editor, name: str = "explain", **more: Any) -> Json:
    client.open("print(1)\n")
    params = {"command": f"monkeyCoder.{name}", "arguments": [{"uri": URI}], **more}
    result: Json = (await client.request("workspace/executeCommand", params))["result"]
    return result


@pytest.mark.parametrize("name", ["explain", "review"])
async def test_a_plain_client_gets_a_message_and_the_markdown_as_the_result(name: str) -> None:
    async with editor(model()) as client:
        result = await ask(client, name)
        assert (result["status"], result["markdown"], result["model"]) == ("done", MARKDOWN, "scripted/one")
        shown = [message["params"]["message"] for message in client.sent("window/showMessage")]
        warning, answer = shown
        first, _, rest = answer.partition("\n\n")
        assert (warning, rest) == ("a setting was ignored", MARKDOWN.strip())
        file = client.session.scratch_folder() / f"{name}-example.md"
        assert first.endswith(f": the whole answer is in {file} ")
        assert file.read_text(encoding="utf-8") == MARKDOWN


async def test_a_client_that_shows_documents_is_shown_one_that_is_gone_with_the_session() -> None:
    async with editor(model(), capabilities={"window": {"showDocument": {"support": True}}}) as client:
        seen: list[str] = []

        def show(params: Json) -> Json:
            file = Path(path_of(params["uri"]) or "")
            assert file.name == "explain-example.md"
            seen.append(file.read_text(encoding="utf-8"))
            return {"success": True}

        client.answers["window/showDocument"] = show
        await ask(client)
        assert seen == [MARKDOWN]
        folder = client.session.scratch_folder()
        await client.session.end()
        assert not folder.exists()


async def test_a_client_that_does_not_show_it_after_all_gets_the_message() -> None:
    async with editor(model(), capabilities={"window": {"showDocument": {"support": True}}}) as client:
        client.answers["window/showDocument"] = lambda _: {"success": False}
        await ask(client)
        assert client.sent("window/showMessage")[-1]["params"]["message"].endswith("\n\n" + MARKDOWN.strip())


async def test_a_client_that_shows_answers_itself_gets_them_as_they_stream() -> None:
    capabilities = {"experimental": {"monkeyCoder": {"answers": True}}}
    async with editor(model(), capabilities=capabilities) as client:
        await ask(client, workDoneToken=5)
        reports = [message["params"] for message in client.sent("$/progress")]
        assert {report["token"] for report in reports} == {5}
        assert reports[-2]["value"]["answer"] == MARKDOWN
        assert reports[-1]["value"]["kind"] == "end"
        assert len(client.sent("window/showMessage")) == 1
