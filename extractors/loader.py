"""The connection of this room to the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from psycopg2.extensions import connection as Connection

from warehouse.connection import connect
from warehouse.console import Exit, Problem
from warehouse.settings import Settings


@contextmanager
def loader_connection(settings: Settings) -> Iterator[Connection]:
    """A connection as hadir_loader, closed at the end.

    Raises:
        Problem: the database is away or went away meanwhile (exit code 4); what was not committed is not there.
    """
    connection = connect(settings, "loader")
    try:
        yield connection
    except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
        raise Problem(
            f"Basis data terputus di tengah pekerjaan ({str(error).strip()}); jalankan perintah ini sekali lagi.",
            Exit.NOBODY_THERE,
        ) from error
    finally:
        connection.close()
