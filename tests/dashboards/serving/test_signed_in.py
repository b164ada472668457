"""Name and password: sessions, forms of others, waiting after failures."""

from __future__ import annotations

import re

import pytest

from dashboards.sign_in import sessions as session_room
from tests.support.page_browser import PASSWORD, Browser, running

pytestmark = pytest.mark.unit


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
