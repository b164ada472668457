"""A page server on a port of its own, the clock it asks, and a browser that keeps cookies."""

from __future__ import annotations

import http.client
import re
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from dashboards.definition import read_dashboards
from dashboards.page import pages_of
from dashboards.serve import LOOPBACK, PageServer
from dashboards.sign_in.passwords import Cost

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
