"""A month's totals: the cuts of each day put together, under their caps and the counts of the month."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

from tests.golden.oracle.counts import counted_of
from tests.golden.oracle.cuts import COMING, GOING, Cashier, Cut
from tests.golden.oracle.seeds import Rule, half_up, number

STATUSES = ("in_force", "announced")


@dataclass(frozen=True)
class Month:
    payable_pct: Fraction
    payable_idr: Fraction
    projected_pct: Fraction
    projected_idr: Fraction
    undecided: int
    incomplete: int
    alpa: int
    state: str
    cut_idr: Fraction | None  # None while something that it depends on is not decided


@dataclass
class Bill:
    """The cuts of a month by one regulation: its own base, and all others as percent of the whole allowance."""

    own: Fraction = Fraction(0)
    own_idr: Fraction = Fraction(0)
    whole: Fraction = Fraction(0)
    whole_idr: Fraction = Fraction(0)
    amount: Fraction = Fraction(0)
    shared: Fraction = Fraction(0)  # priced by the workday: out of the allowance like a percentage
    shared_pct: Fraction = Fraction(0)
    own_open: int = 0
    other_open: int = 0
    cap: Fraction = Fraction(100)


def month_of(cashier: Cashier) -> Month:
    days = cashier.days.values()
    groups: dict[tuple[str, str], list[Cut]] = defaultdict(list)
    for cut in cashier.cuts:
        groups[cut.regulation, cut.status].append(cut)
    codes = {found[0] for day in cashier.days if (found := cashier.law.governing(cashier.opd, day))}
    for code in codes:
        if not any(regulation == code for regulation, _ in groups):
            groups[code, "in_force"] = []
    totals = {key: _total(cashier, key[0], cuts) for key, cuts in groups.items()}
    pct = {
        status: sum((one[0] for (_, own), one in totals.items() if own == status), Fraction(0)) for status in STATUSES
    }
    idr = {
        status: sum((one[1] for (_, own), one in totals.items() if own == status), Fraction(0)) for status in STATUSES
    }
    undecided, is_open = sum(one[2] for one in totals.values()), any(one[3] for one in totals.values())
    incomplete = sum("BELUM_LENGKAP" in day.statuses for day in days)
    state = "BELUM_LENGKAP" if incomplete else "BELUM_DIPUTUS" if undecided else "TERHITUNG"
    return Month(
        half_up(pct["in_force"], 2), half_up(idr["in_force"]), half_up(pct["announced"], 2), half_up(idr["announced"]),
        undecided, incomplete, sum("ALPA" in day.statuses for day in days), state,
        None if is_open else half_up(idr["in_force"] + idr["announced"]),
    )  # fmt: skip


def _total(cashier: Cashier, regulation: str, cuts: list[Cut]) -> tuple[Fraction, Fraction, int, bool]:
    """Percent of the whole allowance, rupiah, how many cuts are undecided, and whether the sum waits for one."""
    bill = Bill()
    leave = _whole_leave(cashier, cuts)
    if leave is not None:
        _add(bill, [leave], Rule({}, ""))
    count_of = counted_of(cashier, regulation)
    for day in sorted({cut.day for cut in cuts} if leave is None else ()):
        counted = [cut for cut in cuts if cut.day == day and cut.matter not in count_of.waived]
        _add(bill, counted, cashier.policy(day) or Rule({}, ""), cashier)
    bill.own_open += count_of.unknown
    share, allowance = _own_base(cashier, regulation)
    own = _capped(bill.own, bill.own_idr, bill.cap, count_of.set_own, share, allowance)
    whole = _capped(bill.whole, bill.whole_idr, bill.cap, count_of.set_whole, Fraction(100), allowance)
    pct = own.pct * (share or 0) / 100 + whole.pct
    # all of it comes out of the allowance and is together no more than that; sums that a rule names come on top
    idr = (own.idr + whole.idr + bill.shared) / max((pct + bill.shared_pct) / 100, Fraction(1)) + bill.amount
    is_moot = own.is_set and count_of.set_own is not None and count_of.set_own >= 100
    is_open = bill.other_open > 0 or (bill.own_open > 0 and not is_moot) or own.is_unknown or whole.is_unknown
    return min(pct, Fraction(100)), idr, bill.own_open + bill.other_open, is_open


@dataclass(frozen=True)
class Part:
    """What is cut of one base: percent of it, rupiah, and whether a count of the month set it."""

    pct: Fraction
    idr: Fraction
    is_set: bool = False
    is_unknown: bool = False


def _capped(
    pct: Fraction,
    idr: Fraction,
    cap: Fraction,
    set_pct: Fraction | None,
    share: Fraction | None,
    allowance: Fraction | None,
) -> Part:
    """Rupiah shrink with the percent; what a count sets takes the place of less."""
    capped = min(pct, cap)
    if set_pct is None or set_pct < capped:
        return Part(capped, idr * capped / pct if pct else idr)
    if share is None or allowance is None:
        return Part(Fraction(0), Fraction(0), True, True)
    return Part(set_pct, set_pct * share * allowance / 10000, True)


def _own_base(cashier: Cashier, regulation: str) -> tuple[Fraction | None, Fraction | None]:
    """Share of the regulation's own base and the allowance, on the last day of the month that there is."""
    day = max(cashier.days)
    ruled = [one for one in cashier.days if (cashier.law.governing(cashier.opd, one) or ("", ""))[0] == regulation]
    base = cashier.base(Rule({}, ""), max(ruled)) if ruled else None
    return (number(base["share_pct"]) if base else None), cashier.person.allowance(day)


def _add(bill: Bill, cuts: list[Cut], policy: Rule, cashier: Cashier | None = None) -> None:
    """The cuts of a day put together: matrix, sum or max by base, then the cap of a day of presence."""
    bill.cap = min(bill.cap, number(policy["monthly_cap_pct"]) or bill.cap)
    if policy["combine_mode"] == "matrix" and cashier:
        cuts = _by_matrix(cashier, cuts)
    for base in {cut.base for cut in cuts}:
        of_base = [cut for cut in cuts if cut.base == base]
        for cut in of_base:
            _add_rupiah(bill, cut)
        _add_open(bill, of_base)
        _add_percent(bill, of_base, policy)


def _add_open(bill: Bill, of_base: list[Cut]) -> None:
    """What is open of the own base, a rate that a count sets for it makes needless to know."""
    open_count = sum(not cut.is_decided for cut in of_base)
    is_rate_open = any(cut.why_open not in (None, "BAGIAN_TIDAK_DIKETAHUI") for cut in of_base)
    if of_base[0].is_own_base and is_rate_open:
        bill.own_open += open_count
    else:
        bill.other_open += open_count


def _add_percent(bill: Bill, of_base: list[Cut], policy: Rule) -> None:
    rates = [cut.pct for cut in of_base if cut.is_decided and cut.pct is not None and cut.amount is None]
    if not rates:
        return
    pct = max(rates) if policy["combine_mode"] == "max" else sum(rates, Fraction(0))
    cap = number(policy["daily_cap_pct"])
    if cap is not None and not any(cut.matter in ("alpa", "hukuman") for cut in of_base):
        pct = min(pct, cap)
    share, allowance = of_base[0].share or Fraction(0), of_base[0].allowance or Fraction(0)
    if of_base[0].is_own_base:
        bill.own += pct
        bill.own_idr += pct * share * allowance / 10000
    else:
        bill.whole += pct * share / 100
        bill.whole_idr += pct * share * allowance / 10000


def _add_rupiah(bill: Bill, cut: Cut) -> None:
    if cut.amount is None:
        return
    if cut.is_share and cut.allowance:
        bill.shared += cut.amount
        bill.shared_pct += cut.amount / cut.allowance * 100
    else:
        bill.amount += cut.amount


def _by_matrix(cashier: Cashier, cuts: list[Cut]) -> list[Cut]:
    """A coming and a going of one shift that both cost have one rate together; a cell that lacks is not known."""
    left = list(cuts)
    for coming in [cut for cut in cuts if cut.matter in COMING]:
        for going in [cut for cut in cuts if cut.matter in GOING and cut.shift_no == coming.shift_no]:
            cells = cashier.law.rules("combination_matrix", cashier.opd, coming.day)
            cell = next((c for c in cells if c["row_code"] == coming.code and c["column_code"] == going.code), None)
            pct = number(cell["pct"]) if cell else None
            why = None if pct is not None and coming.allowance is not None else "TARIF_TIDAK_DIKETAHUI"
            together = Cut(**{**coming.__dict__, "pct": pct, "amount": None, "why_open": why})
            left = [cut for cut in left if cut not in (coming, going)] + [together]
    return left


def _whole_leave(cashier: Cashier, cuts: list[Cut]) -> Cut | None:
    """Leave that is paid by the month has a rate where it fills all workdays and all are paid alike."""
    monthly = [cut for cut in cuts if cut.why_open == "TARIF_BULANAN"]
    worked = [day for day in cashier.days.values() if day.shifts]
    if not monthly or len({cut.day for cut in monthly}) < len(worked) or len({cut.paid for cut in monthly}) > 1:
        return None
    last = max(monthly, key=lambda cut: cut.day)
    pct = 100 - (last.paid or Fraction(0))
    why = None if last.allowance is not None and last.share is not None else "TPP_TIDAK_DIKETAHUI"
    return Cut(**{**last.__dict__, "pct": pct, "why_open": why})
