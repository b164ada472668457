"""Conservation of records over a whole test session: each row of raw.pulls ever written is looked at once more.

Before a database or a server of the tests goes, its ledger is compared with itself and with the rows that name it. What
does not add up is collected per process and fails the session at its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from psycopg2.extensions import connection as Connection

from warehouse.connection import connect_superuser
from warehouse.server import running_server
from warehouse.settings import Settings

# The number of pulls and the broken ones; written from what the tables mean, not taken from their constraints, which a
# test may have switched off.
_LOOK: Final = """
with punches as (select pull_id, count(*) as stored from raw.punches group by pull_id),
rejects as (select pull_id, count(*) as stored from raw.rejects group by pull_id),
compared as (
    select
        pull_id,
        p.terminal_serial,
        p.channel,
        p.outcome,
        p.offered,
        p.new_count,
        p.duplicate_count,
        p.rejected_count,
        coalesce(punches.stored, 0) as punches_stored,
        coalesce(rejects.stored, 0) as rejects_stored,
        case
            when p.pull_id is null then 'rows without a pull'
            when p.offered <> p.new_count + p.duplicate_count + p.rejected_count then 'offered is not the sum'
            when least(p.offered, p.new_count, p.duplicate_count, p.rejected_count) < 0 then 'a negative count'
            when p.new_count <> coalesce(punches.stored, 0) then 'other punches than new'
            when p.rejected_count <> coalesce(rejects.stored, 0) then 'other rejects than rejected'
            when p.outcome <> 'ok' and p.offered <> 0 then 'a failed pull offered records'
            when
                p.outcome = 'ok' and p.channel in ('zk', 'solution')
                and (p.known_prefix + p.offered - p.overlap between p.counted_before and p.counted_after) is not true
                then 'beside the terminal''s counter'
        end as fault
    from raw.pulls as p
    full join punches using (pull_id)
    full join rejects using (pull_id)
)
select
    (select count(*) from raw.pulls),
    (select coalesce(jsonb_agg(to_jsonb(c) order by c.pull_id), '[]') from compared as c where c.fault is not null)
"""


@dataclass
class Book:
    """What a process has looked at."""

    pull_count: int = 0
    database_count: int = 0
    violations: list[str] = field(default_factory=list)

    def add(self, other: Book) -> None:
        self.pull_count += other.pull_count
        self.database_count += other.database_count
        self.violations += other.violations

    def __str__(self) -> str:
        return f"{self.pull_count} rows of raw.pulls in {self.database_count} databases"


BOOK: Final = Book()
_broken_on_purpose: dict[tuple[str, int], str] = {}


def conserved(settings: Settings) -> Book:
    """Looks at one database as it stands; a database without the table has no pulls."""
    conn = connect_superuser(settings)
    try:
        return _looked_at(conn, settings.pg_database)
    finally:
        conn.close()


def _looked_at(conn: Connection, name: str) -> Book:
    with conn, conn.cursor() as cursor:
        cursor.execute("select to_regclass('raw.pulls') is not null")
        if cursor.fetchone() != (True,):
            return Book()
        cursor.execute(_LOOK)
        count, broken = cursor.fetchone() or (0, [])
    return Book(count, 1, [f"{name}: {row}" for row in broken])


def break_on_purpose(settings: Settings, why: str) -> None:
    """Names this database's ledger as hand-made and false: at its end the look must find that, or the session fails."""
    _broken_on_purpose[_named(settings)] = why


def look_at(settings: Settings, book: Book = BOOK) -> None:
    """To be called before the database goes."""
    found = conserved(settings)
    why = _broken_on_purpose.pop(_named(settings), None)
    if why is not None:
        missed = [] if found.violations else [f"{settings.pg_database}: nothing is seen of '{why}'"]
        found = Book(found.pull_count, found.database_count, missed)
    book.add(found)


def _named(settings: Settings) -> tuple[str, int]:
    return settings.pg_database, settings.pg_port or 0


@contextmanager
def own_server(settings: Settings) -> Iterator[None]:
    """A server of a test's own; what databases it has are looked at before it stops."""
    with running_server(settings):
        yield
        conn = connect_superuser(settings, "postgres")
        with conn, conn.cursor() as cursor:
            cursor.execute("select datname from pg_database where not datistemplate")
            names = [name for (name,) in cursor.fetchall()]
        conn.close()
        for name in names:
            look_at(settings.model_copy(update={"pg_database": name}))
