"""What is done with each message: the life of a session, every request answered, errors kept short.

pygls' protocol underneath keeps the converter and the typed calls of the client
(`window_show_message` and the like). Reading, dispatching and writing are our own, since pygls
answers no request whose params are ill-formed, none after `shutdown`, and takes any nested object
with a key "jsonrpc" for a message.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from enum import Enum
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol

from cattrs import transform_error
from lsprotocol.types import METHOD_TO_TYPES
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol

from ..core.errors import MonkeyCoderError
from .framing import BadFrame, frame
from .messages import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    PARSE_ERROR,
    REQUEST_CANCELLED,
    REQUEST_FAILED,
    SERVER_NOT_INITIALIZED,
    BadMessage,
    Id,
    Message,
    Notification,
    Request,
    Response,
)
from .methods import handler_of, is_raw

if TYPE_CHECKING:
    from cattrs import Converter

    from .session import Session

log = logging.getLogger(__name__)


class Outlet(Protocol):
    """Where message bodies go. Neither call ever waits for the client."""

    def write(self, data: bytes) -> None:
        """Take bytes to send, in order."""

    def backlog(self) -> int:
        """Return how many bytes the client has not taken yet."""


class Phase(Enum):
    """Where a session is in its life."""

    NEW = "new"
    RUNNING = "running"
    SHUT_DOWN = "shut down"
    ENDED = "ended"


class RequestError(Exception):
    """A request that cannot be answered; the client is told this code and message."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class LazyConverter:
    """The converter of protocol types, made when it is first needed: making one takes 30 ms."""

    def __init__(self) -> None:
        self._converter: Converter | None = None

    def __getattr__(self, name: str) -> Any:
        if self._converter is None:
            from pygls.protocol import default_converter

            self._converter = default_converter()  # type: ignore[no-untyped-call]
        return getattr(self._converter, name)


class SessionProtocol(LanguageServerProtocol):
    """The messages of one session."""

    _server: Session

    def __init__(self, server: Session, converter: Converter) -> None:
        super().__init__(server, converter)
        self.phase = Phase.NEW
        self.outlet: Outlet | None = None
        self.framed = True
        self._tasks: dict[Id, asyncio.Future[Any]] = {}
        self._background: set[asyncio.Future[Any]] = set()
        self._asked: dict[Id, tuple[str, Future[Any]]] = {}
        self._ids = count(1)

    def _register_builtin_features(self) -> None:
        """Nothing: `methods.py` lists what is handled."""

    def dispatch(self, message: Message | BadFrame) -> None:
        """Take one message. Everything up to a handler's first await happens before the next one."""
        match message:
            case Notification(method=method, params=params):
                self._notified(method, params)
            case Request():
                self._requested(message)
            case Response():
                self._answered(message)
            case BadMessage(id=message_id, code=code, reason=reason):
                self._send_error(message_id, code, reason)
            case BadFrame(reason=reason):
                log.warning("the client sent %s", reason)
                self._send_error(None, PARSE_ERROR, f"Received {reason}.")
                if message.is_too_large:
                    self._server.tell_once(
                        f"Monkey Coder skipped {reason}. Files that large are not followed."
                    )

    def cancel_all(self) -> None:
        """Cancel every request that still runs; each is answered as such."""
        for task in [*self._tasks.values(), *self._background]:
            task.cancel()

    async def settle(self) -> None:
        """Wait until every cancelled request has been answered."""
        running = [*self._tasks.values(), *self._background]
        if running:
            await asyncio.wait(running, timeout=0.5)
            await asyncio.sleep(0)

    def spawn(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Future[Any]:
        """Run work that no request waits for; a failure is logged, and it ends with the session."""
        task = asyncio.ensure_future(coroutine)
        self._background.add(task)
        task.add_done_callback(self._background_done)
        return task

    # Incoming

    def _notified(self, method: str, params: Any) -> None:
        if method == "exit":
            self._server.leave(0 if self.phase is Phase.SHUT_DOWN else 1)
            return
        if self.phase is not Phase.RUNNING:
            return
        if method == "$/cancelRequest":
            message_id = params.get("id") if isinstance(params, dict) else None
            task = self._tasks.get(message_id) if isinstance(message_id, int | str) else None
            if task is not None:
                task.cancel()
            return
        try:
            handle = handler_of(method)
            if handle is None:
                return
            result = handle(self._server, self._structured(method, params))
            if asyncio.iscoroutine(result):
                self.spawn(result)
        except RequestError as error:
            log.warning("ignored %s: %s", method, error)
        except Exception:
            log.exception("failed to handle %s", method)

    def _requested(self, request: Request) -> None:
        refused = self._refusal(request)
        if refused is not None:
            self._send_error(request.id, *refused)
            return
        if request.method == "initialize":
            self._initialize(request)
            return
        if request.method == "shutdown":
            self.phase = Phase.SHUT_DOWN
            self._send_response(request.id)
            self.cancel_all()
            self._server.stop_work()
            return
        try:
            handle = handler_of(request.method)
            if handle is None:
                raise RequestError(METHOD_NOT_FOUND, f"There is no method {request.method[:200]!r}.")
            result = handle(self._server, self._structured(request.method, request.params))
        except Exception as error:  # noqa: BLE001  (logged there; every request is answered)
            self._send_failure(request, error)
            return
        if not asyncio.iscoroutine(result):
            self._reply(request, result)
            return
        task = asyncio.ensure_future(result)
        self._tasks[request.id] = task
        task.add_done_callback(partial(self._finished, request))

    def _refusal(self, request: Request) -> tuple[int, str] | None:
        match self.phase:
            case Phase.NEW if request.method != "initialize":
                return SERVER_NOT_INITIALIZED, "Send initialize first."
            case Phase.RUNNING if request.method == "initialize":
                return INVALID_REQUEST, "The server is initialized already."
            case Phase.SHUT_DOWN | Phase.ENDED:
                return INVALID_REQUEST, "The server was shut down; the only thing left is exit."
        if request.id in self._tasks:
            return INVALID_REQUEST, "A request with this id is still being answered."
        return None

    def _initialize(self, request: Request) -> None:
        if not isinstance(request.params, dict):
            self._send_error(request.id, INVALID_PARAMS, "The params of initialize are an object.")
            return
        result = self._server.initialize(request.params)
        self.phase = Phase.RUNNING
        self._send_response(request.id, result)

    def _structured(self, method: str, params: Any) -> Any:
        """Return params as the type that the protocol gives them; raw where a handler wants them so."""
        if is_raw(method):
            return params
        types: Any = METHOD_TO_TYPES.get(method)
        if types is None or types[2] is None:
            return params
        return self.structure(params, types[2], "params")

    def structure(self, value: Any, type_: Any, name: str) -> Any:
        """Return plain JSON as a type of the protocol. Raises: RequestError that says what is wrong."""
        try:
            return self._converter.structure(value, type_)
        except Exception as error:
            wrong = "; ".join(transform_error(error, path=name))[:500]
            raise RequestError(INVALID_PARAMS, wrong) from error

    def _finished(self, request: Request, task: asyncio.Future[Any]) -> None:
        self._tasks.pop(request.id, None)
        if task.cancelled():
            self._send_error(request.id, REQUEST_CANCELLED, "The request was cancelled.")
        elif (error := task.exception()) is not None:
            self._send_failure(request, error)
        else:
            self._reply(request, task.result())

    def _background_done(self, task: asyncio.Future[Any]) -> None:
        self._background.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("work in the background failed", exc_info=error)

    # Outgoing

    def _reply(self, request: Request, result: Any) -> None:
        try:
            self._send_response(request.id, result)
        except Exception as error:  # noqa: BLE001  (logged there; every request is answered)
            self._send_failure(request, error)

    def _send_failure(self, request: Request, error: BaseException) -> None:
        match error:
            case RequestError():
                self._send_error(request.id, error.code, str(error))
            case MonkeyCoderError():
                self._send_error(request.id, REQUEST_FAILED, str(error))
            case _:
                log.error("failed to answer %s", request.method, exc_info=error)
                message = f"{request.method[:200]} failed inside the server; its log on stderr says where."
                self._send_error(request.id, INTERNAL_ERROR, message)

    def _send_response(self, msg_id: Id, result: Any = None, error: Any = None) -> None:
        self._send_data({"jsonrpc": "2.0", "id": msg_id, "result": result})

    def _send_error(self, message_id: Id | None, code: int, message: str) -> None:
        self._send_data({"jsonrpc": "2.0", "id": message_id, "error": {"code": code, "message": message}})

    def _send_data(self, data: Any) -> None:
        if self.outlet is None or self.phase is Phase.ENDED:
            return
        body = json.dumps(data, default=self._serialize_message, separators=(",", ":")).encode()
        self.outlet.write(frame(body) if self.framed else body)

    def notify(self, method: str, params: Any = None) -> None:
        """Send a notification; none after `shutdown`."""
        if self.phase is not Phase.SHUT_DOWN:
            self._send_data({"jsonrpc": "2.0", "method": method, "params": params})

    def send_request(
        self,
        method: str,
        params: Any = None,
        callback: Callable[[Any], None] | None = None,
        msg_id: Id | None = None,
    ) -> Future[Any]:
        """Ask the client. The answer comes structured, or as an exception if it is of another shape.

        A client may never answer: put a time limit on every wait.
        """
        future: Future[Any] = Future()
        if self.phase is not Phase.RUNNING:
            future.cancel()
            return future
        message_id = f"monkey-coder-{next(self._ids)}" if msg_id is None else msg_id
        self._asked[message_id] = (method, future)
        future.add_done_callback(lambda _: self._asked.pop(message_id, None))
        if callback is not None:
            future.add_done_callback(lambda done: callback(done.result()) if _succeeded(done) else None)
        self._send_data({"jsonrpc": "2.0", "id": message_id, "method": method, "params": params})
        return future

    def _answered(self, response: Response) -> None:
        method, future = self._asked.pop(response.id, ("", None))
        if future is None or not future.set_running_or_notify_cancel():
            return
        if response.error is not None:
            message = str(response.error.get("message", "no reason given"))
            future.set_exception(JsonRpcException(message=f"{method}: {message}"))
            return
        result_type: Any = METHOD_TO_TYPES[method][1] if method in METHOD_TO_TYPES else None
        try:
            future.set_result(self._result(response.result, result_type))
        except (ValueError, TypeError, KeyError, AttributeError, ExceptionGroup):
            future.set_exception(JsonRpcException(message=f"{method}: the client's answer has another shape"))

    def _result(self, result: Any, response_type: Any) -> Any:
        if response_type is None or result is None:
            return result
        whole = self._converter.structure({"id": 0, "jsonrpc": "2.0", "result": result}, response_type)
        return whole.result


def _succeeded(future: Future[Any]) -> bool:
    return not future.cancelled() and future.exception() is None
