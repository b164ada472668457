"""Airflow's users: each has a name, and may do what his office does; nobody decides without one."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path

import pytest

from local.airflow import USERS, AirflowHome, Schedules
from warehouse.settings import Settings

# Asks Airflow's own auth manager, in the configuration that we wrote, what each user may do.
ASK = """
import json
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager
from airflow.configuration import conf

manager = SimpleAuthManager()
manager.init()
print("ANSWER" + json.dumps({
    "all_admins": conf.getboolean("core", "simple_auth_manager_all_admins"),
    "passwords": sorted(manager.get_passwords()),
    "users": {user.username: {
        "sees": manager.is_authorized_dag(method="GET", user=user),
        "answers": manager.is_authorized_dag(method="PUT", access_entity=DagAccessEntity.HITL_DETAIL, user=user),
        "answers_for_sekda": manager.is_authorized_hitl_task(assigned_users={"sekda"}, user=user),
        "changes_pools": manager.is_authorized_pool(method="POST", user=user),
        "reads_connections": manager.is_authorized_connection(method="GET", user=user),
    } for user in manager.get_users()},
}))
"""
NOBODY = {
    "sees": False,
    "answers": False,
    "answers_for_sekda": False,
    "changes_pools": False,
    "reads_connections": False,
}


@pytest.fixture
def home(tmp_path: Path) -> AirflowHome:
    settings = Settings(var_dir=tmp_path / "var", pg_host="127.0.0.1", pg_port=1)
    made = AirflowHome(settings, 8080, Schedules())
    made.write_configuration()
    return made


def ask(home: AirflowHome) -> dict:
    done = subprocess.run(
        [sys.executable, "-c", ASK], env=home.environment, capture_output=True, text=True, check=True, timeout=120
    )
    return json.loads(done.stdout.split("ANSWER")[1])


@pytest.mark.unit
def test_every_user_has_a_password_of_his_own_for_the_owners_eyes_only(home: AirflowHome) -> None:
    path = home.home / "users.json"
    passwords = json.loads(path.read_text(encoding="utf-8"))

    assert set(passwords) == set(USERS)
    assert len(set(passwords.values())) == len(USERS)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    home.write_configuration()
    assert json.loads(path.read_text(encoding="utf-8")) == passwords


@pytest.mark.airflow
def test_each_may_do_what_his_office_does(home: AirflowHome) -> None:
    answer = ask(home)

    assert answer["all_admins"] is False
    assert answer["passwords"] == sorted(USERS)
    assert answer["users"] == {
        "bkpp": dict.fromkeys(NOBODY, True) | {"answers_for_sekda": False},
        "sekda": NOBODY | {"sees": True, "answers": True, "answers_for_sekda": True},
        "wali_kota": NOBODY | {"sees": True, "answers": True},
        "auditor": NOBODY | {"sees": True},
    }


@pytest.mark.airflow
def test_admins_for_all_would_be_noticed(home: AirflowHome) -> None:
    path = home.home / "airflow.cfg"
    parser = RawConfigParser()
    parser.read(path, encoding="utf-8")
    parser["core"]["simple_auth_manager_all_admins"] = "True"
    with path.open("w", encoding="utf-8") as file:
        parser.write(file)

    answer = ask(home)

    assert answer["all_admins"] is True
    assert answer["users"]["auditor"]["answers_for_sekda"] is True
