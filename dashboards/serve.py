"""Shows the page on this machine: loopback only, two paths, reading only. Sign-in comes with a server for others."""

from __future__ import annotations

import logging
import signal
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from dashboards.page import PAGE_NAME
from warehouse.console import Exit, Problem
from warehouse.settings import Settings

LOOPBACK: Final = "127.0.0.1"
_PATHS: Final = ("/", f"/{PAGE_NAME}")
# A page elsewhere that resolves its own name to 127.0.0.1 must not read names of people through a browser here.
_HOSTS: Final = frozenset({LOOPBACK, "localhost"})
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
_NOT_YET: Final = (
    '<!doctype html><html lang="id"><meta charset="utf-8"><meta http-equiv="refresh" content="10">'
    "<title>Belum ada halaman</title><p>Halaman belum dibuat. Ia muncul di sini setelah data dibangun "
    "(<code>hadir build</code>, lalu <code>hadir dashboards preview</code>)."
)
logger = logging.getLogger(__name__)


class _PageHandler(BaseHTTPRequestHandler):
    server_version = "hadir"
    sys_version = ""
    timeout = 15
    server: PageServer

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        host = (self.headers.get("Host") or "").rsplit(":", 1)[0]
        if host not in _HOSTS:
            self._send(HTTPStatus.MISDIRECTED_REQUEST, "Alamat ini tidak dilayani di sini.", with_body=with_body)
        elif self.path.split("?", 1)[0] not in _PATHS:
            self._send(HTTPStatus.NOT_FOUND, "Tidak ada halaman di sini.", with_body=with_body)
        else:
            self._send_page(with_body=with_body)

    def _send_page(self, *, with_body: bool) -> None:
        path = self.server.settings.pages_dir / PAGE_NAME
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            self._send(HTTPStatus.SERVICE_UNAVAILABLE, _NOT_YET, with_body=with_body)
            return
        self._send(HTTPStatus.OK, text, with_body=with_body)

    def _send(self, status: HTTPStatus, text: str, *, with_body: bool) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in SECURITY_HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Every other method or broken request: the same headers, no page of the library."""
        self._send(HTTPStatus(code), HTTPStatus(code).phrase, with_body=self.command != "HEAD")

    def log_message(self, format: str, *args: Any) -> None:
        logger.debug(format, *args)


class PageServer(ThreadingHTTPServer):
    """The server of one page."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, settings: Settings, port: int) -> None:
        self.settings = settings
        try:
            super().__init__((LOOPBACK, port), _PageHandler)
        except OSError as error:
            reason = f"Porta {port} tidak dapat dipakai ({error.strerror}); pilih yang lain dengan --port."
            raise Problem(reason, Exit.WRONG_USE) from error

    @property
    def address(self) -> str:
        """Where a browser finds the page."""
        return f"http://{LOOPBACK}:{self.server_address[1]}/"


def serve(settings: Settings, port: int) -> None:
    """Serves var/pages/index.html on 127.0.0.1 until SIGINT or SIGTERM.

    Raises:
        Problem: the port is taken.
    """
    with PageServer(settings, port) as server:
        if threading.current_thread() is threading.main_thread():
            # shutdown() waits for the loop that this very thread runs, so another thread calls it.
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: threading.Thread(target=server.shutdown, daemon=True).start())
        server.serve_forever(poll_interval=0.2)
