"""What Airflow itself costs beside the work: 300 terminals polled by one run of `pull_terminals`.

CPU seconds, not time: of the scheduler, the API server, the DAG processor and all tasks during the run; the work is
what the next working day's reads cost when `pull_fleet` does them without Airflow: another day of the same people and
terminals, not the same punches. The database works for both and is in neither.
"""

from __future__ import annotations

import time
from typing import Final

import psutil

from benchmarks.ratio import Figure
from extractors.fleet import fleet_chunks, pull_fleet
from local.airflow import Schedules, unpaused
from local.demo import DemoPlan, Machine, running_machine
from local.processes import Family
from local.runs import Runner
from warehouse.clock import clock_for
from warehouse.settings import Settings

PEOPLE: Final = 3000
TERMINALS: Final = 300
FIRST, SECOND, THIRD = (f"2017-02-0{day}T12:00:00+07:00" for day in (2, 3, 6))
CITY: Final = ("--people", str(PEOPLE), "--terminals", str(TERMINALS), "--base-port", "28100", "--photo-days", "0")
AIRFLOW: Final = ("api-server", "scheduler", "dag-processor")


def run(settings: Settings) -> list[Figure]:
    """Reads a city twice by Airflow, then a third time without; each time a day's punches are new."""
    family = Family(settings.var_dir / "run")
    try:
        with (
            running_machine(settings, DemoPlan(CITY), family, Schedules()) as machine,
            unpaused(machine.api, frozenset({"load_site", "pull_terminals"})),
        ):
            runner = Runner(machine.api, family)
            runner.run("load_site", {"folder": str(machine.city.site_folder), "as_of": FIRST})
            _polled(machine, runner, FIRST)
            with_airflow = _polled(machine, runner, SECOND)
            machine.city.set_clock(THIRD)
            work = _work(settings, THIRD)
    finally:
        family.stop()
    share = 1 - work / with_airflow
    return [Figure(f"Airflow's own share of CPU, {TERMINALS} terminals", with_airflow, work, share, "< 0.3")]


def _polled(machine: Machine, runner: Runner, moment: str) -> float:
    """CPU seconds of Airflow's processes and their tasks while one run reads all terminals."""
    machine.city.set_clock(moment)
    before = _cpu_seconds(machine.family)
    runner.run("pull_terminals", {"as_of": moment})
    return _cpu_seconds(machine.family) - before


def _cpu_seconds(family: Family) -> float:
    """Of the living and of what they have waited for: tasks that have ended are in their parent's sum."""
    total = 0.0
    for child in family.children:
        if child.name in AIRFLOW:
            leader = psutil.Process(child.handle.pid)
            for process in (leader, *leader.children(recursive=True)):
                total += sum(process.cpu_times()[:4])
    return total


def _work(settings: Settings, moment: str) -> float:
    clock = clock_for(moment, 0, settings.zone)
    chunks = fleet_chunks(settings, clock)
    before = time.process_time()
    for chunk in chunks:
        pull_fleet(settings, chunk, clock, settings.workers)
    return time.process_time() - before
