"""Plan and apply: the same pass over everything that Metabase should hold, without and with the writing."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from psycopg2.extensions import connection as Connection

from dashboards.definition import Dashboard, DefinitionInvalid, read_dashboards
from dashboards.metabase.access import Permissions
from dashboards.metabase.compile import accesses, compile_dashboards, filters_of
from dashboards.metabase.content import Content
from dashboards.metabase.instance import Instance
from dashboards.metabase.result import Result
from dashboards.metabase.signin import NOT_CONFIGURED, Server, open_server
from dashboards.metabase.state import State
from dashboards.sql_reading import marts_read
from warehouse.connection import connect
from warehouse.console import Exit, Problem
from warehouse.settings import Settings


def plan(settings: Settings, dashboards: Sequence[Dashboard] | None = None) -> Result:
    """What an apply would do now; writes nothing, neither there nor here.

    Raises:
        Problem: no Metabase is configured, the definition is broken, or the database is away.
        MetabaseAway: nobody answers.
        MetabaseRefused: wrong key or unsupported version.
    """
    return _provision(settings, dashboards, is_plan=True, prune=False)


def apply(settings: Settings, dashboards: Sequence[Dashboard] | None = None, *, prune: bool = False) -> Result:
    """Brings Metabase to what the definition says; a second time it changes nothing.

    Args:
        settings: with metabase_url.
        dashboards: default: those of this room.
        prune: archive what an earlier definition has made and this one does not name.

    Raises:
        Problem: as for plan; what was written before stays, and the next apply goes on from there.
    """
    return _provision(settings, dashboards, is_plan=False, prune=prune)


def _provision(settings: Settings, dashboards: Sequence[Dashboard] | None, *, is_plan: bool, prune: bool) -> Result:
    if settings.metabase_url is None:
        raise Problem(NOT_CONFIGURED, Exit.WRONG_USE)
    chosen = _read() if dashboards is None else dashboards
    result = Result(is_plan)
    with closing(connect(settings, "admin")) as conn:
        state = State(conn)
        if not is_plan:
            state.lock()
        server = open_server(settings, may_set_up=not is_plan)
        ids = _pass(server, settings, state, chosen, result, unbuilt=_unbuilt_marts(conn, chosen), prune=prune)
    for dashboard in chosen:
        id_ = ids.get(f"dashboard:{dashboard.key}")
        if dashboard.wall is not None and id_ is not None:
            address = f"{server.client.url}/dashboard/{id_}"
            result.walls[dashboard.key] = f"{address}#refresh={dashboard.wall.refresh_s}&fullscreen&night"
    result.request_count = server.client.request_count
    return result


def _read() -> tuple[Dashboard, ...]:
    try:
        return read_dashboards()
    except DefinitionInvalid as error:
        raise Problem(f"Definisi dasbor tidak sah: {error}") from error


def _unbuilt_marts(conn: Connection, dashboards: Sequence[Dashboard]) -> list[str]:
    """Marts that the cards read and that are not there yet: a new server is set up before its first build."""
    read = {mart for dashboard in dashboards for card in dashboard.cards for mart in marts_read(card.query())}
    with conn.cursor() as cursor:
        cursor.execute(
            "select class.relname from pg_class as class"
            " inner join pg_namespace as space on class.relnamespace = space.oid where space.nspname = 'marts'"
        )
        return sorted(read - {name for (name,) in cursor.fetchall()})


def _pass(
    server: Server,
    settings: Settings,
    state: State,
    dashboards: Sequence[Dashboard],
    result: Result,
    *,
    unbuilt: list[str],
    prune: bool,
) -> dict[str, int]:
    ids: dict[str, int] = {}
    instance = Instance(server, settings, state, result, ids)
    instance.bring_settings()
    instance.bring_database()
    permissions, granted = Permissions(server.client, result, ids), accesses(dashboards)
    permissions.close(granted)
    if unbuilt:
        result.note = f"Belum dibangun: {', '.join(unbuilt)}. Dasbor menyusul setelah 'hadir build'."
        return ids
    instance.bring_fields(filters_of(dashboards))
    wanted = compile_dashboards(dashboards)
    content = Content(server.client, state, result, ids)
    content.bring(wanted)
    permissions.open(granted)
    content.tidy(wanted, prune=prune)
    return ids
