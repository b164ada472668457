"""Connections by role: each part of the system enters the database with no more rights than it needs."""

from __future__ import annotations

from typing import Final, Literal, get_args

import psycopg2
from psycopg2.extensions import connection as Connection

from warehouse.console import Exit, Problem
from warehouse.settings import Settings

Role = Literal["owner", "loader", "check", "dbt", "admin", "metabase", "auditor", "biometrics", "push"]
LOGIN_ROLES: Final[tuple[Role, ...]] = tuple(role for role in get_args(Role) if role != "owner")


def pg_address(settings: Settings) -> tuple[str, int]:
    """Host and port of the database: the configured server, else the embedded one."""
    if settings.pg_host is not None:
        return settings.pg_host, settings.pg_port or 5432
    port_file = settings.pg_dir / "port"
    if not port_file.is_file():
        raise Problem(
            "Server basis data belum berjalan; jalankan 'make setup' atau perintah hadir apa pun.", Exit.NOBODY_THERE
        )
    return "127.0.0.1", int(port_file.read_text(encoding="ascii"))


def _open(settings: Settings, user: str, password: str, database: str) -> Connection:
    host, port = pg_address(settings)
    try:
        return psycopg2.connect(
            host=host, port=port, user=user, password=password, dbname=database,
            connect_timeout=5, application_name="hadir",
        )  # fmt: skip
    except psycopg2.OperationalError as error:
        raise Problem(
            f"Basis data '{database}' di {host}:{port} tidak dapat dibuka sebagai {user}: {str(error).strip()}",
            Exit.NOBODY_THERE,
        ) from error


def connect_superuser(settings: Settings, database: str | None = None) -> Connection:
    """For migrations only."""
    return _open(settings, settings.pg_superuser, settings.secret("pg_superuser"), database or settings.pg_database)


def connect(settings: Settings, role: Role) -> Connection:
    """Opens a connection with the rights of `role` (database role hadir_<role>).

    Raises:
        Problem: the database is away or refuses (exit code 4).
    """
    if role == "owner":
        conn = connect_superuser(settings)
        with conn.cursor() as cursor:
            cursor.execute("set role hadir_owner")
        conn.commit()
        return conn
    return _open(settings, f"hadir_{role}", settings.secret_made_once(f"pg_{role}"), settings.pg_database)
