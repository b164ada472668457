"""Who can read faces: one role; the marts see outcomes; nobody else sees anything."""

from __future__ import annotations

import psycopg2
import pytest

from warehouse.connection import LOGIN_ROLES, Role, connect, connect_superuser
from warehouse.settings import Settings

pytestmark = pytest.mark.db

READABLE = """
select pg_namespace.nspname || '.' || pg_class.relname
from pg_class inner join pg_namespace on pg_namespace.oid = pg_class.relnamespace
where (pg_namespace.nspname = 'biometrics' or (pg_namespace.nspname, pg_class.relname) = ('raw', 'photos'))
    and pg_class.relkind in ('r', 'v')
    and has_schema_privilege(pg_namespace.oid, 'usage') and has_any_column_privilege(pg_class.oid, 'select')
"""
EVERYTHING = {
    "raw.photos", "biometrics.consents", "biometrics.templates", "biometrics.thresholds", "biometrics.verifications",
    "biometrics.forgotten", "biometrics.photo_views", "biometrics.photo_owners", "biometrics.outcomes",
}  # fmt: skip
ALLOWED: dict[str, set[str]] = {
    "biometrics": EVERYTHING,
    "loader": {"raw.photos"},
    "push": {"raw.photos"},  # which are here: serial and hash, see tests/extractors/push
    "dbt": {"biometrics.outcomes"},
}


def readable(settings: Settings, role: Role) -> set[str]:
    connection = connect(settings, role)
    with connection, connection.cursor() as cursor:
        cursor.execute(READABLE)
        found = {name for (name,) in cursor.fetchall()}
    connection.close()
    return found


@pytest.mark.parametrize("role", LOGIN_ROLES)
def test_a_role_reads_its_own_and_no_more(module_db: Settings, role: Role) -> None:
    assert readable(module_db, role) == ALLOWED.get(role, set())


def test_twin_a_right_too_many_is_seen(warehouse_db: Settings) -> None:
    connection = connect_superuser(warehouse_db)
    with connection, connection.cursor() as cursor:
        cursor.execute("grant usage on schema biometrics to hadir_auditor")
        cursor.execute("grant select (vector) on biometrics.templates to hadir_auditor")
    connection.close()

    assert readable(warehouse_db, "auditor") == {"biometrics.templates"}


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("dbt", "select vector from biometrics.templates"),
        ("dbt", "select distance from biometrics.verifications"),
        ("dbt", "select * from raw.photos"),
        ("metabase", "select * from biometrics.outcomes"),
        ("auditor", "select * from biometrics.outcomes"),
        ("admin", "select * from biometrics.consents"),
        ("loader", "select * from biometrics.templates"),
        ("biometrics", "select * from raw.punches"),
        ("biometrics", "insert into raw.photos default values"),
        ("biometrics", "update biometrics.verifications set outcome = 'COCOK'"),
        ("biometrics", "update biometrics.thresholds set cocok_max_distance = 1"),
    ],
)
def test_the_database_itself_refuses(module_db: Settings, role: Role, statement: str) -> None:
    connection = connect(module_db, role)
    with connection.cursor() as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
        cursor.execute(statement)
    connection.close()


def test_outcomes_hold_no_distance_and_no_hash(module_db: Settings) -> None:
    connection = connect(module_db, "dbt")
    with connection, connection.cursor() as cursor:
        cursor.execute("select * from biometrics.outcomes")
        columns = {column.name for column in cursor.description or ()}
    connection.close()

    assert columns == {
        "verification_id", "terminal_serial", "pin", "taken_at_local", "employee_id", "outcome", "is_borderline",
    }  # fmt: skip
