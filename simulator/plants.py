"""The planted cases: named days of named people, each with its truth, and records that are no honest punches.

Cases whose office or day is not part of the city are left out. They concern the `clean` people of an office, who are
on time on every other day, so that each case stands alone. A case is (office, number of the clean person, day, script,
late minutes, early minutes, exact time in, exact time out); empty = drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from simulator.offices import UNKNOWN_PIN_DAY
from simulator.people import Pay, Stay, Town
from simulator.plan import Plan
from simulator.scripts import CODE, OFF
from simulator.workdays import workdays


@dataclass(frozen=True, slots=True)
class Case:
    """One planted day."""

    office: str
    number: int
    day: str
    script: str
    late: int = 0
    early: int = 0
    time_in: str = ""
    time_out: str = ""


CASES: tuple[Case, ...] = (
    # The edges of a minute: 07:30:59 and 15:59:01 are in order, one second more or less is one minute.
    Case("SETWAN", 0, "2017-03-21", "on_time", time_in="07:30:59"),
    Case("SETWAN", 0, "2017-03-22", "late", late=1, time_in="07:31:00"),
    Case("SETWAN", 0, "2017-03-23", "on_time", time_out="15:59:01"),
    Case("SETWAN", 0, "2017-03-24", "early", early=1, time_out="16:29:00"),
    Case("SETWAN", 1, "2017-03-22", "sick_no_letter"),
    # The fast clock (240 s): taken out, four minutes late is on time, five is one; 07:47 is inside the roll call.
    Case("DISDUKCAPIL", 0, "2017-03-21", "late", late=4, time_in="07:34:59"),
    Case("DISDUKCAPIL", 0, "2017-03-22", "late", late=5, time_in="07:35:00"),
    Case("DISDUKCAPIL", 0, "2017-03-20", "late", late=18, time_in="07:48:59"),
    Case("DISDUKCAPIL", 0, "2017-03-27", "late", late=19, time_in="07:49:00"),
    Case("DISDUKCAPIL", 1, "2017-03-27", "late", late=2),
    # A drift of two seconds is no drift.
    Case("SATPOLPP", 0, "2017-03-21", "late", late=1, time_in="07:31:01"),
    # Allowance changed in mid-month.
    Case("BPKAD", 0, "2017-03-22", "late", late=12),
    Case("BPKAD", 0, "2017-03-29", "late", late=13),
    Case("BPKAD", 1, "2017-02-09", "alpa"),
    Case("BPKAD", 1, "2017-02-22", "alpa"),
    # Half a rupiah, and one case of each end.
    Case("INSPEKTORAT", 0, "2017-03-21", "late", late=12),
    Case("INSPEKTORAT", 1, "2017-03-22", "double_morning", early=520, time_in="07:05:00", time_out="07:20:00"),
    Case("INSPEKTORAT", 2, "2017-02-13", "before_window", time_in="06:52:00"),
    # No allowance known.
    Case("DINKES", 0, "2017-03-22", "late", late=12),
    Case("DINKES", 0, "2017-03-29", "alpa"),
    Case("DINKES", 1, "2017-03-20", "late", late=25),
    Case("DPUTR", 0, "2017-03-22", "late", late=20),
    Case("DPUTR", 1, "2017-03-27", "no_in"),
    Case("DPUTR", 2, "2017-03-29", "no_out"),
    # Transfer on 15 March.
    Case("BAPPEDA", 0, "2017-03-08", "alpa"),
    Case("BAPPEDA", 0, "2017-03-23", "late", late=7),
    # A run of five days over a Monday: the roll call is absorbed.
    *(Case("DISHUB", 0, day, "alpa") for day in ("2017-03-20", "2017-03-21", "2017-03-22", "2017-03-23", "2017-03-24")),
    Case("DISHUB", 1, "2017-03-30", "travel_pending"),
    Case("DISHUB", 2, "2017-03-29", "travel_punched"),
    # On time at the office, but before the roll call's window.
    Case("SETDA", 0, "2017-03-20", "before_window", time_in="06:52:00"),
    Case("SETDA", 0, "2017-03-27", "before_window", time_in="06:59:59"),
    Case("SETDA", 1, "2017-03-20", "late", late=14, time_in="07:44:59"),
    Case("SETDA", 1, "2017-03-27", "late", late=15, time_in="07:45:00"),
    # An unknown PIN that day: absent, but not alpa. The day before it was alpa.
    Case("BKPP", 0, "2017-03-22", "held_absent"),
    Case("BKPP", 1, "2017-03-22", "held_absent"),
    Case("BKPP", 0, "2017-03-21", "alpa"),
    # No power in the morning: absent is not alpa, but going home early is.
    Case("DLH", 1, "2017-03-23", "held_absent"),
    Case("DLH", 2, "2017-03-23", "held_no_in_early", early=40),
    # The paper list judges: late, too late for the roll call, not on it at all.
    Case("KEC-CIWANDAN", 0, "2017-03-06", "late", late=20),
    Case("KEC-CIWANDAN", 0, "2017-03-07", "late", late=10),
    Case("KEC-CIWANDAN", 1, "2017-03-08", "alpa"),
    Case("KEC-CIWANDAN", 1, "2017-03-09", "no_out"),
    # The religious gathering: missed, missed but let off, there by the hand list, missed where nobody knew it yet.
    Case("SETDA", 1, "2017-02-24", "late", late=25),
    Case("INSPEKTORAT", 2, "2017-02-24", "late", late=20),
    Case("BKPP", 1, "2017-02-24", "late", late=40),
    Case("KEC-PULOMERAK", 2, "2017-02-24", "late", late=30),
    # On the stick that comes after February is closed.
    Case("KEC-PULOMERAK", 0, "2017-02-21", "alpa"),
    Case("KEC-PULOMERAK", 1, "2017-02-23", "alpa"),
    # His morning record carries an impossible date.
    Case("BAPPEDA", 1, "2017-03-21", "held_no_in"),
)

TRANSFER_DAY = date(2017, 3, 15)
PINLESS = ("DLH", 0, date(2017, 1, 31), date(2017, 2, 6))
RETIRED = ("SETDA", 2, date(2017, 3, 1))
# (office, clean person, base from the start, base from that day on)
PAY_CHANGES = (
    ("BPKAD", 0, 2_500_050, 3_100_150, date(2017, 3, 24)),
    ("BPKAD", 1, 2_345_650, 2_845_650, date(2017, 2, 16)),
)
HALF_RUPIAH = ("INSPEKTORAT", 0, 2_345_650)
NO_PAY = (("DINKES", 0, "PNS"), ("DPUTR", 0, "honorer"))
LEADING_ZERO = (("DINDIK", 0, "0099"), ("DINDIK", 1, "99"))
# Two people, one PIN: it is the first one's in the office, but the second one's at the second terminal.
TERMINAL_BEATS_OFFICE = ("BPKAD", 2, 3, "150150")
UNKNOWN_PIN = "990123"


def clean_row(town: Town, code: str, number: int) -> int | None:
    """Row of the numbered clean person of an office; None when there is no such office here."""
    if code not in town.opd_codes:
        return None
    opd = town.opd_codes.index(code)
    rows = [row for row, person in enumerate(town.people) if person.role == "clean" and person.stays[0].opd == opd]
    return rows[number]


class _Register:
    """Edits people in place by office and number."""

    def __init__(self, town: Town) -> None:
        self.town, self.people, self.spec = town, town.people, town.spec

    def stay(self, code: str, number: int, change: Callable[[Stay], Stay]) -> None:
        row = clean_row(self.town, code, number)
        if row is not None:
            person = self.people[row]
            self.people[row] = replace(person, stays=(change(person.stays[0]),))

    def pays(self, code: str, number: int, *pays: tuple[int, date]) -> None:
        row = clean_row(self.town, code, number)
        if row is not None:
            self.people[row] = replace(self.people[row], pays=tuple(Pay(base, day) for base, day in pays))


def plant_people(town: Town) -> None:
    """Edit the people whom a planted case needs: transfer, allowances, PINs, joining, retiring."""
    register, spec = _Register(town), town.spec
    _change_pay(register)
    for code, number, pin in LEADING_ZERO:
        register.stay(code, number, partial(replace, pin=pin))
    if spec.start == date(2017, 1, 30):
        register.stay(*PINLESS[:2], lambda stay: replace(stay, valid_from=PINLESS[2], pin_from=PINLESS[3]))
    if spec.start < RETIRED[2] <= spec.until:
        register.stay(*RETIRED[:2], lambda stay: replace(stay, valid_to=RETIRED[2]))
    _share_a_pin(register)
    _transfer(register)


def _change_pay(register: _Register) -> None:
    spec = register.spec
    for code, number, before, after, day in PAY_CHANGES:
        if spec.start < day:
            register.pays(code, number, (before, spec.start), (after, day))
    register.pays(HALF_RUPIAH[0], HALF_RUPIAH[1], (HALF_RUPIAH[2], spec.start))
    for code, number, kind in NO_PAY:
        register.pays(code, number)
        row = clean_row(register.town, code, number)
        if row is not None and kind == "honorer":
            register.people[row] = replace(register.people[row], kind=kind, nip="")


def _share_a_pin(register: _Register) -> None:
    terminals = register.town.terminals
    code, first, second, pin = TERMINAL_BEATS_OFFICE
    row = clean_row(register.town, code, second)
    if row is None:
        return
    homes = [plan.index for plan in terminals if plan.opd == register.people[row].stays[0].opd]
    if len(homes) < 2:
        return
    register.stay(code, first, lambda stay: replace(stay, pin=pin, terminal=homes[0]))
    # He belongs to the second terminal alone, so he comes when it does.
    installed = terminals[homes[1]].installed_on
    register.stay(
        code,
        second,
        lambda stay: replace(
            stay, pin=pin, scope="terminal", terminal=homes[1], valid_from=installed, pin_from=installed
        ),
    )


def _transfer(register: _Register) -> None:
    codes, terminals = register.town.opd_codes, register.town.terminals
    row = clean_row(register.town, "BAPPEDA", 0)
    if row is None or "BKPP" not in codes or not register.spec.start < TRANSFER_DAY <= register.spec.until:
        return
    person = register.people[row]
    there = codes.index("BKPP")
    home = next(plan.index for plan in terminals if plan.opd == there)
    left = replace(person.stays[0], valid_to=TRANSFER_DAY)
    joined = Stay(there, "", TRANSFER_DAY, None, "88", "opd", home, TRANSFER_DAY)
    register.people[row] = replace(person, stays=(left, joined))


def _seconds(text: str) -> int:
    hour, minute, second = (int(part) for part in text.split(":"))
    return hour * 3600 + minute * 60 + second


def plant_days(town: Town, plan: Plan) -> None:
    """Write the cases over the drawn plan."""
    for case in CASES:
        row = clean_row(town, case.office, case.number)
        column = plan.column(date.fromisoformat(case.day))
        if row is not None and column is not None and plan.script[row, column] != OFF:
            _plant(plan, row, column, case)
    row = clean_row(town, PINLESS[0], PINLESS[1])
    if row is not None and town.spec.start == date(2017, 1, 30):
        for day in workdays(PINLESS[2], min(PINLESS[3], town.spec.plan_until)):
            column = plan.column(day)
            if day < PINLESS[3] and column is not None:
                plan.script[row, column] = CODE["held_absent"]


def _plant(plan: Plan, row: int, column: int, case: Case) -> None:
    start, end = 27000, 59400 if plan.days[column].weekday() == 4 else 57600
    plan.script[row, column] = CODE[case.script]
    plan.late[row, column] = case.late
    plan.early[row, column] = case.early
    if case.time_in:
        plan.in_s[row, column] = _seconds(case.time_in)
    elif case.late:
        plan.in_s[row, column] = start + 60 * case.late + 31
    elif case.script == "travel_punched":
        plan.in_s[row, column] = start + 9000
    if case.time_out:
        plan.out_s[row, column] = _seconds(case.time_out)
    elif case.early:
        plan.out_s[row, column] = end - 60 * case.early - 29


@dataclass(frozen=True, slots=True)
class OddRecord:
    """A record that is no honest punch of the plan. appears_at: when it is stored; stamp: what it claims."""

    terminal: int
    appears_at: str
    pin: str
    year: int
    month: int
    day: int
    second: int


def odd_records(town: Town) -> list[OddRecord]:
    """An unknown PIN, 30 February with a PIN that can be read, and a date far in the future."""
    people = town.people
    first = {code: next(t.index for t in town.terminals if t.opd == opd) for opd, code in enumerate(town.opd_codes)}
    records: list[OddRecord] = []
    if "BKPP" in first:
        day = UNKNOWN_PIN_DAY
        records.append(
            OddRecord(first["BKPP"], f"{day}T12:07:00", UNKNOWN_PIN, day.year, day.month, day.day, 12 * 3600 + 420)
        )
    torn = clean_row(town, "BAPPEDA", 1)
    if torn is not None:
        # Its neighbours in the log are punches of the same morning, so they bound its day.
        pin = people[torn].stays[0].pin
        records.append(OddRecord(first["BAPPEDA"], "2017-03-21T07:28:10", pin, 2017, 2, 30, 26890))
    ahead = clean_row(town, "DINDIK", 2)
    if ahead is not None:
        pin = people[ahead].stays[0].pin
        records.append(OddRecord(first["DINDIK"], "2017-03-08T12:20:00", pin, 2032, 5, 5, 28800))
    return records
