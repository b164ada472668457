"""A small city as a site folder: two offices, four people, three terminals; tests change single rows of it."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from psycopg2.extensions import connection as Connection

from extractors.site.files import columns_of
from extractors.site.load import SiteLoad, load_site
from warehouse.clock import clock_at
from warehouse.connection import connect
from warehouse.settings import Settings

AS_OF = datetime.fromisoformat("2017-02-28T08:00+07:00")

SMALL_CITY: dict[str, str] = {
    "opd": """
        SETDA,Sekretariat Daerah,Asia/Jakarta
        DISHUB,Dinas Perhubungan,Asia/Jakarta""",
    "employees": """
        P1,Siti Aminah,PNS
        P2,Budi Santoso,PNS
        P3,Joko Susilo,honorer
        P4,Rina Marlina,PPPK""",
    "identifiers": """
        P1,nip,198609262015052001,2015-05-01,
        P2,nip,198001012006041002,2006-04-01,
        P4,nip,199001152016211002,2016-01-01,""",
    "postings": """
        P1,SETDA,,2017-01-01,
        P2,SETDA,,2017-01-01,
        P3,DISHUB,REGU-A,2017-01-01,
        P4,DISHUB,,2017-01-01,""",
    "terminals": """
        T1,Setda lobi,SETDA,zk,tcp://127.0.0.1:4370,setda,2017-01-30,
        T2,Setda belakang,SETDA,zk,tcp://127.0.0.1:4371,,2017-01-30,
        T3,Dishub,DISHUB,usb_file,,,2017-01-30,""",
    "pins": """
        opd,SETDA,1,P1,2017-01-30,
        opd,SETDA,2,P2,2017-01-30,
        opd,DISHUB,1,P3,2017-01-30,
        opd,DISHUB,04,P4,2017-01-30,""",
    "schedules": """
        KANTOR,Jam kantor,2017-01-02,7,1,1,07:30,16:00,tidak,2017-01-30,,Perwal
        KANTOR,Jam kantor,2017-01-02,7,2,1,07:30,16:00,tidak,2017-01-30,,Perwal
        MALAM,Jaga malam,2017-01-02,2,1,1,19:00,07:00,ya,2017-01-30,,Perwal""",
    "shift_assignments": """
        opd,SETDA,KANTOR,2017-01-30,
        opd,DISHUB,KANTOR,2017-01-30,
        group,REGU-A,MALAM,2017-01-30,""",
    "holidays": "2017-03-28,Nyepi,libur_nasional,SKB",
    "excuses": "K1,P2,sakit_with_doctor_letter,2017-02-06,2017-02-07,full,440/1,approved,2017-02-08",
    "manual_attendance": "P4,2017-02-14,07:25,16:05,Kepala Subbagian,800/31",
    "midday_absences": "P1,2017-02-09,10:00,10:45,,800/33",
    "day_overrides": "P2,2017-02-10,HUKUMAN,2.5,Kepala Dinas,800/34",
    "exemptions": """
        group,REGU-A,apel,2017-02-01,,800/35
        employee,P4,presensi,2017-02-01,2017-02-11,800/36""",
    "events": "A1,apel,Apel pagi,2017-02-06,SETDA,07:30,07:00,07:45,T1,terminal,Instruksi",
    "event_attendance": "A1,P1,ya,",
    "outages": "T3,2017-02-14 06:00:00,2017-02-14 17:00:00,800/30,ya",
    "tpp": """
        P1,2500000,2017-01-01,
        P2,3000000,2017-01-01,""",
}


@dataclass
class SiteFolder:
    """Writes a site folder, loads it, and reads what the warehouse then knows."""

    settings: Settings
    folder: Path
    rows: dict[str, list[list[str]]] = field(default_factory=dict)
    as_of: datetime = AS_OF
    reader: Connection | None = None

    def fill(self, table: str, text: str) -> None:
        self.rows[table] = list(csv.reader(line.strip() for line in text.strip().splitlines()))

    def change(self, table: str, row: int, **cells: str) -> None:
        for name, cell in cells.items():
            self.rows[table][row][columns_of(table).index(name)] = cell

    def add(self, table: str, line: str) -> int:
        """Returns the line on which the row stands in the file."""
        self.rows[table].append(next(csv.reader([line])))
        return len(self.rows[table]) + 1

    def write(self, tables: Iterable[str] | None = None) -> None:
        self.folder.mkdir(exist_ok=True)
        for path in self.folder.iterdir():
            path.unlink()
        for table in self.rows if tables is None else tables:
            with (self.folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as lines:
                writer = csv.writer(lines)
                writer.writerow(columns_of(table))
                writer.writerows(self.rows[table])

    def load(self, *tables: str) -> SiteLoad:
        """Writes the named files (all when none is named) and loads the folder."""
        self.write(tables or None)
        return self.load_as_is()

    def load_as_is(self) -> SiteLoad:
        return load_site(self.settings, self.folder, clock_at(self.as_of))

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        if self.reader is None:
            self.reader = connect(self.settings, "auditor")
            self.reader.autocommit = True
        with self.reader.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    def in_force(self, table: str) -> list[tuple[Any, ...]]:
        names = ", ".join(columns_of(table))
        return sorted(self.query(f"select {names} from reference.{table} where load_to is null"), key=repr)

    def touched(self) -> set[tuple[str, str]]:
        """(employee, date) since the last call of forget_touched."""
        return set(self.query("select employee_id, work_date::text from ops.touched"))

    def forget_touched(self) -> None:
        conn = connect(self.settings, "owner")
        with conn, conn.cursor() as cursor:
            cursor.execute("truncate ops.touched")
        conn.close()


@pytest.fixture
def site(warehouse_db: Settings, tmp_path: Path) -> SiteFolder:
    """The small city, not yet written or loaded."""
    city = SiteFolder(warehouse_db, tmp_path / "situs")
    for table, text in SMALL_CITY.items():
        city.fill(table, text)
    return city


@pytest.fixture
def loaded_site(site: SiteFolder) -> SiteFolder:
    """The small city, loaded once."""
    report = site.load()
    assert report.refused == ()
    return site
