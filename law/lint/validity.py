"""Versions: on one day a matter has one row, and a new version ends the one before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Final

from law.lint.book import NEVER, LawBook, Placed, finding_at
from law.lint.finding import NOTE, Finding
from warehouse.law_rows import LAW_MODELS, ApplicationRow, RuleRow

# What a row is about, beside its regulation: two rows that agree here are versions of the same thing.
SLOTS: Final[dict[str, tuple[str, ...]]] = {
    "covered_persons": ("employee_kind",),
    "exempt_groups": ("group_code", "activity"),
    "special_dates": ("special_day", "special_date"),
    "allowance_bases": ("base_name",),
    "day_measures": (),
    "minute_bands": ("matter", "special_day", "code"),
    "day_matters": ("matter", "special_day"),
    "event_rules": ("event_kind", "special_day"),
    "excuse_rules": ("excuse_kind", "part_no", "spell_from_day", "leave_month_from"),
    "combining_policies": (),
    "combination_matrix": ("row_code", "column_code"),
    "month_triggers": ("counter", "at_least", "effect"),
    "discipline_rules": (),
    "discipline_ladder": ("kind", "at_least"),
    "discipline_cuts": ("sanction",),
    "reward_rules": ("reward", "counter"),
    "working_hours": ("schedule_code", "day_group"),
    "schedule_applications": ("opd_code", "replaces_code"),
    "working_weeks": ("schedule_code",),
    "holiday_calendars": ("holiday_date",),
}
ACROSS: Final = frozenset({"holiday_calendars"})  # two decrees that name the same day are two versions of it


def validity_findings(book: LawBook) -> Iterator[Finding]:
    """Rows of one matter that hold at the same time, predecessors without an end, days between two versions."""
    for seed, slot in SLOTS.items():
        groups: dict[tuple[object, ...], list[Placed[RuleRow]]] = {}
        for placed in book.of(_rule_model(seed)):
            about = tuple(getattr(placed.row, column) for column in slot)
            owner = "" if seed in ACROSS else placed.row.regulation_code
            groups.setdefault((owner, *about), []).append(placed)
        for versions in groups.values():
            yield from _versions(sorted(versions, key=lambda placed: placed.row.valid_from))
    yield from _applications(book)


def _rule_model(seed: str) -> type[RuleRow]:
    model = LAW_MODELS[seed]
    assert issubclass(model, RuleRow)  # noqa: S101  (SLOTS names rule seeds only)
    return model


def _versions(rows: list[Placed[RuleRow]]) -> Iterator[Finding]:
    for earlier, later in pairwise(rows):
        begin, end = later.row.valid_from, earlier.row.valid_to
        if end is None and earlier.row.valid_from < begin:
            yield finding_at(earlier, "versi_tidak_diakhiri", f"masih berlaku ketika {_place(later)} mulai {begin}",
                             f"isi valid_to = {begin}", f"{begin}: dua baris berlaku")  # fmt: skip
        elif (end or NEVER) > begin:
            yield finding_at(later, "masa_berlaku_bertindih",
                             f"berlaku bersama {_place(earlier)} ({earlier.row.valid_from} sampai {_until(end)})",
                             "akhiri yang lama sebelum yang baru mulai, atau hapus salah satu",
                             f"{begin}: dua baris berlaku")  # fmt: skip
        elif end is not None and end < begin:
            found = finding_at(later, "celah_versi", f"antara {end} dan {begin} tidak ada versi yang berlaku",
                               "sambungkan, atau biarkan bila memang tidak diatur", f"{end}: tanpa aturan")  # fmt: skip
            yield replace(found, level=NOTE)


def _applications(book: LawBook) -> Iterator[Finding]:
    rows = sorted(book.of(ApplicationRow), key=lambda placed: placed.row.valid_from)
    for number, later in enumerate(rows):
        for earlier in rows[:number]:
            if (earlier.row.purpose, earlier.row.opd_code) != (later.row.purpose, later.row.opd_code):
                continue
            if (earlier.row.valid_to or NEVER) > later.row.valid_from:
                office = later.row.opd_code or "semua kantor"
                yield Finding(
                    "dua_peraturan", later.file, later.line, later.row.regulation_code, later.row.legal_basis,
                    f"{office} sudah diatur {earlier.row.regulation_code} (baris {earlier.line})"
                    f" untuk {later.row.purpose}",
                    f"isi valid_to = {later.row.valid_from} pada baris {earlier.line}",
                    f"{later.row.valid_from}: dua peraturan untuk {office}",
                )  # fmt: skip


def _place(placed: Placed[RuleRow]) -> str:
    return f"{placed.row.rule_code} (baris {placed.line})"


def _until(end: date | None) -> str:
    return end.isoformat() if end else "seterusnya"
