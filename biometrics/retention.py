"""Lets go of photos whose term is over, and of encrypted files that no row knows. What a photo showed stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from psycopg2.extensions import connection as Connection

from biometrics.books import biometrics_connection
from biometrics.forget import finish_forgetting, remove_photos
from warehouse.clock import Clock
from warehouse.photo_files import sealing_alone
from warehouse.settings import Settings

BATCH: Final = 200
_EXPIRED: Final = """
select terminal_serial, sha256, file_name from raw.photos where expires_on <= %s order by expires_on limit %s
"""
_KNOWN: Final = "select file_name from raw.photos where file_name = any(%s)"


@dataclass(frozen=True, slots=True)
class PurgeReport:
    """How many photos and stray files are gone."""

    expired: int
    stray_files: int

    def text(self) -> str:
        """For people."""
        return f"{self.expired} foto lewat masa simpan dan {self.stray_files} berkas tanpa baris dihapus"


def purge(settings: Settings, clock: Clock, tell: Callable[[int, int], None] = lambda done, total: None) -> PurgeReport:
    """Removes expired photos, in batches, and what broken imports left; finishes broken forgetting.

    Raises:
        Problem: another face command is at work, the database is away.
    """
    today = clock().astimezone(settings.zone).date()
    expired = 0
    with biometrics_connection(settings) as connection:
        finish_forgetting(connection, settings, clock)
        with connection, connection.cursor() as cursor:
            cursor.execute("select count(*) from raw.photos where expires_on <= %s", (today,))
            (total,) = cursor.fetchone() or (0,)
        while True:
            with connection, connection.cursor() as cursor:
                cursor.execute(_EXPIRED, (today, BATCH))
                photos = cursor.fetchall()
            if not photos:
                break
            remove_photos(connection, settings, photos)
            expired += len(photos)
            tell(expired, total)
        with sealing_alone(connection):  # an import writes its files before their rows
            return PurgeReport(expired, _remove_strays(connection, settings))


def _remove_strays(connection: Connection, settings: Settings) -> int:
    removed = 0
    for folder in settings.photos_dir.glob("*/"):
        names = [path.name for path in folder.iterdir()]
        with connection, connection.cursor() as cursor:
            cursor.execute(_KNOWN, (names,))
            known = {name for (name,) in cursor.fetchall()}
        for name in set(names) - known:
            (folder / name).unlink()
            removed += 1
    return removed
