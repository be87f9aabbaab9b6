"""What a text that is opened sets going."""

from __future__ import annotations

from tests.lsp.editor import editor


async def test_a_language_without_a_grammar_is_announced_once() -> None:
    async with editor() as client:
        client.open("IDENTIFICATION DIVISION.\n", "file:///work/a.cob", "cobol")
        client.open("PROGRAM-ID. B.\n", "file:///work/b.cob", "cobol")
        client.open("x = 1\n")
        await client.wait_for_method("window/logMessage")
        await client.request("monkeyCoder/none")
        (message,) = client.sent("window/logMessage")
        assert "cobol" in message["params"]["message"]
        assert "plain text" in message["params"]["message"]
