"""Databases of the session's server, each a copy of another, that belong to whoever asked."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg2 import sql

from warehouse.connection import connect_superuser
from warehouse.settings import Settings

_taken: set[str] = set()


@contextmanager
def copied(server: Settings, source: str, work: Path) -> Iterator[Settings]:
    """A copy of the database `source`, with a var folder in `work`; dropped at the end.

    The names come again: what dbt read of the project is kept for a name (tests/support/dbt_in_process.py).
    """
    name = next(free for number in itertools.count(1) if (free := f"hadir_{number}") not in _taken)
    settings = Settings(
        var_dir=work / "var",
        secrets_folder=server.secrets_dir,
        pg_host="127.0.0.1",
        pg_port=int((server.pg_dir / "port").read_text()),
        pg_database=name,
    )
    _taken.add(name)
    conn = connect_superuser(server, "postgres")
    conn.autocommit = True
    with conn.cursor() as cursor:
        cursor.execute(sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(source)))
        yield settings
        cursor.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
    conn.close()
    _taken.remove(name)
