"""Databases of the session's server, each a copy of another, that belong to whoever asked."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from psycopg2 import sql

from tests.support import conservation
from warehouse.connection import connect_superuser
from warehouse.settings import Settings

_taken: set[str] = set()


@contextmanager
def copied(server: Settings, source: str, work: Path) -> Iterator[Settings]:
    """A copy of the database `source`, with a var folder in `work`; looked at and dropped at the end, however it comes.

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
    copy = sql.Identifier(name)
    with closing(conn), conn.cursor() as cursor:
        try:
            cursor.execute(sql.SQL("create database {} template {}").format(copy, sql.Identifier(source)))
            try:
                yield settings
            finally:
                conservation.look_at(settings)
        finally:
            cursor.execute(sql.SQL("drop database if exists {} with (force)").format(copy))
            _taken.remove(name)
