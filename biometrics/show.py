"""Opens the photo of one case, so that a person can judge it; who looked is written down first."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from biometrics.books import biometrics_connection
from warehouse.clock import Clock
from warehouse.console import Exit, Problem
from warehouse.photo_files import photo_binding, photo_path
from warehouse.settings import Settings
from warehouse.vault import SealBroken, Vault

_PHOTO: Final = """
select photos.terminal_serial, photos.sha256, photos.file_name
from biometrics.verifications
inner join raw.photos
    on photos.terminal_serial = verifications.terminal_serial and photos.sha256 = verifications.photo_sha256
where verifications.verification_id = %s
"""


def show(settings: Settings, case_no: int, by: str, out: Path, clock: Clock) -> None:
    """Writes the photo to `out`, readable by its owner only.

    Raises:
        Problem: no name, no such case or its photo has expired (exit code 2); the file is damaged or exists.
    """
    if not by.strip():
        raise Problem("Sebut nama yang melihat dengan --by.", Exit.WRONG_USE)
    with biometrics_connection(settings) as connection:
        with connection, connection.cursor() as cursor:
            cursor.execute(_PHOTO, (case_no,))
            found = cursor.fetchone()
            if found is None:
                raise Problem(f"Foto perkara {case_no} tidak ada, atau masa simpannya sudah lewat.", Exit.WRONG_USE)
            cursor.execute(
                "insert into biometrics.photo_views (verification_id, viewed_by, viewed_at) values (%s, %s, %s)",
                (case_no, by.strip(), clock()),
            )
        serial, sha256, file_name = found
        try:
            content = Vault(settings).read_file(photo_path(settings, file_name), photo_binding(serial, sha256))
            out.touch(mode=0o600, exist_ok=False)
            out.write_bytes(content)
        except SealBroken as error:
            raise Problem(f"Foto perkara {case_no} tidak dapat dibuka: {error}.") from error
        except OSError as error:
            raise Problem(
                f"'{out}' tidak dapat ditulis ({error.strerror}); sebut nama baru.", Exit.WRONG_USE
            ) from error
