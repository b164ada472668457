"""Faces and outcomes put into the books without pictures: for tests of what happens to them."""

from __future__ import annotations

from typing import Any

from biometrics.books import template_binding
from warehouse.connection import connect
from warehouse.photo_files import photo_binding, photo_file_name, photo_path
from warehouse.settings import Settings
from warehouse.vault import Vault

TAKEN = "2017-03-01 07:00:00"


def ask(settings: Settings, query: str, *values: object) -> list[tuple[Any, ...]]:
    connection = connect(settings, "biometrics")
    with connection, connection.cursor() as cursor:
        cursor.execute(query, values)
        rows = cursor.fetchall() if cursor.description else []
    connection.close()
    return rows


def plant_template(settings: Settings, employee: str, vector: bytes = b"\0" * 512) -> None:
    vault = Vault(settings)
    ask(
        settings,
        """
        insert into biometrics.consents values (%s, '800/1', '2017-01-30', '2017-01-30', null) on conflict do nothing;
        insert into biometrics.templates values (
            %s, 1, 'real', %s, %s, 'sha', '800/1', 'dlib_resnet_v1/hog/5pt', 0, 1, '{}', '2017-02-01', null
        )
        """,
        employee, employee, vault.seal(vector, template_binding(employee, 1)), vault.current_key_id,
    )  # fmt: skip


def plant_photo(settings: Settings, serial: str, pin: str | None, number: int, expires: str = "2017-06-01") -> None:
    """A photo whose bytes are its number; its sha256 is invented."""
    vault, sha256 = Vault(settings), f"{number:064}"
    name = photo_file_name(serial, sha256)
    vault.write_file(photo_path(settings, name), str(number).encode(), photo_binding(serial, sha256))
    connection = connect(settings, "loader")
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """
            insert into raw.photos
            values (%s, %s, %s, %s::timestamp + %s * interval '1 second', %s, 1, %s, %s, now())
            """,
            (serial, sha256, pin, TAKEN, number, name, vault.current_key_id, expires),
        )
    connection.close()


def plant_outcome(settings: Settings, serial: str, pin: str, employee: str, number: int, outcome: str) -> None:
    ask(
        settings,
        """
        insert into biometrics.verifications (
            terminal_serial, photo_sha256, pin, taken_at_local, employee_id, outcome, verified_at
        ) values (%s, %s, %s, %s::timestamp + %s * interval '1 second', %s, %s, now())
        """,
        serial, f"{number:064}", pin, TAKEN, number, employee, outcome,
    )  # fmt: skip


def files(settings: Settings) -> set[str]:
    """Names of all encrypted photos."""
    return {path.name for path in settings.photos_dir.glob("*/*")}
