"""From staging to the next version of reference.*: what is new, what has changed, what is gone."""

from __future__ import annotations

from collections.abc import Iterable

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from extractors.site.files import ROW_MODELS, columns_of
from extractors.site.rules import RULES
from extractors.site.stage import DELTA, IN_FORCE, IN_FORCE_AFTER, STAGED, agree, columns, differ, name, reference, rest


def find_changes(cursor: Cursor, stated: Iterable[str]) -> int:
    """Fills the delta tables (is_new: what begins, else what ends with this load) and returns how many keys changed."""
    stated = set(stated)
    changed = 0
    for table in ROW_MODELS:
        cursor.execute(
            sql.SQL(
                "create temporary table {delta} on commit drop as"
                " select true as is_new, {columns} from {staged} as new where not is_refused and not exists"
                "  (select from {now} as old where {same_key} and not {differing})"
                " union all"
                " select false, {columns} from {now} as old where {is_stated} and not exists"
                "  (select from {after} as new where {same_key} and not {differing})"
            ).format(
                delta=name(DELTA, table),
                columns=columns(columns_of(table)),
                staged=name(STAGED, table),
                now=name(IN_FORCE, table),
                after=name(IN_FORCE_AFTER, table),
                same_key=agree("old", "new", RULES[table].key),
                differing=differ("old", "new", rest(table)),
                is_stated=sql.Literal(table in stated),
            )
        )
        cursor.execute(sql.SQL("analyze {}").format(name(DELTA, table)))
        cursor.execute(
            sql.SQL("select count(*) from (select distinct {key} from {delta}) as changed_keys").format(
                key=columns(RULES[table].key), delta=name(DELTA, table)
            )
        )
        row = cursor.fetchone()
        changed += row[0] if row else 0
    return changed


def apply_changes(cursor: Cursor, load_id: int) -> None:
    """Ends what is no longer so and begins what is new, both with this load."""
    for table in ROW_MODELS:
        cursor.execute(
            sql.SQL(
                "update {reference} as old set load_to = %s from {delta} as gone"
                " where old.load_to is null and not gone.is_new and {same_key}"
            ).format(
                reference=reference(table), delta=name(DELTA, table), same_key=agree("old", "gone", RULES[table].key)
            ),
            (load_id,),
        )
        cursor.execute(
            sql.SQL(
                "insert into {reference} ({columns}, load_from) select {columns}, %s from {delta} where is_new"
            ).format(reference=reference(table), columns=columns(columns_of(table)), delta=name(DELTA, table)),
            (load_id,),
        )
