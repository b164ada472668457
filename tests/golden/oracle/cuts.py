"""What a person's days cost, matter by matter, and why nobody can say what one costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from fractions import Fraction

from tests.golden.oracle.days import Day, Judge, Judged
from tests.golden.oracle.facts import Event, Person
from tests.golden.oracle.seeds import Rule, count, number, time_of

COMING, GOING = frozenset({"terlambat", "tanpa_masuk"}), frozenset({"pulang_awal", "tanpa_pulang"})
OF_A_SHIFT = COMING | GOING | {"keluar_sementara"}
# What is wrong with an end of a shift, as its status says it, and the matter that a regulation prices.
MATTER_OF = {
    "TERLAMBAT": "terlambat", "PULANG_AWAL": "pulang_awal", "TANPA_MASUK": "tanpa_masuk",
    "TANPA_PULANG": "tanpa_pulang", "KELUAR_SEMENTARA": "keluar_sementara",
}  # fmt: skip


@dataclass(frozen=True)
class Found:
    """Something that may cost."""

    matter: str
    shift_no: int | None = None
    event: Event | None = None
    minutes: int | None = None
    at: time | None = None
    is_part_of_day: bool = False


@dataclass(frozen=True)
class Cut:
    day: date
    matter: str
    code: str
    shift_no: int | None
    event_id: str | None
    pct: Fraction | None  # None where the rate is not known
    amount: Fraction | None
    why_open: str | None
    candidates: tuple[Fraction, ...] | None
    base: str
    is_own_base: bool
    share: Fraction | None
    allowance: Fraction | None
    regulation: str
    status: str
    paid: Fraction | None = None
    is_share: bool = False  # rupiah that are a share of the allowance

    @property
    def key(self) -> tuple[date, str, str, int | None]:
        return self.day, self.event_id or self.matter, self.code, self.shift_no if self.matter in OF_A_SHIFT else None

    @property
    def is_decided(self) -> bool:
        return self.why_open is None


@dataclass(frozen=True)
class Place:
    """Which day an excused day is: of its kind in the month, of its spell, and in which month of the leave."""

    month_day: int
    workday: int
    workdays: int
    calendar_day: int
    calendar_days: int
    leave_month: int


@dataclass(frozen=True)
class Rate:
    """What a rule asks for; one and other differ where the text can be read two ways."""

    one: Fraction | None = None
    other: Fraction | None = None
    amount: Fraction | None = None
    is_monthly: bool = False
    waits_for_leader: bool = False
    needs_allowance: bool = False


class Cashier:
    """The price of one person's days."""

    def __init__(self, judge: Judge, person: Person) -> None:
        self.judge, self.person, self.law = judge, person, judge.law
        self.opd = judge.office.code
        self.days = judge.days(person)
        self.workdays = sorted({shift.day for shift in judge.rosters[person.employee_id]})
        self.places = self._place_excuses()
        self.cuts = [cut for day in sorted(self.days) for cut in self._cuts_of(self.days[day])]

    def _place_excuses(self) -> dict[date, Place]:
        papers = {day: self.judge.papers(self.person, day) for day in self.workdays}
        kinds = {day: one.excuse.kind for day, one in papers.items() if one.is_full and one.excuse}
        spells: list[list[date]] = []
        for before, day in zip([None, *self.workdays], self.workdays, strict=False):
            if day in kinds:
                is_same = before is not None and kinds.get(before) == kinds[day]
                spells[-1].append(day) if is_same else spells.append([day])
        places: dict[date, Place] = {}
        seen: dict[str, int] = defaultdict(int)
        for spell in spells:
            first = min([spell[0], *(one.first for day in spell if (one := papers[day].excuse))])
            for place, day in enumerate(spell, start=1):
                seen[kinds[day]] += 1
                places[day] = Place(
                    seen[kinds[day]], place, len(spell), (day - first).days + 1, (spell[-1] - first).days + 1,
                    _months(first, day) + 1,
                )  # fmt: skip
        return places

    def _cuts_of(self, day: Day) -> Iterator[Cut]:
        governing, policy = self.law.governing(self.opd, day.day), self.policy(day.day)
        if governing is None or policy is None or not self._is_covered(day.day):
            return
        late_no = self._late_number(day.day)
        for found in self._found(day, policy):
            if found.matter == "terlambat" and late_no <= self._free_lates(day.day):
                continue
            yield from self._priced(day, found, policy)

    def policy(self, day: date) -> Rule | None:
        return self.law.one("combining_policies", self.opd, day)

    def _is_covered(self, day: date) -> bool:
        rows = [
            row for row in self.law.rules("covered_persons", self.opd, day) if row["employee_kind"] == self.person.kind
        ]
        return bool(rows) and (rows[0]["is_only_with_tpp"] != "true" or self.person.allowance(day) is not None)

    def _free_lates(self, day: date) -> int:
        return count(self.law.measure(self.opd, day)["free_late_count"]) or 0

    def _late_number(self, day: date) -> int:
        return sum(1 for one in self.days.values() if one.day <= day and one.late > 0)

    def _found(self, day: Day, policy: Rule) -> Iterator[Found]:
        if day.is_punished:
            yield Found("hukuman")
            return
        alpas = sum("ALPA" in one.statuses for one in day.shifts)
        if alpas:
            yield Found("alpa", is_part_of_day=alpas < len(day.shifts))
        for one in day.shifts:
            yield from self._found_in_shift(day, one)
        excuse = day.shifts[0].papers.excuse if day.shifts else None
        # who had leave for a side only and never came is absent, or not yet judged: it is not the leave that costs
        if excuse and (excuse.side == "full" or any(one.measured for one in day.shifts)):
            yield Found(excuse.kind)
        for event in day.missed:
            rule = self.judge.ruling(event)
            if rule and not (alpas and policy["alpa_absorbs_events"] == "true"):
                yield Found(rule["event_kind"], event=event)

    def _found_in_shift(self, day: Day, one: Judged) -> Iterator[Found]:
        for word in one.statuses & MATTER_OF.keys():
            matter = MATTER_OF[word]
            minutes = {
                "terlambat": one.late,
                "pulang_awal": one.early,
                "keluar_sementara": self.person.midday.get(day.day),
            }
            at = None
            if one.measured and matter in ("terlambat", "pulang_awal"):
                at = one.measured.came if matter == "terlambat" else one.measured.left
            yield Found(matter, one.shift.number, minutes=minutes.get(matter), at=at.time() if at else None)

    # rules

    def _priced(self, day: Day, found: Found, policy: Rule) -> Iterator[Cut]:
        if found.matter == "hukuman":
            pct = self.person.punished[day.day]
            row = {"code": "HUKUMAN", "priced_by": "pct"}
            yield self._cut(day, found, Rule(row, policy.status), Rate(pct, pct), policy)
            return
        rules = self._rules_of(found, day.day)
        special = self.law.special_day(self.opd, day.day)
        of_special = [rule for rule in rules if special and rule["special_day"] == special]
        for rule in of_special or [rule for rule in rules if not rule["special_day"]]:
            if self._fits(rule, found, day.day):
                rate = self._rate(rule, found, day.day, rules)
                if not (rate.one == 0 and rate.other == 0):
                    yield self._cut(day, found, rule, rate, policy)

    def _rules_of(self, found: Found, day: date) -> list[Rule]:
        seeds = {"event_kind": "event_rules"} if found.event else {}
        if not found.event:
            is_excuse = found.matter in self.law.excuse_kinds
            seeds = {"excuse_kind": "excuse_rules"} if is_excuse else {"matter": "minute_bands"}
            if found.matter in ("alpa", "tanpa_masuk", "tanpa_pulang"):
                seeds = {"matter": "day_matters"}
        ((column, seed),) = seeds.items()
        return [rule for rule in self.law.rules(seed, self.opd, day) if rule[column] == found.matter]

    def _fits(self, rule: Rule, found: Found, day: date) -> bool:
        if found.minutes is not None:
            first, end = count(rule["from_minute"]), count(rule["to_minute"])
            if not ((first is None or found.minutes >= first) and (end is None or found.minutes < end)):
                return False
        if found.at is not None:
            begin, until = time_of(rule["from_time"]), time_of(rule["to_time"])
            if not ((begin is None or found.at >= begin) and (until is None or found.at < until)):
                return False
        return self._fits_place(rule, self.places.get(day))

    def _fits_place(self, rule: Rule, place: Place | None) -> bool:
        first, end = count(rule["leave_month_from"]), count(rule["leave_month_to"])
        if first is not None and not (place and first <= place.leave_month < (end or 10**6)):
            return False
        if not rule["spell_from_day"]:
            return True
        if place is None:
            return False
        is_workday = rule["spell_unit"] == "workday"
        nth = place.workday if is_workday else place.calendar_day
        length = place.workdays if is_workday else place.calendar_days
        return _in_spell(rule, length if rule["tier_mode"] == "whole" else nth)

    def _rate(self, rule: Rule, found: Found, day: date, rules: list[Rule]) -> Rate:
        if count(rule["as_minutes"]) and not rule["pct"]:
            rule = self._as_band(rule, day)
        priced_by = rule["priced_by"]
        if priced_by == "whole_month":
            return Rate(Fraction(100), Fraction(100))
        if priced_by == "paid_pct":
            is_paid = Fraction(rule["paid_pct"]) >= 100
            return Rate(Fraction(0), Fraction(0)) if is_paid else Rate(is_monthly=True)
        if priced_by in ("workday_share", "minute_share"):
            return Rate(amount=self._share(rule, found, day), needs_allowance=True)
        if priced_by == "idr":
            return Rate(amount=number(rule["amount_idr"]))
        if rule["decided_by"] == "by_decision" and not rule["pct"]:
            return Rate(waits_for_leader=True)
        return self._percent(rule, day, rules)

    def _percent(self, rule: Rule, day: date, rules: list[Rule]) -> Rate:
        place = self.places.get(day)
        pct, free = number(rule["pct"]), count(rule["free_days_month"])
        if free and place and place.month_day <= free:
            pct = Fraction(0)
        if pct is None:
            return Rate(number(rule["pct_low"]), number(rule["pct_high"]))
        if rule["spell_from_day"] and not rule["tier_mode"] and place:
            length = place.workdays if rule["spell_unit"] == "workday" else place.calendar_days
            whole = [other for other in rules if other["part_no"] == rule["part_no"] and _in_spell(other, length)]
            return Rate(pct, number(whole[0]["pct"]) if whole else pct)
        return Rate(pct, pct)

    def _as_band(self, rule: Rule, day: date) -> Rule:
        """A missing punch that counts as so many minutes."""
        matter = "terlambat" if rule["matter"] == "tanpa_masuk" else "pulang_awal"
        bands = self._rules_of(Found(matter), day)
        minutes = Found(matter, minutes=count(rule["as_minutes"]))
        return next((band for band in bands if not band["special_day"] and self._fits(band, minutes, day)), rule)

    def _share(self, rule: Rule, found: Found, day: date) -> Fraction | None:
        allowance, base = self.person.allowance(day), self.base(rule, day)
        share = number(base["share_pct"]) if base else None
        if allowance is None or share is None or not self.workdays:
            return None
        month_days = sum(one.month == day.month for one in self.workdays)
        a_day = allowance * share / 100 / month_days
        if rule["priced_by"] == "workday_share":
            return a_day * Fraction(rule["share_pct"]) / 100
        return a_day * (found.minutes or 0) / int(rule["minutes_per_day"])

    def base(self, rule: Rule, day: date) -> Rule | None:
        bases = self.law.rules("allowance_bases", self.opd, day)
        name = rule["base_name"]
        return next(
            (base for base in bases if (base["base_name"] == name if name else base["is_default"] == "true")), None
        )

    def _cut(self, day: Day, found: Found, rule: Rule, rate: Rate, policy: Rule) -> Cut:
        priced = self._as_band(rule, day.day) if rule["as_minutes"] and not rule["pct"] else rule
        base, allowance = self.base(priced, day.day), self.person.allowance(day.day)
        share = number(base["share_pct"]) if base else None
        is_twofold = rate.one != rate.other
        pct = None if is_twofold else rate.one
        why = self._why_open(rate, found, pct, share, allowance)
        is_rate_known = why in (None, "TPP_TIDAK_DIKETAHUI", "BAGIAN_TIDAK_DIKETAHUI")
        return Cut(
            day.day, found.matter, priced["code"], found.shift_no, found.event.event_id if found.event else None,
            pct if is_rate_known else None, rate.amount if why is None else None, why,
            tuple(one for one in (rate.one, rate.other) if one is not None) if is_twofold else None,
            (base["base_name"] if base else ""), bool(base and base["is_default"] == "true"), share, allowance,
            policy["regulation_code"], "announced" if "announced" in (rule.status, policy.status) else "in_force",
            number(rule["paid_pct"]) if rate.is_monthly else None, rate.needs_allowance,
        )  # fmt: skip

    def _why_open(
        self, rate: Rate, found: Found, pct: Fraction | None, share: Fraction | None, allowance: Fraction | None
    ) -> str | None:
        """None: decided. Else the first reason for which nobody can say what it costs."""
        is_priced = rate.amount is not None
        reasons = (
            (pct == 0, None),
            (rate.one != rate.other, "BACAAN_GANDA"),
            (rate.is_monthly, "TARIF_BULANAN"),
            (rate.needs_allowance and not is_priced and allowance is None, "TPP_TIDAK_DIKETAHUI"),
            (rate.waits_for_leader, "MENUNGGU_KEPUTUSAN"),
            (pct is None and not is_priced, "TARIF_TIDAK_DIKETAHUI"),
            (found.is_part_of_day, "ALPA_SEBAGIAN_HARI"),
            (not is_priced and share is None, "BAGIAN_TIDAK_DIKETAHUI"),
            (not is_priced and allowance is None, "TPP_TIDAK_DIKETAHUI"),
        )
        return next((why for holds, why in reasons if holds), None)


def _in_spell(rule: Rule, nth: int) -> bool:
    end = count(rule["spell_to_day"])
    return bool(rule["spell_from_day"]) and int(rule["spell_from_day"]) <= nth and (end is None or nth < end)


def _months(first: date, day: date) -> int:
    """Whole months between two days."""
    return (day.year - first.year) * 12 + day.month - first.month - (day.day < first.day)
