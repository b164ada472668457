"""The pages in a real browser: fit a phone and a wall screen, ask nobody for anything, keep their own policy.

The browser gets fresh profiles and cannot resolve any name, so that its own wish for news from its maker stays
here; its network log, by initiator, is the witness of what the page asks for.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dashboards.page import render
from dashboards.serve import PageServer
from dashboards.sign_in.passwords import Cost
from dashboards.sign_in.users import USERS_FILE, Users
from dashboards.sign_in.wall_tokens import TOKENS_FILE, WallTokens
from tests.witness.chromium import open_tab
from warehouse.connection import connect_superuser
from warehouse.settings import Settings

pytestmark = pytest.mark.witness
SAMPLE = Path(__file__).parent.parent / "dashboards" / "sample_marts.sql"
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
    "--lang=id", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)  # fmt: skip
# Measured in the page itself: what is wider than the window, and drawings that are shown at this width.
MEASURE = """<script>addEventListener('load', () => {
  const wide = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1
    && getComputedStyle(e).clipPath === 'none' && !e.closest('svg')).map(e => e.tagName + '.' + e.className);
  const small = [...document.querySelectorAll('svg text')].filter(e => e.getBoundingClientRect().height > 0
    && e.getBoundingClientRect().height < 11).length;
  const low = [...document.querySelectorAll('article > *')].filter(e => e.offsetHeight > 0
    && e.getBoundingClientRect().bottom > e.parentElement.getBoundingClientRect().bottom + 1).map(e => e.className);
  parent.postMessage(JSON.stringify({width: innerWidth,
    scroll: document.documentElement.scrollWidth, wide: wide, small: small, low: low,
    bottom: Math.max(...[...document.querySelectorAll('article')].map(e => e.getBoundingClientRect().bottom)),
    drawings: [...document.querySelectorAll('.drawing')].filter(e => e.offsetHeight > 0).map(e => e.className)}), '*');
});</script>"""
# A window is never narrower than 500 px, a frame in it is.
FRAME = """<!doctype html><body style="margin: 0"><script>addEventListener('message', (event) =>
  document.body.setAttribute('data-measured', event.data));</script>
<iframe src="{address}" style="width: {width}px; height: 1080px; border: 0"></iframe></body>"""


@pytest.fixture(scope="session")
def browser() -> str:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert found is not None, "no browser: 'make test-witness' brings one"
    return found


@pytest.fixture(scope="module")
def sample_page(module_db) -> Path:
    """index.html; the other pages lie beside it."""
    conn = connect_superuser(module_db)
    with conn, conn.cursor() as cursor:
        cursor.execute(SAMPLE.read_text(encoding="utf-8"))
    conn.close()
    return render(module_db)


@pytest.fixture(scope="module")
def served(module_db, sample_page):
    with listening(PageServer(module_db, 0)) as address:
        yield address


@pytest.fixture(scope="module")
def screen(module_db) -> str:
    """The path that a wall screen opens."""
    return f"layar/{WallTokens(module_db.secrets_dir / TOKENS_FILE).make('ruang-rapat', 'wali_kota')}"


def run(browser: str, profile: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [browser, *FLAGS, f"--user-data-dir={profile}", *arguments],
        capture_output=True, text=True, timeout=120, check=True, env=os.environ | {"HOME": str(profile.parent)},
    )  # fmt: skip


def measured(browser: str, html: str, folder: Path, width: int) -> dict:
    """Measures a copy of the page in which our script may run."""
    copy = folder / f"measured_{width}.html"
    open_policy = re.sub(r'<meta http-equiv="(Content-Security-Policy|refresh)"[^>]*>', "", html)
    copy.write_text(open_policy.replace("</body>", MEASURE + "</body>"), encoding="utf-8")
    frame = folder / f"frame_{width}.html"
    frame.write_text(FRAME.format(address=copy.as_uri(), width=width), encoding="utf-8")
    size = f"--window-size={max(width, 500)},1080"
    dom = run(browser, folder / "profile", size, "--virtual-time-budget=3000", "--dump-dom", frame.as_uri()).stdout
    found = re.search(r'data-measured="([^"]*)"', dom)
    assert found is not None, dom[-500:]
    return json.loads(found.group(1).replace("&quot;", '"'))


PAGES = ("index.html", "sekda.html", "bkpp.html", "opd_contoh.html")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("width", "drawing"), [(390, "narrow"), (1280, "wide"), (1920, "wide")])
def test_nothing_is_wider_than_the_screen(browser, sample_page, tmp_path, name, width, drawing):
    html = sample_page.with_name(name).read_text(encoding="utf-8")
    seen = measured(browser, html, tmp_path, width)
    assert seen["width"] == width
    assert seen["scroll"] <= width
    assert seen["wide"] == []
    assert seen["small"] == 0  # no text of a drawing is smaller than 11 px
    assert seen["drawings"] == [f"drawing {drawing}"] * html.count('class="drawing wide"')


def test_a_wall_form_stands_whole_on_its_screen(browser, sample_page, tmp_path):
    seen = measured(browser, sample_page.with_name("wali_kota_layar.html").read_text(encoding="utf-8"), tmp_path, 1920)
    assert seen["scroll"] <= 1920
    assert seen["bottom"] <= 1080
    assert seen["low"] == []
    assert seen["small"] == 0
    assert len(seen["drawings"]) == 2


def test_a_page_that_needs_scrolling_is_noticed(browser, sample_page, tmp_path):
    seen = measured(browser, sample_page.read_text(encoding="utf-8"), tmp_path, 1920)
    assert seen["bottom"] > 1080


def test_a_page_that_is_too_wide_is_noticed(browser, sample_page, tmp_path):
    html = sample_page.read_text(encoding="utf-8").replace("<main>", '<main><p style="width: 700px">lebar</p>')
    seen = measured(browser, html, tmp_path, 390)
    assert seen["scroll"] > 390
    assert seen["wide"] == ["P."]


@pytest.mark.parametrize(("width", "height"), [(390, 3000), (1920, 1080)])
def test_the_browser_asks_nobody_else_and_the_policy_holds(browser, served, screen, tmp_path, width, height):
    picture = tmp_path / "page.png"
    visit = look(browser, served + screen, tmp_path, f"--window-size={width},{height}", f"--screenshot={picture}")
    assert visit.asked == {served + screen, f"{served}layar"}
    assert visit.complaints == []
    head = picture.read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    assert struct.unpack(">II", head[16:24]) == (width, height)
    assert picture.stat().st_size > 50_000  # an empty page is a few kB


def test_a_page_that_asks_somebody_is_noticed(browser, sample_page, tmp_path):
    html = sample_page.read_text(encoding="utf-8")
    open_policy = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
    (tmp_path / "index.html").write_text(
        open_policy.replace(
            "<main>", '<main><img src="/gambar.png" alt=""><script src="http://jahat.example/x.js"></script>'
        )
    )
    with listening(ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=tmp_path))) as address:
        visit = look(browser, address, tmp_path, "--dump-dom")
    assert visit.asked == {address, f"{address}gambar.png", "http://jahat.example/x.js"}


def test_what_the_policy_forbids_is_noticed(browser, sample_page, tmp_path):
    settings = Settings(var_dir=tmp_path / "var")
    settings.pages_dir.mkdir(parents=True)
    html = sample_page.with_name("wali_kota_layar.html").read_text(encoding="utf-8")
    planted = html.replace("<main>", '<main><img src="http://jahat.example/x.png" alt="">')
    (settings.pages_dir / "wali_kota_layar.html").write_text(planted, encoding="utf-8")
    path = f"layar/{WallTokens(settings.secrets_dir / TOKENS_FILE).make('lobi', 'wali_kota')}"
    with listening(PageServer(settings, 0)) as address:
        visit = look(browser, address + path, tmp_path, "--dump-dom")
        assert visit.asked == {address + path, f"{address}layar"}
    assert len(visit.complaints) > 0


def test_a_person_signs_in_sees_his_pages_and_leaves(browser, module_db, served, tmp_path):
    Users(module_db.secrets_dir / USERS_FILE, Cost(16, 1, 1)).add("sri", "sekda", "kata sandi yang panjang")
    with open_tab(browser, FLAGS, tmp_path / "profile") as tab:
        tab.go(f"{served}sekda.html")
        assert tab.ask("location.pathname") == "/masuk"
        tab.ask("document.querySelector('#name').value = 'sri'")
        tab.ask("document.querySelector('#password').value = 'kata sandi yang panjang'")
        tab.ask("document.querySelector('form').requestSubmit()")
        tab.wait_for("location.pathname === '/index.html' && document.readyState === 'complete'")
        links = "[...document.querySelectorAll('nav a')].map(a => a.innerText)"
        assert tab.ask(links) == ["Wali Kota", "Sekretaris Daerah", "Keluar (sri)"]
        assert tab.ask("document.cookie") == ""  # no script may read it
        tab.go(f"{served}bkpp.html")
        assert "bukan untuk peran Anda" in tab.ask("document.body.innerText")
        tab.go(f"{served}keluar")
        tab.ask("document.querySelector('form').requestSubmit()")
        tab.wait_for("location.pathname === '/masuk' && document.readyState === 'complete'")
        tab.go(f"{served}sekda.html")
        assert tab.ask("location.pathname") == "/masuk"
        assert {url for url in tab.asked if not url.startswith(served)} == set()
        assert tab.complaints == []


@dataclass(frozen=True)
class Visit:
    """What the page asked for, and what its policy made the browser complain about."""

    asked: set[str]
    complaints: list[str]


def look(browser: str, address: str, folder: Path, *arguments: str) -> Visit:
    log = folder / "net.json"
    done = run(browser, folder / "profile", f"--log-net-log={log}", "--enable-logging=stderr", *arguments, address)
    events = json.loads(log.read_text(encoding="utf-8"))["events"]
    requests = [event["params"] for event in events if {"url", "initiator"} <= set(event.get("params") or {})]
    origin = "/".join(address.split("/")[:3])
    own = {request["url"] for request in requests if request["initiator"] == origin}
    visited = {request["url"] for request in requests if request["url"].startswith(f"{origin}/")}
    return Visit(own | visited, [line for line in done.stderr.splitlines() if "Content Security Policy" in line])


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, format, *args):
        pass


@contextmanager
def listening(server: PageServer | ThreadingHTTPServer) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port if isinstance(server, PageServer) else server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.close() if isinstance(server, PageServer) else server.server_close()
