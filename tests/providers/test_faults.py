"""What vendors' refusals mean. The bodies are in the shapes that each vendor really sends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from monkey_coder.core.errors import ProviderFault as Fault
from monkey_coder.providers.faults import classify, presentable, read_error, refusal, retry_after

GOOGLE_QUOTA = (
    '{"error": {"status": "RESOURCE_EXHAUSTED", "message": "You exceeded your current quota.",'
    ' "details": [{"quotaId": "%s"}, {"retryDelay": "34s"}]}}'
)
CASES = [
    (
        401,
        '{"error": {"message": "Incorrect API key provided: sk-x", "code": "invalid_api_key"}}',
        "AUTHENTICATION",
    ),
    (401, '{"detail": "Invalid API Key"}', "AUTHENTICATION"),
    (
        400,
        '{"code": "Client specified an invalid argument", "error": "Incorrect API key provided: xa***j."}',
        "AUTHENTICATION",
    ),
    (
        400,
        '{"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}}',
        "AUTHENTICATION",
    ),
    (402, '{"error": {"message": "Insufficient Balance"}}', "QUOTA_SPENT"),
    (
        429,
        '{"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}',
        "QUOTA_SPENT",
    ),
    (429, '"Too many tokens for team 0 and model grok. Your rate limit is: 65605/16000."', "RATE_LIMITED"),
    (
        429,
        '{"error": {"message": "Rate limit reached. See settings/billing", "type": "tokens"}}',
        "RATE_LIMITED",
    ),
    (
        413,
        '{"error": {"message": "Request too large: Limit 6000", "code": "rate_limit_exceeded"}}',
        "INVALID_REQUEST",
    ),
    (400, '{"error": {"message": "too long", "code": "context_length_exceeded"}}', "CONTEXT_TOO_LONG"),
    (
        400,
        '{"error": {"message": "prompt too long; exceeded max context length by 9 tokens"}}',
        "CONTEXT_TOO_LONG",
    ),
    (
        400,
        '{"message": "This model\'s maximum context length is 4096 tokens.", "code": 400}',
        "CONTEXT_TOO_LONG",
    ),
    (404, '{"error": "model \'llama9\' not found"}', "MODEL_NOT_FOUND"),
    (
        400,
        '{"error": {"message": "The requested model does not exist", "code": "model_not_found"}}',
        "MODEL_NOT_FOUND",
    ),
    (404, "404 page not found", "INVALID_REQUEST"),
    (403, '{"error": {"message": "Project has no access"}}', "PERMISSION"),
    (400, '{"error": {"message": "filtered", "code": "content_filter"}}', "CONTENT_REFUSED"),
    (422, '{"detail": [{"loc": ["body", "messages"], "msg": "Field required"}]}', "INVALID_REQUEST"),
    (500, "", "OVERLOADED"),
    (502, "<html><body>Bad gateway", "OVERLOADED"),
    (529, "[", "OVERLOADED"),
    (504, "", "TIMEOUT"),
    (None, '{"error": {"message": "x", "code": "rate_limit_exceeded"}}', "RATE_LIMITED"),
    (None, '{"error": {"message": "x", "type": "server_error"}}', "OVERLOADED"),
    (
        404,
        '{"type": "error", "error": {"type": "not_found_error", "message": "model: x"}}',
        "MODEL_NOT_FOUND",
    ),
    (
        404,
        '{"error": {"code": 404, "message": "models/x is not found for API version v1"}}',
        "MODEL_NOT_FOUND",
    ),
    (400, '{"error": {"message": "Your credit balance is too low to access the API."}}', "QUOTA_SPENT"),
    (402, '{"error": {"type": "billing_error", "message": "x"}}', "QUOTA_SPENT"),
    (429, GOOGLE_QUOTA % "RequestsPerMinutePerProject", "RATE_LIMITED"),
    (429, GOOGLE_QUOTA % "RequestsPerDayPerProject", "QUOTA_SPENT"),
    (None, '{"type": "error", "error": {"type": "overloaded_error", "message": "x"}}', "OVERLOADED"),
    (None, '{"error": {"message": "Token limit reached", "code": 400}}', "INVALID_REQUEST"),
]


@pytest.mark.parametrize(("status", "body", "fault"), CASES)
def test_a_refusal_is_understood(status: int | None, body: str, fault: str) -> None:
    assert classify(status, read_error(body.encode())) is Fault[fault]


def test_the_message_says_who_what_and_what_to_do_and_holds_no_key() -> None:
    body = read_error('{"error": {"message": "Incorrect API key provided: sk-proj-abcdefgh1234"}}')
    message = str(refusal(401, body, provider="openai", model="gpt-6-luna"))
    assert message.startswith("openai (gpt-6-luna): the key was refused (401). Check the key")
    assert "abcdefgh" not in message


def test_a_vendor_that_quotes_the_prompt_is_not_quoted() -> None:
    prompt = "def secret_business(client): return client.balance * 2"
    body = read_error({"error": {"message": f"cannot parse: {prompt}"}})
    assert "secret_business" not in str(refusal(400, body, provider="p", model="m", prompt=[prompt]))
    assert "cannot parse" in str(refusal(400, body, provider="p", model="m"))


def test_a_wrong_address_is_told_from_a_missing_model() -> None:
    error = refusal(404, read_error("not here"), provider="p", model="m")
    assert "usually ends in /v1" in str(error)


def test_what_is_shown_is_one_short_line() -> None:
    assert presentable("a\x1b[31m\nb\u202e  c") == "a [31m b c"
    assert presentable("Bearer abcdef and gsk_abcdefghijkl") == "[key] and [key]"
    assert len(presentable("x" * 5000)) == 300


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "2"}, 2.0),
        ({"retry-after-ms": "300", "retry-after": "9"}, 0.3),
        ({}, None),
        *(({"retry-after": nonsense}, None) for nonsense in ("soon", "-5", "NaN", "1e99", "")),
    ],
)
def test_how_long_to_wait_is_read(headers: dict[str, str], wait: float | None) -> None:
    assert retry_after(headers) == wait


def test_a_date_to_wait_for_is_read() -> None:
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert retry_after({"retry-after": then}) == pytest.approx(60, abs=5)


@pytest.mark.parametrize(
    ("body", "wait"),
    [
        ('{"error": {"message": "busy", "details": [{"retryDelay": "34.4s"}]}}', 34.4),
        ('{"error": {"message": "Rate limit reached. Please try again in 1.984s."}}', 1.984),
        ('{"error": {"message": "Please try again in 20ms."}}', 0.02),
        ('{"error": {"message": "Please try again in 2m."}}', 120.0),
        ('{"error": {"message": "Please try again in a while."}}', None),
    ],
)
def test_how_long_to_wait_is_read_from_the_body_where_no_header_says_it(
    body: str, wait: float | None
) -> None:
    error = read_error(body)
    assert retry_after({}, error) == wait
    assert retry_after({"retry-after": "7"}, error) == 7.0


def test_the_headers_that_tell_the_limits_are_kept() -> None:
    headers = {
        "X-RateLimit-Remaining-Tokens": "0",
        "anthropic-ratelimit-requests-reset": "2026-01-01T00:00:00Z",
        "set-cookie": "x",
    }
    error = refusal(429, read_error("{}"), provider="p", model="m", headers=headers)
    assert error.limits == {
        "x-ratelimit-remaining-tokens": "0",
        "anthropic-ratelimit-requests-reset": "2026-01-01T00:00:00Z",
    }
