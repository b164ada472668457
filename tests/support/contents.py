"""What stands in the marts as text, so that two ways to the same state can be compared table by table."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from warehouse.connection import connect_superuser
from warehouse.settings import Settings

Contents = dict[str, list[str]]


def without(value: Any, ignored: Collection[str]) -> Any:
    """The value without the keys that are ignored, however deep they lie."""
    if isinstance(value, dict):
        return {key: without(inner, ignored) for key, inner in value.items() if key not in ignored}
    return [without(inner, ignored) for inner in value] if isinstance(value, list) else value


def contents(settings: Settings, ignored: Collection[str]) -> Contents:
    """Each mart as sorted text, and what is held back."""
    found = {}
    conn = connect_superuser(settings)
    with conn, conn.cursor() as cursor:
        cursor.execute("select 'marts', table_name from information_schema.tables where table_schema = 'marts'")
        for schema, table in [*cursor.fetchall(), ("dq", "quarantine"), ("raw", "punches")]:
            cursor.execute(f"select to_jsonb(t) - 'landed_at' from {schema}.{table} as t")
            found[f"{schema}.{table}"] = sorted(json.dumps(without(row, ignored), sort_keys=True) for (row,) in cursor)
    conn.close()
    return found
