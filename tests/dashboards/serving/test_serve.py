"""The server: who sees what, by name and password or by a screen's token; loopback, headers, nothing else served."""

from __future__ import annotations

import re

import pytest

from dashboards.definition import read_dashboards
from dashboards.serve import SECURITY_HEADERS, PageServer
from dashboards.sign_in.users import USERS_FILE
from tests.support.page_browser import PAGES, PASSWORD, ROLES, Browser
from warehouse.console import Problem

pytestmark = pytest.mark.unit


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
