"""Settings that the editor holds: asked for at the start, and whenever it says that they changed."""

from __future__ import annotations

import asyncio

from tests.lsp.editor import Editor, editor
from tests.scripted import ScriptedModel


async def test_settings_are_asked_for_and_used_each_time_they_change() -> None:
    held = {"limits": {"document": 5000}}
    async with editor(ScriptedModel([]), capabilities={"workspace": {"configuration": True}}) as client:
        client.answers["workspace/configuration"] = lambda _: [held]
        await changed(client)
        assert client.session.settings == {"limits": {"document": 5000}}
        held = {"limits": {"document": 6000}}
        await changed(client)
        assert client.session.settings == {"limits": {"document": 6000}}


async def changed(client: Editor) -> None:
    """Say that settings changed, and wait until the new ones are there."""
    before = client.session.settings
    client.notify("workspace/didChangeConfiguration", {"settings": None})
    async with asyncio.timeout(5):
        while client.session.settings is before:
            await asyncio.sleep(0.01)
