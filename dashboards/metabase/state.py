"""What we have put into Metabase, kept in ops.metabase_objects."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg2.extensions import connection as Connection


@dataclass(frozen=True, slots=True)
class Known:
    """One object of ours: `hash` of what we asked for, `seen_hash` of what Metabase answered after it."""

    key: str
    model: str
    id: int
    entity_id: str | None
    hash: str
    seen_hash: str


class State:
    """The table as a book; each entry is committed at once, so that a crash forgets at most the object in hand."""

    def __init__(self, conn: Connection) -> None:
        conn.autocommit = True
        self._conn = conn

    def lock(self) -> None:
        """Waits until no other apply is under way; held until the connection is closed."""
        with self._conn.cursor() as cursor:
            cursor.execute("select pg_advisory_lock(hashtext('hadir.metabase'))")

    def known(self) -> dict[str, Known]:
        """All entries by key."""
        with self._conn.cursor() as cursor:
            cursor.execute("select key, model, id, entity_id, hash, seen_hash from ops.metabase_objects")
            return {row[0]: Known(*row) for row in cursor.fetchall()}

    def note(self, entry: Known) -> None:
        """Writes one entry, in place of an older one."""
        with self._conn.cursor() as cursor:
            cursor.execute(
                "insert into ops.metabase_objects (key, model, id, entity_id, hash, seen_hash)"
                " values (%s, %s, %s, %s, %s, %s) on conflict (key) do update set id = excluded.id,"
                " entity_id = excluded.entity_id, hash = excluded.hash, seen_hash = excluded.seen_hash,"
                " applied_at = now()",
                (entry.key, entry.model, entry.id, entry.entity_id, entry.hash, entry.seen_hash),
            )

    def forget(self, key: str) -> None:
        """Removes an entry: the object is archived."""
        with self._conn.cursor() as cursor:
            cursor.execute("delete from ops.metabase_objects where key = %s", (key,))
