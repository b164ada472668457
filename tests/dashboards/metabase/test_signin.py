"""The way in: by key, by name and password, as the first user; which versions and which keys are refused."""

from __future__ import annotations

import logging
import stat
from pathlib import Path

import pytest

from dashboards.metabase.signin import API_KEY, PASSWORD, USER, open_server
from tests.metabase_standin import MetabaseStandIn
from tests.metabase_standin.server import ADMIN_EMAIL, ADMIN_PASSWORD
from warehouse.console import Exit, Problem
from warehouse.settings import Settings

pytestmark = pytest.mark.unit


@pytest.fixture
def fresh():
    with MetabaseStandIn(is_set_up=False) as server:
        yield server


def at(standin: MetabaseStandIn, tmp_path: Path, **secrets: str) -> Settings:
    made = Settings(var_dir=tmp_path, metabase_url=standin.url)
    for name, text in secrets.items():
        made.keep_secret(name, text)
    return made


def refusal(settings: Settings, *, may_set_up: bool = True) -> Problem:
    with pytest.raises(Problem) as caught:
        open_server(settings, may_set_up=may_set_up)
    return caught.value


def test_a_fresh_server_gets_its_administrator_and_a_key_without_a_hand(fresh, tmp_path):
    settings = at(fresh, tmp_path)
    assert open_server(settings, may_set_up=True).client.get("/api/user/current")["is_superuser"]
    assert settings.secret(API_KEY).startswith("mb_")
    assert stat.S_IMODE((settings.secrets_dir / API_KEY).stat().st_mode) == 0o600
    assert fresh.state.settings["site-locale"] == "id"
    # people sign in with what stands in the secrets folder
    login = {"username": settings.secret(USER), "password": settings.secret(PASSWORD)}
    assert fresh.answer("POST", "/api/session", {}, "", login).status == 200
    open_server(settings, may_set_up=True)
    assert len(fresh.state.api_keys) == 1


def test_a_key_of_a_server_that_is_gone_does_not_stop_the_set_up_of_the_next(fresh, tmp_path):
    settings = at(fresh, tmp_path, **{API_KEY: "mb_lama"})
    open_server(settings, may_set_up=True)
    assert settings.secret(API_KEY) != "mb_lama"


def test_a_plan_sets_nothing_up(fresh, tmp_path):
    assert "apply" in str(refusal(at(fresh, tmp_path), may_set_up=False))
    assert fresh.state.users == {}


def test_name_and_password_become_a_key(standin, tmp_path):
    settings = at(standin, tmp_path, **{USER: ADMIN_EMAIL, PASSWORD: ADMIN_PASSWORD})
    open_server(settings, may_set_up=False)
    assert settings.has_secret(API_KEY)


def test_where_no_key_can_be_kept_the_session_does(standin, tmp_path, monkeypatch):
    settings = at(standin, tmp_path, **{USER: ADMIN_EMAIL, PASSWORD: ADMIN_PASSWORD, "pg_metabase": "x"})
    monkeypatch.setattr(Settings, "can_keep_secrets", lambda _: False)
    open_server(settings, may_set_up=False)
    assert not settings.has_secret(API_KEY)
    assert len(standin.state.api_keys) == 1  # the stand-in's own


def test_a_wrong_password_is_refused_and_not_repeated(standin, tmp_path):
    problem = refusal(at(standin, tmp_path, **{USER: ADMIN_EMAIL, PASSWORD: "keliru-sekali"}))
    assert problem.code == Exit.REFUSED
    assert "keliru-sekali" not in str(problem)


def test_a_members_key_is_refused(standin, tmp_path):
    problem = refusal(at(standin, tmp_path, **{API_KEY: standin.mint_key("anggota", 1)}))
    assert (problem.code, "administrator" in str(problem)) == (Exit.REFUSED, True)


def test_no_key_at_all_names_what_is_missing(standin, tmp_path):
    assert API_KEY in str(refusal(at(standin, tmp_path)))


def test_no_metabase_is_wrong_use(tmp_path):
    assert refusal(Settings(var_dir=tmp_path)).code == Exit.WRONG_USE


def test_a_version_before_57_is_refused_and_nothing_asked_of_it(tmp_path):
    with MetabaseStandIn(version=56) as old:
        problem = refusal(at(old, tmp_path, **{API_KEY: old.admin_key}))
        assert (problem.code, "v0.56.3" in str(problem)) == (Exit.REFUSED, True)
        assert [seen.path for seen in old.seen] == ["/api/session/properties"]


@pytest.mark.parametrize(("version", "warned"), [(57, False), (65, False), (66, True)])
def test_a_version_newer_than_tested_is_warned_about(tmp_path, caplog, version, warned):
    with MetabaseStandIn(version=version) as server, caplog.at_level(logging.WARNING):
        assert open_server(at(server, tmp_path, **{API_KEY: server.admin_key}), may_set_up=True).version == version
    assert bool(caplog.records) is warned


def test_nothing_secret_is_logged(fresh, tmp_path, caplog):
    settings = at(fresh, tmp_path)
    with caplog.at_level(logging.DEBUG):
        open_server(settings, may_set_up=True)
    secrets = [path.read_text() for path in settings.secrets_dir.iterdir() if path.name != USER]
    assert len(secrets) == 3
    assert not any(secret in caplog.text for secret in secrets)
