"""The settings' provider is the one that is asked, in its own wire."""

from __future__ import annotations

from pathlib import Path

import pytest

from monkey_coder import app
from monkey_coder.config.vendors import VENDORS


@pytest.mark.parametrize(
    ("variable", "adapter"),
    [
        ("OPENAI_API_KEY", "OpenAIChat"),
        ("ANTHROPIC_API_KEY", "AnthropicMessages"),
        ("GEMINI_API_KEY", "GoogleGemini"),
    ],
)
async def test_a_key_in_the_environment_is_answered_by_its_vendors_adapter(
    variable: str, adapter: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for vendor in VENDORS.values():
        for name in vendor.key_envs:
            monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MONKEY_CODER_HOME", str(tmp_path))
    monkeypatch.setenv(variable, "key-0123456789")
    built = app.build([])
    try:
        assert built.warnings == ()
        assert built._models is not None
        assert {type(wire).__name__ for wire in built._models._wires._adapters.values()} == {adapter}
    finally:
        await built.aclose()
