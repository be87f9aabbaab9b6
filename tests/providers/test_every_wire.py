"""What holds for an answer whichever wire it comes by."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace

import pytest
from tests.providers.asking import KEY, REQUEST, ask, ask_once, endpoint, failure_of
from tests.providers.loopback import Reply, serving
from tests.providers.wires import WIRES, Wire, json_reply

from monkey_coder.core.endpoint import WIRES as NAMES
from monkey_coder.core.errors import ConfigError, InputError, ProviderFault
from monkey_coder.core.model import FinishReason, Request, TextDelta
from monkey_coder.providers.build import model_at

every_wire = pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.name)


def test_every_wire_is_tried_here() -> None:
    assert [wire.name for wire in WIRES] == list(NAMES)


@every_wire
@pytest.mark.parametrize("size", [1, 7, 100_000])
async def test_an_answer_does_not_depend_on_how_its_bytes_are_cut(wire: Wire, size: int) -> None:
    pieces = [wire.whole[at : at + size] for at in range(0, len(wire.whole), size)]
    async with serving(Reply(pieces)) as server:
        answer = await ask_once(server.url, wire=wire.name)
    assert answer.text == "hello"
    assert answer.finished is not None
    assert answer.finished.reason is FinishReason.STOP


@every_wire
async def test_an_answer_in_one_piece_is_asked_for_and_read(wire: Wire) -> None:
    async with serving(json_reply(wire.not_streamed)) as server:
        answer = await ask_once(server.url, is_streamed=False, wire=wire.name)
        asked = server.asked[0]
    assert answer.text == "hello"
    assert not (asked.body.get("stream") or "stream" in asked.path)


@every_wire
async def test_an_answer_in_one_piece_is_read_where_a_stream_was_asked_for(wire: Wire) -> None:
    async with serving(json_reply(wire.not_streamed)) as server:
        answer = await ask_once(server.url, wire=wire.name)
        asked = server.asked[0]
    assert answer.text == "hello"
    assert asked.body.get("stream") or "stream" in asked.path


@every_wire
@pytest.mark.parametrize("ends", ["whole", "cut"])
async def test_an_answer_without_its_end_is_truncated(wire: Wire, ends: str) -> None:
    async with serving(Reply([wire.unfinished], ends=ends)) as server:
        error = await failure_of(server.url, wire=wire.name)
    assert error.fault is ProviderFault.TRUNCATED


@every_wire
async def test_what_follows_the_finish_is_no_part_of_the_answer(wire: Wire) -> None:
    whole = wire.whole.removesuffix(b"data: [DONE]\n\n")
    body = whole if wire.name == "ollama" else whole + b"\n\n".join(whole.split(b"\n\n")[-2:])
    async with serving(Reply([body, b"data: garbage {{{\n\n"])) as server:
        answer = await ask_once(server.url, wire=wire.name)
    assert answer.text == "hello"
    assert answer.finished is not None


@every_wire
async def test_what_came_before_the_loss_is_not_lost(wire: Wire) -> None:
    async with serving(Reply([wire.unfinished], ends="cut")) as server:
        model = model_at(endpoint(server.url, wire=wire.name))
        texts = []
        with pytest.raises(Exception, match="ask again"):
            async with aclosing(model.stream(REQUEST)) as stream:  # type: ignore[type-var]
                async for event in stream:
                    texts += [event.text] if isinstance(event, TextDelta) else []
        await model.close()
    assert "".join(texts) == "hel"


@every_wire
async def test_silence_inside_an_answer_is_a_timeout(wire: Wire) -> None:
    async with serving(Reply([wire.unfinished], ends="open")) as server:
        error = await failure_of(server.url, wire=wire.name, stall_s=0.2)
    assert error.fault is ProviderFault.TIMEOUT


@every_wire
async def test_a_damaged_answer_is_malformed(wire: Wire) -> None:
    async with serving(Reply([wire.damaged])) as server:
        error = await failure_of(server.url, wire=wire.name)
    assert error.fault is ProviderFault.MALFORMED


@every_wire
@pytest.mark.parametrize("body", [b"", b"<html><body>Sign in</body></html>", b"[1, 2]"])
async def test_what_is_no_answer_is_malformed(wire: Wire, body: bytes) -> None:
    async with serving(Reply([body] if body else [])) as server:
        error = await failure_of(server.url, wire=wire.name)
    assert error.fault is ProviderFault.MALFORMED


@every_wire
async def test_a_call_cut_off_by_the_limit_is_never_given(wire: Wire) -> None:
    async with serving(Reply([wire.cut_call])) as server:
        answer = await ask_once(server.url, wire=wire.name)
    assert answer.calls == []
    assert answer.finished is not None
    assert answer.finished.reason is FinishReason.LENGTH
    assert "the tool was not run" in answer.warnings[0]


@every_wire
async def test_a_call_that_is_none_is_malformed(wire: Wire) -> None:
    async with serving(Reply([wire.broken_call])) as server:
        error = await failure_of(server.url, wire=wire.name)
    assert error.fault is ProviderFault.MALFORMED


@every_wire
async def test_a_failure_told_inside_the_stream_is_one(wire: Wire) -> None:
    async with serving(Reply([wire.error_in_stream])) as server:
        error = await failure_of(server.url, wire=wire.name)
    assert error.fault is ProviderFault.OVERLOADED


@every_wire
@pytest.mark.parametrize(
    ("status", "fault"),
    [
        (401, ProviderFault.AUTHENTICATION),
        (403, ProviderFault.PERMISSION),
        (429, ProviderFault.RATE_LIMITED),
        (500, ProviderFault.OVERLOADED),
        (529, ProviderFault.OVERLOADED),
    ],
)
async def test_a_bad_status_is_told_once_with_what_the_vendor_says(
    wire: Wire, status: int, fault: ProviderFault
) -> None:
    headers = {"content-type": "application/json", "retry-after": "3", "x-ratelimit-remaining-requests": "0"}
    body = b'{"type": "error", "error": {"type": "some", "message": "in its own words", "status": "SOME"}}'
    async with serving(Reply([body], status, headers)) as server:
        error = await failure_of(server.url, wire=wire.name)
        n_asked = len(server.asked)
    assert error.fault is fault
    assert n_asked == 1
    assert (error.retry_after_s, error.limits) == (3.0, {"x-ratelimit-remaining-requests": "0"})
    assert status == 401 or "in its own words" in str(error)


@every_wire
@pytest.mark.parametrize("status", [302, 307, 308])
async def test_a_redirect_is_refused_and_no_key_follows_it(wire: Wire, status: int) -> None:
    async with serving(Reply([wire.whole])) as other:
        elsewhere = {"location": f"http://localhost:{other.port}/v1/elsewhere"}
        async with serving(Reply([], status, elsewhere)) as server:
            error = await failure_of(server.url, wire=wire.name)
            sent = server.asked[0].headers
        assert other.asked == []
    assert "redirected elsewhere" in str(error)
    assert KEY in " ".join(sent.values())


@every_wire
async def test_without_a_key_none_is_sent(wire: Wire) -> None:
    async with serving(Reply([wire.whole])) as server:
        await ask_once(server.url, wire=wire.name, api_key=None)
        sent = server.asked[0].headers
    assert not {"authorization", "x-api-key", "x-goog-api-key"} & set(sent)


@every_wire
async def test_a_server_that_is_not_the_vendors_is_told_no_more_than_it_needs(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-secret")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "token-secret")
    monkeypatch.setenv("GOOGLE_API_KEY", "google-secret")
    async with serving(Reply([wire.whole])) as server:
        await ask_once(server.url, wire=wire.name)
        sent = server.asked[0].headers
    assert not [name for name in sent if name.startswith("x-stainless") and not name.endswith("raw-response")]
    assert "secret" not in " ".join(sent.values())


@every_wire
async def test_connections_are_used_again(wire: Wire) -> None:
    async with serving(Reply([wire.whole])) as server:
        model = model_at(endpoint(server.url, wire=wire.name))
        for _ in range(3):
            await ask(model)
        await model.close()
        connections = {asked.connection for asked in server.asked}
    assert len(connections) == 1


@every_wire
async def test_giving_up_closes_the_socket(wire: Wire) -> None:
    async with serving(Reply([wire.unfinished], ends="open")) as server:
        model = model_at(endpoint(server.url, wire=wire.name, stall_s=30))
        async with aclosing(model.stream(REQUEST)) as stream:  # type: ignore[type-var]
            async for event in stream:
                if isinstance(event, TextDelta):
                    break
        async with asyncio.timeout(1):
            await server.gone.wait()
        await model.close()


@every_wire
async def test_a_key_in_the_answer_is_not_shown(wire: Wire) -> None:
    async with serving(Reply([wire.whole.replace(b'"hel"', b'"%s hel"' % KEY.encode())])) as server:
        answer = await ask_once(server.url, wire=wire.name)
    assert answer.text == "[key] hello"


@every_wire
async def test_what_is_not_counted_is_estimated_and_marked(wire: Wire) -> None:
    body = wire.whole
    for word in (b"input_tokens", b"promptTokenCount", b"prompt_tokens", b"eval_count"):
        body = body.replace(word, b"nothing")
    async with serving(Reply([body])) as server:
        answer = await ask_once(server.url, wire=wire.name)
    assert answer.usage is not None
    assert answer.usage.is_estimate
    assert answer.usage.output_tokens == 1


@every_wire
@pytest.mark.parametrize("number", [-5, 0, 10**12, "many"])
async def test_an_absurd_count_is_not_believed(wire: Wire, number: object) -> None:
    body = wire.not_streamed
    if wire.name in ("openai-chat", "ollama"):
        usage = {"prompt_tokens": number, "completion_tokens": number}
        body = {**body, "usage": usage, "eval_count": number}
    elif wire.name == "google":
        body = {**body, "usageMetadata": {"promptTokenCount": number, "candidatesTokenCount": number}}
    else:
        body = {**body, "usage": {"input_tokens": number, "output_tokens": number}}
    async with serving(json_reply(body)) as server:
        answer = await ask_once(server.url, wire=wire.name)
    assert answer.usage is not None
    assert answer.usage.is_estimate


@every_wire
async def test_a_request_without_messages_is_refused(wire: Wire) -> None:
    with pytest.raises(InputError):
        await ask_once("http://127.0.0.1:9/v1", Request(REQUEST.task), wire=wire.name)


@every_wire
async def test_a_key_never_travels_unencrypted_to_another_machine(wire: Wire) -> None:
    with pytest.raises(ConfigError, match="https"):
        await ask_once("http://models.invalid/v1", wire=wire.name)


@every_wire
async def test_nothing_is_asked_where_a_cloud_keeps_credentials(wire: Wire) -> None:
    for host in ("169.254.169.254", "0xa9fea9fe", "metadata.google.internal"):
        with pytest.raises(ConfigError, match="no model is asked"):
            await ask_once(f"http://{host}/v1", wire=wire.name)


async def test_a_wire_that_nobody_speaks_is_refused() -> None:
    with pytest.raises(ConfigError, match="one of openai-chat"):
        model_at(replace(endpoint("http://127.0.0.1:9"), wire="telegraph"))
