"""Attendance photos from a stick into raw: `YYYYMMDDHHMMSS-<pin>.jpg`, without a pin for a failed verification.

The encrypted file is written before its row is committed: a broken run leaves at most a file without a row, which the
next import of the folder gives its row and the purge else removes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from psycopg2.extensions import connection as Connection
from psycopg2.extras import execute_values

from extractors.loader import loader_connection
from extractors.registry import Terminal, find_terminal, registered_terminals
from warehouse.clock import Clock
from warehouse.console import Exit, Problem
from warehouse.photo_files import SEALING, photo_binding, photo_file_name, photo_path
from warehouse.settings import Settings
from warehouse.vault import Vault

NAME: Final = re.compile(r"([0-9]{14})(?:-([0-9A-Za-z]{1,24}))?\.jpe?g", re.IGNORECASE)
STAMP: Final = "%Y%m%d%H%M%S"
MOST_BYTES: Final = 8 * 2**20
BATCH: Final = 100
SHOWN_REFUSALS: Final = 20
AHEAD: Final = timedelta(days=1)  # as for punches: a device clock may be that far ahead

_KNOWN: Final = "select sha256 from raw.photos where terminal_serial = %s and sha256 = any(%s)"
_INSERT: Final = """
insert into raw.photos (
    terminal_serial, sha256, pin, taken_at_local, file_name, byte_count, key_id, expires_on, imported_at
) values %s on conflict do nothing
"""


@dataclass(frozen=True, slots=True)
class RefusedPhoto:
    """A file that was not taken, why, and what to do."""

    file: str
    reason: str
    remedy: str


@dataclass(slots=True)
class PhotoReport:
    """What an import did; `without_pin` of the imported ones are of failed verifications."""

    terminal: str
    imported: int = 0
    duplicate: int = 0
    without_pin: int = 0
    refused: list[RefusedPhoto] = field(default_factory=list)

    def text(self) -> str:
        """For people."""
        lines = [
            f"mesin {self.terminal}: {self.imported} foto masuk ({self.without_pin} tanpa pin), "
            f"{self.duplicate} sudah ada, {len(self.refused)} ditolak"
        ]
        lines += [f"  {one.file}: {one.reason}; {one.remedy}" for one in self.refused[:SHOWN_REFUSALS]]
        if len(self.refused) > SHOWN_REFUSALS:
            lines.append(f"  ... dan {len(self.refused) - SHOWN_REFUSALS} lagi; semuanya dengan --json")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class _Photo:
    pin: str | None
    taken_at: datetime
    content: bytes
    sha256: str


class _Refusal(Exception):
    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason, self.remedy = reason, remedy


def import_photos(
    settings: Settings,
    folder: Path,
    serial: str,
    clock: Clock,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> PhotoReport:
    """Lands the photos of a folder, in batches; what was imported before is counted as a duplicate.

    Raises:
        Problem: no such folder or terminal (exit code 2), the database is away.
    """
    if not folder.is_dir():
        raise Problem(f"Folder '{folder}' tidak ada; sebut folder yang berisi foto.", Exit.WRONG_USE)
    files = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    report = PhotoReport(serial)
    with loader_connection(settings) as connection:
        with connection, connection.cursor() as cursor:
            terminal = find_terminal(registered_terminals(cursor, settings, clock, also_removed=True), serial)
        border, vault = _Border(settings, terminal, clock), Vault(settings)
        for start in range(0, len(files), BATCH):
            photos = {photo.sha256: photo for photo in _readable(files[start : start + BATCH], border, report)}
            new = _land(connection, border, vault, photos)
            report.imported += len(new)
            report.without_pin += sum(photo.pin is None for photo in new)
            tell(min(start + BATCH, len(files)), len(files))
    report.duplicate = len(files) - report.imported - len(report.refused)
    return report


def land_photo(
    connection: Connection, settings: Settings, terminal: Terminal, clock: Clock, *, name: str, content: bytes
) -> str | None:
    """Lands one photo that a terminal has sent; gives the reason why it was not taken, none when it was.

    The same photo again changes nothing.
    """
    border = _Border(settings, terminal, clock)
    try:
        photo = border.accept(name, content, len(content))
    except _Refusal as refusal:
        return refusal.reason
    _land(connection, border, Vault(settings), {photo.sha256: photo})
    return None


@dataclass(frozen=True, slots=True)
class _Border:
    """What photos of a terminal may be: after it was installed, not of the future, not past their term."""

    settings: Settings
    terminal: Terminal
    clock: Clock

    def read(self, path: Path) -> _Photo:
        if path.is_dir():
            raise _Refusal("ini folder, bukan foto", "sebut folder yang langsung berisi foto")
        try:
            size = path.stat().st_size
            content = path.read_bytes() if size <= MOST_BYTES else b""
        except OSError as error:
            raise _Refusal(f"tidak terbaca ({error.strerror})", "salin ulang dari USB") from error
        return self.accept(path.name, content, size)

    def accept(self, name: str, content: bytes, size: int) -> _Photo:
        """A photo that may come in; `size` is of the file, whose content is not read when it is too large."""
        taken_at, pin = self._name(name)
        self._check_time(taken_at)
        if size > MOST_BYTES:
            raise _Refusal(
                f"{size / 2**20:.1f} MB, lebih dari {MOST_BYTES // 2**20} MB",
                "periksa apakah ini foto mesin",
            )
        if not content:
            raise _Refusal("berkas kosong", "salin ulang dari USB; bila tetap kosong, mesin gagal menyimpannya")
        return _Photo(pin, taken_at, content, hashlib.sha256(content).hexdigest())

    def expires_on(self, taken_at: datetime) -> date:
        terms = self.settings.photo_days
        begun = [day for day in terms if day <= taken_at.date()] or [min(terms)]
        return taken_at.date() + timedelta(days=terms[max(begun)])

    def _name(self, name: str) -> tuple[datetime, str | None]:
        found = NAME.fullmatch(name)
        if found is None:
            raise _Refusal("namanya bukan YYYYMMDDHHMMSS-<pin>.jpg", "pakai nama asli dari mesin")
        try:
            return datetime.strptime(found[1], STAMP), found[2]  # noqa: DTZ007 - wall time of the device
        except ValueError:
            raise _Refusal(f"waktu {found[1]} tidak ada", "pakai nama asli dari mesin") from None

    def _check_time(self, taken_at: datetime) -> None:
        now = self.terminal.wall(self.clock)
        if taken_at > now + AHEAD:
            raise _Refusal("waktunya di masa depan", "periksa jam mesin, lalu ambil ulang fotonya")
        if taken_at.date() < self.terminal.installed_on:
            raise _Refusal(
                f"waktunya sebelum mesin dipasang ({self.terminal.installed_on})", "periksa --terminal dan jam mesin"
            )
        if self.expires_on(taken_at) <= now.date():
            raise _Refusal("masa simpan fotonya sudah lewat", "tidak perlu diimpor; hapus dari USB")


def _readable(paths: list[Path], border: _Border, report: PhotoReport) -> Iterator[_Photo]:
    for path in paths:
        try:
            yield border.read(path)
        except _Refusal as refusal:
            report.refused.append(RefusedPhoto(path.name, refusal.reason, refusal.remedy))


def _land(connection: Connection, border: _Border, vault: Vault, photos: dict[str, _Photo]) -> list[_Photo]:
    """Those of the photos that were not there before."""
    serial = border.terminal.serial
    with connection, connection.cursor() as cursor:
        cursor.execute(SEALING)
        cursor.execute(_KNOWN, (serial, list(photos)))
        known = {sha256 for (sha256,) in cursor.fetchall()}
        new = [photo for sha256, photo in photos.items() if sha256 not in known]
        rows = []
        for photo in new:
            name = photo_file_name(serial, photo.sha256)
            vault.write_file(photo_path(border.settings, name), photo.content, photo_binding(serial, photo.sha256))
            rows.append((
                serial, photo.sha256, photo.pin, photo.taken_at, name, len(photo.content), vault.current_key_id,
                border.expires_on(photo.taken_at), border.clock(),
            ))  # fmt: skip
        execute_values(cursor, _INSERT, rows)
    return new
