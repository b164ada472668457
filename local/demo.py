"""`hadir demo`: a small Kota Cilegon goes through the whole machine, from its terminals to the page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import typer

from local.airflow import DAGS, AirflowHome, Schedules, unpaused, wait_until_ready
from local.city import City
from local.faces import check_faces
from local.leadership import Leadership
from local.preflight import check_machine, free_port
from local.processes import Family, only_command
from local.rest import AirflowApi, CausedRun
from local.runs import Runner
from local.summary import Summary, built_moments, summarise
from warehouse.console import Problem, progress
from warehouse.migrate import migrate
from warehouse.server import running_server
from warehouse.settings import Settings

# When February is decided and closed, the eve of the new regulation (a late USB stick comes with it), a day with a
# terminal still off, the running day, the morning after.
HISTORY: Final = (
    "2017-03-03T18:00:00+07:00",
    "2017-03-19T18:00:00+07:00",
    "2017-03-29T18:00:00+07:00",
    "2017-03-31T10:00:00+07:00",
    "2017-04-01T08:00:00+07:00",
)


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """Which city is made and at which moments it is read; the closing of the day follows the last."""

    city_options: tuple[str, ...] = ()
    history: tuple[str, ...] = HISTORY
    airflow_port: int | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """What runs: Airflow's API, all processes, and the city's terminals."""

    api: AirflowApi
    family: Family
    city: City


def page_of(settings: Settings) -> Path:
    """Where `dashboards` puts the page."""
    return settings.pages_dir / "index.html"


def finished_mark(settings: Settings) -> Path:
    """Written when a demo has come to its end."""
    return settings.var_dir / "demo.json"


def run_demo(settings: Settings, plan: DemoPlan) -> tuple[Summary, bool]:
    """Brings the city to the end of its history; the flag is False when it stood already.

    Raises:
        Problem: a step failed; everything that was started is stopped.
    """
    check_machine(settings.var_dir)
    family = Family(settings.var_dir / "run")
    with running_server(settings), only_command(settings.var_dir, family):  # Airflow ends before its database
        with progress("Basis data"):
            migrate(settings)
        missing = missing_moments(settings, plan)
        if not missing and finished_mark(settings).exists():
            return summarise(settings, page_of(settings)), False
        with running_machine(settings, plan, family, Schedules()) as machine, unpaused(machine.api, DAGS):
            tell_history(settings, machine, plan, missing)
        return summarise(settings, page_of(settings)), True


def missing_moments(settings: Settings, plan: DemoPlan) -> list[str]:
    """The moments of the history that no build has seen yet."""
    built = built_moments(settings)
    return [moment for moment in plan.history if datetime.fromisoformat(moment).timestamp() not in built]


@contextmanager
def running_machine(settings: Settings, plan: DemoPlan, family: Family, schedules: Schedules) -> Iterator[Machine]:
    """Terminals and Airflow, ready; the family's owner stops them.

    Airflow starts while the city is being made: each waits for something else than the other.
    """
    city = City(settings, family, plan.city_options)
    with progress("Kota Cilegon dan Airflow disiapkan"):
        making = city.begin()
        airflow = AirflowHome(settings, plan.airflow_port or free_port(), schedules)
        airflow.write_configuration()
        airflow.migrate()
        api = airflow.start(family)
        city.finish(making)
        city.serve()
        wait_until_ready(api, family)
    yield Machine(api, family, city)


def tell_history(settings: Settings, machine: Machine, plan: DemoPlan, missing: list[str]) -> None:
    """Loads the site folder, reads the terminals at each moment, checks faces, and closes the last day, by DAG runs."""
    runner = Runner(machine.api, machine.family)
    with progress("Folder situs dimuat (load_site)"):
        runner.run("load_site", {"folder": str(machine.city.site_folder), "as_of": plan.history[0]})
    leadership = Leadership.of(settings, machine.city.folder)
    builds: list[CausedRun] = []
    for moment in plan.history:
        if moment in missing:
            builds += read_city(machine, runner, moment)
        leadership.decide(runner, moment)
    for build in builds[-1:]:
        show_metabase(machine, runner, build)
    last = plan.history[-1]
    machine.city.set_clock(last)
    check_faces(machine.city, runner, last)
    with progress(f"Hari ditutup per {_short(last)} (close_attendance_day)"):
        run_id = runner.run("close_attendance_day", {"as_of": last})
    offices = machine.api.returned("close_attendance_day", run_id, "list_incomplete_offices") or []
    for office in offices:
        typer.echo(f"  belum lengkap: {office['opd_name']}, {office['people_count']} orang", err=True)
    if not page_of(settings).is_file():
        raise Problem(f"Halaman {page_of(settings)} tidak terbit padahal semua tugas berhasil.")
    finished_mark(settings).write_text(json.dumps({"history": plan.history}), encoding="utf-8")


def read_city(machine: Machine, runner: Runner, moment: str) -> list[CausedRun]:
    """One moment of the history: the terminals are read, then what came of them is checked, built and shown.

    Returns:
        the runs that built.
    """
    machine.city.set_clock(moment)
    with progress(f"Mesin dibaca per {_short(moment)} (pull_terminals)"):
        run_id = runner.run("pull_terminals", {"as_of": moment})
    with progress(f"Status dan potongan per {_short(moment)} (build_attendance)"):
        return runner.wait_for_followers("pull_terminals", run_id)


def show_metabase(machine: Machine, runner: Runner, build: CausedRun) -> None:
    """The run after the last build that brings the dashboards to Metabase, or says that there is none."""
    with progress("Dasbor ke Metabase (apply_dashboards)"):
        followers = runner.wait_for_followers(build.dag_id, build.run_id)
    tasks = [task for run in followers for task in machine.api.task_instances(run.dag_id, run.run_id)]
    if all(task.state == "skipped" for task in tasks):
        typer.echo("  dilewati: Metabase tidak diatur (HADIR_METABASE_URL kosong)", err=True)


def _short(moment: str) -> str:
    return f"{datetime.fromisoformat(moment):%d-%m-%Y %H.%M}"
