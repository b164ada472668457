"""Native queries of the stand-in: what comes in (legacy or MBQL 5), what is shown by version, what runs on Postgres."""

from __future__ import annotations

import json
import uuid
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import psycopg2
from psycopg2.extensions import connection as Connection

from tests.metabase_standin.filters import FilterInvalid, choices, expand
from tests.metabase_standin.routing import invalid
from tests.metabase_standin.state import StandInState, Thing, found

MBQL5_SINCE, TAG_LISTS_SINCE = 57, 63
# What a query through the interface answers at most; a download has no such end.
MOST_ROWS = 2000
BASE_TYPES = {
    16: "type/Boolean", 20: "type/BigInteger", 21: "type/Integer", 23: "type/Integer", 25: "type/Text",
    700: "type/Float", 701: "type/Float", 1043: "type/Text", 1082: "type/Date", 1083: "type/Time",
    1114: "type/DateTime", 1184: "type/DateTimeWithLocalTZ", 1700: "type/Decimal", 2950: "type/UUID",
}  # fmt: skip


def read_query(state: StandInState, given: Any) -> Thing:
    """A dataset_query as it is kept: database, sql, tags by name, dimension as a field number.

    Raises:
        Refused: 400, no native query, or tags in a form that this version cannot read.
    """
    if not isinstance(given, dict) or not given:
        raise invalid(dataset_query="value must be a map.")
    if given.get("type") == "native" and isinstance(given.get("native"), dict):
        native = given["native"]
        sql, tags = native.get("query"), native.get("template-tags") or {}
        if not isinstance(tags, dict):
            raise invalid(dataset_query="template-tags must be a map in a legacy query.")
    elif given.get("lib/type") == "mbql/query":
        sql, tags = _of_stage(state, given)
    else:
        raise invalid(dataset_query="neither a native query nor MBQL 5.")
    if not isinstance(sql, str) or not isinstance(given.get("database"), int):
        raise invalid(dataset_query="a native query has its SQL and a database number.")
    found(state.databases, given["database"])
    return {"database": given["database"], "sql": sql, "tags": {name: _kept(name, tag) for name, tag in tags.items()}}


def _of_stage(state: StandInState, given: Thing) -> tuple[Any, Thing]:
    stages = given.get("stages") or [{}]
    if stages[0].get("lib/type") != "mbql.stage/native":
        raise invalid(dataset_query="this stand-in runs native stages only.")
    tags = stages[0].get("template-tags") or {}
    is_list = isinstance(tags, list)
    if is_list and state.version < TAG_LISTS_SINCE:
        raise invalid(dataset_query="template-tags must be a map.")
    if tags and not is_list and state.version >= TAG_LISTS_SINCE:
        raise invalid(dataset_query="template-tags must be a list.")
    return stages[0].get("native"), {tag["name"]: tag for tag in tags} if is_list else tags


def _kept(name: str, tag: Any) -> Thing:
    if not isinstance(tag, dict) or tag.get("name") != name or not {"id", "display-name", "type"} <= set(tag):
        raise invalid(dataset_query=f"template tag {name!r} lacks its name, id, display-name or type.")
    if tag["type"] == "dimension" and not (isinstance(tag.get("dimension"), list) and "widget-type" in tag):
        raise invalid(dataset_query=f"template tag {name!r} of type dimension needs dimension and widget-type.")
    kept = dict(tag)
    if "dimension" in kept:
        kept["dimension"] = next(part for part in kept["dimension"][1:] if isinstance(part, int))
    return kept


def legacy_query(query: Thing) -> Thing:
    """The query as servers before 0.57 answer it, and as all of them take it."""
    tags = {name: _with_dimension(tag, ["field", tag.get("dimension"), None]) for name, tag in query["tags"].items()}
    native = {"query": query["sql"], **({"template-tags": tags} if tags else {})}
    return {"type": "native", "database": query["database"], "native": native}


def shown_query(state: StandInState, query: Thing) -> Thing:
    """The query as this version answers it."""
    if state.version < MBQL5_SINCE:
        return legacy_query(query)
    tags: Any = {
        name: _with_dimension(tag, ["field", {"lib/uuid": str(uuid.uuid4())}, tag.get("dimension")])
        for name, tag in query["tags"].items()
    }
    if state.version >= TAG_LISTS_SINCE:
        tags = list(tags.values())
    stage = {"lib/type": "mbql.stage/native", "native": query["sql"], **({"template-tags": tags} if tags else {})}
    return {"lib/type": "mbql/query", "database": query["database"], "stages": [stage]}


def _with_dimension(tag: Thing, dimension: list[Any]) -> Thing:
    return {**tag, "dimension": dimension} if "dimension" in tag else dict(tag)


def connect(details: Thing) -> Connection:
    """A connection by the details of a database, as the role that they name."""
    return psycopg2.connect(
        host=details["host"], port=details["port"], dbname=details["dbname"], user=details["user"],
        password=details["password"], connect_timeout=5, application_name="metabase stand-in",
    )  # fmt: skip


def run(state: StandInState, query: Thing, parameters: list[Thing], most_rows: int | None = MOST_ROWS) -> Thing:
    """Runs a query; the answer says `completed` or `failed`, and goes out with 202 either way."""
    database = found(state.databases, query["database"])
    base = {
        "database_id": database["id"], "started_at": datetime.now(ZoneInfo("UTC")).isoformat(), "running_time": 1,
        "average_execution_time": None, "context": "question", "cached": None,
        "json_query": {**legacy_query(query), "parameters": parameters},
    }  # fmt: skip
    try:
        sql = expand(
            query["sql"], query["tags"], choices(parameters), lambda number: _column(state, number), state.today
        )
        cols, rows = _ask(state, database["details"], sql)
    except (FilterInvalid, psycopg2.Error) as error:
        kind = "missing-required-parameter" if isinstance(error, FilterInvalid) else "invalid-query"
        nothing: Thing = {"rows": [], "cols": []}
        failed = {"status": "failed", "error": str(error), "error_type": kind, "row_count": 0, "data": nothing}
        return {**base, **failed}
    shown = rows[:most_rows]
    data: Thing = {
        "rows": shown, "cols": cols, "native_form": {"query": sql, "params": None},
        "results_timezone": state.settings["report-timezone"] or "UTC", "insights": None, "rows_truncated": most_rows,
        "results_metadata": {"columns": cols},
    }  # fmt: skip
    if len(shown) == len(rows):
        del data["rows_truncated"]
    return {**base, "status": "completed", "row_count": len(shown), "data": data}


def _column(state: StandInState, number: Any) -> str:
    field = found(state.fields, number)
    table = state.tables[field["table_id"]]
    return f'"{table["schema"]}"."{table["name"]}"."{field["name"]}"'


def _ask(state: StandInState, details: Thing, sql: str) -> tuple[list[Thing], list[list[Any]]]:
    zone = state.settings["report-timezone"] or "UTC"
    conn = connect(details)
    try:
        with conn.cursor() as cursor:
            cursor.execute("select set_config('timezone', %s, false)", (zone,))
            cursor.execute(sql)
            cols = [_described(column.name, column.type_code) for column in cursor.description or ()]
            return cols, [[_as_json(value, ZoneInfo(zone)) for value in row] for row in cursor.fetchall()]
    finally:
        conn.close()


def _described(name: str, type_code: int) -> Thing:
    base_type = BASE_TYPES.get(type_code, "type/*")
    return {
        "name": name, "display_name": name, "base_type": base_type, "effective_type": base_type,
        "semantic_type": None, "source": "native", "field_ref": ["field", name, {"base-type": base_type}],
    }  # fmt: skip


def _as_json(value: Any, zone: ZoneInfo) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=zone)).isoformat()
    if isinstance(value, date):
        return datetime.combine(value, time(), zone).isoformat()
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def request_parameters(body: Any) -> list[Thing]:
    """The parameters of a query request, from a JSON body or a form."""
    given = (body or {}).get("parameters") or []
    if isinstance(given, str):
        given = json.loads(given) or []
    if not isinstance(given, list):
        raise invalid(parameters="value must be an array.")
    return given
