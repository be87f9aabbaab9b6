"""What the client can do and what it asked for, read from its `initialize` request.

The request is read as plain JSON: only what is used is looked at, so that neither an unknown nor
an ill-formed capability gets in the way, and start-up pays for no type of the protocol it can do
without.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from .from_proto import Encoding

# Initialization options that speak of the client itself; all others are settings.
CLIENT_OPTIONS = frozenset({"trusted", "instructionPrompt"})

_ENCODINGS: tuple[Encoding, ...] = get_args(Encoding)


@dataclass(frozen=True)
class Client:
    """The editor at the other end."""

    name: str = ""
    process_id: int | None = None
    encoding: Encoding = "utf-16"
    folders: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    capabilities: Mapping[str, Any] = field(default_factory=dict)

    def can(self, *path: str) -> bool:
        """Return whether the capability at `path`, such as "workspace", "applyEdit", is there and true."""
        value = self.capability(*path)
        return value is not None and value is not False

    def capability(self, *path: str) -> Any:
        """Return the value of a capability, or None."""
        value: Any = self.capabilities
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    @property
    def extensions(self) -> Mapping[str, Any]:
        """What the client says of our own protocol: the experimental capability `monkeyCoder`."""
        ours = self.capability("experimental", "monkeyCoder")
        return ours if isinstance(ours, Mapping) else {}

    @property
    def previews_edits(self) -> bool:
        return self.extensions.get("editPreview") is True

    @property
    def shows_answers(self) -> bool:
        """Whether the client itself shows the Markdown that explain and review answer with."""
        return self.extensions.get("answers") is True

    @property
    def shows_status(self) -> bool:
        """Whether the client wants to hear of every change of the status."""
        return self.extensions.get("status") is True

    @property
    def asks_instructions(self) -> bool:
        """Whether the client itself asks the user for an instruction when an action wants one."""
        return (
            self.extensions.get("instructionPrompt") is True or self.options.get("instructionPrompt") is True
        )

    @property
    def trusted(self) -> bool:
        """Whether the user has trusted this workspace, which only the client can know."""
        return self.options.get("trusted") is True


def client_of(params: Mapping[str, Any]) -> Client:
    """Return the client that sent these params of `initialize`."""
    capabilities = _mapping(params.get("capabilities"))
    offered = _mapping(capabilities.get("general")).get("positionEncodings")
    known = [one for one in offered if one in _ENCODINGS] if isinstance(offered, list) else []
    process_id = params.get("processId")
    options = _mapping(params.get("initializationOptions"))
    return Client(
        name=str(_mapping(params.get("clientInfo")).get("name", "")),
        process_id=process_id if type(process_id) is int and process_id > 0 else None,
        encoding=known[0] if known else "utf-16",
        folders=_folders(params),
        options=_mapping(options.get("monkeyCoder")) or options,
        capabilities=capabilities,
    )


def folder_uris(value: object) -> tuple[str, ...]:
    """Return the URIs in a list of workspace folders, leaving out what is none."""
    if not isinstance(value, list):
        return ()
    uris = (_mapping(folder).get("uri") for folder in value)
    return tuple(uri for uri in uris if isinstance(uri, str) and uri)


def _folders(params: Mapping[str, Any]) -> tuple[str, ...]:
    if isinstance(params.get("workspaceFolders"), list):
        return folder_uris(params["workspaceFolders"])
    root = params.get("rootUri")
    if isinstance(root, str) and root:
        return (root,)
    path = params.get("rootPath")
    if isinstance(path, str) and path:
        from pygls.uris import from_fs_path

        uri = from_fs_path(path)
        return (uri,) if uri else ()
    return ()


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
