"""Serves the pages behind the desk: loopback by default, security headers on every answer, no log of who reads what."""

from __future__ import annotations

import ipaddress
import socket
from typing import Final
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboards.definition import read_dashboards
from dashboards.desk import Books, Desk
from dashboards.sign_in.users import Users
from dashboards.sign_in.wall_tokens import WallTokens
from warehouse.clock import Clock, running_clock
from warehouse.console import Exit, Problem
from warehouse.settings import Settings

LOOPBACK: Final = "127.0.0.1"
MOST_AT_ONCE: Final = 100
SECURITY_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


class Guard:
    """Refuses names of hosts that are not ours and puts the security headers on every answer.

    A page elsewhere that resolves its own name to 127.0.0.1 must not read names of people through a browser here.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        host = Headers(scope=scope).get("host", "").rsplit(":", 1)[0]
        strange = PlainTextResponse("Alamat ini tidak dilayani di sini.", 421)
        await (self._app if host in self._hosts else strange)(scope, receive, send_guarded)


class PageServer:
    """The server of the pages.

    Args:
        settings: where the pages, documents and secrets lie.
        port: 0 takes a free one.
        address: anything but loopback needs `public_url`.
        public_url: `https://name` of the TLS proxy in front.
        clock: for sessions and waiting times.

    Raises:
        Problem: the port is taken, or the pages would leave this machine without TLS.
    """

    def __init__(
        self,
        settings: Settings,
        port: int,
        *,
        address: str = LOOPBACK,
        public_url: str | None = None,
        clock: Clock | None = None,
        users: Users | None = None,
    ) -> None:
        public = urlsplit(public_url or "")
        is_https = public.scheme == "https" and bool(public.hostname)
        if not (is_https or _is_loopback(address)):
            reason = f"Alamat {address} keluar dari mesin ini; sebut proksi TLS di depannya: --public-url https://nama."
            raise Problem(reason, Exit.WRONG_USE)
        books = Books(users or Users.of(settings), WallTokens.of(settings), clock or running_clock())
        desk = Desk(settings, books, read_dashboards(), is_https=is_https)
        hosts = frozenset({LOOPBACK, "localhost", public.hostname or LOOPBACK})
        self._server = uvicorn.Server(
            uvicorn.Config(
                Guard(Starlette(routes=desk.routes()), hosts),
                http="h11", loop="asyncio", ws="none", lifespan="off", log_config=None, access_log=False,
                server_header=False, proxy_headers=False, limit_concurrency=MOST_AT_ONCE, timeout_graceful_shutdown=2,
            )
        )  # fmt: skip
        self._socket = _bound(address, port)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._socket.getsockname()[1])

    @property
    def host(self) -> str:
        """At which address it listens."""
        return str(self._socket.getsockname()[0])

    def serve_forever(self) -> None:
        """Answers until `shutdown`, SIGINT or SIGTERM."""
        self._server.run(sockets=[self._socket])

    def shutdown(self) -> None:
        """Ends `serve_forever` of another thread soon."""
        self._server.should_exit = True

    def close(self) -> None:
        """Gives the port back."""
        self._socket.close()


def _bound(address: str, port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((address, port))
    except OSError as error:
        listening.close()
        reason = f"Porta {port} di {address} tidak dapat dipakai ({error.strerror}); pilih yang lain dengan --port."
        raise Problem(reason, Exit.WRONG_USE) from error
    listening.listen(128)
    return listening


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
