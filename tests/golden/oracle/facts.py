"""What happened in an office: people, hours, papers, events, punches and the terminal's answers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from fractions import Fraction
from functools import cached_property


@dataclass(frozen=True)
class Hours:
    """A shift of a schedule on one day of its cycle."""

    day_no: int
    shift_no: int
    begin: time
    end: time
    valid_from: date
    valid_to: date
    on_holidays: bool = False


@dataclass(frozen=True)
class Schedule:
    cycle_start: date
    cycle_days: int
    hours: tuple[Hours, ...]


@dataclass(frozen=True)
class Excuse:
    excuse_id: str
    kind: str
    first: date
    last: date
    side: str
    decision: str
    requested_on: date


@dataclass(frozen=True)
class Event:
    event_id: str
    kind: str
    day: date
    begins: time
    window_from: time
    window_to: time
    on_list: Mapping[str, bool] | None = None  # None: read from the terminal


@dataclass(frozen=True)
class Person:
    employee_id: str
    kind: str
    schedule: Schedule
    group: str = ""
    tpp: tuple[tuple[int, date, date], ...] = ()
    punches: tuple[datetime, ...] = ()
    listed: Mapping[date, tuple[time | None, time | None]] = field(default_factory=dict)
    excuses: tuple[Excuse, ...] = ()
    punished: Mapping[date, Fraction] = field(default_factory=dict)
    midday: Mapping[date, int] = field(default_factory=dict)
    exempt_of: frozenset[str] = frozenset()

    def allowance(self, day: date) -> Fraction | None:
        return next((Fraction(idr) for idr, begin, end in self.tpp if begin <= day < end), None)


@dataclass(frozen=True)
class Office:
    """An office with one terminal, in the span in which it is judged."""

    code: str
    first: date
    end: date  # half-open
    people: tuple[Person, ...]
    holidays: frozenset[date]
    events: tuple[Event, ...] = ()
    polls: tuple[datetime, ...] = ()  # the terminal answered
    read_until: datetime = datetime.max
    as_of: date = date.max

    def is_alive(self, person: Person, begin: datetime, end: datetime) -> bool:
        """Somebody else punched, or the terminal answered: of oneself it is no sign."""
        first = bisect_left(self._signs, (begin, ""))
        return any(who != person.employee_id for _, who in self._signs[first : bisect_left(self._signs, (end, ""))])

    @cached_property
    def _signs(self) -> list[tuple[datetime, str]]:
        punches = ((at, person.employee_id) for person in self.people for at in person.punches)
        return sorted([*punches, *((at, "") for at in self.polls)])
