"""The law by which examples are tried: the built-in one, and over it a folder of the city's own, as in the city."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from law.examples.form import AnyScenario, DayScenario
from law.lint.book import LawBook, Placed, Row, read_book, valid_on
from law.lint.finding import ERROR
from warehouse.console import Exit, Problem
from warehouse.law_rows import (
    ApplicationRow,
    CounterRow,
    ExcuseKindRow,
    RegulationRow,
    RuleRow,
    SpecialDateRow,
    WorkingHourRow,
    law_fields,
)

# Where a month or a year stands that names no date and whose regulation is still in force.
USUAL_MONTH: Final = date(2026, 1, 1)
DAY_GROUPS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class TriedLaw:
    """What rows there are, so that a slip of the pen in an example is told and not judged."""

    built_in: LawBook
    own: LawBook | None

    @classmethod
    def read(cls, folder: Path | None) -> TriedLaw:
        """The seeds of the project, and the rows of a folder: a site folder, or a draft in the form of the seeds.

        Raises:
            Problem: no such folder, or a cell that cannot be taken (file and line; exit code 2).
        """
        built_in, _ = read_book(None)
        if folder is None:
            return cls(built_in, None)
        own, findings = read_book(folder)
        for finding in findings:
            if finding.level == ERROR:
                raise Problem(
                    f"{finding.file} baris {finding.line}: {finding.reason}; {finding.remedy}."
                    f" Lihat 'hadir rules lint {folder}'.",
                    Exit.WRONG_USE,
                )
        return cls(built_in, own)

    def rows_to_load(self) -> dict[str, Sequence[Mapping[str, Any]]]:
        """The folder's rows by seed, as the columns of its table; without those about single offices of the city."""
        if self.own is None:
            return {}
        return {
            seed: [
                {name: getattr(placed.row, name) for name in law_fields(seed)}
                for placed in placed_rows
                if getattr(placed.row, "opd_code", None) is None
            ]
            for seed, placed_rows in self.own.rows.items()
        }

    @cached_property
    def book(self) -> LawBook:
        """Both: a regulation of the folder takes the place of the built-in one as a whole."""
        if self.own is None:
            return self.built_in
        replaced = {placed.row.regulation_code for placed in self.own.of(RegulationRow)}
        rows = {
            seed: [placed for placed in placed_rows if getattr(placed.row, "regulation_code", None) not in replaced]
            for seed, placed_rows in self.built_in.rows.items()
        }
        for seed, placed_rows in self.own.rows.items():
            rows[seed] = [*rows.get(seed, []), *placed_rows]
        return LawBook(self.built_in.known, rows)

    @cached_property
    def special_dates(self) -> frozenset[tuple[str, str, date]]:
        """Special days that the law dates itself."""
        return frozenset((row.regulation_code, row.special_day, row.special_date) for row in self._rows(SpecialDateRow))

    def objection(self, scenario: AnyScenario) -> str | None:
        """Why the scenario cannot be tried: it names something that no row of the law knows."""
        code, schedule = getattr(scenario, "regulation", None), getattr(scenario, "schedule", None)
        regulations = {row.regulation_code for row in self._rows(RegulationRow)}
        if code is not None and code not in regulations:
            return f"regulation '{code}' tidak ada di benih regulations; periksa ejaan atau tambahkan peraturannya"
        kinds = {row.excuse_kind for row in self._rows(ExcuseKindRow)} | {"hukuman"}
        counters = {row.counter for row in self._rows(CounterRow)}
        schedules = {row.schedule_code for row in self._rows(WorkingHourRow)}
        return (
            _unknown("schedule", [schedule] if schedule else [], schedules)
            or _unknown("docs.kind", [doc.kind for doc in getattr(scenario, "docs", ())], kinds)
            or _unknown("counters", getattr(scenario, "counters", ()), counters)
        )

    def with_hours(self, scenario: AnyScenario) -> AnyScenario:
        """A day that names a schedule of the law gets its hours of that date, where it has any."""
        if not isinstance(scenario, DayScenario) or scenario.schedule is None:
            return scenario
        group = DAY_GROUPS[scenario.day.weekday()]
        rows = [
            placed
            for placed in self.book.of(WorkingHourRow)
            if (placed.row.schedule_code, placed.row.day_group) == (scenario.schedule, group)
        ]
        for placed in valid_on(rows, scenario.day):
            return scenario.model_copy(update={"begin": placed.row.start_time, "end": placed.row.end_time})
        return scenario

    def usual_month(self, scenario: AnyScenario) -> date:
        """Where a month or a year stands that names no date: the last one in which its regulation had rules."""
        end = self._ends.get(getattr(scenario, "regulation", ""))
        return USUAL_MONTH if end is None else (end.replace(day=1) - timedelta(days=1)).replace(day=1)

    @cached_property
    def _ends(self) -> dict[str, date | None]:
        """Of a regulation whose rules have all ended the last day after."""
        ends: dict[str, date | None] = {}
        for placed_rows in self.book.rows.values():
            for placed in placed_rows:
                if isinstance(placed.row, RuleRow | ApplicationRow):
                    code, until = placed.row.regulation_code, placed.row.valid_to
                    known = ends.get(code, until)
                    ends[code] = None if known is None or until is None else max(known, until)
        return ends

    def _rows(self, model: type[Row]) -> list[Row]:
        placed_rows: list[Placed[Row]] = self.book.of(model)
        return [placed.row for placed in placed_rows]


def _unknown(key: str, names: Iterable[str], known: set[str]) -> str | None:
    strange = next((name for name in names if name not in known), None)
    return strange and f"{key} '{strange}' tidak dikenal; pakai salah satu: {', '.join(sorted(known))}"
