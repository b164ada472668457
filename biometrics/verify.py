"""Compares each unverified photo with the face of the employee whose PIN it carries, one to one.

Outcomes are committed in small batches, so an interrupted run goes on where it stopped. A photo without an enrolled
person is not even opened: there is nothing to compare it with, and no consent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values

from biometrics.books import Kind, Threshold, biometrics_connection, read_thresholds, threshold_on
from biometrics.comparison import Checked, Comparer, Comparison, Photo, Template, Workers
from biometrics.forget import finish_forgetting
from biometrics.quality import JITTERS, MODEL, UPSAMPLE
from warehouse.clock import Clock
from warehouse.settings import Settings
from warehouse.touched import touch_everybody

OUTCOMES: Final = ("COCOK", "TIDAK_COCOK", "TANPA_WAJAH", "BANYAK_WAJAH", "FOTO_RUSAK", "BELUM_DIDAFTARKAN")
BATCH: Final = 64
# A photo around midnight is evidence for a punch of the next day; no evidence reaches further (face_parameters).
REACH: Final = timedelta(hours=1)

_UNVERIFIED: Final = """
not exists (
    select 1 from biometrics.verifications as done
    where done.terminal_serial = photos.terminal_serial and done.photo_sha256 = photos.sha256
)
"""
_COUNT: Final = f"select count(*) from raw.photos as photos where {_UNVERIFIED}"  # noqa: S608 - constants
_NEXT: Final = f"""
select
    photos.terminal_serial, photos.sha256, photos.file_name, photos.pin, photos.taken_at_local, photos.employee_id,
    templates.version, templates.vector, templates.kind,
    (templates.model, templates.upsample, templates.jitters) = (%(model)s, %(upsample)s, %(jitters)s)
        as is_comparable
from biometrics.photo_owners as photos
left join biometrics.templates on templates.employee_id = photos.employee_id and templates.valid_to is null
where (photos.terminal_serial, photos.sha256) > (%(serial)s, %(sha256)s) and {_UNVERIFIED}
order by photos.terminal_serial, photos.sha256
limit %(limit)s
"""  # noqa: S608
_INSERT: Final = """
insert into biometrics.verifications (
    terminal_serial, photo_sha256, pin, taken_at_local, employee_id, outcome, reason, distance, threshold_version,
    template_version, model, verified_at
) values %s
"""
_TOUCH: Final = "insert into ops.touched (employee_id, work_date, cause) values %s"


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of _NEXT."""

    serial: str
    sha256: str
    file_name: str
    pin: str | None
    taken_at: datetime
    employee_id: str | None
    version: int
    vector: memoryview | None
    kind: Kind
    is_comparable: bool

    @property
    def photo(self) -> Photo:
        return Photo(self.serial, self.sha256, self.file_name)

    @property
    def template(self) -> Template | None:
        if self.vector is None or self.employee_id is None:
            return None
        return Template(self.employee_id, self.version, bytes(self.vector))

    @property
    def hindrance(self) -> str | None:
        """Why there is nobody to compare with."""
        if self.pin is None:
            return "tanpa_pin"
        if self.employee_id is None:
            return "pin_tidak_dikenal"
        if self.vector is None:
            return "tanpa_wajah_terdaftar"
        return None if self.is_comparable else "wajah_terdaftar_dari_model_lain"


@dataclass(slots=True)
class VerifyReport:
    """How many photos came out how."""

    verified: int = 0
    outcomes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))

    def text(self) -> str:
        """For people."""
        lines = [f"{self.verified} foto diperiksa"]
        return "\n".join(lines + [f"  {outcome:<18}{count:>8}" for outcome, count in self.outcomes.items() if count])


def verify(
    settings: Settings,
    clock: Clock,
    tell: Callable[[int, int], None] = lambda done, total: None,
    comparer: Comparer | None = None,
) -> VerifyReport:
    """Gives every unverified photo its outcome.

    Raises:
        Problem: another face command is at work, a key or the database is missing.
    """
    report = VerifyReport()
    with (
        biometrics_connection(settings) as connection,
        nullcontext(comparer) if comparer else Workers(settings, settings.face_workers) as workers,
    ):
        finish_forgetting(connection, settings, clock)
        with connection, connection.cursor() as cursor:
            thresholds = read_thresholds(cursor)
            cursor.execute(_COUNT)
            (total,) = cursor.fetchone() or (0,)
        for rows in _batches(connection):
            checked = _check(rows, thresholds, workers)
            with connection, connection.cursor() as cursor:
                _record(cursor, rows, checked, thresholds, clock())
            report.verified += len(rows)
            for outcome, count in Counter(one.outcome for one in checked).items():
                report.outcomes[outcome] += count
            tell(report.verified, total)
    return report


def _batches(connection: Connection) -> Iterator[list[_Row]]:
    place = {"serial": "", "sha256": ""}
    setup = {"model": MODEL, "upsample": UPSAMPLE, "jitters": JITTERS, "limit": BATCH}
    while True:
        with connection, connection.cursor() as cursor:
            cursor.execute(_NEXT, {**setup, **place})
            rows = [_Row(*values) for values in cursor.fetchall()]
        if not rows:
            return
        yield rows
        place = {"serial": rows[-1].serial, "sha256": rows[-1].sha256}


def _check(rows: list[_Row], thresholds: list[Threshold], workers: Comparer) -> list[Checked]:
    tasks = [
        Comparison(row.photo, row.template, threshold_on(thresholds, row.kind, row.taken_at.date()))
        for row in rows
        if row.template is not None and row.hindrance is None
    ]
    compared = iter(workers.compare_all(tasks))
    return [
        Checked("BELUM_DIDAFTARKAN", row.hindrance) if row.hindrance is not None else next(compared) for row in rows
    ]


def _record(
    cursor: Cursor, rows: list[_Row], checked: list[Checked], thresholds: list[Threshold], now: datetime
) -> None:
    values = []
    for row, one in zip(rows, checked, strict=True):
        judged: tuple[object, ...] = (None, None, None)
        if row.template is not None and row.hindrance is None:
            threshold = threshold_on(thresholds, row.kind, row.taken_at.date())
            judged = (threshold.version, row.template.version, MODEL)
        values.append((
            row.serial, row.sha256, row.pin, row.taken_at, row.employee_id, one.outcome, one.reason,
            one.distance, *judged, now,
        ))  # fmt: skip
    execute_values(cursor, _INSERT, values)
    touch_outcomes(cursor, {(row.serial, row.employee_id, row.taken_at) for row in rows})


def touch_outcomes(cursor: Cursor, outcomes: set[tuple[str, str | None, datetime]]) -> None:
    """Has the days of these outcomes (terminal, employee, time) built again.

    A photo without a person touches who may use its terminal: somebody of the day must carry it into the build.
    """
    days = {(serial, employee, (at + reach).date()) for serial, employee, at in outcomes for reach in (-REACH, REACH)}
    people = {(employee, day, "face") for _, employee, day in days if employee is not None}
    execute_values(cursor, _TOUCH, sorted(people))
    for serial in sorted({serial for serial, employee, _ in days if employee is None}):
        spans = sorted({(day, day) for at, employee, day in days if at == serial and employee is None})
        touch_everybody(cursor, serial, None, spans, "face")
