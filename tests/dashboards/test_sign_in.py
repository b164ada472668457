"""Passwords and tokens at rest, and the commands that make and end them."""

from __future__ import annotations

import hmac
import json
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
import typer
from typer.testing import CliRunner

from dashboards import door
from dashboards.sign_in import door as sign_in_door
from dashboards.sign_in.passwords import COST, Cost, hashed, is_right
from dashboards.sign_in.users import USERS_FILE, Users
from dashboards.sign_in.wall_tokens import TOKENS_FILE, WallTokens
from warehouse.console import Problem
from warehouse.settings import Settings

pytestmark = pytest.mark.unit
CHEAP = Cost(16, 1, 1)
PASSWORD = "kata sandi yang panjang"


@pytest.fixture
def settings(tmp_path, monkeypatch):
    made = Settings(var_dir=tmp_path / "var")
    monkeypatch.setattr(sign_in_door, "load_settings", lambda: made)
    return made


@pytest.fixture
def run(settings):
    app = typer.Typer()
    app.callback()(lambda: None)
    door.mount(app)
    return lambda *words, **more: CliRunner().invoke(app, ["dashboards", *words], **more)


def test_a_hash_names_its_cost_and_knows_its_password_only():
    kept = hashed(PASSWORD, CHEAP)
    assert kept.startswith("scrypt$16$1$1$")
    assert is_right(PASSWORD, kept)
    for other in ("", PASSWORD + " ", PASSWORD.upper(), PASSWORD[:-1]):
        assert not is_right(other, kept)
    assert hashed(PASSWORD, CHEAP) != kept  # salted
    assert is_right(PASSWORD, hashed(PASSWORD))  # another cost in another hash


def test_the_cost_is_one_that_owasp_names():
    assert (COST.n, COST.r, COST.p) == (2**15, 8, 3)


def test_letters_typed_in_two_ways_are_the_same_password():
    assert is_right("caf\u00e9 dan kopi tubruk", hashed("cafe\u0301 dan kopi tubruk", CHEAP))


def test_a_changed_byte_of_the_hash_is_no_longer_right():
    kept = hashed(PASSWORD, CHEAP)
    at = kept.rindex("$") + 1  # of the last letters of base64 some bits say nothing
    assert not is_right(PASSWORD, kept[:at] + ("A" if kept[at] != "A" else "B") + kept[at + 1 :])


def test_secrets_are_compared_in_constant_time_and_every_row_is(settings, monkeypatch):
    tokens = WallTokens.of(settings)
    first, _ = tokens.make("lobi", "wali_kota"), tokens.make("ruang-rapat", "wakil")
    kept = hashed(PASSWORD, CHEAP)
    compared = []
    real = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: compared.append(len(a)) or real(a, b))
    assert [tokens.dashboard_of(first), tokens.dashboard_of("x")] == ["wali_kota", None]
    assert compared == [64, 64, 64, 64]
    compared.clear()
    assert [is_right(PASSWORD, kept), is_right("x", kept)] == [True, False]
    assert compared == [32, 32]


def test_files_are_for_the_owner_only_and_hold_no_secret(settings):
    Users.of(settings).add("sri", "sekda", PASSWORD)
    token = WallTokens.of(settings).make("lobi", "wali_kota")
    for name, secret in ((USERS_FILE, PASSWORD), (TOKENS_FILE, token)):
        path = settings.secrets_dir / name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert secret not in path.read_text(encoding="utf-8")
    assert stat.S_IMODE(settings.secrets_dir.stat().st_mode) == 0o700


def test_two_commands_at_once_lose_nobody(settings):
    users = Users(settings.secrets_dir / USERS_FILE, CHEAP)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: users.add(f"orang{number}", "sekda", PASSWORD), range(24)))
    assert len(users.all()) == 24


@pytest.mark.parametrize(
    ("name", "role", "password", "message"),
    [
        ("Sri", "sekda", PASSWORD, "tidak dapat dipakai"),
        ("../sri", "sekda", PASSWORD, "tidak dapat dipakai"),
        ("sri", "admin", PASSWORD, "Peran 'admin' tidak ada"),
        ("sri", "opd:dinkes' or 1", PASSWORD, "tidak ada"),
        ("sri", "sekda", "pendek", "12 sampai 256"),
        ("sri", "sekda", "p" * 257, "12 sampai 256"),
    ],
)
def test_what_is_no_user_is_refused_in_one_sentence(settings, name, role, password, message):
    with pytest.raises(Problem, match=message):
        Users.of(settings).add(name, role, password)
    assert not (settings.secrets_dir / USERS_FILE).exists() or Users.of(settings).all() == []


def test_a_broken_file_is_said_and_never_written_over(settings):
    path = settings.secrets_dir / USERS_FILE
    path.parent.mkdir(parents=True)
    path.write_text("{", encoding="utf-8")
    with pytest.raises(Problem, match="rusak"):
        Users.of(settings).add("sri", "sekda", PASSWORD)
    assert path.read_text(encoding="utf-8") == "{"


def test_first_users_are_made_once_and_their_passwords_stand_in_files(settings):
    users = Users(settings.secrets_dir / USERS_FILE, CHEAP)
    assert users.add_first(["wali_kota", "opd:DINKES"], settings)
    for name in ("wali_kota", "opd_dinkes"):
        path = settings.secrets_dir / f"page_user_{name}"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert users.signing_in(name, path.read_text(encoding="utf-8")) is not None
    users.remove("wali_kota")
    assert not users.add_first(["wali_kota"], settings)
    assert users.get("wali_kota") is None  # who was removed does not come back at the next start


def test_commands_add_list_and_remove(run):
    added = run("user", "add", "sri", "--role", "sekda", "--password-stdin", "--json", input=PASSWORD + "\n")
    assert json.loads(added.stdout) == {"added": "sri", "role": "sekda"}
    assert json.loads(run("user", "list", "--json").stdout)["users"] == [{"name": "sri", "role": "sekda"}]
    again = run("user", "add", "sri", "--role", "sekda", "--password-stdin", input=PASSWORD + "\n")
    assert isinstance(again.exception, Problem)
    assert again.exception.code == 3
    assert run("user", "remove", "sri").exit_code == 0
    assert json.loads(run("user", "list", "--json").stdout)["users"] == []
    assert isinstance(run("user", "remove", "sri").exception, Problem)


def test_a_password_is_asked_for_and_shown_nowhere(run):
    done = run("user", "add", "sri", "--role", "sekda", input=f"{PASSWORD}\n{PASSWORD}\n")
    assert done.exit_code == 0
    assert PASSWORD not in done.output
    assert run("user", "add", "sri", "--role", "sekda", "--password", PASSWORD).exit_code == 2


def test_a_screens_address_is_told_once(run, settings):
    made = json.loads(run("wall-token", "ruang-rapat", "--dashboard", "wakil", "--json").stdout)
    assert WallTokens.of(settings).dashboard_of(made["path"].removeprefix("/layar/")) == "wakil"
    listed = run("user", "list", "--json").stdout
    assert json.loads(listed)["wall_tokens"] == [{"name": "ruang-rapat", "dashboard": "wakil"}]
    assert made["path"].removeprefix("/layar/") not in listed
    assert isinstance(run("wall-token", "ruang-rapat").exception, Problem)
    assert isinstance(run("wall-token", "lobi", "--dashboard", "sekda").exception, Problem)
    assert run("wall-token", "ruang-rapat", "--revoke").exit_code == 0
    assert WallTokens.of(settings).all() == {}


def test_help_has_an_example(run):
    for words in (("user", "add"), ("user", "remove"), ("user", "list"), ("wall-token",)):
        assert "Contoh: hadir dashboards" in " ".join(run(*words, "--help").stdout.split())
