"""Puts everything that is sealed under a new key, then removes the old one. A broken run goes on where it stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from psycopg2.extensions import connection as Connection

from biometrics.books import biometrics_connection, template_binding
from warehouse.photo_files import photo_binding, photo_path, sealing_alone
from warehouse.settings import Settings
from warehouse.vault import SealBroken, Vault, key_id_of

BATCH: Final = 200
_LEFT: Final = """
select
    (select count(*) from biometrics.templates where key_id <> %(key)s),
    (select count(*) from raw.photos where key_id <> %(key)s)
"""
_TEMPLATES: Final = """
select employee_id, version, vector from biometrics.templates where key_id <> %s limit %s
"""
_PHOTOS: Final = "select terminal_serial, sha256, file_name from raw.photos where key_id <> %s limit %s"


@dataclass(slots=True)
class RotateReport:
    """What was sealed anew. `unreadable`: files that are missing or damaged, left as they were."""

    key_id: str
    is_resumed: bool
    templates: int = 0
    photos: int = 0
    unreadable: int = 0
    dropped_keys: int = 0

    def text(self) -> str:
        """For people."""
        lines = [
            f"{'rotasi dilanjutkan' if self.is_resumed else 'kunci baru'} {self.key_id}: {self.templates} wajah "
            f"terdaftar dan {self.photos} foto disandi ulang, {self.dropped_keys} kunci lama dihapus"
        ]
        if self.unreadable:
            lines.append(f"{self.unreadable} berkas foto hilang atau rusak; pemeriksaannya akan berbunyi FOTO_RUSAK")
        return "\n".join(lines)


def rotate_key(settings: Settings, tell: Callable[[int, int], None] = lambda done, total: None) -> RotateReport:
    """Makes a new key, or finishes a rotation that was broken off, and seals everything under it.

    Raises:
        Problem: a key is missing, the secrets folder cannot be written, another face command is at work.
    """
    vault = Vault(settings)
    with biometrics_connection(settings) as connection:
        is_resumed = _left(connection, vault) > 0
        if not is_resumed:
            with sealing_alone(connection):
                vault.make_new_key()
        report = RotateReport(vault.current_key_id, is_resumed)
        total = _left(connection, vault)
        while _reseal_templates(connection, vault, report) or _reseal_photos(connection, settings, vault, report):
            tell(report.templates + report.photos, total)
        with sealing_alone(connection):
            if _left(connection, vault) == 0:
                report.dropped_keys = len(vault.drop_old_keys())
    return report


def _left(connection: Connection, vault: Vault) -> int:
    with connection, connection.cursor() as cursor:
        cursor.execute(_LEFT, {"key": vault.current_key_id})
        return sum(cursor.fetchone() or (0,))


def _reseal_templates(connection: Connection, vault: Vault, report: RotateReport) -> int:
    key_id = vault.current_key_id
    with connection, connection.cursor() as cursor:
        cursor.execute(_TEMPLATES, (key_id, BATCH))
        rows = cursor.fetchall()
        for employee_id, version, sealed in rows:
            binding = template_binding(employee_id, version)
            try:
                vector = vault.seal(vault.open(bytes(sealed), binding), binding)
            except SealBroken:
                vector = bytes(sealed)
                report.unreadable += 1
            cursor.execute(
                "update biometrics.templates set vector = %s, key_id = %s where employee_id = %s and version = %s",
                (vector, key_id, employee_id, version),
            )
    report.templates += len(rows)
    return len(rows)


def _reseal_photos(connection: Connection, settings: Settings, vault: Vault, report: RotateReport) -> int:
    """The file first: a row that names the old key beside a file under the new one is seen and put right."""
    key_id = vault.current_key_id
    with connection, connection.cursor() as cursor:
        cursor.execute(_PHOTOS, (key_id, BATCH))
        rows = cursor.fetchall()
        for serial, sha256, file_name in rows:
            path, binding = photo_path(settings, file_name), photo_binding(serial, sha256)
            try:
                if key_id_of(path.read_bytes()) != key_id:
                    vault.write_file(path, vault.read_file(path, binding), binding)
            except (SealBroken, OSError):
                report.unreadable += 1
            cursor.execute(
                "update raw.photos set key_id = %s where terminal_serial = %s and sha256 = %s",
                (key_id, serial, sha256),
            )
    report.photos += len(rows)
    return len(rows)
