"""The embedded server: starts, is shared, stops with its last user, survives kill -9, refuses strangers."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from warehouse.connection import connect, connect_superuser, pg_address
from warehouse.console import Problem
from warehouse.migrate import migrate
from warehouse.server import EmbeddedServer, running_server
from warehouse.settings import Settings

pytestmark = pytest.mark.db


@pytest.fixture
def own_settings() -> Iterator[Settings]:
    var_dir = Path(tempfile.mkdtemp(prefix="hadir server ", dir="/tmp"))  # a path with a space
    var_dir.chmod(0o755)
    yield Settings(var_dir=var_dir)
    shutil.rmtree(var_dir)


def _pids(settings: Settings) -> list[int]:
    pid_file = EmbeddedServer(settings).data / "postmaster.pid"
    return [int(pid_file.read_text().split()[0])] if pid_file.exists() else []


def test_last_user_stops_the_server_and_not_the_first(own_settings: Settings) -> None:
    server = EmbeddedServer(own_settings)

    with running_server(own_settings):
        with running_server(own_settings):
            assert server.is_running()
        assert server.is_running()

    assert not server.is_running()
    assert _pids(own_settings) == []


def test_starts_again_after_kill_9_with_what_was_committed(own_settings: Settings) -> None:
    with running_server(own_settings):
        migrate(own_settings)
        with connect_superuser(own_settings) as conn, conn.cursor() as cursor:
            cursor.execute("create table kept as select 1 as one")
        os.kill(_pids(own_settings)[0], signal.SIGKILL)

    with running_server(own_settings), connect_superuser(own_settings) as conn, conn.cursor() as cursor:
        cursor.execute("select one from kept")
        assert cursor.fetchone() == (1,)


def test_a_taken_port_is_one_clear_sentence(own_settings: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = own_settings.model_copy(update={"pg_port": other.getsockname()[1]})

        with pytest.raises(Problem, match="sudah dipakai program lain"), running_server(taken):
            pass


def test_a_wrong_password_is_refused(server_settings: Settings) -> None:
    host, port = pg_address(server_settings)

    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(
            host=host, port=port, user="hadir_loader", password="guess", dbname=server_settings.pg_database
        )


def test_a_folder_that_others_cannot_enter_works_too() -> None:
    closed = Path(tempfile.mkdtemp(prefix="hadir-closed-"))
    closed.chmod(0o700)
    settings = Settings(var_dir=closed / "var")

    with running_server(settings):
        elsewhere = EmbeddedServer(settings).elsewhere
        assert EmbeddedServer(settings).is_running()

    # Only root must run Postgres as somebody else, who cannot enter.
    assert (elsewhere is not None) == (os.geteuid() == 0)
    if elsewhere is not None:
        shutil.rmtree(elsewhere)
    shutil.rmtree(closed)


def test_migrating_twice_changes_nothing_and_a_changed_migration_is_refused(
    warehouse_db: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert migrate(warehouse_db) == []

    changed = tmp_path / "ddl"
    shutil.copytree(Path(migrate.__globals__["DDL_DIR"]), changed)
    (changed / "0001_schemas.sql").write_text("create schema other;")
    monkeypatch.setattr("warehouse.migrate.DDL_DIR", changed)
    with pytest.raises(Problem, match="berubah sejak diterapkan"):
        migrate(warehouse_db)


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("metabase", "select 1 from raw.punches"),
        ("metabase", "create table marts.mine (one int)"),
        ("auditor", "insert into ops.touched values ('x', '2017-02-01', 'site')"),
        ("loader", "delete from raw.punches"),
        ("loader", "update raw.pulls set offered = 1"),
        ("check", "insert into raw.pulls (terminal_serial) values ('x')"),
        ("dbt", "delete from raw.punches"),
    ],
)
def test_a_role_has_no_more_rights_than_its_work_needs(warehouse_db: Settings, role: str, statement: str) -> None:
    with connect(warehouse_db, role) as conn, conn.cursor() as cursor:  # type: ignore[arg-type]
        with pytest.raises((psycopg2.errors.InsufficientPrivilege, psycopg2.errors.ReadOnlySqlTransaction)):
            cursor.execute(statement)
        conn.rollback()


def test_raw_cannot_be_changed_even_by_its_owner(warehouse_db: Settings) -> None:
    with connect(warehouse_db, "owner") as conn, conn.cursor() as cursor:
        cursor.execute(
            "insert into raw.pulls (terminal_serial, channel, outcome, started_at, finished_at, error_class, row_hash)"
            " values ('S', 'zk', 'unreachable', now(), now(), 'transient', 'h')"
        )
        with pytest.raises(psycopg2.errors.RaiseException, match="hanya boleh ditambah"):
            cursor.execute("delete from raw.pulls")
        conn.rollback()


def test_no_process_stays_behind(own_settings: Settings) -> None:
    code = (
        "from pathlib import Path; from warehouse.settings import Settings\n"
        "from warehouse.server import running_server\n"
        f"with running_server(Settings(var_dir=Path({str(own_settings.var_dir)!r}))): pass"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)

    deadline = time.monotonic() + 10
    while _pids(own_settings) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert _pids(own_settings) == []
