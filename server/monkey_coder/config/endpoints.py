"""From settings and environment to the models that are asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from urllib.parse import urlsplit

from ..core.endpoint import Endpoint, Secret
from .keys import is_key, kept_key, kept_keys, key_from_command
from .paths import WORKSPACE_FILE
from .schema import Kind, Value, is_url, provider_names
from .vendors import VENDORS, Vendor

_PLAIN = ("fim", "max_tokens", "temperature", "reasoning_effort", "allow_http")
_TIMES = tuple(one.name for one in fields(Endpoint) if one.name.endswith("_s"))


@dataclass(slots=True)
class Choice:
    """Who answers and who writes ghost text; None is the offline engine.

    `fallbacks` stand in for them, after their provider's own chain of models where `has_chain`.
    `candidates` answer beside `endpoint` where several are asked at once, `routed` in its place.
    `used` are the providers' settings that follow from no table: name to value and source.
    """

    endpoint: Endpoint | None = None
    complete_endpoint: Endpoint | None = None
    fallbacks: tuple[Endpoint, ...] = ()
    has_chain: bool = False
    candidates: tuple[Endpoint, ...] = ()
    routed: tuple[Endpoint, ...] = ()
    used: dict[str, tuple[Value, str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def chosen_endpoints(
    values: Mapping[str, Value],
    sources: Mapping[str, str],
    environment: Mapping[str, str],
    keys: Mapping[str, Secret] | None = None,
) -> Choice:
    """Return the endpoints that settings and environment name.

    A provider is chosen by `model`, by $MONKEY_CODER_BASE_URL, by the one provider in the user's
    file, or by the one provider whose key is known; never by a guess among several. `keys` are those
    that the editor keeps, by provider: they come before all others.
    """
    found = _Providers(values, sources, environment)
    found.given.update(keys or {})
    choice = found.choice
    name, model = found.split(str(values.get("model", "")))
    name = name or found.only()
    if name is None:
        if model and not choice.warnings:
            found.warn(f"model: {model!r} names no provider that is known. Say PROVIDER/MODEL.")
        return choice
    choice.endpoint = found.endpoint(name, model)
    if choice.endpoint is None:
        return choice
    apart = str(values.get("complete_model", ""))
    if apart:
        complete_name, complete_model = found.split(apart)
        choice.complete_endpoint = found.endpoint(complete_name or name, complete_model, for_ghost_text=True)
    else:
        own = found.text(name, "complete_model") or model or found.text(name, "model")
        choice.complete_endpoint = found.endpoint(name, own, for_ghost_text=True)
    found.add_fallbacks(values.get("fallbacks"))
    choice.routed = found.others("routing_models", values.get("routing_models"))
    choice.candidates = found.others("candidate_models", values.get("candidate_models"))
    return choice


def endpoint_of(
    provider: str,
    values: Mapping[str, Value],
    sources: Mapping[str, str],
    environment: Mapping[str, str],
    key: Secret | None = None,
) -> tuple[Endpoint | None, str, list[str]]:
    """Return one provider's endpoint, where its key comes from ("" without one), and what is wrong.

    `key`, where given, is used in place of any other.
    """
    found = _Providers(values, sources, environment)
    if key is not None:
        found.given[provider] = key
    endpoint = found.endpoint(provider, "")
    _, source = found.choice.used.get(f"providers.{provider}.api_key", ("", ""))
    return endpoint, source, found.choice.warnings


def is_at_vendor(endpoint: Endpoint) -> bool:
    """Return whether an endpoint is the vendor's own address, where all of its models are."""
    vendor = VENDORS.get(endpoint.name)
    return vendor is not None and endpoint.base_url == vendor.base_url


class _Providers:
    """The providers that settings and environment speak of."""

    def __init__(
        self, values: Mapping[str, Value], sources: Mapping[str, str], environment: Mapping[str, str]
    ) -> None:
        self._values = values
        self._sources = sources
        self._environment = environment
        self._named = provider_names(list(values))
        self._kept = kept_keys(environment)
        self.given: dict[str, Secret] = {}
        self._secrets: dict[str, Secret] = {}  # A key is fetched once, whoever asks.
        self.choice = Choice()
        self._base_url = self._address_in("MONKEY_CODER_BASE_URL")

    def warn(self, message: str) -> None:
        if message not in self.choice.warnings:
            self.choice.warnings.append(message)

    def text(self, name: str, leaf: str) -> str:
        return str(self._values.get(f"providers.{name}.{leaf}") or "")

    def add_fallbacks(self, wanted: Value | None) -> None:
        """Take in who stands in for the chosen model; only providers that can be used."""
        names = wanted if isinstance(wanted, tuple) else ()
        self.choice.has_chain = "chain" in names
        self.choice.fallbacks = self.others("fallbacks", tuple(name for name in names if name != "chain"))

    def others(self, setting: str, wanted: Value | None) -> tuple[Endpoint, ...]:
        """Return the endpoints that a setting names beside the chosen one, as far as they can be used."""
        found: list[Endpoint] = []
        for text in wanted if isinstance(wanted, tuple) else ():
            first, _, rest = text.partition("/")
            if not self._is_known(first):
                self.warn(f"{setting}: {text!r} names no provider that is known. Say PROVIDER/MODEL.")
                continue
            endpoint = self.endpoint(first, rest)
            if endpoint is not None and endpoint not in (self.choice.endpoint, *found):
                found.append(endpoint)
        return tuple(found)

    def split(self, model: str) -> tuple[str | None, str]:
        """Return the provider and the model that "PROVIDER/MODEL" says; without a provider, None."""
        first, slash, rest = model.partition("/")
        if self._base_url and first != self._by_base_url():
            return self._by_base_url(), model
        if slash and self._is_known(first):
            return first, rest
        if self._is_known(model):
            return model, ""
        return None, model

    def only(self) -> str | None:
        """Return the one provider that can be meant; None, with a warning, if there are several."""
        if self._base_url:
            return self._by_base_url()
        if len(self._named) == 1:
            return self._named[0]
        with_key = [
            name
            for name, vendor in VENDORS.items()
            if name in self._kept or name in self.given or any(map(self._env, vendor.key_envs))
        ]
        names = self._named or with_key
        if len(names) == 1:
            return names[0]
        if names:
            self.warn(
                f"Several providers are set up ({', '.join(names)}), so none is used. Set MONKEY_CODER_MODEL,"
                f" or `model` in the settings, to one of them, such as {names[0]!r}."
            )
        elif self._env("MONKEY_CODER_API_KEY"):
            self.warn(
                "MONKEY_CODER_API_KEY is set, but no provider. Set MONKEY_CODER_MODEL to PROVIDER/MODEL too,"
                " or MONKEY_CODER_BASE_URL to the provider's address."
            )
        return None

    def endpoint(self, name: str, model: str, *, for_ghost_text: bool = False) -> Endpoint | None:
        """Return the endpoint of a provider; None, with a warning, if it cannot be used."""
        vendor = VENDORS.get(name, Vendor(name, ""))
        base_url, url_source = self._address(name, vendor)
        if not base_url:
            self.warn(
                f"providers.{name}.base_url is missing: where is this provider? It usually ends in /v1."
            )
            return None
        is_usual = base_url == vendor.base_url
        usual = vendor.model if is_usual else ""
        fim = False
        if for_ghost_text:
            given = self.text(name, "complete_model")
            fim = vendor.complete_fim and is_usual and not model and not given
            model = model or given or (vendor.complete_model if is_usual else "")
        model = model or self.text(name, "model") or usual
        key, key_source = self._key(name, vendor)
        kept = self._kept.get(name)
        if kept is not None and kept.place.value == key_source:
            may_travel = _origin(kept.base_url) == _origin(base_url)
        elif name in self.given:
            may_travel = not url_source.endswith(WORKSPACE_FILE)
        else:
            may_travel = self._may_travel(key_source, url_source, base_url, vendor)
        if key is not None and not may_travel:
            self.warn(
                f"{url_source}: the key of {key_source} is not sent to {base_url}, for which it was not"
                " given. Set base_url and the key together in the user's settings file."
            )
            key = None
        needs_key = is_usual and bool(vendor.key_env)
        if key is None and needs_key:
            self.warn(
                f"{name} needs a key. Run `monkey-coder auth login {name}`, or set {vendor.key_env} in the"
                " environment of the editor."
            )
            return None
        self._note(name, "base_url", base_url, url_source)
        if key is not None:
            self._note(name, "api_key", key, key_source)
        self._note(name, "complete_model" if for_ghost_text else "model", model, "default")
        wire = self.text(name, "wire") or vendor.wire
        endpoint = Endpoint(name, base_url, model, key, fim=fim, wire=wire)
        changes = {
            leaf: self._values[f"providers.{name}.{leaf}"]
            for leaf in (*_PLAIN, *_TIMES)
            if f"providers.{name}.{leaf}" in self._values
        }
        if not for_ghost_text:
            changes.pop("fim", None)
        return replace(endpoint, **changes)  # type: ignore[arg-type]

    def _note(self, name: str, leaf: str, value: Value, source: str) -> None:
        setting = f"providers.{name}.{leaf}"
        if source != "default" or setting not in self._values:
            self.choice.used[setting] = (value, source)

    def _address(self, name: str, vendor: Vendor) -> tuple[str, str]:
        """Return a provider's address and where it comes from. What the environment says is newest."""
        setting = f"providers.{name}.base_url"
        is_from_editor = self._sources.get(setting) == "editor"
        if self._base_url and name == self._by_base_url() and not is_from_editor:
            return self._base_url, "$MONKEY_CODER_BASE_URL"
        if setting in self._values:
            return str(self._values[setting]), self._sources[setting]
        if vendor.base_url_env and (address := self._address_in(vendor.base_url_env)):
            return address, f"${vendor.base_url_env}"
        return vendor.base_url, "default"

    def _key(self, name: str, vendor: Vendor) -> tuple[Secret | None, str]:
        """Return a provider's key and where it is read from."""
        key, source = self._found_key(name, vendor)
        if key is not None and key.is_at_hand and not is_key(key.reveal()):
            self.warn(f"{source}: the key holds characters that no key has; copy it again.")
            return None, source
        return key, source

    def _found_key(self, name: str, vendor: Vendor) -> tuple[Secret | None, str]:
        if name in self.given:
            return self.given[name], "given"
        setting = f"providers.{name}.api_key"
        own = self._env("MONKEY_CODER_API_KEY")
        if own and name == self._owner_of_key(name):
            return Secret(own), "$MONKEY_CODER_API_KEY"
        variable = self.text(name, "api_key_env")
        if variable and self._env(variable):
            return Secret(self._env(variable)), f"${variable}"
        if variable:
            self.warn(f"providers.{name}.api_key_env: the variable {variable} is not set or is empty.")
        value = self._values.get(setting)
        if isinstance(value, Secret):
            return value, self._sources[setting]
        command = self._values.get(f"providers.{name}.api_key_command")
        if isinstance(command, tuple):
            key = self._secrets.setdefault(name, key_from_command(command, name))
            return key, self._sources[f"providers.{name}.api_key_command"]
        for variable in vendor.key_envs:
            if self._env(variable):
                return Secret(self._env(variable)), f"${variable}"
        if kept := self._kept.get(name):
            return self._secrets.setdefault(name, kept_key(name, self._environment)), kept.place.value
        return None, ""

    def _owner_of_key(self, name: str) -> str:
        """Return the provider that $MONKEY_CODER_API_KEY belongs to: the one it was set beside."""
        if self._base_url:
            return self._by_base_url()
        beside = self._env("MONKEY_CODER_MODEL").partition("/")[0]
        if self._is_known(beside):
            return beside
        chosen, _ = self.split(str(self._values.get("model", "")))
        return chosen or (self._named[0] if len(self._named) == 1 else name)

    def _may_travel(self, key_source: str, url_source: str, base_url: str, vendor: Vendor) -> bool:
        """Return whether a key may go to this address: one origin, or the user put both together."""
        if url_source == "default" or _origin(base_url) == _origin(vendor.base_url):
            return True
        by_user = not key_source.startswith("$") or key_source == "$MONKEY_CODER_API_KEY"
        if url_source.startswith("$MONKEY_CODER"):
            return by_user
        if url_source.startswith("$"):
            return True  # OPENAI_BASE_URL and OPENAI_API_KEY belong together.
        is_editor_or_workspace = url_source == "editor" or url_source.endswith(WORKSPACE_FILE)
        return key_source == url_source if is_editor_or_workspace else True

    def _by_base_url(self) -> str:
        """Return the provider at $MONKEY_CODER_BASE_URL, by its host and port."""
        origin = _origin(self._base_url)
        by_vendor = (name for name, vendor in VENDORS.items() if _origin(vendor.base_url) == origin)
        return next(by_vendor, "custom")

    def _is_known(self, name: str) -> bool:
        return name in VENDORS or name in self._named

    def _address_in(self, variable: str) -> str:
        """Return the address in an environment variable; "" without one, or with a warning."""
        address = self._env(variable).rstrip("/")
        if address and not is_url(address):
            self.warn(f"${variable} must be {Kind.URL.value}; it is left out.")
            return ""
        return address

    def _env(self, variable: str) -> str:
        return self._environment.get(variable, "").strip() if variable else ""


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname or ""
    return parts.scheme, host, parts.port
