"""Endpoints of the stand-in for databases: connection, sync, tables, fields, ad-hoc queries."""

from __future__ import annotations

from typing import Any

import psycopg2
from psycopg2.extensions import connection as Connection

from tests.metabase_standin.checks import mapping, one_of, text
from tests.metabase_standin.native import connect, read_query, request_parameters, run
from tests.metabase_standin.routing import FORBIDDEN, Answer, Call, Refused, invalid, route
from tests.metabase_standin.state import ALL_USERS, StandInState, Thing, found, now

MASK = "**MetabasePass**"
SHOWN_FIELD_VALUES = frozenset({"list", "search", "none", "auto-list"})
MOST_VALUES = 1000
COLUMNS = """
select n.nspname, c.relname, a.attname, format_type(a.atttypid, null), a.attnum, obj_description(c.oid, 'pg_class'),
    col_description(c.oid, a.attnum)
from pg_attribute as a
inner join pg_class as c on a.attrelid = c.oid
inner join pg_namespace as n on c.relnamespace = n.oid
where c.relkind in ('r', 'v', 'm', 'p') and a.attnum > 0 and not a.attisdropped and n.nspname not like 'pg\\_%%'
    and n.nspname <> 'information_schema' and has_schema_privilege(n.oid, 'usage')
    and has_table_privilege(c.oid, 'select')
    and (%(patterns)s::text[] is null or n.nspname = any(%(patterns)s))
order by n.nspname, c.relname, a.attnum
"""
FIELD_TYPES = {
    "bigint": "type/BigInteger", "integer": "type/Integer", "smallint": "type/Integer", "numeric": "type/Decimal",
    "double precision": "type/Float", "real": "type/Float", "boolean": "type/Boolean", "text": "type/Text",
    "character varying": "type/Text", "date": "type/Date", "timestamp without time zone": "type/DateTime",
    "timestamp with time zone": "type/DateTimeWithLocalTZ", "time without time zone": "type/Time", "uuid": "type/UUID",
}  # fmt: skip


def _shown(state: StandInState, database: Thing, caller_is_admin: bool) -> Thing:
    hidden = {"details", "pending_polls"} if not caller_is_admin else {"pending_polls"}
    shown = {name: value for name, value in database.items() if name not in hidden}
    if caller_is_admin:
        shown["details"] = {**database["details"], "password": MASK}
    return {
        **shown, "timezone": state.settings["report-timezone"] or "UTC", "features": ["native-parameters", "schemas"],
        "is_saved_questions": False, "is_sample": False, "is_audit": False, "cache_ttl": None, "settings": None,
        "native_permissions": "write" if caller_is_admin else "none", "caveats": None, "points_of_interest": None,
    }  # fmt: skip


@route("GET", "/api/database")
def list_databases(state: StandInState, call: Call) -> Any:
    shown = [_shown(state, database, call.caller.is_admin) for database in state.databases.values()]
    return {"data": shown, "total": len(shown)}


@route("POST", "/api/database", admin=True)
def create_database(state: StandInState, call: Call) -> Any:
    given = _checked(call)
    number = state.next_id("database")
    state.databases[number] = {
        "id": number, **given, "description": None, "creator_id": call.caller.user_id, "created_at": now(),
        "updated_at": now(), "initial_sync_status": "incomplete", "pending_polls": state.sync_polls,
    }  # fmt: skip
    state.data_grants[ALL_USERS][number] = {"view-data": "unrestricted", "create-queries": "query-builder-and-native"}
    return _shown(state, state.databases[number], True)


def _checked(call: Call, kept_password: str | None = None) -> Thing:
    """The body of a database, connected once: a wrong address or password is a 400, as there."""
    body = call.fields()
    given = {
        "name": text(body, "name"), "engine": one_of(body, "engine", frozenset({"postgres"})),
        "details": dict(mapping(body, "details")), "is_full_sync": body.get("is_full_sync", True),
        "is_on_demand": body.get("is_on_demand", False), "auto_run_queries": body.get("auto_run_queries", True),
    }  # fmt: skip
    details = given["details"]
    if kept_password is not None and details.get("password") in (MASK, None):
        details["password"] = kept_password
    for name in ("host", "dbname", "user", "password"):
        text(details, name)
    if type(details.get("port")) is not int:
        raise invalid(port="value must be an integer greater than zero.")
    try:
        connect(details).close()
    except psycopg2.OperationalError as error:
        raise Refused(400, {"message": str(error), "errors": {"host": "check your host settings"}}) from error
    return given


@route("GET", "/api/database/:id")
def one_database(state: StandInState, call: Call) -> Any:
    database = found(state.databases, call.id)
    _poll(state, database)
    shown = _shown(state, database, call.caller.is_admin)
    if (include := call.first("include")) is not None:
        shown["tables"] = _tables(state, call.id, with_fields=include == "tables.fields")
    return shown


@route("PUT", "/api/database/:id", admin=True)
def update_database(state: StandInState, call: Call) -> Any:
    database = found(state.databases, call.id)
    body = {**{name: database[name] for name in ("name", "engine", "details")}, **call.fields()}
    given = _checked(Call(call.caller, call.ids, call.query, body), database["details"]["password"])
    database.update(given, updated_at=now())
    return _shown(state, database, True)


@route("DELETE", "/api/database/:id", admin=True)
def delete_database(state: StandInState, call: Call) -> Any:
    found(state.databases, call.id)
    del state.databases[call.id]
    return Answer(204)


@route("POST", "/api/database/:id/sync_schema")
def sync_schema(state: StandInState, call: Call) -> Any:
    if not call.caller.is_admin:
        raise FORBIDDEN
    found(state.databases, call.id)["pending_polls"] = state.sync_polls
    return {"status": "ok"}


@route("POST", "/api/database/:id/rescan_values", admin=True)
def rescan_values(state: StandInState, call: Call) -> Any:
    found(state.databases, call.id)
    return {"status": "ok"}


def _poll(state: StandInState, database: Thing) -> None:
    """A sync goes on behind the answers: only after some readings are its tables there."""
    if database["pending_polls"] is None:
        return
    if database["pending_polls"] > 0:
        database["pending_polls"] -= 1
        return
    _read_schema(state, database)
    database.update(initial_sync_status="complete", pending_polls=None)


def _read_schema(state: StandInState, database: Thing) -> None:
    details = database["details"]
    kind, patterns = details.get("schema-filters-type", "all"), str(details.get("schema-filters-patterns") or "")
    wanted = [pattern.strip() for pattern in patterns.split(",")] if kind == "inclusion" else None
    conn = connect(details)
    try:
        with conn.cursor() as cursor:
            cursor.execute(COLUMNS, {"patterns": wanted})
            seen = cursor.fetchall()
    finally:
        conn.close()
    known_tables = {(t["schema"], t["name"]): t for t in state.tables.values() if t["db_id"] == database["id"]}
    for table in known_tables.values():
        table["active"] = False
    for schema, name, column, type_name, position, about_table, about_column in seen:
        if (schema, name) not in known_tables:
            known_tables[schema, name] = _add_table(state, database["id"], schema, name)
        table = known_tables[schema, name]
        table.update(active=True, description=about_table)
        _add_field(state, table, column, type_name, position, about_column)


def _add_table(state: StandInState, database_id: int, schema: str, name: str) -> Thing:
    number = state.next_id("table")
    state.tables[number] = {
        "id": number, "db_id": database_id, "schema": schema, "name": name, "display_name": _humane(name),
        "description": None, "entity_type": "entity/GenericTable", "visibility_type": None, "active": True,
        "field_order": "database", "initial_sync_status": "complete", "is_published": False, "collection_id": None,
    }  # fmt: skip
    return state.tables[number]


def _add_field(state: StandInState, table: Thing, name: str, type_name: str, position: int, about: str | None) -> None:
    base_type = FIELD_TYPES.get(type_name, "type/*")
    for field in state.fields.values():
        if field["table_id"] == table["id"] and field["name"] == name:
            field.update(base_type=base_type, database_type=type_name, active=True)
            return
    number = state.next_id("field")
    state.fields[number] = {
        "id": number, "table_id": table["id"], "name": name, "display_name": _humane(name), "description": about,
        "database_type": type_name, "base_type": base_type, "effective_type": base_type, "semantic_type": None,
        "fk_target_field_id": None, "has_field_values": "none", "visibility_type": "normal", "active": True,
        "position": position - 1, "database_position": position - 1, "settings": None, "caveats": None,
        "points_of_interest": None, "coercion_strategy": None, "preview_display": True,
    }  # fmt: skip


def _humane(name: str) -> str:
    return " ".join(word.capitalize() for word in name.split("_"))


def _fields(state: StandInState, table_id: int) -> list[Thing]:
    return [field for field in state.fields.values() if field["table_id"] == table_id and field["active"]]


def _tables(state: StandInState, database_id: int, *, with_fields: bool) -> list[Thing]:
    tables = [table for table in state.tables.values() if table["db_id"] == database_id and table["active"]]
    return [{**table, "fields": _fields(state, table["id"])} if with_fields else table for table in tables]


@route("GET", "/api/database/:id/metadata")
def metadata(state: StandInState, call: Call) -> Any:
    database = found(state.databases, call.id)
    _poll(state, database)
    shown = _shown(state, database, call.caller.is_admin)
    return {**shown, "tables": _tables(state, call.id, with_fields=True)}


@route("GET", "/api/database/:id/schemas")
def schemas(state: StandInState, call: Call) -> Any:
    found(state.databases, call.id)
    return sorted({table["schema"] for table in _tables(state, call.id, with_fields=False)})


@route("GET", "/api/database/:id/schema/:key")
def schema_tables(state: StandInState, call: Call) -> Any:
    found(state.databases, call.id)
    return [table for table in _tables(state, call.id, with_fields=False) if table["schema"] == call.ids[1]]


@route("GET", "/api/table")
def list_tables(state: StandInState, _call: Call) -> Any:
    return [table for table in state.tables.values() if table["active"]]


@route("GET", "/api/table/:id")
def one_table(state: StandInState, call: Call) -> Any:
    return found(state.tables, call.id)


@route("GET", "/api/table/:id/query_metadata")
def table_metadata(state: StandInState, call: Call) -> Any:
    return {**found(state.tables, call.id), "fields": _fields(state, call.id)}


@route("GET", "/api/field/:id")
def one_field(state: StandInState, call: Call) -> Any:
    return found(state.fields, call.id)


@route("PUT", "/api/field/:id", admin=True)
def update_field(state: StandInState, call: Call) -> Any:
    field, body = found(state.fields, call.id), call.fields()
    for name in ("display_name", "description", "caveats"):
        if body.get(name) is not None:
            text(body, name)
    if body.get("has_field_values") is not None:
        one_of(body, "has_field_values", SHOWN_FIELD_VALUES)
    changes = {name: value for name, value in body.items() if name in field and name not in ("id", "table_id")}
    if changes.get("has_field_values") == "auto-list":
        changes["has_field_values"] = "list"  # taken on writing, answered resolved: recordings have list and none only
    field.update(changes)
    return field


def field_values(state: StandInState, field: Thing) -> list[list[Any]]:
    """The distinct values of a column, for a pick-list."""
    table = state.tables[field["table_id"]]
    conn: Connection = connect(state.databases[table["db_id"]]["details"])
    column = f'"{table["schema"]}"."{table["name"]}"."{field["name"]}"'
    try:
        with conn.cursor() as cursor:
            cursor.execute(
                f'select distinct {column} from "{table["schema"]}"."{table["name"]}"'
                f" where {column} is not null order by 1 limit {MOST_VALUES}"
            )
            return [[value] for (value,) in cursor.fetchall()]
    finally:
        conn.close()


@route("GET", "/api/field/:id/values")
def values_of_field(state: StandInState, call: Call) -> Any:
    field = found(state.fields, call.id)
    values = field_values(state, field) if field["has_field_values"] == "list" else []
    return {"field_id": field["id"], "values": values, "has_more_values": False}


@route("POST", "/api/dataset")
def ad_hoc(state: StandInState, call: Call) -> Any:
    query = read_query(state, {k: v for k, v in call.fields().items() if k != "parameters"})
    state.check_native(call.caller, query["database"])
    return Answer(202, run(state, query, request_parameters(call.fields())))
