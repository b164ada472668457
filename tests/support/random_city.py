"""A city whose people have histories drawn at random: 40 offices of five, each office under a regulation of its own.

The city is told by the real loader, read by the real landing, decided upon by the real functions; here stands only what
is drawn. Two people more, in an office of their own, have no history: OUTSIDERS.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

from extractors.records import Reject
from extractors.site.files import LAW, columns_of, file_of
from extractors.site.load import load_site
from extractors.site.rules import RULES
from tests.support.decoded import Punch, rows_of
from warehouse.clock import clock_at
from warehouse.connection import connect
from warehouse.landing import land
from warehouse.law_rows import LAW_MODELS, SEEDS, RuleRow
from warehouse.ledger import PullRow, known_prefix, terminal_lock
from warehouse.prefix import prove_prefix
from warehouse.settings import Settings

OFFICES, PEOPLE_EACH = 40, 5
OUTSIDE, OUTSIDERS = 40, ("P200", "P201")  # the office of the two, and they: P200 is absent five times, P201 never
FIRST = date(2017, 2, 6)
RECORD = 40
# Rows of a regulation that no office needs: of months and years there are the built-in ones.
NOT_COPIED = ("working_hours", "working_weeks", "holiday_calendars", "special_dates")
SOURCES = (
    "cilegon_perwal_3_2017", "permentan_68_2012", "tukin_ks_2013", "tulang_bawang_tpp", "pakpak_bharat_tpp_2020",
    "kab_serang_perbup_1_2021", "samarinda_perwali_31_2022", "dki_pergub_207_2014", "bp2mi_perban_2_2024",
    "kemendikdasmen_14_2025", "anri_18_2016", "kemenpanrb_6_2018", "pmk_221_2021", "perusahaan_tukin_2014_portal",
)  # fmt: skip

Cells = dict[str, str]


@dataclass(frozen=True)
class WrongTime:
    """What a terminal showed while its clock was wrong, between right punches of its log."""

    shown: datetime
    pin: str


@dataclass
class Person:
    """Somebody with a history: where he works and what was done to his record."""

    employee_id: str
    pin: str
    office: int
    punches: list[tuple[str, datetime]] = field(default_factory=list)  # terminal and time, as landed
    corrections: dict[tuple[date, str], int] = field(default_factory=dict)  # those that hold
    objections: list[int] = field(default_factory=list)  # without answer


def office_code(office: int) -> str:
    return f"K{office:02}"


def serial_of(office: int) -> str:
    return f"T{office:02}"


def own_regulation(office: int) -> str:
    return f"perwal_uji_{office:02}"


def stranger_of(office: int) -> str:
    """A PIN that the folder does not know."""
    return f"9{office:03}"


@dataclass
class City:
    """What the site folder says now, what the terminals hold, and the moment."""

    settings: Settings
    folder: Path
    random: Random
    now: datetime
    rows: dict[str, dict[tuple[str, ...], Cells]] = field(default_factory=lambda: defaultdict(dict))
    people: list[Person] = field(default_factory=list)
    logs: dict[int, list[Punch | WrongTime]] = field(default_factory=lambda: defaultdict(list))
    read_to: dict[int, date] = field(default_factory=dict)
    late: dict[str, list[Punch]] = field(default_factory=lambda: defaultdict(list))

    @property
    def today(self) -> date:
        return self.now.date()

    def put(self, table: str, **cells: object) -> None:
        """States a row; one with the same key gives way."""
        text = {name: "" if cell is None else str(cell) for name, cell in cells.items()}
        self.rows[table][tuple(text.get(column, "") for column in RULES[table].key)] = text

    def take(self, table: str, *key: str) -> Cells | None:
        """States a row no longer; None: it was not stated."""
        return self.rows[table].pop(key, None)

    def found(self, table: str, **cells: str) -> list[Cells]:
        """The stated rows with these cells."""
        return [row for row in self.rows[table].values() if all(row.get(name) == cell for name, cell in cells.items())]

    def day(self, last: date | None = None) -> date:
        """Any day from the first one to yesterday, or to `last`."""
        return FIRST + timedelta(days=self.random.randint(0, ((last or self.today) - FIRST).days - 1))

    def minute(self, earliest: str, latest: str) -> time:
        first, last = time.fromisoformat(earliest), time.fromisoformat(latest)
        minutes = self.random.randint(first.hour * 60 + first.minute, last.hour * 60 + last.minute)
        return time(minutes // 60, minutes % 60, self.random.choice((0, 0, 59, 30)))

    def load(self) -> None:
        """Writes the folder and loads it."""
        (self.folder / "regulation").mkdir(parents=True, exist_ok=True)
        for table, rows in self.rows.items():
            with (self.folder / f"{file_of(table)}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, columns_of(table), restval="")
                writer.writeheader()
                writer.writerows(rows.values())
        report = load_site(self.settings, self.folder, clock_at(self.now))
        assert not report.refused, report.refused[:3]

    def read(self, office: int) -> None:
        """Reads the terminal of an office to the present moment over the network."""
        serial, log = serial_of(office), self.logs[office]
        known = len(log)
        log += self._new_records(office)
        lines = [_line(one) for one in log]
        conn = connect(self.settings, "loader")
        with terminal_lock(conn, serial):
            with conn, conn.cursor() as cursor:
                proof = prove_prefix(b"".join(lines), RECORD, known_prefix(cursor, serial))
            assert proof.known_count == known
            local = self.now.replace(tzinfo=None)
            draft = PullRow(
                serial, "zk", "ok", self.now, self.now, epoch=proof.epoch, counted_before=len(log),
                counted_after=len(log), known_prefix=known, device_clock_local=local, clock_drift_s=0,
                covers_until_local=local, prefix_sha256=proof.prefix_sha256,
            )  # fmt: skip
            places = [number for number in range(known, len(log)) if not isinstance(log[number], WrongTime)]
            rejects = [
                Reject(number, "sebelum mesin dipasang", lines[number], one.pin, one.shown)
                for number in range(known, len(log))
                if isinstance(one := log[number], WrongTime)
            ]
            punches = [one for one in log[known:] if not isinstance(one, WrongTime)]
            land(conn, draft, rows_of(punches, places, rejects), evidence=b"".join(lines[known:]),
                 evidence_dir=self.settings.evidence_dir, clock=lambda: self.now)  # fmt: skip
        conn.close()
        self._note(serial, punches)

    def land_late(self) -> None:
        """Lands what came on sticks since the last time, one file for each terminal."""
        conn = connect(self.settings, "loader")
        for serial, punches in self.late.items():
            body = b"".join(_line(one) for one in punches)
            draft = PullRow(serial, "usb_file", "ok", self.now, self.now, covers_until_local=max(punches)[0])
            with terminal_lock(conn, serial):
                land(conn, draft, rows_of(punches, range(len(punches))), evidence=body,
                     evidence_dir=self.settings.evidence_dir, clock=lambda: self.now)  # fmt: skip
            self._note(serial, punches)
        conn.close()
        self.late.clear()

    def _note(self, serial: str, punches: list[Punch]) -> None:
        owners = {person.pin: person for person in self.people}
        for at, pin in punches:
            if pin in owners:
                owners[pin].punches.append((serial, at))

    def _new_records(self, office: int) -> list[Punch | WrongTime]:
        first = self.read_to.get(office, FIRST)
        last = self.today - timedelta(days=1)
        self.read_to[office] = self.today
        who = [person for person in self.people if person.office == office]
        punches = [
            (datetime.combine(day, at), pin)
            for day in (first + timedelta(days=number) for number in range((last - first).days + 1))
            for pin, at in self._of_day(office, who, day)
        ]
        records: list[Punch | WrongTime] = [*sorted(punches)]
        if records and office != OUTSIDE and self.random.random() < 0.25:
            place = self.random.randrange(1, len(records) + 1)
            shown = datetime(2000, 1, 1, 0, 12) + timedelta(days=self.random.randrange(300))
            pin = self.random.choice(who).pin if who else stranger_of(office)
            records[place:place] = [WrongTime(shown, pin), WrongTime(shown + timedelta(minutes=7), pin)]
        return records

    def _of_day(self, office: int, who: list[Person], day: date) -> Iterator[tuple[str, time]]:
        if day.weekday() > 4:
            return
        for person in who:
            yield from ((person.pin, at) for at in self._habit(person, day))
        if office != OUTSIDE and self.random.random() < 0.15:
            yield stranger_of(office), self.minute("07:00", "07:30")

    def _habit(self, person: Person, day: date) -> list[time]:
        usual = [time(7, 20), time(16, 35)]
        if person.employee_id in OUTSIDERS:
            return [] if person.employee_id == OUTSIDERS[0] and day.day in (7, 8, 9) else usual
        dice = self.random.random()
        if dice < 0.12:
            return []
        if dice < 0.25:
            return [self.minute("07:30", "10:30"), usual[1]]
        if dice < 0.35:
            return [usual[0], self.minute("13:00", "16:00")]
        return [self.random.choice(usual)] if dice < 0.42 else usual


def _line(one: Punch | WrongTime) -> bytes:
    at, pin = (one.shown, one.pin) if isinstance(one, WrongTime) else one
    return f"{pin}\t{at}\n".encode().ljust(RECORD)


def found_city(settings: Settings, folder: Path, seed: int, now: datetime) -> City:
    """The city before anything happens: everybody posted, paid and known, each office under its own regulation."""
    city = City(settings, folder, Random(seed), now)
    for office in range(OFFICES + 1):
        _open_office(city, office)
    outside = [(one, OUTSIDE) for one in OUTSIDERS]
    numbered = [(f"P{number:03}", number // PEOPLE_EACH) for number in range(OFFICES * PEOPLE_EACH)]
    for number, (employee_id, office) in enumerate([*numbered, *outside]):
        _employ(city, Person(employee_id, str(1000 + number), office))
    for day in range(1, 6):
        city.put("schedules", schedule_code="KANTOR", name="Jam kantor", cycle_start="2017-01-02", cycle_days=7,
                 day_no=day, shift_no=1, start_time="07:30", end_time="16:30" if day == 5 else "16:00",
                 works_on_holidays="tidak", valid_from="2017-01-01", legal_basis="Jam kerja")  # fmt: skip
    city.put("schedules", schedule_code="JAGA", name="Jaga malam", cycle_start="2017-01-30", cycle_days=2, day_no=1,
             shift_no=1, start_time="19:00", end_time="07:00", works_on_holidays="ya", valid_from="2017-01-01",
             legal_basis="Surat tugas jaga")  # fmt: skip
    for matter in ("pin", "clock", "correction", "objection", "phbi_sanction"):
        city.put("deciders", user_name="bkpp", name="Kepala Contoh", role="Kepala BKPP", matter=matter,
                 valid_from="2017-01-30", letter_no="821/6")  # fmt: skip
    for table in ("excuses", "manual_attendance", "midday_absences", "day_overrides", "exemptions", "events",
                  "event_attendance", "outages", "stated_counters", "holidays"):  # fmt: skip
        city.rows[table] = {}
    return city


def _open_office(city: City, office: int) -> None:
    code = office_code(office)
    city.put("opd", opd_code=code, name=f"Kantor {office}", timezone="Asia/Jakarta")
    city.put("terminals", terminal_serial=serial_of(office), label=f"Mesin {office}", opd_code=code, driver="zk",
             address=f"tcp://127.0.0.1:{5000 + office}", installed_on=FIRST)  # fmt: skip
    city.put("shift_assignments", scope="opd", scope_code=code, schedule_code="KANTOR", valid_from="2017-01-01")
    if office == OUTSIDE:
        return
    source, own = SOURCES[office % len(SOURCES)], own_regulation(office)
    city.put(f"{LAW}regulations", regulation_code=own, short_name=f"Perwal {office}", title="Peraturan uji",
             region="Kota Uji", level="perwal", is_text_seen="true", evidence="T", source="jdih")  # fmt: skip
    city.put(f"{LAW}regulation_applications", regulation_code=own, purpose="potongan", opd_code=code,
             rule_status="in_force", valid_from="2017-01-01", evidence="T", legal_basis=f"Perwal {office}")  # fmt: skip
    for seed, cells in _copied_rules(source, own):
        city.put(f"{LAW}{seed}", **cells)


def _copied_rules(source: str, own: str) -> Iterator[tuple[str, Cells]]:
    """The rules of a built-in regulation that hold without end, under another code and since 2017 at the latest."""
    for seed, model in LAW_MODELS.items():
        if not issubclass(model, RuleRow) or seed in NOT_COPIED:
            continue
        with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                if row["regulation_code"] == source and not row["valid_to"]:
                    yield (
                        seed,
                        {
                            **row,
                            "regulation_code": own,
                            "rule_code": own + row["rule_code"].removeprefix(source),
                            "valid_from": min(row["valid_from"], "2017-01-01"),
                        },
                    )


def _employ(city: City, person: Person) -> None:
    city.people.append(person)
    who = {"employee_id": person.employee_id}
    city.put("employees", **who, name=f"Pegawai {person.pin}", kind="PPPK" if person.pin.endswith("7") else "PNS")
    city.put("postings", **who, opd_code=office_code(person.office), valid_from="2017-01-01")
    city.put("pins", scope="opd", scope_code=office_code(person.office), pin=person.pin, **who, valid_from=FIRST)
    city.put("tpp", **who, base_idr=2_000_000 + 1357 * int(person.pin), valid_from="2017-01-01")
