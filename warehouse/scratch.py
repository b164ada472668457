"""Databases beside the city's own, for work that must not touch it: a copy of it, or an empty one of the same shape.

Either has a name and a dbt folder of its own and is dropped at the end, also after an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection

from warehouse.connection import connect_superuser, pg_address
from warehouse.console import Exit, Problem
from warehouse.migrate import migrate
from warehouse.settings import Settings


@contextmanager
def copied_database(settings: Settings, purpose: str) -> Iterator[Settings]:
    """A copy of the whole database, `purpose` is part of its name.

    Raises:
        Problem: the database is in use by others and cannot be copied (exit code 3).
    """
    scratch = _named(settings, purpose)
    server = _server(settings)
    try:
        _drop(server, scratch)
        with server.cursor() as cursor:
            cursor.execute(
                sql.SQL("create database {} template {} owner hadir_owner").format(
                    sql.Identifier(scratch.pg_database), sql.Identifier(settings.pg_database)
                )
            )
        yield scratch
    except psycopg2.errors.ObjectInUse as error:
        raise Problem(
            "Basis data sedang dipakai sehingga tidak dapat disalin; ulangi saat tidak ada yang memakainya.",
            Exit.REFUSED,
        ) from error
    finally:
        _drop(server, scratch)
        server.close()


@contextmanager
def empty_database(settings: Settings, purpose: str) -> Iterator[Settings]:
    """A database with the tables of today and no row in them."""
    scratch = _named(settings, purpose)
    server = _server(settings)
    try:
        _drop(server, scratch)
        migrate(scratch)
        yield scratch
    finally:
        _drop(server, scratch)
        server.close()


def _named(settings: Settings, purpose: str) -> Settings:
    host, port = pg_address(settings)
    return settings.model_copy(
        update={
            "pg_database": f"{settings.pg_database}_{purpose}", "pg_host": host, "pg_port": port,
            "secrets_folder": settings.secrets_dir, "var_dir": settings.var_dir / purpose,
        }
    )  # fmt: skip


def _server(settings: Settings) -> Connection:
    server = connect_superuser(settings, "postgres")
    server.autocommit = True
    return server


def _drop(server: Connection, scratch: Settings) -> None:
    with server.cursor() as cursor:
        cursor.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(scratch.pg_database)))
