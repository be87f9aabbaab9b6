"""The one tree of errors. Each says what failed, on what, and what to do next.

MonkeyCoderError
├── InputError        what the user or the client handed in cannot be used
├── ConfigError       a setting or a key is missing or wrong
├── FileError         a file cannot be read or written
│   └── ConfirmError  it can, but only once the user has said so
├── EditError         model text that cannot become a safe edit
├── BudgetError       a limit on spending is reached
└── ProviderError     a model's provider refused or failed
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class MonkeyCoderError(Exception):
    """Something that the user can be told as it stands."""


class InputError(MonkeyCoderError):
    """What was handed in cannot be used: a position, a range, an argument."""


class ConfigError(MonkeyCoderError):
    """A setting, a key or the trust of a workspace is missing or wrong."""


class FileError(MonkeyCoderError):
    """A file cannot be read or written: missing, not text, too large, outside the workspace."""


class ConfirmError(FileError):
    """A secret, a file that programs obey, or one with several names: the user has to be asked first.

    `target` is the file itself, links resolved: what the question must show.
    """

    def __init__(self, message: str, *, target: str) -> None:
        super().__init__(message)
        self.target = target


class EditError(MonkeyCoderError):
    """Model text that does not apply cleanly or does not parse. Nothing was changed."""


class BudgetError(MonkeyCoderError):
    """A limit on spending is reached: nothing more is asked for, and what has come is kept."""


class ProviderFault(StrEnum):
    """Why a provider gave no complete answer."""

    RATE_LIMITED = "rate limited"
    QUOTA_SPENT = "quota spent"
    OVERLOADED = "overloaded"
    AUTHENTICATION = "authentication"
    PERMISSION = "permission"
    MODEL_NOT_FOUND = "model not found"
    CONTEXT_TOO_LONG = "context too long"
    CONTENT_REFUSED = "content refused"
    INVALID_REQUEST = "invalid request"
    NETWORK = "network"
    TIMEOUT = "timeout"
    TRUNCATED = "truncated"
    MALFORMED = "malformed"


class ProviderError(MonkeyCoderError):
    """A provider refused or failed. Holds no key and no part of the prompt.

    `retry_after_s` is how long the provider asks to wait, in seconds, where it says so; `limits` are
    the headers in which it tells its limits and what is left of them.
    """

    def __init__(
        self,
        fault: ProviderFault,
        message: str,
        *,
        provider: str,
        model: str,
        retry_after_s: float | None = None,
        limits: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.fault = fault
        self.provider = provider
        self.model = model
        self.retry_after_s = retry_after_s
        self.limits: Mapping[str, str] = limits or {}
