"""`monkeyCoder/health` tells what the breakers of this very session have seen."""

from __future__ import annotations

from tests.lsp.editor import editor

from monkey_coder.app import Health
from monkey_coder.providers.breaking import State

HEALTH = Health("openai", "gpt-6-luna", State.OPEN, 4, 0.75, 0.5, 1.5, "overloaded", 9.5)


async def test_each_model_is_told_with_its_state() -> None:
    async with editor() as ed:
        answer = (await ed.request("monkeyCoder/health", {}))["result"]
        assert answer["models"] == []
        assert answer["answers"] == answer["completes"]
        ed.apps[-1].models = (HEALTH,)
        (model,) = (await ed.request("monkeyCoder/health", None))["result"]["models"]
        assert model == {
            "provider": "openai",
            "model": "gpt-6-luna",
            "state": "open",
            "calls": 4,
            "errorRate": 0.75,
            "firstSeconds": 0.5,
            "slowestFirstSeconds": 1.5,
            "lastFault": "overloaded",
            "opensForSeconds": 9.5,
        }
