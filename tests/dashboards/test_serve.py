"""The server: loopback only, one page, reading only, with its headers."""

from __future__ import annotations

import http.client
import threading
from contextlib import contextmanager

import pytest

from dashboards.serve import LOOPBACK, SECURITY_HEADERS, PageServer
from warehouse.console import Problem
from warehouse.settings import Settings

pytestmark = pytest.mark.unit


@pytest.fixture
def settings(tmp_path):
    made = Settings(var_dir=tmp_path / "var")
    made.pages_dir.mkdir(parents=True)
    (made.pages_dir / "index.html").write_text("<p>halaman</p>", encoding="utf-8")
    (made.pages_dir / "other.html").write_text("lain", encoding="utf-8")
    (made.var_dir / "secret").write_text("rahasia", encoding="utf-8")
    return made


@contextmanager
def running(settings):
    with PageServer(settings, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def ask(port, path="/", method="GET", host="127.0.0.1"):
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    connection.request(method, path, headers={"Host": f"{host}:{port}"})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer, body


def test_the_page_comes_with_its_headers(settings):
    with running(settings) as port:
        answer, body = ask(port)
        assert (answer.status, body) == (200, "<p>halaman</p>")
        assert {name: answer.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
        assert "Python" not in (answer.headers["Server"] or "")
        assert ask(port, "/index.html?x=1")[1] == "<p>halaman</p>"


@pytest.mark.parametrize("path", ["/other.html", "/../secret", "/%2e%2e/secret", "//etc/passwd", "/pages/", "/."])
def test_nothing_else_is_served_and_nothing_is_listed(settings, path):
    with running(settings) as port:
        answer, body = ask(port, path)
        assert answer.status == 404
        assert "rahasia" not in body
        assert "other" not in body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_it_only_reads(settings, method):
    with running(settings) as port:
        answer, _ = ask(port, method=method)
        assert answer.status == 501
        assert answer.headers["Content-Security-Policy"] == SECURITY_HEADERS["Content-Security-Policy"]


def test_head_has_no_body(settings):
    with running(settings) as port:
        answer, body = ask(port, method="HEAD")
        assert (answer.status, answer.headers["Content-Length"], body) == (200, "14", "")


def test_a_name_from_elsewhere_that_points_here_is_refused(settings):
    with running(settings) as port:
        assert ask(port, host="jahat.example")[0].status == 421
        assert ask(port, host="localhost")[0].status == 200


def test_it_listens_on_loopback_only(settings):
    with PageServer(settings, 0) as server:
        assert server.server_address[0] == "127.0.0.1"


def test_before_the_first_build_it_says_what_is_missing(settings):
    (settings.pages_dir / "index.html").unlink()
    with running(settings) as port:
        answer, body = ask(port)
        assert answer.status == 503
        assert "Halaman belum dibuat" in body
        assert 'http-equiv="refresh"' in body


def test_a_taken_port_is_one_sentence(settings):
    with PageServer(settings, 0) as server, pytest.raises(Problem, match="tidak dapat dipakai"):
        PageServer(settings, server.server_address[1])
