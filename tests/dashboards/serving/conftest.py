"""A var/ with pages and users of each role, served on a port of its own."""

from __future__ import annotations

import pytest

from dashboards.sign_in.users import USERS_FILE, Users
from tests.support.page_browser import CHEAP, PAGES, PASSWORD, ROLES, Browser, Clock, running
from warehouse.settings import Settings


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


@pytest.fixture
def port(settings, users, clock):
    with running(settings, users=users, clock=clock) as number:
        yield number


@pytest.fixture
def browser(port):
    return Browser(port)
