"""`hadir push serve|status|ask`: terminals that send by themselves."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import Annotated, Any, Final

import typer

from warehouse.clock import running_clock
from warehouse.connection import connect
from warehouse.console import Exit, Problem, emit
from warehouse.migrate import migrate
from warehouse.server import running_server
from warehouse.settings import Settings, load_settings

DEFAULT_PORT: Final = 8081
AsJson = Annotated[bool, typer.Option("--json", help="Cetak satu objek JSON.")]

_TERMINALS: Final = """
select
    state.terminal_serial, state.seen_at, state.firmware, state.record_count, state.clock_drift_s,
    (
        select max(covers_until_local) from raw.pulls
        where pulls.terminal_serial = state.terminal_serial and pulls.outcome = 'ok'
    ) as covers_until_local
from ops.push_terminals as state order by state.terminal_serial
"""
_QUERIES: Final = """
select query_id, terminal_serial, from_local, to_local, reason, queued_at, sent_at, return_code
from ops.push_queries where closed_at is null order by query_id
"""
_STRANGERS: Final = """
select terminal_serial, address, reason, first_seen_at, last_seen_at, request_count
from ops.push_strangers order by last_seen_at desc
"""
REASONS: Final = {
    "serial": "nomor seri tidak terdaftar",
    "driver": "terdaftar dengan driver lain",
    "network": "bukan dari jaringan kantornya",
}


def mount(app: typer.Typer) -> None:
    """Adds `hadir push`."""
    group = typer.Typer(help="Mesin yang mengirim sendiri (ADMS): terima, lihat, minta ulang.", no_args_is_help=True)
    group.command("serve")(serve)
    group.command("status")(status)
    group.command("ask")(ask)
    app.add_typer(group, name="push")


def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Porta; 0 = yang bebas.")] = DEFAULT_PORT,
    address: Annotated[str, typer.Option(help="Alamat yang didengar; 0.0.0.0 = semua.")] = "127.0.0.1",
) -> None:
    """Terima kiriman mesin absensi sampai dihentikan (Ctrl-C atau SIGTERM).

    Baris pertama di stderr menyebut alamatnya. Yang sudah dijawab OK sudah tersimpan.

    Contoh: hadir push serve --address 0.0.0.0 --port 8081
    """
    from extractors.push_app import PushServer  # brings the web server: only who serves pays for it

    settings = load_settings()
    with running_server(settings):
        if settings.pg_host is None:
            migrate(settings)
        server = PushServer(settings, running_clock(settings.clock_offset_s), address=address, port=port)
        typer.echo(f"Menerima kiriman mesin di http://{address}:{server.port}/iclock/", err=True)
        server.run()


def status(as_json: AsJson = False) -> None:
    """Mesin yang mengirim, masa yang masih diminta ulang, dan siapa yang ditolak.

    Contoh: hadir push status
    """
    settings = load_settings()
    with running_server(settings):
        migrate(settings)
        payload = {
            "terminals": _rows(settings, _TERMINALS),
            "queries": _rows(settings, _QUERIES),
            "strangers": _rows(settings, _STRANGERS),
        }
    emit(payload, as_json=as_json, text=lambda: _told(payload, settings))


def ask(
    terminal: Annotated[str, typer.Option("--terminal", help="Nomor seri mesin.")],
    start: Annotated[str, typer.Option("--from", metavar="WAKTU", help="Mulai, jam mesin.")],
    end: Annotated[str, typer.Option("--to", metavar="WAKTU", help="Sampai, jam mesin.")],
    as_json: AsJson = False,
) -> None:
    """Minta sebuah mesin mengirim ulang satu masa; dijawab pada panggilan mesin berikutnya.

    Contoh: hadir push ask --terminal CLG0101 --from 2017-03-01T00:00 --to 2017-03-02T00:00
    """
    from extractors.push_presence import queue_query
    from extractors.registry import find_terminal, registered_terminals

    settings = load_settings()
    clock = running_clock(settings.clock_offset_s)
    try:
        span = datetime.fromisoformat(start), datetime.fromisoformat(end)
    except ValueError as error:
        raise Problem("Waktu tidak terbaca; tulis misalnya 2017-03-01T00:00.", Exit.WRONG_USE) from error
    if span[0] >= span[1] or any(moment.tzinfo for moment in span):
        raise Problem("--from harus sebelum --to, keduanya jam mesin tanpa zona.", Exit.WRONG_USE)
    with running_server(settings):
        migrate(settings)
        with closing(connect(settings, "loader")) as connection, connection, connection.cursor() as cursor:
            found = find_terminal(registered_terminals(cursor, settings, clock), terminal)
            if found.driver != "adms":
                raise Problem(f"Mesin {terminal} tidak mengirim sendiri; pakai 'hadir pull'.", Exit.WRONG_USE)
            queue_query(cursor, found, clock, "asked", span)
    emit({"terminal": terminal, "from": span[0], "to": span[1]}, as_json=as_json, text=lambda: "Dicatat.")


def _rows(settings: Settings, query: str) -> list[dict[str, Any]]:
    from psycopg2.extras import RealDictCursor

    with (
        closing(connect(settings, "auditor")) as connection,
        connection.cursor(cursor_factory=RealDictCursor) as cursor,
    ):
        cursor.execute(query)
        return [dict(row) for row in cursor.fetchall()]


def _told(payload: dict[str, list[dict[str, Any]]], settings: Settings) -> str:
    """At most 80 columns."""
    lines = [f"{'mesin':<20}{'terakhir terlihat':<19}{'lengkap sampai':<18}{'jam':>6}  tersimpan"]
    for row in payload["terminals"]:
        covers, drift = row["covers_until_local"], row["clock_drift_s"]
        lines.append(
            f"{row['terminal_serial']:<20}{row['seen_at'].astimezone(settings.zone):%d-%m-%Y %H.%M}   "
            f"{f'{covers:%d-%m-%Y %H.%M}' if covers else '-':<18}{'-' if drift is None else drift:>6}  "
            f"{'-' if row['record_count'] is None else row['record_count']}"
        )
    for row in payload["queries"]:
        said = "belum dijawab" if row["return_code"] is None else f"ditolak mesin ({row['return_code']})"
        lines.append(
            f"diminta ulang: {row['terminal_serial']} {row['from_local']:%d-%m-%Y %H.%M} sampai "
            f"{row['to_local']:%d-%m-%Y %H.%M}, {said}"
        )
    for row in payload["strangers"]:
        lines.append(
            f"ditolak: {row['terminal_serial']} dari {row['address']}, {REASONS[row['reason']]}, "
            f"{row['request_count']} kali"
        )
    return "\n".join(lines)
