"""`hadir pins suggest`: PINs that were punched and belong to nobody, with suggestions; `hadir pins approve`: what a
person has agreed to goes into pins.csv of the site folder. How a city maps its PINs on the first day.
"""

from __future__ import annotations

import csv
import io
import logging
import os
import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from psycopg2.extensions import cursor as Cursor

from extractors.drivers.identity import ask_identity
from extractors.drivers.solution import read_user_names
from extractors.errors import ReadFailed, WrongAddress
from extractors.loader import loader_connection
from extractors.pin_names import MOST_SHOWN, Candidate, fitting
from extractors.registry import Terminal, comm_key, registered_terminals
from extractors.site.files import columns_of
from extractors.terminal_users import note_users
from warehouse.clock import Clock
from warehouse.console import Exit, Problem
from warehouse.settings import Settings

logger = logging.getLogger(__name__)

PINS: Final = "pins"
PINS_FILE: Final = "pins.csv"
AGREED: Final = "setuju"
YES: Final = "ya"
HINTS: Final = (
    AGREED, "employee_name", "terminal_name", "why", "other_candidates", "opd_code", "punch_count", "last_on"
)  # fmt: skip
_ACTIVE: Final = tuple("=+-@\t\r")  # what a spreadsheet would run; names of terminals are hostile until read

# A PIN on a day of punches is matched when the terminal's or the office's row holds then; 'nobody' was decided.
_UNMATCHED: Final = """
with days as (
    select terminal_serial, pin, punched_at_local::date as punch_date, count(*) as punch_count
    from raw.punches
    where %(serial)s::text is null or terminal_serial = %(serial)s
    group by terminal_serial, pin, punched_at_local::date
)
select
    days.terminal_serial, (array_agg(stays.opd_code order by days.punch_date desc))[1], days.pin,
    sum(days.punch_count)::bigint, min(days.punch_date), max(days.punch_date), max(decided.employee_id)
from days
left join reference.terminals as stays
    on stays.load_to is null and stays.terminal_serial = days.terminal_serial
    and days.punch_date >= stays.installed_on and (stays.removed_on is null or days.punch_date < stays.removed_on)
left join ops.pin_decisions as decided
    on decided.terminal_serial = days.terminal_serial and decided.pin = days.pin
where (decided.pin is null or decided.employee_id is not null)
    and not exists (
        select from reference.pins as pins
        where pins.load_to is null and pins.pin = days.pin
            and pins.scope_code = case pins.scope when 'terminal' then days.terminal_serial else stays.opd_code end
            and pins.valid_from <= days.punch_date and (pins.valid_to is null or days.punch_date < pins.valid_to)
    )
group by days.terminal_serial, days.pin
order by days.terminal_serial, sum(days.punch_count) desc, days.pin
"""
_NAMES: Final = """
select distinct on (terminal_serial, pin) terminal_serial, pin, user_name from raw.terminal_users
order by terminal_serial, pin, seen_at desc, user_name
"""
_STAFF: Final = """
select postings.opd_code, employees.employee_id, employees.name
from reference.employees as employees
left join reference.postings as postings
    on postings.employee_id = employees.employee_id and postings.load_to is null
    and (postings.valid_to is null or postings.valid_to > %(today)s)
where employees.load_to is null
order by employees.employee_id
"""
# Whose the PIN is at other terminals of the same office.
_NEIGHBOURS: Final = """
select distinct stays.opd_code, pins.pin, pins.employee_id
from reference.pins as pins
inner join reference.terminals as stays on stays.load_to is null and stays.terminal_serial = pins.scope_code
where pins.load_to is null and pins.scope = 'terminal' and (pins.valid_to is null or pins.valid_to > %(today)s)
"""


@dataclass(frozen=True, slots=True)
class UnmatchedPin:
    """A PIN that was punched without an owner. `decided_id`: said by a decision, still missing in pins.csv."""

    terminal_serial: str
    opd_code: str | None
    pin: str
    punch_count: int
    first_on: date
    last_on: date
    decided_id: str | None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An unmatched PIN with who it might be; `why` says by what, others fit as well as the first one."""

    unmatched: UnmatchedPin
    user_name: str | None
    candidates: tuple[Candidate, ...]
    why: str

    @property
    def is_clear(self) -> bool:
        """Exactly one person fits."""
        return len(self.candidates) == 1


@dataclass(slots=True)
class PinReport:
    """What was found; `silent` are terminals that were asked for their users and did not tell."""

    out: str
    unmatched: int = 0
    suggested: int = 0
    ambiguous: int = 0
    asked: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)


def suggest_pins(settings: Settings, out: Path, serial: str | None, clock: Clock, *, is_asking: bool) -> PinReport:
    """Writes the CSV. With `is_asking` the terminals concerned are asked for the names of their users first.

    Raises:
        Problem: the file cannot be written (exit code 2), the database is away.
    """
    report = PinReport(str(out))
    with loader_connection(settings) as connection:
        with connection, connection.cursor() as cursor:
            unmatched = _unmatched(cursor, serial)
            terminals = {one.serial: one for one in registered_terminals(cursor, settings, clock)}
        wanted = [terminals[code] for code in sorted({one.terminal_serial for one in unmatched}) if code in terminals]
        told = _ask_all(settings, [one for one in wanted if is_asking and one.address is not None])
        with connection, connection.cursor() as cursor:
            for code, names in told.items():
                (report.silent if names is None else report.asked).append(code)
                note_users(cursor, code, names or {}, clock())
            suggestions = _suggestions(cursor, unmatched, clock().astimezone(settings.zone).date())
    _write(out, [_cells(one) for one in suggestions])
    report.unmatched = len(suggestions)
    report.suggested = sum(one.is_clear for one in suggestions)
    report.ambiguous = sum(len(one.candidates) > 1 for one in suggestions)
    return report


def _unmatched(cursor: Cursor, serial: str | None) -> list[UnmatchedPin]:
    cursor.execute(_UNMATCHED, {"serial": serial})
    return [UnmatchedPin(*row) for row in cursor.fetchall()]


def _ask_all(settings: Settings, terminals: Sequence[Terminal]) -> dict[str, dict[str, str] | None]:
    with ThreadPoolExecutor(max(1, settings.workers)) as askers:
        answers = askers.map(lambda terminal: _ask(settings, terminal), terminals)
        return {terminal.serial: answer for terminal, answer in zip(terminals, answers, strict=True)}


def _ask(settings: Settings, terminal: Terminal) -> dict[str, str] | None:
    """Names by PIN; None when this terminal does not tell, or is another one than the registered one."""
    address = terminal.address or ""
    try:
        key = comm_key(settings, terminal)
        if terminal.driver == "solution":
            return read_user_names(address, key, terminal.serial)
        found = ask_identity(address, key, with_users=True)
    except (ReadFailed, WrongAddress) as failure:
        logger.info("terminal %s told no users: %s", terminal.serial, type(failure).__name__)
        return None
    if found.users is None or found.serial != terminal.serial:
        return None
    return {str(user["pin"]): str(user["name"]) for user in found.users}


def _suggestions(cursor: Cursor, unmatched: Sequence[UnmatchedPin], today: date) -> list[Suggestion]:
    cursor.execute(_NAMES)
    names = {(code, pin): name for code, pin, name in cursor.fetchall()}
    cursor.execute(_STAFF, {"today": today})
    staff: dict[str | None, list[tuple[str, str]]] = defaultdict(list)
    everybody: dict[str, str] = {}
    for opd_code, employee_id, name in cursor.fetchall():
        staff[opd_code].append((employee_id, name))
        everybody[employee_id] = name
    cursor.execute(_NEIGHBOURS, {"today": today})
    neighbours: dict[tuple[str, str], set[str]] = defaultdict(set)
    for opd_code, pin, employee_id in cursor.fetchall():
        neighbours[opd_code, pin].add(employee_id)
    people = _People(staff, everybody, neighbours)
    return [people.suggest(one, names.get((one.terminal_serial, one.pin))) for one in unmatched]


@dataclass(frozen=True, slots=True)
class _People:
    staff: dict[str | None, list[tuple[str, str]]]
    everybody: dict[str, str]
    neighbours: dict[tuple[str, str], set[str]]

    def suggest(self, one: UnmatchedPin, shown: str | None) -> Suggestion:
        """A decision first, then the name among the office's people, then in the city, then the same PIN next door."""
        if one.decided_id is not None:
            return self._of(one, shown, [one.decided_id], "sudah diputuskan, belum ditulis di pins.csv")
        if shown:
            found = fitting(shown, self.staff[one.opd_code])
            if found:
                return Suggestion(one, shown, tuple(found), f"nama di mesin {found[0].likeness} dengan nama pegawai")
            abroad = [fit for fit in fitting(shown, self.everybody.items()) if fit.likeness == "sama"]
            if abroad:
                return Suggestion(one, shown, tuple(abroad), "nama di mesin sama dengan nama pegawai kantor lain")
            return Suggestion(one, shown, (), "nama di mesin tidak cocok dengan siapa pun")
        beside = self.neighbours.get((one.opd_code or "", one.pin), set())
        if beside:
            return self._of(one, None, sorted(beside), "PIN yang sama di mesin lain kantor ini")
        return Suggestion(one, None, (), "mesin tidak menyebut namanya")

    def _of(self, one: UnmatchedPin, shown: str | None, employee_ids: Iterable[str], why: str) -> Suggestion:
        found = [Candidate(code, self.everybody.get(code, ""), "sama") for code in employee_ids]
        return Suggestion(one, shown, tuple(found), why)


def _cells(suggestion: Suggestion) -> dict[str, str]:
    one, candidates = suggestion.unmatched, suggestion.candidates
    first = candidates[0] if suggestion.is_clear else None
    shown = "" if first else "; ".join(f"{fit.employee_id} {fit.name}" for fit in candidates[:MOST_SHOWN])
    return {
        "scope": "terminal", "scope_code": one.terminal_serial, "pin": one.pin,
        "employee_id": first.employee_id if first else "", "valid_from": f"{one.first_on}", "valid_to": "",
        AGREED: "", "employee_name": first.name if first else "", "terminal_name": suggestion.user_name or "",
        "why": suggestion.why, "other_candidates": shown, "opd_code": one.opd_code or "",
        "punch_count": str(one.punch_count), "last_on": f"{one.last_on}",
    }  # fmt: skip


def _write(out: Path, rows: Sequence[dict[str, str]]) -> None:
    """The whole file or none, for this account alone: it holds names."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, (*columns_of(PINS), *HINTS), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _harmless(cell) for name, cell in row.items()} for row in rows)
    _replace(out, text.getvalue())


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet shows and does not run."""
    return f"'{cell}" if cell.startswith(_ACTIVE) else cell


def _as_told(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_ACTIVE) else cell


def _replace(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        draft.replace(path)
    except OSError as error:
        raise Problem(f"Berkas '{path}' tidak dapat ditulis: {error.strerror}.", Exit.WRONG_USE) from error
    finally:
        draft.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Approved:
    """What went into pins.csv, and what stays out: rows without `ya`, and rows that stood there already."""

    added: int
    open: int
    known: int


def approve_pins(suggested: Path, site: Path) -> Approved:
    """Appends the rows that a person has marked with `ya` to pins.csv; `hadir site load` checks and loads them.

    Raises:
        Problem: a file that cannot be read, another form, or a marked row without an employee (exit code 2).
    """
    rows = _read(suggested, (*columns_of(PINS), AGREED))
    target = site / PINS_FILE
    standing = _read(target, columns_of(PINS))
    agreed = [row for row in rows if row[AGREED].strip().lower() == YES]
    nameless = [row["pin"] for row in agreed if not row["employee_id"].strip()]
    if nameless:
        raise Problem(
            f"PIN {', '.join(nameless[:MOST_SHOWN])} disetujui tanpa employee_id; isi dahulu.", Exit.WRONG_USE
        )
    keys = {(row["scope_code"], row["pin"], row["employee_id"]) for row in standing}
    fresh = [row for row in agreed if (row["scope_code"], row["pin"], row["employee_id"]) not in keys]
    if fresh:
        before = target.read_text(encoding="utf-8-sig")
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, _header(target), extrasaction="ignore", lineterminator="\n")
        writer.writerows(fresh)
        _replace(target, before + ("" if before.endswith("\n") else "\n") + text.getvalue())
    return Approved(len(fresh), len(rows) - len(agreed), len(agreed) - len(fresh))


def _header(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return next(csv.reader(lines), [])


def _read(path: Path, needed: Sequence[str]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
            header = _header(path)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Problem(f"Berkas '{path}' tidak dapat dibaca sebagai CSV UTF-8.", Exit.WRONG_USE) from error
    missing = [name for name in needed if name not in header]
    if missing:
        raise Problem(f"Berkas '{path}' tidak punya kolom {', '.join(missing)}.", Exit.WRONG_USE)
    return [{name: _as_told(row.get(name) or "") for name in header} for row in rows]
