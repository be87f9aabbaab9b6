"""Other ways to write a function, in the editor: side by side, each to be accepted."""

from __future__ import annotations

from typing import Any

import pytest
from tests.features.test_alternatives import CODE
from tests.lsp.editor import URI, editor
from tests.lsp.test_edit_session import PLAIN, PREVIEW, applies, command, messages
from tests.scripted import ScriptedModel

AT = {"start": {"line": 8, "character": 4}, "end": {"line": 8, "character": 4}}


async def test_accepting_one_ends_the_others() -> None:
    async with editor(ScriptedModel([], name="offline"), capabilities=PREVIEW) as client:
        applies(client)
        client.open(CODE)
        result = await command(client, "alternatives", uri=URI, version=1, range=AT)
        given = result["alternatives"]
        assert result["status"] == "done"
        assert len(given) >= 2
        assert {one["model"] for one in given} == {"structure"}
        assert all(one["tradeOff"].endswith("changed") for one in given)
        assert all(one["verified"] == [] for one in given)  # Nothing is run where nobody trusts.
        assert "```diff" in result["markdown"]
        taken = await command(client, "accept", session=given[0]["session"])
        assert taken["status"] == "done"
        assert client.text() != CODE
        late = await command(client, "accept", session=given[1]["session"])
        assert late["status"] == "failed"
        assert not len(client.session.edits)


async def test_a_plain_client_is_shown_a_document_and_nothing_stays_open() -> None:
    async with editor(ScriptedModel([], name="offline"), capabilities=PLAIN) as client:
        client.open(CODE)
        result = await command(client, "alternatives", uri=URI, range=AT)
        assert "alternatives" not in result
        assert any("Other ways to write `doubled`" in message for message in messages(client))
        assert not len(client.session.edits)


@pytest.mark.parametrize(
    ("code", "status"), [("x = 1\n" * 6, "failed"), ("def f():\n    a = 1\n    return a\n\n\n", "unchanged")]
)
async def test_where_there_is_no_other_way_it_is_said(code: str, status: str) -> None:
    async with editor(ScriptedModel([], name="offline"), capabilities=PLAIN) as client:
        client.open(code)
        place: dict[str, Any] = {"line": 1, "character": 2}
        result = await command(client, "alternatives", uri=URI, range={"start": place, "end": place})
        assert result["status"] == status
        assert messages(client)


async def test_the_menu_offers_it_in_a_function() -> None:
    async with editor(ScriptedModel([])) as client:
        for code, is_offered in ((CODE, True), ("x = 1\n", False)):
            client.open(code)
            params = {
                "textDocument": {"uri": URI},
                "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}},
                "context": {"diagnostics": []},
            }
            titles = [
                one["title"] for one in (await client.request("textDocument/codeAction", params))["result"]
            ]
            assert ("Monkey Coder: Suggest alternatives" in titles) == is_offered
