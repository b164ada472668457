"""The stand-in as a server on 127.0.0.1: reads requests, strikes them with ordered faults, counts them, answers."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.metabase_standin import admin_routes, content_routes, dashboard_routes, database_routes, openapi
from tests.metabase_standin.faults import Fault
from tests.metabase_standin.routing import FORBIDDEN, JSON, PLAIN, Answer, Call, Caller, Refused, Route, find_route
from tests.metabase_standin.state import ADMINISTRATORS, StandInState

# Imported for the endpoints that they declare.
ENDPOINTS = (admin_routes, content_routes, dashboard_routes, database_routes, openapi)
ADMIN_EMAIL, ADMIN_PASSWORD = "admin@metabase-stand-in.example", "stand-in-password-1"
NOBODY = Caller(0, frozenset())
# Takes the method, the path and the JSON answer, gives another answer: for tests that break one on purpose.
Tamper = Callable[[str, str, Any], Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """One request that arrived, with the status that went out; 0 where the line was cut."""

    method: str
    path: str
    status: int
    body: Any


class MetabaseStandIn:
    """A running stand-in for a Metabase server; a context manager.

    Args:
        version: the middle number of v0.N: 57, 62, 63, 65. Below 57 queries are answered in the legacy form.
        is_set_up: with an administrator (ADMIN_EMAIL, ADMIN_PASSWORD) and an administrator's API key; else fresh.
        sync_polls: readings of a database that a schema sync outlasts.
        today: the server's date for relative filters.
    """

    def __init__(
        self,
        version: int = 63,
        *,
        is_set_up: bool = True,
        sync_polls: int = 1,
        today: date | None = None,
    ) -> None:
        self.state = StandInState(version, sync_polls, today or date.today())
        self.faults: list[Fault] = []
        self.seen: list[Seen] = []
        self.tamper: Tamper | None = None
        self.admin_key = self._set_up() if is_set_up else ""
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"standin": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def _set_up(self) -> str:
        user = {"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD, "first_name": "Admin", "last_name": "Pengganti"}
        body = {"token": self.state.setup_token, "user": user, "prefs": {"site_name": "Stand-in"}}
        admin_routes.set_up(self.state, Call(NOBODY, (), {}, body))
        return self.mint_key("administrator", ADMINISTRATORS)

    def mint_key(self, name: str, group_id: int) -> str:
        """An API key of a group, made behind the counter."""
        call = Call(Caller(1, frozenset({ADMINISTRATORS})), (), {}, {"name": name, "group_id": group_id})
        return str(admin_routes.create_key(self.state, call)["unmasked_key"])

    @property
    def url(self) -> str:
        """The address, without a slash at its end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def counted(self) -> Counter[tuple[str, str]]:
        """How often each method and path was asked for."""
        return Counter((seen.method, seen.path) for seen in self.seen)

    def written(self) -> list[Seen]:
        """The requests that change something: PUT, DELETE and POST other than queries and sign-in."""
        reading = ("/query", "/api/session", "/api/dataset", "/translate")
        return [
            seen
            for seen in self.seen
            if seen.method in ("PUT", "DELETE")
            or (seen.method == "POST" and not seen.path.rstrip("/").endswith(reading) and "/query/" not in seen.path)
        ]

    def __enter__(self) -> MetabaseStandIn:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, method: str, path: str, headers: Any, query: str, body: Any) -> Answer:
        """The answer to one request, after sign-in and rights."""
        try:
            known, ids = find_route(method, path)
            caller = self._caller(known, headers)
            with self._lock:
                done = known.handler(self.state, Call(caller, ids, parse_qs(query), body))
        except Refused as refused:
            is_text = isinstance(refused.body, str)
            return Answer(refused.status, refused.body, PLAIN if is_text else JSON)
        answer = done if isinstance(done, Answer) else Answer(200, done)
        if self.tamper is not None and answer.content_type == JSON:
            answer = Answer(answer.status, self.tamper(method, path, json.loads(json.dumps(answer.body))))
        return answer

    def _caller(self, known: Route, headers: Any) -> Caller:
        if known.is_public:
            return NOBODY
        caller = self.state.caller_of(headers.get("X-Metabase-Session"), headers.get("X-API-KEY"))
        if known.is_for_admins and not caller.is_admin:
            raise FORBIDDEN
        return caller


class _LineCut(Exception):
    """The connection is reset instead of answered."""


class _Handler(BaseHTTPRequestHandler):
    standin: MetabaseStandIn
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        fault = next((fault for fault in self.standin.faults if fault.strikes(self.command, parts.path)), None)
        body: Any = None
        try:
            if fault is not None and fault.kind == "reset":
                raise _LineCut
            body = self._body()
            if fault is not None and fault.kind == "slow":
                time.sleep(fault.seconds)
            if fault is not None and fault.kind == "status":
                answer = Answer(fault.status, fault.body, PLAIN)
            else:
                answer = self.standin.answer(self.command, parts.path, self.headers, parts.query, body)
            if fault is not None and fault.kind == "reset_after":
                raise _LineCut
        except ValueError:
            answer = Answer(400, {"message": "Malformed request."})
        except _LineCut:
            self.standin.seen.append(Seen(self.command, parts.path, 0, body))
            self._cut()
            return
        self.standin.seen.append(Seen(self.command, parts.path, answer.status, body))
        self._send(answer)

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - names of http.server

    def _body(self) -> Any:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not raw:
            return None
        if self.headers.get_content_type() == "application/x-www-form-urlencoded":
            return {name: values[0] for name, values in parse_qs(raw.decode()).items()}
        return json.loads(raw)

    def _send(self, answer: Answer) -> None:
        text = answer.body if answer.content_type != JSON else json.dumps(answer.body)
        raw = b"" if answer.status == 204 else str(text).encode()
        try:
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("X-Metabase-Version", f"v0.{self.standin.state.version}.3")
            if answer.status != 204:
                self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the client gave up waiting

    def _cut(self) -> None:
        """Resets the connection: no answer, no orderly end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        pass
