"""The house behind one session: built off the event loop, rebuilt when settings change, closed at the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from ..core.errors import ConfigError, MonkeyCoderError

if TYPE_CHECKING:
    from pathlib import Path

    from ..app import Health, Offer, Total
    from ..core.endpoint import Secret
    from ..core.kit import Kit

log = logging.getLogger(__name__)


class BuiltApp(Protocol):
    """What a session needs of `monkey_coder.app.App`."""

    @property
    def kit(self) -> Kit:
        """The models and learners."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know about the settings."""

    def health(self) -> Sequence[Health]:
        """How each language model that was asked is doing."""

    @property
    def backups(self) -> str:
        """The folder that keeps what was in files before they were changed."""

    @property
    def trusted(self) -> bool:
        """Whether the user has trusted the workspace folders."""

    @property
    def day_usd(self) -> float | None:
        """The most to spend on one day; None is no limit."""

    @property
    def ledger_file(self) -> Path:
        """The path of the ledger, which need not exist."""

    async def today(self) -> Total | None:
        """Return what language models used today; None if nothing."""

    async def offers(self) -> Sequence[Offer]:
        """Return the language models to choose from."""

    async def aclose(self) -> None:
        """Stop all background work, keep what was learned, and close the connections to providers."""


class Builder(Protocol):
    """`monkey_coder.app.build`."""

    def __call__(
        self,
        folders: Sequence[str],
        *,
        overrides: Mapping[str, object],
        trusted: bool,
        keys: Mapping[str, Secret],
    ) -> BuiltApp:
        """Build and wire everything. May take long: it is called on a thread."""


def build_app(
    folders: Sequence[str],
    *,
    overrides: Mapping[str, object],
    trusted: bool,
    keys: Mapping[str, Secret],
) -> BuiltApp:
    """Build the real house."""
    from ..app import build  # type: ignore[attr-defined,unused-ignore]

    app: BuiltApp = build(folders, overrides=overrides, trusted=trusted, keys=keys)
    return app


class LiveApp:
    """The newest app of a session. `start` again replaces it; the old one is closed."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._building: asyncio.Task[BuiltApp] | None = None
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def is_started(self) -> bool:
        return self._building is not None

    @property
    def built(self) -> BuiltApp | None:
        """The app, if it stands already."""
        task = self._building
        if task is None or not task.done() or task.cancelled() or task.exception() is not None:
            return None
        return task.result()

    def start(
        self,
        folders: Sequence[str],
        overrides: Mapping[str, object],
        trusted: bool,
        keys: Mapping[str, Secret],
    ) -> None:
        """Begin to build; `get` waits for it."""
        self.stop()
        self._building = asyncio.ensure_future(
            asyncio.to_thread(self._build, tuple(folders), dict(overrides), trusted, dict(keys))
        )

    async def get(self) -> BuiltApp:
        """Return the app once it stands.

        Raises: MonkeyCoderError, such as ConfigError for settings that cannot be used.
        """
        if self._building is None:
            raise ConfigError("the session has ended")
        # Shielded: a caller that is cancelled does not take the house down for all others.
        return await asyncio.shield(self._building)

    def stop(self) -> None:
        """Close the app in the background."""
        building, self._building = self._building, None
        if building is not None:
            task = asyncio.ensure_future(self._close(building))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def closed(self, timeout_s: float) -> None:
        """Wait until what was stopped is closed, but no longer than `timeout_s`."""
        if self._closing:
            await asyncio.wait(self._closing, timeout=timeout_s)

    def _build(
        self,
        folders: Sequence[str],
        overrides: Mapping[str, object],
        trusted: bool,
        keys: Mapping[str, Secret],
    ) -> BuiltApp:
        try:
            return self._builder(folders, overrides=overrides, trusted=trusted, keys=keys)
        except MonkeyCoderError:
            raise
        except Exception as error:
            log.exception("the app could not be built")
            raise ConfigError(
                f"Monkey Coder could not start ({type(error).__name__}: {error}); run `monkey-coder doctor`"
            ) from error

    @staticmethod
    async def _close(building: asyncio.Task[BuiltApp]) -> None:
        try:
            app = await building
            await app.aclose()
        except Exception:
            log.debug("the app did not close cleanly", exc_info=True)
