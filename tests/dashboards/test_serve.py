"""The server: who sees what, by name and password or by a screen's token; loopback, headers, nothing else served."""

from __future__ import annotations

import http.client
import re
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import pytest

from dashboards.definition import read_dashboards
from dashboards.page import pages_of
from dashboards.serve import LOOPBACK, SECURITY_HEADERS, PageServer
from dashboards.sign_in import sessions as session_room
from dashboards.sign_in.passwords import Cost
from dashboards.sign_in.users import USERS_FILE, Users
from dashboards.sign_in.wall_tokens import WallTokens
from warehouse.console import Problem
from warehouse.settings import Settings

pytestmark = pytest.mark.unit
PASSWORD = "kata sandi yang panjang"
CHEAP = Cost(16, 1, 1)
ROLES = ("wali_kota", "wakil", "sekda", "bkpp", "auditor", "opd:DINKES")
PAGES = {name: dashboard for dashboard in read_dashboards() for name, _ in pages_of(dashboard)}


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


class Browser:
    """Keeps cookies as a browser does and follows no redirect by itself."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self.body = ""

    def ask(self, path="/", method="GET", form=None, host=LOOPBACK, headers=None):
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=10)
        sent = {"Host": f"{host}:{self.port}", **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if form is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, None if form is None else urlencode(form), sent)
        answer = connection.getresponse()
        self.body = answer.read().decode()
        connection.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
                if morsel["max-age"] == "0":
                    del self.cookies[name]
        return answer

    def form_token(self) -> str:
        found = re.search(r'name="form_token" value="([^"]+)"', self.body)
        assert found is not None, self.body
        return found.group(1)

    def sign_in(self, name, password=PASSWORD, **headers):
        self.ask("/masuk")
        form = {"form_token": self.form_token(), "name": name, "password": password}
        return self.ask("/masuk", "POST", form, headers=headers)

    def links(self) -> list[str]:
        return re.findall(r'<a (?:class="leave" )?href="(/[^"]*)"', self.body)


@pytest.fixture
def settings(tmp_path):
    made = Settings(var_dir=tmp_path / "var")
    made.pages_dir.mkdir(parents=True)
    for name in PAGES:
        text = f"<p>isi {name}</p><!--pages--><nav>semua</nav><!--/pages-->"
        (made.pages_dir / name).write_text(text, encoding="utf-8")
    (made.pages_dir / "other.html").write_text("lain", encoding="utf-8")
    (made.var_dir / "secret").write_text("rahasia", encoding="utf-8")
    for file in ("docs/index.html", "docs/gx/index.html", "docs/work/log.txt", "secrets/kunci"):
        path = made.var_dir / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"isi {file}", encoding="utf-8")
    return made


@pytest.fixture
def users(settings):
    made = Users(settings.secrets_dir / USERS_FILE, CHEAP)
    for role in ROLES:
        made.add(role.replace(":", "_").lower(), role, PASSWORD)
    return made


@pytest.fixture
def clock():
    return Clock()


@contextmanager
def running(settings, **more):
    server = PageServer(settings, 0, **more)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.port
    finally:
        server.shutdown()
        thread.join()
        server.close()


@pytest.fixture
def port(settings, users, clock):
    with running(settings, users=users, clock=clock) as number:
        yield number


@pytest.fixture
def browser(port):
    return Browser(port)


# Who may see what


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_its_own_pages_and_no_other(port, role):
    browser = Browser(port)
    browser.sign_in(role.replace(":", "_").lower())
    for name, dashboard in PAGES.items():
        answer = browser.ask(f"/{name}")
        if role in dashboard.roles:
            assert (answer.status, f"isi {name}" in browser.body) == (200, True)
        else:
            assert (answer.status, f"isi {name}" in browser.body) == (403, False)
    for document in ("/docs/dbt.html", "/docs/gx/index.html"):
        assert browser.ask(document).status == (200 if role in ("auditor", "bkpp") else 403)


def test_what_the_roles_see_is_what_the_city_agreed():
    # By hand, so that a role slipped into a definition turns this red.
    assert {dashboard.key: set(dashboard.roles) for dashboard in read_dashboards()} == {
        "wali_kota": {"wali_kota", "sekda", "bkpp", "auditor"},
        "wakil": {"wakil", "auditor"},
        "sekda": {"sekda", "bkpp", "auditor"},
        "bkpp": {"bkpp", "auditor"},
        "opd_contoh": {"opd:DINKES", "bkpp", "auditor"},
    }


@pytest.mark.parametrize("path", ["/", *(f"/{name}" for name in PAGES), "/docs/dbt.html", "/docs/gx/", "/keluar", "/x"])
def test_without_a_session_there_is_only_the_form(browser, path):
    answer = browser.ask(path)
    assert (answer.status, answer.headers["Location"], browser.body) == (303, "/masuk", "")


def test_the_links_of_a_page_are_those_of_the_role(browser):
    browser.sign_in("sekda")
    assert browser.ask("/").headers["Location"] == "/index.html"
    browser.ask("/sekda.html")
    assert "semua" not in browser.body
    assert browser.links() == ["/index.html", "/sekda.html", "/keluar"]
    auditor = Browser(browser.port)
    auditor.sign_in("auditor")
    auditor.ask("/index.html")
    assert {"/docs/dbt.html", "/docs/gx/index.html", "/opd_contoh.html"} <= set(auditor.links())


def test_another_office_has_no_page_of_this_one(browser, users):
    users.add("dishub", "opd:DISHUB", PASSWORD)
    browser.sign_in("dishub")
    assert browser.ask("/opd_contoh.html").status == 403
    assert browser.ask("/").status == 404


# Name and password


def test_a_wrong_password_and_an_unknown_name_get_the_same_words_and_work(browser, monkeypatch):
    hashing = []
    real = session_room.hashlib.scrypt

    def counted(*args, **more):
        hashing.append((more["n"], more["r"], more["p"]))
        return real(*args, **more)

    monkeypatch.setattr("dashboards.sign_in.passwords.hashlib.scrypt", counted)
    browser.sign_in("nobody", "salah")  # makes the hash that unknown names are compared with
    answers, work = [], []
    for name in ("sekda", "nobody"):
        hashing.clear()
        answer = browser.sign_in(name, "salah")
        answers.append((answer.status, re.sub(r'value="[^"]*"', "", browser.body)))
        work.append(list(hashing))
    assert answers[0] == answers[1]
    assert answers[0][0] == 401
    assert work == [[(16, 1, 1)], [(16, 1, 1)]]
    assert "hadir_sesi" not in browser.cookies
    assert browser.ask("/sekda.html").status == 303


def test_a_session_comes_as_a_cookie_that_scripts_and_other_sites_do_not_get(browser):
    answer = browser.sign_in("sekda")
    [cookie] = [line for line in answer.headers.get_all("Set-Cookie") if line.startswith("hadir_sesi=")]
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert len(browser.cookies["hadir_sesi"]) == 43  # 32 random bytes


def test_behind_tls_cookies_go_over_tls_only(settings, users):
    with running(settings, users=users, public_url="https://kehadiran.example") as port:
        browser = Browser(port)
        assert browser.ask("/masuk", host="kehadiran.example").headers["Set-Cookie"].endswith("; Secure")
        assert browser.ask("/masuk", host="lain.example").status == 421


def test_two_sign_ins_never_share_a_token_and_a_guessed_one_opens_nothing(browser):
    browser.sign_in("sekda")
    first = browser.cookies["hadir_sesi"]
    browser.sign_in("sekda")
    assert browser.cookies["hadir_sesi"] != first
    browser.cookies["hadir_sesi"] = first  # the older one of this browser was closed
    assert browser.ask("/sekda.html").status == 303
    browser.cookies["hadir_sesi"] = "a" * 43
    assert browser.ask("/sekda.html").status == 303


def test_a_session_ends_by_itself(browser, clock):
    browser.sign_in("sekda")
    clock.move(hours=9, minutes=59)
    assert browser.ask("/sekda.html").status == 200
    clock.move(minutes=1)
    assert browser.ask("/sekda.html").status == 303


@pytest.mark.parametrize("change", ["removed", "another role", "another password"])
def test_a_changed_user_is_out_at_once(browser, users, change):
    browser.sign_in("sekda")
    assert browser.ask("/sekda.html").status == 200
    users.remove("sekda")
    if change != "removed":
        role = "wakil" if change == "another role" else "sekda"
        users.add("sekda", role, PASSWORD if change == "another role" else PASSWORD + "!")
    assert browser.ask("/sekda.html").status == 303


def test_signing_out_ends_the_session_on_the_server(browser):
    browser.sign_in("sekda")
    kept = browser.cookies["hadir_sesi"]
    browser.ask("/keluar")
    assert browser.ask("/keluar", "POST", {"form_token": "x"}).status == 403
    assert browser.ask("/sekda.html").status == 200
    browser.ask("/keluar")
    assert browser.ask("/keluar", "POST", {"form_token": browser.form_token()}).headers["Location"] == "/masuk"
    assert "hadir_sesi" not in browser.cookies
    browser.cookies["hadir_sesi"] = kept
    assert browser.ask("/sekda.html").status == 303


@pytest.mark.parametrize("fault", ["no token", "token of another", "no cookie", "another site", "too long"])
def test_a_form_that_is_not_ours_signs_nobody_in(browser, fault):
    browser.ask("/masuk")
    form = {"form_token": browser.form_token(), "name": "sekda", "password": PASSWORD}
    headers = {}
    if fault == "no token":
        del form["form_token"]
    elif fault == "token of another":
        form["form_token"] = "b" * 43
    elif fault == "no cookie":
        browser.cookies.clear()
    elif fault == "another site":
        headers["Sec-Fetch-Site"] = "cross-site"
    else:
        form["more"] = "x" * 5000
    assert browser.ask("/masuk", "POST", form, headers=headers).status == 403
    assert "hadir_sesi" not in browser.cookies


@pytest.mark.parametrize("name", ["sekda", "nobody"])
def test_after_some_failures_even_the_right_password_waits(browser, clock, name):
    for _ in range(5):
        assert browser.sign_in(name, "salah").status == 401
    answer = browser.sign_in(name)
    assert (answer.status, answer.headers["Retry-After"]) == (429, "2")
    assert browser.sign_in("wakil").status == 303  # others do not wait
    clock.move(seconds=2)
    assert browser.sign_in(name, "salah").status == 401
    assert browser.sign_in(name).headers["Retry-After"] == "4"
    clock.move(seconds=4)
    if name == "sekda":
        assert browser.sign_in(name).status == 303
        assert browser.sign_in(name, "salah").status == 401  # forgotten: counts from one again
        assert browser.sign_in(name).status == 303


def test_waiting_never_takes_longer_than_five_minutes(clock):
    slow_down = session_room.SlowDown(clock)
    for _ in range(40):
        slow_down.failed("sekda")
    assert slow_down.wait_s("sekda") == 300


# Wall screens


def test_a_screen_opens_its_address_once_and_reads_its_wall_form_only(browser, settings):
    token = WallTokens.of(settings).make("ruang-rapat", "wakil")
    answer = browser.ask(f"/layar/{token}")
    assert (answer.status, answer.headers["Location"]) == (303, "/layar")
    [cookie] = answer.headers.get_all("Set-Cookie")
    assert {"HttpOnly", "SameSite=strict"} <= set(cookie.split("; "))
    assert browser.ask("/layar").status == 200
    assert browser.body == "<p>isi wakil_layar.html</p>"
    for name in PAGES:
        assert browser.ask(f"/{name}").status == 303
    assert browser.ask("/docs/dbt.html").status == 303
    for method in ("POST", "PUT", "DELETE"):
        assert browser.ask("/layar", method).status == 405


def test_a_revoked_token_is_dark_at_the_next_refresh(browser, settings):
    tokens = WallTokens.of(settings)
    token = tokens.make("lobi", "wali_kota")
    browser.ask(f"/layar/{token}")
    assert browser.ask("/layar").status == 200
    tokens.revoke("lobi")
    assert browser.ask("/layar").status == 403
    assert "isi wali_kota" not in browser.body
    assert browser.ask(f"/layar/{token}").status == 403


@pytest.mark.parametrize("token", ["x", "a" * 43, "%00", "%C3%A9"])
def test_a_guessed_token_opens_nothing(browser, settings, token):
    WallTokens.of(settings).make("lobi", "wali_kota")
    assert browser.ask(f"/layar/{token}").status == 403
    browser.cookies["hadir_layar"] = token
    assert browser.ask("/layar").status == 403


def test_a_session_is_no_screen_and_a_screen_no_session(browser, settings):
    token = WallTokens.of(settings).make("lobi", "wali_kota")
    browser.cookies["hadir_sesi"] = token
    assert browser.ask("/index.html").status == 303
    browser.cookies.clear()
    browser.sign_in("sekda")
    browser.cookies["hadir_layar"] = browser.cookies["hadir_sesi"]
    assert browser.ask("/layar").status == 403


# The server itself


OUTSIDE = [
    "/other.html", "/../secret", "/%2e%2e/secret", "//etc/passwd", "/pages/", "/.", "/..%2fsecret",
    "/docs/gx/../work/log.txt", "/docs/gx/%2e%2e/work/log.txt", "/docs/gx/..%2f..%2fsecrets/kunci",
    "/docs/gx//etc/passwd", "/docs/work/log.txt", "/docs/index.html", "/docs/", "/secrets/kunci", "/docs/gx/%00",
]  # fmt: skip


@pytest.mark.parametrize("path", OUTSIDE)
def test_nothing_else_is_served_and_nothing_is_listed(browser, path):
    browser.sign_in("auditor")
    answer = browser.ask(path)
    assert answer.status in (404, 307)
    assert not re.search("rahasia|isi |root:|lain", browser.body)


def test_a_link_out_of_the_documents_is_not_followed(browser, settings):
    (settings.docs_dir / "gx" / "keluar.txt").symlink_to(settings.var_dir / "secret")
    browser.sign_in("auditor")
    assert browser.ask("/docs/gx/keluar.txt").status == 404


def test_every_answer_has_the_headers(browser):
    for path in ("/", "/masuk", "/index.html", "/nothing", "/layar", "/layar/x"):
        answer = browser.ask(path)
        expected = {name: value for name, value in SECURITY_HEADERS.items() if name != "Content-Security-Policy"}
        assert {name: answer.headers[name] for name in expected} == expected
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
        assert answer.headers["Server"] is None
    browser.sign_in("auditor")
    assert browser.ask("/index.html").headers["Content-Security-Policy"] == SECURITY_HEADERS["Content-Security-Policy"]
    policy = browser.ask("/docs/gx/index.html").headers["Content-Security-Policy"]
    assert "connect-src 'self' data:" in policy
    assert "form-action 'none'" in policy


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_pages_are_only_read(browser, method):
    browser.sign_in("sekda")
    answer = browser.ask("/sekda.html", method)
    assert answer.status == 405
    assert answer.headers["Content-Security-Policy"] == SECURITY_HEADERS["Content-Security-Policy"]


def test_head_has_no_body(browser):
    browser.sign_in("sekda")
    answer = browser.ask("/sekda.html", "HEAD")
    assert (answer.status, browser.body) == (200, "")
    assert int(answer.headers["Content-Length"]) > 14


def test_a_name_from_elsewhere_that_points_here_is_refused(browser):
    assert browser.ask("/masuk", host="jahat.example").status == 421
    assert browser.ask("/masuk", host="localhost").status == 200


def test_it_listens_on_loopback_and_leaves_it_only_behind_tls(settings):
    server = PageServer(settings, 0)
    assert server.host == "127.0.0.1"
    server.close()
    for public_url in (None, "http://kehadiran.example"):
        with pytest.raises(Problem, match="--public-url"):
            PageServer(settings, 0, address="0.0.0.0", public_url=public_url)


def test_before_the_first_build_it_says_what_is_missing(browser, settings):
    (settings.pages_dir / "sekda.html").unlink()
    browser.sign_in("sekda")
    assert browser.ask("/sekda.html").status == 503
    assert "Halaman belum dibuat" in browser.body
    assert 'http-equiv="refresh"' in browser.body


def test_a_broken_file_of_users_lets_nobody_in(browser, settings):
    browser.sign_in("sekda")
    (settings.secrets_dir / USERS_FILE).write_text('{"sekda": {"role": "admin", "password": "x"}}')
    assert browser.ask("/sekda.html").status == 500
    assert "isi sekda.html" not in browser.body


def test_a_taken_port_is_one_sentence(settings):
    server = PageServer(settings, 0)
    with pytest.raises(Problem, match="tidak dapat dipakai"):
        PageServer(settings, server.port)
    server.close()
