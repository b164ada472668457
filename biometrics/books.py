"""The connection of this room, who is meant by a NIP, and which threshold holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from biometrics.quality import Gate
from warehouse.connection import connect
from warehouse.console import Exit, Problem
from warehouse.settings import Settings

Kind = Literal["real", "drawn"]

_LOCK: Final = "select pg_try_advisory_lock(hashtext('hadir.faces'))"
_EMPLOYEE: Final = """
select employee_id from reference.identifiers
where load_to is null and kind = 'nip' and value = %(key)s and valid_from <= %(day)s
    and (valid_to is null or valid_to > %(day)s)
union
select employee_id from reference.employees where load_to is null and employee_id = %(key)s
"""
_THRESHOLDS: Final = """
select threshold_version, kind, valid_from, valid_to, cocok_max_distance, second_face_min_score, min_face_px,
    min_brightness, max_brightness, min_sharpness
from biometrics.thresholds
"""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A dated row of biometrics.thresholds: up to which distance it is COCOK, and the quality that a face must have."""

    version: str
    kind: Kind
    valid_from: date
    valid_to: date
    cocok_max_distance: float
    gate: Gate


@contextmanager
def biometrics_connection(settings: Settings) -> Iterator[Connection]:
    """A connection as hadir_biometrics that works alone: nobody is compared while he is being forgotten.

    Raises:
        Problem: another face command is at work (exit code 3), the database is away (4).
    """
    connection = connect(settings, "biometrics")
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(_LOCK)
            (is_ours,) = cursor.fetchone() or (False,)
        if not is_ours:
            raise Problem("Perintah wajah lain sedang bekerja; ulangi setelah selesai.", Exit.REFUSED)
        yield connection
    except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
        raise Problem(
            f"Basis data terputus di tengah pekerjaan ({str(error).strip()}); jalankan perintah ini sekali lagi.",
            Exit.NOBODY_THERE,
        ) from error
    finally:
        connection.close()


def find_employee(cursor: Cursor, key: str, day: date) -> str | None:
    """The employee with this NIP on that day, or with this employee_id."""
    cursor.execute(_EMPLOYEE, {"key": "".join(key.split()), "day": day})
    found = cursor.fetchall()
    return str(found[0][0]) if len(found) == 1 else None


def read_thresholds(cursor: Cursor) -> list[Threshold]:
    """Every threshold there is or was."""
    cursor.execute(_THRESHOLDS)
    return [
        Threshold(version, kind, valid_from, valid_to or date.max, float(cocok), Gate(*(float(one) for one in gate)))
        for version, kind, valid_from, valid_to, cocok, *gate in cursor.fetchall()
    ]


def threshold_on(thresholds: list[Threshold], kind: Kind, day: date) -> Threshold:
    """The threshold of a kind of faces on a day.

    Raises:
        Problem: none holds, or two do.
    """
    held = [one for one in thresholds if one.kind == kind and one.valid_from <= day < one.valid_to]
    if len(held) != 1:
        raise Problem(f"Pada {day} berlaku {len(held)} ambang wajah '{kind}'; perbaiki biometrics.thresholds.")
    return held[0]


def template_binding(employee_id: str, version: int) -> str:
    """What the seal of a template is bound to."""
    return f"template\0{employee_id}\0{version}"
