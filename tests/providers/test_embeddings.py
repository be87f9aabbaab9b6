"""Texts as vectors, and how many tokens a request has, as each provider tells it."""

from __future__ import annotations

import base64
import struct
from typing import Any

import pytest
from tests.providers.asking import REQUEST, endpoint
from tests.providers.loopback import Reply, serving
from tests.providers.wires import json_reply

from monkey_coder.core.embedder import Embedder, Embeddings, EmbedKind
from monkey_coder.core.errors import ConfigError, ProviderError, ProviderFault
from monkey_coder.providers.build import embedder_at
from monkey_coder.providers.count_tokens import TokenCounter

PACKED = base64.b64encode(struct.pack("<2f", 0.5, -1.0)).decode()


async def embedded(
    reply: Reply, wire: str, texts: list[str], *, dimensions: int | None = None
) -> tuple[Embeddings, list[Any]]:
    async with serving(reply) as server:
        embedder = embedder_at(endpoint(server.url, wire=wire, model="e"), dimensions=dimensions)
        as_protocol: Embedder = embedder
        try:
            return await as_protocol.embed(texts, EmbedKind.QUERY), server.asked
        finally:
            await embedder.close()


@pytest.mark.parametrize(
    ("wire", "body", "n_tokens"),
    [
        (
            "openai-chat",
            {
                "data": [{"index": 1, "embedding": PACKED}, {"index": 0, "embedding": [1, 2]}],
                "usage": {"prompt_tokens": 4},
            },
            4,
        ),
        ("google", {"embeddings": [{"values": [1, 2]}, {"values": [0.5, -1.0]}]}, None),
        ("ollama", {"embeddings": [[1, 2], [0.5, -1.0]], "prompt_eval_count": 4}, 4),
    ],
)
async def test_a_vector_comes_for_each_text_in_their_order(
    wire: str, body: dict[str, Any], n_tokens: int | None
) -> None:
    found, _ = await embedded(json_reply(body), wire, ["a", "b"])
    assert found == Embeddings(((1.0, 2.0), (0.5, -1.0)), "e", n_tokens)


async def test_what_is_asked_says_what_it_is_for_and_how_long_vectors_may_be() -> None:
    reply = json_reply({"embeddings": [{"values": [1]}]})
    _, asked = await embedded(reply, "google", ["a"], dimensions=1)
    request = asked[0].body["requests"][0]
    assert asked[0].path == "/v1/models/e:batchEmbedContents"
    assert (request["taskType"], request["outputDimensionality"]) == ("RETRIEVAL_QUERY", 1)
    assert request["content"]["parts"] == [{"text": "a"}]


async def test_many_texts_are_sent_in_batches() -> None:
    reply = json_reply({"data": [{"index": at, "embedding": [at]} for at in range(100)], "usage": {}})
    found, asked = await embedded(reply, "openai-chat", [str(at) for at in range(200)])
    assert [len(one.body["input"]) for one in asked] == [100, 100]
    assert len(found.vectors) == 200


@pytest.mark.parametrize(
    "body", [{}, {"data": []}, {"data": [{"embedding": []}]}, {"data": [{"embedding": "!"}]}, {"data": 7}]
)
async def test_an_answer_without_vectors_is_malformed(body: dict[str, Any]) -> None:
    with pytest.raises(ProviderError) as caught:
        await embedded(json_reply(body), "openai-chat", ["a"])
    assert caught.value.fault is ProviderFault.MALFORMED


@pytest.mark.parametrize("wire", ["openai-chat", "google", "ollama"])
async def test_a_refusal_is_told_as_one(wire: str) -> None:
    body = {"error": {"message": "model e does not exist", "code": "model_not_found", "status": "NOT_FOUND"}}
    with pytest.raises(ProviderError) as caught:
        await embedded(json_reply(body, 404), wire, ["a"])
    assert caught.value.fault is ProviderFault.MODEL_NOT_FOUND


def test_a_provider_without_embeddings_says_so() -> None:
    with pytest.raises(ConfigError, match="no embeddings"):
        embedder_at(endpoint("http://127.0.0.1:9", wire="anthropic"))


@pytest.mark.parametrize(
    ("wire", "path", "body"),
    [
        ("anthropic", "/v1/messages/count_tokens", {"input_tokens": 12}),
        ("google", "/v1/models/m:countTokens", {"totalTokens": 12}),
        ("openai-responses", "/v1/responses/input_tokens", {"input_tokens": 12}),
    ],
)
async def test_a_provider_counts_the_tokens_of_a_request(wire: str, path: str, body: dict[str, Any]) -> None:
    async with serving(json_reply(body)) as server:
        counter = TokenCounter(endpoint(server.url, wire=wire))
        assert await counter.count(REQUEST) == 12
        await counter.close()
        asked = server.asked[0]
    assert asked.path == path
    assert REQUEST.messages[0].content in str(asked.body)


async def test_an_answer_without_a_number_is_malformed() -> None:
    async with serving(json_reply({"input_tokens": "many"})) as server:
        counter = TokenCounter(endpoint(server.url, wire="anthropic"))
        with pytest.raises(ProviderError) as caught:
            await counter.count(REQUEST)
        await counter.close()
    assert caught.value.fault is ProviderFault.MALFORMED


def test_a_provider_that_does_not_count_says_so() -> None:
    with pytest.raises(ConfigError, match="estimate"):
        TokenCounter(endpoint("http://127.0.0.1:9", wire="openai-chat"))
