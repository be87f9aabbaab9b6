"""The public face: the page's own example, what it yields, what it raises."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import pytest
from tests.providers.loopback import Reply, said, serving

import monkey_coder
from monkey_coder.app import usage_file
from monkey_coder.features.usage_report import By, Form, Query, usage_report

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "sdk.md").read_text(encoding="utf-8")
EXAMPLE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0]
BUSY = Reply([b'{"error": {"message": "no such key"}}'], 401, {"content-type": "application/json"})


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MONKEY_CODER_HOME", str(tmp_path))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    return tmp_path


def use(home: Path, url: str) -> None:
    (home / "config").mkdir()
    (home / "config" / "config.toml").write_text(f'[providers.mine]\nbase_url = "{url}"\nmodel = "m"\n')


async def test_the_pages_example_prints_the_answer(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [line for line in EXAMPLE.splitlines() if line.strip()]
    code = EXAMPLE.replace("anthropic/claude-opus-5-5", "mine/m").replace("asyncio.run(main())", "")
    assert len(lines) <= 8, "five lines and their frame"
    async with serving(said("hi there")) as server:
        use(home, server.url)
        names: dict[str, object] = {}
        exec(code, names)
        await names["main"]()  # type: ignore[operator]
        assert server.asked[0].body["messages"] == [{"role": "user", "content": "Say hi"}]
    assert capsys.readouterr().out == "hi there"


async def test_a_whole_answer_has_everything(home: Path) -> None:
    usage = {"usage": {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}}
    async with serving(said("hi", **usage)) as server:
        use(home, server.url)
        async with monkey_coder.Client() as client:
            answer = await client.ask("x", system="be brief", max_tokens=5, temperature=0)
            again = await client.ask("x", system="be brief", max_tokens=5, temperature=0)
            assert client.health[0].n_calls == 1
        assert (answer.text, answer.model, answer.reason) == ("hi", "mine/m", "stop")
        assert answer.usage is not None
        assert (answer.usage.input_tokens, answer.usage.output_tokens) == (7, 2)
        assert again.text == "hi"
        assert len(server.asked) == 1
        body = server.asked[0].body
        assert [message["role"] for message in body["messages"]] == ["system", "user"]
        assert body["temperature"] == 0
    report = await usage_report(usage_file(), Query(By.FEATURE), Form.CSV)
    assert "chat,1,7,2" in report


async def test_a_refusal_says_what_to_do(home: Path) -> None:
    async with serving(BUSY) as server:
        use(home, server.url)
        with pytest.raises(monkey_coder.ProviderError) as caught:
            await monkey_coder.ask("mine/m", "x")
    assert caught.value.fault is monkey_coder.ProviderFault.AUTHENTICATION


async def test_leaving_early_closes_the_connection(home: Path) -> None:
    endless = Reply(said("hi").pieces[:1], ends="open")
    async with serving(endless) as server:
        use(home, server.url)
        async with contextlib.aclosing(monkey_coder.stream("mine/m", "x")) as events:
            async for _ in events:
                break
        await server.gone.wait()


async def test_what_cannot_be_asked_is_refused(home: Path) -> None:
    with pytest.raises(monkey_coder.ConfigError, match="No language model is configured"):
        await monkey_coder.ask("", "x")
    with pytest.raises(monkey_coder.ConfigError, match="needs a key"):
        await monkey_coder.ask("openai", "x")
    with pytest.raises(monkey_coder.InputError, match="open the client first"):
        await monkey_coder.Client("openai").ask("x")
    use(home, "http://127.0.0.1:1/v1")
    with pytest.raises(monkey_coder.InputError, match="no message"):
        await monkey_coder.ask("mine/m", [])
