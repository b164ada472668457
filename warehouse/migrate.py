"""Brings a database to the present shape: roles, schemas, tables, grants. Runs again without change."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from psycopg2 import sql
from psycopg2.extensions import connection as Connection

from warehouse.connection import LOGIN_ROLES, connect_superuser
from warehouse.console import Problem
from warehouse.settings import Settings

DDL_DIR: Final = Path(__file__).parent / "ddl"
GRANTS: Final = DDL_DIR / "grants.sql"


def migrate(settings: Settings) -> list[str]:
    """Applies what is missing and returns the names of the migrations that it applied.

    Raises:
        Problem: a migration that was applied here has changed since.
    """
    conn = connect_superuser(settings, "postgres")
    conn.autocommit = True
    _create_roles(conn, settings)
    _create_database(conn, settings.pg_database, "hadir_owner")
    conn.close()
    conn = connect_superuser(settings)
    with conn, conn.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('hadir.migrate'))")
        cursor.execute("create schema if not exists hadir_migrations authorization hadir_owner")
        cursor.execute("set role hadir_owner")
        cursor.execute(
            "create table if not exists hadir_migrations.applied (name text primary key, sha256 text not null)"
        )
        applied = _apply_missing(conn)
        cursor.execute("reset role")
        cursor.execute(GRANTS.read_text(encoding="utf-8"))
    conn.close()
    return applied


def _apply_missing(conn: Connection) -> list[str]:
    applied = []
    with conn.cursor() as cursor:
        cursor.execute("select name, sha256 from hadir_migrations.applied")
        known = dict(cursor.fetchall())
        for path in sorted(DDL_DIR.glob("[0-9]*.sql")):
            text = path.read_text(encoding="utf-8")
            sha256 = hashlib.sha256(text.encode()).hexdigest()
            if known.get(path.name, sha256) != sha256:
                raise Problem(f"Migrasi {path.name} berubah sejak diterapkan di basis data ini; tulis migrasi baru.")
            if path.name not in known:
                cursor.execute(text)
                cursor.execute("insert into hadir_migrations.applied values (%s, %s)", (path.name, sha256))
                applied.append(path.name)
    return applied


def _create_roles(conn: Connection, settings: Settings) -> None:
    with conn.cursor() as cursor:
        cursor.execute("select rolname from pg_roles")
        there = {name for (name,) in cursor.fetchall()}
        if "hadir_owner" not in there:
            cursor.execute("create role hadir_owner nologin")
        for role in LOGIN_ROLES:
            name = f"hadir_{role}"
            verb = sql.SQL("alter" if name in there else "create")
            cursor.execute(
                sql.SQL("{} role {} login password %s").format(verb, sql.Identifier(name)),
                (settings.secret_made_once(f"pg_{role}"),),
            )


def _create_database(conn: Connection, name: str, owner: str) -> None:
    with conn.cursor() as cursor:
        cursor.execute("select 1 from pg_database where datname = %s", (name,))
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("create database {} owner {}").format(sql.Identifier(name), sql.Identifier(owner)))
            cursor.execute(sql.SQL("revoke all on database {} from public").format(sql.Identifier(name)))
        cursor.execute(  # each time: a newer version may bring a new role
            sql.SQL("grant connect, temporary on database {} to {}").format(
                sql.Identifier(name), sql.SQL(", ").join(sql.Identifier(f"hadir_{role}") for role in LOGIN_ROLES)
            )
        )
