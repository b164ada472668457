"""The receiver stands at the city's edge: its role lands what comes in and can do nothing else."""

from __future__ import annotations

import psycopg2
import pytest

from warehouse.connection import connect, connect_superuser
from warehouse.settings import Settings

pytestmark = pytest.mark.db

RIGHTS = """
select pg_namespace.nspname || '.' || pg_class.relname, privilege
from pg_class
inner join pg_namespace on pg_namespace.oid = pg_class.relnamespace
cross join unnest(array['select', 'insert', 'update', 'delete', 'truncate']) as privilege
where pg_class.relkind in ('r', 'v', 'p')
    and pg_namespace.nspname in (
        'raw', 'reference', 'dq', 'ops', 'biometrics', 'staging', 'intermediate', 'marts', 'qc', 'audit'
    )
    and has_schema_privilege('hadir_push', pg_namespace.oid, 'usage')
    and case privilege
        when 'delete' then has_table_privilege('hadir_push', pg_class.oid, privilege)
        when 'truncate' then has_table_privilege('hadir_push', pg_class.oid, privilege)
        else has_any_column_privilege('hadir_push', pg_class.oid, privilege)
    end
"""
ALLOWED = {
    *((table, "select") for table in ("reference.terminals", "reference.opd", "reference.pins", "raw.pulls")),
    *((table, "select") for table in ("raw.punches", "raw.photos")),
    *((f"raw.{table}", "insert") for table in ("pulls", "punches", "rejects", "photos", "oplog")),
    ("ops.touched", "insert"),
    *(
        (f"ops.push_{table}", right)
        for table in ("terminals", "queries", "strangers")
        for right in ("select", "insert", "update")
    ),
}


def rights(settings: Settings) -> set[tuple[str, str]]:
    connection = connect_superuser(settings)
    with connection, connection.cursor() as cursor:
        cursor.execute(RIGHTS)
        found = set(cursor.fetchall())
    connection.close()
    return {(table, right) for table, right in found if not table.startswith("raw.punches_")}


def test_the_role_has_what_a_landing_needs_and_no_more(module_db: Settings) -> None:
    assert rights(module_db) == ALLOWED


def test_twin_a_right_too_many_is_seen(warehouse_db: Settings) -> None:
    connection = connect_superuser(warehouse_db)
    with connection, connection.cursor() as cursor:
        cursor.execute("grant select on reference.employees to hadir_push")
    connection.close()
    assert rights(warehouse_db) - ALLOWED == {("reference.employees", "select")}


@pytest.mark.parametrize(
    "statement",
    [
        "select name from reference.employees",
        "select state from raw.punches",
        "select file_name from raw.photos",
        "delete from ops.push_queries",
        "delete from ops.touched",
        "update raw.pulls set outcome = 'ok'",
        "insert into ops.approvals default values",
        "insert into reference.terminals default values",
        "select raw.refuse_change()",
    ],
)
def test_the_database_itself_refuses(module_db: Settings, statement: str) -> None:
    connection = connect(module_db, "push")
    refused = (psycopg2.errors.InsufficientPrivilege, psycopg2.errors.FeatureNotSupported)
    with connection.cursor() as cursor, pytest.raises(refused):
        cursor.execute(statement)
    connection.close()


@pytest.mark.parametrize("table", ["raw.oplog"])
def test_the_book_of_a_terminal_is_append_only(warehouse_db: Settings, table: str) -> None:
    connection = connect(warehouse_db, "owner")
    with connection, connection.cursor() as cursor:
        cursor.execute(f"insert into {table} values ('S', '2017-03-06 07:00', 4, '0', '', 'push', now())")
    with connection.cursor() as cursor, pytest.raises(psycopg2.errors.RaiseException, match="hanya boleh ditambah"):
        cursor.execute(f"update {table} set op_code = 5")
    connection.close()
