"""The acceptance of a living Metabase: what only that server can say, once after set-up and after each of its updates.

Makes a collection, a card, a dashboard and one API key per group, and takes them away again, also when it fails.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from psycopg2.extensions import connection as Connection

from dashboards.definition import Dashboard, Filter, read_dashboards
from dashboards.metabase.access import ALL_USERS
from dashboards.metabase.client import MetabaseAway, MetabaseClient, MetabaseRefused
from dashboards.metabase.compile import accesses, compile_dashboards, folder_key, groups_of
from dashboards.metabase.instance import DATABASE_KEY, fields_of
from dashboards.metabase.native_query import native_query
from dashboards.metabase.objects import Body, resolve
from dashboards.metabase.openapi import Described
from dashboards.metabase.signin import Server, open_server
from dashboards.metabase.state import State
from dashboards.metabase.values import first_difference
from warehouse.connection import connect
from warehouse.console import Problem
from warehouse.settings import Settings

Outcome = Literal["PASS", "FAIL", "SKIP"]
SAMPLE: Final = "select opd_name, day_kind, expected_count from marts.rpt_presence_by_opd as presence\nwhere true\n"
SAMPLE_PLACE: Final = "/* filter opd: presence.opd_name */\norder by day_kind, opd_name"
SAMPLE_FILTER: Final = Filter(key="opd", label="OPD", type="string/=", field="rpt_presence_by_opd.opd_name")
FORBIDDEN: Final = 403


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report."""

    outcome: Outcome
    name: str
    detail: str = ""

    def as_row(self) -> dict[str, str]:
        """For --json."""
        return asdict(self)

    def as_text(self) -> str:
        """One line for people."""
        return f"{self.outcome} {self.name}" + (f": {self.detail}" if self.detail else "")


@dataclass(frozen=True, slots=True)
class Live:
    """What the checks need: the server, the definition, our ids there, and the same database without Metabase."""

    server: Server
    dashboards: tuple[Dashboard, ...]
    ids: dict[str, int]
    direct: Connection

    @property
    def client(self) -> MetabaseClient:
        return self.server.client


def verify(settings: Settings) -> list[Check]:
    """Runs every check; one that fails does not keep the others from running.

    Raises:
        Problem: no Metabase, no key, or nothing was applied yet (run apply first).
    """
    server = open_server(settings, may_set_up=False)
    with closing(connect(settings, "admin")) as conn:
        ids = {key: known.id for key, known in State(conn).known().items()}
    if DATABASE_KEY not in ids:
        raise Problem("Belum ada yang diterapkan; jalankan 'hadir dashboards apply' dulu.")
    ids |= {f"field:{name}": field["id"] for name, field in fields_of(server.client, ids[DATABASE_KEY]).items()}
    with closing(connect(settings, "metabase")) as direct:
        live = Live(server, read_dashboards(), ids, direct)
        return [check for run in _CHECKS for check in _guarded(run, live)]


def _guarded(run: Callable[[Live], Iterator[Check]], live: Live) -> Iterator[Check]:
    try:
        yield from run(live)
    except MetabaseAway:
        raise
    except Problem as problem:
        yield Check("FAIL", run.__name__.strip("_").replace("_", " "), str(problem))


def _judged(name: str, fault: str | None) -> Check:
    return Check("PASS" if fault is None else "FAIL", name, fault or "")


def _version(live: Live) -> Iterator[Check]:
    yield Check("PASS", "versi", f"v0.{live.server.version}")


def _nothing_public(live: Live) -> Iterator[Check]:
    is_public = live.server.properties.get("enable-public-sharing") is not False
    yield _judged("berbagi publik mati", "enable-public-sharing menyala" if is_public else None)


def _bodies(live: Live) -> Iterator[Check]:
    """Our bodies against the server's own description of them."""
    name = "badan permintaan sesuai OpenAPI server"
    try:
        document = live.client.get("/api/docs/openapi.json")
    except MetabaseRefused as refused:
        yield Check("SKIP", name, f"server tidak memberi OpenAPI ({refused.status})")
        return
    described = Described(document)
    for desired in compile_dashboards(live.dashboards):
        fault = described.fault(desired.model, resolve(desired.body, live.ids))
        if fault is not None:
            yield Check("FAIL", name, f"{desired.key}: {fault}")
            return
    yield Check("PASS" if described.used else "SKIP", name, f"{len(described.used)} titik masuk")


def _numbers(live: Live) -> Iterator[Check]:
    """Each card through Metabase against the same SQL without it."""
    for dashboard in live.dashboards:
        for card in dashboard.cards:
            columns, rows = _ask_directly(live.direct, card.query())
            prefix = f"card:{dashboard.key}/{card.key}"
            for key, id_ in live.ids.items():
                if key == prefix or key.startswith(f"{prefix}/"):
                    answer = live.client.post(f"/api/card/{id_}/query", {"parameters": []}, is_repeatable=True)
                    yield _judged(f"angka {key}", first_difference(answer, columns, rows))


def _ask_directly(conn: Connection, sql: str, values: Any = None) -> tuple[list[str], list[tuple[Any, ...]]]:
    with conn, conn.cursor() as cursor:
        cursor.execute(sql, values)
        return [column.name for column in cursor.description or ()], cursor.fetchall()


def _sample(live: Live) -> Iterator[Check]:
    """A card and a dashboard with a filter, made, asked as a browser asks, and archived."""
    everything = SAMPLE + "order by day_kind, opd_name"
    columns, rows = _ask_directly(live.direct, everything)
    with _sample_objects(live) as (dashboard, parameter, card_id):
        dashcard = dashboard["dashcards"][0]["id"]
        path = f"/api/dashboard/{dashboard['id']}/dashcard/{dashcard}/card/{card_id}/query"
        answer = live.client.post(path, {"parameters": []}, is_repeatable=True)
        yield _judged("contoh tanpa saringan", first_difference(answer, columns, rows))
        office = rows[0][0] if rows else ""
        asked = [{**parameter, "value": [office]}]
        answer = live.client.post(path, {"parameters": asked}, is_repeatable=True)
        expected = [row for row in rows if row[0] == office]
        yield _judged("contoh dengan saringan", first_difference(answer, columns, expected))
        values = live.client.get(f"/api/dashboard/{dashboard['id']}/params/{parameter['id']}/values")["values"]
        has_all = {value[0] for value in values} >= {row[0] for row in rows}
        yield _judged("saringan berupa daftar pilihan", None if has_all else "daftar nilai kosong atau kurang")


@contextmanager
def _sample_objects(live: Live) -> Iterator[tuple[Body, Body, int]]:
    mark = secrets.token_hex(3)
    client = live.client
    collection = client.post("/api/collection", {"name": f"Uji hadir {mark}", "description": None, "parent_id": None})[
        "id"
    ]
    try:
        query = resolve(native_query(SAMPLE + SAMPLE_PLACE, [SAMPLE_FILTER]), live.ids)
        card = {"name": f"Uji {mark}", "type": "question", "display": "table", "description": None,
                "collection_id": collection, "visualization_settings": {}, "dataset_query": query}  # fmt: skip
        card_id = client.post("/api/card", card)["id"]
        parameter = {"id": mark, "name": "OPD", "slug": "opd", "type": "string/=", "sectionId": "string",
                     "values_query_type": "list"}  # fmt: skip
        target = ["dimension", ["template-tag", "opd"]]
        first = {"name": f"Uji {mark}", "description": None, "collection_id": collection, "parameters": [parameter]}
        dashboard = client.post("/api/dashboard", first)
        mapping = {"parameter_id": mark, "card_id": card_id, "target": target}
        place = {"id": -1, "card_id": card_id, "row": 0, "col": 0, "size_x": 12, "size_y": 6, "series": [],
                 "visualization_settings": {}, "parameter_mappings": [mapping]}  # fmt: skip
        shown = client.put(f"/api/dashboard/{dashboard['id']}", {**first, "dashcards": [place]})
        yield shown, {"id": mark, "type": "string/=", "target": target}, card_id
    finally:
        client.put(f"/api/collection/{collection}", {"archived": True})


def _groups(live: Live) -> Iterator[Check]:
    """With a key of each group: it opens its own dashboards, no other, and writes no SQL."""
    present = {group["name"]: group["id"] for group in live.client.get("/api/permissions/group")}
    for access in accesses(live.dashboards):
        own = {d.key for d in live.dashboards if access.group in groups_of(d)}
        yield _judged(f"kelompok {access.group} melihat haknya saja", _overreach(live, present[access.group], own))
    yield _judged("pengguna lain tidak melihat apa pun", _overreach(live, ALL_USERS, set()))


def _overreach(live: Live, group: int, own: set[str]) -> str | None:
    """What members of the group can do too much or too little; None when all is as it should be."""
    with _member(live, group) as client:
        for dashboard in live.dashboards:
            is_open = _is_allowed(client, f"/api/dashboard/{live.ids[f'dashboard:{dashboard.key}']}")
            if is_open != (dashboard.key in own):
                return f"dasbor {dashboard.key} {'terbuka' if is_open else 'tertutup'}"
            folder = f"/api/collection/{live.ids[folder_key(dashboard)]}/items"
            if dashboard.key not in own and _is_allowed(client, folder):
                return f"koleksi {folder_key(dashboard)} terbuka"
        query = {"type": "native", "database": live.ids[DATABASE_KEY], "native": {"query": "select 1"}}
        if _is_allowed(client, "/api/dataset", query):
            return "dapat menulis SQL sendiri"
    return None


def _is_allowed(client: MetabaseClient, path: str, body: Body | None = None) -> bool:
    try:
        answer = client.get(path) if body is None else client.post(path, body, is_repeatable=True)
    except MetabaseRefused as refused:
        if refused.status != FORBIDDEN:
            raise
        return False
    return not (isinstance(answer, dict) and answer.get("status") == "failed")  # a query may also fail with a 202


@contextmanager
def _member(live: Live, group: int) -> Iterator[MetabaseClient]:
    body = {"name": f"uji hadir {secrets.token_hex(3)}", "group_id": group}
    key = live.client.post("/api/api-key", body)
    try:
        yield MetabaseClient(live.client.url, {"X-API-KEY": key["unmasked_key"]})
    finally:
        live.client.delete(f"/api/api-key/{key['id']}")


_CHECKS: Final = (_version, _nothing_public, _bodies, _sample, _numbers, _groups)
