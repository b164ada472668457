"""The server around our dashboards: language and zone, nothing public, the read-only database, its filters' columns."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from dashboards.definition import Filter
from dashboards.metabase.client import MetabaseAway, MetabaseClient, MetabaseRefused
from dashboards.metabase.native_query import field_key
from dashboards.metabase.objects import Body, fingerprint
from dashboards.metabase.result import Result
from dashboards.metabase.signin import Server
from dashboards.metabase.state import Known, State
from warehouse.connection import pg_address
from warehouse.settings import Settings

DATABASE_KEY: Final = "database"
DATABASE_NAME: Final = "Kehadiran"
DB_USER: Final = "hadir_metabase"
SYNC_TIMEOUT_S: Final = 300.0
POLL_S: Final = 1.0
_SHOWN_DETAILS: Final = ("host", "port", "dbname", "user", "schema-filters-type", "schema-filters-patterns")


def server_settings(timezone: str) -> dict[str, Any]:
    """What holds for the whole server; personal data are shown, so nothing is public and nothing calls home."""
    return {
        "site-locale": "id",
        "report-timezone": timezone,
        "start-of-week": "monday",
        "enable-public-sharing": False,
        "anon-tracking-enabled": False,
        "check-for-updates": False,
    }


@dataclass(slots=True)
class Instance:
    """One pass over the server itself; a plan is the same pass without the writing."""

    server: Server
    settings: Settings
    state: State
    result: Result
    ids: dict[str, int]

    @property
    def _client(self) -> MetabaseClient:
        return self.server.client

    def bring_settings(self) -> None:
        """Sets what differs."""
        for name, value in server_settings(self.settings.timezone).items():
            if self._setting(name) == value:
                self.result.add("unchanged", f"setting:{name}")
                continue
            self.result.add("updated", f"setting:{name}")
            if not self.result.is_plan:
                self._client.put(f"/api/setting/{name}", {"value": value})

    def _setting(self, name: str) -> Any:
        properties = self.server.properties
        return properties[name] if name in properties else self._client.get(f"/api/setting/{name}")

    def bring_database(self) -> None:
        """Registers our Postgres under its read-only role, marts alone."""
        known = self.state.known().get(DATABASE_KEY)
        body = self._database_body()
        hash_ = fingerprint(body)  # with the password: a new one must reach Metabase, which never shows it
        present = self._find_database(known)
        if present is not None:
            self.ids[DATABASE_KEY] = present["id"]
        if present is not None and known is not None and (known.hash, known.seen_hash) == (hash_, _seen(present)):
            self.result.add("unchanged", DATABASE_KEY)
            return
        self.result.add("created" if present is None else "updated", DATABASE_KEY)
        if self.result.is_plan:
            return
        if present is None:
            present = self._client.post("/api/database", body)
        else:
            self._client.put(f"/api/database/{present['id']}", body)
        id_ = self.ids[DATABASE_KEY] = present["id"]
        read = self._client.get(f"/api/database/{id_}")
        self.state.note(Known(DATABASE_KEY, "database", id_, None, hash_, _seen(read)))

    def _database_body(self) -> Body:
        host, port = pg_address(self.settings)
        details = {
            "host": self.settings.metabase_db_host or host,
            "port": self.settings.metabase_db_port or port,
            "dbname": self.settings.pg_database,
            "user": DB_USER,
            "password": self.settings.secret_made_once("pg_metabase"),
            "ssl": False,
            "tunnel-enabled": False,
            "advanced-options": False,
            "schema-filters-type": "inclusion",
            "schema-filters-patterns": "marts",
        }
        schedule: Body = {"is_full_sync": True, "auto_run_queries": True, "schedules": {}}
        return {"name": DATABASE_NAME, "engine": "postgres", "details": details, **schedule}

    def _find_database(self, known: Known | None) -> Body | None:
        """By id, and by role and name of the database: an id alone may be somebody else's on a new server."""
        if known is not None:
            try:
                present: Body = self._client.get(f"/api/database/{known.id}")
            except MetabaseRefused as refused:
                if refused.status != 404:
                    raise
            else:
                if self._is_ours(present):
                    return present
        listed = self._client.get("/api/database")["data"]
        return next((item for item in listed if self._is_ours(item)), None)

    def _is_ours(self, present: Body) -> bool:
        details = present.get("details") or {}
        return (details.get("user"), details.get("dbname")) == (DB_USER, self.settings.pg_database)

    def bring_fields(self, filters: Sequence[Filter]) -> None:
        """Learns the ids of the filters' columns; text columns get a list of values, else the filter is a bare box."""
        if not filters:
            return
        fields = self._fields(filters)
        for item in filters:
            field = fields.get(item.field)
            if field is None:  # a plan for a database that Metabase does not know yet
                self.result.add("updated", field_key(item))
                continue
            self.ids[field_key(item)] = field["id"]
            if item.type != "string/=" or field.get("has_field_values") == "list":
                self.result.add("unchanged", field_key(item))
                continue
            self.result.add("updated", field_key(item))
            if not self.result.is_plan:
                body = {"has_field_values": "list", "semantic_type": "type/Category"}
                self._client.put(f"/api/field/{field['id']}", body)

    def _fields(self, filters: Sequence[Filter]) -> dict[str, Body]:
        if DATABASE_KEY not in self.ids:
            return {}
        wanted = {item.field for item in filters}
        fields = self._listed_fields()
        if wanted <= fields.keys() or self.result.is_plan:
            return fields
        self._client.post(f"/api/database/{self.ids[DATABASE_KEY]}/sync_schema", is_repeatable=True)
        deadline = time.monotonic() + SYNC_TIMEOUT_S
        while not wanted <= (fields := self._listed_fields()).keys():
            if time.monotonic() > deadline:
                missing = ", ".join(sorted(wanted - fields.keys()))
                raise MetabaseAway(
                    f"Metabase belum mengenal {missing} setelah {SYNC_TIMEOUT_S:.0f} detik; "
                    "periksa apakah servernya dapat membuka basis data dan apakah 'hadir build' sudah dijalankan."
                )
            time.sleep(POLL_S)
        return fields

    def _listed_fields(self) -> dict[str, Body]:
        return fields_of(self._client, self.ids[DATABASE_KEY])


def fields_of(client: MetabaseClient, database_id: int) -> dict[str, Body]:
    """The columns of marts that Metabase knows, as `mart.column`."""
    metadata = client.get(f"/api/database/{database_id}/metadata")
    return {
        f"{table['name']}.{field['name']}": field
        for table in metadata["tables"]
        if table.get("schema") == "marts"
        for field in table.get("fields") or ()
    }


def _seen(present: Body) -> str:
    details = present.get("details") or {}
    return fingerprint(
        [present.get("name"), present.get("engine"), {name: details.get(name) for name in _SHOWN_DETAILS}]
    )
