"""How many tokens a text is, counted with no network: exact where the vocabulary is public."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from ..core.model import Request

# Tokens of each vendor's own tokenizer for one of o200k_base, from recorded usage: Claude 3 to 4.6
# 1.14 to 1.20, Claude Opus 4.8 1.43 and 5 unmeasured; Gemini 0.97 to 1.10; Llama 1.03 to 1.06.
_FACTORS = (
    (r"claude-(opus-4-[89]|\w+-[5-9])", 1.45),
    (r"claude", 1.17),
    (r"gemini|gemma", 1.05),
    (r"deepseek", 1.02),
    (r"llama", 1.05),
    (r"gpt-oss|(^|/)(gpt|o\d|chatgpt|codex|text-embedding)", 1.0),
)
_UNKNOWN_FACTOR = 1.1
_CL100K = re.compile(r"(^|/)(gpt-4(-|$)|gpt-3\.5|text-embedding)")
_URL = "https://openaipublic.blob.core.windows.net/encodings/{}.tiktoken"
# For want of any vocabulary: o200k_base makes about 4.6 UTF-8 bytes of code or English a token.
_BYTES_PER_TOKEN = 4.0


@dataclass(frozen=True, slots=True)
class Counter:
    """Counts for one model. The first count loads a vocabulary (0.5 s of CPU): not on the event loop."""

    vocabulary: str
    factor: float

    def count(self, text: str) -> int:
        """Return the tokens of `text`."""
        return round(_encoder(self.vocabulary)(text) * self.factor)

    def count_request(self, request: Request) -> int:
        """Return the tokens that `request` is billed as, tools included."""
        # OpenAI's format adds 3 for each message, 1 for its role, and 3 for the start of the answer.
        n_tokens = 3
        for message in request.messages:
            n_tokens += self.count(message.content) + 4
            for call in message.tool_calls:
                n_tokens += self.count(call.name + json.dumps(dict(call.arguments))) + 8
        if request.prefix is not None:
            n_tokens += self.count(request.prefix) + self.count(request.suffix or "")
        for tool in request.tools:
            n_tokens += self.count(f"{tool.name} {tool.description} {json.dumps(dict(tool.parameters))}") + 8
        return n_tokens


def counter_for(model: str) -> Counter:
    """Return the counter for a model by its name; an unknown name is counted a little generously."""
    name = model.lower()
    factor = next((factor for pattern, factor in _FACTORS if re.search(pattern, name)), _UNKNOWN_FACTOR)
    return Counter("cl100k_base" if _CL100K.search(name) else "o200k_base", factor)


@cache
def _encoder(vocabulary: str) -> Callable[[str], int]:
    """Return the fastest counter that works with no network."""
    try:
        from splintr import Tokenizer
    except ImportError:
        return _cached_tiktoken(vocabulary) or _by_size
    tokenizer = Tokenizer.from_pretrained(vocabulary)

    def count(text: str) -> int:
        # A model's own markers are plain text when a user writes them, and half a surrogate is none.
        return len(tokenizer.encode_ordinary(text.encode("utf-8", "replace").decode()))

    return count


def _cached_tiktoken(vocabulary: str) -> Callable[[str], int] | None:
    """Return tiktoken's counter where it is installed and has its file; it would download it else."""
    try:
        tiktoken = import_module("tiktoken")
    except ImportError:
        return None
    folder = (
        os.environ.get("TIKTOKEN_CACHE_DIR")
        or os.environ.get("DATA_GYM_CACHE_DIR")
        or str(Path(tempfile.gettempdir()) / "data-gym-cache")
    )
    name = hashlib.sha1(_URL.format(vocabulary).encode(), usedforsecurity=False).hexdigest()
    if not (Path(folder) / name).is_file():
        return None
    encoding = tiktoken.get_encoding(vocabulary)
    return lambda text: len(encoding.encode_ordinary(text))


def _by_size(text: str) -> int:
    return round(len(text.encode("utf-8", "replace")) / _BYTES_PER_TOKEN)
