"""Where a language model is reached: an address, a model, and a key that shows itself to nobody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

WIRES = ("openai-chat", "openai-responses", "anthropic", "google", "ollama")


class Secret:
    """A string that prints as asterisks. Only `reveal()` gives the text.

    Given a function, the text is fetched when it is first needed: from the system's key store, say.
    """

    __slots__ = ("_given", "_text")

    def __init__(self, given: str | Callable[[], str]) -> None:
        self._given = given
        self._text = given if isinstance(given, str) else None

    def reveal(self) -> str:
        """Return the text itself, to be handed to a transport and to nothing else.

        The first time may take a while. Raises: ConfigError if it cannot be fetched.
        """
        if self._text is None:
            assert not isinstance(self._given, str)
            self._text = self._given()
        return self._text

    @property
    def is_at_hand(self) -> bool:
        """Whether `reveal` answers at once."""
        return self._text is not None

    def __repr__(self) -> str:
        return "Secret('********')"

    def __str__(self) -> str:
        return "********"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._given == self._given

    def __hash__(self) -> int:
        return hash(self._given)

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a secret is not written anywhere")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One model at one provider, and how to ask it.

    `name` is the provider's name in messages ("openai", "ollama"). `wire` is the protocol that it
    speaks: one of `WIRES`. An empty `model` means the first one that the server offers. `fim` says
    that the server fills in the middle itself. `allow_http` lets a key travel unencrypted to another
    machine. Times in seconds: `first_byte_s` until the answer begins, `stall_s` without new content,
    `total_s` for the whole answer.
    """

    name: str
    base_url: str
    model: str = ""
    api_key: Secret | None = None
    fim: bool = False
    max_tokens: int | None = None
    temperature: float | None = None
    reasoning_effort: str = ""
    allow_http: bool = False
    connect_s: float = 5.0
    first_byte_s: float = 120.0
    stall_s: float = 30.0
    total_s: float = 600.0
    wire: str = "openai-chat"


# Where a cloud hands out the credentials of a machine to whoever asks from it: AWS, Azure and Google are
# link-local; besides, AWS over IPv6, Alibaba, Oracle, and names of Google's.
_METADATA = ("fd00:ec2::254", "100.100.100.200", "192.0.0.192")
_METADATA_NAMES = ("metadata", "metadata.google.internal", "metadata.goog", "instance-data")


def is_metadata_host(host: str) -> bool:
    """Return whether no language model can live at a host: link-local, or the metadata of a cloud.

    Understands every spelling that the system's resolver does: 2852039166, 0xa9fea9fe, 169.254.43518,
    [::ffff:a9fe:a9fe]. Asks no name server.
    """
    import socket  # These two take a while to import, and most sessions have no address to look at.
    from ipaddress import IPv6Address, ip_address

    name = host.lower().strip("[]").partition("%")[0].rstrip(".")
    if name in _METADATA_NAMES:
        return True
    try:
        address = ip_address(name)
    except ValueError:
        try:
            address = ip_address(socket.inet_aton(name))
        except (OSError, ValueError):
            return False
    if isinstance(address, IPv6Address) and (address.ipv4_mapped or address.sixtofour):
        address = address.ipv4_mapped or address.sixtofour or address
    return address.is_link_local or str(address) in _METADATA
