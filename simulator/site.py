"""Writes the site folder of the simulated city: what a city tells the system, file by file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np

from simulator import scripts
from simulator.guards import GROUP_CYCLE_START, Night
from simulator.offices import (
    PAPER_DAYS,
    PAPER_OPD,
    POWER_CUT_DAY,
    POWER_CUT_OPD,
)
from simulator.people import Person, Town
from simulator.plan import Plan
from simulator.rolls import Roll
from simulator.scripts import SCRIPTS, Arrive, Excuse, Leave
from simulator.tables import write_rows
from simulator.workdays import HOLIDAYS

OFFICE_SCHEDULE = "KANTOR-5-HARI"
TIMEZONE = "Asia/Jakarta"


def clock_text(seconds: int) -> str:
    """HH:MM:SS of seconds from midnight."""
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def write_site(folder: Path, town: Town) -> None:
    """Write what is fixed: offices, people, terminals, PINs, hours, holidays, allowances."""
    offices, terminals, people, codes = town.offices, town.terminals, town.people, town.opd_codes
    write_rows(folder / "opd.csv", "opd_code,name,timezone", [(o.code, o.name, TIMEZONE) for o in offices])
    write_rows(folder / "employees.csv", "employee_id,name,kind", [(p.employee_id, p.name, p.kind) for p in people])
    write_rows(
        folder / "identifiers.csv",
        "employee_id,kind,value,valid_from,valid_to",
        [(p.employee_id, "nip", p.nip, "2010-01-01", "") for p in people if p.nip],
    )
    write_rows(
        folder / "postings.csv",
        "employee_id,opd_code,group_code,valid_from,valid_to",
        [(p.employee_id, codes[s.opd], s.group, s.valid_from, s.valid_to or "") for p in people for s in p.stays],
    )
    write_rows(
        folder / "terminals.csv",
        "terminal_serial,label,opd_code,driver,address,comm_key_name,installed_on,removed_on",
        [
            (
                t.serial,
                t.label,
                codes[t.opd],
                t.driver,
                t.address,
                t.comm_key_name,
                t.installed_on,
                "",
            )
            for t in terminals
        ],
    )
    write_rows(folder / "pins.csv", "scope,scope_code,pin,employee_id,valid_from,valid_to", _pins(town))
    _write_hours(folder, str(town.spec.start), codes)
    write_rows(folder / "holidays.csv", "holiday_date,name,kind,legal_basis", HOLIDAYS)
    write_rows(folder / "tpp.csv", "employee_id,base_idr,valid_from,valid_to", _tpp(people))


def _pins(town: Town) -> Iterator[tuple[object, ...]]:
    codes = town.opd_codes
    for person in town.people:
        for stay in person.stays:
            where = town.terminals[stay.terminal].serial if stay.scope == "terminal" else codes[stay.opd]
            yield stay.scope, where, stay.pin, person.employee_id, stay.pin_from, stay.valid_to or ""


def _tpp(people: list[Person]) -> Iterator[tuple[object, ...]]:
    for person in people:
        ends: list[date | str] = [pay.valid_from for pay in person.pays[1:]]
        for pay, end in zip(person.pays, [*ends, ""], strict=bool(person.pays)):
            yield person.employee_id, pay.base_idr, pay.valid_from, end


def _write_hours(folder: Path, first_day: str, codes: list[str]) -> None:
    header = (
        "schedule_code,name,cycle_start,cycle_days,day_no,shift_no,start_time,end_time,works_on_holidays,"
        "valid_from,valid_to,legal_basis"
    )
    office = [
        (
            OFFICE_SCHEDULE,
            "Lima hari kerja",
            "2017-01-02",
            7,
            day,
            1,
            "07:30",
            "16:30" if day == 5 else "16:00",
            "tidak",
            "2017-01-02",
            "",
            "Keppres 68/1995",
        )
        for day in range(1, 6)
    ]
    night = [
        (group, f"Jaga malam {group[-1]}", start, 2, 1, 1, "19:00", "07:00", "ya", start, "", "Jadwal jaga OPD")
        for group, start in GROUP_CYCLE_START.items()
    ]
    write_rows(folder / "schedules.csv", header, [*office, *night])
    assignments: list[tuple[object, ...]] = [("opd", code, OFFICE_SCHEDULE, first_day, "") for code in codes]
    assignments += [("group", group, group, first_day, "") for group in GROUP_CYCLE_START]
    write_rows(folder / "shift_assignments.csv", "scope,scope_code,schedule_code,valid_from,valid_to", assignments)


def write_days(folder: Path, town: Town, plan: Plan, nights: list[Night]) -> None:
    """Write what happened beside the punches: excuses, paper lists, outages."""
    people = town.people
    excuses = [*_excuses(people, plan), *_night_excuses(people, nights)]
    write_rows(
        folder / "excuses.csv",
        "excuse_id,employee_id,kind,date_from,date_to,side,letter_no,decision,decided_on",
        [(f"IZN-{number:05d}", *row) for number, row in enumerate(sorted(excuses), start=1)],
    )
    write_rows(
        folder / "manual_attendance.csv",
        "employee_id,work_date,time_in,time_out,signer,letter_no",
        _paper(people, plan),
    )
    write_rows(
        folder / "outages.csv",
        "terminal_serial,from_at_local,to_at_local,letter_no,list_complete",
        _outages(town, plan),
    )


def _excuses(people: list[Person], plan: Plan) -> Iterator[tuple[str, ...]]:
    """One row per run of the same excused script over consecutive working days."""
    has = np.array([script.excuse is not None for script in SCRIPTS])[plan.script]
    padded = np.pad(plan.script, ((0, 0), (1, 1)))
    begins = has & (padded[:, :-2] != plan.script)
    ends = has & (padded[:, 2:] != plan.script)
    rows, first = np.nonzero(begins)
    last = np.nonzero(ends)[1]
    for row, start, end in zip(rows.tolist(), first.tolist(), last.tolist(), strict=True):
        excuse = SCRIPTS[plan.script[row, start]].excuse
        if excuse is None:
            continue
        yield _excuse_row(people[row].employee_id, excuse, str(plan.days[start]), str(plan.days[end]))


def _excuse_row(employee_id: str, excuse: Excuse, first: str, last: str) -> tuple[str, ...]:
    has_letter = excuse.kind != "sakit_without_letter"
    letter = f"800/{employee_id[3:]}/{first[5:7]}{first[8:]}/2017" if has_letter else ""
    decided_on = first if excuse.decision == "approved" else ""
    return employee_id, excuse.kind, first, last, excuse.side, letter, excuse.decision, decided_on


def _night_excuses(people: list[Person], nights: list[Night]) -> Iterator[tuple[str, ...]]:
    for night in nights:
        if night.excuse:
            day = str(night.work_date)
            yield _excuse_row(people[night.row].employee_id, Excuse(night.excuse), day, day)


def _paper(people: list[Person], plan: Plan) -> Iterator[tuple[object, ...]]:
    """The hand list of the office whose terminal is broken: who came stands on it, nobody else."""
    arrives = scripts.ARRIVE[plan.script] != Arrive.NONE
    leaves = scripts.LEAVE[plan.script] != Leave.NONE
    rows, columns = np.nonzero(plan.on_paper & (arrives | leaves))
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        came = clock_text(int(plan.in_s[row, column])) if arrives[row, column] else ""
        went = clock_text(int(plan.out_s[row, column])) if leaves[row, column] else ""
        yield people[row].employee_id, plan.days[column], came, went, "Sekretaris Kecamatan", "800/017/KEC-CWD/2017"


def _outages(town: Town, plan: Plan) -> Iterator[tuple[object, ...]]:
    for terminal in town.terminals:
        code = town.opd_codes[terminal.opd]
        if code == PAPER_OPD and PAPER_DAYS[0] in plan.days:
            # The list stands for the whole week and the weekend, so each shift's window is covered.
            yield terminal.serial, "2017-03-06 00:00:00", "2017-03-13 00:00:00", "800/017/KEC-CWD/2017", "ya"
        if code == POWER_CUT_OPD and POWER_CUT_DAY in plan.days:
            yield terminal.serial, "2017-03-23 05:00:00", "2017-03-23 11:00:00", "660/041/DLH/2017", "tidak"


# Window and wording of an event by its kind. The gathering takes whoever came to the office in time for it.
EVENT_TEXTS = {
    "apel": ("Apel Senin pagi", "07:00", "Jadwal apel Pemerintah Kota Cilegon"),
    "phbi": ("Pengajian akbar (contoh)", "06:30", "Undangan Sekretaris Daerah (contoh)"),
}
DECIDERS = (
    ("sekda", "Pejabat contoh, Sekda", "Sekretaris Daerah", "phbi_sanction"),
    ("sekda", "Pejabat contoh, Sekda", "Sekretaris Daerah", "month_close"),
    ("bkpp", "Pejabat contoh, BKPP", "Kepala BKPP a.n. Sekretaris Daerah", "phbi_sanction"),
    ("bkpp", "Pejabat contoh, BKPP", "Kepala BKPP a.n. Sekretaris Daerah", "month_close"),
    ("bkpp", "Pejabat contoh, BKPP", "Kepala BKPP a.n. Sekretaris Daerah", "pin"),
    ("bkpp", "Pejabat contoh, BKPP", "Kepala BKPP a.n. Sekretaris Daerah", "correction"),
    ("bkpp", "Pejabat contoh, BKPP", "Kepala BKPP a.n. Sekretaris Daerah", "objection"),
)


def write_deciders(folder: Path, first_day: date) -> None:
    """Write who may decide what."""
    write_rows(
        folder / "deciders.csv",
        "user_name,name,role,matter,valid_from,valid_to,letter_no",
        [(*decider, first_day, "", "821/5/2017") for decider in DECIDERS],
    )


def write_rolls(folder: Path, town: Town, rolls: list[Roll]) -> None:
    """Write the roll calls and the hand lists."""
    events, codes = [roll.event for roll in rolls], town.opd_codes
    write_rows(
        folder / "events.csv",
        "event_id,kind,name,event_date,opd_code,starts_at,window_from,window_to,terminal_serial,attendance_by,legal_basis",
        [
            (
                event.event_id,
                event.kind,
                EVENT_TEXTS[event.kind][0],
                event.day,
                "" if event.opd is None else codes[event.opd],
                "07:30",
                EVENT_TEXTS[event.kind][1],
                "07:45",
                "",
                "daftar_hadir" if event.by_list else "terminal",
                EVENT_TEXTS[event.kind][2],
            )
            for event in events
        ],
    )
    write_rows(
        folder / "event_attendance.csv",
        "event_id,employee_id,is_present,note",
        [
            (roll.event.event_id, town.people[row].employee_id, "ya" if present else "tidak", "")
            for roll in rolls
            for row, present in roll.hand_list
        ],
    )
