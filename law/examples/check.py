"""Tries worked examples: one scratch database, one build by the models of the city, then the comparison.

Examples that would change each other (the same regulation calls one date special in one of them and not in the other)
come into databases of their own; nearly always there is one.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final

from law.examples.answers import Answer, read_answers
from law.examples.compare import Checked, Failure, compare
from law.examples.facts import UTC_OFFSET, Entered, Facts, enter
from law.examples.form import AnyScenario, DayScenario, NipScenario, ScheduleScenario, read_scenarios
from law.examples.load import load_facts
from law.lint.hours import weekly_net_minutes
from warehouse.build import build
from warehouse.clock import clock_at
from warehouse.law_rows import SEEDS
from warehouse.nip import describe_nip
from warehouse.scratch import empty_database
from warehouse.settings import Settings

# Where a month or a year stands that names no date and whose regulation is still in force.
USUAL_MONTH: Final = date(2026, 1, 1)


@dataclass(slots=True)
class _Batch:
    """Scenarios that do not change each other."""

    scenarios: list[AnyScenario] = field(default_factory=list)
    special: dict[tuple[str, date], str | None] = field(default_factory=dict)

    def takes(self, scenario: AnyScenario) -> bool:
        """Adds it, unless another one says something else of the same date."""
        if isinstance(scenario, DayScenario):
            key = (scenario.regulation, scenario.day)
            if self.special.setdefault(key, scenario.special_day) != scenario.special_day:
                return False
        self.scenarios.append(scenario)
        return True


def check_file(settings: Settings, path: Path) -> Checked:
    """Tries every example of a file.

    Raises:
        Problem: the file is none of examples (exit code 2), or the build failed.
    """
    file = read_scenarios(path)
    law = _Law.read()
    failures = [Failure(bad.id, bad.expected, None, bad.error) for bad in file.unreadable]
    tried: list[AnyScenario] = []
    for scenario in file.scenarios:
        error = law.objection(scenario)
        if error is None:
            tried.append(scenario)
        else:
            failures.append(
                Failure(scenario.id, scenario.expected, None, f"{path.name}, contoh {scenario.id}: {error}")
            )
    answers = _answers(settings, tried, law)
    failures += [found for one in tried if (found := compare(one.id, one.expected, answers.get(one.id))) is not None]
    order = {scenario.id: number for number, scenario in enumerate(file.scenarios)}
    return Checked(file.total, tuple(sorted(failures, key=lambda failure: order.get(failure.id, -1))))


def _answers(settings: Settings, scenarios: Iterable[AnyScenario], law: _Law) -> dict[str, Answer]:
    answers: dict[str, Answer] = {}
    batches: list[_Batch] = []
    for scenario in scenarios:
        if isinstance(scenario, NipScenario):
            answers[scenario.id] = describe_nip(scenario.value)
        elif isinstance(scenario, ScheduleScenario):
            answers[scenario.id] = weekly_net_minutes(scenario.schedule)
        elif not any(batch.takes(scenario) for batch in batches):
            batches.append(_Batch())
            batches[-1].takes(scenario)
    for batch in batches:
        answers |= _built_answers(settings, batch.scenarios, law)
    return answers


def _built_answers(settings: Settings, scenarios: Sequence[AnyScenario], law: _Law) -> dict[str, Answer]:
    facts, entered = Facts(known_special_dates=law.special_dates), list[Entered]()
    months = {scenario.id: law.usual_month(scenario) for scenario in scenarios}
    days = [getattr(scenario, "day", None) or months[scenario.id] for scenario in scenarios]
    # After the end of the last month, so that nothing is running any more.
    last = max(days) + timedelta(days=62)
    as_of = datetime.combine(last, time(8), tzinfo=UTC) - UTC_OFFSET
    for number, scenario in enumerate(scenarios, start=1):
        entered.append(enter(facts, number, scenario, months[scenario.id], last))
    with empty_database(settings, "rules_check") as scratch:
        load_facts(scratch, facts, as_of)
        build(scratch, clock_at(as_of), full=True)
        return read_answers(scratch, entered)


@dataclass(frozen=True, slots=True)
class _Law:
    """What the seeds know by name, so that a slip of the pen in an example is told and not judged."""

    regulations: frozenset[str]
    excuse_kinds: frozenset[str]
    ends: Mapping[str, date | None]  # of a regulation whose rules have all ended: the last day after
    schedules: frozenset[str]
    counters: frozenset[str]
    special_dates: frozenset[tuple[str, str, date]]

    @classmethod
    def read(cls) -> _Law:
        """From the seeds of the project."""
        codes = frozenset(row["regulation_code"] for row in _rows("regulations"))
        kinds = frozenset(row["excuse_kind"] for row in _rows("excuse_kinds"))
        schedules = frozenset(row["schedule_code"] for row in _rows("working_hours"))
        special = frozenset(
            (row["regulation_code"], row["special_day"], date.fromisoformat(row["special_date"]))
            for row in _rows("special_dates")
        )
        counters = frozenset(row["counter"] for row in _rows("counters"))
        return cls(codes, kinds | {"hukuman"}, _ends(), schedules, counters, special)

    def objection(self, scenario: AnyScenario) -> str | None:
        """Why the scenario cannot be tried: it names something that no seed knows."""
        code, schedule = getattr(scenario, "regulation", None), getattr(scenario, "schedule", None)
        if code is not None and code not in self.regulations:
            return f"regulation '{code}' tidak ada di benih regulations; periksa ejaan atau tambahkan peraturannya"
        return (
            _unknown("schedule", [schedule] if schedule else [], self.schedules)
            or _unknown("docs.kind", [doc.kind for doc in getattr(scenario, "docs", ())], self.excuse_kinds)
            or _unknown("counters", getattr(scenario, "counters", ()), self.counters)
        )

    def usual_month(self, scenario: AnyScenario) -> date:
        """Where a month or a year stands that names no date: the last one in which its regulation had rules."""
        end = self.ends.get(getattr(scenario, "regulation", ""))
        return USUAL_MONTH if end is None else (end.replace(day=1) - timedelta(days=1)).replace(day=1)


def _unknown(key: str, names: Iterable[str], known: frozenset[str]) -> str | None:
    strange = next((name for name in names if name not in known), None)
    return strange and f"{key} '{strange}' tidak dikenal; pakai salah satu: {', '.join(sorted(known))}"


def _rows(seed: str) -> list[dict[str, str]]:
    with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _ends() -> dict[str, date | None]:
    ends: dict[str, date | None] = {}
    for path in sorted(SEEDS.glob("*.csv")):
        for row in _rows(path.stem):
            code, end = row.get("regulation_code"), row.get("valid_to")
            if code is None or end is None:
                continue
            until = date.fromisoformat(end) if end else None
            known = ends.get(code, until)
            ends[code] = None if known is None or until is None else max(known, until)
    return ends
