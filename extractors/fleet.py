"""Pulls a fleet: chunks for the scheduler, threads within a bound, tries with a pause, dead offices left alone."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from random import Random
from typing import Final

from extractors.circuits import note_away, note_there, opened_circuits
from extractors.drivers.zk_frames import Deadlines
from extractors.loader import loader_connection
from extractors.pull import pull_terminal
from extractors.registry import registered_terminals
from warehouse.clock import Clock
from warehouse.ledger import PullRow
from warehouse.settings import Settings

logger = logging.getLogger(__name__)

MOST_CHUNKS: Final = 20  # a task of Airflow costs most of a CPU-second (benchmarks airflow), a read a fiftieth of it
NOT_READ: Final = frozenset({"usb_file", "adms"})  # brought by hand, or sent by themselves
PAUSES_S: Final = (1.0, 4.0)  # between three tries, shortened or prolonged by up to a half
LONG_ENOUGH: Final = timedelta(seconds=Deadlines().whole_s)  # no further try after that: a task has ten minutes


@dataclass(frozen=True, slots=True)
class FleetPull:
    """What became of the terminals: a row per attempt, and who was left alone until when."""

    rows: tuple[PullRow, ...]
    left_alone: dict[str, datetime]

    def outcomes(self) -> list[str]:
        """The last outcome of each terminal that was tried, and 'left_alone' for each that was not."""
        last = {row.terminal_serial: row.outcome for row in self.rows}
        return [*last.values(), *["left_alone"] * len(self.left_alone)]


def fleet_chunks(settings: Settings, clock: Clock, most: int = MOST_CHUNKS) -> list[list[str]]:
    """Serials of the terminals on the network: each alone up to `most`, above that those of an office together.

    Where there are more offices than that, small neighbours share a chunk.

    Raises:
        Problem: the database is away.
    """
    with loader_connection(settings) as connection, connection.cursor() as cursor:
        terminals = [one for one in registered_terminals(cursor, settings, clock) if one.driver not in NOT_READ]
    if len(terminals) <= most:
        return [[one.serial] for one in terminals]
    by_office = sorted(terminals, key=lambda one: (one.opd_code, one.serial))
    offices = [[one.serial for one in group] for _, group in groupby(by_office, key=lambda one: one.opd_code)]
    while len(offices) > most:
        at = min(range(len(offices) - 1), key=lambda place: len(offices[place]) + len(offices[place + 1]))
        offices[at : at + 2] = [offices[at] + offices[at + 1]]
    return offices


def pull_fleet(
    settings: Settings,
    serials: Sequence[str],
    clock: Clock,
    workers: int,
    *,
    chance: Random | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> FleetPull:
    """Pulls several terminals, `workers` at once, each up to three times; who is known to be away is left alone.

    Raises:
        Problem: the database is away, or a serial is not registered; the other terminals are pulled all the same.
    """
    luck = chance or Random()  # noqa: S311 - pauses are not cryptography
    with loader_connection(settings) as connection, connection, connection.cursor() as cursor:
        opened = opened_circuits(cursor)
    left_alone = {serial: opened[serial] for serial in serials if serial in opened and clock() < opened[serial]}
    with ThreadPoolExecutor(max(1, workers)) as readers:
        tasks = [
            readers.submit(_pull_patiently, settings, serial, clock, _pauses(luck, serial in opened), sleep)
            for serial in serials
            if serial not in left_alone
        ]
    rows = tuple(row for task in tasks for row in task.result())
    _keep_circuits(settings, rows, clock, luck)
    return FleetPull(rows, left_alone)


def _pauses(chance: Random, is_half_open: bool) -> list[float]:
    """Before the second and third try; whoever was away for long gets one."""
    return [] if is_half_open else [pause * chance.uniform(0.5, 1.5) for pause in PAUSES_S]


def _pull_patiently(
    settings: Settings, serial: str, clock: Clock, pauses: Sequence[float], sleep: Callable[[float], None]
) -> list[PullRow]:
    """Tries again after each pause while the line is bad and time is left; each try is a row of its own."""
    rows = [pull_terminal(settings, serial, clock)]
    for pause in pauses:
        if rows[-1].error_class != "transient" or rows[-1].finished_at - rows[0].started_at >= LONG_ENOUGH:
            break
        sleep(pause)
        rows.append(pull_terminal(settings, serial, clock))
    return rows


def _keep_circuits(settings: Settings, rows: Sequence[PullRow], clock: Clock, chance: Random) -> None:
    last = {row.terminal_serial: row.outcome for row in rows}
    away = sorted(serial for serial, outcome in last.items() if outcome == "unreachable")
    with loader_connection(settings) as connection, connection, connection.cursor() as cursor:
        note_there(cursor, [serial for serial in last if serial not in away])
        for serial in away:
            until = note_away(cursor, serial, clock(), chance)
            if until is not None:
                logger.warning("terminal %s: nobody there, left alone until %s", serial, until.isoformat())
