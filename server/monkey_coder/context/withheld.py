"""A Model that is not shown files of keys and passwords."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import PurePath

from ..core.errors import InputError
from ..core.model import Event, Model, Request
from ..filesystem.names import is_secret


class Withheld:
    """Stands in front of a provider's model: a file such as `.env` is refused by its name, unsent.

    Redaction takes out what looks like a secret; in these files everything may be one.
    """

    def __init__(self, model: Model) -> None:
        self._model = model

    @property
    def name(self) -> str:
        return self._model.name

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """Yield what the inner model answers. Raises: InputError for a file of secrets."""
        task = request.task
        for document in (task.document, task.target):
            if document is not None and document.path and is_secret(PurePath(document.path).parts):
                raise InputError(
                    f"{document.path!r} is a file of keys or passwords by its name, so it is not sent to "
                    f"{self.name}. The offline engine (`--offline`) can still work on it"
                )
        async with aclosing(self._model.stream(request)) as events:
            async for event in events:
                yield event
