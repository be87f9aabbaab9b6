"""The language models as `app` builds them: all wrappers, over loopback, on real files."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests.providers.loopback import Reply, said, serving

from monkey_coder import app
from monkey_coder.config.settings import AnswerCache, Audit, Settings, Spending
from monkey_coder.core.documents import Document, Span
from monkey_coder.core.endpoint import Endpoint, Secret
from monkey_coder.core.errors import BudgetError, ConfigError, MonkeyCoderError, ProviderError
from monkey_coder.core.model import Event, Message, Model, Request, Task, TaskKind, TextDelta, Warned
from monkey_coder.usage.ledger import By, Ledger

USAGE = {"usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}}
BUSY = Reply([b'{"error": {"message": "busy"}}'], 503, {"content-type": "application/json"})
REQUEST = Request(
    Task(TaskKind.EXPLAIN, Document("file:///p/a.py", "python", 1, "x"), Span(0, 1)),
    (Message("user", "what is this?"),),
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MONKEY_CODER_HOME", str(tmp_path))
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "MONKEY_CODER_BASE_URL", "MONKEY_CODER_MODEL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def at(url: str, model: str = "gpt-6-luna", **changes: object) -> Endpoint:
    return replace(Endpoint("openai", url, model, Secret("sk-a-key-of-a-test")), **changes)  # type: ignore[arg-type]


@asynccontextmanager
async def models_of(settings: Settings) -> AsyncIterator[app.Models]:
    models = app.Models(settings)
    try:
        yield models
    finally:
        await models.aclose()


async def heard(model: Model, request: Request = REQUEST) -> tuple[str, list[str], MonkeyCoderError | None]:
    """Return the text, the warnings and the failure."""
    events: list[Event] = []
    error = None
    try:
        async with aclosing(model.stream(request)) as stream:
            events = [event async for event in stream]
    except MonkeyCoderError as failure:
        error = failure
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    return text, [event.message for event in events if isinstance(event, Warned)], error


async def test_every_attempt_is_booked_at_the_price_of_the_model(home: Path) -> None:
    async with serving(BUSY, said("hi", **USAGE)) as server, models_of(Settings(at(server.url))) as models:
        text, _, error = await heard(models.answering(at(server.url)))
        assert (text, error) == ("hi", None)
        (health,) = models.health()
        assert (health.model, health.n_calls, health.error_rate) == ("gpt-6-luna", 1, 0.0)
    ledger = Ledger(str(home / "data" / "usage.sqlite"), session="test")
    rows = await ledger.attempts()
    assert [row.outcome for row in rows] == ["overloaded", "stop"]
    assert [row.kind for row in rows] == ["explain", "explain"]
    assert rows[0].cost_usd == 0
    assert rows[1].cost_usd == pytest.approx(0.00015)  # 1,000 in at $0.1 and 100 out at $0.5 a million.
    (outcomes,) = await ledger.outcomes(since=rows[0].at.date())
    assert (outcomes.n_attempts, outcomes.n_failed, outcomes.last_outcome) == (2, 1, "stop")
    ledger.close()


async def test_a_retired_model_is_asked_by_its_successors_name_and_the_user_is_told_once() -> None:
    async with serving(said("hi")) as server:
        old = at(server.url, "o1-mini", temperature=0.5)
        async with models_of(Settings(old)) as models:
            model = models.answering(old)
            _, warnings, _ = await heard(model)
            assert "o1-mini was retired" in warnings[0]
            assert "takes no temperature" in warnings[1]
            assert (await heard(model))[1] == []
        body = server.asked[0].body
        assert body["model"].startswith("gpt-6")
        assert "temperature" not in body


async def test_who_the_user_named_stands_in_and_is_announced() -> None:
    async with serving(BUSY) as broken, serving(said("hi")) as healthy:
        second = Endpoint("mine", healthy.url, "m")
        settings = Settings(at(broken.url), fallbacks=(second,), has_chain=True)
        async with models_of(settings) as models:
            text, warnings, error = await heard(models.answering(at(broken.url)))
            assert (text, error) == ("hi", None)
            assert "Meanwhile mine/m answers" in warnings[0]
            # Ghost text is asked of nobody whom the user named for answers alone, and the
            # provider's chain of models is used at its own address only.
            assert isinstance((await heard(models.completing(at(broken.url))))[2], ProviderError)
        assert {asked.body["model"] for asked in broken.asked} == {"gpt-6-luna"}
        assert "authorization" not in healthy.asked[0].headers


async def test_a_budget_stops_before_anything_is_sent() -> None:
    async with serving(said("hi")) as server:
        settings = Settings(at(server.url), spending=Spending(request_usd=0.0000001))
        async with models_of(settings) as models:
            text, _, error = await heard(models.answering(at(server.url)))
        assert isinstance(error, BudgetError)
        assert "budget.request_usd" in str(error)
        assert (text, server.asked) == ("", [])


async def test_deterministic_answers_are_kept_unless_switched_off() -> None:
    for cache, n_asked in ((AnswerCache(), 1), (AnswerCache(answers=False), 3)):
        async with serving(said(f"hi{n_asked}")) as server:
            mine = Endpoint("mine", server.url, "m", temperature=0.0)
            async with models_of(Settings(mine, cache=cache)) as models:
                model = models.answering(mine)
                for _ in range(3):
                    assert (await heard(model))[0] == f"hi{n_asked}"
            assert len(server.asked) == n_asked


async def test_secrets_are_taken_out_and_rates_are_kept() -> None:
    secret = "ghp_" + "a8Kd93LmQ2xZ7RtY5uWvB4nC6pE1sF0gHjXk"
    request = replace(REQUEST, messages=(Message("user", f"token = '{secret}'"),))
    async with serving(said("hi")) as server:
        settings = Settings(at(server.url), rates={"openai": (0.5, None)})
        async with models_of(settings) as models:
            model = models.answering(at(server.url))
            assert (await heard(model, request))[0] == "hi"
            assert secret not in json.dumps(server.asked[0].body)
            _, _, error = await heard(model, request)
            assert "your own limit" in str(error)
        assert len(server.asked) == 1


async def test_each_attempt_is_noted_as_it_left_unless_it_stayed_here(home: Path) -> None:
    secret = "ghp_" + "a8Kd93LmQ2xZ7RtY5uWvB4nC6pE1sF0gHjXk"
    request = replace(REQUEST, messages=(Message("user", f"token = '{secret}'"),))
    async with serving(BUSY, said("hi")) as server, models_of(Settings(at(server.url))) as models:
        await heard(models.answering(at(server.url)), request)
    async with serving(said("hi")) as server:
        mine = Endpoint("ollama", server.url, "m")
        async with models_of(Settings(mine)) as models:
            await heard(models.answering(mine), request)
    noted = list(app.audit_log().read())
    assert [(sent.kind, sent.provider, sent.model, sent.redactions) for sent in noted] == [
        ("explain", "openai", "gpt-6-luna", 1)
    ] * 2
    async with serving(said("hi")) as server:
        settings = Settings(at(server.url), audit=Audit(log=False))
        async with models_of(settings) as models:
            await heard(models.answering(at(server.url)), request)
    assert len(list(app.audit_log().read())) == 2


def test_the_wrappers_stand_in_their_order() -> None:
    found: list[str] = []
    model: object = app.Models(Settings()).answering(at("http://127.0.0.1:1/v1"))
    while model is not None:
        found.append(type(model).__name__)
        candidates = getattr(model, "_candidates", ())
        model = (
            candidates[0].model if candidates else getattr(model, "_inner", getattr(model, "_model", None))
        )
    assert found == [
        *(
            "Withheld",
            "Cached",
            "Budgeted",
            "FallingBack",
            "_Suited",
            "Breaking",
            "Retrying",
            "Metered",
            "Redacted",
            "Audited",
        ),
        "OpenAIChat",
    ]


def test_only_models_later_in_the_chain_stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-a-key-of-a-test")

    def names(model: str, fallbacks: list[str] | None = None) -> list[str]:
        given: dict[str, object] = {"model": model}
        built = app.build([], overrides=given if fallbacks is None else given | {"fallbacks": fallbacks})
        built.close()
        inner = built.kit.model._usual._model._model._inner._inner  # type: ignore[attr-defined]
        return [candidate.model.name for candidate in inner._candidates]

    flagship, long_lived, small = "openai/gpt-6.1-sol", "openai/gpt-6.1-terra", "openai/gpt-6-luna"
    assert names("openai") == [flagship, long_lived, small]
    assert names("openai/gpt-6.1-terra") == [long_lived, small]
    assert names("openai/gpt-6-luna") == [small]
    assert names("openai/gpt-5") == ["openai/gpt-5", long_lived, small]
    assert names("openai", []) == [flagship]
    assert names("openai", ["ollama/qwen"]) == [flagship, "ollama/qwen"]
    assert names("openai", ["anthropic"]) == [flagship]  # There is no key for it.


def test_without_a_provider_no_file_is_made(home: Path) -> None:
    built = app.build([])
    assert built.health() == ()
    built.close()
    assert not (home / "data").exists()
    with pytest.raises(ConfigError, match="No language model is configured"):
        app.open_model("")


def test_nothing_heavy_is_loaded_before_the_first_request(tmp_path: Path) -> None:
    code = """
import os, sys
os.environ |= {"MONKEY_CODER_HOME": sys.argv[1], "OPENAI_API_KEY": "sk-a-key-of-a-test"}
from monkey_coder import app
built = app.build([], overrides={"budget": {"dayUsd": 5}})
assert built.kit.model.name == "openai/gpt-6.1-sol", built.warnings
heavy = ("apsw", "genai_prices", "splintr", "openai", "anthropic", "google", "httpx2", "keyring")
print([name for name in heavy if name in sys.modules])
built.close()
"""
    result = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True)
    assert result.stdout.strip() == "[]", result.stderr


async def test_the_ledger_sums_by_feature_and_project(home: Path) -> None:
    async with serving(said("hi", **USAGE)) as server, models_of(Settings(at(server.url))) as models:
        await heard(models.answering(at(server.url)))
        await heard(models.completing(at(server.url)))
    ledger = Ledger(str(home / "data" / "usage.sqlite"), session="test")
    (total,) = await ledger.totals(By.FEATURE)
    assert (total.key, total.n_attempts, total.input_tokens) == ("explain", 2, 2000)
    ledger.close()


def test_a_providers_embedder_sees_no_secret_and_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-a-key-of-a-test")
    built = app.build([], overrides={"memory": {"embedder": "openai/text-embedding-3-small"}})
    try:
        assert built.kit.memory is not None
        embedder: object = built.kit.memory._vectors.embedder  # type: ignore[attr-defined]
        found = []
        while embedder is not None:
            found.append(type(embedder).__name__)
            embedder = getattr(embedder, "_embedder", None)
        assert found == ["RedactedEmbedder", "AuditedEmbedder", "OpenAIEmbedder"]
    finally:
        built.close()
