"""Databases of the session's server, each a copy of another, that belong to whoever asked."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg2 import sql

from tests.support import conservation
from warehouse.connection import connect_superuser
from warehouse.settings import Settings

_taken: set[str] = set()


@contextmanager
def copied(server: Settings, source: str, work: Path) -> Iterator[Settings]:
    """A copy of the database `source`, with a var folder in `work`; looked at and dropped at the end.

    dbt keeps what it parsed for one name of database only. So the names come again, and with a name what dbt left for
    it: a test's first build need not parse the whole project.
    """
    name = next(free for number in itertools.count(1) if (free := f"hadir_{number}") not in _taken)
    parsed = server.var_dir / "parsed" / name / "partial_parse.msgpack"
    settings = Settings(
        var_dir=work / "var",
        secrets_folder=server.secrets_dir,
        pg_host="127.0.0.1",
        pg_port=int((server.pg_dir / "port").read_text()),
        pg_database=name,
    )
    kept = settings.dbt_dir / "target" / parsed.name
    _taken.add(name)
    _copy(parsed, kept)
    conn = connect_superuser(server, "postgres")
    conn.autocommit = True
    with conn.cursor() as cursor:
        cursor.execute(sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(source)))
        yield settings
        conservation.look_at(settings)
        cursor.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
    conn.close()
    _copy(kept, parsed)
    _taken.remove(name)


def _copy(file: Path, to: Path) -> None:
    if file.exists():
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, to)
