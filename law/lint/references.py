"""Names that a rule uses and that something else must state: kinds, counters, special days, regulations, events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from law.lint.book import LawBook, Placed, finding_at
from law.lint.finding import NOTE, Finding
from warehouse.law_rows import (
    ApplicationRow,
    CombiningPolicyRow,
    CounterRow,
    CoveredPersonRow,
    DayMatterRow,
    EventRuleRow,
    ExcuseKindRow,
    ExcuseRuleRow,
    MinuteBandRow,
    MonthTriggerRow,
    RegulationRow,
    RewardRuleRow,
    RuleRow,
    ScheduleApplicationRow,
    SpecialDateRow,
    WorkingHourRow,
)

WORKING_DAYS: Final = ("mon", "tue", "wed", "thu", "fri")  # of every office, five or six days
# Words with which a note quotes what the printed text says and should not.
ODD: Final = ("tertulis '", "salah cetak", "salah tulis", "tercetak")


def reference_findings(book: LawBook) -> Iterator[Finding]:
    """Everything that is named and not stated."""
    yield from _regulations(book)
    yield from _kinds(book)
    yield from _counters(book)
    yield from _special_days(book)
    yield from _events(book)
    yield from _schedules(book)
    yield from _whole_regulations(book)
    yield from _oddities(book)


def _regulations(book: LawBook) -> Iterator[Finding]:
    own = {placed.row.regulation_code for placed in book.of(RegulationRow)}
    for rows in book.rows.values():
        for placed in rows:
            is_applied = isinstance(placed.row, ScheduleApplicationRow)  # it may apply what the built-in law states
            known = own | book.known.regulations if is_applied else own
            if isinstance(placed.row, RuleRow) and placed.row.regulation_code not in known:
                yield Finding("peraturan_tidak_dikenal", placed.file, placed.line, placed.row.rule_code,
                              placed.row.legal_basis, f"'{placed.row.regulation_code}' tidak ada di regulations",
                              "tambahkan barisnya di regulations.csv", f"{placed.row.valid_from}")  # fmt: skip
    for application in book.of(ApplicationRow):
        if application.row.regulation_code not in own | book.known.regulations:
            row = application.row
            yield Finding("peraturan_tidak_dikenal", application.file, application.line, row.regulation_code,
                          row.legal_basis, "peraturan ini tidak ada di sini dan bukan bawaan sistem",
                          "tambahkan di regulations.csv", f"{row.valid_from}")  # fmt: skip


def _kinds(book: LawBook) -> Iterator[Finding]:
    known = book.known.excuse_kinds | {placed.row.excuse_kind for placed in book.of(ExcuseKindRow)}
    for rule in book.of(ExcuseRuleRow):
        if rule.row.excuse_kind not in known:
            yield finding_at(rule, "jenis_keterangan_tidak_dikenal",
                             f"'{rule.row.excuse_kind}' tidak ada di excuse_kinds",
                             "tambahkan di excuse_kinds.csv atau perbaiki namanya",
                             f"{rule.row.valid_from}: keterangan itu akan ditolak saat dimuat")  # fmt: skip


def _counters(book: LawBook) -> Iterator[Finding]:
    known = book.known.counters | {placed.row.counter for placed in book.of(CounterRow)}
    rules: Iterable[Placed[MonthTriggerRow] | Placed[RewardRuleRow]] = (
        *book.of(MonthTriggerRow), *book.of(RewardRuleRow),
    )  # fmt: skip
    for rule in rules:
        if rule.row.counter not in known:
            yield finding_at(rule, "hitungan_tidak_dikenal", f"hitungan '{rule.row.counter}' tidak ada di counters",
                             "tambahkan di counters.csv", f"{rule.row.valid_from:%Y-%m}")  # fmt: skip


def _special_days(book: LawBook) -> Iterator[Finding]:
    dated = {(p.row.regulation_code, p.row.special_day) for p in book.of(SpecialDateRow)}
    used: Iterable[Placed[MinuteBandRow] | Placed[DayMatterRow] | Placed[EventRuleRow]] = (
        *book.of(MinuteBandRow), *book.of(DayMatterRow), *book.of(EventRuleRow),
    )  # fmt: skip
    for rule in used:
        if rule.row.special_day and (rule.row.regulation_code, rule.row.special_day) not in dated:
            yield finding_at(rule, "hari_khusus_tanpa_tanggal", f"'{rule.row.special_day}' tidak punya tanggal",
                             "tambahkan di special_dates.csv", "baris ini tidak pernah berlaku")  # fmt: skip


def _events(book: LawBook) -> Iterator[Finding]:
    for rule in book.of(EventRuleRow):
        kind = rule.row.event_kind
        if book.known.are_events_stated:
            is_called = any(called == kind or called.startswith(f"{kind}_") for called in book.known.event_kinds)
        else:
            is_called = kind.split("_")[0] in book.known.event_kinds
        if not is_called:
            yield finding_at(rule, "acara_tidak_dipanggil", f"tidak ada acara berjenis '{kind}'",
                             "perbaiki jenisnya, atau tambahkan acaranya di events.csv",
                             "tarif ini tidak pernah dikenakan")  # fmt: skip


def _schedules(book: LawBook) -> Iterator[Finding]:
    """What is applied has hours; a day of the working week without them would silently be a day off."""
    days: dict[str, set[str]] = {}
    for placed in book.of(WorkingHourRow):
        days.setdefault(placed.row.schedule_code, set()).add(placed.row.day_group)
    for applied in book.of(ScheduleApplicationRow):
        code = applied.row.schedule_code
        if code is None or (code not in days and code in book.known.schedules):
            continue
        if code not in days:
            yield finding_at(applied, "jadwal_tidak_dikenal", f"jadwal '{code}' tidak ada di working_hours",
                             "tambahkan jamnya atau perbaiki kodenya",
                             f"{applied.row.valid_from}: tanpa jam")  # fmt: skip
        elif missing := [day for day in WORKING_DAYS if day not in days[code]]:
            found = finding_at(applied, "hari_tanpa_jam", f"jadwal '{code}' tidak punya jam {', '.join(missing)}",
                               "isi jamnya; tanpa jam hari itu menjadi hari bebas",
                               f"{applied.row.valid_from}, {missing[0]}: tidak dinilai")  # fmt: skip
            yield replace(found, level=NOTE)


def _oddities(book: LawBook) -> Iterator[Finding]:
    """Where the printed text itself is odd, the reader has noted how it is read."""
    for rows in book.rows.values():
        for placed in rows:
            note = getattr(placed.row, "note", None) or ""
            if isinstance(placed.row, RuleRow) and any(word in note for word in ODD):
                row = placed.row
                yield Finding("naskah_janggal", placed.file, placed.line, row.rule_code, row.legal_basis, note,
                              "tanyakan kepada penyusun naskahnya", f"{row.valid_from}", NOTE)  # fmt: skip


def _whole_regulations(book: LawBook) -> Iterator[Finding]:
    """A regulation that prices anything says how cuts are put together and whom they hit."""
    policies, covered = book.by_regulation(CombiningPolicyRow), book.by_regulation(CoveredPersonRow)
    priced: dict[str, Placed[RuleRow]] = {}
    models: tuple[type[RuleRow], ...] = (MinuteBandRow, DayMatterRow, EventRuleRow, ExcuseRuleRow)
    for model in models:
        for code, rows in book.by_regulation(model).items():
            priced.setdefault(code, rows[0])
    for code, first in priced.items():
        if code not in policies:
            yield finding_at(first, "penggabungan_tidak_ada", f"{code} tidak punya baris combining_policies",
                             "tambahkan barisnya", f"{first.row.valid_from}: tidak ada yang dihitung")  # fmt: skip
        if code not in covered:
            yield finding_at(first, "cakupan_tidak_ada", f"{code} tidak punya baris covered_persons",
                             "tambahkan barisnya", f"{first.row.valid_from}: tidak ada yang dikenai")  # fmt: skip
    for code, without in policies.items():
        if code not in priced:
            found = finding_at(without[0], "tanpa_tarif", f"{code} menggabung potongan yang tidak ada",
                               "isi tarifnya bila diketahui", f"{without[0].row.valid_from}")  # fmt: skip
            yield replace(found, level=NOTE)
