"""Every setting: its name, what it may be, what it is for."""

from __future__ import annotations

import difflib
import json
import math
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from urllib.parse import urlsplit

from ..core.endpoint import WIRES, Secret, is_metadata_host
from ..core.kit import Limits
from ..core.model import Strategy

Value = str | float | int | bool | tuple[str, ...] | Secret


class Kind(StrEnum):
    """What a setting's value may be, in the words of a warning."""

    TEXT = "a text in quotes"
    URL = "an address that begins with http:// or https://, without a user name or key in it"
    SECRET = "a key in quotes"
    SWITCH = "true or false"
    WHOLE = "a whole number"
    NUMBER = "a number"
    TEXTS = "a list of texts"
    COMMAND = "a list of texts: a program and its arguments"


class Tighter(StrEnum):
    """Which values a workspace that is not trusted may give: only those that narrow the user's own."""

    NEVER = "never"
    IF_TRUE = "only true"
    IF_FALSE = "only false"
    IF_LESS = "only less"
    BY_ADDING = "only more of them"
    BY_REMOVING = "only fewer of them"


@dataclass(frozen=True, slots=True)
class Key:
    """A setting. `name` is dotted; in `providers.*.x` the star stands for a provider's name."""

    name: str
    kind: Kind
    default: Value | None
    description: str
    minimum: float = -math.inf
    maximum: float = math.inf
    tighter: Tighter = Tighter.NEVER


_LIMITS = {
    "complete_s": ("Seconds until ghost text is given up.", 0.05, 120),
    "edit_s": ("Seconds until an edit, an explanation or a review is given up.", 1, 3600),
    "complete_prefix": ("Characters before the cursor that ghost text sees.", 100, 1_000_000),
    "complete_suffix": ("Characters after the cursor that ghost text sees.", 0, 1_000_000),
    "complete_max_tokens": ("The longest ghost text, in tokens.", 1, 4096),
    "document": ("Characters of the largest document that is worked on.", 1000, 100_000_000),
}
CONTEXT = {
    "budget_tokens": ("context_tokens", "Tokens of the project that go along with a request; 0 for none."),
    "complete_tokens": ("complete_context_tokens", "The same for ghost text."),
}
_defaults = Limits()
_P = "providers.*."
_MOST_USD = 1_000_000
_BUDGET = {
    "request_usd": "The most that one call of a model may cost, in US dollars; each candidate is one.",
    "session_usd": "The most that one run of the server may cost.",
    "day_usd": "The most that a day may cost, over all editors.",
    "month_usd": "The most that a calendar month may cost.",
}

STRATEGIES = tuple(strategy.value for strategy in Strategy)
ROUTINGS = ("off", "thompson", "linucb", "q", "dqn")

KEYS: tuple[Key, ...] = (
    Key("model", Kind.TEXT, "", "Who answers: PROVIDER/MODEL, or PROVIDER for its usual model."),
    Key("complete_model", Kind.TEXT, "", "Who writes ghost text, where it is another than `model`."),
    Key(
        "offline",
        Kind.SWITCH,
        False,
        "Use the embedded engine alone; nothing leaves this machine.",
        tighter=Tighter.IF_TRUE,
    ),
    Key("ghost_text", Kind.SWITCH, True, "Offer completions while typing.", tighter=Tighter.IF_FALSE),
    Key(
        "checks.tests",
        Kind.SWITCH,
        False,
        "Run the project's own tests on each change, in a sandbox, in folders that you trust.",
        tighter=Tighter.IF_FALSE,
    ),
    Key(
        "languages_off",
        Kind.TEXTS,
        (),
        'Languages without ghost text, such as ["markdown"].',
        tighter=Tighter.BY_ADDING,
    ),
    *(
        Key(
            f"limits.{field.name}",
            Kind.WHOLE if isinstance(getattr(_defaults, field.name), int) else Kind.NUMBER,
            getattr(_defaults, field.name),
            *_LIMITS[field.name],
            tighter=Tighter.IF_LESS,
        )
        for field in fields(Limits)
        if field.name in _LIMITS
    ),
    *(
        Key(
            f"context.{name}",
            Kind.WHOLE,
            getattr(_defaults, field),
            told,
            0,
            200_000,
            tighter=Tighter.IF_LESS,
        )
        for name, (field, told) in CONTEXT.items()
    ),
    Key(
        "fallbacks",
        Kind.TEXTS,
        ("chain",),
        'Who answers when `model` fails: "chain" (its provider\'s later models), PROVIDER/MODEL, PROVIDER.',
        tighter=Tighter.BY_REMOVING,
    ),
    Key(
        "candidates",
        Kind.WHOLE,
        1,
        "How many answers to an edit, a fix or a test are asked for at once, of which the best is kept.",
        1,
        8,
        Tighter.IF_LESS,
    ),
    Key(
        "candidate_models",
        Kind.TEXTS,
        (),
        "Who answers beside `model` where there are several candidates: PROVIDER/MODEL, PROVIDER.",
        tighter=Tighter.BY_REMOVING,
    ),
    Key(
        "cascade",
        Kind.SWITCH,
        False,
        "Ask `candidate_models` in turn where an edit, a fix or a test by `model` fails its checks.",
        tighter=Tighter.IF_FALSE,
    ),
    Key(
        "strategy",
        Kind.TEXT,
        Strategy.AUTO.value,
        "How changes are worked out: direct, sequential, parallel, cascade; auto is what did best so far.",
    ),
    Key(
        "routing",
        Kind.TEXT,
        "off",
        "How to choose among `model` and `routing_models` by what you kept: off, thompson, linucb, q, dqn.",
    ),
    Key(
        "routing_models",
        Kind.TEXTS,
        (),
        "Who may be chosen beside `model`: PROVIDER/MODEL, PROVIDER.",
        tighter=Tighter.BY_REMOVING,
    ),
    *(
        Key(f"budget.{name}", Kind.NUMBER, None, description, 0, _MOST_USD, tighter=Tighter.IF_LESS)
        for name, description in _BUDGET.items()
    ),
    Key(
        "budget.refuses_unknown",
        Kind.SWITCH,
        False,
        "Also refuse models whose price nobody knows, once a budget is set.",
        tighter=Tighter.IF_TRUE,
    ),
    Key("retry.attempts", Kind.WHOLE, 3, "How often one model is asked.", 1, 10, Tighter.IF_LESS),
    Key(
        "retry.deadline_s",
        Kind.NUMBER,
        600.0,
        "Seconds that all attempts at one model may take together.",
        1,
        36_000,
        Tighter.IF_LESS,
    ),
    Key(
        "fresh_prices",
        Kind.SWITCH,
        False,
        "Fetch the newest price list from the genai-prices project in the background.",
        tighter=Tighter.IF_FALSE,
    ),
    Key(
        "cache.answers",
        Kind.SWITCH,
        True,
        "Keep answers to requests at temperature 0 on this machine, and give them again.",
        tighter=Tighter.IF_FALSE,
    ),
    Key(
        "cache.answers_mb", Kind.NUMBER, 50.0, "The most that kept answers take.", 1, 10_000, Tighter.IF_LESS
    ),
    Key("cache.answers_days", Kind.NUMBER, 30.0, "How long answers are kept.", 0.01, 3650, Tighter.IF_LESS),
    Key(
        "audit.log",
        Kind.SWITCH,
        True,
        "Note on this machine what leaves it: when, to whom, from which files, how much.",
        tighter=Tighter.IF_TRUE,
    ),
    Key(
        "audit.text",
        Kind.SWITCH,
        False,
        "Note also what was said, with its secrets taken out.",
        tighter=Tighter.IF_FALSE,
    ),
    Key("audit.mb", Kind.NUMBER, 5.0, "The most that these notes take.", 0.1, 10_000),
    Key(
        "memory.enabled",
        Kind.SWITCH,
        True,
        "Keep conversations on this machine; otherwise they end with the session.",
        tighter=Tighter.IF_FALSE,
    ),
    Key(
        "memory.projects_off",
        Kind.TEXTS,
        (),
        "Folders about which nothing is kept, with all that is in them.",
        tighter=Tighter.BY_ADDING,
    ),
    Key(
        "memory.days",
        Kind.NUMBER,
        365.0,
        "How long a conversation is kept after its last message, unless it is pinned.",
        0.01,
        36_500,
    ),
    Key(
        "memory.embedder",
        Kind.TEXT,
        "",
        'Who makes vectors for the search: "" (built in), "local" (optional model), PROVIDER/MODEL.',
    ),
    Key(_P + "base_url", Kind.URL, None, "Where the provider is; it usually ends in /v1."),
    Key(_P + "wire", Kind.TEXT, None, f"The protocol that it speaks: {', '.join(WIRES)}."),
    Key(_P + "api_key", Kind.SECRET, None, "Its key. An environment variable is the better place."),
    Key(_P + "api_key_env", Kind.TEXT, None, "The environment variable that holds its key."),
    Key(_P + "api_key_command", Kind.COMMAND, None, "A program, with its arguments, that prints its key."),
    Key(_P + "model", Kind.TEXT, None, "Its model where `model` names none."),
    Key(_P + "complete_model", Kind.TEXT, None, "Its model for ghost text."),
    Key(
        _P + "fim", Kind.SWITCH, None, "Its ghost-text model fills in the middle (completions with a suffix)."
    ),
    Key(_P + "max_tokens", Kind.WHOLE, None, "The longest answer, in tokens.", 1, 10_000_000),
    Key(_P + "temperature", Kind.NUMBER, None, "In place of the feature's own.", 0, 2),
    Key(_P + "reasoning_effort", Kind.TEXT, None, 'How long it thinks, in its words, such as "low".'),
    Key(_P + "allow_http", Kind.SWITCH, None, "Let the key travel unencrypted to another machine."),
    Key(_P + "requests_per_minute", Kind.NUMBER, None, "Requests that it is sent a minute.", 0.1, 1e6),
    Key(_P + "tokens_per_minute", Kind.NUMBER, None, "Tokens that it is sent a minute.", 1, 1e9),
    Key(_P + "connect_s", Kind.NUMBER, None, "Seconds until a connection must stand.", 0.1, 300),
    Key(_P + "first_byte_s", Kind.NUMBER, None, "Seconds until an answer must begin.", 0.1, 3600),
    Key(_P + "stall_s", Kind.NUMBER, None, "Seconds that an answer may pause.", 0.1, 3600),
    Key(_P + "total_s", Kind.NUMBER, None, "Seconds that an answer may take in all.", 1, 36_000),
)
_BY_NAME = {key.name: key for key in KEYS}
_PROVIDER = re.compile(r"providers\.([A-Za-z0-9_-]{1,40})\.(\w+)")


def key_of(name: str) -> Key | None:
    """Return the setting that a dotted name means, or None."""
    match = _PROVIDER.fullmatch(name)
    if match is None and "*" in name:
        return None
    return _BY_NAME.get(f"{_P}{match[2]}" if match else name)


def did_you_mean(name: str) -> str:
    """Return " Did you mean …?" for a name that is close to a setting's; "" otherwise."""
    match = re.fullmatch(r"(providers\.[\w-]+)\.(\w+)", name)
    known = [key.name.replace("providers.*", match[1]) if match else key.name for key in KEYS]
    near = difflib.get_close_matches(name, [k for k in known if "*" not in k], n=1, cutoff=0.75)
    return f" Did you mean {near[0]!r}?" if near else ""


def checked(key: Key, value: object) -> Value:
    """Return a value as its setting keeps it.

    Raises: ValueError, which says what is allowed.
    """
    found = _as_kind(key.kind, value)
    if found is None:
        raise ValueError(f"must be {key.kind.value}")
    if key.name.endswith(".wire") and found not in WIRES:
        raise ValueError(f"must be one of {', '.join(WIRES)}")
    if key.name == "routing" and found not in ROUTINGS:
        raise ValueError(f"must be one of {', '.join(ROUTINGS)}")
    if key.name == "strategy" and found not in STRATEGIES:
        raise ValueError(f"must be one of {', '.join(STRATEGIES)}")
    is_number = isinstance(found, int | float) and not isinstance(found, bool)
    if is_number and not key.minimum <= float(str(found)) <= key.maximum:
        raise ValueError(f"must be from {key.minimum:g} to {key.maximum:g}")
    return found


def _as_kind(kind: Kind, value: object) -> Value | None:
    match kind, value:
        case Kind.TEXT, str():
            return value.strip()
        case Kind.URL, str():
            return value.strip().rstrip("/") if is_url(value.strip()) else None
        case Kind.SECRET, Secret():
            return value
        case Kind.SECRET, str() if value.strip().isascii() and value.strip().isprintable() and value.strip():
            return Secret(value.strip())
        case Kind.SWITCH, bool():
            return value
        case ((Kind.WHOLE | Kind.NUMBER), bool()):
            return None
        case Kind.WHOLE, int():
            return value
        case Kind.NUMBER, int() | float() if math.isfinite(value):
            return value
        case Kind.TEXTS, list() | tuple() if all(isinstance(item, str) for item in value):
            return tuple(str(item).strip() for item in value)
        case Kind.COMMAND, list() | tuple() if value and all(isinstance(item, str) for item in value):
            return tuple(str(item) for item in value)
        case _:
            return None


def is_url(text: str) -> bool:
    """Return whether a text is an HTTP address without user name, key or query, where a model may be."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    is_plain = text.isascii() and text.isprintable() and " " not in text
    host = parts.hostname or ""
    has_host = parts.scheme in ("http", "https") and bool(host) and port != 0 and not is_metadata_host(host)
    return is_plain and has_host and parts.username is None and not parts.query and not parts.fragment


def from_text(key: Key, text: str) -> Value:
    """Return the value that a command line or an environment variable means by `text`.

    Raises: ValueError, which says what is allowed.
    """
    plain = text.strip()
    match key.kind:
        case Kind.SWITCH:
            words = {"1": True, "true": True, "yes": True, "on": True}
            words |= {"0": False, "false": False, "no": False, "off": False}
            return checked(key, words.get(plain.lower()))
        case Kind.WHOLE | Kind.NUMBER:
            try:
                number: float = int(plain) if re.fullmatch(r"[+-]?\d+", plain) else float(plain)
            except ValueError:
                return checked(key, None)
            return checked(key, number)
        case Kind.COMMAND:
            try:
                return checked(key, json.loads(plain) if plain.startswith("[") else shlex.split(plain))
            except ValueError:
                return checked(key, None)
        case Kind.TEXTS:
            inner = plain.removeprefix("[").removesuffix("]")
            return checked(key, [part.strip(" \"'") for part in inner.split(",") if part.strip(" \"'")])
        case _:
            return checked(key, plain)


def flattened(values: Mapping[str, object]) -> dict[str, object]:
    """Return nested tables as dotted names, in our spelling: ghostText is ghost_text."""
    flat: dict[str, object] = {}
    for raw, value in values.items():
        in_providers = raw == "providers"
        name = re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: "_" + match[1].lower(), str(raw))
        if in_providers and isinstance(value, Mapping):
            for provider, table in value.items():
                inner = flattened(table) if isinstance(table, Mapping) else {"": table}
                flat |= {f"providers.{provider}.{k}".rstrip("."): v for k, v in inner.items()}
        elif isinstance(value, Mapping):
            flat |= {f"{name}.{k}": v for k, v in flattened(value).items()} or {name: value}
        elif value is not None:
            flat[name] = value
    return flat


def shown(value: Value | None) -> str:
    """Return a value as a person reads it; a key as asterisks."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case tuple() | list():
            return ", ".join(value)
        case _:
            return str(value)


def provider_names(names: Sequence[str]) -> list[str]:
    """Return the providers that dotted names speak of, in order, each once."""
    found = (match[1] for match in map(_PROVIDER.fullmatch, names) if match)
    return list(dict.fromkeys(found))
