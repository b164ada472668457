"""What the counts of a month set off: cuts that do not apply yet, rates that take the place of the cuts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from tests.golden.oracle.cuts import Cashier
from tests.golden.oracle.days import Day
from tests.golden.oracle.seeds import Rule, count


@dataclass
class Counted:
    """What the counts of a month set off."""

    waived: set[str] = field(default_factory=set)  # matters whose cuts do not apply yet
    unknown: int = 0  # rates that apply now and nobody knows
    set_own: Fraction | None = None
    set_whole: Fraction | None = None  # of the whole allowance


def counted_of(cashier: Cashier, regulation: str) -> Counted:
    days = [day for day in cashier.days.values() if _ruled_by(cashier, day.day, regulation)]
    counted = Counted()
    last = max((day.day for day in days), default=date.min)
    for rule in cashier.law.rules("month_triggers", cashier.opd, last):
        quantity = _quantity(rule["counter"], days)
        is_fired = int(rule["at_least"]) <= quantity <= (count(rule["at_most"]) or 10**6)
        if rule["effect"] == "cuts_apply":
            _apply(cashier, counted, rule, last, is_fired)
        if rule["effect"] == "set_base_pct" and is_fired:
            _set(cashier, counted, rule, last)
    return counted


def _apply(cashier: Cashier, counted: Counted, rule: Rule, last: date, is_fired: bool) -> None:
    matter = next(row["matter"] for row in cashier.law.seed("counters") if row["counter"] == rule["counter"])
    bands = cashier.law.rules("minute_bands", cashier.opd, last)
    if not is_fired:
        counted.waived.add(matter)
    elif not rule["pct"] and not any(
        (band["pct"] or band["amount_idr"]) and band["matter"] == matter for band in bands
    ):
        counted.unknown += 1


def _set(cashier: Cashier, counted: Counted, rule: Rule, last: date) -> None:
    base, pct = cashier.base(rule, last), Fraction(rule["pct"])
    if base is None or base["is_default"] == "true":
        counted.set_own = max(counted.set_own or pct, pct)
    else:
        pct = pct * Fraction(base["share_pct"]) / 100
        counted.set_whole = max(counted.set_whole or pct, pct)


def _ruled_by(cashier: Cashier, day: date, regulation: str) -> bool:
    return (cashier.law.governing(cashier.opd, day) or ("", ""))[0] == regulation


def _quantity(counter: str, days: list[Day]) -> int:
    if counter == "absent_days":
        return sum("ALPA" in day.statuses for day in days)
    if counter == "late_count":
        return sum("TERLAMBAT" in day.statuses for day in days)
    if counter != "absent_consecutive":
        raise ValueError(f"a counter that the oracle does not know: {counter}")
    longest = run = 0
    # a day off and one that by the quorum counts for nobody are no days of his
    for day in sorted(days, key=lambda one: one.day):
        if not day.shifts or day.statuses <= {"TIDAK_DIHITUNG"}:
            continue
        run = run + 1 if day.is_alpa_whole else 0
        longest = max(longest, run)
    return longest
