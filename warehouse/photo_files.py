"""Where an attendance photo lies and what its seal is bound to: agreed between who brings it in and who compares it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from psycopg2.extensions import connection as Connection

from warehouse.settings import Settings

# Taken by who seals photos, until his rows are committed.
SEALING: Final = "select pg_advisory_xact_lock_shared(hashtext('hadir.vault'))"


def photo_file_name(serial: str, sha256: str) -> str:
    """Name of the encrypted file: the same photo of the same terminal has one file, whoever brings it again."""
    return hashlib.sha256(f"{serial}\0{sha256}".encode()).hexdigest()


def photo_path(settings: Settings, file_name: str) -> Path:
    """Where that file lies: one level of folders, so that none grows large."""
    return settings.photos_dir / file_name[:2] / file_name


def photo_binding(serial: str, sha256: str) -> str:
    """What the photo's seal is bound to."""
    return f"photo\0{serial}\0{sha256}"


@contextmanager
def sealing_alone(connection: Connection) -> Iterator[None]:
    """Nobody seals a photo inside: for who changes keys or looks for files without a row."""
    with connection, connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(hashtext('hadir.vault'))")
    try:
        yield
    finally:
        with connection, connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(hashtext('hadir.vault'))")
