"""kill -9 of the puller, of dbt and of Postgres: a rerun gives what an undisturbed run gives."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from psycopg2.extensions import connection as Connection

from tests.support.conservation import own_server
from warehouse.connection import connect
from warehouse.migrate import migrate
from warehouse.server import EmbeddedServer
from warehouse.settings import Settings

HADIR = [sys.executable, "-m", "hadir"]
VICTIMS = ("puller", "dbt", "postgres")
# Counts of attempts, ids and clocks may differ; nothing else.
IGNORED = {"build_id", "pull_id", "landed_at", "as_of_local", "updated_at"}


@dataclass(frozen=True)
class World:
    """A city of its own: terminals that answer, a warehouse, and the commands of an admin."""

    settings: Settings
    city: Path

    def command(self, *arguments: str) -> subprocess.Popen[bytes]:
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        environment |= {
            "HADIR_VAR_DIR": str(self.settings.var_dir),
            "HADIR_SECRETS_FOLDER": str(self.settings.secrets_dir),
        }
        log = (self.settings.var_dir / "commands.log").open("ab")
        return subprocess.Popen([*HADIR, *arguments], env=environment, stdout=log, stderr=log, start_new_session=True)

    def succeed(self, *arguments: str) -> None:
        for _ in range(3):  # the first try after a kill may meet a server that is just coming back
            if self.command(*arguments).wait(timeout=300) == 0:
                return
        log = (self.settings.var_dir / "commands.log").read_text()
        pytest.fail(f"{arguments} never succeeded:\n{log[-2000:]}")


@contextmanager
def a_world(rounds: list[str], until: str) -> Iterator[World]:
    var_dir = Path(tempfile.mkdtemp(prefix="hadir-chaos-"))
    var_dir.chmod(0o755)
    settings = Settings(var_dir=var_dir)
    city = var_dir / "city"
    world = World(settings, city)
    try:
        with own_server(settings):
            migrate(settings)
            world.succeed("simulator", "city", str(city), "--people", "36", "--terminals", "3", "--until", until)
            for secret in (city / "secrets").iterdir():
                shutil.copy(secret, settings.secrets_dir)
            world.succeed("site", "load", str(city / "site"), "--as-of", rounds[0])
            terminals = world.command("simulator", "serve", str(city))
            try:
                yield world
            finally:
                terminals.terminate()
                terminals.wait(timeout=30)
    finally:
        shutil.rmtree(var_dir, ignore_errors=True)


def set_clock(world: World, as_of: str) -> None:
    draft = world.city / "clock.draft"
    draft.write_text(json.dumps({"mode": "frozen", "at": as_of}))
    draft.rename(world.city / "clock.json")
    time.sleep(1)


def steps(as_of: str) -> list[tuple[str, ...]]:
    return [("pull", "--as-of", as_of), ("check", "--as-of", as_of), ("build", "--as-of", as_of)]


def dbt_below(pid: int) -> list[int]:
    """The dbt that a `hadir build` runs, if it has come that far."""
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout
    return [int(child) for child in found.split()]


def kill_while(world: World, victim: str, arguments: tuple[str, ...], chance: random.Random) -> None:
    """Starts a command and kills the victim after a random moment of its life."""
    process = world.command(*arguments)
    time.sleep(chance.uniform(0.1, 6.0 if arguments[0] == "build" else 2.0))
    if victim == "postgres":
        postmaster = EmbeddedServer(world.settings).data / "postmaster.pid"
        victims = [int(postmaster.read_text().split()[0])]
    elif victim == "dbt" and chance.random() < 0.5:
        victims = dbt_below(process.pid)  # hadir lives and must say that dbt died
    else:
        victims = [process.pid, *dbt_below(process.pid)]
    for pid in victims:
        with suppress(ProcessLookupError):  # it was quicker than the moment
            os.kill(pid, signal.SIGKILL)
    process.wait(timeout=300)


def run_through(world: World, rounds: list[str], kills: dict[int, list[str]], chance: random.Random) -> None:
    for number, as_of in enumerate(rounds):
        set_clock(world, as_of)
        # The puller dies while it pulls, dbt while it builds, Postgres while any of the three works.
        moments = {victim: {"puller": "pull", "dbt": "build"}.get(victim) for victim in kills.get(number, [])}
        for arguments in steps(as_of):
            for victim, moment in moments.items():
                if arguments[0] == (moment or postgres_moment(number)):
                    kill_while(world, victim, arguments, chance)
            world.succeed(*arguments)


def postgres_moment(number: int) -> str:
    return ("build", "pull", "check")[number % 3]


def without_ids(value: object) -> object:
    """JSON without ids, so that two runs can be compared."""
    if isinstance(value, dict):
        return {key: without_ids(inner) for key, inner in value.items() if key not in IGNORED}
    if isinstance(value, list):
        return [without_ids(inner) for inner in value]
    return value


def contents(conn: Connection) -> dict[str, list[str]]:
    """All marts and the landed punches, sorted, without ids and clocks."""
    found: dict[str, list[str]] = {}
    with conn.cursor() as cursor:
        cursor.execute("select 'marts', table_name from information_schema.tables where table_schema = 'marts'")
        for schema, table in [*cursor.fetchall(), ("raw", "punches"), ("raw", "rejects")]:
            cursor.execute(f"select to_jsonb(t) from {schema}.{table} as t")
            found[f"{schema}.{table}"] = sorted(json.dumps(without_ids(row), sort_keys=True) for (row,) in cursor)
    return found


def unresolved_traces(conn: Connection) -> list[tuple[object, ...]]:
    """Punches of a shift or of a cut's trace that raw does not hold, or whose pull did not land."""
    with conn.cursor() as cursor:
        cursor.execute(
            """
            with named as (
                select employee_id, work_date, terminal_serial, punched_at_local, pull_id
                from intermediate.int_punches__assigned_to_shift
                where channel <> 'daftar_hadir'
                union all
                select
                    cuts.employee_id, cuts.work_date, p ->> 'terminal_serial', (p ->> 'punched_at_local')::timestamp,
                    (p ->> 'pull_id')::bigint
                from marts.fct_deductions as cuts
                cross join lateral jsonb_array_elements(cuts.trace -> 'punches') as p
                where p ->> 'channel' <> 'daftar_hadir'
            )
            select named.employee_id, named.work_date, named.terminal_serial, named.punched_at_local
            from named
            left join raw.punches as r
                on r.terminal_serial = named.terminal_serial
                and r.punched_at_local = named.punched_at_local
                and r.pull_id = named.pull_id
            left join raw.pulls as pull on pull.pull_id = r.pull_id and pull.outcome = 'ok'
            where pull.pull_id is null
            """
        )
        return cursor.fetchall()


def compare_with_undisturbed(rounds: list[str], until: str, kills: dict[int, list[str]], seed: int) -> None:
    with a_world(rounds, until) as world:
        run_through(world, rounds, {}, random.Random(0))
        conn = connect(world.settings, "auditor")
        undisturbed = contents(conn)
        conn.close()
    with a_world(rounds, until) as world:
        run_through(world, rounds, kills, random.Random(seed))
        conn = connect(world.settings, "auditor")
        disturbed, dangling = contents(conn), unresolved_traces(conn)
        conn.close()

    assert undisturbed["marts.fct_shift_attendance"]
    for table, rows in undisturbed.items():
        assert disturbed[table] == rows, f"{table} differs (seed {seed})"
    assert dangling == [], f"seed {seed}"


@pytest.mark.e2e
def test_three_kills_leave_no_trace() -> None:
    rounds = ["2017-02-01T08:00", "2017-02-04T08:00"]

    compare_with_undisturbed(
        rounds, "2017-02-03", {0: ["puller", "dbt"], 1: ["postgres"]}, seed=random.randrange(2**32)
    )


@pytest.mark.chaos
def test_twenty_kills_leave_no_trace() -> None:
    rounds = [f"2017-02-{day:02}T08:00" for day in range(4, 11)]
    kills = {number: list(VICTIMS) for number in range(7)}
    kills[6] = ["puller", "dbt"]

    compare_with_undisturbed(rounds, "2017-02-10", kills, seed=random.randrange(2**32))
