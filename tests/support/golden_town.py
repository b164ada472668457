"""Four small offices in February and March 2017, written by hand: who punched when, and nothing computed.

Everybody comes at 07.20.00 and leaves five minutes after the end, each working day, unless DEVIATIONS says otherwise.
February has 19 working days (20 weekdays less 15 February, election day), March 22 (23 less Nyepi on 28 March).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from extractors.site.load import load_site
from tests.support.databases import copied
from warehouse.build import build
from warehouse.clock import clock_at
from warehouse.connection import connect
from warehouse.settings import Settings

AS_OF = datetime.fromisoformat("2017-04-01T08:00+07:00")
FIRST, LAST = date(2017, 1, 30), date(2017, 3, 31)
HOLIDAYS = {date(2017, 2, 15), date(2017, 3, 28)}
NOTHING: tuple[str, ...] = ()

SITE: dict[str, list[str]] = {
    "opd": [
        "opd_code,name,timezone",
        "BKPP,Badan Kepegawaian,Asia/Jakarta",
        "DISHUB,Dinas Perhubungan,Asia/Jakarta",
        "KEC,Kecamatan Ciwandan,Asia/Jakarta",
    ],
    "employees": [
        "employee_id,name,kind",
        *(f"P{n:02},Pegawai {n:02},PNS" for n in (1, 2, 3, 4, 5, 6, 9, 11, 12, 13, 14, 15, 16, 17)),
        "P07,Pegawai 07,honorer",
        "P08,Pegawai 08,honorer",
        "P10,Pegawai 10,PPPK",
    ],
    "identifiers": [
        "employee_id,kind,value,valid_from,valid_to",
        "P03,nip,198609262015051003,2015-05-01,",
    ],
    "postings": [
        "employee_id,opd_code,group_code,valid_from,valid_to",
        *(f"P{n:02},BKPP,,2017-01-01," for n in range(1, 13)),
        "P13,DISHUB,,2017-01-01,",
        "P14,DISHUB,MALAM,2017-01-01,",
        "P17,DISHUB,,2017-01-01,",
        "P15,KEC,,2017-01-01,",
        "P16,KEC,,2017-01-01,",
    ],
    "terminals": [
        "terminal_serial,label,opd_code,driver,address,comm_key_name,installed_on,removed_on",
        "T-B,BKPP-1,BKPP,zk,tcp://127.0.0.1:4370,,2017-01-30,",
        "T-D,Dishub-1,DISHUB,zk,tcp://127.0.0.1:4371,,2017-01-30,",
        "T-K,Ciwandan-1,KEC,zk,tcp://127.0.0.1:4372,,2017-01-30,",
    ],
    "pins": [
        "scope,scope_code,pin,employee_id,valid_from,valid_to",
        *(f"opd,BKPP,{n},P{n:02},2017-01-30," for n in range(1, 13)),
        *(f"opd,DISHUB,{n},P{n:02},2017-01-30," for n in (13, 14, 17)),
        *(f"opd,KEC,{n},P{n:02},2017-01-30," for n in (15, 16)),
    ],
    "schedules": [
        "schedule_code,name,cycle_start,cycle_days,day_no,shift_no,start_time,end_time,works_on_holidays,"
        "valid_from,valid_to,legal_basis",
        *(f"KANTOR,Jam kantor,2017-01-02,7,{day},1,07:30,16:00,tidak,2017-01-01,,Jam kerja" for day in range(1, 5)),
        "KANTOR,Jam kantor,2017-01-02,7,5,1,07:30,16:30,tidak,2017-01-01,,Jam kerja",
        "JAGA,Jaga malam,2017-01-30,2,1,1,19:00,07:00,ya,2017-01-01,,Surat tugas jaga",
    ],
    "shift_assignments": [
        "scope,scope_code,schedule_code,valid_from,valid_to",
        "opd,BKPP,KANTOR,2017-01-01,",
        "opd,DISHUB,KANTOR,2017-01-01,",
        "opd,KEC,KANTOR,2017-01-01,",
        "group,MALAM,JAGA,2017-01-01,",
    ],
    "holidays": [
        "holiday_date,name,kind,legal_basis",
        "2017-02-15,Pemilihan kepala daerah,libur_nasional,Keppres 3/2017",
        "2017-03-28,Nyepi,libur_nasional,SKB 3 menteri",
    ],
    "excuses": [
        "excuse_id,employee_id,kind,date_from,date_to,side,letter_no,decision,decided_on",
        "E1,P04,sakit_with_doctor_letter,2017-02-13,2017-02-14,full,440/12,approved,2017-02-14",
        "E2,P05,sakit_without_letter,2017-02-20,2017-02-20,full,,approved,2017-02-21",
        "E3,P06,dinas_luar,2017-02-22,2017-02-24,full,800/7,approved,2017-02-21",
        "E4,P11,izin_sebelah,2017-02-01,2017-02-01,masuk,800/9,approved,2017-01-31",
        "E5,P11,cuti_tahunan,2017-02-02,2017-02-02,full,851/1,pending,",
    ],
    "events": [
        "event_id,kind,name,event_date,opd_code,starts_at,window_from,window_to,terminal_serial,attendance_by,legal_basis",
        *(
            f"A{day:%m%d},apel,Apel Senin,{day},BKPP,07:30,07:00,07:45,T-B,terminal,Instruksi wali kota"
            for day in (date(2017, 2, 6), date(2017, 3, 20), date(2017, 3, 27))
        ),
    ],
    "tpp": [
        "employee_id,base_idr,valid_from,valid_to",
        "P01,4250000,2017-01-01,",
        "P02,3333330,2017-01-01,",
        "P03,2750000,2017-01-01,",
        "P04,3000000,2017-01-01,",
        "P05,2125000,2017-01-01,",
        "P06,2500000,2017-01-01,",
        "P08,750000,2017-02-13,",
        "P10,1999990,2017-01-01,",
        "P11,2333333,2017-01-01,",
        "P12,2000000,2017-01-01,2017-02-16",
        "P12,2400000,2017-02-16,",
        "P13,1888850,2017-01-01,",
        "P14,1500000,2017-01-01,",
        "P15,2200000,2017-01-01,",
        "P16,2200000,2017-01-01,",
        "P17,2200000,2017-01-01,",
    ],
}

# (person, day) -> the times that he punched at; NOTHING: he did not.
DEVIATIONS: dict[tuple[int, str], tuple[str, ...]] = {
    (2, "2017-02-07"): NOTHING,
    (2, "2017-02-08"): NOTHING,
    (2, "2017-03-27"): NOTHING,  # a Monday with apel
    (3, "2017-02-03"): ("07:42:00", "16:35:00"),
    (3, "2017-02-06"): ("07:50:00", "16:05:00"),  # after the apel window
    (3, "2017-03-20"): ("07:50:00", "16:05:00"),  # late, and after the apel window
    (3, "2017-03-21"): ("07:31:00", "16:05:00"),
    (3, "2017-03-22"): ("07:30:59", "16:05:00"),  # within the minute: not late
    (3, "2017-03-23"): ("07:45:10", "16:05:00"),
    (4, "2017-02-13"): NOTHING,
    (4, "2017-02-14"): NOTHING,
    (5, "2017-02-20"): NOTHING,
    (6, "2017-02-22"): NOTHING,
    (6, "2017-02-23"): NOTHING,
    (6, "2017-02-24"): NOTHING,
    (6, "2017-03-23"): ("07:20:00",),
    (7, "2017-02-09"): NOTHING,
    (8, "2017-02-10"): NOTHING,
    (8, "2017-02-17"): NOTHING,
    (9, "2017-02-16"): NOTHING,
    (10, "2017-02-27"): ("07:20:00", "15:40:00"),
    (10, "2017-03-24"): ("07:20:00", "16:00:00"),  # a Friday: 30 minutes early
    (11, "2017-02-01"): ("10:00:00", "16:05:00"),
    (11, "2017-02-02"): NOTHING,
    (12, "2017-02-14"): NOTHING,
    (12, "2017-02-20"): NOTHING,
    (13, "2017-03-21"): ("07:33:10", "16:05:00"),  # the terminal's clock is four minutes fast
    (13, "2017-03-22"): ("07:40:00", "16:05:00"),
    (14, "2017-02-09"): NOTHING,  # alone at night
    (14, "2017-02-11"): ("19:10:00", "07:05:00"),
}

PLACES = {"T-B": (range(1, 13), 0), "T-D": ((13, 14, 17), 240), "T-K": ((15, 16), 0)}
COVERED = {"T-B": "2017-04-01 08:00:00", "T-D": "2017-04-01 08:00:00", "T-K": "2017-02-20 17:00:00"}


def _working_days() -> Iterator[date]:
    for offset in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=offset)
        if day.weekday() < 5 and day not in HOLIDAYS:
            yield day


def _usual(day: date) -> tuple[str, str]:
    return "07:20:00", "16:35:00" if day.weekday() == 4 else "16:05:00"


def _office_punches(person: int) -> Iterator[datetime]:
    for day in _working_days():
        for at in DEVIATIONS.get((person, day.isoformat()), _usual(day)):
            yield datetime.combine(day, time.fromisoformat(at))


def _guard_punches(person: int) -> Iterator[datetime]:
    """Every other night from 30 January, 19.00 to 07.00; the last, of 31 March, is not over yet and has no punch."""
    for offset in range(0, (LAST - FIRST).days, 2):
        day = FIRST + timedelta(days=offset)
        times = DEVIATIONS.get((person, day.isoformat()), ("18:50:00", "07:05:00"))
        for at, days_on in zip(times, (0, 1), strict=False):
            yield datetime.combine(day + timedelta(days=days_on), time.fromisoformat(at))


def town_punches(people: Iterable[int]) -> Iterator[tuple[datetime, str]]:
    """All that these people punch in the two months, as time and PIN, person by person."""
    for person in people:
        for at in _guard_punches(person) if person == 14 else _office_punches(person):
            yield at, str(person)


@dataclass
class Town:
    """The offices in a database of their own; read by the tests, changed by none."""

    settings: Settings
    folder: Path
    pulls: dict[str, int] = field(default_factory=dict)

    def load(self, **changed: list[str]) -> None:
        """Loads the site folder; a file given by name takes the place of the one above."""
        self.folder.mkdir(exist_ok=True)
        for table, lines in {**SITE, **changed}.items():
            (self.folder / f"{table}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        report = load_site(self.settings, self.folder, clock_at(AS_OF))
        assert not report.refused, report.refused

    def land(self) -> None:
        for serial, (people, drift) in PLACES.items():
            covered = datetime.fromisoformat(COVERED[serial])
            punches = sorted(one for one in town_punches(people) if one[0] < covered)
            self.pulls[serial] = land_pull(self.settings, serial, punches, covered, drift)

    def query(self, statement: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        conn = connect(self.settings, "auditor")
        with conn, conn.cursor() as cursor:
            cursor.execute(statement, values or None)
            rows = cursor.fetchall()
        conn.close()
        return rows

    def month(self, month: str) -> dict[str, tuple[Any, ...]]:
        """Per person: payable %, rupiah, projected %, rupiah, undecided, incomplete days, alpa days."""
        found = self.query(
            "select employee_id, payable_pct, payable_idr, projected_pct, projected_idr, undecided_count,"
            " incomplete_day_count, alpa_day_count from marts.fct_monthly_deductions where month = %s",
            (f"{month}-01",),
        )
        return {row[0]: tuple(float(number) for number in row[1:]) for row in found}


def land_pull(
    settings: Settings,
    serial: str,
    punches: list[tuple[datetime, str]],
    covered: datetime,
    drift: int,
    *,
    is_checked: bool = True,
) -> int:
    """Puts one complete reading into raw as a landing leaves it, ordinals in the order given; returns its pull_id.

    With `is_checked` the gate has seen it and held nothing back.
    """
    conn = connect(settings, "owner")
    with conn, conn.cursor() as cursor:
        cursor.execute(
            "insert into raw.pulls (terminal_serial, channel, outcome, started_at, finished_at, epoch, counted_before,"
            " counted_after, offered, new_count, device_clock_local, clock_drift_s, covers_until_local,"
            " evidence_sha256, row_hash)"
            " values (%s, 'zk', 'ok', %s, %s, 1, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning pull_id",
            (
                serial, AS_OF, AS_OF, len(punches), len(punches), len(punches), len(punches), covered, drift, covered,
                hashlib.sha256(f"bukti {serial}".encode()).hexdigest(), f"{serial} {covered}",
            ),
        )  # fmt: skip
        (pull_id,) = cursor.fetchone() or (0,)
        for month in sorted({at.date().replace(day=1) for at, _ in punches}):
            cursor.execute("select raw.ensure_punch_month(%s)", (month,))
        cursor.executemany(
            "insert into raw.punches values (%s, %s, %s, 0, 1, 0, 1, %s, 'zk', %s, %s)",
            [(serial, pin, at, ordinal, pull_id, AS_OF) for ordinal, (at, pin) in enumerate(punches)],
        )
    conn.close()
    if is_checked:
        pass_gate(settings, pull_id)
    return int(pull_id)


def pass_gate(settings: Settings, *pull_ids: int) -> None:
    """The books as the gate leaves them when it held nothing back."""
    conn = connect(settings, "check")
    with conn, conn.cursor() as cursor:
        cursor.execute(
            "insert into dq.check_runs (ran_at, as_of, checked_through_pull, quarantined_count, released_count,"
            " warnings) values (now(), %s, %s, 0, 0, '[]') returning run_id",
            (AS_OF, max(pull_ids)),
        )
        (run_id,) = cursor.fetchone() or (0,)
        cursor.executemany("insert into dq.checked_pulls values (%s, %s)", [(one, run_id) for one in pull_ids])
    conn.close()


@pytest.fixture(scope="session")
def town(server_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The offices, landed and built once for the whole session, whichever test asks first."""
    work = tmp_path_factory.mktemp("golden")
    with copied(server_settings, server_settings.pg_database, work) as settings:
        town = Town(settings, work / "situs")
        town.load()
        town.land()
        build(settings, clock_at(AS_OF))
        yield town


@pytest.fixture(scope="module")
def own_town(town: Town, server_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The same, built, in a database of one module, to be changed."""
    work = tmp_path_factory.mktemp("own")
    with copied(server_settings, town.settings.pg_database, work) as settings:
        yield Town(settings, work / "situs", dict(town.pulls))
