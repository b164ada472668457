"""`hadir up`: the same machine, live: the city goes on punching, the scheduler reads it every few minutes."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import typer

from local.airflow import DAGS, USERS, Schedules, unpaused
from local.demo import DemoPlan, Machine, run_demo, running_machine
from local.preflight import check_machine, check_port
from local.processes import Family, only_command
from local.rest import ENDED
from local.runs import Runner
from warehouse.clock import Clock, running_clock
from warehouse.console import Problem
from warehouse.server import running_server
from warehouse.settings import Settings, child_environment

# The Monday after the planned history, shortly before work begins.
FIRST_CLOCK: Final = "2017-04-03T07:15"
CLOSING_HOUR: Final = 8
VERIFY_CRON: Final = "20 * * * *"
PURGE_CRON: Final = "30 2 * * *"
WATCH_CRON: Final = "* * * * *"
LOOK_EVERY_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class UpPlan:
    """How the live city runs; `clock` None: go on where it was, at first FIRST_CLOCK."""

    clock: str | None
    page_port: int
    pull_every_minutes: int
    demo: DemoPlan


def run_up(settings: Settings, plan: UpPlan) -> None:
    """Runs until Ctrl-C; everything that was started is then stopped.

    Raises:
        Problem: a port is taken, no disk, or a process ends by itself.
    """
    check_machine(settings.var_dir)
    check_port(plan.page_port, "--port")
    if plan.demo.airflow_port is not None:
        check_port(plan.demo.airflow_port, "--airflow-port")
    summary, is_new = run_demo(settings, plan.demo)
    if is_new:
        typer.echo(summary.text(), err=True)
    offset_s = clock_offset(settings, plan.clock, running_clock())
    live = settings.model_copy(update={"clock_offset_s": offset_s})
    family = Family(live.var_dir / "run")
    schedules = Schedules(
        pull=f"*/{plan.pull_every_minutes} * * * *",
        close=closing_cron(live, offset_s),
        verify=VERIFY_CRON,
        purge=PURGE_CRON,
        watch=WATCH_CRON,
    )
    with (
        running_server(live),
        only_command(live.var_dir, family),
        running_machine(live, plan.demo, family, schedules) as machine,
    ):
        machine.city.run_clock(running_clock()(), offset_s)
        serve = [sys.executable, "-m", "hadir", "dashboards", "serve", "--first-users", "--port", str(plan.page_port)]
        family.start("page", serve, child_environment(live), live.logs_dir / "page.log")
        with unpaused(machine.api, DAGS):
            _say_where(live, machine, plan)
            _stay(live, machine)


def clock_offset(settings: Settings, wanted: str | None, now: Clock) -> int:
    """Seconds from the machine's clock to the city's; kept in var/, so that a second start goes on in the same time.

    Raises:
        Problem: `wanted` is no time, or lies before what the city has lived already.
    """
    path = settings.var_dir / "up.json"
    kept = int(json.loads(path.read_text(encoding="utf-8"))["clock_offset_s"]) if path.exists() else None
    if kept is not None and wanted is None:
        return kept
    try:
        moment = datetime.fromisoformat(wanted or FIRST_CLOCK)
    except ValueError as error:
        raise Problem(f"--clock '{wanted}' bukan waktu; tulis misalnya {FIRST_CLOCK}.") from error
    city = moment if moment.tzinfo else moment.replace(tzinfo=settings.zone)
    offset_s = round((city - now()).total_seconds())
    if kept is not None and offset_s < kept:
        lived = now().astimezone(settings.zone) + timedelta(seconds=kept)
        raise Problem(f"Kota ini sudah hidup sampai {lived:%Y-%m-%dT%H:%M}; --clock tidak dapat mundur.")
    path.write_text(json.dumps({"clock_offset_s": offset_s}), encoding="utf-8")
    return offset_s


def closing_cron(settings: Settings, offset_s: int) -> str:
    """When it is 08.00 in the city, on the machine's clock (cron knows that one only)."""
    closing = datetime(2017, 4, 3, CLOSING_HOUR, 0, 59, tzinfo=settings.zone) - timedelta(seconds=offset_s)
    return f"{closing.minute} {closing.hour} * * *"


def _say_where(settings: Settings, machine: Machine, plan: UpPlan) -> None:
    airflow_users = Path(settings.var_dir) / "airflow" / "users.json"
    typer.echo(f"Jam kota : {_city_time(settings)}, berjalan; mesin dibaca tiap {plan.pull_every_minutes} menit.")
    typer.echo(f"Halaman  : http://127.0.0.1:{plan.page_port}/ (pengguna: hadir dashboards user list;")
    typer.echo(f"           kata sandi tiap nama di {settings.secrets_dir}/page_user_NAMA)")
    typer.echo(f"Airflow  : http://127.0.0.1:{machine.api.port}/ (pengguna {', '.join(USERS)};")
    typer.echo(f"           kata sandi di {airflow_users})")
    typer.echo("Ctrl-C menghentikan semuanya.")


def _city_time(settings: Settings) -> str:
    return f"{running_clock(settings.clock_offset_s)().astimezone(settings.zone):%d-%m-%Y %H.%M}"


def _stay(settings: Settings, machine: Machine) -> None:
    """Says when the page has been refreshed and what went wrong; a failed run does not end the live city."""
    runner = Runner(machine.api, machine.family)
    told = machine.api.latest_run("build_attendance")
    while True:
        machine.family.watch()
        run = machine.api.latest_run("build_attendance")
        if run is not None and run.state in ENDED and run != told:
            told = run
            is_good = run.state == "success"
            typer.echo(
                f"{_city_time(settings)} halaman diperbarui" if is_good else runner.failure(run.dag_id, run.dag_run_id)
            )
        time.sleep(LOOK_EVERY_S)
