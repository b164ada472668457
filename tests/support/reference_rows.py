"""Reference rows for tests that need a terminal and its people, without a site folder."""

from datetime import date

from warehouse.connection import connect
from warehouse.settings import Settings


def register_city(settings: Settings) -> None:
    """One load and one office, DINKES, in Jakarta time."""
    execute(
        settings,
        "insert into reference.loads (loaded_at, folder, files, loaded_count, refused_count)"
        " values (now(), 'test', '{}', 1, 0)",
        "insert into reference.opd values ('DINKES', 'Dinas Kesehatan', 'Asia/Jakarta', 1, null)",
    )


def register_terminal(
    settings: Settings,
    serial: str,
    *,
    address: str | None = None,
    driver: str = "zk",
    comm_key_name: str | None = None,
    installed_on: date = date(2017, 1, 30),
    removed_on: date | None = None,
    opd_code: str = "DINKES",
) -> None:
    execute(
        settings,
        (
            "insert into reference.terminals values (%s, %s, %s, %s, %s, %s, %s, %s, 1, null)",
            (serial, serial, opd_code, driver, address, comm_key_name, installed_on, removed_on),
        ),
    )


def give_pin(
    settings: Settings,
    pin: str,
    employee_id: str,
    *,
    scope: str = "opd",
    scope_code: str = "DINKES",
    valid_from: date = date(2017, 1, 1),
    valid_to: date | None = None,
) -> None:
    execute(
        settings,
        (
            "insert into reference.pins values (%s, %s, %s, %s, %s, %s, 1, null)",
            (scope, scope_code, pin, employee_id, valid_from, valid_to),
        ),
    )


def execute(settings: Settings, *statements: str | tuple[str, tuple[object, ...]]) -> None:
    connection = connect(settings, "loader")
    with connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(*(statement if isinstance(statement, tuple) else (statement, None)))
    connection.close()


def fetch(settings: Settings, query: str, *values: object) -> list[tuple[object, ...]]:
    connection = connect(settings, "loader")
    with connection, connection.cursor() as cursor:
        cursor.execute(query, values)
        rows = cursor.fetchall()
    connection.close()
    return rows
