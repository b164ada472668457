"""What terminals call their users, kept as hints for those who map PINs (docs/terminals_and_files.md)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values

_INSERT: Final = """
insert into raw.terminal_users (terminal_serial, pin, user_name, seen_at) values %s on conflict do nothing
"""


def note_users(cursor: Cursor, serial: str, names: Mapping[str, str], seen_at: datetime) -> None:
    """Writes names by PIN that are not known yet, in the caller's transaction; blank names are no names."""
    shown = {pin: "".join(letter for letter in name if letter.isprintable()).strip() for pin, name in names.items()}
    rows = [(serial, pin, name, seen_at) for pin, name in shown.items() if name]
    if rows:
        execute_values(cursor, _INSERT, rows)
