"""Monkey Coder: an AI coding language server, neutral between providers.

Importing the package imports nothing; the public names below come from `sdk` when they are first used.
docs/sdk.md describes them, ARCHITECTURE.md draws the house.
"""

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .sdk import (
        Answer,
        BudgetError,
        Client,
        ConfigError,
        Event,
        Finished,
        FinishReason,
        InputError,
        Message,
        MonkeyCoderError,
        ProviderError,
        ProviderFault,
        ReasoningDelta,
        TextDelta,
        Tool,
        ToolCall,
        UsageReport,
        Warned,
        ask,
        stream,
    )

__all__ = [
    "Answer",
    "BudgetError",
    "Client",
    "ConfigError",
    "Event",
    "FinishReason",
    "Finished",
    "InputError",
    "Message",
    "MonkeyCoderError",
    "ProviderError",
    "ProviderFault",
    "ReasoningDelta",
    "TextDelta",
    "Tool",
    "ToolCall",
    "UsageReport",
    "Warned",
    "ask",
    "stream",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found: object = getattr(import_module(".sdk", __name__), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
