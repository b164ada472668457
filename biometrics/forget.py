"""Forgets a person: faces, photos, outcomes; what stays is that and when it was asked, and the withdrawn consent.

The tombstone is committed first and completed last. In between files go before their rows: a row without a file is
found again, a file without a row would not be. Whatever a killed run left is finished by the next `forget`, `verify` or
`purge`, and photos of forgotten people that an old stick brings again go the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from psycopg2.extensions import connection as Connection
from psycopg2.extras import execute_values

from biometrics.books import biometrics_connection, find_employee
from warehouse.clock import Clock
from warehouse.console import Exit, Problem
from warehouse.photo_files import photo_path
from warehouse.settings import Settings
from warehouse.vault import sync_folder

BATCH: Final = 200

_BEGIN: Final = """
insert into biometrics.forgotten (employee_id, asked_at, template_count, verification_count)
select
    %(employee)s, %(now)s,
    (select count(*) from biometrics.templates where employee_id = %(employee)s),
    (select count(*) from biometrics.verifications where employee_id = %(employee)s)
where not exists (select 1 from biometrics.forgotten where employee_id = %(employee)s and completed_at is null)
"""
# Unfinished, or forgotten for good: whoever was enrolled again since has a template.
_PENDING: Final = """
select distinct employee_id from biometrics.forgotten
where completed_at is null
    or not exists (select 1 from biometrics.templates where templates.employee_id = forgotten.employee_id)
"""
_PHOTOS: Final = """
with pins as materialized (select distinct pin from reference.pins where employee_id = %(employee)s)
select photos.terminal_serial, photos.sha256, photos.file_name
from biometrics.photo_owners as photos
where photos.pin in (select pin from pins) and photos.employee_id = %(employee)s
union
select photos.terminal_serial, photos.sha256, photos.file_name
from raw.photos as photos
inner join biometrics.verifications
    on verifications.terminal_serial = photos.terminal_serial and verifications.photo_sha256 = photos.sha256
where verifications.employee_id = %(employee)s
limit %(limit)s
"""
_END: Final = """
with gone as (
    delete from biometrics.verifications where employee_id = %(employee)s returning employee_id, taken_at_local
),
touched as (
    insert into ops.touched (employee_id, work_date, cause)
    select distinct gone.employee_id, (gone.taken_at_local + reach.step)::date, 'face'
    from gone cross join (values (interval '-1 hour'), (interval '1 hour')) as reach (step) -- as verify touches them
)
update biometrics.forgotten
set completed_at = coalesce(completed_at, %(now)s), photo_count = coalesce(photo_count, 0) + %(photos)s
where forget_id = (select max(forget_id) from biometrics.forgotten where employee_id = %(employee)s)
"""

PhotoKey = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class ForgetReport:
    """What is gone of a person."""

    employee_id: str
    templates: int
    outcomes: int
    photos: int

    def text(self) -> str:
        """For people."""
        return (
            f"{self.employee_id} dilupakan: {self.templates} wajah terdaftar, {self.photos} foto dan "
            f"{self.outcomes} hasil pemeriksaan dihapus; persetujuannya tercatat dicabut"
        )


def forget(settings: Settings, key: str, clock: Clock) -> ForgetReport:
    """Removes all that is kept of a person's face; again after a broken run it finishes the rest.

    Raises:
        Problem: nobody has this NIP (exit code 2), another face command is at work, the database is away.
    """
    with biometrics_connection(settings) as connection:
        with connection, connection.cursor() as cursor:
            employee = find_employee(cursor, key, clock().astimezone(settings.zone).date())
            if employee is None:
                raise Problem(f"Tidak ada pegawai dengan NIP atau kunci '{key}'.", Exit.WRONG_USE)
            cursor.execute(_BEGIN, {"employee": employee, "now": clock()})
        _finish(connection, settings, clock, employee)
        with connection, connection.cursor() as cursor:
            cursor.execute(
                """
                select template_count, verification_count, photo_count from biometrics.forgotten
                where employee_id = %s order by forget_id desc limit 1
                """,
                (employee,),
            )
            return ForgetReport(employee, *(cursor.fetchone() or (0, 0, 0)))


def finish_forgetting(connection: Connection, settings: Settings, clock: Clock) -> None:
    """Finishes what broken runs left, and removes what old sticks brought of forgotten people."""
    with connection, connection.cursor() as cursor:
        cursor.execute(_PENDING)
        pending = [employee for (employee,) in cursor.fetchall()]
    for employee in pending:
        _finish(connection, settings, clock, employee)


def _finish(connection: Connection, settings: Settings, clock: Clock, employee: str) -> None:
    values: dict[str, object] = {"employee": employee, "now": clock(), "limit": BATCH}
    with connection, connection.cursor() as cursor:
        cursor.execute("delete from biometrics.templates where employee_id = %(employee)s", values)
        cursor.execute(
            """
            update biometrics.consents set withdrawn_at = %(now)s
            where employee_id = %(employee)s and withdrawn_at is null
            """,
            values,
        )
    removed = 0
    while photos := _photos(connection, values):
        remove_photos(connection, settings, photos)
        removed += len(photos)
    with connection, connection.cursor() as cursor:
        cursor.execute(_END, {**values, "photos": removed})


def _photos(connection: Connection, values: dict[str, object]) -> list[PhotoKey]:
    with connection, connection.cursor() as cursor:
        cursor.execute(_PHOTOS, values)
        return cursor.fetchall()


def remove_photos(connection: Connection, settings: Settings, photos: list[PhotoKey]) -> None:
    """Removes the files, durably, and then their rows."""
    paths = [photo_path(settings, file_name) for _, _, file_name in photos]
    for path in paths:
        path.unlink(missing_ok=True)
    for folder in {path.parent for path in paths if path.parent.is_dir()}:
        sync_folder(folder)
    with connection, connection.cursor() as cursor:
        execute_values(
            cursor,
            """
            delete from raw.photos using (values %s) as gone (terminal_serial, sha256)
            where photos.terminal_serial = gone.terminal_serial and photos.sha256 = gone.sha256
            """,
            [(serial, sha256) for serial, sha256, _ in photos],
        )
