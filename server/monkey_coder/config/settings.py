"""The settings: defaults, the user's file, the environment, the editor, the workspace."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from ..core.endpoint import Endpoint, Secret
from ..core.kit import Limits
from ..core.model import Strategy
from .endpoints import Choice, chosen_endpoints, endpoint_of
from .keys import kept_keys
from .paths import WORKSPACE_FILE, user_file
from .schema import (
    CONTEXT,
    KEYS,
    Kind,
    Tighter,
    Value,
    checked,
    did_you_mean,
    flattened,
    from_text,
    key_of,
    provider_names,
    shown,
)
from .trust import is_trusted
from .vendors import VENDORS

_MOST_BYTES = 256 * 1024
_ENVIRONMENT = {
    "MONKEY_CODER_MODEL": "model",
    "MONKEY_CODER_COMPLETE_MODEL": "complete_model",
    "MONKEY_CODER_OFFLINE": "offline",
    "MONKEY_CODER_GHOST_TEXT": "ghost_text",
    "MONKEY_CODER_LANGUAGES_OFF": "languages_off",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One setting as `monkey-coder config` lists it. `value` shows no key."""

    name: str
    value: str
    source: str
    description: str


@dataclass(frozen=True, slots=True)
class Spending:
    """The most to spend in US dollars; None is no limit."""

    request_usd: float | None = None
    session_usd: float | None = None
    day_usd: float | None = None
    month_usd: float | None = None
    refuses_unknown: bool = False


@dataclass(frozen=True, slots=True)
class Retry:
    """How often one model is asked, and for how many seconds in all."""

    attempts: int = 3
    deadline_s: float = 600.0


@dataclass(frozen=True, slots=True)
class AnswerCache:
    """Whether answers at temperature 0 are kept, in how many megabytes, for how many days."""

    answers: bool = True
    answers_mb: float = 50.0
    answers_days: float = 30.0


@dataclass(frozen=True, slots=True)
class Audit:
    """Whether what leaves is noted, with its text or without, in how many megabytes."""

    log: bool = True
    text: bool = False
    mb: float = 5.0


@dataclass(frozen=True, slots=True)
class MemorySettings:
    """Whether conversations are kept, for how many days, about which folders not, and who embeds them."""

    enabled: bool = True
    days: float = 365.0
    projects_off: tuple[str, ...] = ()
    embedder: str = ""

    def keeps(self, folders: Sequence[str]) -> bool:
        """Tell whether conversations about these workspace folders may be kept."""
        off = [Path(folder).expanduser().resolve() for folder in self.projects_off]
        inside = (Path(folder).resolve() for folder in folders)
        return self.enabled and not any(one.is_relative_to(other) for one in inside for other in off)


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for one session.

    `endpoint` answers everything but ghost text, `complete_endpoint` ghost text; None means the
    offline engine. With `has_chain` the later models of an endpoint's provider stand in for it, then
    `fallbacks`. With `n_candidates` above 1, `candidates` answer edits beside `endpoint`; with
    `has_cascade` they answer in turn after it. Changes are worked out by `strategy`. Unless
    `routing` is "off", that policy chooses for each request among `endpoint` and `routed`. `rates` are
    requests and tokens a minute for each provider. `rows` are all settings with where each comes from.
    """

    endpoint: Endpoint | None = None
    complete_endpoint: Endpoint | None = None
    fallbacks: tuple[Endpoint, ...] = ()
    has_chain: bool = False
    n_candidates: int = 1
    candidates: tuple[Endpoint, ...] = ()
    has_cascade: bool = False
    strategy: Strategy = Strategy.AUTO
    routing: str = "off"
    routed: tuple[Endpoint, ...] = ()
    spending: Spending = field(default_factory=Spending)
    retry: Retry = field(default_factory=Retry)
    cache: AnswerCache = field(default_factory=AnswerCache)
    audit: Audit = field(default_factory=Audit)
    memory: MemorySettings = field(default_factory=MemorySettings)
    rates: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    ghost_text: bool = True
    fresh_prices: bool = False
    offline: bool = False
    runs_tests: bool = False
    languages_off: frozenset[str] = frozenset()
    rows: tuple[Row, ...] = ()

    @property
    def n_at_once(self) -> int:
        """How many models work at a change at once where that is wanted: three, unless the user says so."""
        return self.n_candidates if self.n_candidates > 1 else max(2, min(3, 1 + len(self.candidates)))

    @property
    def strategies(self) -> tuple[Strategy, ...]:
        """How a change may be worked out, first what comes of the settings where nobody names one."""
        usual = Strategy.DIRECT
        if self.n_candidates > 1:
            usual = Strategy.PARALLEL
        elif self.has_cascade and self.candidates:
            usual = Strategy.CASCADE
        return tuple(dict.fromkeys((usual, *(one for one in Strategy if one is not Strategy.AUTO))))


@dataclass(slots=True)
class _Layers:
    """The values that hold so far, each with its source, and what was wrong on the way."""

    values: dict[str, Value] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def put(self, name: str, value: Value, source: str) -> None:
        self.values[name] = value
        self.sources[name] = source


def load_settings(
    folders: Sequence[str] = (),
    overrides: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
    trusted: bool = False,
    keys: Mapping[str, Secret] | None = None,
) -> tuple[Settings, tuple[str, ...]]:
    """Return the settings and, for each thing that is wrong in them, a warning for the user.

    From the weakest: defaults, the user's file, environment variables, `overrides` (what the
    editor sends), `.monkey-coder.toml` in each of `folders`. The last may only narrow what the
    user allows until the folder is trusted (`trusted` says that all of them are). `keys` are keys by
    provider that the editor keeps for the user. Never raises.
    """
    environment = os.environ if environment is None else environment
    layers = _layered(folders, overrides, environment, trusted=trusted)
    return _settled(layers, environment, keys), tuple(dict.fromkeys(layers.warnings))


def provider_endpoint(
    provider: str, key: Secret | None = None, environment: Mapping[str, str] | None = None
) -> tuple[Endpoint | None, str, tuple[str, ...]]:
    """Return a provider's endpoint by the user's own settings, where its key is from, what is wrong.

    `key`, where given, is used in place of any other.
    """
    environment = os.environ if environment is None else environment
    layers = _layered((), None, environment, trusted=False)
    endpoint, source, warnings = endpoint_of(provider, layers.values, layers.sources, environment, key)
    return endpoint, source, (*layers.warnings, *warnings)


def provider_candidates(environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return the providers that need a key or have settings of the user's."""
    environment = os.environ if environment is None else environment
    layers = _layered((), None, environment, trusted=False)
    known = [name for name, vendor in VENDORS.items() if vendor.key_env]
    return tuple(dict.fromkeys([*known, *provider_names(list(layers.values)), *kept_keys(environment)]))


@dataclass(frozen=True, slots=True)
class KeyState:
    """Whether a provider can be used. `source` says where its key is from, "" without one."""

    provider: str
    base_url: str
    source: str
    problems: tuple[str, ...] = ()


def key_states() -> tuple[KeyState, ...]:
    """Return every provider that needs a key or has settings, with where its key is from."""
    return tuple(key_state(provider) for provider in provider_candidates())


def key_state(provider: str) -> KeyState:
    """Return where a provider's key is from. No provider is asked."""
    endpoint, source, problems = provider_endpoint(provider)
    return KeyState(provider, endpoint.base_url if endpoint else "", source if endpoint else "", problems)


def _layered(
    folders: Sequence[str],
    overrides: Mapping[str, object] | None,
    environment: Mapping[str, str],
    *,
    trusted: bool,
) -> _Layers:
    layers = _Layers()
    for key in KEYS:
        if "*" not in key.name and key.default is not None:
            layers.put(key.name, key.default, "default")
    path = user_file(environment)
    _add(layers, _read(path, layers), str(path))
    _warn_of_open_key(layers, path)
    _add_environment(layers, environment)
    _add(layers, flattened(overrides or {}), "editor", refuse=(Kind.SECRET, Kind.COMMAND))
    for folder in folders:
        path = Path(folder) / WORKSPACE_FILE
        found = _read(path, layers)
        if found and (trusted or is_trusted(folder, environment)):
            _add(layers, found, str(path), refuse=(Kind.SECRET, Kind.COMMAND))
        elif found:
            _tighten(layers, found, path)
    return layers


def _settled(layers: _Layers, environment: Mapping[str, str], keys: Mapping[str, Secret] | None) -> Settings:
    values = layers.values
    offline = values["offline"] is True
    choice = Choice() if offline else chosen_endpoints(values, layers.sources, environment, keys)
    layers.warnings += choice.warnings
    languages = values["languages_off"]
    assert isinstance(languages, tuple)
    return Settings(
        endpoint=choice.endpoint,
        complete_endpoint=choice.complete_endpoint,
        fallbacks=choice.fallbacks,
        has_chain=choice.has_chain,
        n_candidates=int(str(values["candidates"])),
        candidates=choice.candidates,
        has_cascade=values["cascade"] is True,
        strategy=Strategy(str(values["strategy"])),
        routing=str(values["routing"]),
        routed=choice.routed,
        spending=replace(Spending(), **_group(values, "budget", Spending)),
        retry=replace(Retry(), **_group(values, "retry", Retry)),
        cache=replace(AnswerCache(), **_group(values, "cache", AnswerCache)),
        audit=replace(Audit(), **_group(values, "audit", Audit)),
        memory=replace(MemorySettings(), **_group(values, "memory", MemorySettings)),
        rates=_rates(values),
        limits=_limits(values),
        ghost_text=values["ghost_text"] is True,
        fresh_prices=values["fresh_prices"] is True,
        offline=offline,
        runs_tests=values["checks.tests"] is True,
        languages_off=frozenset(languages),
        rows=_rows(layers, choice),
    )


def _limits(values: Mapping[str, Value]) -> Limits:
    limits = replace(Limits(), **_group(values, "limits", Limits))
    given = {field: values.get(f"context.{name}") for name, (field, _) in CONTEXT.items()}
    return replace(limits, **{field: value for field, value in given.items() if isinstance(value, int)})


def _group(values: Mapping[str, Value], name: str, kind: type[Any]) -> dict[str, Any]:
    """Return the fields of `kind` that the settings of a group give."""
    known = {one.name for one in fields(kind)}
    inner = {
        key.removeprefix(f"{name}."): value for key, value in values.items() if key.startswith(f"{name}.")
    }
    return {key: value for key, value in inner.items() if key in known}


def _rates(values: Mapping[str, Value]) -> dict[str, tuple[float | None, float | None]]:
    """Return the limits of requests and tokens a minute, by provider."""

    def rate(provider: str, leaf: str) -> float | None:
        value = values.get(f"providers.{provider}.{leaf}")
        return float(value) if isinstance(value, int | float) else None

    return {
        provider: (rate(provider, "requests_per_minute"), rate(provider, "tokens_per_minute"))
        for provider in provider_names(list(values))
    }


def _rows(layers: _Layers, choice: Choice) -> tuple[Row, ...]:
    for used, (value, source) in choice.used.items():
        layers.put(used, value, source)
    names = [key.name for key in KEYS if "*" not in key.name]
    for provider in provider_names(list(layers.values)):
        names += [key.name.replace("*", provider) for key in KEYS if "*" in key.name]
    rows: list[Row] = []
    for name in names:
        key = key_of(name)
        assert key is not None
        if name in layers.values or "*" not in key.name:
            text = shown(layers.values.get(name))
            rows.append(Row(name, text, layers.sources.get(name, "default"), key.description))
    return tuple(rows)


def _read(path: Path, layers: _Layers) -> dict[str, object]:
    """Return a settings file as dotted names; empty if it is not there or cannot be used."""
    try:
        if not path.is_file():  # Neither a FIFO nor a device is waited for.
            return {}
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise ValueError(f"it is larger than {_MOST_BYTES // 1024} kB")
        return flattened(tomllib.loads(data.decode("utf-8-sig")))
    except UnicodeDecodeError:
        reason = "it is not UTF-8"
    except RecursionError:
        reason = "it is nested too deeply"
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
    layers.warnings.append(f"{path}: not used, because {reason}. Mend the file, or take it away.")
    return {}


def _add(layers: _Layers, found: Mapping[str, object], source: str, refuse: Sequence[Kind] = ()) -> None:
    for name, raw in found.items():
        key = key_of(name)
        if key is None:
            layers.warnings.append(f"{source}: there is no setting {name!r}.{did_you_mean(name)}")
            continue
        if key.kind in refuse:
            layers.warnings.append(
                f"{source}: {name} is not taken from here, where others may read or set it. Put it into an"
                " environment variable or the user's settings file."
            )
            continue
        try:
            layers.put(name, checked(key, raw), source)
        except ValueError as error:
            layers.warnings.append(f"{source}: {name} {error}; {_still(layers, name)}")


def _still(layers: _Layers, name: str) -> str:
    value = shown(layers.values.get(name))
    return f"it stays {value}." if value else "it is left out."


def _add_environment(layers: _Layers, environment: Mapping[str, str]) -> None:
    for variable, name in _ENVIRONMENT.items():
        text = environment.get(variable, "")
        key = key_of(name)
        assert key is not None
        if not text.strip():
            continue
        try:
            layers.put(name, from_text(key, text), f"${variable}")
        except ValueError as error:
            layers.warnings.append(f"${variable} {error}; {_still(layers, name)}")


def _tighten(layers: _Layers, found: Mapping[str, object], path: Path) -> None:
    """Take from a workspace that is not trusted what only narrows the user's own settings."""
    refused: list[str] = []
    for name, raw in found.items():
        key = key_of(name)
        if key is None:
            layers.warnings.append(f"{path}: there is no setting {name!r}.{did_you_mean(name)}")
            continue
        try:
            value = checked(key, raw)
        except ValueError as error:
            layers.warnings.append(f"{path}: {name} {error}; {_still(layers, name)}")
            continue
        tighter = _narrowed(key.tighter, layers.values.get(name), value)
        if tighter is None:
            refused.append(name)
        elif tighter != layers.values.get(name):
            layers.put(name, tighter, str(path))
    if refused:
        layers.warnings.append(
            f"{path}: {', '.join(refused)} not used, because this folder is not trusted. Read the file;"
            f" if you agree with it, run `monkey-coder config trust {path.parent}`."
        )


def _narrowed(tighter: Tighter, own: Value | None, value: Value) -> Value | None:
    """Return what a workspace's value leaves of the user's own; None if it may not be given."""
    match tighter:
        case Tighter.IF_TRUE:
            return True if value is True or own is True else own
        case Tighter.IF_FALSE:
            return False if value is False or own is False else own
        case Tighter.IF_LESS:
            assert isinstance(value, int | float)
            return min(value, own) if isinstance(own, int | float) else value
        case Tighter.BY_ADDING:
            assert isinstance(value, tuple)
            assert isinstance(own, tuple)
            return (*own, *(item for item in value if item not in own))
        case Tighter.BY_REMOVING:
            assert isinstance(value, tuple)
            return tuple(item for item in own if item in value) if isinstance(own, tuple) else ()
        case Tighter.NEVER:
            return None


def _warn_of_open_key(layers: _Layers, path: Path) -> None:
    """Warn if others on this machine can read the keys in the user's file."""
    holds_key = any(name.endswith(".api_key") for name in layers.values)
    if holds_key and os.name == "posix" and path.stat().st_mode & 0o077:
        layers.warnings.append(f"{path}: others can read the key in it. Run `chmod 600 {path}`.")
