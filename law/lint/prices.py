"""Prices: what is worse never costs less, nothing costs more than there is, each percentage has its base."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Final

from law.lint.book import LawBook, Placed, finding_at, first_days, valid_on
from law.lint.finding import NOTE, Finding
from warehouse.law_rows import (
    AllowanceBaseRow,
    CombinationRow,
    CombiningPolicyRow,
    DayMatterRow,
    EventRuleRow,
    ExcuseRuleRow,
    MinuteBandRow,
    MonthTriggerRow,
    RuleRow,
)

Price = Placed[MinuteBandRow] | Placed[DayMatterRow] | Placed[EventRuleRow] | Placed[ExcuseRuleRow]
END_OF: Final[dict[str, str]] = {"tanpa_masuk": "terlambat", "tanpa_pulang": "pulang_awal"}


@dataclass(frozen=True, slots=True)
class _Day:
    """What holds of one regulation on one day, a special day or an ordinary one (None)."""

    day: date
    bases: list[Placed[AllowanceBaseRow]]
    bands: list[Placed[MinuteBandRow]]
    matters: list[Placed[DayMatterRow]]
    events: list[Placed[EventRuleRow]]
    excuses: list[Placed[ExcuseRuleRow]]
    policy: CombiningPolicyRow | None

    def total(self, pct: Decimal | None, base_name: str | None) -> Decimal | None:
        """Of the whole allowance; None where the rate or the share is not known."""
        shares = [
            base.row.share_pct
            for base in self.bases
            if (base.row.base_name == base_name if base_name else base.row.is_default)
        ]
        if pct is None or not shares or shares[0] is None:
            return None
        return pct * shares[0] / 100

    def alpa(self, special_day: str | None) -> Placed[DayMatterRow] | None:
        """The price of a whole day of absence."""
        found = [p for p in self.matters if p.row.matter == "alpa" and p.row.special_day == special_day]
        return found[0] if found else None


def price_findings(book: LawBook) -> Iterator[Finding]:
    """All checks of prices, each fault once."""
    seen: set[tuple[str, str, int, str]] = set()
    for finding in (*_days(book), *_unknown(book), *_matrix(book), *_thresholds(book)):
        if (key := (finding.kind, finding.file, finding.line, finding.reason)) not in seen:
            seen.add(key)
            yield finding


def _days(book: LawBook) -> Iterator[Finding]:
    bases, bands = book.by_regulation(AllowanceBaseRow), book.by_regulation(MinuteBandRow)
    matters, events = book.by_regulation(DayMatterRow), book.by_regulation(EventRuleRow)
    excuses, policies = book.by_regulation(ExcuseRuleRow), book.by_regulation(CombiningPolicyRow)
    for code in sorted({*bands, *matters, *events, *excuses}):
        priced: list[Placed[RuleRow]] = [
            *bases.get(code, []), *bands.get(code, []), *matters.get(code, []), *events.get(code, []),
            *excuses.get(code, []),
        ]  # fmt: skip
        for day in first_days(priced):
            policy = valid_on(policies.get(code, []), day)
            yield from _of_day(
                _Day(
                    day=day,
                    bases=valid_on(bases.get(code, []), day),
                    bands=valid_on(bands.get(code, []), day),
                    matters=valid_on(matters.get(code, []), day),
                    events=valid_on(events.get(code, []), day),
                    excuses=valid_on(excuses.get(code, []), day),
                    policy=policy[0].row if policy else None,
                )
            )


def _of_day(on_day: _Day) -> Iterator[Finding]:
    yield from _bases(on_day)
    yield from _steeper(on_day)
    yield from _costlier_than_alpa(on_day)
    yield from _missing_punches(on_day)
    yield from _over_cap(on_day)
    yield from _absorbed(on_day)
    yield from _worst_present_day(on_day)


def _bases(on_day: _Day) -> Iterator[Finding]:
    priced: list[Price] = [*on_day.bands, *on_day.matters, *on_day.events, *on_day.excuses]
    if not priced:
        return
    defaults = [base for base in on_day.bases if base.row.is_default]
    if not defaults:
        yield finding_at(priced[0], "dasar_tidak_ada", "peraturan ini tidak punya dasar bawaan di allowance_bases",
                         "tambahkan satu baris is_default = true", f"{on_day.day}: persennya tanpa dasar")  # fmt: skip
    elif len(defaults) > 1:
        yield finding_at(defaults[1], "dua_dasar_bawaan", f"{defaults[0].row.base_name} sudah dasar bawaan",
                         "sisakan satu is_default = true", f"{on_day.day}: dua dasar")  # fmt: skip
    names = {base.row.base_name for base in on_day.bases}
    for placed in priced:
        if placed.row.base_name and placed.row.base_name not in names:
            yield finding_at(placed, "dasar_tidak_dikenal", f"dasar '{placed.row.base_name}' tidak ada",
                             "tambahkan di allowance_bases atau perbaiki namanya", f"{on_day.day}")  # fmt: skip


def _steeper(on_day: _Day) -> Iterator[Finding]:
    """A longer lateness is not cheaper than a shorter one."""
    for matter, special in sorted({(p.row.matter, p.row.special_day or "") for p in on_day.bands}):
        ladder = sorted(
            (p for p in on_day.bands if (p.row.matter, p.row.special_day or "") == (matter, special)), key=_begin
        )
        for shorter, longer in pairwise(ladder):
            less, more = _of(on_day, longer), _of(on_day, shorter)
            if less is not None and more is not None and less < more:
                yield finding_at(longer, "lebih_buruk_lebih_murah",
                                 f"{longer.row.code} ({longer.row.pct} persen) lebih murah dari {shorter.row.code}"
                                 f" ({shorter.row.pct} persen) yang lebih singkat", "naikkan, atau tukar kedua tarif",
                                 f"{on_day.day}, {matter} {_edge(longer.row)}")  # fmt: skip


def _costlier_than_alpa(on_day: _Day) -> Iterator[Finding]:
    """Whoever came late, or came with a reason, does not pay more than who did not come."""
    present: list[Price] = [*on_day.bands, *on_day.excuses, *(p for p in on_day.matters if p.row.matter != "alpa")]
    for placed in present:
        special = getattr(placed.row, "special_day", None)
        alpa = on_day.alpa(special)
        if alpa is None or alpa.row.priced_by != "pct":
            continue
        cost, absent = on_day.total(placed.row.pct, placed.row.base_name), _of(on_day, alpa)
        if cost is not None and absent is not None and cost > absent:
            yield finding_at(placed, "lebih_mahal_dari_alpa",
                             f"{cost.normalize():f} persen tunjangan, sedangkan alpa {absent.normalize():f} persen",
                             "turunkan, atau naikkan tarif alpa",
                             f"{on_day.day}: lebih untung tidak masuk sama sekali")  # fmt: skip


def _missing_punches(on_day: _Day) -> Iterator[Finding]:
    """Not punching at all is not cheaper than punching late."""
    for placed in on_day.matters:
        matter, special = END_OF.get(placed.row.matter), placed.row.special_day
        ladder = [p for p in on_day.bands if p.row.matter == matter and p.row.special_day == special]
        if placed.row.as_minutes is not None and not ladder:
            yield finding_at(placed, "menit_tanpa_jenjang", f"dinilai {placed.row.as_minutes} menit, tanpa jenjang",
                             f"tambahkan {matter} di minute_bands", f"{on_day.day}")  # fmt: skip
        costs = [cost for p in ladder if (cost := _of(on_day, p)) is not None]
        cost = _of(on_day, placed)
        if costs and cost is not None and cost < max(costs):
            yield finding_at(placed, "lebih_buruk_lebih_murah",
                             f"{placed.row.matter} ({placed.row.pct} persen) lebih murah dari {matter} yang terlama",
                             "samakan dengan jenjang teratas", f"{on_day.day}: lebih untung tidak merekam")  # fmt: skip


def _over_cap(on_day: _Day) -> Iterator[Finding]:
    """A rate over the cap can never be paid as it is written."""
    policy = on_day.policy
    if policy is None:
        return
    present: list[Price] = [*on_day.bands, *on_day.events, *(p for p in on_day.matters if p.row.matter != "alpa")]
    for placed in present:
        highest = placed.row.pct if placed.row.pct is not None else getattr(placed.row, "pct_high", None)
        if highest is not None and policy.daily_cap_pct is not None and highest > policy.daily_cap_pct:
            yield finding_at(placed, "melampaui_batas", f"{highest} persen di atas batas sehari {policy.daily_cap_pct}",
                             "turunkan tarifnya atau naikkan batasnya", f"{on_day.day}")  # fmt: skip
    whole: list[Price] = [*present, *(p for p in on_day.matters if p.row.matter == "alpa")]
    for placed in whole:
        highest = placed.row.pct
        if highest is not None and policy.monthly_cap_pct is not None and highest > policy.monthly_cap_pct:
            yield finding_at(placed, "melampaui_batas",
                             f"{highest} persen di atas batas sebulan {policy.monthly_cap_pct}",
                             "turunkan tarifnya atau naikkan batasnya", f"{on_day.day:%Y-%m}")  # fmt: skip


def _absorbed(on_day: _Day) -> Iterator[Finding]:
    """Where absence takes the missed roll call with it, it may not cost less than the roll call."""
    if on_day.policy is None or not on_day.policy.alpa_absorbs_events:
        return
    for placed in on_day.events:
        alpa = on_day.alpa(placed.row.special_day)
        if alpa is None:
            yield finding_at(placed, "lebih_buruk_lebih_murah",
                             "alpa menelan acara, tetapi peraturan ini tidak menghargai alpa",
                             "isi alpa di day_matters, atau alpa_absorbs_events = false",
                             f"{on_day.day}: lebih untung tidak masuk sama sekali")  # fmt: skip
            continue
        cost, absent = on_day.total(placed.row.pct, placed.row.base_name), _of(on_day, alpa)
        if cost is not None and absent is not None and cost > absent:
            yield finding_at(placed, "lebih_mahal_dari_alpa",
                             f"{placed.row.event_kind} {placed.row.pct} persen, alpa yang menelannya {alpa.row.pct}",
                             "alpa_absorbs_events = false, atau naikkan tarif alpa",
                             f"{on_day.day}: lebih untung tidak masuk sama sekali")  # fmt: skip


def _worst_present_day(on_day: _Day) -> Iterator[Finding]:
    """Late and early at their worst, added: dearer than absence in some printed tables."""
    alpa = on_day.alpa(None)
    tops = [_top(on_day, matter) for matter in ("terlambat", "pulang_awal")]
    if alpa is None or on_day.policy is None or on_day.policy.combine_mode != "sum" or None in tops:
        return
    worst, absent = sum((top for top in tops if top is not None), Decimal(0)), _of(on_day, alpa)
    cap = on_day.total(on_day.policy.daily_cap_pct, None)
    if absent is not None and min(worst, cap if cap is not None else worst) > absent:
        found = finding_at(alpa, "hari_terburuk_melebihi_alpa",
                           f"terlambat dan pulang awal terlama berjumlah {worst.normalize():f} persen tunjangan,"
                           f" alpa {absent.normalize():f} persen", "pertimbangkan batas sehari (daily_cap_pct)",
                           f"{on_day.day}: datang terlambat dan pulang cepat")  # fmt: skip
        yield replace(found, level=NOTE)


def _top(on_day: _Day, matter: str) -> Decimal | None:
    costs = [
        cost
        for p in on_day.bands
        if p.row.matter == matter and p.row.special_day is None and (cost := _of(on_day, p)) is not None
    ]
    return max(costs, default=None)


def _unknown(book: LawBook) -> Iterator[Finding]:
    """Rates and shares that nobody has seen: allowed, and shown, because what hangs on them stays undecided."""
    for base in book.of(AllowanceBaseRow):
        if base.row.share_pct is None:
            found = finding_at(base, "bagian_tidak_diketahui", f"bagian {base.row.base_name} dari tunjangan kosong",
                               "isi bila diketahui", f"{base.row.valid_from}: rupiahnya belum diputuskan")  # fmt: skip
            yield replace(found, level=NOTE)
    rows: list[Price] = [
        *book.of(MinuteBandRow), *book.of(DayMatterRow), *book.of(EventRuleRow), *book.of(ExcuseRuleRow),
    ]  # fmt: skip
    for placed in rows:
        yield from _unseen(placed)
        yield from _unpriced(placed)
    for trigger in book.of(MonthTriggerRow):
        if trigger.row.effect == "set_base_pct" and trigger.row.pct is None:
            yield finding_at(trigger, "tarif_kosong", "set_base_pct tanpa pct", "isi pct", f"{trigger.row.valid_from}")


def _unseen(placed: Price) -> Iterator[Finding]:
    if placed.row.pct is not None and placed.row.evidence == "-":
        yield finding_at(placed, "bukti_tidak_ada", "tarif terisi, tetapi buktinya '-' (tidak diketahui)",
                         "isi huruf buktinya, atau kosongkan tarifnya", f"{placed.row.valid_from}")  # fmt: skip
    elif placed.row.priced_by == "pct" and placed.row.pct is None and placed.row.evidence == "-":
        found = finding_at(placed, "tarif_tidak_diketahui", "ada perkaranya, tarifnya tidak diketahui",
                           "isi pct bila diketahui", f"{placed.row.valid_from}: belum diputuskan, bukan 0")  # fmt: skip
        yield replace(found, level=NOTE)


def _unpriced(placed: Price) -> Iterator[Finding]:
    """A price of a kind without its number."""
    column_of = {"idr": "amount_idr", "workday_share": "share_pct", "paid_pct": "paid_pct",
                 "minute_share": "minutes_per_day"}  # fmt: skip
    column = column_of.get(placed.row.priced_by)
    if column and getattr(placed.row, column) is None:
        yield finding_at(placed, "tarif_kosong", f"priced_by {placed.row.priced_by} tanpa {column}", f"isi {column}",
                         f"{placed.row.valid_from}")  # fmt: skip


def _matrix(book: LawBook) -> Iterator[Finding]:
    """A mode matrix has its table, and two faults on one day cost no less than one of them."""
    tables = book.by_regulation(CombinationRow)
    for policy in book.of(CombiningPolicyRow):
        if policy.row.combine_mode == "matrix" and policy.row.regulation_code not in tables:
            yield finding_at(policy, "matriks_kosong", "combine_mode matrix tanpa baris combination_matrix",
                             "isi tabelnya, atau pakai sum", f"{policy.row.valid_from}")  # fmt: skip
    single_rows: list[Placed[MinuteBandRow] | Placed[DayMatterRow]] = [*book.of(MinuteBandRow), *book.of(DayMatterRow)]
    singles = {(p.row.regulation_code, p.row.code): _most(p.row.pct, p.row.pct_high) for p in single_rows}
    for cell in book.of(CombinationRow):
        most = _most(cell.row.pct, cell.row.pct_high)
        for code in (cell.row.row_code, cell.row.column_code):
            single = singles.get((cell.row.regulation_code, code))
            if most is not None and single is not None and most < single:
                yield finding_at(cell, "lebih_buruk_lebih_murah", f"keduanya {most} persen, {code} saja {single}",
                                 "naikkan sel tabelnya", f"{cell.row.valid_from}")  # fmt: skip


def _thresholds(book: LawBook) -> Iterator[Finding]:
    """A count from which cuts apply takes single cuts back: that has a meaning where a day is their plain sum only."""
    policies = book.by_regulation(CombiningPolicyRow)
    for trigger in book.of(MonthTriggerRow):
        for policy in valid_on(policies.get(trigger.row.regulation_code, []), trigger.row.valid_from):
            if trigger.row.effect == "cuts_apply" and (
                policy.row.combine_mode != "sum" or policy.row.daily_cap_pct is not None
            ):
                yield finding_at(trigger, "ambang_dan_penggabungan",
                                 "cuts_apply bersama matrix, max atau batas harian: bagian potongan hari itu yang belum"
                                 " berlaku tidak dapat dipisahkan",
                                 "pakai combine_mode sum tanpa daily_cap_pct, atau set_base_pct",
                                 f"{trigger.row.valid_from}")  # fmt: skip


def _most(pct: Decimal | None, pct_high: Decimal | None) -> Decimal | None:
    return pct if pct is not None else pct_high


def _of(on_day: _Day, placed: Placed[MinuteBandRow] | Placed[DayMatterRow]) -> Decimal | None:
    return on_day.total(placed.row.pct, placed.row.base_name)


def _begin(placed: Placed[MinuteBandRow]) -> int:
    row = placed.row
    return row.from_minute if row.from_minute is not None else (row.from_time.hour * 60 + row.from_time.minute
                                                                if row.from_time else 0)  # fmt: skip


def _edge(row: MinuteBandRow) -> str:
    return f"{row.from_minute} menit" if row.from_minute is not None else f"pukul {row.from_time:%H.%M}"
