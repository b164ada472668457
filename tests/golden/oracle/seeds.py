"""The law as rows: the seeds of the dbt project and a site folder's own, and which row holds on a day in an office."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from fractions import Fraction
from functools import cache, cached_property
from pathlib import Path

Row = Mapping[str, str]
FOREVER = date.max
HOUSE = "bawaan"


def day_of(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def time_of(text: str) -> time | None:
    return time.fromisoformat(text) if text else None


def number(text: str) -> Fraction | None:
    return Fraction(text) if text else None


def count(text: str) -> int | None:
    return int(text) if text else None


def half_up(value: Fraction, digits: int = 0) -> Fraction:
    """Of amounts that are never negative."""
    return Fraction(int(value * 10**digits + Fraction(1, 2)), 10**digits)


def covers(row: Row, day: date) -> bool:
    """Half-open: valid_to is the first day that is no longer meant."""
    return date.fromisoformat(row["valid_from"]) <= day < (day_of(row["valid_to"]) or FOREVER)


@dataclass(frozen=True)
class Rule:
    """A row of the law on a day in an office; announced ones reduce no payment."""

    row: Row
    status: str

    def __getitem__(self, name: str) -> str:
        return self.row.get(name) or ""


class Law:
    """All rows, by the name of their seed."""

    def __init__(self, *folders: Path) -> None:
        self._rows: dict[str, list[Row]] = defaultdict(list)
        for folder in folders:
            for path in sorted(folder.glob("*.csv")):
                with path.open(encoding="utf-8", newline="") as lines:
                    self._rows[path.stem] += list(csv.DictReader(lines))
        self.rules = cache(self._rules)
        self.governing = cache(self._governing)

    def seed(self, name: str) -> Sequence[Row]:
        return self._rows[name]

    def _governing(self, opd: str, day: date) -> tuple[str, str] | None:
        """Regulation and status: the office's own application beats the one for all, of two the later."""
        found = [
            row for row in self.seed("regulation_applications")
            if row["purpose"] == "potongan" and row["opd_code"] in ("", opd) and covers(row, day)
        ]  # fmt: skip
        if not found:
            return None
        row = max(found, key=lambda row: (row["opd_code"] != "", row["valid_from"]))
        return row["regulation_code"], row["rule_status"]

    def _rules(self, seed: str, opd: str, day: date) -> tuple[Rule, ...]:
        governing = self.governing(opd, day)
        if governing is None:
            return ()
        code, status = governing
        return tuple(
            Rule(row, "announced" if "announced" in (status, row["rule_status"]) else "in_force")
            for row in self.seed(seed)
            if row["regulation_code"] == code and covers(row, day)
        )

    def one(self, seed: str, opd: str, day: date) -> Rule | None:
        return next(iter(self.rules(seed, opd, day)), None)

    def special_day(self, opd: str, day: date) -> str:
        """The name of the special day that it is there, or nothing."""
        named = (rule for rule in self.rules("special_dates", opd, day) if rule["special_date"] == day.isoformat())
        return next((rule["special_day"] for rule in named), "")

    def measure(self, opd: str, day: date) -> Rule:
        """How a day is measured: by the regulation's own row, else by the house's."""
        own = self.one("day_measures", opd, day)
        return own or Rule(
            next(row for row in self.seed("day_measures") if row["regulation_code"] == HOUSE), "in_force"
        )

    @cached_property
    def house(self) -> Row:
        return self.seed("attendance_parameters")[0]

    def minutes(self, name: str) -> timedelta:
        return timedelta(minutes=int(self.house[name]))

    @cached_property
    def excuse_kinds(self) -> Mapping[str, Row]:
        return {row["excuse_kind"]: row for row in self.seed("excuse_kinds")}
