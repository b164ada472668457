"""What ties the rows of the site folder together: keys, references between files, validities that may not overlap."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

from extractors.site.files import LAW
from warehouse.law_rows import LAW_MODELS, RuleRow, built_in_names


@dataclass(frozen=True, slots=True)
class Reference:
    """`column` names a row of `target`; where `scope` is given, only in rows with that word in column scope."""

    column: str
    target: str
    target_column: str
    scope: str | None = None
    # Names that are good though the folder does not state them: those of the built-in law.
    built_in: frozenset[str] = frozenset()
    # Another table whose column of the same name may state it instead.
    also: str | None = None
    # A referenced row may not vanish while something in force still names it; a group without people may.
    is_holding: bool = True


@dataclass(frozen=True, slots=True)
class Alone:
    """Rows that agree in `columns` may not hold at the same time; the one that begins later is refused.

    `differ_in`: only rows that differ in these columns clash. `at` "ever": they clash also when one holds after
    the other. `only`: the rule is about rows with this (column, word). `days`: the first and last day (both count) of
    rows without a validity. `whole`: rows that differ in this column clash only if one of them has this word.
    """

    columns: tuple[str, ...]
    what: str  # Indonesian, begins the reason
    column: str  # at which the clash is reported
    differ_in: tuple[str, ...] = ()
    only: tuple[str, str] | None = None
    at: Literal["same_time", "ever"] = "same_time"
    days: tuple[str, str] | None = None
    whole: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class FileRules:
    """Rules of one file. `key` says which row is meant when a file states it again."""

    key: tuple[str, ...]
    references: tuple[Reference, ...] = ()
    alone: tuple[Alone, ...] = ()
    span: tuple[str, str] | None = None  # the columns of its validity, half-open


def _of_employee() -> Reference:
    return Reference("employee_id", "employees", "employee_id")


VALIDITY: Final = ("valid_from", "valid_to")

# A schedule of the city, or one that a regulation states: the city's own or a built-in one.
SCHEDULE: Final = Reference(
    "schedule_code",
    "schedules",
    "schedule_code",
    built_in=built_in_names("working_hours", "schedule_code"),
    also=f"{LAW}working_hours",
)

RULES: Final[dict[str, FileRules]] = {
    "opd": FileRules(("opd_code",)),
    "employees": FileRules(("employee_id",)),
    "identifiers": FileRules(
        ("employee_id", "kind", "valid_from"),
        (_of_employee(),),
        (
            Alone(("employee_id", "kind"), "masa berlaku nomor orang ini", "valid_from"),
            Alone(("kind", "value"), "nomor yang sama pada orang lain", "value", differ_in=("employee_id",)),
            # A NIP is never given to a second person, not even later.
            Alone(
                ("kind", "value"),
                "NIP yang sama pada orang lain",
                "value",
                differ_in=("employee_id",),
                only=("kind", "nip"),
                at="ever",
            ),
        ),
        VALIDITY,
    ),
    "postings": FileRules(
        ("employee_id", "valid_from"),
        (_of_employee(), Reference("opd_code", "opd", "opd_code")),
        (Alone(("employee_id",), "penempatan orang ini", "valid_from"),),
        VALIDITY,
    ),
    "terminals": FileRules(
        ("terminal_serial", "installed_on"),
        (Reference("opd_code", "opd", "opd_code"),),
        (Alone(("terminal_serial",), "masa berdiri mesin ini", "installed_on"),),
        ("installed_on", "removed_on"),
    ),
    "pins": FileRules(
        ("scope", "scope_code", "pin", "valid_from"),
        (
            _of_employee(),
            Reference("scope_code", "terminals", "terminal_serial", scope="terminal"),
            Reference("scope_code", "opd", "opd_code", scope="opd"),
        ),
        (Alone(("scope", "scope_code", "pin"), "masa berlaku PIN ini", "valid_from"),),
        VALIDITY,
    ),
    "schedules": FileRules(
        ("schedule_code", "day_no", "shift_no", "valid_from"),
        (),
        (
            Alone(("schedule_code", "day_no", "shift_no"), "masa berlaku giliran ini", "valid_from"),
            Alone(("schedule_code",), "putaran jadwal ini", "cycle_start", differ_in=("cycle_start", "cycle_days")),
        ),
        VALIDITY,
    ),
    "shift_assignments": FileRules(
        ("scope", "scope_code", "valid_from"),
        (
            SCHEDULE,
            Reference("scope_code", "employees", "employee_id", scope="employee"),
            Reference("scope_code", "postings", "group_code", scope="group", is_holding=False),
            Reference("scope_code", "opd", "opd_code", scope="opd"),
        ),
        (Alone(("scope", "scope_code"), "masa berlaku penugasan ini", "valid_from"),),
        VALIDITY,
    ),
    "holidays": FileRules(("holiday_date",)),
    "excuses": FileRules(
        ("excuse_id",),
        (_of_employee(),),
        (
            # One day has one excuse; one for the coming and one for the going are apart.
            Alone(
                ("employee_id",),
                "keterangan orang ini",
                "date_from",
                only=("decision", "approved"),
                days=("date_from", "date_to"),
                whole=("side", "full"),
            ),
        ),
    ),
    "manual_attendance": FileRules(("employee_id", "work_date"), (_of_employee(),)),
    "midday_absences": FileRules(("employee_id", "work_date"), (_of_employee(),)),
    "day_overrides": FileRules(("employee_id", "work_date"), (_of_employee(),)),
    "exemptions": FileRules(
        ("scope", "scope_code", "activity", "valid_from"),
        (
            Reference("scope_code", "employees", "employee_id", scope="employee"),
            Reference("scope_code", "postings", "group_code", scope="group", is_holding=False),
        ),
        (Alone(("scope", "scope_code", "activity"), "masa pembebasan ini", "valid_from"),),
        VALIDITY,
    ),
    "events": FileRules(
        ("event_id",),
        (Reference("opd_code", "opd", "opd_code"), Reference("terminal_serial", "terminals", "terminal_serial")),
    ),
    "event_attendance": FileRules(
        ("event_id", "employee_id"), (Reference("event_id", "events", "event_id"), _of_employee())
    ),
    "outages": FileRules(
        ("terminal_serial", "from_at_local"), (Reference("terminal_serial", "terminals", "terminal_serial"),)
    ),
    "tpp": FileRules(
        ("employee_id", "valid_from"),
        (_of_employee(),),
        (Alone(("employee_id",), "masa berlaku TPP orang ini", "valid_from"),),
        VALIDITY,
    ),
    "deciders": FileRules(
        ("user_name", "matter", "valid_from"),
        (),
        (Alone(("user_name", "matter"), "masa wewenang orang ini", "valid_from"),),
        VALIDITY,
    ),
    "stated_counters": FileRules(("employee_id", "month", "counter"), (_of_employee(),)),
}

REGULATION: Final = Reference("regulation_code", f"{LAW}regulations", "regulation_code")
# Of a built-in regulation the city may say to whom it or one of its schedules applies, and when its special days are;
# all else is whole.
ANY_REGULATION: Final = replace(REGULATION, built_in=built_in_names("regulations", "regulation_code"))


def _law_rules(seed: str) -> FileRules:
    reference = ANY_REGULATION if seed == "special_dates" else REGULATION
    alone = Alone(("rule_code",), "masa berlaku baris aturan ini", "valid_from")
    return FileRules(("rule_code", "valid_from"), (reference,), (alone,), VALIDITY)


RULES.update(
    {f"{LAW}{seed}": _law_rules(seed) for seed, model in LAW_MODELS.items() if issubclass(model, RuleRow)}
    | {
        f"{LAW}regulations": FileRules(("regulation_code",)),
        f"{LAW}regulation_applications": FileRules(
            ("regulation_code", "purpose", "opd_code", "valid_from"),
            (ANY_REGULATION, Reference("opd_code", "opd", "opd_code")),
            (Alone(("purpose", "opd_code"), "peraturan yang mengatur kantor ini", "valid_from"),),
            VALIDITY,
        ),
        f"{LAW}schedule_applications": FileRules(
            ("rule_code", "valid_from"),
            (
                ANY_REGULATION,
                replace(SCHEDULE, target=f"{LAW}working_hours", also=None),
                Reference("opd_code", "opd", "opd_code"),
                replace(SCHEDULE, column="replaces_code"),
            ),
            (
                Alone(("rule_code",), "masa berlaku baris aturan ini", "valid_from"),
                Alone(("opd_code", "replaces_code"), "jadwal kantor ini menurut hukum", "valid_from"),
            ),
            VALIDITY,
        ),
        f"{LAW}excuse_kinds": FileRules(("excuse_kind",)),
        f"{LAW}counters": FileRules(("counter",)),
    }
)
