"""The wall screen and its read-only token."""

from __future__ import annotations

import pytest

from dashboards.sign_in.wall_tokens import WallTokens
from tests.support.page_browser import PAGES

pytestmark = pytest.mark.unit


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
