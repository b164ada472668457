"""A bounded set of connections for a service whose requests are short and many."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from psycopg2.extensions import connection as Connection

from warehouse.connection import Role, connect
from warehouse.settings import Settings


class Connections:
    """Connections of one role, made when needed and kept; who finds all of them taken waits."""

    def __init__(self, settings: Settings, role: Role, most: int) -> None:
        self._settings = settings
        self._role: Role = role
        self._free: list[Connection] = []
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(most)

    @contextmanager
    def take(self) -> Iterator[Connection]:
        """One connection, outside of a transaction at the end.

        Raises:
            Problem: the database is away.
        """
        with self._places:
            with self._lock:
                connection = self._free.pop() if self._free else None
            connection = connection or connect(self._settings, self._role)
            try:
                yield connection
                connection.rollback()
            except (psycopg2.OperationalError, psycopg2.InterfaceError):
                connection.close()  # it went away; the next one is new
                raise
            except BaseException:
                connection.rollback()
                self._give_back(connection)
                raise
            self._give_back(connection)

    def _give_back(self, connection: Connection) -> None:
        with self._lock:
            self._free.append(connection)

    def close(self) -> None:
        """Closes those that nobody holds."""
        with self._lock:
            while self._free:
                self._free.pop().close()
