"""`/iclock` over HTTP: bounded bodies in, plain text out, and OK only for what is durable."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import psycopg2
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from extractors.drivers.adms import OplogReader
from extractors.errors import ReadFailed
from extractors.push import Caller, Receiver, cut_body, large_body
from extractors.push_strangers import TurnedAway
from warehouse.clock import Clock
from warehouse.console import Exit, Problem
from warehouse.settings import Settings

logger = logging.getLogger(__name__)

MOST_AT_ONCE: Final = 2000  # connections; a city has a few hundred terminals
MOST_BYTES: Final = 8 * 2**20
MOST_BYTES_DISCARDED: Final = 64 * 2**20  # templates are not kept, but a terminal must get rid of them
BODY_SECONDS: Final = 60.0
KEEP_ALIVE_S: Final = 75  # longer than a terminal waits between two polls

Handler = Callable[[Request], Awaitable[Response]]


class BodyRefused(Exception):
    """A body that was not read to its end, how much of it came, and the answer."""

    def __init__(self, failure: ReadFailed, size: int, status: int) -> None:
        super().__init__(str(failure))
        self.failure, self.size, self.status = failure, size, status


def iclock_app(receiver: Receiver) -> Starlette:
    """The application: what terminals ask for, and nothing else."""
    door = _Door(receiver)
    routes = [
        Route("/iclock/cdata", _guarded(receiver, door.ask), methods=["GET"]),
        Route("/iclock/cdata", _guarded(receiver, door.post), methods=["POST"]),
        Route("/iclock/fdata", _guarded(receiver, door.post_photo), methods=["POST"]),
        Route("/iclock/getrequest", _guarded(receiver, door.poll), methods=["GET"]),
        Route("/iclock/devicecmd", _guarded(receiver, door.results), methods=["POST"]),
        Route("/iclock/ping", _guarded(receiver, door.ask_nothing), methods=["GET"]),
        Route("/healthz", _health, methods=["GET"]),
    ]

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        receiver.close()

    return Starlette(routes=routes, lifespan=lifespan)


async def _health(request: Request) -> Response:
    return PlainTextResponse("OK")


def _caller(request: Request) -> Caller:
    return Caller(request.query_params.get("SN", ""), request.client.host if request.client else "")


def _guarded(receiver: Receiver, handler: Handler) -> Handler:
    """Turns what can go wrong into an answer that makes the terminal keep its data."""

    async def guarded(request: Request) -> Response:
        try:
            return await handler(request)
        except TurnedAway as turned:
            return PlainTextResponse(f"mesin tidak diterima: {turned.reason}", 403)
        except BodyRefused as refused:
            if request.query_params.get("table", "").upper() == "ATTLOG":
                await _note_refused(receiver, request, refused)
            return PlainTextResponse(str(refused.failure), refused.status, headers={"Connection": "close"})
        except ClientDisconnect:
            return PlainTextResponse("", 400)
        except (Problem, psycopg2.Error) as error:
            receiver.landing_failed(_caller(request))
            logger.error("nothing landed: %s", type(error).__name__)
            return PlainTextResponse("coba lagi nanti", 503)

    return guarded


async def _note_refused(receiver: Receiver, request: Request, refused: BodyRefused) -> None:
    """A refusal that cannot be written down is logged: the answer is the same."""
    try:
        await run_in_threadpool(receiver.turn_body_away, _caller(request), refused.failure, refused.size)
    except (TurnedAway, Problem, psycopg2.Error) as error:
        logger.warning("a refused body is not noted: %s", type(error).__name__)


async def _chunks(request: Request, most: int) -> AsyncIterator[bytes]:
    """The body as it arrives.

    Raises:
        BodyRefused: larger than `most`, cut, or too slow.
    """
    size = 0
    try:
        if int(request.headers.get("content-length", "0")) > most:
            raise BodyRefused(large_body(most), 0, 413)
    except ValueError:
        raise BodyRefused(cut_body(), 0, 400) from None
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                size += len(chunk)
                if size > most:
                    raise BodyRefused(large_body(most), size, 413)
                yield chunk
    except (ClientDisconnect, TimeoutError):
        raise BodyRefused(cut_body(), size, 400) from None


async def _body(request: Request, most: int = MOST_BYTES) -> bytes:
    return b"".join([chunk async for chunk in _chunks(request, most)])


class _Door:
    """The requests of terminals, one method each."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver

    async def ask(self, request: Request) -> Response:
        """The handshake; any other question is a call without content."""
        if request.query_params.get("options") != "all":
            return await self.ask_nothing(request)
        return PlainTextResponse(await run_in_threadpool(self._receiver.handshake, _caller(request)))

    async def ask_nothing(self, request: Request) -> Response:
        """A sign of life."""
        await run_in_threadpool(self._receiver.greet, _caller(request))
        return PlainTextResponse("OK")

    async def poll(self, request: Request) -> Response:
        """A sign of life, answered with a command if there is one."""
        info = request.query_params.get("INFO", "")
        return PlainTextResponse(await run_in_threadpool(self._receiver.poll, _caller(request), info))

    async def post(self, request: Request) -> Response:
        """Records, the terminal's own book, a photo; everything else is dropped unread."""
        table = request.query_params.get("table", "").upper()
        if table == "ATTLOG":
            return await self._post_attlog(request)
        if table == "OPERLOG":
            return await self._post_oplog(request)
        if table == "ATTPHOTO":
            return await self.post_photo(request)
        await run_in_threadpool(self._receiver.require, _caller(request))
        async for _ in _chunks(request, MOST_BYTES_DISCARDED):
            pass
        return await self.ask_nothing(request)

    async def post_photo(self, request: Request) -> Response:
        """A photo."""
        caller = _caller(request)
        await run_in_threadpool(self._receiver.require, caller)  # a stranger's body is not read
        body = await _body(request)
        await run_in_threadpool(self._receiver.take_photo, caller, body, request.query_params.get("Stamp", ""))
        return PlainTextResponse("OK")

    async def results(self, request: Request) -> Response:
        """What became of a command."""
        caller = _caller(request)
        await run_in_threadpool(self._receiver.require, caller)
        await run_in_threadpool(self._receiver.take_results, caller, await _body(request))
        return PlainTextResponse("OK")

    async def _post_attlog(self, request: Request) -> Response:
        caller = _caller(request)
        await run_in_threadpool(self._receiver.require, caller)
        body = await _body(request)
        stamp = request.query_params.get("Stamp", "")
        count = await run_in_threadpool(self._receiver.take_attlog, caller, body, stamp)
        return PlainTextResponse(f"OK: {count}")

    async def _post_oplog(self, request: Request) -> Response:
        caller = _caller(request)
        await run_in_threadpool(self._receiver.require, caller)
        reader = OplogReader()
        async for chunk in _chunks(request, MOST_BYTES_DISCARDED):
            reader.feed(chunk)
        stamp = request.query_params.get("Stamp", "")
        count = await run_in_threadpool(self._receiver.take_oplog, caller, reader.entries(), stamp)
        return PlainTextResponse(f"OK: {count}")


class PushServer:
    """Serves terminals until it is stopped.

    Raises:
        Problem: the port is taken.
    """

    def __init__(self, settings: Settings, clock: Clock, *, address: str, port: int) -> None:
        self._server = uvicorn.Server(
            uvicorn.Config(
                iclock_app(Receiver(settings, clock)),
                http="h11", loop="asyncio", ws="none", lifespan="on", log_config=None, access_log=False,
                server_header=False, proxy_headers=False, limit_concurrency=MOST_AT_ONCE,
                timeout_keep_alive=KEEP_ALIVE_S, timeout_graceful_shutdown=5,
            )
        )  # fmt: skip
        self._socket = _bound(address, port)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._socket.getsockname()[1])

    def run(self) -> None:
        """Serves until SIGTERM or Ctrl-C."""
        self._server.run(sockets=[self._socket])

    def stop(self) -> None:
        """Makes `run` end."""
        self._server.should_exit = True


def _bound(address: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((address, port))
    except OSError as error:
        bound.close()
        raise Problem(f"Porta {port} di {address} tidak dapat dibuka: {error.strerror}.", Exit.WRONG_USE) from error
    bound.listen(1024)
    return bound
