"""Airflow on this machine: its database, configuration and three processes, on loopback, with named users."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from configparser import RawConfigParser
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from psycopg2 import sql

from local.processes import Family, tail
from local.rest import AirflowApi, ApiAway, ApiRefused
from warehouse.connection import connect_superuser, pg_address
from warehouse.console import Problem
from warehouse.settings import PROJECT_DIR, TELEMETRY_OFF, Settings, child_environment

DATABASE: Final = "airflow"
DB_ROLE: Final = "hadir_airflow"
USER: Final = "bkpp"  # who runs the machine; the others decide or look
# Answering a human-in-the-loop task takes `user`. An anonymous decision is worth nothing, so everybody has a name.
USERS: Final = {USER: "admin", "sekda": "user", "wali_kota": "user", "auditor": "viewer"}
DAGS: Final = frozenset(path.stem for path in (PROJECT_DIR / "dags").glob("*.py"))  # one DAG each, of the file's name
BUILD_POOL: Final = "warehouse_build"
START_TIMEOUT_S: Final = 120.0
# Tasks are forked from the scheduler: what it has imported, they need not. Great Expectations alone takes two seconds.
WARM_IMPORTS: Final = """\"\"\"Written by hadir: the scheduler imports once what every task would import again.\"\"\"
import sys

if "scheduler" in sys.argv:
    import altair, great_expectations, numpy, psycopg2, pydantic_settings, typer
"""


@dataclass(frozen=True, slots=True)
class Schedules:
    """Cron lines in the city's zone; empty: only by hand, as in the demo, whose clock is not ours."""

    pull: str = ""
    close: str = ""
    verify: str = ""
    purge: str = ""
    audit: str = ""
    watch: str = ""


@dataclass(frozen=True, slots=True)
class AirflowHome:
    """Where Airflow lives and at which port its API answers."""

    settings: Settings
    port: int
    schedules: Schedules

    @property
    def home(self) -> Path:
        return self.settings.var_dir.resolve() / "airflow"

    @property
    def environment(self) -> dict[str, str]:
        """What the processes get: no secret in it, and none of the caller's own Airflow settings."""
        inherited = child_environment(self.settings).items()
        ours = {name: value for name, value in inherited if not name.startswith("AIRFLOW_") or name in TELEMETRY_OFF}
        return {**ours, "AIRFLOW_HOME": str(self.home)}

    def command(self, *arguments: str) -> list[str]:
        """Airflow's command line, by module: a script's first line breaks in a folder with a space."""
        return [sys.executable, "-m", "airflow", *arguments]

    def _database_url(self) -> str:
        host, port = pg_address(self.settings)
        password = self.settings.secret_made_once("pg_airflow")
        return f"postgresql+psycopg2://{DB_ROLE}:{password}@{host}:{port}/{DATABASE}"

    def _options(self) -> dict[str, dict[str, str]]:
        root = f"http://127.0.0.1:{self.port}"
        secret = self.settings.secret_made_once
        return {
            "core": {
                "dags_folder": str(PROJECT_DIR / "dags"),
                "executor": "LocalExecutor",
                "parallelism": "8",
                "load_examples": "False",
                "dags_are_paused_at_creation": "True",
                "default_timezone": self.settings.timezone,
                "execution_api_server_url": f"{root}/execution/",
                "fernet_key": secret("airflow_fernet") + "=",  # 32 bytes in base64, whose padding a token lacks
                "simple_auth_manager_all_admins": "False",
                "simple_auth_manager_users": ",".join(f"{name}:{role}" for name, role in USERS.items()),
                "simple_auth_manager_passwords_file": str(self.home / "users.json"),
            },
            "database": {
                "sql_alchemy_conn": self._database_url(),
                "sql_alchemy_conn_async": "",  # asked for only by features that we do not use; asyncpg is not installed
            },
            "api": {
                "host": "127.0.0.1",
                "port": str(self.port),
                "base_url": f"{root}/",
                "workers": "1",
                "secret_key": secret("airflow_secret_key"),
            },
            # HS512 wants a key of its own length
            "api_auth": {"jwt_secret": hashlib.sha512(secret("airflow_jwt").encode()).hexdigest()},
            "logging": {
                "base_log_folder": str(self.home / "logs"),
                "dag_processor_child_process_log_directory": str(self.home / "logs" / "dag_processor"),
            },
            "scheduler": {"scheduler_idle_sleep_time": "0.2", "enable_health_check": "False"},
            "dag_processor": {"min_file_process_interval": "60"},
            "hadir": {f"{name}_schedule": cron for name, cron in asdict(self.schedules).items()},
        }

    def write_configuration(self) -> None:
        """airflow.cfg and the password file, for the owner's eyes only."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o700)
        parser = RawConfigParser()
        for section, options in self._options().items():
            parser[section] = {name: value.replace("%", "%%") for name, value in options.items()}
        path = self.home / "airflow.cfg"
        path.touch(mode=0o600)
        with path.open("w", encoding="utf-8") as file:
            parser.write(file)
        warm = self.home / "config" / "airflow_local_settings.py"
        warm.parent.mkdir(exist_ok=True)
        warm.write_text(WARM_IMPORTS, encoding="utf-8")
        users = self.home / "users.json"
        users.touch(mode=0o600)
        users.write_text(json.dumps({name: self._password(name) for name in USERS}), encoding="utf-8")

    def create_database(self) -> bool:
        """The database and its owner, when missing; True when it was made now."""
        conn = connect_superuser(self.settings, "postgres")
        conn.autocommit = True
        with conn.cursor() as cursor:
            cursor.execute("select 1 from pg_roles where rolname = %s", (DB_ROLE,))
            verb = sql.SQL("create" if cursor.fetchone() is None else "alter")
            password = self.settings.secret_made_once("pg_airflow")
            cursor.execute(sql.SQL("{} role {} login password %s").format(verb, sql.Identifier(DB_ROLE)), (password,))
            cursor.execute("select 1 from pg_database where datname = %s", (DATABASE,))
            is_new = cursor.fetchone() is None
            if is_new:
                cursor.execute(
                    sql.SQL("create database {} owner {}").format(sql.Identifier(DATABASE), sql.Identifier(DB_ROLE))
                )
        conn.close()
        return is_new

    def migrate(self) -> None:
        """Brings Airflow's tables to this version, once per version."""
        mark = self.home / "migrated"
        wanted = version("apache-airflow")
        if not self.create_database() and mark.exists() and mark.read_text(encoding="ascii") == wanted:
            return
        log = self.home / "migrate.log"
        with log.open("wb") as output:
            done = subprocess.run(
                self.command("db", "migrate"), env=self.environment, stdout=output, stderr=output, check=False
            )
        if done.returncode != 0:
            raise Problem(f"Basis data Airflow tidak dapat disiapkan:\n{tail(log)}")
        mark.write_text(wanted, encoding="ascii")

    def start(self, family: Family) -> AirflowApi:
        """Starts API server, scheduler and dag-processor; they need some seconds until `wait_until_ready`."""
        logs = self.settings.logs_dir
        family.start("api-server", self.command("api-server"), self.environment, logs / "airflow-api-server.log")
        # The logs are on this machine: no server of their own for them, it would listen on every address.
        scheduler = self.command("scheduler", "--skip-serve-logs")
        family.start("scheduler", scheduler, self.environment, logs / "airflow-scheduler.log")
        dag_processor = self.command("dag-processor")
        family.start("dag-processor", dag_processor, self.environment, logs / "airflow-dag-processor.log")
        return self.api(USER)

    def api(self, user: str) -> AirflowApi:
        """A client for one of USERS, not signed in yet: what somebody decides goes under his own name."""
        return AirflowApi(self.port, user, self._password(user))

    def _password(self, user: str) -> str:
        return self.settings.secret_made_once(f"airflow_user_{user}")


def wait_until_ready(api: AirflowApi, family: Family) -> None:
    """Waits until all parts report healthy and every DAG is read; then signs in and makes the pool.

    Raises:
        Problem: a part has ended, a DAG cannot be read, or it takes more than two minutes.
    """
    deadline = time.monotonic() + START_TIMEOUT_S
    missing = "API server"
    while time.monotonic() < deadline:
        family.watch()
        try:
            missing = _what_is_missing(api)
        except (ApiAway, ApiRefused) as error:
            missing = str(error)
        if not missing:
            api.make_pool(BUILD_POOL, 1)
            return
        time.sleep(0.2)
    raise Problem(f"Airflow belum siap setelah {START_TIMEOUT_S:.0f} detik: {missing}")


def _what_is_missing(api: AirflowApi) -> str:
    if sick := api.sick_parts():
        return ", ".join(sick)
    if api.token is None:
        api.sign_in()
    if broken := api.import_errors():
        raise Problem("Berkas DAG tidak dapat dibaca:\n" + "\n".join(broken))
    return ", ".join(sorted(DAGS - api.dag_ids()))


@contextmanager
def unpaused(api: AirflowApi, dag_ids: frozenset[str]) -> Iterator[None]:
    """The DAGs may run inside; runs that a stopped scheduler left behind are given up first."""
    for run in api.unfinished_runs():
        api.give_up(run)
    for dag_id in dag_ids:
        api.pause(dag_id, False)
    try:
        yield
    finally:
        with suppress(Problem):  # when the API server is what failed, its failure is what to tell
            for dag_id in dag_ids:
                api.pause(dag_id, True)
