"""What a vendor's refusal means, and what the user can do about it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from ..core.errors import ProviderError, ProviderFault

_CONTEXT = re.compile(
    r"context[_ ](length|window|size)|maximum context|(prompt|input|request) (is |was )?too long|n_ctx"
    r"|too many (input |prompt )?tokens"
    r"|exceeds? the (model'?s )?(maximum|available) (context|number of tokens)|reduce the length"
)
_QUOTA = re.compile(
    r"insufficient_quota|exceeded your current quota|spend(ing)?[_ ]limit|billing_(error|hard)"
    r"|insufficient (balance|credits?|funds)|credit balance is too low|out of credits?"
    r"|(monthly|daily) quota|perday"
    r"|used all available credits"
)
_BAD_KEY = re.compile(
    r"invalid_api_key|authentication|(incorrect|invalid|wrong|missing|no) api[ _-]?key"
    r"|api[ _-]?key (is )?(not valid|invalid)"
)
_NO_MODEL = re.compile(
    r"model_not_found|models?\b.{0,120}(not found|does not exist|not exist|deprecated)"
    r"|\bnot_found(_error)?\b"
    r"|unknown model|no such model",
    re.DOTALL,
)
_PER_MINUTE = re.compile(r"resource_exhausted(?!.*(perday|spend))", re.DOTALL)
_RETRY_IN = re.compile(r"(?:retrydelay\W+|(?:try again|retry) in )(\d+(?:\.\d+)?) ?(ms|s\b|sec|m\b)")
_LIMIT_HEADER = re.compile(r"(x-|anthropic-)?ratelimit-")
_REFUSED = re.compile(r"content_filter|content_policy|content management policy|content_policy_violation")
_KEY = re.compile(
    r"\b(?:sk|gsk|xai|pk|key|csk|AIza)[-_]?[\w*.-]{8,}|\*{3,}[\w-]*|Bearer\s+\S+", re.IGNORECASE
)

_ADVICE = {
    ProviderFault.RATE_LIMITED: "Wait a moment and ask again, or choose another model.",
    ProviderFault.QUOTA_SPENT: "Add credit at the provider, or choose another one.",
    ProviderFault.OVERLOADED: "The fault is on its side: try again shortly, or choose another model.",
    ProviderFault.AUTHENTICATION: "Check the key; `monkey-coder doctor` says where it is read from.",
    ProviderFault.PERMISSION: "Ask for access at the provider, or choose another model.",
    ProviderFault.MODEL_NOT_FOUND: "Set `model` to one that the provider offers.",
    ProviderFault.CONTEXT_TOO_LONG: "Select less, or choose a model with a larger context.",
    ProviderFault.CONTENT_REFUSED: "Rephrase the request, or choose another model.",
    ProviderFault.INVALID_REQUEST: "Check the settings of this provider with `monkey-coder config`.",
    ProviderFault.NETWORK: "Check the connection and `base_url`, and that the server runs.",
    ProviderFault.TIMEOUT: "Try again, or choose a faster model.",
    ProviderFault.TRUNCATED: "What came is incomplete; ask again.",
    ProviderFault.MALFORMED: "Ask again; if it stays so, check `base_url`, which usually ends in /v1.",
}
_WHAT = {
    ProviderFault.RATE_LIMITED: "too many requests",
    ProviderFault.QUOTA_SPENT: "the quota or credit is used up",
    ProviderFault.OVERLOADED: "the provider failed or is overloaded",
    ProviderFault.AUTHENTICATION: "the key was refused",
    ProviderFault.PERMISSION: "no access to this model",
    ProviderFault.MODEL_NOT_FOUND: "the model does not exist there",
    ProviderFault.CONTEXT_TOO_LONG: "the request is longer than the model's context",
    ProviderFault.CONTENT_REFUSED: "the provider's content filter refused",
    ProviderFault.INVALID_REQUEST: "the request was refused",
    ProviderFault.TIMEOUT: "no answer in time",
}


@dataclass(frozen=True, slots=True)
class VendorError:
    """What a vendor's error says of itself, in whatever shape it came."""

    message: str = ""
    code: str = ""
    parameter: str = ""
    details: str = ""

    @property
    def searchable(self) -> str:
        return f"{self.code} {self.message} {self.details}".lower()


def read_error(body: Any) -> VendorError:
    """Return what an error body says: an object, a bare string, text, or nothing."""
    match body:
        case bytes() | bytearray():
            return read_error(bytes(body).decode("utf-8", "replace"))
        case str() if body.lstrip()[:1] in ("{", "[", '"'):
            try:
                found = json.loads(body)
            except ValueError:
                return VendorError()
            return VendorError(found.strip()) if isinstance(found, str) else read_error(found)
        case str():
            return VendorError() if "<html" in body[:2000].lower() else VendorError(body.strip())
        case [first, *_]:
            return read_error(first)
        case {"error": str(message)}:
            return VendorError(message, str(body.get("code") or ""))
        case {"error": {} as inner}:
            code = " ".join(str(inner[key]) for key in ("code", "type", "status") if inner.get(key))
            details = json.dumps(inner["details"]) if inner.get("details") else ""
            parameter = str(inner.get("param") or "")
            return VendorError(str(inner.get("message") or ""), code, parameter, details)
        case {"detail": [{"msg": message, **rest}, *_]}:
            loc: Any = rest.get("loc")
            where = ".".join(str(part) for part in loc or ())
            return VendorError(f"{message} ({where})", "", where.rpartition(".")[2])
        case {"detail": detail}:
            return VendorError(str(detail))
        case {"message": message}:
            return VendorError(str(message), f"{body.get('code') or ''} {body.get('type') or ''}".strip())
        case _:
            return VendorError()


def classify(status: int | None, error: VendorError) -> ProviderFault:
    """Return the fault that an HTTP status and a vendor's error mean.

    `status` is None for an error that came inside a stream that had begun well.
    """
    said = error.searchable
    if status is None:
        status = _status_of(said)
    # Google says "quota" of a minute's as well, and of which it is in the details alone.
    is_for_a_minute = status == 429 and _PER_MINUTE.search(said)
    if status == 402 or (_QUOTA.search(said) and not is_for_a_minute):
        return ProviderFault.QUOTA_SPENT
    if status == 429:
        return ProviderFault.RATE_LIMITED
    if _REFUSED.search(said):
        return ProviderFault.CONTENT_REFUSED
    if status in (400, 413, 422) and "rate_limit" not in said and _CONTEXT.search(said):
        return ProviderFault.CONTEXT_TOO_LONG
    if status == 401 or (status in (400, 403) and _BAD_KEY.search(said)):
        return ProviderFault.AUTHENTICATION
    if status == 403:
        return ProviderFault.PERMISSION
    if status in (400, 404) and _NO_MODEL.search(said):
        return ProviderFault.MODEL_NOT_FOUND
    if status in (408, 504):
        return ProviderFault.TIMEOUT
    return ProviderFault.OVERLOADED if status == 409 or status >= 500 else ProviderFault.INVALID_REQUEST


def _status_of(said: str) -> int:
    number = re.match(r"\s*([45]\d\d)\b", said)
    if number:
        return int(number[1])
    if "rate_limit" in said or "too many requests" in said:
        return 429
    if _BAD_KEY.search(said):
        return 401
    return 400 if "invalid_request" in said or _CONTEXT.search(said) else 503


def refusal(
    status: int | None,
    error: VendorError,
    *,
    provider: str,
    model: str,
    prompt: Iterable[str] = (),
    headers: Mapping[str, str] | None = None,
) -> ProviderError:
    """Return the error for a vendor's refusal. Of the vendor's words it keeps what is safe to show."""
    fault = classify(status, error)
    if status is not None and 300 <= status < 400:
        where = (headers or {}).get("location", "")[:80].split("?")[0]
        message = f"redirected elsewhere ({where or status}), which is refused to keep the key here"
        return fail(fault, message, provider=provider, model=model)
    what = _WHAT.get(fault, "the request failed") + (f" ({status})" if status else "")
    if status == 404 and fault is ProviderFault.INVALID_REQUEST:
        what = "there is nothing at this address (404); is `base_url` right? It usually ends in /v1"
    said = "" if fault is ProviderFault.AUTHENTICATION else presentable(error.message, prompt)
    return fail(
        fault,
        f"{what}: {said}" if said else what,
        provider=provider,
        model=model,
        retry_after_s=retry_after(headers or {}, error),
        limits=limit_headers(headers or {}),
    )


def fail(
    fault: ProviderFault,
    what: str,
    *,
    provider: str,
    model: str,
    retry_after_s: float | None = None,
    limits: Mapping[str, str] | None = None,
) -> ProviderError:
    """Return the error: who, what happened, what to do next."""
    who = f"{provider} ({model})" if model else provider
    message = f"{who}: {what.rstrip('. ')}. {_ADVICE[fault]}"
    return ProviderError(
        fault, message, provider=provider, model=model, retry_after_s=retry_after_s, limits=limits
    )


def presentable(message: str, prompt: Iterable[str] = ()) -> str:
    """Return a vendor's message on one short line; "" if it repeats part of the prompt."""
    line = " ".join("".join(c if c.isprintable() else " " for c in message).split())
    line = _KEY.sub("[key]", line)[:300]
    windows = [line[at : at + 24] for at in range(max(len(line) - 23, 0))]
    if any(window in text for text in prompt for window in windows):
        return ""
    return line


def limit_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers in which a vendor tells its limits and what is left of them."""
    return {name.lower(): value[:80] for name, value in headers.items() if _LIMIT_HEADER.match(name.lower())}


def retry_after(headers: Mapping[str, str], error: VendorError | None = None) -> float | None:
    """Return how many seconds the headers, or else the body, ask to wait.

    None if they do not, or say nonsense.
    """
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        value: Any = headers.get(name)
        if value is None:
            continue
        try:
            wait = float(value) / unit
        except ValueError:
            try:
                wait = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
            except (ValueError, TypeError):
                continue
        if math.isfinite(wait) and 0 <= wait <= 7 * 86_400:
            return wait
    said = _RETRY_IN.search(error.searchable) if error else None
    if said is None:
        return None
    return float(said[1]) * {"ms": 0.001, "m": 60.0}.get(said[2], 1.0)
