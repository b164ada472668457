"""The desk in front of the pages: who asks, what he may see, and what he gets instead when he may not."""

from __future__ import annotations

import asyncio
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from dashboards.definition import ROOM, Dashboard
from dashboards.page import page_name, pages_of
from dashboards.sign_in.sessions import LIFETIME, Session, Sessions, SlowDown
from dashboards.sign_in.users import User, Users
from dashboards.sign_in.wall_tokens import WallTokens
from warehouse.clock import Clock
from warehouse.settings import Settings

SESSION_COOKIE: Final = "hadir_sesi"
FORM_COOKIE: Final = "hadir_formulir"
WALL_COOKIE: Final = "hadir_layar"
WALL_COOKIE_S: Final = 366 * 24 * 3600
LONGEST_FORM: Final = 4096
NAME_ROOM: Final = 64
# Who looks after the data or audits them reads how they are made, too.
DOCS_ROLES: Final = frozenset({"auditor", "bkpp"})
# Our own documents, whose scripts stand in them; they may ask nobody for anything.
DOCS_POLICY: Final = (
    "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
DESK_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_LINKS: Final = re.compile(r"<!--pages-->.*?<!--/pages-->", re.DOTALL)
_TEMPLATES: Final = ROOM / "templates"
_NOT_YET: Final = (
    "Halaman ini muncul setelah data dibangun: hadir build, lalu hadir dashboards preview. Ia memuat ulang dirinya."
)


@dataclass(slots=True)
class Books:
    """What the desk looks up: users and tokens in files, sessions and failures in memory."""

    users: Users
    tokens: WallTokens
    clock: Clock
    sessions: Sessions = field(init=False)
    slow_down: SlowDown = field(init=False)

    def __post_init__(self) -> None:
        self.sessions = Sessions(self.users, self.clock)
        self.slow_down = SlowDown(self.clock)


class Desk:
    """Answers of the server, one method per path.

    Args:
        settings: where the pages and documents lie.
        books: users, tokens, sessions.
        dashboards: which pages there are, and for whom.
        is_https: a TLS proxy stands in front, so cookies go over TLS only.
    """

    def __init__(self, settings: Settings, books: Books, dashboards: Sequence[Dashboard], *, is_https: bool) -> None:
        self._settings = settings
        self._books = books
        self._dashboards = dashboards
        self._is_https = is_https
        self._pages = {name: each for each in dashboards for name, _ in pages_of(each)}
        self._one_at_a_time = asyncio.Lock()  # a hash takes 32 MiB: a flood of tries waits in line

    def routes(self) -> list[Route]:
        """Every path that is answered."""
        return [
            Route("/", self.first_page),
            Route("/masuk", self.sign_in_form),
            Route("/masuk", self.sign_in, methods=["POST"]),
            Route("/keluar", self.sign_out_form),
            Route("/keluar", self.sign_out, methods=["POST"]),
            Route("/layar", self.wall),
            Route("/layar/{token}", self.admit_wall),
            Route("/docs/dbt.html", self.dbt_docs),
            Route("/docs/gx/{path:path}", self.data_docs),
            Route("/{name}", self.page),
        ]

    async def first_page(self, request: Request) -> Response:
        """To the first page of the role."""
        session = self._session(request)
        if session is None:
            return _go("/masuk")
        links = self._links(session.user)
        if not links:
            return self._say(HTTPStatus.NOT_FOUND, "Belum ada halaman untuk Anda", "Peran Anda belum punya dasbor.")
        return _go(links[0][0])

    async def page(self, request: Request) -> Response:
        """A dashboard's page, with links to what this person may see."""
        name = request.path_params["name"]
        dashboard = self._pages.get(name)
        session = self._session(request)
        if session is None:
            return _go("/masuk")
        if dashboard is None:
            return self._say(HTTPStatus.NOT_FOUND, "Tidak ada halaman di sini")
        if session.user.role not in dashboard.roles:
            return self._say(HTTPStatus.FORBIDDEN, "Halaman ini bukan untuk peran Anda")
        return self._page_file(name, self._nav(session.user, f"/{name}"))

    async def sign_in_form(self, request: Request) -> Response:
        """The form for name and password."""
        return self._sign_in_form(request, HTTPStatus.OK)

    async def sign_in(self, request: Request) -> Response:
        """Name and password: a session, or the form again with the same words for every reason."""
        form = await _form(request)
        if not _is_same(form.get("form_token"), request.cookies.get(FORM_COOKIE)) or _is_from_elsewhere(request):
            return self._sign_in_form(request, HTTPStatus.FORBIDDEN, "Formulir ini sudah tidak berlaku; isi lagi.")
        name = form.get("name", "").strip().lower()[:NAME_ROOM]
        async with self._one_at_a_time:
            if wait_s := self._books.slow_down.wait_s(name):
                fault = f"Terlalu banyak percobaan. Coba lagi dalam {wait_s} detik."
                answer = self._sign_in_form(request, HTTPStatus.TOO_MANY_REQUESTS, fault)
                answer.headers["Retry-After"] = str(wait_s)
                return answer
            user = await run_in_threadpool(self._books.users.signing_in, name, form.get("password", ""))
        if user is None:
            self._books.slow_down.failed(name)
            return self._sign_in_form(request, HTTPStatus.UNAUTHORIZED, "Nama atau kata sandi salah.")
        self._books.slow_down.succeeded(name)
        self._books.sessions.close(request.cookies.get(SESSION_COOKIE, ""))
        answer = _go("/")
        self._give(answer, SESSION_COOKIE, self._books.sessions.open(user), int(LIFETIME.total_seconds()))
        answer.delete_cookie(FORM_COOKIE, samesite="strict")
        return answer

    async def sign_out_form(self, request: Request) -> Response:
        """Asks once more: a page has no form of its own, and a link may not change anything."""
        session = self._session(request)
        if session is None:
            return _go("/masuk")
        text = f"Anda masuk sebagai {session.user.name}."
        return self._say(HTTPStatus.OK, "Keluar?", text, form="sign_out", form_token=session.form_token)

    async def sign_out(self, request: Request) -> Response:
        """Ends the session here, not only in the browser."""
        session = self._session(request)
        form = await _form(request)
        if session is not None:
            if not _is_same(form.get("form_token"), session.form_token):
                return self._say(HTTPStatus.FORBIDDEN, "Formulir ini sudah tidak berlaku", form="back")
            self._books.sessions.close(request.cookies.get(SESSION_COOKIE, ""))
        answer = _go("/masuk")
        answer.delete_cookie(SESSION_COOKIE, samesite="strict")
        return answer

    async def admit_wall(self, request: Request) -> Response:
        """A screen's address, opened once: its token becomes a cookie and leaves the address bar."""
        token = request.path_params["token"]
        if self._books.tokens.dashboard_of(token) is None:
            return self._no_wall()
        answer = _go("/layar")
        self._give(answer, WALL_COOKIE, token, WALL_COOKIE_S)
        return answer

    async def wall(self, request: Request) -> Response:
        """The wall form of the token's dashboard, nothing else."""
        key = self._books.tokens.dashboard_of(request.cookies.get(WALL_COOKIE, ""))
        dashboard = next((each for each in self._dashboards if each.key == key and each.wall), None)
        if dashboard is None:
            return self._no_wall()
        return self._page_file(next(name for name, is_wall in pages_of(dashboard) if is_wall), "")

    async def dbt_docs(self, request: Request) -> Response:
        """dbt's documentation, one file."""
        return await self._document(request, self._settings.docs_dir, "index.html")

    async def data_docs(self, request: Request) -> Response:
        """What Great Expectations found, a folder of files."""
        return await self._document(request, self._settings.docs_dir / "gx", request.path_params["path"])

    async def _document(self, request: Request, folder: Path, path: str) -> Response:
        session = self._session(request)
        if session is None:
            return _go("/masuk")
        if session.user.role not in DOCS_ROLES:
            return self._say(HTTPStatus.FORBIDDEN, "Halaman ini bukan untuk peran Anda")
        try:
            answer = await StaticFiles(directory=folder, check_dir=False).get_response(path, request.scope)
        except HTTPException:
            return self._say(HTTPStatus.NOT_FOUND, "Dokumen ini belum dibuat", "Jalankan make docs atau hadir check.")
        answer.headers["Content-Security-Policy"] = DOCS_POLICY
        return answer

    def _session(self, request: Request) -> Session | None:
        return self._books.sessions.find(request.cookies.get(SESSION_COOKIE, ""))

    def _links(self, user: User) -> list[tuple[str, str]]:
        pages = [(f"/{page_name(each.key)}", each.reader) for each in self._dashboards if user.role in each.roles]
        documents = (
            ("/docs/dbt.html", "index.html", "Asal data"),
            ("/docs/gx/index.html", "gx/index.html", "Periksa data"),
        )
        return pages + [
            (href, label)
            for href, file, label in documents
            if user.role in DOCS_ROLES and (self._settings.docs_dir / file).is_file()
        ]

    def _nav(self, user: User, current: str) -> str:
        return self._templates.get_template("nav.html.j2").render(links=self._links(user), user=user, current=current)

    def _page_file(self, name: str, nav: str) -> Response:
        try:
            text = (self._settings.pages_dir / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return self._say(HTTPStatus.SERVICE_UNAVAILABLE, "Halaman belum dibuat", _NOT_YET, refresh_s=10)
        return HTMLResponse(_LINKS.sub(lambda _: nav, text))

    def _no_wall(self) -> Response:
        text = "Minta alamat baru kepada BKPP: hadir dashboards wall-token."
        return self._say(HTTPStatus.FORBIDDEN, "Layar ini belum diizinkan", text, refresh_s=60)

    def _sign_in_form(self, request: Request, status: HTTPStatus, fault: str = "") -> Response:
        token = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(32)  # the form of another tab stays good
        answer = self._say(status, "Kehadiran Pegawai Kota Cilegon", fault=fault, form="sign_in", form_token=token)
        self._give(answer, FORM_COOKIE, token, 3600)
        return answer

    def _say(self, status: HTTPStatus, title: str, text: str = "", **more: Any) -> Response:
        said = {"fault": "", "form": "", "form_token": "", "refresh_s": 0, **more}
        page = self._templates.get_template("desk.html.j2").render(title=title, text=text, style=self._style, **said)
        return HTMLResponse(page, status, {"Content-Security-Policy": DESK_POLICY})

    def _give(self, answer: Response, name: str, value: str, lasts_s: int) -> None:
        answer.set_cookie(
            name, value, max_age=lasts_s, path="/", httponly=True, samesite="strict", secure=self._is_https
        )

    @cached_property
    def _templates(self) -> Environment:
        loader = FileSystemLoader(_TEMPLATES)
        return Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )

    @cached_property
    def _style(self) -> Markup:
        texts = [(_TEMPLATES / name).read_text(encoding="utf-8") for name in ("page.css", "desk.css")]
        return Markup("".join(texts))  # noqa: S704 - our own files


def _go(path: str) -> Response:
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form of ours; nothing for one that is too long for it."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_FORM:
            return {}
    return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


def _is_same(given: str | None, expected: str | None) -> bool:
    return bool(given and expected) and hmac.compare_digest(str(given).encode(), str(expected).encode())


def _is_from_elsewhere(request: Request) -> bool:
    """A browser says so itself; the form's token holds for one that does not."""
    return request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")
