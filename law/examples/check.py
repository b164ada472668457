"""Tries worked examples: one scratch database, one build by the models of the city, then the comparison.

Examples that would change each other (the same regulation calls one date special in one of them and not in the other)
come into databases of their own; nearly always there is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from law.examples.answers import Answer, read_answers
from law.examples.compare import Checked, Failure, compare
from law.examples.facts import UTC_OFFSET, Entered, Facts, enter
from law.examples.form import AnyScenario, DayScenario, NipScenario, ScheduleScenario, read_scenarios
from law.examples.load import load_facts
from law.examples.tried_law import TriedLaw
from law.lint.hours import weekly_net_minutes
from warehouse.build import build
from warehouse.clock import clock_at
from warehouse.nip import describe_nip
from warehouse.scratch import empty_database
from warehouse.settings import Settings


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


def check_file(settings: Settings, path: Path, folder: Path | None = None) -> Checked:
    """Tries every example of a file, by the built-in law and over it that of `folder`.

    Raises:
        Problem: the file is none of examples or the folder none of rules (exit code 2), or the build failed.
    """
    file = read_scenarios(path)
    law = TriedLaw.read(folder)
    failures = [Failure(bad.id, bad.expected, None, bad.error) for bad in file.unreadable]
    tried: list[AnyScenario] = []
    for scenario in file.scenarios:
        error = law.objection(scenario)
        if error is None:
            tried.append(law.with_hours(scenario))
        else:
            failures.append(
                Failure(scenario.id, scenario.expected, None, f"{path.name}, contoh {scenario.id}: {error}")
            )
    answers = _answers(settings, tried, law)
    failures += [found for one in tried if (found := compare(one.id, one.expected, answers.get(one.id))) is not None]
    order = {scenario.id: number for number, scenario in enumerate(file.scenarios)}
    return Checked(file.total, tuple(sorted(failures, key=lambda failure: order.get(failure.id, -1))))


def _answers(settings: Settings, scenarios: Iterable[AnyScenario], law: TriedLaw) -> dict[str, Answer]:
    answers: dict[str, Answer] = {}
    batches: list[_Batch] = []
    for scenario in scenarios:
        if isinstance(scenario, NipScenario):
            answers[scenario.id] = describe_nip(scenario.value)
        elif isinstance(scenario, ScheduleScenario):
            answers[scenario.id] = weekly_net_minutes(scenario.schedule, law.book)
        elif not any(batch.takes(scenario) for batch in batches):
            batches.append(_Batch())
            batches[-1].takes(scenario)
    for batch in batches:
        answers |= _built_answers(settings, batch.scenarios, law)
    return answers


def _built_answers(settings: Settings, scenarios: Sequence[AnyScenario], law: TriedLaw) -> dict[str, Answer]:
    facts, entered = Facts(known_special_dates=law.special_dates), list[Entered]()
    months = {scenario.id: law.usual_month(scenario) for scenario in scenarios}
    days = [getattr(scenario, "day", None) or months[scenario.id] for scenario in scenarios]
    # After the end of the last month, so that nothing is running any more.
    last = max(days) + timedelta(days=62)
    as_of = datetime.combine(last, time(8), tzinfo=UTC) - UTC_OFFSET
    for number, scenario in enumerate(scenarios, start=1):
        entered.append(enter(facts, number, scenario, months[scenario.id], last))
    with empty_database(settings, "rules_check") as scratch:
        load_facts(scratch, facts, law.rows_to_load(), as_of)
        build(scratch, clock_at(as_of), full=True)
        return read_answers(scratch, entered)
