"""From a punch to the page of the leadership, by push: one terminal sends a punch every few seconds, a build follows.

The same functions as in `watch_pushes` and `build_attendance`, one after the other in this process; what Airflow adds
(starting three tasks, a few seconds) is not in it.
"""

from __future__ import annotations

import csv
import random
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from benchmarks.ratio import Figure
from dashboards.page import render
from expectations.gate import check
from extractors.push_app import PushServer
from extractors.push_watch import wait_for_pushed
from extractors.site.load import load_site
from simulator.city import create_city
from simulator.offices import CitySpec
from simulator.push import PushedPunch, PushTerminal
from warehouse.build import build
from warehouse.clock import Clock, running_clock
from warehouse.connection import connect
from warehouse.settings import Settings

MONDAY: Final = "2017-02-06T07:10"
PEOPLE: Final = 300
TERMINALS: Final = 4
LIMIT_S: Final = 60.0
EVERY_S: Final = 3.0
FOR_S: Final = 120.0
LAST_DAY: Final = "2017-02-10"


def run(settings: Settings) -> list[Figure]:
    """Builds a small city on a Monday morning and lets one of its terminals push."""
    city = settings.var_dir / "city"
    first, last = datetime.fromisoformat("2017-01-30").date(), datetime.fromisoformat(LAST_DAY).date()
    create_city(CitySpec(2017, PEOPLE, TERMINALS, first, last, last + timedelta(days=7), 27900, (), 0), city)
    serial, pins = _one_that_pushes(city / "site")
    offset = datetime.fromisoformat(MONDAY).replace(tzinfo=settings.zone) - running_clock()()
    clock = running_clock(round(offset.total_seconds()))
    load_site(settings, city / "site", clock)
    build(settings, clock)
    render(settings)
    server = PushServer(settings, clock, address="127.0.0.1", port=0)
    threading.Thread(target=server.run, daemon=True).start()
    sent = _push(settings, clock, PushTerminal(serial, ("127.0.0.1", server.port), random.Random(1)), pins)
    server.stop()
    waits = sorted(sent)
    p95 = waits[int(len(waits) * 0.95)]
    return [
        Figure(f"push: punch to page, p95 of {len(waits)}", p95, LIMIT_S, p95 / LIMIT_S, "<= 1"),
        Figure("push: punch to page, median", waits[len(waits) // 2], LIMIT_S, waits[len(waits) // 2] / LIMIT_S, ""),
    ]


def _one_that_pushes(site: Path) -> tuple[str, list[str]]:
    """Makes the first terminal on the network one that pushes; its serial and the PINs of its office."""
    path = site / "terminals.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        names, rows = list(reader.fieldnames or ()), list(reader)
    chosen = next(row for row in rows if row["driver"] == "zk")
    chosen.update(driver="adms", address="")
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, names)
        writer.writeheader()
        writer.writerows(rows)
    codes = {chosen["terminal_serial"], chosen["opd_code"]}
    with (site / "pins.csv").open(encoding="utf-8", newline="") as lines:
        return chosen["terminal_serial"], [row["pin"] for row in csv.DictReader(lines) if row["scope_code"] in codes]


def _push(settings: Settings, clock: Clock, terminal: PushTerminal, pins: list[str]) -> list[float]:
    """Seconds from each punch until the page that holds it is written."""
    sent: dict[datetime, float] = {}
    pages: dict[int, float] = {}
    done = threading.Event()
    builder = threading.Thread(target=_follow, args=(settings, clock, pages, done))
    builder.start()
    end = time.monotonic() + FOR_S
    number = 0
    while time.monotonic() < end:
        at = clock().astimezone(settings.zone).replace(tzinfo=None, microsecond=0)
        terminal.punch([PushedPunch(pins[number % len(pins)], at)])
        sent[at] = time.monotonic()
        terminal.send_all()
        number += 1
        time.sleep(EVERY_S)
    done.set()
    builder.join()
    connection = connect(settings, "auditor")
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "select punches.punched_at_local, build_pulls.build_id from raw.punches"
            " inner join ops.build_pulls on build_pulls.pull_id = punches.pull_id where punches.channel = 'push'"
        )
        built = cursor.fetchall()
    connection.close()
    return [pages[build_id] - sent[at] for at, build_id in built if build_id in pages]


def _follow(settings: Settings, clock: Clock, pages: dict[int, float], done: threading.Event) -> None:
    """Checks, builds and renders whenever something has been pushed; a last time at the end."""
    while wait_for_pushed(settings, 5.0) or not done.is_set():
        check(settings, clock)
        report = build(settings, clock)
        render(settings)
        if report.build_id is not None:
            pages[report.build_id] = time.monotonic()
