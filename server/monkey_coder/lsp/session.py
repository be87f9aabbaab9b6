"""One client's session: its texts, its folders, and the parts of the house it uses.

Every connection has a session of its own; nothing is shared between two of them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from .. import __version__
from ..core.errors import MonkeyCoderError
from .capabilities import server_capabilities
from .client import CLIENT_OPTIONS, Client, client_of
from .live_app import Builder, LiveApp, build_app
from .parent import watch
from .protocol import LazyConverter, Outlet, Phase, SessionProtocol
from .status import StatusNews
from .store import Snapshot, TextStore

if TYPE_CHECKING:
    import tempfile

    from ..core.documents import Document
    from ..core.endpoint import Secret
    from ..core.kit import Kit
    from ..features.complete import Completer
    from .live_edits import LiveEdits
    from .verdicts import Watch

log = logging.getLogger(__name__)

# A text is shown to the learners once the user has paused for so long.
_OBSERVE_AFTER_S = 0.3
_CLOSE_S = 2.0


@dataclass(frozen=True)
class SessionOptions:
    """What the person who starts the server decides."""

    debug_requests: bool = False
    offline_only: bool = False


class Session(LanguageServer):
    """The server as one client sees it."""

    protocol: SessionProtocol

    def __init__(self, options: SessionOptions, builder: Builder = build_app) -> None:
        converter: Any = LazyConverter()
        super().__init__(
            "monkey-coder", __version__, protocol_cls=SessionProtocol, converter_factory=lambda: converter
        )
        self.options = options
        self.client = Client()
        self.texts = TextStore()
        self.folder_uris: tuple[str, ...] = ()
        self.cancellable: dict[int | str, asyncio.Task[Any]] = {}
        self.settings: Mapping[str, Any] = {}
        self.keys: Mapping[str, Secret] = {}
        self.status = StatusNews(self)
        self.app = LiveApp(builder)
        self._completer: tuple[object, Completer] | None = None
        self._edits: LiveEdits | None = None
        self.watches: dict[str, Watch] = {}
        self.reading_outcomes: object = None
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._told: set[str] = set()
        self._indexing: asyncio.Future[None] | None = None
        self._observe_timers: dict[str, asyncio.TimerHandle] = {}
        self._changed_at: dict[str, float] = {}
        self._when_parent_gone: Callable[[], None] | None = None

    # Life

    def begin(
        self, outlet: Outlet, *, framed: bool, when_parent_gone: Callable[[], None] | None = None
    ) -> asyncio.Future[int]:
        """Start to serve; the future that comes back is the exit code.

        `when_parent_gone` is called, on another thread, once the client's process has ended.
        """
        self.protocol.outlet = outlet
        self.protocol.framed = framed
        self._when_parent_gone = when_parent_gone
        self._ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        return self._ended

    def initialize(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Take in the client's `initialize` and return the answer."""
        self.client = client_of(params)
        self.texts = TextStore(self.client.encoding)
        self.folder_uris = self.client.folders
        if self.client.process_id is not None and self._when_parent_gone is not None:
            watch(self.client.process_id, self._when_parent_gone)
        return {
            "capabilities": server_capabilities(self.client),
            "serverInfo": {"name": self.name, "version": self.version},
        }

    def leave(self, code: int) -> None:
        """End the session with an exit code."""
        if not self._ended.done():
            self.protocol.cancel_all()
            self._ended.set_result(code)

    def hang_up(self) -> None:
        """The client closed the connection without a word."""
        self.leave(0 if self.protocol.phase is Phase.SHUT_DOWN else 1)

    def stop_work(self) -> None:
        """Stop everything that works in the background, after `shutdown`."""
        for timer in self._observe_timers.values():
            timer.cancel()
        self._observe_timers.clear()
        self.app.stop()

    async def end(self) -> None:
        """Answer what is still open and release everything."""
        self.stop_work()
        await self.protocol.settle()
        await self.app.closed(_CLOSE_S)
        if self._scratch is not None:
            self._scratch.cleanup()
            self._scratch = None
        self.protocol.phase = Phase.ENDED

    # The house

    def start_app(self) -> None:
        """Build the house for the folders and settings as they are now."""
        options = {name: value for name, value in self.client.options.items() if name not in CLIENT_OPTIONS}
        overrides: dict[str, object] = {**options, **self.settings}
        self.app.start(self.folders, overrides, self.client.trusted, self.keys)
        self.protocol.spawn(self._greet())

    async def kit(self) -> Kit:
        """Return the models and learners, waiting for them to be built. Raises: MonkeyCoderError."""
        if not self.app.is_started:
            self.start_app()
        kit = (await self.app.get()).kit
        if self.options.offline_only:
            return replace(kit, model=kit.offline_model, complete_model=kit.offline_model)
        return kit

    async def completer(self) -> Completer:
        """Return what completes, one for each kit. Raises: MonkeyCoderError."""
        from ..features.complete import Completer

        kit = await self.kit()
        if self._completer is None or self._completer[0] is not self.app.built:
            self._completer = (self.app.built, Completer(kit))
        return self._completer[1]

    @property
    def edits(self) -> LiveEdits:
        """The edits under way; made at first use, since most sessions begin with typing."""
        if self._edits is None:
            from .live_edits import LiveEdits

            self._edits = LiveEdits(self)
        return self._edits

    @property
    def has_edits(self) -> bool:
        """Return whether any edit is under way."""
        return self._edits is not None and len(self._edits) > 0

    def has_edits_of(self, uri: str) -> bool:
        """Return whether an edit of this document is under way."""
        return self._edits is not None and self._edits.concerns(uri)

    async def _greet(self) -> None:
        """Show every open text to the new learners, and its warnings to the user."""
        try:
            app = await self.app.get()
        except MonkeyCoderError as error:
            self.tell_once(str(error), types.MessageType.Error)
            return
        for warning in app.warnings:
            self.tell_once(warning)
        if app.kit.indexing is not None:
            from .indexing import show

            if self._indexing is not None:
                self._indexing.cancel()
            self._indexing = self.protocol.spawn(show(self, app.kit.indexing))
        for text in self.texts:
            self.observe_soon(text.uri)
        self.status.poke()

    # Texts

    @property
    def folders(self) -> tuple[str, ...]:
        """The paths of the workspace folders that are on this machine."""
        from ..features.documents import path_of

        return tuple(path for uri in self.folder_uris if (path := path_of(uri)) is not None)

    def set_folders(self, uris: Sequence[str]) -> None:
        """Follow other workspace folders from here on."""
        self.folder_uris = tuple(uris)
        if self.app.built is not None:
            for learner in self.app.built.kit.learners:
                learner.open_folders(self.folders)

    def document(self, snapshot: Snapshot, text: str | None = None) -> Document:
        """Return a snapshot as the house knows documents, with another text if one is given."""
        from ..features.documents import make_document

        shown = snapshot.text if text is None else text
        return make_document(snapshot.uri, snapshot.language, snapshot.version, shown, self.folders)

    def observe_soon(self, uri: str) -> None:
        """Show the text to the learners after a pause in typing."""
        loop = asyncio.get_running_loop()
        self._changed_at[uri] = loop.time()
        # One timer a document, which looks how long the pause has lasted: a timer made and cancelled
        # for each keystroke would cost more than the keystroke.
        if uri not in self._observe_timers:
            self._observe_timers[uri] = loop.call_later(_OBSERVE_AFTER_S, self._observe_if_quiet, uri)

    def forget(self, uri: str) -> None:
        """Tell the learners that a document was closed."""
        timer = self._observe_timers.pop(uri, None)
        self._changed_at.pop(uri, None)
        if timer is not None:
            timer.cancel()
        if self._completer is not None:
            self._completer[1].forget(uri)
        if self.app.built is not None:
            for learner in self.app.built.kit.learners:
                learner.forget(uri)

    def _observe_if_quiet(self, uri: str) -> None:
        loop = asyncio.get_running_loop()
        wait_s = self._changed_at.get(uri, 0.0) + _OBSERVE_AFTER_S - loop.time()
        if wait_s > 0.01:
            self._observe_timers[uri] = loop.call_later(wait_s, self._observe_if_quiet, uri)
            return
        self._observe_timers.pop(uri, None)
        self._changed_at.pop(uri, None)
        self._observe(uri)

    def _observe(self, uri: str) -> None:
        app, snapshot = self.app.built, self.texts.snapshot(uri)
        if app is None or snapshot is None:
            return
        from ..features.documents import degrades

        document = self.document(snapshot)
        if degrades(document.language):
            self.log_once(f"{document.language}: no grammar is installed, so it is treated as plain text")
        for learner in app.kit.learners:
            learner.observe(document)
        self.status.poke()

    # The client

    def scratch_folder(self) -> Path:
        """Return a folder of this session's own for what the editor is to show; gone at the end."""
        import tempfile

        if self._scratch is None:
            self._scratch = tempfile.TemporaryDirectory(prefix="monkey-coder-", ignore_cleanup_errors=True)
        return Path(self._scratch.name)

    def tell(self, message: str, kind: types.MessageType = types.MessageType.Warning) -> None:
        """Show the user a message."""
        self.protocol.notify("window/showMessage", {"type": int(kind), "message": message})

    def tell_info(self, message: str) -> None:
        """Show the user a message that is no warning."""
        self.tell(message, types.MessageType.Info)

    def log_once(self, message: str) -> None:
        """Write a line into the editor's log, but not again in this session."""
        if message not in self._told:
            self._told.add(message)
            self.protocol.notify(
                "window/logMessage", {"type": int(types.MessageType.Info), "message": message}
            )

    def tell_once(self, message: str, kind: types.MessageType = types.MessageType.Warning) -> None:
        """Show the user a message, but not again in this session."""
        if message not in self._told:
            self._told.add(message)
            self.tell(message, kind)
